from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.errors import Problem
from server.exchange import mapping as columns
from server.exchange import registers
from server.exchange.books import read_book
from server.exchange.existing import Existing, Held
from server.exchange.options import Options
from server.exchange.plan import Plan, RowVerdict
from server.exchange.tables import Row, Table
from sync.model import KINDS
from sync.ops import check_values

OPTIONS = Options(customer_name="江城交警", site_name="支队")
ORDER = ("customer", "site", "space", "category", "asset")
HEADER = ("序号", "类别", "品牌", "型号", "序列号", "位置", "使用人")
PC = ("1", "台式机", "联想", "M437", "PF2X8Y1A", "壹号楼2层0210", "何伟")
PRINTER = ("2", "打印机", "爱普生", "LQ-630", "无", "壹号楼-0211", "孙平")
UPS = ("3", "UPS", "山特", "C3KS", "", "", "")


def make_ids() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"00000000-0000-7000-8000-{next(numbers):012x}"


def make_table(*rows: Sequence[str], header: Sequence[str] = HEADER, first: int = 2, sheet: str = "清单") -> Table:
    return Table(
        name=sheet,
        columns=tuple(header),
        rows=tuple(Row(sheet=sheet, number=first + i, cells=tuple(row)) for i, row in enumerate(rows)),
        header=first - 1,
    )


def make_plan(table: Table, options: Options = OPTIONS, existing: Existing | None = None, **fields: str | None) -> Plan:
    mapping = columns.guess(table)
    if fields:
        chosen = [fields.get(title, known) for title, known in zip(table.columns, mapping.fields(), strict=True)]
        mapping = columns.correct(mapping, chosen)
    return registers.plan(table, mapping, options, existing or Existing(), make_ids())


def merge(plan: Plan, before: Iterable[Held] = ()) -> list[Held]:
    """What the centre holds once a plan is written; every draft is checked as the centre checks it."""
    held = {item.id: item for item in before}
    for group in plan.groups:
        for draft in group.drafts:
            assert draft.group == group.row
            check_values(draft.kind, draft.values)
            old = held.get(draft.record)
            if old is None:
                assert draft.base == {}
                assert all(draft.values.get(field) for field in KINDS[draft.kind].required)
                held[draft.record] = Held(
                    id=draft.record, kind=draft.kind, doc=draft.values, writers=dict.fromkeys(draft.values, "import")
                )
            else:
                assert draft.base == {field: old.writers.get(field) for field in draft.values}
                held[draft.record] = msgspec.structs.replace(old, doc={**old.doc, **draft.values})
    return sorted(held.values(), key=lambda item: ORDER.index(item.kind))


def change(held: list[Held], title: str, **values: Any) -> list[Held]:
    """As if somebody had changed the asset with this model or serial number by hand."""

    def changed(item: Held) -> Held:
        if item.kind != "asset" or title not in (item.doc.get("model"), item.doc.get("serial")):
            return item
        return msgspec.structs.replace(
            item, doc={**item.doc, **values}, writers={**item.writers, **dict.fromkeys(values, "by hand")}
        )

    return [changed(item) for item in held]


def existing(held: Iterable[Held]) -> Existing:
    return Existing(held, by_hand=lambda op: op == "by hand")


def assets(plan: Plan) -> list[dict[str, Any]]:
    return [draft.values for group in plan.groups for draft in group.drafts if draft.kind == "asset"]


def reasons(verdict: RowVerdict) -> set[str]:
    return {reason.code for reason in verdict.reasons}


def codes(plan: Plan) -> list[set[str]]:
    return [reasons(verdict) for verdict in plan.verdicts]


def wrote(plan: Plan) -> list[str]:
    return [verdict.wrote for verdict in plan.verdicts]


# --- the real register ---


@pytest.fixture(scope="module")
def register(shared_data: Path) -> Table:
    [table] = read_book(shared_data / "register" / "客户资产清单.xlsx").tables
    return table


@pytest.fixture(scope="module")
def planned(register: Table) -> Plan:
    return make_plan(register)


