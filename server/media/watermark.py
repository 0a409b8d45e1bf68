"""The watermark: when, where, which asset, who – burnt into a derivative, never into the evidence.

A dark translucent plate at the lower left with white text, so that it is read on light and dark pictures alike
(white over a white picture: 8:1).
"""

import datetime as dt
import hashlib
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from PIL import Image, ImageDraw, ImageFont

from server import fonts
from server.errors import Lang
from server.media.pixels import encode

LOOK: Final = 1
"""Raised when the drawing changes, so that cached derivatives are made anew."""

PLATE: Final = (8, 12, 16, 180)
INK: Final = (255, 255, 255, 255)
ACCENT: Final = (255, 203, 107, 255)
ELLIPSIS: Final = "…"

_WEEKDAYS: Final = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


class Caption(msgspec.Struct, frozen=True, kw_only=True):
    """What a watermark says, ready to draw; an empty text is left out."""

    clock: str = ""
    """`14:32`, in the site's time zone."""
    date: str = ""
    code: str = ""
    place: str = ""
    engineer: str = ""

    def key(self) -> str:
        """Name of a derivative that carries it."""
        return hashlib.sha256(msgspec.json.encode([LOOK, self])).hexdigest()[:32]


def caption(*, at: int | None, tz: str, place: str, code: str, engineer: str, lang: Lang) -> Caption:
    """The caption of a photo taken `at` (ms UTC) at a site in time zone `tz` (IANA; an unknown one counts as UTC)."""
    clock = date = ""
    if at is not None:
        try:
            zone: dt.tzinfo = ZoneInfo(tz)
        except (KeyError, ValueError, OSError):
            zone = dt.UTC
        try:
            moment = dt.datetime.fromtimestamp(at / 1000, zone)
        except (ValueError, OverflowError, OSError):
            moment = None
        if moment is not None:
            weekday = _WEEKDAYS[lang][moment.weekday()]
            clock = f"{moment:%H:%M}"
            date = f"{moment:%Y-%m-%d} {'星期' + weekday if lang == 'zh' else weekday}"
    label = "工程师 " if lang == "zh" else "Engineer: "
    return Caption(clock=clock, date=date, code=code, place=place, engineer=f"{label}{engineer}" if engineer else "")


def burn(image: Image.Image, words: Caption) -> Image.Image:
    """A copy of an RGB image with the plate on it. Small pictures carry time and code only."""
    small = max(image.size) <= 400
    # One unit is the height of a line of text: 1/28 of the mean edge, but never illegible.
    unit = max(11 if small else 14, round(sum(image.size) / 2 / (18 if small else 30)))
    pad = max(4, unit // 2)
    room = image.width - 4 * pad
    if room < 40:
        return image.copy()
    if not small:
        words = msgspec.structs.replace(words, place=_break(words.place, unit, room))
    rows = [row for row in _rows(words, small=small) if row]
    if not rows:
        return image.copy()
    drawn = [_line(row, unit, room) for row in rows]
    width = max(line.width for line in drawn) + 2 * pad
    height = sum(line.height for line in drawn) + 2 * pad
    plate = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    ImageDraw.Draw(plate).rounded_rectangle((0, 0, width - 1, height - 1), radius=pad, fill=PLATE)
    top = pad
    for line in drawn:
        plate.alpha_composite(line, (pad, top))
        top += line.height
    marked = image.copy()
    marked.paste(plate, (pad, max(0, image.height - height - pad)), plate)
    return marked


def mark(source: Path, edge: int, words: Caption) -> bytes:
    """The JPEG at `source` (one of our own derivatives), at most `edge` px long, with the watermark, as a JPEG."""
    with Image.open(source, formats=["JPEG"]) as image:
        image.draft("RGB", (edge, edge))
        picture = image.convert("RGB")
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return encode(burn(picture, words))


# A row is a list of (text, size in units, bold, colour).
_Part = tuple[str, float, bool, tuple[int, int, int, int]]


def _rows(words: Caption, *, small: bool) -> list[list[_Part]]:
    if small:
        short = words.date.partition(" ")[0]
        return [
            [(text, 1.0, False, INK) for text in (f"{short} {words.clock}".strip(),) if text],
            [(text, 1.0, True, INK) for text in (words.code,) if text],
        ]
    return [
        [
            *([(words.clock, 1.7, True, INK), ("|", 1.5, False, ACCENT)] if words.clock else []),
            *([(words.date, 1.0, False, INK)] if words.date else []),
        ],
        [(words.code, 1.15, True, ACCENT)] if words.code else [],
        *([(part, 1.0, False, INK)] for part in words.place.split("\n") if part),
        [(words.engineer, 1.0, False, INK)] if words.engineer else [],
    ]


def _break(text: str, unit: int, room: int) -> str:
    """`text` with a line break where the first line is full: the room's number, at the end of a place, must be seen."""
    shown = fonts.printable(text)
    font = ImageFont.truetype(fonts.file(shown + ELLIPSIS), unit)
    if not shown or font.getlength(shown) <= room:
        return shown
    first = max(1, len(_fit(shown, font, room)) - 1)
    return f"{shown[:first]}\n{shown[first:]}"


def _line(parts: list[_Part], unit: int, room: int) -> Image.Image:
    """One row of text as a transparent picture; text that is too long ends with an ellipsis."""
    gap = unit // 2
    height = round(max(size for _, size, _, _ in parts) * unit * 1.35)
    line = Image.new("RGBA", (room, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(line)
    left = 0
    for text, size, bold, colour in parts:
        shown = fonts.printable(text)
        font = ImageFont.truetype(fonts.file(shown + ELLIPSIS, bold=bold), round(size * unit))
        shown = _fit(shown, font, room - left)
        draw.text((left, height // 2), shown, font=font, fill=colour, anchor="lm")
        left = min(room, left + round(font.getlength(shown)) + gap)
    return line.crop((0, 0, max(1, left - gap), height))


def _fit(text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    if font.getlength(text) <= room:
        return text
    fewest, most = 0, len(text)
    while fewest < most:
        middle = (fewest + most + 1) // 2
        if font.getlength(text[:middle] + ELLIPSIS) <= room:
            fewest = middle
        else:
            most = middle - 1
    return text[:fewest] + ELLIPSIS
