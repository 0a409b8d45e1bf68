"""Spreadsheet files into sheets, within limits of time and memory."""

import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

import msgspec

from server.errors import Problem
from server.exchange.sheet import Sheet
from server.exchange.tables import MAX_COLUMNS, MAX_ROWS, Format

MAX_INFLATED: Final = 512 * 1024 * 1024
"""Most bytes a packed file may unfold to; 200,000 rows of 12 columns are about 135 MB."""
MAX_PARTS: Final = 2_000
TIMEOUT_S: Final = 120
CHUNK: Final = 1024 * 1024
CHILD: Final = Path(__file__).with_name("spreadsheet_child.py")


def read_sheets(path: Path, *, name: str) -> tuple[Format, list[Sheet]]:
    """What kind of spreadsheet it is, and its worksheets in order, hidden ones too. Raises `Problem` (see `read_book`)."""
    with path.open("rb") as file:
        head = file.read(8)
    kind = _check_zip(path, name) if head.startswith(b"PK") else _check_ole(path, name)
    with tempfile.TemporaryDirectory(prefix="sitebook-") as folder:
        # The reader chooses by the suffix, and people rename files.
        link = Path(folder) / f"book.{kind}"
        link.symlink_to(path.resolve())
        return kind, _read_apart(link, name)


def _check_zip(path: Path, name: str) -> Format:
    """Unfold every part once, counting: sizes stated inside the file may lie."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            names = {part.filename for part in parts}
            kind = _zip_kind(names, name)
            if len(parts) > MAX_PARTS:
                raise Problem("import_bomb", name=name, limit_mb=MAX_INFLATED // 1024**2)
            total = 0
            for part in parts:
                if part.flag_bits & 1:
                    raise Problem("import_password", name=name)
                with packed.open(part) as stream:
                    while chunk := stream.read(CHUNK):
                        total += len(chunk)
                        if total > MAX_INFLATED:
                            raise Problem("import_bomb", name=name, limit_mb=MAX_INFLATED // 1024**2)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise Problem("import_damaged", name=name, reason=str(error)) from error
    return kind


def _zip_kind(names: set[str], name: str) -> Format:
    if "xl/workbook.bin" in names:
        return "xlsb"
    if any(part.startswith("xl/") for part in names):
        return "xlsx"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    raise Problem("import_format", name=name)


def _check_ole(path: Path, name: str) -> Format:
    """The container of .xls; an .xlsx with a password is one too."""
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Problem("import_password", name=name)
    if "Workbook".encode("utf-16-le") not in data and "Book".encode("utf-16-le") not in data:
        raise Problem("import_format", name=name)
    return "xls"


def _read_apart(path: Path, name: str) -> list[Sheet]:
    command = [sys.executable, "-I", str(CHILD), str(path), str(MAX_ROWS + 100), str(MAX_COLUMNS)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise Problem("import_bomb", name=name, limit_mb=MAX_INFLATED // 1024**2) from error
    if done.returncode < 0 or (done.returncode and b"memory" in done.stderr.lower()):
        # Ended by its limit of memory or time.
        raise Problem("import_bomb", name=name, limit_mb=MAX_INFLATED // 1024**2)
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Problem("import_damaged", name=name, reason=reason[-1] if reason else str(done.returncode))
    result = msgspec.msgpack.decode(done.stdout, type=dict[str, Any])
    if code := result.pop("error", None):
        if code == "import_too_many_rows":
            result["limit"] = MAX_ROWS
        raise Problem(code, name=name, **result)
    return msgspec.convert(result["sheets"], list[Sheet])
