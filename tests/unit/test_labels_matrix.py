"""QR codes: small, and readable for a decoder that isn't ours."""

import re
from typing import Any, cast

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from server.labels import matrix
from server.labels.tokens import draw, url


def read(code: matrix.Code, scale: int = 3) -> list[Any]:
    """What zxing reads from the painted path."""
    side = (code.size + 2 * matrix.QUIET) * scale
    image = Image.new("L", (side, side), 255)
    painter = ImageDraw.Draw(image)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)", code.path):
        left, top = ((int(at) + matrix.QUIET) * scale for at in (x, y))
        painter.rectangle((left, top, left + int(width) * scale - 1, top + scale - 1), fill=0)
    return cast("list[Any]", zxingcpp.read_barcodes(image))


def test_every_label_of_a_short_host_is_version_3_level_q_and_decodes() -> None:
    for _ in range(300):
        text = url("https://sitebook.example.cn", draw())
        code = matrix.draw(text)
        (found,) = read(code)
        assert code.size == 29
        assert found.text == text
        assert found.ec_level == "Q"


@pytest.mark.parametrize("host", ["a.cn", "x" * 24, "x" * 25, "long-sub-domain.of.some-hospital.example.com.cn:8443"])
def test_longer_hosts_take_a_larger_code(host: str) -> None:
    text = url(f"https://{host}", draw())
    code = matrix.draw(text)
    assert [found.text for found in read(code)] == [text]
    assert (code.size <= 29) == (len(host) <= 24)


def test_text_beyond_the_alphanumeric_set_decodes_too() -> None:
    assert [found.text for found in read(matrix.draw("https://x_y.cn/a/机房"))] == ["https://x_y.cn/a/机房"]
