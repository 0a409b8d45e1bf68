"""Where a thing stands, read from a clerk's words: building, floor and room."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import msgspec

_NUMERALS: Final = {
    char: digit
    for digit, chars in enumerate(("零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for char in chars
}
_TEN: Final = "十拾"
_NUMBER: Final = r"(?:\d{1,3}|[一壹二贰两三叁四肆五伍六陆七柒八捌九玖十拾]{1,3})"
_BASEMENT: Final = r"(?:地下|负|-|[Bb](?=\d))"
_FLOOR: Final = re.compile(rf"({_BASEMENT})?\s*({_NUMBER})\s*(?:楼层|楼(?!栋|宇)|层|[Ff](?![A-Za-z]))")
_STOREY: Final = re.compile(rf"({_BASEMENT})?\s*({_NUMBER})\s*层")
_FLOOR_EN: Final = re.compile(
    r"(?i)\b(?:floor|level|fl\.?)\s*(-|b)?\s*(\d{1,3})\b|\b(\d{1,3})(?:st|nd|rd|th)\s+(?:floor|level|fl\.?)|\b(basement)\b"
)
_ROOM: Final = re.compile(
    r"^(?P<before>.*?)[\s\-_/#,，、·:：]*(?P<room>[A-Za-z]{0,2}\d{3,5}[A-Za-z]?)\s*(?:号?(?:室|房间|房)|号)?$"
)
_NAMED_ROOM: Final = re.compile(
    r"(?P<number>[A-Za-z]{0,2}\d{3,5}[A-Za-z]?)(?:\s*号?(?:室|房间|房))?[\s\-_/,，、·:：]*(?P<name>[^\W\d_号楼栋幢层座区期年][^\d]*)"
)
"""A number and a name: `0201 值班室`, `0201值班室`, `0201-Duty office`."""
_ROOM_EN: Final = re.compile(r"(?i)\b(?:room|rm\.?|office)\s*#?\s*")
_SEPARATORS: Final = " \t-_/\\,，、·:：|>"
_ROOM_WORDS: Final = ("室", "机房", "间", "库", "房", "厅")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place as far as the words go. `floor` is `3`, `-1` …; `stated_floor` is False where it was taken from the room's number.

    `doubt` is `floor_room_mismatch` where the room's number names another floor than the words.
    """

    building: str = ""
    floor: int | None = None
    room: str = ""
    stated_floor: bool = True
    doubt: str | None = None


def to_number(text: str) -> int:
    """`12`, `十二`, `拾贰`, `贰` -> a number; raises ValueError for anything else."""
    if text.isdigit():
        return int(text)
    for ten in _TEN:
        if ten in text:
            tens, _, units = text.partition(ten)
            return (to_number(tens) if tens else 1) * 10 + (to_number(units) if units else 0)
    if not text or any(char not in _NUMERALS for char in text):
        raise ValueError(text)
    return int("".join(str(_NUMERALS[char]) for char in text))


@lru_cache(maxsize=16_384)
def fold_building(name: str) -> str:
    """For matching: 壹号楼, 一号楼, 1号楼 and 1＃楼 are one building."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = re.sub(r"[\s\-_,，、·.。:：()（）]+", "", plain).replace("#", "号").replace("幢", "栋")
    return re.sub(
        r"([一壹二贰两三叁四肆五伍六陆七柒八捌九玖十拾]{1,3})(?=号|栋|座|区|期)", lambda m: str(to_number(m[1])), plain
    )


def number_in(name: str) -> int | None:
    """The number a building's name holds (壹号栋 -> 1), if it holds just one."""
    found = re.findall(r"\d+", fold_building(name))
    return int(found[0]) if len(found) == 1 and 0 < int(found[0]) < 100 else None


@lru_cache(maxsize=16_384)
def floor_of_room(room: str) -> int | None:
    """The floor that a room's number names: 0210 and 210 -> 2, 1203 -> 12, B101 -> -1."""
    match = re.fullmatch(r"([A-Za-z]{0,2})(\d{3,4})[A-Za-z]?", room)
    if match is None:
        return None
    floor = int(match[2][:-2])
    if match[1].upper() == "B":
        return -(int(match[2][0]) or 1)
    return floor if floor else None


def room_number(room: str) -> str:
    """The number that a room's text is or begins with (`0201 值班室` -> 0201); empty where it has none."""
    match = re.match(r"[A-Za-z]{0,2}\d{2,5}[A-Za-z]?(?=\s|$)", room)
    return match[0] if match else ""


