"""Blobs and photos through the real application: who may know of them, resuming, and what the centre says of them."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from PIL import Image

from server.ingest import new_id
from server.media.blobs import MAX_BYTES
from server.store.records import Record
from sync.chain import genesis
from sync.core import Principal
from sync.drafts import Draft
from tests.door import ORIGIN, Door, Phone, open_door
from tests.install import TestInstall

TYPE = "application/offset+octet-stream"


def jpeg(width: int = 640, height: int = 480, seed: int = 1) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 40 + seed).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Field:
    """A centre with two sites, and phones that save photos at them."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.administrator = door.administrator()
        self.customer, self.site, self.elsewhere = new_id(), new_id(), new_id()
        self.asset, self.room = new_id(), new_id()
        self.write("customer", self.customer, name="市交警支队")
        self.write("site", self.site, customer=self.customer, name="第一办公区", tz="Asia/Shanghai")
        self.write("site", self.elsewhere, customer=self.customer, name="第二办公区")
        self.write("space", self.room, site=self.site, type="room", name="0210 机房")
        self.write("asset", self.asset, site=self.site, space=self.room, code="D010210-009", name="交换机")
        self.installs: dict[str, TestInstall] = {}

    def write(self, kind: str, record: str, **values: Any) -> None:
        drafts = [Draft(kind=kind, record=record, values=values)]
        self.door.centre.writer.submit(lambda conn: self.door.centre.ingest.demand(conn, drafts)).result()

    def engineer(self, site: str | None = None) -> Phone:
        return self.door.person(self.administrator, "engineer", sites=[site or self.site])

    def save(self, phone: Phone, kind: str, blobs: list[str], **values: Any) -> str:
        """One op of this phone, delivered; the record's id."""
        install = self.installs.get(phone.key.id)
        if install is None:
            install = TestInstall(self.door.centre.id, phone.user)
            install.id, install.key = phone.key.id, phone.key._key
            install.spki = install.key.public_key().public_bytes(*DER)
            install.genesis = install.tip = genesis(install.centre, install.id, install.spki)
            self.installs[phone.key.id] = install
        install.base = 1 << 50
        record = new_id()
        op = install.act(kind, record, {"site": self.site, **values}, blobs=blobs)
        body = install.request([op])
        centre = self.door.centre
        answer = centre.writer.submit(lambda conn: centre.ingest.sync(conn, body, Principal())).result()
        self.verdict = msgspec.json.decode(answer)["verdicts"][0]
        return record

    def photo(self, phone: Phone, content: bytes, **values: Any) -> str:
        values = {
            "mime": "image/jpeg",
            "size": len(content),
            "asset": self.asset,
            "taken_at": 1_763_735_520_000,
        } | values
        return self.save(phone, "photo", [sha(content)], blob=sha(content), **values)

    def spoken(self, record: str) -> Record:
        """The photo once the centre has said something about it; photos are looked at one after another."""
        self.door.centre.media.arrivals.wait()
        return self.door.record(record)


def der() -> tuple[Any, Any]:
    from cryptography.hazmat.primitives import serialization

    return serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo


DER = der()


def head(phone: Phone, sha256: str) -> httpx.Response:
    return phone.request("HEAD", f"/api/blobs/{sha256}", headers={"Tus-Resumable": "1.0.0"})


def send(phone: Phone, sha256: str, content: bytes, offset: int | str = 0, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fixed = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), "Content-Type": TYPE}
    return phone.request("PATCH", f"/api/blobs/{sha256}", content=content, headers=fixed | named)


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    with open_door(tmp_path) as door:
        yield Field(door)


def test_a_hash_that_no_op_names_does_not_exist(field: Field) -> None:
    phone = field.engineer()
    for method, path in (
        ("HEAD", sha(b"x")),
        ("HEAD", "nonsense"),
        ("GET", sha(b"x")),
        ("GET", "..%2f..%2fsitebook.db"),
    ):
        assert phone.request(method, f"/api/blobs/{path}").status_code == 404
    answer = send(phone, sha(b"x"), b"x")
    assert (answer.status_code, answer.json()["code"]) == (404, "blob_unknown")


