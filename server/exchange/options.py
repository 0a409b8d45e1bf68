"""What a person decides before a register is taken in."""

import re
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from server.errors import Problem
from server.exchange.values import DateOrder
from server.labels import patterns


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answers. `customer` and `site` name records that exist; `customer_name` and `site_name` make new ones or meet
    those of that name. NetBox brings its own customers and sites; there they stand in where a record has none."""

    customer: str | None = None
    customer_name: str | None = None
    site: str | None = None
    site_name: str | None = None
    tz: str = "Asia/Shanghai"
    """IANA time zone of new sites."""
    lang: Literal["zh", "en"] = "zh"
    """Language of names that the import makes up, such as `2层` or `Floor 2`."""
    buildings: dict[str, str] = {}
    """Building as it is written in the register -> its code, such as `D01`; a bare number becomes `D` and two digits."""
    assign_codes: bool = True
    """Give position codes to assets with a place and without a code."""
    code_pattern: str = patterns.HOUSE
    date_order: DateOrder | None = None
    """For dates such as 03/04/2021; None: only what the column itself leaves no doubt about."""
    sheets: tuple[str, ...] = ()
    """Sheets to read, all with the same columns; empty: the first that holds equipment."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A building whose code is asked for: as it is written, the rows it stands in, and a proposal."""

    building: str
    rows: int
    code: str


def building_code(text: str) -> str:
    """`1`, `01` and `d01` -> `D01`; other codes of three or fewer letters and digits as they are, upper case.

    Raises `Problem("import_options")` for anything else.
    """
    code = text.strip().upper()
    if re.fullmatch(r"\d{1,2}", code):
        return f"D{int(code):02d}"
    if not re.fullmatch(r"[A-Z0-9]{1,8}", code):
        raise _refuse(
            "buildings",
            f"楼栋编号“{text}”应为字母和数字，例如 D01",
            f"the building code “{text}” must be letters and digits, such as D01",
        )
    return code


def check_options(options: Options) -> None:
    """Raise `Problem("import_options")` for a time zone, pattern or building codes that cannot be used."""
    try:
        if not options.tz:
            raise ValueError(options.tz)
        ZoneInfo(options.tz)
    except (ValueError, OSError, LookupError):
        raise _refuse(
            "tz",
            f"“{options.tz}”不是时区，例如 Asia/Shanghai",
            f"“{options.tz}” is no time zone; one is Asia/Shanghai",
        ) from None
    if options.assign_codes:
        try:
            patterns.parse(options.code_pattern)
        except patterns.PatternError as error:
            raise _refuse("code_pattern", error.zh.rstrip("。"), error.en.rstrip(".")) from None
    seen: dict[str, str] = {}
    for building, text in options.buildings.items():
        code = building_code(text)
        if code in seen:
            raise _refuse(
                "buildings",
                f"“{seen[code]}”与“{building}”的编号同为 {code}",
                f"“{seen[code]}” and “{building}” both have the code {code}",
            )
        seen[code] = building


def require_place(options: Options) -> None:
    """A spreadsheet does not say whose it is: customer and site must be given. Raises `Problem("import_options")`."""
    if not options.customer and not (options.customer_name or "").strip():
        raise _refuse("customer", "请选择客户，或填写新客户名称", "choose a customer, or give the name of a new one")
    if not options.site and not (options.site_name or "").strip():
        raise _refuse("site", "请选择场所，或填写新场所名称", "choose a site, or give the name of a new one")


def refuse_unknown(option: str, id: str) -> Problem:
    """The problem of an option that names a record which is not there."""
    return _refuse(option, f"找不到“{id}”", f"there is no “{id}”")


def _refuse(option: str, zh: str, en: str) -> Problem:
    return Problem("import_options", option=option, reason_zh=zh, reason_en=en)