@lru_cache(maxsize=65_536)
def read_place(text: str) -> Place:
    """Building, floor and room of `办公楼壹号栋2楼0214室`, `业务大厅-0820`, `壹号楼2层0210`, `Building 1, Floor 2, Room 0210` …"""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if match := _find_floor(plain):
        start, end, floor = match
        building = _trim(plain[:start])
        room = _trim_room(plain[end:])
        doubt = None
        named = floor_of_room(room_number(room))
        if named is not None and named != floor and re.fullmatch(r"\d{4}", room_number(room)):
            doubt = "floor_room_mismatch"
        return Place(building=building, floor=floor, room=room, doubt=doubt)
    bare = _ROOM_EN.sub(" ", plain).strip()
    if match := _ROOM.match(bare):
        room = match["room"].upper()
        return Place(building=_trim(match["before"]), floor=floor_of_room(room), room=room, stated_floor=False)
    if match := _NAMED_ROOM.fullmatch(bare):
        number = match["number"].upper()
        room = f"{number} {_trim(match['name'])}"
        return Place(floor=floor_of_room(number), room=room, stated_floor=False)
    for mark in (" - ", "/", "-", ">", "|", "、", "，", ",", " "):
        head, found, tail = plain.partition(mark)
        if found and _trim(head) and _trim(tail) and (not plain.isascii() or mark != " "):
            return Place(building=_trim(head), room=_trim_room(tail), stated_floor=False)
    if plain.endswith(_ROOM_WORDS) and not plain.endswith("大厅"):
        return Place(room=_trim(plain), stated_floor=False)
    return Place(building=_trim(plain), stated_floor=False)


def read_parts(building: str, floor: str, room: str) -> Place:
    """The same from columns of their own; what the room's column says beyond the room is understood too."""
    inner = read_place(room) if room.strip() else Place(stated_floor=False)
    level, stated = inner.floor, inner.stated_floor
    if floor.strip():
        level = _read_floor(floor)
        stated = level is not None
        if level is None:
            level = inner.floor
    doubt = inner.doubt
    number = room_number(inner.room)
    named = floor_of_room(number)
    if stated and named is not None and level is not None and named != level and re.fullmatch(r"\d{4}", number):
        doubt = "floor_room_mismatch"
    name = _trim(" ".join(unicodedata.normalize("NFKC", building).split())) or inner.building
    # A room called by a name alone reads as a building; with a building in its own column it is a room.
    last = inner.room or (inner.building if building.strip() else "")
    return Place(building=name, floor=level, room=_trim_room(last), stated_floor=stated, doubt=doubt)


def _read_floor(text: str) -> int | None:
    plain = unicodedata.normalize("NFKC", text).strip()
    if match := _find_floor(plain):
        return match[2]
    if match := re.fullmatch(rf"({_BASEMENT})?\s*({_NUMBER})(?:\.0)?", plain):
        return -to_number(match[2]) if match[1] else to_number(match[2])
    return None


def _find_floor(plain: str) -> tuple[int, int, int] | None:
    """(start, end, floor) of the words that name the floor. In `2楼3层` the 层 is the floor and 2楼 the building."""
    if match := _FLOOR_EN.search(plain):
        if match[4]:
            return match.start(), match.end(), -1
        number = int(match[2] or match[3])
        return match.start(), match.end(), -number if match[1] else number
    match = _STOREY.search(plain) or _FLOOR.search(plain)
    if match is None:
        return None
    try:
        number = to_number(match[2])
    except ValueError:
        return None
    # A dash before the number separates (`A座-2层`) unless nothing stands before it.
    below = match[1] is not None and (match[1] != "-" or not plain[: match.start()].strip(_SEPARATORS))
    return match.start(), match.end(), -number if below else number


def _trim(text: str) -> str:
    return text.strip(_SEPARATORS)


def _trim_room(text: str) -> str:
    room = _trim(_ROOM_EN.sub(" ", text))
    if match := re.fullmatch(r"([A-Za-z]{0,2}\d{2,5}[A-Za-z]?)\s*(?:号?(?:室|房间|房)|号)?", room):
        return match[1].upper()
    if match := _NAMED_ROOM.fullmatch(room):
        return f"{match['number'].upper()} {_trim(match['name'])}"
    return room
