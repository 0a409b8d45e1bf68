"""Cells into values: dates, decimals, serial numbers, states. Nothing is guessed that could be two things."""

import datetime
import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal

import msgspec

from server.exchange.vocabulary import (
    BRANDS,
    CRITICALITY_BY_WORD,
    STATUS_BY_WORD,
    fold,
    says_nothing,
)

DateOrder = Literal["ymd", "dmy", "mdy"]
FIRST_YEAR: Final = 1950
LAST_YEAR: Final = 2100
LINE_LIMIT: Final = 200
TEXT_LIMIT: Final = 10_000

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_DIGITS: Final = {
    char: digit
    for digit, chars in enumerate(("〇零○", "一", "二", "三", "四", "五", "六", "七", "八", "九"))
    for char in chars
}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class Read(msgspec.Struct, frozen=True):
    """What a cell says: its value, or `code` saying why there is none (`nothing`: it says so itself)."""

    value: str | None = None
    code: str | None = None


def clean_text(text: str) -> str:
    """Text of several lines: control characters and outer spaces gone, line ends as `\\n`."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " "))
    return "\n".join(line.strip() for line in text.replace("\u3000", " ").split("\n")).strip()


@lru_cache(maxsize=65_536)
def clean_line(text: str) -> str:
    """Text of one line: runs of spaces become one, full-width letters, digits and ASCII signs half-width ones inside words."""
    line = " ".join(clean_text(text).split())
    if any("\uff10" <= char <= "\uff5a" for char in line):
        line = "".join(chr(ord(char) - 0xFEE0) if _full_width_word(char) else char for char in line)
    return line


def _full_width_word(char: str) -> bool:
    return (
        char in "－＿．／＃"
        or "\uff10" <= char <= "\uff19"
        or "\uff21" <= char <= "\uff3a"
        or "\uff41" <= char <= "\uff5a"
    )


@lru_cache(maxsize=65_536)
def read_serial(text: str) -> Read:
    """A serial number or tag as printed, half-width, without a leading `S/N:`."""
    if says_nothing(text):
        return Read(None, "nothing" if text.strip() else None)
    serial = clean_line(unicodedata.normalize("NFKC", text))
    serial = re.sub(r"^(?:s/?n|serial(?: ?(?:no|number))?\.?|序列号)\s*[:：]\s*", "", serial, flags=re.IGNORECASE)
    return Read(serial) if serial and not says_nothing(serial) else Read(None, "nothing")


@lru_cache(maxsize=65_536)
def fold_serial(serial: str) -> str:
    """For matching: `pf2x 8y1a` and `PF2X8Y1A` are one serial number."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", serial)).upper()


@lru_cache(maxsize=65_536)
def read_date(text: str, order: DateOrder | None = None) -> Read:
    """A civil date, as much of it as is written: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.

    Codes: `nothing`, `unreadable_date`, `ambiguous_date` (03/04/2021 while `order` is None).
    """
    if says_nothing(text):
        return Read(None, "nothing" if text.strip() else None)
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if any(char in plain for char in "〇零○一二三四五六七八九十"):
        plain = _arabic(plain)
    plain = re.sub(r"[t\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(z|[+-]\d{2}:?\d{2})?$", "", plain)
    if match := re.fullmatch(r"(\d{4})(\d{2})(\d{2})", plain):
        return _civil(match[1], match[2], match[3])
    if match := re.fullmatch(r"(\d{4})\s*[-/.年,]\s*(\d{1,2})\s*[-/.月,]\s*(\d{1,2})\s*[日号]?", plain):
        return _civil(match[1], match[2], match[3])
    if match := re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*(?:月份?)?", plain):
        return _civil(match[1], match[2], None)
    if match := re.fullmatch(r"(\d{4})\s*年?", plain):
        return _civil(match[1], None, None)
    if match := re.fullmatch(r"(\d{4})(\d{2})", plain):
        return _civil(match[1], match[2], None)
    if match := re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", plain):
        return _western(int(match[1]), int(match[2]), match[3], order)
    if re.fullmatch(r"[2-5]\d{4}", plain):
        # A spreadsheet's day number (days since 1899-12-30) that lost its format.
        return Read((datetime.date(1899, 12, 30) + datetime.timedelta(days=int(plain))).isoformat())
    return _named_month(plain)


