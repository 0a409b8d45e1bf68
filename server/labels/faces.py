"""What stands on one label and where: the QR code, and every line of text measured, cut and placed.

All measuring is done here, so that the typesetter only paints. Positions are millimetres from the label's left upper
corner; sizes of type are points. Texts are data to the typesetter, never markup.
"""

import functools
import unicodedata
from typing import Literal

from msgspec import Struct
from PIL import ImageFont

from server import fonts
from server.labels import matrix

Lang = Literal["zh", "en"]

MM = 25.4 / 72
"""Millimetres in a point."""
MONO_EM = 0.6021
"""Advance of the monospace font in em."""
LEADING = 1.25
"""Distance of lines, in sizes of type."""
SEEN = 300
"""Characters of a text that are looked at: no label shows more."""
TEXTS = {
    "hotline": {"zh": "服务热线", "en": "Hotline"},
    "trial": {"zh": "试用", "en": "TRIAL"},
}


class Label(Struct, frozen=True, kw_only=True):
    """What one label says. A blank one (no code) shows its token in its place, so that it can be typed."""

    address: str
    """What the QR code holds, see `tokens.url`."""
    token: str
    code: str = ""
    name: str = ""
    spec: str = ""
    serial: str = ""


class Brand(Struct, frozen=True, kw_only=True):
    """What every label of this installation says."""

    company: str = ""
    hotline: str = ""
    trial: bool = False
    """Marks labels whose address works on this machine only."""
    lang: Lang = "zh"


class Line(Struct, frozen=True, array_like=True):
    """One line of text: left and top of its em box, size, text, style (of the template), width."""

    x: float
    y: float
    size: float
    text: str
    style: str
    width: float


class Face(Struct, frozen=True, kw_only=True):
    """One label, ready to paint: the code's left, top and side, its size in modules and path, and the lines."""

    x: float
    y: float
    side: float
    modules: int
    path: str
    lines: list[Line]


class Box(Struct, frozen=True, kw_only=True):
    """The measures of labels of one size: padding, code line, and the square of the QR code, found once per sheet."""

    width: float
    height: float
    pad: float
    code_size: float
    body: float
    """Size of the name; the other lines are a little smaller."""

    @property
    def code_top(self) -> float:
        return self.height - self.pad - self.code_size * MM

    def qr_side(self, modules: int) -> float:
        """The square for a code of so many modules, its quiet zone kept free of the code line and of half the width."""
        # Capitals begin 0.13 em below the top of their em box: that much of the quiet zone lies inside it.
        height = self.code_top - self.pad + 0.13 * self.code_size * MM
        return min(height * modules / (modules + matrix.QUIET), self.width * 0.46)


def measure(width: float, height: float) -> Box:
    """The measures for labels of `width` × `height` mm."""
    return Box(
        width=width,
        height=height,
        pad=min(2.5, max(1.5, height * 0.07)),
        code_size=min(16.0, height * 0.47),
        body=min(9.0, max(5.5, height * 0.25)),
    )