def test_the_clerks_columns_are_all_understood(register: Table) -> None:
    mapping = columns.guess(register)
    assert mapping.fields() == [
        "number",
        "category",
        "manufacturer",
        "model",
        "serial",
        "made_on",
        "purchased_on",
        "location",
        "department",
        "person",
        "status",
        "note",
    ]
    assert {column.confidence for column in mapping.columns} == {"sure"}


def test_every_row_of_the_clerks_sheet_is_accounted_for(register: Table, planned: Plan) -> None:
    """The figures are counted here a second time, from the bare rows and by other means."""
    rows = [row.cells for row in register.rows[:-1]]
    repeated = len(rows) - len(set(rows))
    distinct = list(dict.fromkeys(rows))
    serials = Counter(row[4] for row in distinct)
    numbered = {serial: count for serial, count in serials.items() if serial not in ("", "无", "看不清")}
    counts = planned.counts
    assert (counts.rows, counts.created, counts.skipped) == (6514, 6500, 14)
    assert len(distinct) == 6500
    assert counts.reasons["duplicate_row"] == repeated == 13
    assert counts.reasons["total_row"] == 1
    assert counts.reasons["no_serial"] == serials[""] == 129
    assert counts.reasons["unreadable_serial"] == serials["无"] + serials["看不清"] == 131
    assert counts.reasons["duplicate_serial"] == sum(count for count in numbered.values() if count > 1) == 56
    assert counts.reasons["no_location"] == sum(1 for row in distinct if not row[7]) == 66
    unknown = sum(1 for row in distinct if row[5] in ("不详", "/"))
    assert counts.reasons["unknown_date"] == unknown == 343
    assert "unreadable_date" not in counts.reasons
    doubtful = sum(1 for row in distinct if not row[7] or serials[row[4]] > 1 or row[4] in ("", "无", "看不清"))
    assert counts.doubtful == doubtful == 378


def test_the_clerks_rooms_become_one_tree(register: Table, planned: Plan) -> None:
    rooms: set[tuple[str, str]] = set()
    for row in register.rows[:-1]:
        if row.cells[7]:
            room = re.search(r"(\d{4})室?$", row.cells[7])
            assert room is not None
            rooms.add((re.sub(r"(\d+楼|-)\d{4}室?$", "", row.cells[7]), room[1]))
    floors = {(building, room[:2]) for building, room in rooms}
    buildings = {building for building, _ in floors}
    spaces = [draft.values for group in planned.groups for draft in group.drafts if draft.kind == "space"]
    assert Counter(space["type"] for space in spaces) == {"building": 5, "floor": 60, "room": 1750}
    assert (len(buildings), len(floors), len(rooms)) == (5, 60, 1750)
    assert {space["name"]: space["code"] for space in spaces if space["type"] == "building"} == {
        "办公楼壹号栋": "D01",
        "办公楼贰号栋": "D02",
        "车管所": "D03",
        "业务大厅": "D04",
        "指挥中心": "D05",
    }


def test_every_asset_with_a_room_gets_a_code_of_its_own(planned: Plan) -> None:
    found = assets(planned)
    given = [asset["code"] for asset in found if "code" in asset]
    assert len(given) == len(set(given)) == 6500 - 66
    assert all(re.fullmatch(r"D0[1-5]\d{4}-\d{3}", code) for code in given)
    assert all(("code" in asset) == ("space" in asset) for asset in found)


def test_the_first_row_is_read_in_full(planned: Plan) -> None:
    asset = assets(planned)[0]
    kept = {field: value for field, value in asset.items() if field not in ("customer", "site", "space", "category")}
    assert kept == {
        "name": "台式机",
        "manufacturer": "联想",
        "model": "启天M437-A008",
        "serial": "30UER0FQ",
        "made_on": "2016-07-03",
        "purchased_on": "2016-11-10",
        "department": "办公室",
        "person": "何伟",
        "status": "in_service",
        "note": "屏幕有划痕",
        "code": "D031113-001",
        "source": "sheet:资产清单:4",
    }