def _western(a: int, b: int, year: str, order: DateOrder | None) -> Read:
    if a > 12 or (b <= 12 and order == "dmy"):
        return _civil(year, str(b), str(a))
    if b > 12 or order == "mdy" or a == b:
        return _civil(year, str(a), str(b))
    return Read(None, "ambiguous_date")


def _named_month(plain: str) -> Read:
    """`3 Mar 2021`, `March 3, 2021`, `Mar-2021`."""
    match = re.fullmatch(
        r"(?:(\d{1,2})(?:st|nd|rd|th)?[\s\-./]+)?([a-z]{3})[a-z]*\.?[\s\-./,]+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})",
        plain,
    )
    if match is None or match[2] not in _MONTHS or (match[1] and match[3]):
        return Read(None, "unreadable_date")
    return _civil(match[4], str(_MONTHS.index(match[2]) + 1), match[1] or match[3])


def _civil(year: str, month: str | None, day: str | None) -> Read:
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        return Read(None, "unreadable_date")
    try:
        date = datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return Read(None, "unreadable_date")
    return Read(date.isoformat()[: 10 if day else 7 if month else 4])


def _arabic(text: str) -> str:
    """`二〇一六年十二月三日` -> `2016年12月3日`."""

    def number(match: re.Match[str]) -> str:
        tens, found, units = match[0].partition("十")
        if not found:
            return "".join(str(_DIGITS[char]) for char in match[0])
        return f"{_DIGITS.get(tens, 1)}{_DIGITS.get(units, 0)}"

    return re.sub(r"[〇零○一二三四五六七八九十]+", number, text)


def guess_date_order(texts: list[str]) -> DateOrder | None:
    """Day or month first? Only where some date of the column leaves no doubt and none says otherwise."""
    first = second = False
    for text in texts:
        if match := re.fullmatch(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}\s*", unicodedata.normalize("NFKC", text)):
            first = first or int(match[1]) > 12
            second = second or int(match[2]) > 12
    return None if first == second else ("dmy" if first else "mdy")


@lru_cache(maxsize=16_384)
def read_decimal(text: str) -> Read:
    """An amount as `-?digits[.digits]`: currency signs, thousands commas and 万 are understood. Code `unreadable_number`."""
    if says_nothing(text) and "0" not in text:
        return Read(None, "nothing" if text.strip() else None)
    plain = re.sub(r"(?i)rmb|cny|usd|eur|[¥￥$€元\s]", "", unicodedata.normalize("NFKC", text))
    match = re.fullmatch(r"(-?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(万)?", plain, re.ASCII)
    if match is None:
        return Read(None, "unreadable_number")
    digits, fraction = match[2].replace(",", ""), (match[3] or "")[1:]
    if match[4]:
        digits, fraction = digits + fraction[:4].ljust(4, "0"), fraction[4:]
    digits = digits.lstrip("0") or "0"
    fraction = fraction[:9].rstrip("0")
    if len(digits) > 12:
        return Read(None, "unreadable_number")
    return Read(f"{match[1]}{digits}{'.' + fraction if fraction else ''}")


@lru_cache(maxsize=4_096)
def read_status(text: str) -> Read:
    """An asset's status. Code `unknown_status`."""
    if says_nothing(text):
        return Read(None, "nothing" if text.strip() else None)
    found = STATUS_BY_WORD.get(fold(text))
    return Read(found) if found else Read(None, "unknown_status")


@lru_cache(maxsize=4_096)
def read_criticality(text: str) -> Read:
    """`low`, `normal` or `high`. Code `unknown_criticality`."""
    if says_nothing(text):
        return Read(None, "nothing" if text.strip() else None)
    found = CRITICALITY_BY_WORD.get(fold(text))
    return Read(found) if found else Read(None, "unknown_criticality")


@lru_cache(maxsize=16_384)
def split_maker(text: str) -> tuple[str, str]:
    """`联想启天M437` -> (`联想`, `启天M437`); the first word where the maker is not known; ("", text) for one word."""
    line = clean_line(text)
    for brand in BRANDS:
        if line.casefold().startswith(brand.casefold()):
            rest = line[len(brand) :].strip(" -/_")
            if rest and (not brand.isascii() or not line[len(brand)].isalnum()):
                return line[: len(brand)], rest
    maker, space, model = line.partition(" ")
    return (maker, model.strip()) if space else ("", line)