def test_without_a_session_nothing_is_told(field: Field) -> None:
    content = jpeg()
    field.photo(field.engineer(), content)
    stranger = field.door.phone()
    assert head(stranger, sha(content)).status_code == 401
    assert send(stranger, sha(content), content).status_code == 401
    assert stranger.get(f"/api/blobs/{sha(content)}").status_code == 401


def test_only_the_install_whose_op_names_a_blob_may_send_it(field: Field) -> None:
    content = jpeg()
    phone, colleague = field.engineer(), field.engineer()
    field.photo(phone, content)
    assert head(colleague, sha(content)).status_code == 404
    assert send(colleague, sha(content), content).status_code == 404
    found = head(phone, sha(content))
    assert found.status_code == 200
    assert found.headers["upload-offset"] == "0"
    assert found.headers["upload-length"] == str(len(content))
    assert found.headers["tus-resumable"] == "1.0.0"
    assert found.headers["cache-control"] == "no-store"


def test_an_upload_is_resumed_and_the_centre_says_that_the_photo_arrived(field: Field) -> None:
    content = jpeg(1200, 900)
    phone = field.engineer()
    record = field.photo(phone, content)
    assert field.verdict["v"] == "applied"
    half = len(content) // 2
    first = send(phone, sha(content), content[:half])
    assert (first.status_code, first.headers["upload-offset"]) == (204, str(half))
    assert head(phone, sha(content)).headers["upload-offset"] == str(half)
    assert "arrived_at" not in field.door.record(record).doc
    pending = phone.get(f"/api/photos/{record}/thumb.jpg")
    assert (pending.status_code, pending.json()["code"]) == (404, "photo_pending")

    last = send(phone, sha(content), content[half:], half)
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(content)))
    photo = field.spoken(record)
    assert photo.doc["arrived_at"] == field.door.now
    assert "refused" not in photo.doc
    whole = head(phone, sha(content))
    assert whole.headers["upload-offset"] == whole.headers["upload-length"] == str(len(content))
    assert send(phone, sha(content), b"", len(content)).status_code == 204
    assert field.door.centre.blobs.read(sha(content)) == content


def test_the_arrival_is_an_op_of_the_centre_in_the_log(field: Field) -> None:
    content = jpeg()
    phone = field.engineer()
    record = field.photo(phone, content)
    send(phone, sha(content), content)
    field.spoken(record)
    rows = field.door.centre.reader().execute(
        "SELECT install, kind, verdict FROM ops WHERE record = ? ORDER BY seq", (record,)
    )
    assert [tuple(row) for row in rows] == [
        (phone.key.id, "photo", "applied"),
        (field.door.centre.id, "photo", "applied"),
    ]


def test_wrong_requests_are_told_what_is_wrong(field: Field) -> None:
    content = jpeg()
    phone = field.engineer()
    field.photo(phone, content)
    cases: list[tuple[dict[str, str], int, bytes, int, str]] = [
        ({}, 5, content, 409, "blob_offset"),
        ({"Content_Type": "image/jpeg"}, 0, content, 415, "unsupported_media"),
        ({"Content_Encoding": "gzip"}, 0, content, 415, "unsupported_encoding"),
        ({"Tus_Resumable": "0.2.2"}, 0, content, 412, "tus_version"),
        ({"Upload_Offset": "-1"}, 0, content, 400, "bad_request"),
        ({"Upload_Offset": "1e3"}, 0, content, 400, "bad_request"),
        ({"Upload_Length": "7"}, 0, content, 400, "blob_length"),
        ({}, 0, content + b"x", 413, "too_large"),
        ({}, 0, bytes(len(content)), 460, "blob_checksum"),
    ]
    for headers, offset, body, status, code in cases:
        answer = send(phone, sha(content), body, offset, **headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), code
        assert answer.headers["content-type"] == "application/problem+json"
        assert head(phone, sha(content)).headers["upload-offset"] == "0"
    assert send(phone, sha(content), content).status_code == 204


