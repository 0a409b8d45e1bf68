"""Readable codes by a rule: patterns such as `{building:3}{room:4}-{n:3}`, which gives `D010210-009`.

A pattern is literal text (`A–Z 0–9 - . _`) with placeholders in braces:

    {room}      the value as it is, upper case, separators dropped: `b-12` gives `B12`
    {room:4}    exactly four characters; digits are filled up with zeros: `210` gives `0210`
    {n:3}       the running number with three digits, 001 to 999; then the place is full
    {n:3+}      at least three digits; after 999 comes 1000
    {n}         the same as {n:1+}

Every pattern has exactly one `{n}`. Numbers run separately for each combination of the other values: with the pattern
above, per room. Open widths (`{room}`, `{n:3+}`) must be kept apart by `-`, `.` or `_`, else codes can be read two ways.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import ascii_uppercase, digits

FIELDS: dict[str, tuple[str, str]] = {
    "customer": ("客户简称", "customer's short name"),
    "site": ("场所", "site"),
    "category": ("类别代号", "category's key"),
    "building": ("楼栋编号", "building's code"),
    "floor": ("楼层编号", "floor's code"),
    "room": ("房间编号", "room's code"),
    "rack": ("机柜编号", "rack's code"),
}
"""Placeholder -> what it stands for, in both languages."""

HOUSE = "{building:3}{room:4}-{n:3}"
"""The house rule `DZZXXXX-YYY`: building D01, floor and room 0210, number in the room 009."""
COMPOSED = "{customer}-{category}-{room}-{n:3}"
"""Customer, category, location, number."""

LONGEST = 40
"""Longest pattern and longest code, in characters: more can't be read on a label."""
SEPARATORS = "-._"
LITERALS = frozenset(ascii_uppercase + digits + SEPARATORS)
SAMPLES = {
    "customer": "JJ",
    "site": "ZD",
    "category": "PC",
    "building": "D01",
    "floor": "02",
    "room": "0210",
    "rack": "A01",
}
PART = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
SLOT = re.compile(r"([a-z]+)(?::([0-9]{1,2})(\+)?)?")


