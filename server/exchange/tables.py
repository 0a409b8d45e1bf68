"""A register as rows of text, whatever file it came in."""

from typing import Final, Literal

import msgspec

from server.errors import Problem

MAX_BYTES: Final = 50 * 1024 * 1024
"""Largest file that is read."""
MAX_ROWS: Final = 200_000
"""Most rows of one table, the rows above the header included."""
MAX_COLUMNS: Final = 702
"""Most columns of one table: A to ZZ."""

Format = Literal["xlsx", "xlsb", "xls", "ods", "csv", "netbox"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row: `number` is the row's number in its sheet (1-based), `cells` are as many texts as the table has columns.

    `rounded` are the columns whose number had more digits than a spreadsheet keeps (15), so that its text cannot be
    trusted to the last digit.
    """

    sheet: str
    number: int
    cells: tuple[str, ...]
    rounded: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """What a second import knows the row by."""
        return source_key(self.sheet, self.number)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet below its header; blank rows are left out, cells that were merged downwards are filled.

    `header` is the header's row number, 0 where none was found (then the columns are called A, B, C …).
    `above` are the texts above it, such as a title.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    header: int
    above: tuple[str, ...] = ()
    hidden: bool = False


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read: its tables, at least one. `encoding` and `delimiter` are set for text files."""

    name: str
    format: Format
    tables: tuple[Table, ...]
    encoding: str | None = None
    delimiter: str | None = None


def source_key(sheet: str, number: int) -> str:
    """`sheet:<name>:<row>`, within the 200 characters a source may have."""
    return f"sheet:{sheet[:150]}:{number}"


def column_name(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA: what a spreadsheet calls a column."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def join_tables(tables: tuple[Table, ...]) -> Table:
    """Several sheets with the same columns as one table; each row keeps its sheet.

    Raises `Problem("import_sheets_differ")` naming the first sheet whose columns are others.
    """
    first = tables[0]
    for table in tables[1:]:
        if table.columns != first.columns:
            raise Problem("import_sheets_differ", first=first.name, other=table.name)
    if len(tables) == 1:
        return first
    return Table(
        name="+".join(table.name for table in tables),
        columns=first.columns,
        rows=tuple(row for table in tables for row in table.rows),
        header=first.header,
        above=first.above,
    )