def test_every_draft_is_one_the_centre_takes(planned: Plan) -> None:
    assert Counter(item.kind for item in merge(planned)) == planned.counts.kinds


def test_importing_the_clerks_sheet_again_changes_nothing(register: Table, planned: Plan) -> None:
    again = make_plan(register, existing=existing(merge(planned)))
    assert again.groups == ()
    assert (again.counts.created, again.counts.unchanged, again.counts.skipped) == (0, 6500, 14)
    assert again.counts.doubtful == 378


def test_a_row_inserted_above_all_others_adds_one_asset(register: Table, planned: Plan) -> None:
    """Every row has another number then, those without serial numbers too."""
    added = Row(
        sheet="资产清单", number=4, cells=("0", *register.rows[0].cells[1:4], "NEW12345", *register.rows[0].cells[5:])
    )
    moved = tuple(msgspec.structs.replace(row, number=row.number + 1) for row in register.rows)
    again = make_plan(msgspec.structs.replace(register, rows=(added, *moved)), existing=existing(merge(planned)))
    assert again.counts.created == 1
    # Those that only their row tells apart are found again and get their new row; nothing else is touched.
    changed = [draft.values for group in again.groups for draft in group.drafts if draft.base]
    assert changed
    assert {tuple(values) for values in changed} == {("source",)}
    assert again.counts.updated == len(changed) == 129 + 131


# --- columns ---


def test_english_titles_are_understood() -> None:
    titles = [
        "No.",
        "Device name",
        "Brand",
        "Model",
        "S/N",
        "Asset Tag",
        "Purchase Date",
        "Location",
        "Remarks",
        "IP Address",
    ]
    fields = [
        "number",
        "name",
        "manufacturer",
        "model",
        "serial",
        "asset_tag",
        "purchased_on",
        "location",
        "note",
        "config",
    ]
    assert columns.guess(make_table(["x"] * 10, header=titles)).fields() == fields


def test_samples_tell_what_a_title_does_not() -> None:
    rows = [("台式机", "PF2X8Y1A", "壹号楼2层0210", "在用"), ("打印机", "CNB1P6Q0", "壹号楼3层0301", "闲置")] * 3
    table = make_table(*rows, header=["A", "B", "C", "D"])
    table = msgspec.structs.replace(table, header=0)
    assert columns.guess(table).fields() == ["category", None, "location", "status"]
    distinct = [("台式机", f"PF2X8Y{i}A", "壹号楼2层0210", "在用") for i in range(6)]
    table = msgspec.structs.replace(make_table(*distinct, header=["A", "B", "C", "D"]), header=0)
    assert columns.guess(table).fields() == ["category", "serial", "location", "status"]


def test_a_name_column_that_holds_categories_is_the_category() -> None:
    table = make_table(*[("台式机", "M437"), ("打印机", "LQ"), ("UPS", "C3")] * 2, header=["设备名称", "型号"])
    plan = make_plan(table, 设备名称="category")
    assert [asset["name"] for asset in assets(plan)][:2] == ["台式机", "打印机"]


def test_a_mapping_is_corrected_by_a_person() -> None:
    mapping = columns.guess(make_table(PC))
    fields = mapping.fields()
    fields[6] = None
    assert columns.correct(mapping, fields).index_of("person") is None


@pytest.mark.parametrize("fields", [["serial"], ["serial"] * 7, ["nonsense", *[None] * 6]])
def test_a_wrong_mapping_is_refused(fields: list[str | None]) -> None:
    with pytest.raises(Problem, match="import_mapping"):
        columns.correct(columns.guess(make_table(PC)), fields)


def test_a_table_that_names_no_equipment_is_refused() -> None:
    with pytest.raises(Problem, match="import_no_columns"):
        make_plan(make_table(("张三", "财务科"), header=["姓名", "部门"]))


# --- options ---


