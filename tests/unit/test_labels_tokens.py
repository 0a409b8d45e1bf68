"""Tokens: drawn, typed, scanned."""

import pytest

from server.labels.tokens import ALPHABET, Foreign, NotALabel, Own, draw, normalise, read, url

ORIGIN = "https://sitebook.example.cn"
TOKEN = "7K3M9Q2XW0BA"


def test_draw_uses_sixty_bits_of_the_given_randomness() -> None:
    assert draw(lambda size: bytes(size)) == "0" * 12
    assert draw(lambda size: b"\xff" * size) == "Z" * 12
    assert draw(lambda size: bytes.fromhex("0000000000000010")) == "0" * 11 + "1"


def test_drawn_tokens_differ_and_stay_as_they_are_when_normalised() -> None:
    tokens = {draw() for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert all(normalise(token) == token and set(token) <= set(ALPHABET) for token in tokens)


@pytest.mark.parametrize(
    "text",
    ["7k3m9q2xw0ba", "7K3M-9Q2X-W0BA", " 7K3M 9Q2X WOBA ", "7K3M–9Q2X–W0BA", "７Ｋ３Ｍ９Ｑ２ＸＷ０ＢＡ"],
)
def test_normalise_accepts_what_people_type(text: str) -> None:
    assert normalise(text) == TOKEN


def test_normalise_reads_lookalikes_as_digits() -> None:
    assert normalise("ILOilo000000") == "110110000000"


@pytest.mark.parametrize(
    "text", ["", "7K3M9Q2XW0B", "7K3M9Q2XW0BAA", "7K3M9Q2XW0BU", "7K3M9Q2XW0B!", "机房机房机房机房机房机房"]
)
def test_normalise_refuses_the_rest(text: str) -> None:
    assert normalise(text) is None


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (ORIGIN, "HTTPS://SITEBOOK.EXAMPLE.CN/A/7K3M9Q2XW0BA"),
        (ORIGIN + "/", "HTTPS://SITEBOOK.EXAMPLE.CN/A/7K3M9Q2XW0BA"),
        ("https://sitebook.example.cn:443", "HTTPS://SITEBOOK.EXAMPLE.CN/A/7K3M9Q2XW0BA"),
        ("http://localhost:8000", "HTTP://LOCALHOST:8000/A/7K3M9Q2XW0BA"),
        ("https://例子.中国", "HTTPS://XN--FSQU00A.XN--FIQS8S/A/7K3M9Q2XW0BA"),
        ("https://[::1]:8443", "HTTPS://[::1]:8443/A/7K3M9Q2XW0BA"),
    ],
)
def test_url_is_upper_case_and_without_default_port(origin: str, expected: str) -> None:
    assert url(origin, TOKEN) == expected


@pytest.mark.parametrize("origin", ["", "sitebook.example.cn", "ftp://x", "https://"])
def test_url_refuses_what_is_no_origin(origin: str) -> None:
    with pytest.raises(ValueError, match="not a web address"):
        url(origin, TOKEN)


@pytest.mark.parametrize(
    "text",
    [
        "HTTPS://SITEBOOK.EXAMPLE.CN/A/7K3M9Q2XW0BA",
        "https://sitebook.example.cn/a/7k3m9q2xw0ba",
        "https://Sitebook.Example.cn:443/a/7K3M-9Q2X-WOBA/?from=wechat#top",
        TOKEN,
        " 7k3m-9q2x-w0ba\n",
    ],
)
def test_own_label_is_read_in_any_spelling(text: str) -> None:
    assert read(text, ORIGIN) == Own(token=TOKEN)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("https://evil.example/a/7K3M9Q2XW0BA", TOKEN),
        ("http://sitebook.example.cn/A/7K3M9Q2XW0BA", TOKEN),
        ("https://sitebook.example.cn:8443/A/7K3M9Q2XW0BA", TOKEN),
        ("https://sitebook.example.cn.evil.example/", None),
        ("https://sitebook.example.cn@evil.example/A/7K3M9Q2XW0BA", TOKEN),
        ("https://weixin.qq.com/r/abcdef", None),
    ],
)
def test_foreign_address_is_named_and_never_own(text: str, token: str | None) -> None:
    assert read(text, ORIGIN) == Foreign(address=text, token=token)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "D010210-009",
        "javascript:alert(1)",
        "https://",
        "https://[bad/A/7K3M9Q2XW0BA",
        "https://sitebook.example.cn:99999/A/7K3M9Q2XW0BA",
        "https://sitebook.example.cn/A/TOOSHORT",
        "https://sitebook.example.cn/V/7K3M9Q2XW0BA",
        "WIFI:S:x;T:WPA;P:y;;",
    ],
)
def test_anything_else_is_not_a_label(text: str) -> None:
    assert read(text, ORIGIN) == NotALabel(text=text)
