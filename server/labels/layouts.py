"""Where labels lie: on A4 sheets of common sizes, and on rolls. Millimetres throughout."""

from collections.abc import Iterator

from msgspec import Struct, structs

A4 = (210.0, 297.0)


class LayoutError(ValueError):
    """A layout that can't be printed; the reason in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class Layout(Struct, frozen=True, kw_only=True):
    """A page with `columns` × `rows` labels of `width` × `height`, the first at `left`, `top`, with gaps between them."""

    name: str
    width: float
    height: float
    columns: int = 1
    rows: int = 1
    left: float = 0
    top: float = 0
    gap_x: float = 0
    gap_y: float = 0
    page: tuple[float, float] = A4

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    def place(self, index: int) -> tuple[int, float, float]:
        """Page (from 0) and left upper corner of the label at `index`, row by row."""
        page, at = divmod(index, self.per_page)
        row, column = divmod(at, self.columns)
        return page, self.left + column * (self.width + self.gap_x), self.top + row * (self.height + self.gap_y)


def centred(name: str, width: float, height: float, columns: int, rows: int, gap_x: float = 0) -> Layout:
    """Labels in the middle of an A4 sheet, as label makers cut them."""
    left = (A4[0] - columns * width - (columns - 1) * gap_x) / 2
    top = (A4[1] - rows * height) / 2
    return Layout(name=name, width=width, height=height, columns=columns, rows=rows, left=left, top=top, gap_x=gap_x)


def roll(name: str, width: float, height: float) -> Layout:
    """One label a page, as label printers take it."""
    return Layout(name=name, width=width, height=height, page=(width, height))


def all_layouts() -> Iterator[Layout]:
    yield centred("a4-70x37", 70, 37, 3, 8)
    yield centred("a4-63x38", 63.5, 38.1, 3, 7, gap_x=2.54)
    yield centred("a4-50x30", 50, 30, 4, 9)
    yield centred("a4-48x25", 48.5, 25.4, 4, 11)
    yield centred("a4-40x30", 40, 30, 5, 9)
    yield centred("a4-38x21", 38.1, 21.2, 5, 13, gap_x=2.54)
    yield centred("a4-30x20", 30, 20, 6, 14)
    yield roll("roll-70x50", 70, 50)
    yield roll("roll-50x30", 50, 30)
    yield roll("roll-40x30", 40, 30)
    yield roll("roll-30x20", 30, 20)


LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in all_layouts()}
"""Name -> layout. `a4-…` are sheets, `roll-…` one label a page."""
DEFAULT = "a4-50x30"


def choose(
    name: str = DEFAULT,
    *,
    left: float | None = None,
    top: float | None = None,
    gap_x: float | None = None,
    gap_y: float | None = None,
) -> Layout:
    """The layout of that name, its margins and gaps replaced by those given. Raises LayoutError."""
    layout = LAYOUTS.get(name)
    if layout is None:
        known = ", ".join(LAYOUTS)
        raise LayoutError(
            f"没有标签版式“{name}”。可用：{known}。", f"There is no label layout “{name}”. Choose one of {known}."
        )
    given = {"left": left, "top": top, "gap_x": gap_x, "gap_y": gap_y}
    changed = structs.replace(layout, **{key: value for key, value in given.items() if value is not None})
    check(changed)
    return changed


def check(layout: Layout) -> None:
    """Raises LayoutError unless every label lies on the page, whole, and none on another."""
    sides = (
        ("宽", "width", 0, layout.left, layout.columns, layout.width, layout.gap_x),
        ("高", "height", 1, layout.top, layout.rows, layout.height, layout.gap_y),
    )
    for zh, en, side, start, count, size, gap in sides:
        page = layout.page[side]
        end = start + count * size + (count - 1) * gap
        # Negative margins and gaps, infinities and NaN fail here too.
        if not (start >= 0 and gap >= 0 and end <= page + 0.01):
            raise LayoutError(
                f"标签超出页面：{zh}方向从 {start:g} 到 {end:g} 毫米，页面为 0 到 {page:g} 毫米。请减小边距或间距。",
                f"The labels don't fit the page: in {en} they reach from {start:g} to {end:g} mm on a page of {page:g} mm. "
                "Make the margin or the gap smaller.",
            )


def check_start(layout: Layout, start: int) -> None:
    """Raises LayoutError unless `start` (from 1) is a label of the first page."""
    if not 1 <= start <= layout.per_page:
        raise LayoutError(
            f"起始位置应为 1 至 {layout.per_page}，现为 {start}。",
            f"The first position must be from 1 to {layout.per_page}, not {start}.",
        )
