"""The records a plan adds, so that a later row that names the same customer, room or category meets them again."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from server.exchange.existing import Existing, Held
from server.exchange.options import Options, building_code
from server.exchange.places import Place, fold_building, number_in, room_number
from server.exchange.vocabulary import CATEGORY_BY_WORD, fold
from server.labels import patterns
from sync.drafts import Draft

NO_BUILDING: Final = "D00"
"""Building part of the codes of rooms that stand in no building."""


class Additions:
    """Collects drafts row by row: `begin` a row, ask for records (made if they are not there), `take` its drafts."""

    def __init__(self, options: Options, existing: Existing, new_id: Callable[[], str]) -> None:
        self.options = options
        self.existing = existing
        self._new_id = new_id
        self._row = 0
        self._drafts: list[Draft] = []
        self._customers: dict[str, str] = {}
        self._sites: dict[tuple[str, str], str] = {}
        self._site_customer: dict[str, str] = {}
        self._spaces: dict[tuple[str, str, str, str], str] = {}
        self._building_codes: dict[tuple[str, str], str] = {}
        self._given_codes: dict[str, set[str]] = {}
        self._categories: dict[str, tuple[str, bool]] = {}
        self._category_keys: dict[str, str] = {}
        self._numbers: dict[str, patterns.Numbers] = {}
        self._reserved: set[str] = set()
        self._pattern = patterns.parse(options.code_pattern) if options.assign_codes else None

    def begin(self, row: int) -> None:
        """Start the drafts of row `row`, which is their group number."""
        self._row = row
        self._drafts = []

    def take(self) -> tuple[Draft, ...]:
        """The drafts since `begin`."""
        return tuple(self._drafts)

    def create(self, kind: str, values: Mapping[str, Any]) -> str:
        """Draft a new record; values that are None or empty are left out. Returns its id."""
        id = self._new_id()
        kept = {field: value for field, value in values.items() if value not in (None, "")}
        self._drafts.append(Draft(kind=kind, record=id, values=kept, base={}, group=self._row))
        return id

    def update(self, held: Held, values: Mapping[str, Any]) -> None:
        """Draft new values of a record, based on the ones that were seen; nothing when there are none."""
        if values:
            base = {field: held.writers.get(field) for field in values}
            self._drafts.append(Draft(kind=held.kind, record=held.id, values=dict(values), base=base, group=self._row))

    # --- places ---

    def customer(self, name: str, **more: Any) -> str:
        """The customer of that name."""
        key = fold(name)
        if key not in self._customers:
            held = self.existing.customers_by_name.get(key)
            self._customers[key] = held.id if held else self.create("customer", {"name": name, **more})
        return self._customers[key]

    def know_customer(self, name: str, id: str) -> None:
        """From here on, `name` is the customer `id`."""
        self._customers[fold(name)] = id

    def find_site(self, customer: str, name: str) -> str | None:
        """The id of a customer's site by name, if it is there or was added."""
        held = self.existing.sites_by_name.get((customer, fold(name)))
        return self._sites.get((customer, fold(name))) or (held.id if held else None)

    def site(self, customer: str, name: str, **more: Any) -> str:
        """The customer's site of that name."""
        found = self.find_site(customer, name)
        if found is None:
            found = self.create("site", {"customer": customer, "name": name, "tz": self.options.tz, **more})
        self._sites[customer, fold(name)] = found
        return found

    def find_space(self, site: str, parent: str | None, type: str, name: str, code: str | None = None) -> str | None:
        """The id of a space by its place in the tree and its name or code, if it is there or was added.

        By code, because `2层` and `Floor 2` are one floor.
        """
        for word in (fold_building(name) if type == "building" else fold(name), fold(code or "")):
            key = (site, parent or "", type, word)
            held = self.existing.spaces_by_name.get(key)
            found = self._spaces.get(key) or (held.id if held else None)
            if word and found is not None:
                return found
        return None

    def space(self, site: str, parent: str | None, type: str, name: str, **more: Any) -> str:
        """The space of that type and name below `parent` (None: below the site)."""
        found = self.find_space(site, parent, type, name, more.get("code") if type != "building" else None)
        if found is None:
            found = self.create("space", {"site": site, "parent": parent, "type": type, "name": name, **more})
        self._spaces[site, parent or "", type, fold_building(name) if type == "building" else fold(name)] = found
        return found

    def find_place(self, site: str, place: Place, rack: str = "") -> str | None:
        """The space of a place if every part of it is there; None otherwise, and for no place at all."""
        found: str | None = None
        for type, name, more in self._levels(place, rack):
            found = self.find_space(site, found, type, name, more.get("code"))
            if found is None:
                return None
        return found

    def place(self, site: str, place: Place, rack: str = "", *, building_label: str | None = None) -> str | None:
        """The space of a place, with the building, floor and room above it; None for no place at all."""
        found: str | None = None
        for type, name, more in self._levels(place, rack):
            if type == "building" and self.find_space(site, found, type, name) is None:
                more = {"code": self.building_code(site, place.building, label=building_label)}
            found = self.space(site, found, type, name, **more)
        return found

    def _levels(self, place: Place, rack: str) -> list[tuple[str, str, dict[str, Any]]]:
        levels: list[tuple[str, str, dict[str, Any]]] = []
        if place.building:
            levels.append(("building", place.building[:200], {}))
        if place.floor is not None:
            levels.append(
                ("floor", self._floor_name(place.floor), {"code": floor_code(place.floor), "order": place.floor})
            )
        if place.room:
            number = room_number(place.room)
            code = number if number or not re.fullmatch(r"[A-Z0-9]{1,8}", place.room) else place.room
            order = int(number) if number.isdigit() and number.isascii() else None
            levels.append(("room", place.room[:200], {"code": code or None, "order": order}))
        if rack:
            levels.append(("rack", rack[:200], {}))
        return levels

    def _floor_name(self, floor: int) -> str:
        if self.options.lang == "en":
            return f"Floor {floor}" if floor > 0 else f"Basement {-floor}"
        return f"{floor}层" if floor > 0 else f"地下{-floor}层"

    # --- categories ---

    def find_category(self, text: str) -> str | None:
        """The id of a category by any of its names, if it is there or was added."""
        return next((id for word in _category_words(text) if (id := self._category_id(word))), None)

    def category(self, text: str, *, stated: bool = False) -> tuple[str, bool]:
        """(id, whether it is a known one). `stated`: the source defines its own categories, so a new one is no surprise."""
        found = self.find_category(text)
        if found is not None:
            return found, self._categories.get(fold(text), ("", True))[1]
        word = CATEGORY_BY_WORD.get(fold(text))
        key = word.key if word else self._free_category_key(text)
        name = {"zh": word.zh, "en": word.en} if word else {"zh": text, "en": text}
        id = self.create("category", {"key": key, "name": name, "icon": word.icon if word else "box"})
        made = (id, word is not None or stated)
        for alias in _category_words(text):
            self._categories[alias] = made
        self._category_keys[id] = key
        return made

    def category_key(self, id: str) -> str:
        """The key of a category, for codes."""
        held = self.existing.records.get(id)
        return self._category_keys.get(id) or (str(held.doc.get("key") or "") if held else "")

    def _category_id(self, word: str) -> str | None:
        held = self.existing.categories.get(word)
        return self._categories[word][0] if word in self._categories else held.id if held else None

    def _free_category_key(self, text: str) -> str:
        """A short key that no category has: the name's own letters, or `c1`, `c2` … for a Chinese name."""
        slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40]
        number = 1
        key = slug or "c1"
        while fold(key) in self.existing.categories or key in self._category_keys.values():
            number += 1
            key = f"{slug}-{number}" if slug else f"c{number}"
        return key

    # --- codes ---

    def building_code(self, site: str, building: str, *, label: str | None = None) -> str:
        """The code of a building: the one it has, else the one that was chosen, else the next free one."""
        key = (site, fold_building(building))
        if key in self._building_codes:
            return self._building_codes[key]
        held = self.existing.spaces_by_name.get((site, "", "building", key[1]))
        chosen = self.options.buildings.get(label if label is not None else building)
        if held is not None and held.doc.get("code"):
            code = str(held.doc["code"])
        elif chosen:
            code = building_code(chosen)
        elif not building:
            code = NO_BUILDING
        else:
            code = propose_code(building, self._used_building_codes(site))
        self._building_codes[key] = code
        self._given_codes.setdefault(site, set()).add(code)
        return code

    def _used_building_codes(self, site: str) -> set[str]:
        """Codes of the site, and those that were chosen for buildings yet to come."""
        chosen = {building_code(code) for code in self.options.buildings.values() if code}
        return {*self.existing.building_codes.get(site, {}).values(), *self._given_codes.get(site, set()), *chosen}

    def reserve(self, codes: set[str]) -> None:
        """Codes that the register itself names: they are not allotted to others. Call before the first row."""
        self._reserved |= codes

    def asset_code(self, customer: str, values: Mapping[str, str]) -> str:
        """The next position code with these values. Raises `patterns.PatternError`."""
        assert self._pattern is not None
        numbers = self._numbers.get(customer)
        if numbers is None:
            numbers = patterns.Numbers(self._pattern, self.existing.codes.get(customer, set()) | self._reserved)
            self._numbers[customer] = numbers
        return numbers.next(values)

    @property
    def code_fields(self) -> tuple[str, ...]:
        """The values that the pattern needs."""
        return self._pattern.fields if self._pattern else ()


def floor_code(floor: int) -> str:
    """2 -> 02, -1 -> B1."""
    return f"{floor:02d}" if floor > 0 else f"B{-floor}"


def room_part(place: Place) -> str:
    """Floor and room for a code: 0210; 0200 where only the floor is known, 0000 where not even that is."""
    number = room_number(place.room)
    if number and len(number) <= 4:
        return number
    if place.floor is None:
        return "0000"
    return f"{floor_code(place.floor)}00"


def propose_code(building: str, used: set[str]) -> str:
    """`D` and the number in the building's name, else the lowest number that is free."""
    number = number_in(building)
    if number is not None and f"D{number:02d}" not in used:
        return f"D{number:02d}"
    free = next(n for n in range(1, 100_000) if f"D{n:02d}" not in used)
    return f"D{free:02d}"


def _category_words(text: str) -> tuple[str, ...]:
    word = CATEGORY_BY_WORD.get(fold(text))
    return (fold(text),) if word is None else (fold(text), *word.words)