class PatternError(ValueError):
    """A pattern, or a value for it, that gives no code; the reason in both languages, with what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class Exhausted(PatternError):
    """Every number of a place was given away."""


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A placeholder: its field, its width (0: open), and whether a number may grow beyond it."""

    field: str
    width: int = 0
    grows: bool = False

    @property
    def open(self) -> bool:
        return self.width == 0 or self.grows


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A parsed pattern; made by `parse` only."""

    source: str
    parts: tuple[str | Slot, ...]
    regex: re.Pattern[str]

    @property
    def fields(self) -> tuple[str, ...]:
        """The values it needs, without the number."""
        return tuple(dict.fromkeys(part.field for part in self.parts if isinstance(part, Slot) and part.field != "n"))

    @property
    def number(self) -> Slot:
        return next(part for part in self.parts if isinstance(part, Slot) and part.field == "n")

    @property
    def last(self) -> int | None:
        """The highest number, or None where numbers grow."""
        return None if self.number.open else 10**self.number.width - 1


def parse(source: str) -> Pattern:
    """The pattern of a text; raises PatternError naming what is wrong and where."""
    source = source.strip()
    if not source or len(source) > 3 * LONGEST:
        raise PatternError(
            f"编码规则应有 1 至 {3 * LONGEST} 个字符，现为 {len(source)} 个。",
            f"A code pattern has 1 to {3 * LONGEST} characters; this one has {len(source)}.",
        )
    parts = tuple(part_of(found) for found in PART.finditer(source))
    numbers = sum(isinstance(part, Slot) and part.field == "n" for part in parts)
    if numbers != 1:
        raise PatternError(
            f"编码规则必须恰有一个流水号 {{n}}，现有 {numbers} 个。例如 {HOUSE}。",
            f"A code pattern has exactly one running number {{n}}; this one has {numbers}. Example: {HOUSE}.",
        )
    refuse_ambiguity(parts)
    shortest = sum(len(part) if isinstance(part, str) else max(part.width, 1) for part in parts)
    if shortest > LONGEST:
        raise PatternError(
            f"按此规则编码至少有 {shortest} 个字符，上限为 {LONGEST}。请缩短。",
            f"Codes of this pattern have at least {shortest} characters; {LONGEST} are allowed. Shorten it.",
        )
    return Pattern(source=source, parts=parts, regex=re.compile(regex_of(parts)))


def part_of(found: re.Match[str]) -> str | Slot:
    inside, literal, brace = found.groups()
    at = found.start() + 1
    if brace:
        raise PatternError(
            f"第 {at} 个字符“{brace}”没有配对的括号。", f"The brace “{brace}” at character {at} has no partner."
        )
    if literal is not None:
        wrong = [char for char in literal if char not in LITERALS]
        if wrong:
            raise PatternError(
                f"固定文字“{literal}”中的“{wrong[0]}”不可用：只能是大写字母 A–Z、数字和 - . _。",
                f"“{wrong[0]}” in “{literal}” can't be part of a code: use capitals A–Z, digits and - . _ only.",
            )
        return literal
    slot = SLOT.fullmatch(inside)
    if not slot or (slot[1] != "n" and slot[1] not in FIELDS):
        known = ", ".join(f"{{{name}}}" for name in [*FIELDS, "n"])
        raise PatternError(
            f"第 {at} 个字符处的 {{{inside}}} 不认识。可用：{known}，宽度写作 {{room:4}}。",
            f"{{{inside}}} at character {at} is not known. Use {known}; a width is written {{room:4}}.",
        )
    width = int(slot[2] or 0)
    if slot[2] and not 1 <= width <= (9 if slot[1] == "n" else 20):
        raise PatternError(
            f"{{{inside}}} 的宽度应为 1 至 {9 if slot[1] == 'n' else 20}。",
            f"The width in {{{inside}}} must be from 1 to {9 if slot[1] == 'n' else 20}.",
        )
    if slot[3] and slot[1] != "n":
        raise PatternError(
            f"只有流水号 {{n}} 可以带加号，{{{inside}}} 不可以。",
            f"Only the number {{n}} can grow; {{{inside}}} can't.",
        )
    if slot[1] == "n":
        return Slot(field="n", width=width or 1, grows=not width or bool(slot[3]))
    return Slot(field=slot[1], width=width)


def refuse_ambiguity(parts: tuple[str | Slot, ...]) -> None:
    """Two open widths need a separator between them: `{room}{n}` would read A11 as A1+1 and as A+11."""
    before: Slot | None = None
    for part in parts:
        if isinstance(part, str):
            if any(char in SEPARATORS for char in part):
                before = None
        elif part.open:
            if before:
                raise PatternError(
                    f"{{{before.field}}} 与 {{{part.field}}} 之间需要 - . _ 之一，或给其中一个定宽度，"
                    "否则编码会有两种读法。",
                    f"Put - . or _ between {{{before.field}}} and {{{part.field}}}, or give one of them a width: "
                    "otherwise a code can be read in two ways.",
                )
            before = part


def regex_of(parts: tuple[str | Slot, ...]) -> str:
    found: list[str] = []
    seen: set[str] = set()
    for part in parts:
        if isinstance(part, str):
            found.append(re.escape(part))
        elif part.field in seen:
            found.append(f"(?P={part.field})")
        else:
            seen.add(part.field)
            kind = "[0-9]" if part.field == "n" else "[A-Z0-9]"
            many = f"{{{part.width},}}" if part.grows else f"{{{part.width}}}" if part.width else "+"
            found.append(f"(?P<{part.field}>{kind}{many})")
    return "".join(found)


def clean(field: str, value: str, width: int = 0) -> str:
    """A value as it stands in a code: upper case, without spaces and separators; raises PatternError if it can't."""
    zh, en = FIELDS[field]
    folded = unicodedata.normalize("NFKC", value).upper()
    kept = "".join(char for char in folded if not char.isspace() and char not in "-._/\\()[]#")
    if not kept:
        raise PatternError(
            f"缺少{zh}：编码规则需要它，请先填写。",
            f"The {en} is missing: the code pattern needs it. Fill it in first.",
        )
    if not (kept.isascii() and kept.isalnum()):
        raise PatternError(
            f"{zh}“{value}”不能用于编码：只能是字母 A–Z 和数字。",
            f"The {en} “{value}” can't be part of a code: it must consist of letters A–Z and digits.",
        )
    if width and kept.isdigit():
        kept = kept.zfill(width)
    if width and len(kept) != width:
        raise PatternError(
            f"{zh}“{value}”应为 {width} 个字符，现为 {len(kept)} 个。",
            f"The {en} “{value}” must have {width} characters; it has {len(kept)}.",
        )
    return kept


def format(pattern: Pattern, values: Mapping[str, str], n: int) -> str:
    """The code of number `n` with these values. Raises PatternError for a missing or unfit value, Exhausted for `n`."""
    before, after = stem(pattern, values)
    return before + number(pattern, n) + after


