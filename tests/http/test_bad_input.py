"""Bad input: what people and machines hand in wrong, each with the test that shows what comes of it.

`WHERE` is the list; the tests below are those that need the whole way through the application.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.ingest import new_id
from server.store import records
from sync import ops as sync_ops
from tests.documents.signed import SignedRound
from tests.door import open_door

HERE = "tests/http/test_bad_input.py"
WHERE: dict[str, list[tuple[str, str]]] = {
    "wrong passkey": [
        ("tests/http/test_auth_passkeys.py", "test_a_wrong_passkey_is_refused"),
        ("tests/http/test_auth_passkeys.py", "test_malformed_answers_are_refused_in_words"),
    ],
    "expired or reused invitation": [
        ("tests/http/test_auth_enrolment.py", "test_unknown_used_expired_and_withdrawn_invitations_are_told_apart"),
        ("tests/http/test_auth_enrolment.py", "test_nobody_else_and_no_later_try_profits_from_a_lost_answer"),
    ],
    "op for a foreign site": [
        ("tests/unit/test_sync_core.py", "test_a_foreign_site_is_neither_read_nor_written"),
        (HERE, "test_an_op_for_a_foreign_site_is_parked_and_changes_nothing"),
    ],
    "50 MB photo": [("tests/http/test_blobs.py", "test_a_photo_of_more_than_50_mb_is_refused_and_its_record_kept")],
    "900-megapixel bomb": [
        ("tests/unit/test_media_pictures.py", "test_a_bomb_is_refused_before_a_pixel_is_decoded"),
        (HERE, "test_a_bomb_of_900_megapixels_is_refused_and_its_record_kept"),
    ],
    "truncated JPEG": [
        ("tests/unit/test_media_pictures.py", "test_a_truncated_photo_is_refused_and_leaves_no_thumbnail"),
        ("tests/http/test_blobs.py", "test_undecodable_pixels_are_refused_with_a_reason_and_the_bytes_kept"),
    ],
    "text that is a formula or a script": [
        (HERE, "test_formulas_and_scripts_in_an_op_stay_the_text_that_they_are"),
        (HERE, "test_a_script_in_a_name_does_nothing_on_the_public_page"),
        ("tests/unit/test_exchange_plan.py", "test_text_that_is_a_formula_or_a_script_stays_text"),
        ("tests/documents/test_records.py", "test_formulas_markup_and_scripts_are_printed_as_they_were_typed"),
        ("tests/documents/test_records_issued.py", "test_texts_on_the_copy_are_escaped"),
    ],
    "100,000-character note": [(HERE, "test_a_note_of_100_000_characters_is_parked_and_what_follows_goes_on")],
    "wrong encoding": [
        ("tests/unit/test_exchange_books.py", "test_text_in_another_encoding_is_refused_not_garbled"),
        ("tests/http/test_imports.py", "test_an_encoding_that_is_none_is_refused"),
        (HERE, "test_bytes_that_are_no_utf_8_are_refused_whole"),
    ],
    "empty spreadsheet": [
        ("tests/unit/test_exchange_books.py", "test_an_empty_spreadsheet_is_refused"),
        ("tests/unit/test_exchange_books.py", "test_an_empty_text_file_is_refused"),
    ],
    "QR of somebody else's address": [
        ("pwa/src/worker/labels.test.ts", "somebody else's address is named and never ours"),
        ("tests/http/test_public_pages.py", "test_what_is_no_token_is_told_and_never_echoed"),
    ],
}
HOSTILE = ['=HYPERLINK("http://evil.example","x")', "+1", "-1+1", "@SUM(A1)", "<script>alert(1)</script>", "</textarea><img src=x onerror=1>"]  # fmt: skip


@pytest.mark.parametrize(("bad", "file", "name"), [(bad, *place) for bad, places in WHERE.items() for place in places])
def test_each_is_tested_where_the_list_says(repo_root: Path, bad: str, file: str, name: str) -> None:
    text = (repo_root / file).read_text("utf-8")
    found = f"def {name}(" in text if file.endswith(".py") else name in text
    assert found, f"{bad}: {file} has no {name}"


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignedRound]:
    with open_door(tmp_path_factory.mktemp("bad")) as door:
        yield SignedRound(door)


def hand_in(field: SignedRound, *ops: Any, pull: bool = False, body: bytes | None = None) -> Any:
    """Through the address that phones use."""
    field.install.base = max(field.install.base, 1 << 40)
    return field.engineer.request(
        "POST",
        "/api/sync",
        content=body or field.install.request(list(ops), pull=pull),
        headers={"Content-Type": "application/x-ndjson"},
    )


def verdict(answer: Any) -> tuple[str, str]:
    assert answer.status_code == 200, answer.text
    (run,) = answer.json()["verdicts"]
    return run["v"], run.get("code", "")


def asset(field: SignedRound, **values: Any) -> tuple[str, Any]:
    field.install.base = 1 << 50
    record = new_id()
    return record, field.install.act("asset", record, {"site": field.site, "name": "交换机"} | values)


def test_an_op_for_a_foreign_site_is_parked_and_changes_nothing(field: SignedRound) -> None:
    record, op = asset(field, site=field.elsewhere)
    assert verdict(hand_in(field, op)) == ("parked", "forbidden")
    assert records.get(field.centre.reader(), record) is None
    record, op = asset(field)
    assert verdict(hand_in(field, op)) == ("applied", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_formulas_and_scripts_in_an_op_stay_the_text_that_they_are(field: SignedRound, text: str) -> None:
    record, op = asset(field, name=text, note=text)
    answer = hand_in(field, op, pull=True)
    assert verdict(answer) == ("applied", "")
    assert field.door.record(record).doc["name"] == text
    rows = [row for page in answer.json()["pages"] for row in page["rows"] if row["r"] == record]
    assert [row["v"]["name"] for row in rows] == [text]
    # Nothing may take the answer for a page.
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_script_in_a_name_does_nothing_on_the_public_page(field: SignedRound) -> None:
    script = "<script>alert(1)</script>"
    field.write("company", new_id(), name={"zh": script, "en": script}, hotline='"><script>1</script>')
    field.write("label", new_id(), token="0123456789AB")
    page = field.door.phone().get("/A/0123456789AB").text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert 'tel:"' not in page


def test_a_note_of_100_000_characters_is_parked_and_what_follows_goes_on(
    field: SignedRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as careless:
        careless.setattr(sync_ops, "MAX_PAYLOAD", 1 << 20)
        record, note = asset(field, note="长" * 100_000)
    after, short = asset(field, note="长" * 10_000)
    third, long = asset(field, note="x" * 10_001)
    answer = hand_in(field, note, short, long)
    assert [(run["v"], run.get("code", "")) for run in answer.json()["verdicts"]] == [
        ("parked", "too_large"),
        ("applied", ""),
        ("parked", "invalid"),
    ]
    conn = field.centre.reader()
    assert records.get(conn, record) is None
    assert records.get(conn, third) is None
    assert len(field.door.record(after).doc["note"]) == 10_000


def test_bytes_that_are_no_utf_8_are_refused_whole(field: SignedRound) -> None:
    record, op = asset(field, name="交换机")
    body = field.install.request([op])
    answer = hand_in(field, body=body.replace("交换机".encode(), "交换机".encode("gb18030")))
    assert (answer.status_code, answer.json()["code"]) == (400, "sync_malformed")
    assert records.get(field.centre.reader(), record) is None
    assert verdict(hand_in(field, body=body)) == ("applied", "")


def bomb() -> bytes:
    """A PNG that says it is 30,000 × 30,000."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def test_a_bomb_of_900_megapixels_is_refused_and_its_record_kept(field: SignedRound) -> None:
    content = bomb()
    digest = hashlib.sha256(content).hexdigest()
    field.install.base = 1 << 50
    record = new_id()
    values = {"site": field.site, "asset": field.assets[0], "blob": digest, "mime": "image/png", "size": len(content)}
    op = field.install.act("photo", record, values | {"taken_at": 1_763_735_520_000}, blobs=[digest])
    assert verdict(hand_in(field, op)) == ("applied", "")
    field.upload(content)
    photo = field.door.record(record)
    assert photo.doc["refused"] == "too_many_pixels"
    shown = field.engineer.get(f"/api/photos/{record}/thumb.jpg")
    assert (shown.status_code, shown.json()["reason"]) == (404, "too_many_pixels")
    assert re.fullmatch(r"[0-9a-f]{64}", photo.doc["blob"])
    assert msgspec.json.decode(shown.content)["code"] == "photo_refused"
