"""Labels as PDF (sheets and rolls), PNG and SVG, painted by typst from faces that were measured before.

PDF/A-2b: a missing glyph would be an error, so every text went through `fonts.printable`. Nothing a person typed is ever
part of the template: it goes in as JSON.
"""

from collections.abc import Sequence
from importlib import resources
from typing import Any, cast

import msgspec
import typst

from server import fonts
from server.labels.faces import Brand, Face, Label, compose, measure
from server.labels.layouts import Layout, check, check_start

TEMPLATE = resources.files("server.labels").joinpath("sheet.typ").read_bytes()
MOST = 5_000
"""Labels in one sheet job."""
DPI = 600


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A face at its place on a page."""

    x: float
    y: float
    face: Face


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What the template paints."""

    page: tuple[float, float]
    label: tuple[float, float]
    title: str
    lang: str
    families: tuple[str, ...]
    mono: str
    outline: bool
    curves: bool
    pages: list[list[Spot]]


def pdf(labels: Sequence[Label], brand: Brand, layout: Layout, *, start: int = 1, outline: bool = False) -> bytes:
    """The labels as a PDF/A-2b, the first at position `start` (from 1) of the first page, for sheets partly used.

    `outline` draws a thin line around each, to cut plain paper by. About 0.6 ms a label. Raises LayoutError for a layout
    that doesn't fit, ValueError for none or more than MOST labels.
    """
    if not 1 <= len(labels) <= MOST:
        raise ValueError(f"a sheet has 1 to {MOST} labels, not {len(labels)}")
    check(layout)
    check_start(layout, start)
    box = measure(layout.width, layout.height)
    pages: list[list[Spot]] = []
    for index, label in enumerate(labels, start - 1):
        page, x, y = layout.place(index)
        if page == len(pages):
            pages.append([])
        pages[page].append(Spot(x=x, y=y, face=compose(label, brand, box)))
    try:
        return paint(
            sheet(layout.page, (layout.width, layout.height), pages, brand, outline), "pdf", pdf_standards="a-2b"
        )
    finally:
        if len(labels) > 100:
            forget()


def png(label: Label, brand: Brand, *, width: float = 50, height: float = 30, dpi: int = DPI) -> bytes:
    """One label of `width` × `height` mm as a PNG."""
    return paint(single(label, brand, width, height), "png", ppi=dpi)


def svg(label: Label, brand: Brand, *, width: float = 50, height: float = 30) -> bytes:
    """One label of `width` × `height` mm as an SVG without fonts or pictures: paths only."""
    return paint(single(label, brand, width, height), "svg")


def single(label: Label, brand: Brand, width: float, height: float) -> Sheet:
    face = compose(label, brand, measure(width, height))
    return sheet((width, height), (width, height), [[Spot(x=0, y=0, face=face)]], brand, False, curves=True)


def sheet(
    page: tuple[float, float],
    label: tuple[float, float],
    pages: list[list[Spot]],
    brand: Brand,
    outline: bool,
    curves: bool = False,
) -> Sheet:
    return Sheet(
        page=page,
        label=label,
        title="标签" if brand.lang == "zh" else "Labels",
        lang=brand.lang,
        families=fonts.FAMILIES,
        mono=fonts.MONO,
        outline=outline,
        curves=curves,
        pages=pages,
    )


def paint(sheet: Sheet, format: str, **options: Any) -> bytes:
    """One compilation; holds no lock of the interpreter."""
    compiler = typst.Compiler(
        input=TEMPLATE,
        font_paths=fonts.typeset(),
        ignore_system_fonts=True,
        sys_inputs={"sheet": msgspec.json.encode(sheet).decode()},
    )
    # Tags would name every line of every label for a screen reader and double the file.
    return cast(bytes, compiler.compile(format=cast(Any, format), pdf_tags=False, **options))


def forget() -> None:
    """Frees what typst remembers of a large compilation: 60 KB a label, which would stay for its next ten.

    What ten compilations haven't used is dropped; empty ones take 3 ms each.
    """
    compiler = typst.Compiler(font_paths=fonts.typeset(), ignore_system_fonts=True)
    for _ in range(11):
        compiler.compile(input=b" ", format="pdf")