def test_the_body_is_bounded_even_when_no_length_is_announced(field: Field) -> None:
    content = jpeg()
    phone = field.engineer()
    field.photo(phone, content)
    answer = send(phone, sha(content), iter([content, b"x" * 1000]))  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    offset = int(head(phone, sha(content)).headers["upload-offset"])
    assert send(phone, sha(content), content[offset:], offset).status_code == 204


def test_a_photo_of_more_than_50_mb_is_refused_and_its_record_kept(field: Field) -> None:
    content = jpeg()
    phone = field.engineer()
    record = field.photo(phone, content, size=MAX_BYTES + 1)
    assert head(phone, sha(content)).status_code == 413
    answer = send(phone, sha(content), content)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    photo = field.spoken(record)
    assert photo.doc["refused"] == "too_large"
    assert not photo.deleted
    shown = phone.get(f"/api/photos/{record}/screen.jpg")
    assert (shown.status_code, shown.json()["code"], shown.json()["reason"]) == (404, "photo_refused", "too_large")


@pytest.mark.parametrize("damage", ["truncated", "not_an_image"])
def test_undecodable_pixels_are_refused_with_a_reason_and_the_bytes_kept(field: Field, damage: str) -> None:
    whole = jpeg()
    content = whole[: len(whole) // 2] if damage == "truncated" else b"<html><script>alert(1)</script></html>"
    phone = field.engineer()
    record = field.photo(phone, content)
    assert send(phone, sha(content), content).status_code == 204
    photo = field.spoken(record)
    assert photo.doc["refused"] == damage
    assert "arrived_at" not in photo.doc
    assert phone.get(f"/api/photos/{record}/thumb.jpg").json()["reason"] == damage
    raw = phone.get(f"/api/blobs/{sha(content)}")
    assert raw.content == content
    assert raw.headers["content-type"] == "application/octet-stream"
    assert raw.headers["content-disposition"].startswith("attachment")
    assert raw.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in raw.headers["content-security-policy"]


def test_a_blob_without_a_size_in_its_op_is_declared_by_the_first_request(field: Field) -> None:
    content = msgspec.json.encode({"v": 1, "width": 300, "height": 100, "strokes": [[[0, 1, 2, 3]]]})
    phone = field.engineer()
    round_ = new_id()
    field.write("round", round_, site=field.site, title="十一月", assets=[field.asset])
    field.save(phone, "signature", [sha(content)], round=round_, outcome="signed", strokes=sha(content))
    found = head(phone, sha(content))
    assert (found.headers["upload-offset"], found.headers["upload-defer-length"]) == ("0", "1")
    assert "upload-length" not in found.headers
    assert send(phone, sha(content), content).json()["code"] == "blob_length"
    assert send(phone, sha(content), content, Upload_Length="5000001").json()["code"] == "too_large"
    assert send(phone, sha(content), content[:9], Upload_Length=str(len(content))).status_code == 204
    assert head(phone, sha(content)).headers["upload-length"] == str(len(content))
    assert send(phone, sha(content), content[9:], 9).status_code == 204
    assert phone.get(f"/api/blobs/{sha(content)}").content == content


def test_a_parked_op_may_deliver_its_blob_too(field: Field) -> None:
    content = jpeg()
    phone = field.engineer()
    field.photo(phone, content, site=field.elsewhere, asset=None)
    assert field.verdict["v"] == "parked"
    assert head(phone, sha(content)).status_code == 200
    assert send(phone, sha(content), content).status_code == 204
    assert field.door.centre.blobs.exists(sha(content))


def test_a_blob_is_read_by_those_who_hold_its_site_only(field: Field) -> None:
    content = jpeg()
    phone, colleague, stranger = field.engineer(), field.engineer(), field.engineer(field.elsewhere)
    record = field.photo(phone, content)
    send(phone, sha(content), content)
    field.spoken(record)
    for reader, status in ((phone, 200), (colleague, 200), (stranger, 404)):
        for path in (
            f"/api/blobs/{sha(content)}",
            *(f"/api/photos/{record}/{n}.jpg" for n in ("thumb", "screen", "original")),
        ):
            assert reader.get(path).status_code == status, path
    answer = colleague.get(f"/api/blobs/{sha(content)}")
    assert answer.content == content
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "image/jpeg"
    again = colleague.get(f"/api/blobs/{sha(content)}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (
        stranger.get(f"/api/blobs/{sha(content)}", headers={"If-None-Match": answer.headers["etag"]}).status_code == 404
    )


def test_knowing_a_hash_is_not_having_the_bytes(field: Field) -> None:
    """Somebody at another site names a hash they have heard of: they neither see nor own the photo by that."""
    content = jpeg()
    phone, thief = field.engineer(), field.engineer(field.elsewhere)
    record = field.photo(phone, content)
    send(phone, sha(content), content)
    field.spoken(record)
    claimed = field.photo(thief, content, site=field.elsewhere, asset=None)
    assert head(thief, sha(content)).headers["upload-offset"] == "0"
    assert thief.get(f"/api/blobs/{sha(content)}").status_code == 404
    assert thief.get(f"/api/photos/{claimed}/original.jpg").status_code == 404
    assert "arrived_at" not in field.spoken(claimed).doc
    # With the bytes in hand it is theirs as well, and stored once.
    assert send(thief, sha(content), content).status_code == 204
    assert "arrived_at" in field.spoken(claimed).doc
    assert thief.get(f"/api/photos/{claimed}/original.jpg").content == content
    assert list(field.door.centre.blobs.all()) == [sha(content)]


def test_equal_photos_of_one_site_are_sent_once(field: Field) -> None:
    content = jpeg()
    phone, colleague = field.engineer(), field.engineer()
    send_first = field.photo(phone, content)
    send(phone, sha(content), content)
    field.spoken(send_first)
    second = field.photo(colleague, content)
    found = head(colleague, sha(content))
    assert found.headers["upload-offset"] == found.headers["upload-length"] == str(len(content))
    assert "arrived_at" in field.spoken(second).doc


def test_a_full_disk_is_said_plainly_and_the_upload_goes_on_later(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = jpeg()
    phone = field.engineer()
    record = field.photo(phone, content)
    send(phone, sha(content), content[:1000])
    with monkeypatch.context() as full:
        full.setattr(field.door.centre.blobs, "_reserve_bytes", 1 << 60)
        answer = send(phone, sha(content), content[1000:], 1000)
        assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert head(phone, sha(content)).headers["upload-offset"] == "1000"
    assert send(phone, sha(content), content[1000:], 1000).status_code == 204
    assert "arrived_at" in field.spoken(record).doc


def test_what_came_before_the_connection_broke_is_kept(field: Field) -> None:
    content = jpeg(2000, 1500)
    assert len(content) > 400_000
    phone = field.engineer()
    field.photo(phone, content)

    cookie = "; ".join(f"{name}={value}" for name, value in phone.client.cookies.items())
    headers = {"cookie": cookie, "origin": ORIGIN, "content-type": TYPE, "upload-offset": "0"}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PATCH",
        "scheme": "https",
        "path": f"/api/blobs/{sha(content)}",
        "raw_path": f"/api/blobs/{sha(content)}".encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("site.example.com", 443),
    }
    events = [
        {"type": "http.request", "body": content[:300_000], "more_body": True},
        {"type": "http.request", "body": content[300_000:310_000], "more_body": True},
    ]

    async def receive() -> dict[str, Any]:
        return events.pop(0) if events else {"type": "http.disconnect"}

    async def ignore(message: Any) -> None: ...

    asyncio.run(field.door.app(scope, receive, ignore))
    assert head(phone, sha(content)).headers["upload-offset"] == "310000"
    assert send(phone, sha(content), content[310_000:], 310_000).status_code == 204
    assert field.door.centre.blobs.exists(sha(content))


def test_photos_that_a_crash_left_unsaid_are_spoken_about_after_the_next_start(tmp_path: Path) -> None:
    content = jpeg()
    with open_door(tmp_path) as door:
        field = Field(door)
        phone = field.engineer()
        record = field.photo(phone, content)
        # The process dies after the receipt and before anybody looked at the photo.
        door.centre.media.arrivals.close()
        assert send(phone, sha(content), content).status_code == 204
        assert "arrived_at" not in door.record(record).doc
    with open_door(tmp_path) as door:
        door.centre.media.arrivals.wait()
        assert "arrived_at" in door.record(record).doc


def test_an_upload_whose_last_byte_came_just_before_a_crash_is_finished_by_head(field: Field) -> None:
    content = jpeg()
    phone = field.engineer()
    record = field.photo(phone, content)
    folder = field.door.centre.settings.data / "partial" / phone.key.id
    folder.mkdir()
    (folder / sha(content)).write_bytes(content)
    found = head(phone, sha(content))
    assert found.headers["upload-offset"] == str(len(content))
    assert "arrived_at" in field.spoken(record).doc


def test_a_receipt_without_its_file_asks_for_the_bytes_again(field: Field) -> None:
    """Promise 9: a centre restored without its newest blobs gets them back from the phones."""
    content = jpeg()
    phone = field.engineer()
    record = field.photo(phone, content)
    send(phone, sha(content), content)
    field.spoken(record)
    field.door.centre.blobs.path(sha(content)).unlink()
    assert head(phone, sha(content)).headers["upload-offset"] == "0"
    assert phone.get(f"/api/photos/{record}/original.jpg").status_code == 404
    assert send(phone, sha(content), content).status_code == 204
    assert phone.get(f"/api/photos/{record}/original.jpg").content == content


def test_thumb_and_screen_are_upright_small_watermarked_and_without_metadata(field: Field, shared_data: Path) -> None:
    phone = field.engineer()
    source = (shared_data / "photos" / "iphone_13_pro_max.HEIC").read_bytes()
    record = field.photo(phone, source, mime="image/heic")
    assert send(phone, sha(source), source).status_code == 204
    assert "arrived_at" in field.spoken(record).doc
    for name, edge in (("thumb", 320), ("screen", 1600)):
        answer = phone.get(f"/api/photos/{record}/{name}.jpg")
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"].startswith("private")
        with Image.open(io.BytesIO(answer.content)) as image:
            assert (image.height, image.format) == (edge, "JPEG")
            assert not image.getexif()
        plain = field.door.centre.media.pictures.plain(sha(source), edge).read_bytes()
        assert answer.content != plain
        again = phone.get(f"/api/photos/{record}/{name}.jpg", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    original = phone.get(f"/api/photos/{record}/original.jpg")
    assert original.content == source
    assert original.headers["content-type"] == "image/heic"
    assert original.headers["content-disposition"].startswith("attachment")


def test_the_watermark_tells_time_place_code_and_engineer(field: Field) -> None:
    from server.media.captions import photo_caption

    content = jpeg()
    phone = field.engineer()
    record = field.photo(phone, content)
    conn = field.door.centre.reader()
    words = photo_caption(conn, field.door.record(record), zone="UTC", lang="zh")
    assert (words.clock, words.date) == ("22:32", "2025-11-21 星期五")
    assert words.place == "第一办公区 / 0210 机房"
    assert words.code == "D010210-009"
    assert words.engineer == "工程师 A engineer"
    english = photo_caption(conn, field.door.record(record), zone="UTC", lang="en")
    assert english.engineer == "Engineer: A engineer"


def test_every_shared_photo_is_handled(field: Field, shared_data: Path) -> None:
    phone = field.engineer()
    for path in sorted(path for path in (shared_data / "photos").rglob("*") if path.is_file()):
        content = path.read_bytes()
        record = field.photo(phone, content, mime="image/heic" if path.suffix == ".HEIC" else "image/jpeg")
        assert send(phone, sha(content), content).status_code == 204, path.name
        assert "arrived_at" in field.spoken(record).doc, path.name
        assert phone.get(f"/api/photos/{record}/thumb.jpg").status_code == 200, path.name


def test_options_tell_what_is_spoken(field: Field) -> None:
    for path in ("/api/blobs", f"/api/blobs/{sha(b'x')}"):
        answer = field.door.phone().request("OPTIONS", path)
        assert answer.status_code == 204
        assert answer.headers["tus-version"] == "1.0.0"
        assert answer.headers["tus-max-size"] == str(MAX_BYTES)


def test_a_write_from_a_foreign_page_is_refused(field: Field) -> None:
    content = jpeg()
    phone = field.engineer()
    field.photo(phone, content)
    answer = send(phone, sha(content), content, Origin="https://evil.example")
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin")


# --- without a session ------------------------------------------------------------------------------------------------


def signed(field: Field, phone: Phone, method: str, sha256: str, offset: str = "", /, **change: str) -> dict[str, str]:
    """The headers by which an install shows itself; `change` spoils what is signed."""
    parts = {"method": method, "path": f"/api/blobs/{sha256}", "offset": offset, "time": str(field.door.now)} | change
    message = "\n".join(("sitebook-blob-1", parts["method"], parts["path"], parts["offset"], parts["time"]))
    return {
        "Sitebook-Install": phone.key.id,
        "Sitebook-Time": parts["time"],
        "Sitebook-Signature": phone.key.sign(message.encode()),
    }


def head_signed(field: Field, phone: Phone, sha256: str) -> httpx.Response:
    return phone.request("HEAD", f"/api/blobs/{sha256}", headers=signed(field, phone, "HEAD", sha256))


def test_an_install_without_a_session_delivers_by_its_signature(field: Field) -> None:
    content = jpeg()
    phone, colleague = field.engineer(), field.engineer()
    record = field.photo(phone, content)
    phone.client.cookies.clear()
    assert head(phone, sha(content)).status_code == 401
    found = head_signed(field, phone, sha(content))
    assert (found.status_code, found.headers["upload-offset"]) == (200, "0")
    half = len(content) // 2
    first = send(phone, sha(content), content[:half], **signed(field, phone, "PATCH", sha(content), "0"))
    assert (first.status_code, first.headers["upload-offset"]) == (204, str(half))
    rest = signed(field, phone, "PATCH", sha(content), str(half))
    assert send(phone, sha(content), content[half:], half, **rest).status_code == 204
    assert "arrived_at" in field.spoken(record).doc
    assert colleague.get(f"/api/blobs/{sha(content)}").content == content
    # It lets bytes in, it lets nobody read.
    assert phone.get(f"/api/blobs/{sha(content)}", headers=rest).status_code == 401


def test_an_expired_session_does_not_stand_in_the_way_of_a_signature(field: Field) -> None:
    content = jpeg()
    phone = field.engineer()
    record = field.photo(phone, content)
    field.door.pass_time(400 * 86_400_000)
    answer = send(phone, sha(content), content)
    assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")
    assert send(phone, sha(content), content, **signed(field, phone, "PATCH", sha(content), "0")).status_code == 204
    assert "arrived_at" in field.spoken(record).doc


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": "HEAD"}, "proof_wrong"),
        ({"path": f"/api/blobs/{sha(b'x')}"}, "proof_wrong"),
        ({"offset": "1"}, "proof_wrong"),
        ({"time": "0"}, "proof_time"),
        ({"time": "-1"}, "proof_time"),
        ({"time": "9" * 40}, "proof_time"),
        ({"time": "soon"}, "proof_time"),
    ],
)
def test_a_signature_over_something_else_is_refused(field: Field, change: dict[str, str], code: str) -> None:
    content = jpeg()
    phone = field.engineer()
    field.photo(phone, content)
    phone.client.cookies.clear()
    headers = signed(field, phone, "PATCH", sha(content), "0", **change)
    answer = send(phone, sha(content), content, **headers)
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert head_signed(field, phone, sha(content)).headers["upload-offset"] == "0"