def compose(label: Label, brand: Brand, box: Box) -> Face:
    """Places everything of one label; texts that are too long end in `…`."""
    code = matrix.draw(label.address)
    lines: list[Line] = []
    inner = box.width - 2 * box.pad

    # The code line: the largest type that fits the width beside the trial mark.
    mark = TEXTS["trial"][brand.lang] if brand.trial else ""
    mark_size = max(5.0, box.body * 0.75)
    mark_width = (length(mark, mark_size, bold=True) + 1.2) if mark else 0
    room = inner - (mark_width + 0.8 if mark else 0)
    text = fonts.printable(label.code[:SEEN]).strip() or grouped(label.token)
    size = min(box.code_size, room / length(text, 1, mono=True))
    if size < 5:
        size = 5.0
        text = cut(text, room, size, mono=True)
    base = box.height - box.pad
    lines.append(Line(box.pad, base - size * MM, size, text, "code", room))
    if mark:
        lines.append(
            Line(
                box.width - box.pad - mark_width + 0.6, base - mark_size * MM * 1.1, mark_size, mark, "mark", mark_width
            )
        )

    # The QR code, left, with the quiet zone it needs to the text at its right.
    side = box.qr_side(code.size)
    quiet = side / code.size * matrix.QUIET
    left = box.pad + side + quiet
    column = box.width - box.pad - left

    # The text column: company, name, specification from the top, hotline and token from the bottom.
    soft = box.body * 0.82
    top, bottom = box.pad, box.pad + side

    def add(text: str, size: float, style: str, most: int) -> None:
        nonlocal top
        fitting = int((bottom - top + 0.3 * size * MM) / (size * MM * LEADING))
        for line in wrap(fonts.printable(text[:SEEN]), column, size, min(most, fitting), bold=style == "bold"):
            lines.append(Line(left, top, size, line, style, column))
            top += size * MM * LEADING

    # Never cut: half a telephone number is none. The token goes first, the type gets smaller second.
    foot: list[tuple[str, float, str]] = []
    if brand.hotline:
        hotline = fonts.printable(brand.hotline[:SEEN])
        caption = f"{TEXTS['hotline'][brand.lang]} {hotline}"
        text = caption if length(caption, soft * 0.85) <= column else hotline
        foot.append((text, min(soft, soft * column / length(text, soft)), "plain"))
    if label.code and box.height >= 25 and length(grouped(label.token), soft * 0.75, mono=True) <= column:
        text = grouped(label.token)
        foot.append((text, min(soft * 0.85, soft * column / length(text, soft, mono=True)), "token"))
    for text, size, style in reversed(foot):
        bottom -= size * MM * LEADING
        lines.append(Line(left, bottom + 0.25 * size * MM, size, text, style, column))
    company = fonts.printable(brand.company[:SEEN])
    add(company, max(soft * 0.8, min(soft, soft * column / max(length(company, soft), 1))), "soft", 1)
    add(label.name, box.body, "bold", 2)
    add(label.spec, soft, "plain", 1 if label.serial else 2)
    add(f"SN {label.serial}" if label.serial else "", soft, "plain", 1)
    return Face(x=box.pad, y=box.pad, side=side, modules=code.size, path=code.path, lines=lines)


def grouped(token: str) -> str:
    """A token as it is read out: `7K3M-9Q2X-W0BA`."""
    return "-".join(token[at : at + 4] for at in range(0, len(token), 4))


# --- measuring -------------------------------------------------------------------------------------------------------


@functools.cache
def ruler(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(fonts.file(bold=bold), 1000, layout_engine=ImageFont.Layout.BASIC)


@functools.lru_cache(maxsize=65_536)
def advance(char: str, bold: bool, mono: bool) -> float:
    """Width of one character in em, never less than it is; characters of the whole font only are one em wide."""
    if mono and char.isascii():
        return MONO_EM
    wide = not fonts.covers(fonts.coverage().small, ord(char))
    em = 1.0 if wide else ruler(bold).getlength(char) / 1000
    return max(em, MONO_EM) if mono else em


def length(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """Width in mm of a line of type of `size` points."""
    return sum(advance(char, bold, mono) for char in text) * size * MM


def cut(text: str, width: float, size: float, *, bold: bool = False, mono: bool = False) -> str:
    """`text` if it fits into `width` mm, else as much of it as fits before an ellipsis."""
    if length(text, size, bold=bold, mono=mono) <= width:
        return text
    left = width - length("…", size, bold=bold, mono=mono)
    kept = 0
    for char in text:
        left -= advance(char, bold, mono) * size * MM
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"


def wrap(text: str, width: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """At most `most` lines; breaks at spaces and between Chinese characters; what is left over is cut with `…`."""
    rest = text.strip()
    found: list[str] = []
    while rest and len(found) < most:
        if len(found) == most - 1 or length(rest, size, bold=bold) <= width:
            return [*found, cut(rest, width, size, bold=bold)]
        used, at, chance = 0.0, 0, 0
        for at, char in enumerate(rest):
            if at and breakable(rest[at - 1], char):
                chance = at
            used += advance(char, bold, False) * size * MM
            if used > width:
                break
        end = chance or max(at, 1)
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return found


def breakable(before: str, after: str) -> bool:
    """Whether a line may end between the two: at a space, or beside a wide character that may start or end a line."""
    if before == " " or after == " ":
        return True
    if unicodedata.category(after) in ("Po", "Pe", "Pf") or unicodedata.category(before) in ("Ps", "Pi"):
        return False
    return any(unicodedata.east_asian_width(char) in ("W", "F") for char in (before, after)) or before in "-/"
