"""What an import did, row by row: for the screen, as JSON, and as a spreadsheet beside the clerk's own."""

from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]

from server.errors import Lang
from server.exchange.plan import Counts, Plan, RowVerdict, Verdict, Wrote, count
from server.exchange.reasons import REASONS, Reason, Weight

VERDICTS: Final[dict[str, tuple[str, str]]] = {
    "created": ("新建", "created"),
    "updated": ("更新", "updated"),
    "unchanged": ("未变", "unchanged"),
    "skipped": ("跳过", "skipped"),
    "doubtful": ("存疑", "doubtful"),
}
KINDS: Final[dict[str, tuple[str, str]]] = {
    "customer": ("客户", "customers"),
    "site": ("场所", "sites"),
    "space": ("空间", "spaces"),
    "category": ("类别", "categories"),
    "asset": ("设备", "assets"),
}
CELL_LIMIT: Final = 32_767
"""Longest text of a spreadsheet's cell."""


class ReasonView(msgspec.Struct, frozen=True, kw_only=True):
    """A reason with its text in both languages."""

    code: str
    weight: Weight
    field: str | None
    zh: str
    en: str


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a preview or report. `row` is the number in the file, `cells` its texts as they stand there."""

    sheet: str
    row: int
    kind: str
    verdict: Verdict
    wrote: Wrote
    record: str | None
    title: str
    code: str | None
    reasons: tuple[ReasonView, ...]
    cells: tuple[str, ...]


class ReasonCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows have a reason."""

    code: str
    weight: Weight
    rows: int
    zh: str
    en: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an import, kept for ever. `state` is how its job ended."""

    id: str
    name: str
    state: str
    user: str
    finished_at: int | None
    counts: Counts
    ignored: dict[str, int]
    columns: tuple[str, ...]
    rows: tuple[RowView, ...]


def view_row(verdict: RowVerdict) -> RowView:
    """A row for people."""
    return RowView(
        sheet=verdict.sheet,
        row=verdict.row,
        kind=verdict.kind,
        verdict=verdict.verdict,
        wrote=verdict.wrote,
        record=verdict.record,
        title=verdict.title,
        code=verdict.code,
        reasons=tuple(_view_reason(reason) for reason in verdict.reasons),
        cells=verdict.cells,
    )


def _view_reason(reason: Reason) -> ReasonView:
    return ReasonView(
        code=reason.code, weight=reason.weight, field=reason.field, zh=reason.text("zh"), en=reason.text("en")
    )


def view_reasons(counts: Counts) -> tuple[ReasonCount, ...]:
    """The reasons of a plan with their texts without particulars, the weighty and frequent ones first."""
    order = {"skip": 0, "doubt": 1, "note": 2}
    found = [
        ReasonCount(
            code=code, weight=REASONS[code].weight, rows=rows, zh=REASONS[code].name_zh, en=REASONS[code].name_en
        )
        for code, rows in counts.reasons.items()
    ]
    return tuple(sorted(found, key=lambda item: (order[item.weight], -item.rows, item.code)))


def settle(plan: Plan, done: int, parked: dict[int, str]) -> Plan:
    """The plan as it came out: rows from `done` on were not reached, those of `parked` (row -> why) not taken in."""
    verdicts = [_settled(verdict, index, done, parked) for index, verdict in enumerate(plan.verdicts)]
    groups = [group for group in plan.groups if group.row < done and group.row not in parked]
    return msgspec.structs.replace(plan, verdicts=tuple(verdicts), counts=count(verdicts, groups), groups=tuple(groups))


def _settled(verdict: RowVerdict, index: int, done: int, parked: dict[int, str]) -> RowVerdict:
    if verdict.wrote == "skipped":
        return verdict
    reason: Reason | None = None
    if index in parked:
        reason = Reason(code="parked", params={"why": parked[index]})
    elif index >= done and verdict.wrote != "unchanged":
        reason = Reason(code="not_reached")
    if reason is None:
        return verdict
    return msgspec.structs.replace(verdict, wrote="skipped", record=None, code=None, reasons=(reason, *verdict.reasons))


def write_workbook(report: Report, path: Path, lang: Lang) -> None:
    """The report as .xlsx: the figures, then every row with its verdict and reasons beside the cells of the file.

    Every text is written as text, so that one which begins with `=` `+` `-` `@` is never a formula.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book: Any = xlsxwriter.Workbook(str(path), options)  # its types are partial
    with book:
        head = book.add_format({"bold": True, "bg_color": "#E8EBED", "border": 1})
        bold = book.add_format({"bold": True, "font_size": 14})
        fills = {
            "skipped": book.add_format({"bg_color": "#E8EBED"}),
            "doubtful": book.add_format({"bg_color": "#FDEFD0"}),
        }
        _write_figures(book.add_worksheet("结果" if lang == "zh" else "Result"), report, lang, bold, head)
        _write_rows(book.add_worksheet("逐行" if lang == "zh" else "Rows"), report, lang, head, fills)


