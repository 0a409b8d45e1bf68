"""A signature's points, drawn as vectors: the same points always give the same drawing."""

from typing import Annotated

import msgspec

MAX_BYTES = 2_000_000
MAX_POINTS = 20_000
PEN = 28
"""Width of the line at middle pressure, in tenths of a pixel."""
LEVELS = 6
"""Widths that are told apart; between two points of one level the line is a single path."""
PAD = 40
LEAST = (900, 300)
"""Smallest width and height of the drawing, so that a dot is not blown up to the size of the page."""
INK = "#12171c"

Whole = Annotated[int, msgspec.Meta(ge=-1_000_000, le=9_007_199_254_740_991)]
Point = tuple[Whole, Whole, Whole, Whole]


class Strokes(msgspec.Struct, frozen=True, kw_only=True):
    """The strokes file: times in ms, positions in tenths of a pixel, pressure per mille."""

    v: int
    width: Whole
    height: Whole
    strokes: list[list[Point]]


class StrokesUnreadable(ValueError):
    """The file is not a strokes file, or larger than any signature is."""


def read(data: bytes) -> Strokes:
    """Decode a strokes file. Raises StrokesUnreadable."""
    if len(data) > MAX_BYTES:
        raise StrokesUnreadable(f"{len(data)} bytes, at most {MAX_BYTES} are drawn")
    try:
        strokes = msgspec.json.decode(data, type=Strokes)
    except msgspec.MsgspecError as error:
        raise StrokesUnreadable(str(error)) from error
    points = sum(map(len, strokes.strokes))
    if not 0 < points <= MAX_POINTS:
        raise StrokesUnreadable(f"{points} points, from 1 to {MAX_POINTS} are drawn")
    if any(abs(point[1]) > 1_000_000 or abs(point[2]) > 1_000_000 for stroke in strokes.strokes for point in stroke):
        raise StrokesUnreadable("a point lies outside of any pad")
    return strokes


def draw(strokes: Strokes) -> bytes:
    """An SVG of the signature, cropped to it; curves run through the middles of neighbouring points."""
    xs = [point[1] for stroke in strokes.strokes for point in stroke]
    ys = [point[2] for stroke in strokes.strokes for point in stroke]
    width = max(max(xs) - min(xs) + 2 * PAD, LEAST[0])
    height = max(max(ys) - min(ys) + 2 * PAD, LEAST[1])
    left = (max(xs) + min(xs) - width) // 2
    top = (max(ys) + min(ys) - height) // 2
    paths = "".join(path for stroke in strokes.strokes if stroke for path in trace(stroke))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {height}" '
        f'width="{width}" height="{height}"><g fill="none" stroke="{INK}" stroke-linecap="round" '
        f'stroke-linejoin="round">{paths}</g></svg>'
    ).encode()


def trace(stroke: list[Point]) -> list[str]:
    """The paths of one stroke, a new one wherever the width changes."""
    if len(stroke) == 1:
        _, x, y, pressure = stroke[0]
        return [f'<path stroke-width="{pen(pressure) * 3 // 2}" d="M{x} {y}h1"/>']
    found: list[str] = []
    wide = -1
    path: list[str] = []
    at = stroke[0][1:3]
    for before, point in zip(stroke, [*stroke[1:], stroke[-1]], strict=True):
        middle = ((before[1] + point[1]) // 2, (before[2] + point[2]) // 2)
        width = pen((before[3] + point[3]) // 2)
        if width != wide:
            if path:
                found.append(f'<path stroke-width="{wide}" d="{"".join(path)}"/>')
            wide, path = width, [f"M{at[0]} {at[1]}"]
        path.append(f"Q{before[1]} {before[2]} {middle[0]} {middle[1]}")
        at = middle
    found.append(f'<path stroke-width="{wide}" d="{"".join(path)}"/>')
    return found


def pen(pressure: int) -> int:
    """Line width for a pressure per mille, in tenths of a pixel; no pressure at all counts as the middle."""
    level = (min(max(pressure, 0), 1000) or 500) * LEVELS // 1000
    return PEN // 2 + PEN * level // LEVELS
