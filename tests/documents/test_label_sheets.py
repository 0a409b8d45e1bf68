"""Label sheets as a phone sees them: every page rendered at 200 dpi, every code decoded by zxing."""

import io
import subprocess
from pathlib import Path
from typing import Any, cast

import pypdf
import pytest
import typst
import zxingcpp
from PIL import Image

from server.labels import layouts, sheets, tokens
from server.labels.faces import Brand, Label

BRAND = Brand(company="安信信息系统运维服务有限公司", hotline="400-820-8820")
TRIAL = Brand(company="Anxin IT Services Co., Ltd.", hotline="+86 400 820 8820", trial=True, lang="en")
NAMES = ("台式计算机", "核心交换机 S12700E-8 主", "Dell PowerEdge R740 机架式服务器", "")


def label(number: int, origin: str = "https://sitebook.example.cn", **changed: str) -> Label:
    token = tokens.draw()
    fields: dict[str, str] = {
        "code": f"D010210-{number:03}",
        "name": NAMES[number % 4],
        "spec": "联想 M920t",
        "serial": "PC0A1",
    }
    return Label(address=tokens.url(origin, token), token=token, **{**fields, **changed})


def pages_of(pdf: bytes, folder: Path, dpi: int = 200) -> list[Image.Image]:
    """The rendered pages."""
    source = folder / "sheet.pdf"
    source.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", source, folder / "page"], check=True)
    return [Image.open(path) for path in sorted(folder.glob("page-*.pgm"))]