@pytest.mark.parametrize(
    ("options", "option"),
    [
        (Options(site_name="支队"), "customer"),
        (Options(customer_name="江城交警"), "site"),
        (Options(customer="00000000-0000-7000-8000-00000000dead", site_name="支队"), "customer"),
        (msgspec.structs.replace(OPTIONS, tz="Mars/Olympus"), "tz"),
        (msgspec.structs.replace(OPTIONS, tz="../etc/passwd"), "tz"),
        (msgspec.structs.replace(OPTIONS, code_pattern="{room}"), "code_pattern"),
        (msgspec.structs.replace(OPTIONS, buildings={"壹号楼": "主楼"}), "buildings"),
        (msgspec.structs.replace(OPTIONS, buildings={"壹号楼": "1", "贰号楼": "D01"}), "buildings"),
    ],
)
def test_options_that_cannot_be_used_are_named(options: Options, option: str) -> None:
    with pytest.raises(Problem) as caught:
        make_plan(make_table(PC), options)
    assert (caught.value.code, caught.value.params["option"]) == ("import_options", option)


def test_building_codes_are_asked_for_and_followed() -> None:
    table = make_table(
        PC, ("2", "UPS", "", "C3", "X1Y2Z3", "车管所-0101", ""), ("3", "UPS", "", "C3", "X1Y2Z4", "一号楼-0210", "")
    )
    asked = registers.ask(table, columns.guess(table), OPTIONS, Existing())
    assert [(item.building, item.code, item.rows) for item in asked] == [("壹号楼", "D01", 2), ("车管所", "D02", 1)]
    plan = make_plan(table, msgspec.structs.replace(OPTIONS, buildings={"壹号楼": "7", "车管所": "CG1"}))
    assert [asset["code"] for asset in assets(plan)] == ["D070210-001", "CG10101-001", "D070210-002"]


def test_codes_are_left_out_when_they_are_not_wanted() -> None:
    plan = make_plan(make_table(PC), msgspec.structs.replace(OPTIONS, assign_codes=False))
    assert "code" not in assets(plan)[0]


def test_codes_go_on_where_earlier_ones_ended_and_are_never_given_twice() -> None:
    first = merge(make_plan(make_table(PC)))
    gone = [msgspec.structs.replace(item, deleted=item.kind == "asset") for item in first]
    plan = make_plan(make_table((*PC[:4], "OTHER123", *PC[5:])), existing=existing(gone))
    assert [asset["code"] for asset in assets(plan)] == ["D010210-002"]


def test_an_existing_building_keeps_its_code() -> None:
    held = merge(make_plan(make_table(PC), msgspec.structs.replace(OPTIONS, buildings={"壹号楼": "D09"})))
    table = make_table((*PC[:4], "OTHER123", *PC[5:]), sheet="另一张")
    assert [item.code for item in registers.ask(table, columns.guess(table), OPTIONS, existing(held))] == ["D09"]
    plan = make_plan(table, msgspec.structs.replace(OPTIONS, buildings={"壹号楼": "D05"}), existing(held))
    assert assets(plan)[0]["code"] == "D090210-002"


def test_a_new_site_gets_the_chosen_time_zone() -> None:
    plan = make_plan(make_table(PC), msgspec.structs.replace(OPTIONS, tz="Asia/Urumqi"))
    assert next(d.values["tz"] for g in plan.groups for d in g.drafts if d.kind == "site") == "Asia/Urumqi"


def test_rows_may_name_their_sites() -> None:
    header = ("类别", "型号", "场所", "位置")
    table = make_table(
        ("台式机", "A", "东院", "1号楼-0101"),
        ("台式机", "B", "西院", "1号楼-0101"),
        ("台式机", "C", "", ""),
        header=header,
    )
    plan = make_plan(table, msgspec.structs.replace(OPTIONS, site_name=None))
    assert plan.counts.kinds["site"] == 2
    assert wrote(plan) == ["created", "created", "skipped"]
    assert codes(plan)[2] == {"no_site"}
    assert [asset["code"] for asset in assets(plan)] == ["D010101-001", "D020101-001"]