def number(pattern: Pattern, n: int) -> str:
    if n < 1 or (pattern.last is not None and n > pattern.last):
        raise Exhausted(
            f"流水号应为 1 至 {pattern.last}，现为 {n}。",
            f"The running number must be from 1 to {pattern.last}, not {n}.",
        )
    return str(n).zfill(pattern.number.width)


def stem(pattern: Pattern, values: Mapping[str, str]) -> tuple[str, str]:
    """What stands before and after the number: the place within which numbers run."""
    texts: list[str] = []
    at = 0
    for part in pattern.parts:
        if isinstance(part, str):
            texts.append(part)
        elif part.field == "n":
            at = len(texts)
        else:
            texts.append(clean(part.field, values.get(part.field, ""), part.width))
    before, after = "".join(texts[:at]), "".join(texts[at:])
    if len(before) + len(after) + pattern.number.width > LONGEST:
        raise PatternError(
            f"编码“{before}…{after}”超过 {LONGEST} 个字符。请缩短其中的简称或编号。",
            f"The code “{before}…{after}” is longer than {LONGEST} characters. Shorten the names it is made of.",
        )
    return before, after


def match(pattern: Pattern, code: str) -> dict[str, str] | None:
    """The values inside `code` (the number under `n`, as text), or None if it is not of this pattern."""
    found = pattern.regex.fullmatch(code.strip().upper())
    if not found or int(found["n"]) < 1:
        return None
    if pattern.number.grows and len(found["n"]) > pattern.number.width and found["n"].startswith("0"):
        return None
    return found.groupdict()


def span(pattern: Pattern, code: str) -> tuple[int, int]:
    """Where the number stands in a code that matches."""
    found = pattern.regex.fullmatch(code)
    assert found
    return found.span("n")


class Numbers:
    """Gives out codes that were never given before.

    Invariants:
    1. A code in `used` is never returned, nor one returned earlier; compared without regard to case.
    2. The number is the highest ever used in the place plus one; gaps are filled only when the highest possible number
       is gone, because a gap may be a code whose label still sticks somewhere.
    3. When no number is left, `Exhausted` is raised and nothing is given away.

    `used` must hold every code that any asset of the customer ever had: deleted assets and earlier codes too.
    """

    def __init__(self, pattern: Pattern, used: Iterable[str]) -> None:
        self.pattern = pattern
        self._taken: dict[tuple[str, str], set[int]] = {}
        self._highest: dict[tuple[str, str], int] = {}
        for code in used:
            text = code.strip().upper()
            found = match(pattern, text)
            if found is not None:
                start, end = span(pattern, text)
                self._take((text[:start], text[end:]), int(found["n"]))

    def _take(self, place: tuple[str, str], n: int) -> None:
        self._taken.setdefault(place, set()).add(n)
        self._highest[place] = max(n, self._highest.get(place, 0))

    def next(self, values: Mapping[str, str]) -> str:
        """The next code for these values. Raises PatternError or Exhausted."""
        place = stem(self.pattern, values)
        n = self._highest.get(place, 0) + 1
        last = self.pattern.last
        if last is not None and n > last:
            taken = self._taken[place]
            n = next((free for free in range(1, last + 1) if free not in taken), 0)
            if not n:
                text, width = "…".join(place), self.pattern.number.width
                raise Exhausted(
                    f"“{text}”的 {last} 个流水号已全部用过。"
                    f"请把编码规则中的 {{n:{width}}} 改为 {{n:{width}+}}，或划分新的房间。",
                    f"All {last} numbers of “{text}” were used. "
                    f"Change {{n:{width}}} to {{n:{width}+}} in the code pattern, or divide the room.",
                )
        self._take(place, n)
        before, after = place
        return before + number(self.pattern, n) + after


def preview(pattern: Pattern, values: Mapping[str, str] | None = None) -> list[str]:
    """Three codes as the pattern gives them: number 1, number 9, and the last one (or the first that grows)."""
    given = values or {}
    fitted = {
        part.field: given.get(part.field) or fit(SAMPLES[part.field], part.width)
        for part in pattern.parts
        if isinstance(part, Slot) and part.field != "n"
    }
    end = pattern.last or 10**pattern.number.width
    return [format(pattern, fitted, n) for n in dict.fromkeys((1, 9, end))]


def fit(sample: str, width: int) -> str:
    """A sample value of exactly the wanted width, for previews."""
    return sample if not width else sample[-width:].rjust(width, "0")