def decode(image: Image.Image) -> list[str]:
    """Texts of all codes of a picture."""
    return [found.text for found in cast("list[Any]", zxingcpp.read_barcodes(image))]


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("brand", [BRAND, TRIAL], ids=["plain-zh", "trial-en"])
@pytest.mark.parametrize("name", list(layouts.LAYOUTS))
def test_every_code_of_a_rendered_sheet_decodes(name: str, brand: Brand, tmp_path: Path) -> None:
    layout = layouts.choose(name)
    wanted = [label(number) for number in range(1, layout.per_page + 4)]
    pages = pages_of(sheets.pdf(wanted, brand, layout), tmp_path)
    assert len(pages) == -(-len(wanted) // layout.per_page)
    found = [text for page in pages for text in decode(page)]
    assert sorted(found) == sorted(item.address for item in wanted)


@pytest.mark.parametrize("origin", ["http://localhost:8000", f"https://{'long-name.' * 4}hospital.example.com.cn:8443"])
def test_codes_of_short_and_very_long_origins_decode_on_the_smallest_label(origin: str, tmp_path: Path) -> None:
    wanted = [label(number, origin) for number in range(1, 85)]
    (page,) = pages_of(sheets.pdf(wanted, TRIAL, layouts.choose("a4-30x20")), tmp_path)
    assert sorted(decode(page)) == sorted(item.address for item in wanted)


def test_a_sheet_says_code_name_company_and_hotline() -> None:
    item = label(9, name="㛃机房 核心交换机")
    text = text_of(sheets.pdf([item], BRAND, layouts.choose("a4-70x37")))
    for wanted in (
        "D010210-009",
        "㛃机房 核心交换机",
        BRAND.company,
        "服务热线 400-820-8820",
        "联想 M920t",
        "SN PC0A1",
    ):
        assert wanted in text
    assert f"{item.token[:4]}-{item.token[4:8]}-{item.token[8:]}" in text
    assert "试用" not in text


def test_a_trial_sheet_is_marked_in_its_language() -> None:
    assert "TRIAL" in text_of(sheets.pdf([label(1)], TRIAL, layouts.choose()))
    marked = Brand(company="安信", trial=True)
    assert "试用" in text_of(sheets.pdf([label(1)], marked, layouts.choose()))


def test_a_blank_label_shows_its_token_to_be_typed() -> None:
    item = label(1, code="", name="", spec="")
    grouped = f"{item.token[:4]}-{item.token[4:8]}-{item.token[8:]}"
    assert grouped in text_of(sheets.pdf([item], BRAND, layouts.choose()))


@pytest.mark.parametrize(
    "hostile",
    [
        "#panic() $x$ *bold* _it_ `raw` <a> @b \\ // c",
        '"); #read("/etc/passwd") #("',
        "</svg><script>alert(1)</script>'/>",
        '=HYPERLINK("http://x")',
    ],
)
def test_markup_in_a_name_is_printed_as_it_is(hostile: str) -> None:
    text = text_of(sheets.pdf([label(1, name=hostile, spec="")], Brand(company=hostile), layouts.choose("roll-70x50")))
    assert hostile.replace(" ", "")[:18] in text.replace(" ", "").replace("\n", "")


@pytest.mark.parametrize(
    "text",
    [
        "字" * 10_000,
        "W" * 10_000,
        "a b " * 2_500,
        "👍한\u202e\x00\ud800\n\t" * 200,
        "𠮷" * 50,
        "\u0e33\u0301" * 50,
        " ",
    ],
    ids=["chinese", "latin", "words", "no-glyph", "beyond-bmp", "marks", "space"],
)
def test_any_text_prints_and_leaves_the_code_readable(text: str, tmp_path: Path) -> None:
    item = label(1, name=text, spec=text, code=text)
    brand = Brand(company=text, hotline=text, trial=True)
    for name in ("a4-30x20", "a4-70x37"):
        (page,) = pages_of(sheets.pdf([item], brand, layouts.choose(name)), tmp_path)
        assert decode(page) == [item.address]


def test_long_text_ends_in_an_ellipsis_inside_its_label(tmp_path: Path) -> None:
    pdf = sheets.pdf([label(1, name="很长的名称" * 60)], BRAND, layouts.choose("roll-50x30"))
    assert "…" in text_of(pdf)
    (page,) = pages_of(pdf, tmp_path)
    margin = page.crop((page.width - 8, 0, page.width, page.height))
    assert margin.getextrema() == (255, 255)


def test_it_is_a_pdf_a_2b() -> None:
    reader = pypdf.PdfReader(io.BytesIO(sheets.pdf([label(1)], BRAND, layouts.choose())))
    metadata = reader.xmp_metadata
    assert metadata is not None
    raw = metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in raw
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in raw


def test_a_partly_used_sheet_starts_at_the_chosen_position(tmp_path: Path) -> None:
    layout = layouts.choose("a4-50x30")
    item = label(1)
    (page,) = pages_of(sheets.pdf([item], BRAND, layout, start=layout.per_page), tmp_path)
    (found,) = cast("list[Any]", zxingcpp.read_barcodes(page))
    last_column, last_row = 210 - 5 - 50, 297 - 13.5 - 30
    assert found.position.top_left.x / 200 * 25.4 > last_column
    assert found.position.top_left.y / 200 * 25.4 > last_row
    with pytest.raises(layouts.LayoutError, match="from 1 to 36, not 37"):
        sheets.pdf([item], BRAND, layout, start=37)


def test_margins_move_the_labels_and_may_not_leave_the_page(tmp_path: Path) -> None:
    item = label(1)
    moved = layouts.choose("a4-50x30", left=1, top=20)
    (page,) = pages_of(sheets.pdf([item], BRAND, moved, outline=True), tmp_path)
    ink = page.point([255 if value < 230 else 0 for value in range(256)]).getbbox()
    assert ink is not None
    assert (round(ink[0] / 200 * 25.4), round(ink[1] / 200 * 25.4)) == (1, 20)
    for wrong in ({"left": 30.0}, {"top": -1.0}, {"gap_x": 5.0}, {"gap_y": float("nan")}):
        with pytest.raises(layouts.LayoutError, match="don't fit the page"):
            layouts.choose("a4-50x30", **wrong)
    with pytest.raises(layouts.LayoutError, match="no label layout “a5”"):
        layouts.choose("a5")


@pytest.mark.parametrize("count", [0, 5_001])
def test_a_sheet_without_labels_or_with_too_many_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 5000 labels"):
        sheets.pdf([label(1)] * count, BRAND, layouts.choose())


@pytest.mark.parametrize(("width", "height"), [(50, 30), (30, 20), (70, 50)])
def test_one_label_as_png_and_svg_decodes(width: float, height: float) -> None:
    item = label(7)
    picture = Image.open(io.BytesIO(sheets.png(item, TRIAL, width=width, height=height, dpi=300)))
    assert (round(picture.width / 300 * 25.4), round(picture.height / 300 * 25.4)) == (width, height)
    assert decode(picture) == [item.address]
    drawn = sheets.svg(item, TRIAL, width=width, height=height)
    assert b"<image" not in drawn
    assert b"<script" not in drawn
    template = b'#set page(width: auto, height: auto, margin: 5mm)\n#image(bytes(sys.inputs.svg), format: "svg")'
    painted = typst.compile(template, format="png", ppi=300, sys_inputs={"svg": drawn.decode()})
    assert decode(Image.open(io.BytesIO(painted))) == [item.address]