# --- rows that are no equipment, and doubtful ones ---


def test_rows_that_are_no_equipment_are_skipped_with_their_reason() -> None:
    blank = ("", "", "", "", "", "", "")
    plan = make_plan(
        make_table(
            PC,
            ("一、办公设备", *blank[1:]),
            HEADER,
            ("合计", "", "", "6513", "", "", ""),
            ("制表人：李敏", "", "", "", "2025年3月", "", ""),
            ("8", "", "", "", "", "壹号楼0210", "何伟"),
        )
    )
    assert wrote(plan) == ["created", *["skipped"] * 5]
    assert codes(plan)[1:] == [{"section_row"}, {"header_row"}, {"total_row"}, {"footer_row"}, {"not_an_asset"}]


def test_every_doubt_has_its_reason_in_both_languages() -> None:
    header = (*HEADER, "出厂日期", "购买日期", "状态", "原值")
    rows = [
        (*PC, "2020-13-45", "03/04/2021", "丢了", "约四千"),
        ("2", "投影幕", "", "X1", "PF2X8Y1A", "壹号楼3楼0214室", "", "2021-05-01", "2020-01-01", "", ""),
        ("3", "台式机", "", "X2", "SER12345", "壹号楼", "", "不详", "", "", ""),
    ]
    plan = make_plan(make_table(*rows, header=header))
    assert codes(plan) == [
        {"unreadable_date", "ambiguous_date", "unknown_status", "unreadable_number", "duplicate_serial"},
        {"unknown_category", "duplicate_serial", "floor_room_mismatch", "dates_reversed"},
        {"no_room", "unknown_date"},
    ]
    assert [verdict.verdict for verdict in plan.verdicts] == ["doubtful"] * 3
    for verdict in plan.verdicts:
        for reason in verdict.reasons:
            assert "{" not in reason.text("zh") + reason.text("en")
    text = next(r for r in plan.verdicts[0].reasons if r.code == "unreadable_date").text("zh")
    assert text == "出厂日期“2020-13-45”不是可读的日期，未写入"
    assert plan.verdicts[0].cells == rows[0]


def test_a_repeated_row_is_skipped_only_where_a_number_proves_it() -> None:
    twice = make_plan(make_table(PRINTER, PRINTER))
    assert wrote(twice) == ["created", "skipped"]
    bare = ("", *PRINTER[1:])
    both = make_plan(make_table(bare, bare))
    assert wrote(both) == ["created", "created"]
    assert "identical_row" in codes(both)[1]
    again = make_plan(make_table(bare, bare), existing=existing(merge(both)))
    assert wrote(again) == ["unchanged", "unchanged"]


def test_ditto_marks_repeat_the_cell_above() -> None:
    plan = make_plan(make_table(PC, ("2", "同上", "〃", "M438", "X1Y2Z3", "同上", "")))
    first, second = assets(plan)
    assert (second["manufacturer"], second["space"], second["category"]) == ("联想", first["space"], first["category"])


def test_full_width_text_is_the_same_text() -> None:
    plan = make_plan(make_table(("１", "ＵＰＳ", "山特", "Ｃ３ＫＳ", "ＰＦ２Ｘ８Ｙ１Ａ", "１号楼２层０２１０", "何伟")))
    asset = assets(plan)[0]
    assert (asset["serial"], asset["model"], asset["code"]) == ("PF2X8Y1A", "C3KS", "D010210-001")


def test_text_that_is_a_formula_or_a_script_stays_text() -> None:
    plan = make_plan(make_table(("1", "台式机", "=1+1", "<script>alert(1)</script>", "@SUM(A1)", "壹号楼0210", "{n}")))
    asset = assets(plan)[0]
    assert (asset["manufacturer"], asset["model"], asset["serial"]) == ("=1+1", "<script>alert(1)</script>", "@SUM(A1)")
    assert asset["person"] == "{n}"
    merge(plan)


