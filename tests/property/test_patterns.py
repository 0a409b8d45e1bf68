"""Code patterns: whatever the pattern and the history, a code is never given twice and can be read one way only."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.labels import patterns
from server.labels.patterns import COMPOSED, FIELDS, HOUSE, Exhausted, Numbers, PatternError, match, parse

ROOM = {"building": "D01", "room": "0210"}
VALUE = st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=5)


@st.composite
def slots(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A valid pattern with values that fit it."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=4))
    values: dict[str, str] = {name: draw(VALUE) for name in names}
    texts = [draw(st.sampled_from([f"{{{name}}}", f"{{{name}:{len(values[name])}}}"])) for name in names]
    texts.insert(draw(st.integers(0, len(texts))), draw(st.sampled_from(["{n}", "{n:1}", "{n:3}", "{n:2+}"])))
    literals = st.text(string.ascii_uppercase + string.digits, max_size=2)
    return "".join(f"{draw(literals)}{draw(st.sampled_from('-._'))}{text}" for text in texts), values


@given(slots(), st.integers(1, 999))
def test_a_formatted_code_reads_back_as_what_it_was_made_of(slot: tuple[str, dict[str, str]], n: int) -> None:
    source, values = slot
    pattern = parse(source)
    if pattern.last is not None and n > pattern.last:
        n = pattern.last
    code = patterns.format(pattern, values, n)
    found = match(pattern, code)
    assert found is not None
    assert int(found.pop("n")) == n
    assert found == values


@given(st.text("{}n:+3abroomAB9-._ 房", max_size=30))
def test_any_text_is_a_pattern_or_a_clear_refusal(text: str) -> None:
    try:
        pattern = parse(text)
    except PatternError as refusal:
        texts = (refusal.zh, refusal.en)
        assert all(texts)
    else:
        assert all(match(pattern, code) for code in patterns.preview(pattern))


@given(
    st.lists(st.sampled_from([ROOM, {"building": "D01", "room": "0211"}, {"building": "D02", "room": "0210"}])),
    st.sets(st.integers(1, 999), max_size=30),
    st.lists(st.text(max_size=12), max_size=5),
)
def test_numbers_never_repeat_and_keep_places_apart(
    orders: list[dict[str, str]], used: set[int], noise: list[str]
) -> None:
    pattern = parse(HOUSE)
    before = [patterns.format(pattern, ROOM, n) for n in used] + noise
    numbers = Numbers(pattern, [code.lower() for code in before])
    codes = [numbers.next(values) for values in orders]
    assert len({*codes, *before}) == len(codes) + len({*before})
    for values in orders:
        mine = [code for code, of in zip(codes, orders, strict=True) if of == values]
        first = max(used, default=0) + 1 if values == ROOM else 1
        if values != ROOM or first + len(mine) <= 999:
            assert mine == [patterns.format(pattern, values, n) for n in range(first, first + len(mine))]


@given(st.sets(st.integers(1, 9)), st.integers(1, 12))
def test_a_full_place_fills_its_gaps_then_refuses(used: set[int], wanted: int) -> None:
    pattern = parse("{room}-{n:1}")
    numbers = Numbers(pattern, [f"A-{n}" for n in used])
    got: list[str] = []
    for _ in range(wanted):
        try:
            got.append(numbers.next({"room": "A"}))
        except Exhausted as refusal:
            texts = (refusal.zh, refusal.en)
            assert all("{n:1+}" in text for text in texts)
            break
    assert len(got) == min(wanted, 9 - len(used))
    assert not {*got} & {f"A-{n}" for n in used}


def test_the_house_rule_gives_building_room_and_number() -> None:
    pattern = parse(HOUSE)
    assert patterns.format(pattern, ROOM, 9) == "D010210-009"
    assert match(pattern, "d010210-009") == {"building": "D01", "room": "0210", "n": "009"}
    assert pattern.fields == ("building", "room")
    assert pattern.last == 999


def test_the_composed_rule_gives_customer_category_location_and_number() -> None:
    pattern = parse(COMPOSED)
    assert patterns.format(pattern, {"customer": "jj", "category": "pc", "room": "B-12"}, 7) == "JJ-PC-B12-007"


def test_numbers_beyond_the_width_grow_only_where_the_pattern_says_so() -> None:
    assert Numbers(parse("A-{n:3+}"), ["A-999"]).next({}) == "A-1000"
    assert Numbers(parse("A-{n:3+}"), ["A-1000", "A-0999"]).next({}) == "A-1001"
    with pytest.raises(Exhausted, match=r"must be from 1 to 999"):
        patterns.format(parse("A-{n:3}"), {}, 1000)


def test_short_digits_are_filled_up_and_other_misfits_refused() -> None:
    pattern = parse(HOUSE)
    assert patterns.format(pattern, {"building": "D01", "room": "210"}, 1) == "D010210-001"
    with pytest.raises(PatternError, match=r"room's code “210A1” must have 4 characters; it has 5"):
        patterns.format(pattern, {"building": "D01", "room": "210A1"}, 1)
    with pytest.raises(PatternError, match=r"building's code is missing"):
        patterns.format(pattern, {"room": "0210"}, 1)
    with pytest.raises(PatternError, match=r"customer's short name “交警” can't be part of a code"):
        patterns.format(parse("{customer}-{n}"), {"customer": "交警"}, 1)
    with pytest.raises(PatternError, match=r"longer than 40 characters"):
        patterns.format(parse("{customer}-{n}"), {"customer": "X" * 40}, 1)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "has 1 to"),
        ("{room}", "exactly one running number {n}; this one has 0"),
        ("{n}-{n}", "this one has 2"),
        ("{room-{n}", "at character 1 has no partner"),
        ("room-{n}", "“r” in “room-”"),
        ("房-{n}", "“房”"),
        ("{rum}-{n}", "{rum} at character 1 is not known"),
        ("{room:0}-{n}", "must be from 1 to 20"),
        ("{n:10}", "must be from 1 to 9"),
        ("{room:3+}-{n}", "Only the number"),
        ("{building}{room}-{n}", "between {building} and {room}"),
        ("{room}{floor:2}{n}", "between {room} and {n}"),
        ("A" * 39 + "{n:3}", "at least 42 characters"),
    ],
)
def test_a_wrong_pattern_is_refused_with_what_to_do(source: str, reason: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse(source)
    assert reason in caught.value.en
    assert caught.value.zh != caught.value.en


def test_preview_shows_first_ninth_and_last() -> None:
    assert patterns.preview(parse(HOUSE)) == ["D010210-001", "D010210-009", "D010210-999"]
    assert patterns.preview(parse(HOUSE), {"building": "E07", "room": "12"}) == [
        "E070012-001",
        "E070012-009",
        "E070012-999",
    ]
    assert patterns.preview(parse("{n:1+}")) == ["1", "9", "10"]
