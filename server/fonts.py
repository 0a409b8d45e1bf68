"""The fonts of documents, labels and watermarks: Noto Sans SC (SIL Open Font License), the same on every machine.

`python -m server.fonts build` makes them, once, from the npm package that the browser app's installation brings along:

- a small font per weight (Latin, Greek, Cyrillic, punctuation, GB 2312: what nearly every text needs), and
- the whole font under a second family name, so that a typesetter falls back to it glyph by glyph for a rare surname.

The system's fonts are never used: a document must look the same wherever it is made.
"""

import functools
import shutil
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).parent / "assets" / "fonts"
"""Where the built fonts lie (git-ignored; in the wheel)."""
SOURCE = Path(__file__).parent.parent / "pwa" / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"

FAMILY = "Noto Sans SC"
FULL_FAMILY = "Noto Sans SC Full"
FAMILIES = (FAMILY, FULL_FAMILY)
"""Family names for a typesetter, in the order of fallback. Weights: 400 and 700."""
MONO = "DejaVu Sans Mono"
"""Family of codes and serials, for Latin text only; typst carries it itself."""

WEIGHTS = {"Regular": "400Regular/NotoSansSC_400Regular.ttf", "Bold": "700Bold/NotoSansSC_700Bold.ttf"}
COVERAGE = "coverage.json"
LICENSE = "OFL.txt"
MISSING = "□"
"""What stands in for a character that no font has; itself in GB 2312."""

INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Mn", "Me"))
"""Unicode categories that are left out: controls, formats, surrogates, marks that could not be composed."""

Ranges = list[tuple[int, int]]


class FontsMissing(RuntimeError):
    """The fonts were not built."""

    def __init__(self) -> None:
        super().__init__(f"The fonts are not in {FOLDER.name}/: run `make build` (or `python -m server.fonts build`).")


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The characters of the small and of the whole font, as sorted inclusive ranges of code points."""

    small: Ranges
    full: Ranges


def paths() -> list[str]:
    """Folders to give to typst as `font_paths`, with `ignore_system_fonts=True`. Raises FontsMissing."""
    if not (FOLDER / COVERAGE).is_file():
        raise FontsMissing
    return [str(FOLDER)]


@functools.cache
def typeset() -> Any:
    """The same fonts as a loaded `typst.Fonts`, shared by every compilation of the process. Raises FontsMissing."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=paths())


def file(text: str = "", *, bold: bool = False) -> Path:
    """One TTF that shows the whole `text`, the small one if it can: for Pillow, which doesn't fall back by glyph."""
    weight = "Bold" if bold else "Regular"
    small = all(covers(coverage().small, ord(char)) for char in text)
    found = FOLDER / f"NotoSansSC-{weight}{'' if small else '-Full'}.ttf"
    if not found.is_file():
        raise FontsMissing
    return found


def printable(text: str) -> str:
    """`text` in composed form on one line, with `□` for each character that no font has.

    PDF/A refuses a document with a missing glyph, so whatever a person typed goes through here before it is typeset.
    Line breaks and tabs become spaces; control and zero-width characters, which show nothing, are dropped.
    """
    return "".join(map(show, unicodedata.normalize("NFC", text)))


@functools.lru_cache(maxsize=65_536)
def show(char: str) -> str:
    """What stands for one character in print."""
    if char.isspace():
        return " "
    if unicodedata.category(char) in INVISIBLE:
        return ""
    return char if covers(coverage().full, ord(char)) else MISSING


@functools.cache
def coverage() -> Coverage:
    """Which characters the built fonts have. Raises FontsMissing."""
    try:
        return msgspec.json.decode((FOLDER / COVERAGE).read_bytes(), type=Coverage)
    except FileNotFoundError:
        raise FontsMissing from None


def covers(ranges: Ranges, point: int) -> bool:
    """Whether the code point lies in one of the sorted ranges."""
    at = bisect_right(ranges, (point, sys.maxunicode)) - 1
    return at >= 0 and ranges[at][0] <= point <= ranges[at][1]


# --- build -----------------------------------------------------------------------------------------------------------


def common_characters() -> set[int]:
    """Code points of the small font: GB 2312, Latin, Greek, Cyrillic, punctuation, symbols, full-width forms."""
    points: set[int] = set()
    blocks = ((0x20, 0x7F), (0xA0, 0x250), (0x370, 0x530), (0x2000, 0x2800), (0x3000, 0x3100), (0xFF00, 0xFFF0))
    for first, end in blocks:
        points.update(range(first, end))
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            points.update(map(ord, bytes((row, cell)).decode("gb2312", errors="ignore")))
    return points


def build(source: Path = SOURCE, folder: Path = FOLDER) -> None:
    """Makes the fonts in `folder` from the npm package at `source`; the coverage file, written last, marks it whole."""
    # Untyped, and installed where things are built, not where they run.
    subset: Any = import_module("fontTools.subset")
    ttlib: Any = import_module("fontTools.ttLib")

    if not source.is_dir():
        raise SystemExit(f"{source} is missing: run `npm ci` in pwa/ first (`make build` does both).")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / COVERAGE).unlink(missing_ok=True)
    small: set[int] = set()
    full: set[int] = set()
    for weight, name in WEIGHTS.items():
        options = subset.Options()
        options.hinting = False
        options.notdef_outline = True
        font = subset.load_font(str(source / name), options)
        full |= font.getBestCmap().keys()
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=common_characters())
        subsetter.subset(font)
        small |= font.getBestCmap().keys()
        subset.save_font(font, str(folder / f"NotoSansSC-{weight}.ttf"), options)

        whole = ttlib.TTFont(source / name, lazy=True)
        for record, text in ((1, FULL_FAMILY), (4, f"{FULL_FAMILY} {weight}"), (6, f"NotoSansSCFull-{weight}")):
            whole["name"].setName(text, record, 3, 1, 0x409)
        for record in (16, 17):
            whole["name"].removeNames(nameID=record)
        whole.save(folder / f"NotoSansSC-{weight}-Full.ttf")
    shutil.copyfile(source / "LICENSE_FONT", folder / LICENSE)
    (folder / COVERAGE).write_bytes(msgspec.json.encode(Coverage(small=ranges(small), full=ranges(full))))


def ranges(points: Iterable[int]) -> Ranges:
    """Code points as sorted inclusive ranges."""
    found: Ranges = []
    for point in sorted(points):
        if found and found[-1][1] == point - 1:
            found[-1] = (found[-1][0], point)
        else:
            found.append((point, point))
    return found


if __name__ == "__main__":
    if sys.argv[1:] != ["build"]:
        raise SystemExit("usage: python -m server.fonts build")
    build()
