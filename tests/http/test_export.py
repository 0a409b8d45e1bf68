"""Equipment going out: what stands in the cells, who may have it, and the command."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from server.cli import group
from server.ingest import new_id
from sync.drafts import Draft
from tests.door import Door, Phone, open_door

HOSTILE = ['=HYPERLINK("http://evil.example","x")', "+1", "-1+1", "@SUM(A1)", "<script>alert(1)</script>", "\t=1+1"]


class Register:
    def __init__(self, door: Door) -> None:
        self.door = door
        self.office = door.administrator()
        self.customer, self.site, self.other, self.floor, self.room, self.kind = (new_id() for _ in range(6))
        self.asset, self.child, self.elsewhere, self.gone = (new_id() for _ in range(4))
        self.write("customer", self.customer, name="江城交警")
        self.write("site", self.site, customer=self.customer, name="支队")
        self.write("site", self.other, customer=self.customer, name="车管所")
        self.write("space", self.floor, site=self.site, type="floor", name="2 层")
        self.write("space", self.room, site=self.site, type="room", name="0210", parent=self.floor)
        self.write("category", self.kind, key="switch", name={"zh": "交换机", "en": "Switch"})
        self.write(
            "asset",
            self.asset,
            site=self.site,
            customer=self.customer,
            space=self.room,
            category=self.kind,
            code="D010210-001",
            name=HOSTILE[0],
            status="in_service",
            config={"hostname": "sw1", "os": "=1+1"},
        )
        self.write("asset", self.child, site=self.site, code="D010210-002", name="模块", parent=self.asset)
        self.write("asset", self.elsewhere, site=self.other, code="E-1", name="别处")
        self.write("asset", self.gone, site=self.site, code="D010210-003", name="已删")
        drafts = [Draft(kind="asset", record=self.gone, values={}, delete=True)]
        door.centre.writer.submit(lambda conn: door.centre.ingest.demand(conn, drafts)).result()

    def write(self, kind: str, record: str, **values: object) -> None:
        drafts = [Draft(kind=kind, record=record, values=values)]
        self.door.centre.writer.submit(lambda conn: self.door.centre.ingest.demand(conn, drafts)).result()


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with open_door(tmp_path) as door:
        yield Register(door)


def rows(phone: Phone, query: str = "") -> list[dict[str, str]]:
    answer = phone.get(f"/api/export{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    head, *body = read(answer.content)
    return [dict(zip(head, row, strict=True)) for row in body]


def read(content: bytes) -> list[list[str]]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def test_the_columns_are_the_models_in_the_callers_language(register: Register) -> None:
    english = rows(register.office, f"?site={register.site}")
    assert [row["Code"] for row in english] == ["D010210-001", "D010210-002"]
    first, second = english
    assert (first["Customer"], first["Site"], first["Location"]) == ("江城交警", "支队", "2 层 / 0210")
    assert (first["Category"], first["Status"]) == ("Switch", "In service")
    assert first["Configuration"] == "hostname: sw1\nos: =1+1"
    assert second["Part of"] == "D010210-001"
    chinese = rows(register.office, f"?site={register.site}&lang=zh")
    assert (chinese[0]["编码"], chinese[0]["类别"], chinese[0]["状态"]) == ("D010210-001", "交换机", "在用")


@pytest.mark.parametrize("text", HOSTILE)
def test_formulas_and_scripts_go_out_as_text(register: Register, text: str) -> None:
    register.write("asset", register.asset, name=text, note=text)
    answer = register.office.get(f"/api/export?site={register.site}")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert rows(register.office, f"?site={register.site}")[0]["Name"] == text


def test_people_get_their_own_sites_and_engineers_and_customers_none(register: Register) -> None:
    door = register.door
    assert {row["Code"] for row in rows(register.office)} == {"D010210-001", "D010210-002", "E-1"}
    manager = door.person(register.office, "manager", sites=[register.other])
    assert [row["Code"] for row in rows(manager)] == ["E-1"]
    assert manager.get(f"/api/export?site={register.site}").json()["code"] == "not_found"
    assert register.office.get(f"/api/export?site={register.asset}").json()["code"] == "not_found"
    for role in ("engineer", "customer", "viewer"):
        assert (
            door.person(register.office, role, sites=[register.site]).get("/api/export").json()["code"] == "forbidden"
        )
    assert door.phone().get("/api/export").status_code == 401
    assert register.office.get("/api/export?format=csv").status_code == 422


def test_programs_get_json(register: Register) -> None:
    table = register.office.get(f"/api/export?site={register.site}&format=json").json()
    fields = [column["field"] for column in table["columns"]]
    assert dict(zip(fields, table["rows"][1], strict=True))["name"] == "模块"


def test_the_command_writes_a_file_or_json(register: Register, tmp_path: Path) -> None:
    data = register.door.centre.settings.data
    register.door.close()
    out = tmp_path / "assets.xlsx"

    def run(*words: str) -> tuple[int, str]:
        runner = CliRunner(env={"LANG": "en_US.UTF-8", "LC_ALL": ""})
        done = runner.invoke(group, ["export", "--data", str(data), *words])
        return done.exit_code, done.output

    code, said = run("--site", "支队", "--out", str(out))
    assert (code, said) == (0, "Exported 2 assets.\n")
    head, first, _ = read(out.read_bytes())
    assert first[head.index("Name")] == HOSTILE[0]
    code, said = run("--json")
    assert code == 0
    assert {row["code"] for row in json.loads(said)} == {"D010210-001", "D010210-002", "E-1"}
    assert run("--site", "nowhere", "--json")[0] == 1
    assert run()[0] == 2
