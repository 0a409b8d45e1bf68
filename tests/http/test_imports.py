"""Taking in a register in the office, through the real application."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from server.exchange import tables
from server.store import records
from tests.door import Door, Phone, open_door

SHEET = (
    "设备类别,型号,序列号,位置,使用人\n"
    "台式机,M437,PF2X8Y1A,壹号楼2层0210,何伟\n"
    "打印机,LQ-630,看不清,壹号楼-0211,孙平\n"
    "台式机,M438,PF2X8Y1A,,=1+1\n"
    "合计,3,,,\n"
)
OPTIONS = {"customer_name": "江城交警", "site_name": "支队"}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_door(tmp_path) as opened:
        yield opened


@pytest.fixture
def office(door: Door) -> Phone:
    return door.administrator()


def upload(phone: Phone, data: bytes | str = SHEET, name: str = "客户 清单.csv", **form: str) -> httpx.Response:
    content = data.encode() if isinstance(data, str) else data
    return phone.post("/api/imports", files={"file": (name, io.BytesIO(content))}, data=form)


def take(phone: Phone, data: bytes | str = SHEET, **form: str) -> dict[str, Any]:
    answer = upload(phone, data, **form)
    assert answer.status_code == 201, answer.text
    return answer.json()


def plan(phone: Phone, id: str, **options: Any) -> httpx.Response:
    return phone.post(f"/api/imports/{id}/plan", {"options": OPTIONS | options})


def carry_out(door: Door, phone: Phone, id: str, **options: Any) -> dict[str, Any]:
    assert plan(phone, id, **options).status_code == 200
    answer = phone.post(f"/api/imports/{id}/run")
    assert answer.status_code == 202, answer.text
    door.centre.jobs.wait(answer.json()["id"], 60)
    return phone.get(f"/api/jobs/{answer.json()['id']}").json()


def test_a_register_goes_from_file_to_assets_with_a_report(door: Door, office: Phone) -> None:
    preview = take(office)
    assert (preview["name"], preview["encoding"], preview["total"]) == ("客户 清单.csv", "utf-8", 4)
    assert [column["field"] for column in preview["columns"]] == ["category", "model", "serial", "location", "person"]
    assert preview["questions"] == [{"building": "壹号楼", "rows": 2, "code": "D01"}]
    assert preview["rows"][0]["cells"][2] == "PF2X8Y1A"
    id = preview["id"]

    planned = plan(office, id, buildings={"壹号楼": "8"}).json()
    assert (planned["counts"]["created"], planned["counts"]["skipped"], planned["counts"]["doubtful"]) == (3, 1, 3)
    assert [row["verdict"] for row in planned["rows"]] == ["doubtful", "doubtful", "doubtful", "skipped"]
    assert planned["rows"][1]["reasons"][0]["zh"] == "没有序列号（原文：看不清）"
    assert door.records("asset") == []

    job = carry_out(door, office, id, buildings={"壹号楼": "8"})
    assert (job["state"], job["done"], job["total"], job["subject"]) == ("done", 4, 4, id)
    assets = door.records("asset")
    assert sorted(asset.doc.get("code", "") for asset in assets) == ["", "D080210-001", "D080211-001"]
    writers = {row[0] for row in door.centre.reader().execute("SELECT user FROM ops WHERE kind = 'asset'")}
    assert writers == {office.user}

    report = office.get(f"/api/imports/{id}/report?shown=skipped").json()
    assert [(row["row"], row["reasons"][0]["code"]) for row in report["rows"]] == [(5, "total_row")]
    workbook = office.get(f"/api/imports/{id}/report.xlsx")
    assert workbook.headers["content-type"].startswith("application/vnd.openxmlformats")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(workbook.content)).get_sheet_by_name("Rows").to_python()
    assert rows[3][-1] == "=1+1"
    listed = office.get("/api/imports").json()
    assert [(item["id"], item["job"]["state"]) for item in listed] == [(id, "done")]


def test_the_second_import_of_a_file_changes_nothing(door: Door, office: Phone) -> None:
    carry_out(door, office, take(office)["id"])
    ops = door.centre.reader().execute("SELECT count(*) FROM ops").fetchone()[0]
    id = take(office)["id"]
    assert carry_out(door, office, id)["state"] == "done"
    counts = office.get(f"/api/imports/{id}/report").json()["counts"]
    assert (counts["created"], counts["unchanged"], counts["skipped"]) == (0, 3, 1)
    assert door.centre.reader().execute("SELECT count(*) FROM ops").fetchone()[0] == ops


def test_the_mapping_is_corrected_by_hand(door: Door, office: Phone) -> None:
    id = take(office)["id"]
    body = {"options": OPTIONS, "mapping": ["category", "model", "asset_tag", "location", None]}
    answer = office.post(f"/api/imports/{id}/plan", body)
    assert [column["field"] for column in answer.json()["columns"]] == body["mapping"]
    assert [f["field"] for f in office.get("/api/imports/fields").json()][:3] == ["number", "code", "asset_tag"]
    wrong = office.post(f"/api/imports/{id}/plan", body | {"mapping": ["model", "model", None, None, None]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "import_mapping")


def test_more_rows_of_a_plan_are_paged(office: Phone) -> None:
    id = take(office)["id"]
    assert office.get(f"/api/imports/{id}/plan").json()["code"] == "import_not_planned"
    plan(office, id)
    page = office.get(f"/api/imports/{id}/plan?shown=doubtful&offset=1&limit=1").json()
    assert ([row["row"] for row in page["rows"]], page["total"]) == ([3], 3)
    only = office.get(f"/api/imports/{id}/plan?reason=no_location").json()
    assert [row["row"] for row in only["rows"]] == [4]
    assert office.get(f"/api/imports/{id}/plan?limit=100000").status_code in (400, 422)


def test_options_that_are_missing_are_asked_for(office: Phone) -> None:
    id = take(office)["id"]
    answer = office.post(f"/api/imports/{id}/plan", {"options": {"customer_name": "江城交警"}})
    assert (answer.status_code, answer.json()["code"], answer.json()["option"]) == (422, "import_options", "site")
    unknown = office.post(f"/api/imports/{id}/plan", {"options": {"colour": "red"}})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("data", "name", "status", "code"),
    [
        (b"", "a.xlsx", 422, "import_empty"),
        (b"%PDF-1.7", "a.xlsx", 415, "import_format"),
        (b"<html><table>", "a.xls", 415, "import_html"),
        (b"PK\x03\x04 cut off", "a.xlsx", 422, "import_damaged"),
        ("設備類別,型號\n電腦,啟天螢幕\n".encode("big5") * 9, "a.csv", 422, "import_encoding"),
        (b'[{"model"', "a.json", 422, "import_damaged"),
    ],
)
def test_files_that_are_no_registers_are_refused_in_words(
    office: Phone, data: bytes, name: str, status: int, code: str
) -> None:
    answer = upload(office, data, name)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert name in answer.json()["detail"]


def test_the_encoding_can_be_given(office: Phone) -> None:
    preview = take(office, "設備類別,型號\n電腦,啟天螢幕\n".encode("big5"), encoding="big5")
    assert preview["titles"] == ["設備類別", "型號"]


def test_too_large_an_upload_is_refused(office: Phone) -> None:
    answer = upload(office, b"x" * (tables.MAX_BYTES + 200_000), "a.csv")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_an_upload_without_a_file_is_refused(office: Phone) -> None:
    answer = office.post("/api/imports", data={"encoding": "utf-8"}, files={"other": ("a", b"b")})
    assert answer.status_code in (400, 422)


def test_a_finished_job_is_stopped_in_vain(door: Door, office: Phone) -> None:
    job = carry_out(door, office, take(office)["id"])
    answer = office.post(f"/api/jobs/{job['id']}/stop")
    assert (answer.status_code, answer.json()["state"]) == (202, "done")
    assert office.get("/api/jobs/01900000-0000-7000-8000-000000000000").status_code == 404


def test_only_planners_import(door: Door, office: Phone) -> None:
    id = take(office)["id"]
    [site] = door.make_sites(1)
    engineer = door.person(office, "engineer", sites=[site])
    for answer in (
        upload(engineer),
        plan(engineer, id),
        engineer.get(f"/api/imports/{id}"),
        engineer.get("/api/imports"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert upload(door.phone()).status_code == 401


def test_a_dispatcher_of_one_site_imports_into_that_site_only(door: Door, office: Phone) -> None:
    mine, other = door.make_sites(2)
    customer = door.record(mine).doc["customer"]
    foreign = take(office)["id"]
    dispatcher = door.person(office, "dispatcher", sites=[mine])
    assert plan(dispatcher, foreign).status_code == 404
    assert dispatcher.get("/api/imports").json() == []
    id = take(dispatcher)["id"]
    for site in ({"site_name": "新场所"}, {"site": other}):
        body = {"options": {"customer": customer, **site}}
        answer = dispatcher.post(f"/api/imports/{id}/plan", body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden_site")
    body = {"options": {"customer": customer, "site": mine}}
    assert dispatcher.post(f"/api/imports/{id}/plan", body).status_code == 200
    job = dispatcher.post(f"/api/imports/{id}/run").json()
    door.centre.jobs.wait(job["id"], 60)
    assert {asset.doc["site"] for asset in records.all_of(door.centre.reader(), "asset")} == {mine}


def test_the_real_register_through_the_office(door: Door, office: Phone, shared_data: Path) -> None:
    data = (shared_data / "register" / "客户资产清单.xlsx").read_bytes()
    answer = upload(office, data, "客户资产清单.xlsx")
    preview = answer.json()
    assert preview["options"]["customer_name"] == "XX市公安局交通警察支队"
    assert [question["code"] for question in preview["questions"]] == ["D01", "D02", "D03", "D04", "D05"]
    job = carry_out(door, office, preview["id"], customer_name=preview["options"]["customer_name"])
    assert (job["state"], job["done"]) == ("done", 6514)
    report = office.get(f"/api/imports/{preview['id']}/report?shown=skipped&limit=1000").json()
    assert (report["counts"]["created"], report["total"]) == (6500, 14)


@pytest.mark.parametrize(
    "encoding", ["\0", "no-such", "idna", "punycode", "unicode_escape", "undefined", "rot13", "zip", "x" * 99]
)
def test_an_encoding_that_is_none_is_refused(office: Phone, encoding: str) -> None:
    answer = upload(office, encoding=encoding)
    assert (answer.status_code, answer.json()["code"]) == (422, "import_encoding")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_an_encoding_that_the_sender_names_is_used(office: Phone, encoding: str) -> None:
    take(office, "设备名称,位置\n交换机,壹号楼\n".encode(encoding), encoding=encoding)