def test_endless_text_is_cut_and_said_so() -> None:
    header = (*HEADER, "备注", "IP地址")
    plan = make_plan(make_table((*PC[:3], "M" * 500, *PC[4:], "长" * 100_000, "9" * 100_000), header=header))
    asset = assets(plan)[0]
    assert len(asset["model"]) == 200
    assert "too_long" in codes(plan)[0]
    assert len(msgspec.json.encode(asset)) < 32_000
    merge(plan)


def test_an_unknown_category_is_added_once() -> None:
    plan = make_plan(make_table(("1", "投影幕", "", "X1", "S1111", "", ""), ("2", "投影幕", "", "X2", "S2222", "", "")))
    assert plan.counts.kinds["category"] == 1
    assert all("unknown_category" in found for found in codes(plan))


def test_names_of_one_category_meet() -> None:
    rows = [
        (str(i), word, "", "X", f"S{i}111", "", "") for i, word in enumerate(("台式机", "台式电脑", "PC", "Desktop PC"))
    ]
    plan = make_plan(make_table(*rows))
    assert plan.counts.kinds["category"] == 1


def test_a_number_that_lost_digits_is_doubted() -> None:
    table = make_table(PC)
    table = msgspec.structs.replace(table, rows=(msgspec.structs.replace(table.rows[0], rounded=(4,)),))
    assert "rounded_serial" in codes(make_plan(table))[0]


# --- codes and tags of the register ---


def test_a_code_of_the_register_is_kept_and_not_allotted_to_another() -> None:
    header = ("类别", "型号", "序列号", "位置", "编码")
    rows = [("台式机", "A", "S1111", "壹号楼0210", ""), ("台式机", "B", "S2222", "壹号楼0210", "D010210-001")]
    plan = make_plan(make_table(*rows, header=header))
    assert [asset["code"] for asset in assets(plan)] == ["D010210-002", "D010210-001"]


def test_a_code_that_two_rows_claim_stays_with_the_first() -> None:
    header = ("类别", "型号", "序列号", "编码", "资产编号")
    rows = [("台式机", "A", "S1111", "K-1", "ZC1"), ("台式机", "B", "S2222", "k-1", "ZC1")]
    plan = make_plan(make_table(*rows, header=header))
    assert [asset.get("code") for asset in assets(plan)] == ["K-1", None]
    assert codes(plan) == [{"duplicate_tag"}, {"duplicate_tag", "duplicate_code"}]


def test_a_code_that_another_asset_holds_is_not_taken_from_it() -> None:
    header = ("类别", "型号", "序列号", "编码")
    held = merge(make_plan(make_table(("台式机", "A", "S1111", "K-1"), header=header)))
    held = change(held, "A", serial="ELSE99")
    plan = make_plan(
        make_table(("打印机", "B", "S2222", "K-1"), header=header, sheet="另一张"), existing=existing(held)
    )
    # The code finds the asset, whose serial number and model are others.
    assert plan.counts.created + plan.counts.updated == 1
    assert not [values for values in assets(plan) if values.get("code") == "K-1"]


# --- the second time ---


def test_changes_of_the_register_become_updates_of_just_those_fields() -> None:
    held = merge(make_plan(make_table(PC, PRINTER, UPS)))
    again = make_plan(make_table((*PC[:6], "张敏"), PRINTER, UPS), existing=existing(held))
    assert wrote(again) == ["updated", "unchanged", "unchanged"]
    assert assets(again) == [{"person": "张敏"}]


def test_a_blank_cell_erases_nothing() -> None:
    held = merge(make_plan(make_table(PC)))
    again = make_plan(make_table((*PC[:6], "")), existing=existing(held))
    assert wrote(again) == ["unchanged"]


def test_what_somebody_changed_by_hand_is_kept() -> None:
    held = change(merge(make_plan(make_table(PC))), "M437", person="张敏", status="retired")
    again = make_plan(make_table(PC), existing=existing(held))
    assert wrote(again) == ["unchanged"]
    [reason] = again.verdicts[0].reasons
    assert (reason.code, reason.field) == ("kept_by_hand", "person")
    assert (
        reason.text("en")
        == "User: the register says “何伟”, but somebody has changed it to “张敏” since; theirs was kept"
    )


