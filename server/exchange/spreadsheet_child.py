"""Reads one spreadsheet in a process of its own and writes its sheets to standard output as MessagePack.

A process of its own, because a few hundred bytes can ask the reader for gigabytes (a single cell at the far corner of a
sheet, a repeated row in an .ods): the limits below end this process, not the centre. It imports nothing of `server`, so
that it starts in a few hundredths of a second and needs no import path.
"""

import datetime
import resource
import sys
from typing import Any

import msgspec
import python_calamine

MEMORY_BYTES = 2 * 1024**3
CPU_S = 120
EXACT = 1e15
"""A spreadsheet keeps 15 digits of a number; a longer one has lost its end."""


def text_of(value: Any) -> str:
    """A cell as the text that a person would have typed."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(value, ".15g")
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ") if value.time() != datetime.time() else value.date().isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


def read(path: str, max_rows: int, max_columns: int) -> dict[str, Any]:
    """`{"sheets": […]}`, or `{"error": code, …}` with the parameters of the error's text."""
    try:
        book = python_calamine.load_workbook(path)  # pyright: ignore[reportUnknownMemberType]
    except python_calamine.PasswordError:
        return {"error": "import_password"}
    except python_calamine.CalamineError as error:
        return {"error": "import_damaged", "reason": str(error)}
    sheets: list[dict[str, Any]] = []
    for meta in book.sheets_metadata:
        if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        try:
            sheet = book.get_sheet_by_name(meta.name)
        except python_calamine.CalamineError as error:
            return {"error": "import_damaged", "reason": f"{meta.name}: {error}"}
        height, width = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
        if height > max_rows:
            return {"error": "import_too_many_rows", "sheet": meta.name, "limit": max_rows, "actual": height}
        if width > max_columns:
            return {"error": "import_too_many_columns", "sheet": meta.name, "limit": max_columns, "actual": width}
        cells = sheet.to_python(skip_empty_area=False) if height else []
        sheets.append(
            {
                "name": meta.name,
                "hidden": meta.visible != python_calamine.SheetVisibleEnum.Visible,
                "rows": [[text_of(value) for value in row] for row in cells],
                "merges": sheet.merged_cell_ranges or [],
                "rounded": [
                    (y, x)
                    for y, row in enumerate(cells)
                    for x, value in enumerate(row)
                    if isinstance(value, float) and abs(value) >= EXACT
                ],
            }
        )
    return {"sheets": sheets}


def main() -> None:
    """`spreadsheet_child.py PATH MAX_ROWS MAX_COLUMNS`."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    path, max_rows, max_columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    try:
        result = read(path, max_rows, max_columns)
    except MemoryError:
        result = {"error": "import_bomb"}
    sys.stdout.buffer.write(msgspec.msgpack.encode(result))


if __name__ == "__main__":
    main()
