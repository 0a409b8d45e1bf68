"""Finding where a clerk's table begins: title rows above it, merged cells, rows left blank."""

from typing import Final

from server.exchange.sheet import Sheet
from server.exchange.tables import Row, Table, column_name
from server.exchange.vocabulary import TARGETS, fold, says_nothing

SEARCHED_ROWS: Final = 40
"""The header is looked for among the first so many rows."""

_TITLES: Final = frozenset(title for target in TARGETS.values() for title in target.titles)


def cut_table(sheet: Sheet) -> Table | None:
    """The sheet as a table; None when it holds nothing but blanks."""
    rows = _fill_merges(sheet)
    width = max((last + 1 for row in rows if (last := _last_filled(row)) is not None), default=0)
    if not width:
        return None
    header = find_header(rows)
    titles = rows[header] if header is not None else []
    below = rows[header + 1 :] if header is not None else rows
    offset = (header + 1 if header is not None else 0) + 1
    rounded: dict[int, list[int]] = {}
    for y, x in sheet.rounded:
        rounded.setdefault(y + 1, []).append(x)
    return Table(
        name=sheet.name,
        columns=tuple(_name_columns(titles, width)),
        rows=tuple(
            Row(
                sheet=sheet.name,
                number=offset + i,
                cells=tuple(row[:width]) + ("",) * (width - len(row)),
                rounded=tuple(rounded.get(offset + i, ())),
            )
            for i, row in enumerate(below)
            if _last_filled(row) is not None
        ),
        header=header + 1 if header is not None else 0,
        above=tuple(dict.fromkeys(cell.strip() for row in rows[: header or 0] for cell in row if cell.strip())),
        hidden=sheet.hidden,
    )


def find_header(rows: list[list[str]]) -> int | None:
    """The index of the row that names the columns: the one with the most words that clerks use for columns.

    One such word does, in a row of several words without digits. Where no row has any, the first row whose cells are all different texts without digits, if it is as wide
    as the rows below. None when there is no such row either.
    """
    head = rows[:SEARCHED_ROWS]
    scores = [_title_score(row) for row in head]
    best = max(range(len(head)), key=lambda i: scores[i], default=None)
    if best is not None and (scores[best] >= 2 or (scores[best] >= 1 and _only_words(head[best]))):
        return best
    widest = max((_filled(row) for row in head), default=0)
    for i, row in enumerate(head):
        cells = [cell.strip() for cell in row if cell.strip()]
        if (
            len(cells) >= max(2, widest - 1)
            and len(set(cells)) == len(cells)
            and all(len(cell) <= 30 and not any(char.isdigit() for char in cell) for cell in cells)
            and not any(says_nothing(cell) for cell in cells)
            and i + 1 < len(rows)
        ):
            return i
    return None


def _title_score(row: list[str]) -> float:
    """Known titles count one, words that hold one a half; a row that repeats itself is a merged title."""
    cells = {fold(cell) for cell in row if cell.strip() and len(cell) <= 30}
    exact = sum(1 for cell in cells if cell in _TITLES)
    near = sum(1 for cell in cells if cell not in _TITLES and any(len(t) > 1 and t in cell for t in _TITLES))
    return exact + near * 0.25


def _only_words(row: list[str]) -> bool:
    cells = [cell for cell in row if cell.strip()]
    return len(cells) > 1 and not any(char.isdigit() for cell in cells for char in cell)


def _fill_merges(sheet: Sheet) -> list[list[str]]:
    """Cells merged downwards all get the text of the top one: the clerk meant it for each row.

    Sideways only in single rows that may be a header: a section line across the sheet is not a value of each column.
    """
    rows = [list(row) for row in sheet.rows]
    for (top, left), (bottom, _) in sheet.merges:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        text = rows[top][left]
        for y in range(top + 1, min(bottom, len(rows) - 1) + 1):
            if left < len(rows[y]) and not rows[y][left].strip():
                rows[y][left] = text
    return rows


def _name_columns(titles: list[str], width: int) -> list[str]:
    """Every column a name of its own: the title on one line, else its letter; the second 日期 becomes 日期 (2)."""
    names: list[str] = []
    for index in range(width):
        title = " ".join(titles[index].split()) if index < len(titles) else ""
        name = title or column_name(index)
        count = 2
        while name in names:
            name = f"{title or column_name(index)} ({count})"
            count += 1
        names.append(name)
    return names


def _filled(row: list[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _last_filled(row: list[str]) -> int | None:
    for index in range(len(row) - 1, -1, -1):
        if row[index].strip():
            return index
    return None
