"""Documents through the real application: issuing, numbers, who may read them, the public pages."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from server.documents import numbering
from server.documents.issue import Wanted, issue
from server.errors import Problem
from server.store import meta
from sync.drafts import Draft
from tests.documents.signed import COPY, SignedRound
from tests.documents.test_records import squeeze, text_of
from tests.door import Phone, open_door


@pytest.fixture
def field(tmp_path: Path) -> Iterator[SignedRound]:
    with open_door(tmp_path) as door:
        yield SignedRound(door)


def report(phone: Phone, field: SignedRound, lang: str = "zh", **more: Any) -> Any:
    return phone.post("/api/documents", {"kind": "service_report", "lang": lang, "round": field.round, **more})


def record(phone: Phone, field: SignedRound, n: int = 0, lang: str = "zh", **more: Any) -> Any:
    body = {"kind": "inspection_record", "lang": lang, "inspection": field.inspection_ids[n], **more}
    return phone.post("/api/documents", body)


def test_engineer_issues_the_report_of_a_signed_round_and_reads_it(field: SignedRound) -> None:
    field.whole()
    made = report(field.engineer, field)
    assert made.status_code == 201, made.text
    document = made.json()
    pdf = field.engineer.get(f"/api/documents/{document['id']}.pdf")
    assert pdf.status_code == 200
    assert pdf.headers["content-type"] == "application/pdf"
    assert hashlib.sha256(pdf.content).hexdigest() == document["blob"]
    text = text_of(pdf.content)
    statement_hash = hashlib.sha256(field.statement).hexdigest()
    for value in (
        document["number"],
        statement_hash,
        "江城市公安局交通警察支队",
        "张敏",
        "异响",
        "已更换",
        "43.5",
        "正在打印证件",
    ):
        assert squeeze(value) in text
    assert "照片尚未送达" not in text


def test_record_of_one_asset_holds_its_two_photos_and_no_other_asset(field: SignedRound) -> None:
    import io

    import pypdf

    field.whole()
    made = record(field.engineer, field).json()
    pdf = field.engineer.get(f"/api/documents/{made['id']}.pdf").content
    assert len([image for page in pypdf.PdfReader(io.BytesIO(pdf)).pages for image in page.images]) == 2
    text = text_of(pdf)
    assert "D010210-001" in text
    assert "D010210-002" not in text
    assert made["asset"] == field.assets[0]


def test_asking_again_gives_the_same_document(field: SignedRound) -> None:
    field.whole()
    first = report(field.engineer, field).json()
    field.door.pass_time(3_600_000)
    assert report(field.administrator, field).json() == first
    assert len(field.door.records("document")) == 1


def test_many_who_ask_at_once_get_one_document(field: SignedRound) -> None:
    field.whole()
    wanted = Wanted(kind="service_report", signature=field.signature, lang="zh")
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: issue(field.centre, wanted), range(6)))
    assert len({document.id for document in made}) == 1
    assert len({document.doc["blob"] for document in made}) == 1
    assert len(field.door.records("document")) == 1


def test_document_that_was_only_numbered_when_the_centre_stopped_is_made_with_that_number(
    field: SignedRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    field.whole()
    wanted = Wanted(kind="service_report", signature=field.signature, lang="zh")

    def stop(*_: Any) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("server.documents.issue.render", stop)
        with pytest.raises(KeyboardInterrupt):
            issue(field.centre, wanted)
    numbered = field.door.records("document")
    assert len(numbered) == 1
    assert "blob" not in numbered[0].doc
    assert issue(field.centre, wanted).doc["number"] == numbered[0].doc["number"]


def test_each_kind_and_language_has_its_own_number(field: SignedRound) -> None:
    field.whole()
    numbers = [
        report(field.engineer, field).json()["number"],
        report(field.engineer, field, "en").json()["number"],
        record(field.engineer, field, 0).json()["number"],
        record(field.engineer, field, 1).json()["number"],
    ]
    year = datetime.fromtimestamp(field.door.now / 1000, UTC).year
    assert numbers == [f"FWBG-{year}-000001", f"FWBG-{year}-000002", f"WBXJ-{year}-000001", f"WBXJ-{year}-000002"]


def test_english_report_is_a_translation_from_the_same_ops(field: SignedRound) -> None:
    field.whole()
    made = report(field.engineer, field, "en").json()
    text = text_of(field.engineer.get(f"/api/documents/{made['id']}.pdf").content)
    assert squeeze("Translation: the signed text is in Chinese.") in text
    assert "Temperature" in text
    assert "Abnormal" in text
    assert "异响" in text, "what people typed stays as they typed it"


def test_round_without_a_signature_has_no_document(field: SignedRound) -> None:
    field.inspect()
    answer = report(field.engineer, field)
    assert (answer.status_code, answer.json()["code"]) == (409, "document_unsigned")


def test_statement_on_its_way_is_waited_for(field: SignedRound) -> None:
    field.inspect()
    field.sign()
    answer = report(field.engineer, field)
    assert (answer.status_code, answer.json()["code"]) == (409, "statement_pending")


def test_photos_on_their_way_are_waited_for_and_counted(field: SignedRound) -> None:
    field.inspect()
    field.sign()
    field.send_statement()
    field.send_photos(1)
    answer = report(field.engineer, field)
    assert (answer.status_code, answer.json()["code"]) == (409, "document_pending")
    assert (answer.json()["missing"], answer.json()["total"]) == (1, 2)
    assert record(field.engineer, field, 1).status_code == 201, "the second asset has no photos to wait for"


def test_document_without_missing_photos_is_issued_where_that_is_asked_for(field: SignedRound) -> None:
    field.inspect()
    field.sign()
    field.send_statement()
    made = report(field.administrator, field, incomplete=True)
    assert made.status_code == 201
    text = text_of(field.administrator.get(f"/api/documents/{made.json()['id']}.pdf").content)
    assert text.count("照片尚未送达") == 2


def test_nothing_is_issued_from_a_statement_that_differs_from_its_ops(field: SignedRound) -> None:
    field.inspect()
    field.sign(spoil=True)
    field.send_statement()
    field.send_photos()
    answer = report(field.engineer, field)
    assert (answer.status_code, answer.json()["code"]) == (409, "statement_mismatch")
    assert field.door.records("document") == []


def test_absence_of_the_customer_is_a_document_too(field: SignedRound) -> None:
    field.inspect()
    field.sign("absent")
    field.send_statement()
    field.send_photos()
    made = report(field.engineer, field).json()
    text = text_of(field.engineer.get(f"/api/documents/{made['id']}.pdf").content)
    assert "客户不在场" in text
    assert "门锁，电话告知" in text


def test_later_change_of_the_registry_does_not_change_what_is_printed(field: SignedRound) -> None:
    field.whole()
    field.write("asset", field.assets[0], code="D010999-001", name="别的机器")
    made = record(field.engineer, field).json()
    text = text_of(field.engineer.get(f"/api/documents/{made['id']}.pdf").content)
    assert "D010210-001" in text
    assert "D010999-001" not in text


def test_people_of_other_sites_neither_issue_nor_read(field: SignedRound) -> None:
    field.whole()
    made = report(field.engineer, field).json()
    other = field.door.person(field.administrator, "engineer", sites=[field.elsewhere])
    assert report(other, field).json()["code"] == "forbidden_site"
    assert other.get(f"/api/documents/{made['id']}.pdf").status_code == 404


def test_customer_of_the_site_reads_but_does_not_issue(field: SignedRound) -> None:
    field.whole()
    made = report(field.engineer, field).json()
    customer = field.door.person(field.administrator, "customer", sites=[field.site])
    assert report(customer, field).status_code == 403
    assert customer.get(f"/api/documents/{made['id']}.pdf").status_code == 200


def test_nobody_reads_without_signing_in(field: SignedRound) -> None:
    field.whole()
    made = report(field.engineer, field).json()
    assert field.door.phone().get(f"/api/documents/{made['id']}.pdf").status_code == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "service_report", "lang": "zh"}, "invalid"),
        ({"kind": "inspection_record", "lang": "zh", "round": "ROUND"}, "invalid"),
        ({"kind": "service_report", "lang": "zh", "round": "00000000-0000-7000-8000-000000000009"}, "not_found"),
        ({"kind": "service_report", "lang": "zh", "round": "ASSET"}, "not_found"),
        ({"kind": "service_report", "lang": "fr", "round": "ROUND"}, None),
        ({"kind": "invoice", "lang": "zh", "round": "ROUND"}, None),
    ],
)
def test_request_that_names_nothing_sensible_is_told_so(
    field: SignedRound, body: dict[str, Any], code: str | None
) -> None:
    body = {key: {"ROUND": field.round, "ASSET": field.assets[0]}.get(value, value) for key, value in body.items()}
    answer = field.engineer.post("/api/documents", body)
    assert 400 <= answer.status_code < 500
    if code:
        assert answer.json()["code"] == code


def test_file_name_is_chinese_and_has_a_plain_twin(field: SignedRound) -> None:
    field.whole()
    made = record(field.engineer, field).json()
    header = field.engineer.get(f"/api/documents/{made['id']}.pdf").headers["content-disposition"]
    match = re.fullmatch(r"attachment; filename=\"([ -~]+)\"; filename\*=UTF-8''(\S+)", header)
    assert match is not None
    assert match[1] == f"{made['number']}.pdf"
    assert unquote(match[2]) == f"维保巡检记录表 D010210-001 {made['number']}.pdf"


def test_unchanged_document_is_not_sent_twice(field: SignedRound) -> None:
    field.whole()
    made = report(field.engineer, field).json()
    path = f"/api/documents/{made['id']}.pdf"
    etag = field.engineer.get(path).headers["etag"]
    again = field.engineer.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


# --- /V ---


def test_verification_page_says_what_number_date_and_hash_and_nothing_else(field: SignedRound) -> None:
    field.whole()
    made = report(field.engineer, field).json()
    stranger = field.door.phone()
    for prefix, token in (("V", made["token"]), ("v", made["token"].lower())):
        answer = stranger.get(f"/{prefix}/{token}")
        assert answer.status_code == 200
        for said in (made["number"], made["blob"], hashlib.sha256(field.statement).hexdigest()):
            assert said in answer.text
        for private in ("交通警察", "办公楼", "十一月", "D010210", "张敏", "异响", "engineer", field.round, made["id"]):
            assert private not in answer.text
        assert "<script" not in answer.text
        assert " style=" not in answer.text


def test_verification_page_is_in_both_languages(field: SignedRound) -> None:
    field.whole()
    made = report(field.engineer, field).json()
    stranger = field.door.phone()
    zh = stranger.get(f"/V/{made['token']}", headers={"Accept-Language": "zh-CN"}).text
    en = stranger.get(f"/V/{made['token']}?lang=en", headers={"Accept-Language": "zh-CN"}).text
    assert "此文档由本系统签发" in zh
    assert "This document was issued here" in en
    for text in (zh, en):
        assert "系统预防性维护服务报告" in text
        assert "Preventive Maintenance Service Report" in text


@pytest.mark.parametrize("token", ["000000000000", "x", "..%2f..%2fetc", "0" * 5_000, "%00", "<script>"])
def test_unknown_verification_code_is_not_found(field: SignedRound, token: str) -> None:
    answer = field.door.phone().get(f"/V/{token}")
    assert answer.status_code in (400, 404)
    assert "<script>" not in answer.text


# --- /C ---


def copy_of(field: SignedRound, path: str = "", **options: Any) -> Any:
    return field.door.phone().get(f"/C/{COPY}{path}", **options)


def test_customer_opens_the_copy_without_an_account_and_downloads_both_languages(field: SignedRound) -> None:
    field.whole()
    page = copy_of(field)
    assert page.status_code == 200
    for said in ("江城市公安局交通警察支队", "十一月巡检", "张敏", "异响", "已更换", "正在打印证件"):
        assert said in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.headers["referrer-policy"] == "no-referrer"
    for lang in ("zh", "en"):
        link = re.search(rf'href="(/c/{COPY}/report-{lang}\.pdf)"', page.text)
        assert link is not None
        pdf = field.door.phone().get(link[1])
        assert pdf.content.startswith(b"%PDF-")
        assert pdf.headers["cache-control"] == "no-store"
    assert {record.doc["lang"] for record in field.door.records("document")} == {"zh", "en"}


def test_copy_has_a_record_of_each_asset(field: SignedRound) -> None:
    field.whole()
    links = re.findall(r'href="(/c/[^"]+/[0-9a-f-]{36}-zh\.pdf)"', copy_of(field).text)
    assert len(links) == 3
    assert "D010210-002" in text_of(field.door.phone().get(links[1]).content)


def test_copy_and_office_give_the_same_document(field: SignedRound) -> None:
    field.whole()
    made = report(field.engineer, field).json()
    assert hashlib.sha256(copy_of(field, "/report-zh.pdf").content).hexdigest() == made["blob"]


@pytest.mark.parametrize("token", [COPY[:-1] + "9", COPY[:-1], "X", "0" * 26, "%2e%2e", "U" * 26])
def test_every_wrong_copy_link_gets_the_same_page(field: SignedRound, token: str) -> None:
    field.whole()
    stranger = field.door.phone()
    expected = stranger.get("/C/" + "7" * 26)
    answer = stranger.get(f"/C/{token}")
    assert (answer.status_code, answer.content) == (404, expected.content)
    assert expected.headers["cache-control"] == "no-store"
    assert stranger.get(f"/C/{token}/report-zh.pdf").content == expected.content


def test_copy_before_the_phone_has_delivered_says_so_kindly(field: SignedRound) -> None:
    page = copy_of(field, headers={"Accept-Language": "zh"})
    assert page.status_code == 404
    assert "手机可能还没有联网" in page.text


def test_copy_whose_statement_is_on_its_way_says_so_kindly(field: SignedRound) -> None:
    field.inspect()
    field.sign()
    page = copy_of(field, headers={"Accept-Language": "zh"})
    assert page.status_code == 200
    assert "签字内容还在路上" in page.text
    assert copy_of(field, "/report-zh.pdf").status_code == 409


def test_copy_whose_photos_are_on_their_way_counts_them(field: SignedRound) -> None:
    field.inspect()
    field.sign()
    field.send_statement()
    field.send_photos(1)
    page = copy_of(field, headers={"Accept-Language": "zh"})
    assert "照片已送达 1 / 2 张" in page.text
    assert "report-zh.pdf" not in page.text
    assert "照片送达后可下载" in page.text
    assert len(re.findall(r"-zh\.pdf", page.text)) == 2, "the two records without photos are there"


def test_copy_of_a_statement_in_doubt_offers_nothing(field: SignedRound) -> None:
    field.inspect()
    field.sign(spoil=True)
    field.send_statement()
    page = copy_of(field, headers={"Accept-Language": "zh"})
    assert "正在核查" in page.text
    assert ".pdf" not in page.text


@pytest.mark.parametrize(
    "file", ["report-fr.pdf", "report.pdf", "x-zh.pdf", "00000000-0000-7000-8000-000000000009-zh.pdf"]
)
def test_file_that_the_copy_does_not_have_is_not_found(field: SignedRound, file: str) -> None:
    field.whole()
    assert copy_of(field, f"/{file}").status_code == 404


def test_texts_on_the_copy_are_escaped(field: SignedRound) -> None:
    field.write("customer", field.customer, name="<script>alert(1)</script> & 公司")
    field.whole()
    page = copy_of(field)
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 公司" in page.text


# --- numbers ---


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    found = sqlite3.connect(":memory:")
    found.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID")
    found.execute("CREATE TABLE claims (key TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (key, record)) STRICT")
    meta.put(found, "epoch", "1")
    yield found
    found.close()


DAY = datetime(2026, 3, 9, tzinfo=UTC)


def test_numbers_run_per_kind_and_year(conn: sqlite3.Connection) -> None:
    assert [numbering.take(conn, numbering.DEFAULT, "service_report", DAY) for _ in range(2)] == [
        "FWBG-2026-000001",
        "FWBG-2026-000002",
    ]
    assert numbering.take(conn, numbering.DEFAULT, "inspection_record", DAY) == "WBXJ-2026-000001"
    assert numbering.take(conn, numbering.DEFAULT, "service_report", DAY.replace(year=2027)) == "FWBG-2027-000001"


def test_number_that_is_claimed_is_left_out(conn: sqlite3.Connection) -> None:
    conn.execute("INSERT INTO claims VALUES ('number:FWBG-2026-000001', 'x')")
    assert numbering.take(conn, numbering.DEFAULT, "service_report", DAY) == "FWBG-2026-000002"


def test_numbers_jump_after_a_restore(conn: sqlite3.Connection) -> None:
    numbering.take(conn, numbering.DEFAULT, "service_report", DAY)
    meta.put(conn, "epoch", "2")
    assert numbering.take(conn, numbering.DEFAULT, "service_report", DAY) == "FWBG-2026-001002"
    assert numbering.take(conn, numbering.DEFAULT, "service_report", DAY) == "FWBG-2026-001003"


def test_number_grows_beyond_its_width(conn: sqlite3.Connection) -> None:
    numbers = [numbering.take(conn, "{kind}{n:1}", "service_report", DAY) for _ in range(11)]
    assert numbers[-2:] == ["FWBG10", "FWBG11"]


@pytest.mark.parametrize(
    "pattern", ["", "{kind}", "{n}{n}", "{n:0}", "{x}-{n}", "{n", "编号{n}", "{n} ", "A" * 80 + "{n}"]
)
def test_unfit_pattern_counts_as_the_default(conn: sqlite3.Connection, pattern: str) -> None:
    assert not numbering.is_pattern(pattern)
    assert numbering.take(conn, pattern, "service_report", DAY) == "FWBG-2026-000001"


def test_number_of_a_deleted_document_does_not_come_back(field: SignedRound) -> None:
    field.whole()
    first = report(field.engineer, field).json()
    drafts = [Draft(kind="document", record=first["id"], values={}, delete=True)]
    field.centre.writer.submit(lambda c: field.centre.ingest.demand(c, drafts)).result()
    assert report(field.engineer, field).json()["number"] != first["number"]


def test_unknown_signature_is_a_problem(field: SignedRound) -> None:
    with pytest.raises(Problem, match="not_found"):
        issue(field.centre, Wanted(kind="service_report", signature=field.round, lang="zh"))
