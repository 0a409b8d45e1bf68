"""The error table and the choice of language."""

import re
import string

import pytest

from server.errors import TABLE, TITLES, Problem, choose_lang, problem_body


def placeholders(text: str) -> set[str]:
    """Names of a text's parameters; a reason that comes in both languages counts as one."""
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return {re.sub("_(zh|en)$", "", name) for name in names}


@pytest.mark.parametrize("code", sorted(TABLE))
def test_each_code_says_the_same_in_both_languages(code: str) -> None:
    row = TABLE[code]
    assert row.status in TITLES
    assert placeholders(row.zh) == placeholders(row.en)
    # A text that is nothing but a reason in both languages says so in the reason.
    assert re.fullmatch(r"\{\w+_zh\}", row.zh) or any("\u4e00" <= char <= "\u9fff" for char in row.zh)
    assert not any("\u4e00" <= char <= "\u9fff" for char in row.en)


def test_a_code_outside_the_table_cannot_be_raised() -> None:
    with pytest.raises(LookupError, match="nonsense"):
        Problem("nonsense")


def test_a_missing_parameter_does_not_hide_the_error() -> None:
    assert Problem("too_large").text("en") == "The content is too large: at most – bytes are accepted. Send less."


def test_the_body_has_the_members_of_rfc_9457_and_the_parameters() -> None:
    body = problem_body(Problem("too_large", limit=10), "zh", "r-1")
    assert body == {
        "type": "/api/problems#too_large",
        "title": "内容过大",
        "status": 413,
        "detail": "内容过大：上限为 10 字节。请减小后重发。",
        "code": "too_large",
        "request_id": "r-1",
        "limit": 10,
    }


def test_parameters_cannot_replace_members_of_the_standard() -> None:
    assert problem_body(Problem("bad_request", status=200, reason="x"), "en", "r")["status"] == 400


@pytest.mark.parametrize(
    ("accept", "wanted", "expected"),
    [
        (None, None, "zh"),
        ("en", None, "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", None, "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", None, "en"),
        ("en;q=0.3, zh;q=0.7", None, "zh"),
        ("de, fr;q=0.9", None, "zh"),
        ("de, en;q=0.1", None, "en"),
        ("en;q=wrong", None, "zh"),
        ("zh", "en", "en"),
        ("en", "zh-CN", "zh"),
        ("en", "xx", "en"),
    ],
)
def test_language_follows_the_caller(accept: str | None, wanted: str | None, expected: str) -> None:
    assert choose_lang(accept, wanted) == expected