def test_a_signature_is_good_for_ten_minutes_and_its_own_install(field: Field) -> None:
    content = jpeg()
    phone, colleague, stranger = field.engineer(), field.engineer(), field.door.phone()
    field.photo(phone, content)
    headers = signed(field, phone, "PATCH", sha(content), "0")
    field.door.pass_time(600_001)
    late = send(stranger, sha(content), content, **headers)
    assert (late.json()["code"], late.json()["expected"]) == ("proof_time", field.door.now)
    assert head_signed(field, colleague, sha(content)).status_code == 404
    assert head_signed(field, stranger, sha(content)).status_code == 403
    unknown = send(stranger, sha(content), content, **signed(field, stranger, "PATCH", sha(content), "0"))
    assert unknown.json()["code"] == "install_unknown"
    for wrong in ({"Sitebook-Install": "x"}, {"Sitebook-Install": ""}):
        answer = send(phone, sha(content), content, **(signed(field, phone, "PATCH", sha(content), "0") | wrong))
        assert answer.json()["code"] == "install_invalid"
    for text in ("", "!", "A" * 86):
        answer = send(
            phone,
            sha(content),
            content,
            **(signed(field, phone, "PATCH", sha(content), "0") | {"Sitebook-Signature": text}),
        )
        assert answer.json()["code"] == "proof_wrong"