def test_a_serial_number_found_on_site_does_not_make_a_second_asset() -> None:
    held = change(merge(make_plan(make_table(PRINTER))), "LQ-630", serial="CNB1P6Q0ZX")
    assert wrote(make_plan(make_table(PRINTER), existing=existing(held))) == ["unchanged"]


def test_a_serial_number_that_the_clerk_fills_in_updates_the_asset() -> None:
    held = merge(make_plan(make_table(PRINTER)))
    again = make_plan(make_table((*PRINTER[:4], "CNB1P6Q0ZX", *PRINTER[5:])), existing=existing(held))
    assert wrote(again) == ["updated"]
    assert assets(again) == [{"serial": "CNB1P6Q0ZX"}]


def test_a_serial_number_that_the_clerk_corrects_is_doubted_and_updated() -> None:
    held = merge(make_plan(make_table(PC)))
    again = make_plan(make_table((*PC[:4], "PF2X8Y1B", *PC[5:])), existing=existing(held))
    assert wrote(again) == ["updated"]
    assert codes(again)[0] == {"serial_changed"}


def test_another_machine_in_the_same_row_is_another_asset() -> None:
    held = merge(make_plan(make_table(PC)))
    again = make_plan(
        make_table(("1", "打印机", "惠普", "M405", "NEWONE77", "壹号楼0303", "赵磊")), existing=existing(held)
    )
    assert wrote(again) == ["created"]


def test_sorting_the_sheet_otherwise_changes_rows_only() -> None:
    rows = [PC, PRINTER, UPS, ("4", "UPS", "山特", "C3KS", "", "壹号楼0301", "李明")]
    held = merge(make_plan(make_table(*rows)))
    again = make_plan(make_table(*reversed(rows)), existing=existing(held))
    assert again.counts.created == 0
    assert wrote(again) == ["updated", "updated", "updated", "unchanged"]
    assert all(set(values) == {"source"} for values in assets(again))
    third = make_plan(make_table(*reversed(rows)), existing=existing(merge(again, held)))
    assert third.groups == ()


def test_two_assets_with_one_serial_number_are_told_apart_again() -> None:
    other = ("2", "打印机", "爱普生", "LQ-630", "PF2X8Y1A", "壹号楼0303", "孙平")
    held = merge(make_plan(make_table(PC, other)))
    swapped = make_plan(make_table(other, PC), existing=existing(held))
    assert swapped.counts.created == 0
    again = make_plan(make_table(PC, other), existing=existing(held))
    assert wrote(again) == ["unchanged", "unchanged"]


def test_an_asset_that_was_deleted_here_is_not_added_again() -> None:
    held = [
        msgspec.structs.replace(item, deleted=item.kind == "asset")
        for item in merge(make_plan(make_table(PC, PRINTER)))
    ]
    again = make_plan(make_table(PC, PRINTER), existing=existing(held))
    assert wrote(again) == ["skipped", "skipped"]
    assert codes(again) == [{"deleted_here"}, {"deleted_here"}]


def test_serial_numbers_of_another_customer_are_none_of_ours() -> None:
    held = merge(make_plan(make_table(PC)))
    again = make_plan(make_table(PC), Options(customer_name="另一家", site_name="总部"), existing(held))
    assert wrote(again) == ["created"]


def test_a_date_known_more_exactly_here_is_kept() -> None:
    header = (*HEADER, "购买日期")
    held = change(merge(make_plan(make_table((*PC, "2016.12"), header=header))), "M437", purchased_on="2016-12-05")
    assert wrote(make_plan(make_table((*PC, "2016.12"), header=header), existing=existing(held))) == ["unchanged"]


def test_the_language_of_made_up_names_makes_no_second_floor() -> None:
    held = merge(make_plan(make_table(PC)))
    again = make_plan(make_table(PC), msgspec.structs.replace(OPTIONS, lang="en"), existing(held))
    assert again.groups == ()
