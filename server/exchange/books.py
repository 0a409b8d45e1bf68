"""Reading a register's file, whatever it calls itself."""

from pathlib import Path

import msgspec

from server.errors import Problem
from server.exchange import delimited, header, spreadsheets
from server.exchange.tables import MAX_BYTES, Book, Format


def detect_format(head: bytes, name: str) -> Format:
    """What a file is, by its first 4,096 bytes or more rather than by its name.

    Raises `Problem`: `import_empty`, `import_html` (a web page called .xls), `import_format` (a PDF, a picture …).
    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise Problem("import_empty", name=name)
    if head.startswith(b"PK"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    lowered = start[:512].lower()
    if lowered.startswith((b"<html", b"<!doctype html", b"<table", b"<meta")) or b"<html" in lowered:
        raise Problem("import_html", name=name)
    if lowered.startswith(b"<?xml"):
        raise Problem("import_html" if b"mso-application" in lowered else "import_format", name=name)
    if start[:1] in (b"[", b"{") and name.lower().endswith(".json"):
        return "netbox"
    binary = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"\x7fELF", b"MZ")
    if head.startswith(binary):
        raise Problem("import_format", name=name)
    return "csv"


def read_book(path: Path, *, name: str | None = None, encoding: str | None = None) -> Book:
    """Read a spreadsheet (.xlsx, .xlsb, .xls, .ods) or a text table (.csv, .txt).

    `name` is the file's name as the person knows it, `encoding` a text file's where the guess was wrong.
    Raises `Problem`: `import_too_large`, `import_too_many_rows`, `import_empty`, `import_damaged`, `import_password`,
    `import_bomb`, `import_encoding`, `import_format`, `import_html`.
    """
    name = name or path.name
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise Problem("import_too_large", name=name, limit=MAX_BYTES, actual=size)
    with path.open("rb") as file:
        head = file.read(4096)
    kind = detect_format(head, name)
    if kind == "netbox":
        raise Problem("import_format", name=name)
    if kind == "csv":
        text = delimited.read_text(path.read_bytes(), name=name, encoding=encoding)
        sheets = [text.sheet]
        book = Book(name=name, format="csv", tables=(), encoding=text.encoding, delimiter=text.delimiter)
    else:
        kind, sheets = spreadsheets.read_sheets(path, name=name)
        book = Book(name=name, format=kind, tables=())
    tables = tuple(table for sheet in sheets if (table := header.cut_table(sheet)) is not None)
    if not tables:
        raise Problem("import_empty", name=name)
    return msgspec.structs.replace(book, tables=tables)