def revoke(field: Field, phone: Phone) -> None:
    assert field.administrator.post(f"/api/devices/{phone.key.id}/revoke").status_code == 204


@pytest.mark.parametrize("order", ["revoked, then saved", "saved, then revoked"])
def test_what_a_revoked_install_delivers_is_kept_and_read_by_nobody(field: Field, order: str) -> None:
    content = jpeg()
    phone, colleague = field.engineer(), field.engineer()
    if order == "revoked, then saved":
        revoke(field, phone)
        record = field.photo(phone, content)
        assert field.verdict["v"] == "quarantined"
    else:
        record = field.photo(phone, content)
        revoke(field, phone)
    headers = signed(field, phone, "PATCH", sha(content), "0")
    assert send(phone, sha(content), content, **headers).status_code == 204
    whole = head_signed(field, phone, sha(content))
    assert whole.headers["upload-offset"] == whole.headers["upload-length"] == str(len(content))
    field.door.centre.media.arrivals.wait()
    assert field.door.centre.blobs.read(sha(content)) == content
    for reader in (colleague, field.administrator):
        assert reader.get(f"/api/blobs/{sha(content)}").status_code == 404
        assert reader.get(f"/api/photos/{record}/original.jpg").status_code == 404
    if order == "saved, then revoked":
        assert "arrived_at" not in field.door.record(record).doc


