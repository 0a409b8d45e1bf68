"""The shipped fonts: what they show, and what stands in for what they can't."""

from server import fonts


def test_small_font_shows_common_chinese_and_latin() -> None:
    assert fonts.file("交警支队机房 D010210-009 é①").name == "NotoSansSC-Regular.ttf"
    assert fonts.file("机房", bold=True).name == "NotoSansSC-Bold.ttf"


def test_rare_surname_takes_the_whole_font() -> None:
    assert fonts.file("㛃").name == "NotoSansSC-Regular-Full.ttf"


def test_printable_keeps_what_fonts_have_and_marks_the_rest() -> None:
    assert fonts.printable("钟㛃 👍 한") == "钟㛃 □ □"


def test_printable_is_one_line_without_invisible_characters() -> None:
    assert fonts.printable("a\nb\tc\u200bd\x00e\ufe0f\u202e") == "a b cde"


def test_printable_composes_accents() -> None:
    assert fonts.printable("e\u0301") == "é"


def test_typesetter_finds_both_weights_of_both_families() -> None:
    found = {(font.family, font.weight) for font in fonts.typeset().fonts()}
    assert {(family, weight) for family in fonts.FAMILIES for weight in (400, 700)} <= found
    assert (fonts.MONO, 700) in found
