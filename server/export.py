"""The equipment of sites as a table: the columns are the model's, in the reader's language."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, cast

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]
from msgspec import Struct

from server.errors import Lang
from server.store import records
from server.store.records import Record
from sync.model import KINDS
from sync.model.fields import infos

ACTIVE: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a text begins that a spreadsheet would take for a formula."""
CELL_LIMIT: Final = 32_767
ROW_LIMIT: Final = 1_048_575
"""Rows of an .xlsx sheet below its head; more go on another sheet."""
WORDS: Final[dict[str, tuple[str, str]]] = {
    "registered": ("已登记", "Registered"),
    "in_stock": ("在库", "In stock"),
    "in_service": ("在用", "In service"),
    "under_repair": ("维修中", "Under repair"),
    "lent": ("借出", "Lent"),
    "retired": ("停用", "Retired"),
    "scrapped": ("报废", "Scrapped"),
    "low": ("低", "Low"),
    "normal": ("一般", "Normal"),
    "high": ("高", "High"),
}
"""Words for the values of `status` and `criticality`."""
NAMED: Final = {"customer": "name", "site": "name", "category": "name", "parent": "code"}
"""Fields that name another record -> which of its fields people know it by."""


class Column(Struct, frozen=True, kw_only=True):
    """A column: the field of the model and its name."""

    field: str
    title: str


class Table(Struct, frozen=True, kw_only=True):
    """Equipment, ordered by site, code and id. A cell is text as people read it, "" where nothing is known."""

    columns: list[Column]
    rows: list[list[str]]


def read_assets(conn: sqlite3.Connection, *, holds: Callable[[str], bool], site: str | None, lang: Lang) -> Table:
    """The assets of one site, or of all that `holds` lets through; deleted ones not."""
    found = records.find(conn, "asset", "site", site) if site else records.iterate(conn, "asset")
    assets = [asset for asset in found if holds(asset.doc.get("site") or "")]
    write = _Writer(conn, lang)
    fields = infos(KINDS["asset"])
    columns = [
        Column(field="id", title="系统编号" if lang == "zh" else "Id"),
        *(Column(field=name, title=info.zh if lang == "zh" else info.en) for name, info in fields.items()),
    ]
    rows = [[asset.id, *(write.cell(name, asset.doc.get(name)) for name in fields)] for asset in assets]
    at = {column.field: index for index, column in enumerate(columns)}
    rows.sort(key=lambda row: (row[at["site"]], row[at["code"]], row[0]))
    return Table(columns=columns, rows=rows)


class _Writer:
    """Values as people read them; each record that is named is read once."""

    def __init__(self, conn: sqlite3.Connection, lang: Lang) -> None:
        self._conn = conn
        self._lang: Lang = lang
        self._known: dict[str, Record | None] = {}
        self._places: dict[str, str] = {}

    def cell(self, field: str, value: Any) -> str:
        if value is None or value == "":
            return ""
        if field == "space":
            return self._place(value)
        if field in NAMED:
            found = self._get(value)
            return self._text(found.doc.get(NAMED[field])) if found and found.doc.get(NAMED[field]) else str(value)
        if field in ("status", "criticality"):
            zh, en = WORDS.get(value, (value, value))
            return zh if self._lang == "zh" else en
        return self._text(value)

    def _text(self, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if not isinstance(value, dict):
            return str(value)
        pairs = cast("dict[str, str]", value)
        if pairs.keys() <= {"zh", "en"}:
            return pairs.get(self._lang) or next((text for text in pairs.values() if text), "")
        return "\n".join(f"{name}: {text}" for name, text in pairs.items())

    def _place(self, space: str) -> str:
        if space not in self._places:
            self._places[space] = " / ".join(reversed(list(self._up(space)))) or space
        return self._places[space]

    def _up(self, space: str) -> Iterator[str]:
        """Names from a space to the outermost around it; a circle, which a merge can leave, is walked once."""
        seen: set[str] = set()
        at: str | None = space
        while at and at not in seen:
            seen.add(at)
            found = self._get(at)
            if found is None:
                return
            yield str(found.doc.get("name") or "–")
            at = found.doc.get("parent")

    def _get(self, id: str) -> Record | None:
        if id not in self._known:
            self._known[id] = records.get(self._conn, id)
        return self._known[id]


def write_xlsx(table: Table, lang: Lang) -> bytes:
    """A workbook in which every cell is text: what looks like a formula is none, and stays none when it is edited."""
    with tempfile.TemporaryDirectory(prefix="sitebook-") as folder:
        path = Path(folder) / "export.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as workbook:
            book: Any = workbook
            head = book.add_format({"bold": True, "bottom": 1})
            quoted = book.add_format({"quote_prefix": True})
            title = "设备" if lang == "zh" else "Assets"
            for page, start in enumerate(range(0, max(1, len(table.rows)), ROW_LIMIT), 1):
                sheet = book.add_worksheet(title if page == 1 else f"{title} {page}")
                sheet.set_column(0, 0, 8)
                sheet.set_column(1, len(table.columns) - 1, 18)
                sheet.freeze_panes(1, 0)
                rows = table.rows[start : start + ROW_LIMIT]
                sheet.autofilter(0, 0, max(1, len(rows)), len(table.columns) - 1)
                for index, column in enumerate(table.columns):
                    sheet.write_string(0, index, column.title, head)
                for line, row in enumerate(rows, 1):
                    for index, cell in enumerate(row):
                        if cell:
                            sheet.write_string(
                                line, index, cell[:CELL_LIMIT], quoted if cell.startswith(ACTIVE) else None
                            )
        return path.read_bytes()