def test_a_colleague_who_has_the_same_bytes_delivers_them_for_all(field: Field) -> None:
    content = jpeg()
    phone, colleague = field.engineer(), field.engineer()
    field.photo(phone, content)
    revoke(field, phone)
    send(phone, sha(content), content, **signed(field, phone, "PATCH", sha(content), "0"))
    record = field.photo(colleague, content)
    # A hash alone opens no quarantine, not even by calling it a site.
    assert head(colleague, sha(content)).headers["upload-offset"] == "0"
    assert colleague.get(f"/api/blobs/{sha(content)}").status_code == 404
    field.photo(field.administrator, content, site=f"quarantine:{phone.key.id}")
    assert field.administrator.get(f"/api/blobs/{sha(content)}").status_code == 404
    assert send(colleague, sha(content), content).status_code == 204
    assert "arrived_at" in field.spoken(record).doc
    assert colleague.get(f"/api/blobs/{sha(content)}").content == content


def test_a_statement_in_quarantine_is_not_looked_at(field: Field) -> None:
    content = b'{"v":1}'
    phone = field.engineer()
    round_ = new_id()
    field.write("round", round_, site=field.site, title="十一月", assets=[field.asset])
    signature = field.save(phone, "signature", [sha(content)], round=round_, outcome="signed", statement=sha(content))
    revoke(field, phone)
    headers = signed(field, phone, "PATCH", sha(content), "0") | {"Upload-Length": str(len(content))}
    assert send(phone, sha(content), content, **headers).status_code == 204
    assert "verified" not in field.spoken(signature).doc