def _write_figures(sheet: Any, report: Report, lang: Lang, bold: Any, head: Any) -> None:
    side = 0 if lang == "zh" else 1
    sheet.set_column(0, 0, 60)
    sheet.write_string(0, 0, report.name[:CELL_LIMIT], bold)
    line = 2
    counts = report.counts
    figures = [(("行数", "rows")[side], counts.rows)]
    figures += [(VERDICTS[word][side], getattr(counts, word)) for word in VERDICTS]
    figures += [
        ((f"新{zh}", f"new {en}")[side], counts.kinds[kind])
        for kind, (zh, en) in KINDS.items()
        if counts.kinds.get(kind)
    ]
    for name, number in figures:
        sheet.write_string(line, 0, name)
        sheet.write_number(line, 1, number)
        line += 1
    line += 1
    for title, lines in (
        (("原因", "Reason"), [((item.zh, item.en)[side], item.rows) for item in view_reasons(counts)]),
        (("未导入的内容", "Not imported"), list(report.ignored.items())),
    ):
        if not lines:
            continue
        sheet.write_string(line, 0, title[side], head)
        sheet.write_string(line, 1, ("行数", "Count")[side], head)
        line += 1
        for name, number in lines:
            sheet.write_string(line, 0, name)
            sheet.write_number(line, 1, number)
            line += 1
        line += 1


def _write_rows(sheet: Any, report: Report, lang: Lang, head: Any, fills: dict[str, Any]) -> None:
    side = 0 if lang == "zh" else 1
    titles = (("工作表", "Sheet"), ("行", "Row"), ("结果", "Verdict"), ("原因", "Reasons"), ("编码", "Code"))
    widths = (12, 7, 9, 60, 15)
    for column, (title, width) in enumerate(zip(titles, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title[side], head)
    sheet.set_column(len(titles), len(titles) + len(report.columns), 16)
    for column, name in enumerate(report.columns, len(titles)):
        sheet.write_string(0, column, name[:CELL_LIMIT], head)
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, max(1, len(report.rows)), len(titles) + len(report.columns) - 1)
    for line, row in enumerate(report.rows, 1):
        fill = fills.get(row.verdict)
        sheet.write_string(line, 0, row.sheet, fill)
        sheet.write_number(line, 1, row.row, fill)
        sheet.write_string(line, 2, VERDICTS[row.verdict][side], fill)
        reasons = "；".join(reason.zh for reason in row.reasons) if side == 0 else "; ".join(r.en for r in row.reasons)
        sheet.write_string(line, 3, reasons[:CELL_LIMIT], fill)
        sheet.write_string(line, 4, row.code or "", fill)
        for column, cell in enumerate(row.cells, len(titles)):
            sheet.write_string(line, column, cell[:CELL_LIMIT])


Shown = Literal["all", "created", "updated", "unchanged", "skipped", "doubtful"]


def choose_rows(rows: tuple[RowVerdict, ...], shown: Shown, reason: str | None = None) -> list[RowVerdict]:
    """The rows of one verdict (all: every row), of one reason where it is given."""
    return [
        row
        for row in rows
        if (shown == "all" or row.verdict == shown or (shown == row.wrote and shown != "doubtful"))
        and (reason is None or any(item.code == reason for item in row.reasons))
    ]
