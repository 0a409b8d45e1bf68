"""Text tables (.csv, .txt): which encoding, which delimiter, and the rows."""

import codecs
import csv
import io
from collections import Counter
from typing import Final

import msgspec

from server.errors import Problem
from server.exchange.sheet import Sheet
from server.exchange.tables import MAX_COLUMNS, MAX_ROWS

DELIMITERS: Final = (",", "\t", ";", "|", "，")
SNIFFED_ROWS: Final = 200
COMMON_SHARE: Final = 0.85
"""Least share of a GB18030 text's characters that are common ones. Text of another encoding read so falls far below."""


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text table that was read."""

    sheet: Sheet
    encoding: str
    delimiter: str


def read_text(data: bytes, *, name: str, encoding: str | None = None) -> Text:
    """Decode and cut a text table. Raises `Problem`: `import_encoding`, `import_empty`, `import_too_many_rows`,
    `import_too_many_columns`, `import_damaged` (an opened quote that never closes)."""
    text, encoding = decode(data, name=name, encoding=encoding)
    if not text.strip():
        raise Problem("import_empty", name=name)
    first, _, rest = text.partition("\n")
    skipped: list[list[str]] = []
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        # A spreadsheet program's own hint.
        delimiter, text, skipped = first.strip()[4], rest, [list[str]()]
    else:
        delimiter = sniff_delimiter(text)
    rows = _cut(text, delimiter, name=name)
    return Text(
        sheet=Sheet(name=name.rsplit(".", 1)[0][:100], rows=[*skipped, *rows]),
        encoding=encoding,
        delimiter=delimiter,
    )


def decode(data: bytes, *, name: str, encoding: str | None = None) -> tuple[str, str]:
    """The text and the encoding it was in: a byte order mark, else UTF-8, else GB18030; never a guess that reads as noise.

    Raises `Problem("import_encoding")` with what was tried and where it failed.
    """
    if encoding:
        try:
            return data.decode(encoding), encoding
        except (LookupError, UnicodeDecodeError) as error:
            raise Problem("import_encoding", name=name, tried=encoding, reason=str(error)) from error
    for mark, marked in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            try:
                return data.decode(marked), marked
            except UnicodeDecodeError as error:
                raise Problem("import_encoding", name=name, tried=marked, reason=str(error)) from error
    if b"\0" in data:
        raise Problem("import_format", name=name)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        reason = str(error)
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise Problem("import_encoding", name=name, tried="UTF-8, GB18030", reason=str(error)) from error
    if _reads_as_chinese(text):
        return text, "gb18030"
    raise Problem("import_encoding", name=name, tried="UTF-8, GB18030", reason=reason)


def _reads_as_chinese(text: str) -> bool:
    """Nearly any bytes decode as GB18030; real text keeps to the characters of GB 2312."""
    foreign = [char for char in text[:200_000] if char > "\x7f"]
    common = sum(1 for char in foreign if _is_gb2312(char))
    return not foreign or common / len(foreign) >= COMMON_SHARE


def _is_gb2312(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def sniff_delimiter(text: str) -> str:
    """The delimiter under which most of the first rows have the same number of columns, and more than one."""
    best, best_score = ",", 0.0
    sample = text[:400_000]
    for delimiter in DELIMITERS:
        widths: Counter[int] = Counter()
        try:
            for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
                if any(cell.strip() for cell in row):
                    widths[len(row)] += 1
                if sum(widths.values()) >= SNIFFED_ROWS:
                    break
        except csv.Error:
            continue
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda pair: (pair[0] > 1, pair[1]))
        score = 0.0 if width == 1 else count / sum(widths.values()) + min(width, 50) / 1000
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _cut(text: str, delimiter: str, *, name: str) -> list[list[str]]:
    """Rows by line of the file: a row that spans lines is followed by blank ones, so that numbers stay line numbers."""
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            rows.append(row)
            rows.extend([] for _ in range(reader.line_num - len(rows)))
            if len(rows) > MAX_ROWS + 100:
                raise Problem("import_too_many_rows", name=name, limit=MAX_ROWS, actual=text.count("\n") + 1)
            if len(row) > MAX_COLUMNS:
                raise Problem("import_too_many_columns", name=name, limit=MAX_COLUMNS, actual=len(row))
    except csv.Error as error:
        raise Problem("import_damaged", name=name, reason=f"{reader.line_num}: {error}") from error
    if _ends_inside_quotes(text, delimiter):
        raise Problem("import_damaged", name=name, reason=f'{len(rows)}: " …')
    return rows


def _ends_inside_quotes(text: str, delimiter: str) -> bool:
    """A quote that never closes swallows the rest of the file into one cell; the strict reader notices at the end."""
    if '"' not in text:
        return False
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False
