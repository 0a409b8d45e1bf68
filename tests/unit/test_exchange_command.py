from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook

from server.centre import open_centre
from server.cli import group
from server.settings import Settings
from server.store import records

SHEET = "设备类别,牌子,型号,序列号,位置\n台式机,联想,M437,PF2X8Y1A,壹号楼2层0210\n打印机,爱普生,LQ,无,壹号楼-0211\n合计,2,,,\n"
Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    open_centre(Settings(data=tmp_path / "data")).close()
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    (tmp_path / "清单.csv").write_text(SHEET, "utf-8")

    def invoke(*words: str, file: str = str(tmp_path / "清单.csv"), input: bytes | None = None) -> Result:
        return CliRunner().invoke(group, ["import", file, "--data", str(data), *words], input=input)

    return invoke


def count(data: Path) -> int:
    centre = open_centre(Settings(data=data))
    try:
        return len(records.all_of(centre.reader(), "asset"))
    finally:
        centre.close()


PLACE = ("--customer", "江城交警", "--site", "支队")


def test_a_register_is_imported_and_doubtful_rows_are_named(run: Run, data: Path) -> None:
    result = run(*PLACE)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "3 rows: 2 created, 0 updated, 0 unchanged, 1 skipped, 1 doubtful"
    assert "清单 3: doubtful: No serial number (the cell says “无”)" in lines
    assert "清单 4: skipped: A total, not equipment" in lines
    assert count(data) == 2


def test_importing_again_adds_nothing(run: Run, data: Path) -> None:
    run(*PLACE)
    assert run(*PLACE).output.startswith("3 rows: 0 created, 0 updated, 2 unchanged")
    assert count(data) == 2


def test_a_dry_run_writes_nothing_and_shows_the_building_codes(run: Run, data: Path) -> None:
    result = run(*PLACE, "--dry-run", "--building", "壹号楼=7")
    assert result.output.startswith("A preview; nothing was written.")
    assert "7      壹号楼 (2)" in result.output
    assert count(data) == 0


def test_the_answer_for_programs_is_json(run: Run) -> None:
    result = json.loads(run(*PLACE, "--json").stdout)
    assert (result["state"], result["counts"]["created"]) == ("done", 2)
    assert [row["verdict"] for row in result["rows"]] == ["doubtful", "skipped"]


def test_columns_are_mapped_and_left_out_by_hand(run: Run, data: Path) -> None:
    result = run(*PLACE, "--map", "牌子=品牌", "--map", "型号=", "--map", "序列号=asset_tag", "--no-codes")
    assert result.exit_code == 0, result.output
    centre = open_centre(Settings(data=data))
    found = [asset.doc for asset in records.all_of(centre.reader(), "asset")]
    centre.close()
    first = next(doc for doc in found if doc.get("asset_tag") == "PF2X8Y1A")
    assert first["manufacturer"] == "联想"
    assert not {"model", "serial", "code"} & set(first)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "Import option “customer”"),
        (("--customer", "x"), "Import option “site”"),
        ((*PLACE, "--tz", "Mars"), "“Mars” is no time zone"),
        ((*PLACE, "--map", "没有=serial"), "“没有”"),
        ((*PLACE, "--map", "型号=colour"), "“colour”"),
        ((*PLACE, "--sheet", "没有"), "The file has no sheet “没有”"),
        ((*PLACE, "--building", "壹号楼"), "NAME=VALUE"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(run: Run, data: Path, words: tuple[str, ...], text: str) -> None:
    result = run(*words)
    assert result.exit_code != 0
    assert text in result.output
    assert count(data) == 0


def test_a_register_comes_from_standard_input(run: Run, data: Path) -> None:
    assert run(*PLACE, file="-", input=SHEET.encode("gb18030")).exit_code == 0
    fixture = [
        {"model": "tenancy.tenant", "pk": 1, "fields": {"name": "Acme"}},
        {"model": "dcim.site", "pk": 1, "fields": {"name": "HQ", "tenant": 1}},
        {"model": "dcim.device", "pk": 1, "fields": {"name": "sw1", "site": 1}},
    ]
    assert run(file="-", input=json.dumps(fixture).encode()).exit_code == 0
    assert count(data) == 3


def test_the_report_is_saved(run: Run, tmp_path: Path) -> None:
    assert run(*PLACE, "--report", str(tmp_path / "r.xlsx")).exit_code == 0
    rows = CalamineWorkbook.from_path(str(tmp_path / "r.xlsx")).get_sheet_by_name("Rows").to_python()
    assert len(rows) == 4


def test_the_answers_are_chinese_where_the_console_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run(*PLACE).output.startswith("3 行：2 新建, 0 更新, 0 未变, 1 跳过, 1 存疑")
