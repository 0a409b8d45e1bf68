"""Which asset of the centre a row is.

A row is, in this order: the one asset with its serial number, tag or code; the asset that an earlier import made of the
same row, if it still is the same thing; an asset without numbers that is like the row in everything and was made of a row
that moved. An asset is matched once. Running an import twice therefore adds nothing twice.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from server.exchange.existing import Existing, Held
from server.exchange.rows import Reading
from server.exchange.values import fold_serial
from server.exchange.vocabulary import fold


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """The asset of a row, and whether its serial number is another one now."""

    held: Held
    serial_changed: bool = False


class Matcher:
    """Matches the rows of one customer's register. `category_of` and `space_of` give the ids a row would have, if they exist."""

    def __init__(
        self,
        existing: Existing,
        customer: str,
        *,
        category_of: Callable[[Reading], str | None],
        space_of: Callable[[Reading], str | None],
    ) -> None:
        self.existing = existing
        self.customer = customer
        self.category_of = category_of
        self.space_of = space_of
        self._claimed: set[str] = set()

    def match(self, readings: list[Reading]) -> dict[int, Match]:
        """Row index -> its asset, deleted ones too (they say: do not add it again)."""
        found: dict[int, Match] = {}
        shared = {key for key, count in _count(reading.serial for reading in readings).items() if count > 1}
        numbered = [reading for reading in readings if reading.known_by_itself]
        # First what agrees in row or model too, so that of two assets with one serial number each gets its own.
        for strict in (True, False):
            for reading in numbered:
                if reading.index not in found:
                    held = self._by_number(reading, strict=strict, shared=reading.serial in shared)
                    if held is not None:
                        found[reading.index] = self._claim(Match(held=held))
        for reading in readings:
            if reading.index not in found and (match := self._by_row(reading)) is not None:
                found[reading.index] = self._claim(match)
        self._by_likeness([reading for reading in readings if reading.index not in found], found)
        return found

    def _claim(self, match: Match) -> Match:
        self._claimed.add(match.held.id)
        return match

    def _free(self, candidates: Iterable[Held]) -> list[Held]:
        """Those that are not matched yet, living ones first."""
        return sorted((held for held in candidates if held.id not in self._claimed), key=lambda held: held.deleted)

    def _by_number(self, reading: Reading, *, strict: bool, shared: bool) -> Held | None:
        existing, customer = self.existing, self.customer
        for number, index in (
            (reading.serial, existing.by_serial),
            (reading.tag, existing.by_tag),
            (reading.code, existing.by_code),
        ):
            free = self._free(index.get((customer, number), ())) if number else []
            if not free:
                continue
            same = [held for held in free if held.doc.get("source") == reading.row.key]
            if same:
                return same[0]
            alike = [held for held in free if self._same_model(reading, held)]
            if alike and (not strict or len(alike) == 1 == len(free)):
                return alike[0]
            if not strict and not shared:
                return free[0]
        return None

    def _by_row(self, reading: Reading) -> Match | None:
        for held in self._free(self.existing.from_source("asset", reading.row.key)):
            if self._customer_of(held) != self.customer or not self._same_model(reading, held):
                continue
            serial = fold_serial(held.doc.get("serial") or "")
            if not reading.serial or not serial or serial == reading.serial:
                return Match(held=held)
            if not held.deleted and self._same_keeper(reading, held):
                return Match(held=held, serial_changed=True)
        return None

    def _by_likeness(self, readings: list[Reading], found: dict[int, Match]) -> None:
        """Rows that moved: in sheet order, the first asset without numbers that is the same in everything."""
        wanted = [reading for reading in readings if not reading.known_by_itself]
        if not wanted:
            return
        pool: dict[tuple[Any, ...], list[Held]] = {}
        for (kind, source), group in self.existing.by_source.items():
            if kind != "asset" or not source.startswith("sheet:"):
                continue
            for held in self._free(group):
                doc = held.doc
                if not doc.get("serial") and not doc.get("asset_tag") and self._customer_of(held) == self.customer:
                    pool.setdefault(_likeness(doc, doc.get("category"), doc.get("space")), []).append(held)
        if not pool:
            return
        for reading in wanted:
            like = pool.get(_likeness(reading.values, self.category_of(reading), self.space_of(reading)))
            if like:
                found[reading.index] = self._claim(Match(held=like.pop(0)))

    def _customer_of(self, held: Held) -> str | None:
        site = self.existing.records.get(held.doc.get("site") or "")
        return held.doc.get("customer") or (site.doc.get("customer") if site else None)

    def _same_model(self, reading: Reading, held: Held) -> bool:
        model, category = reading.values.get("model"), self.category_of(reading)
        if fold(model or "") != fold(held.doc.get("model") or ""):
            return False
        return bool(model) or category is None or category == held.doc.get("category")

    def _same_keeper(self, reading: Reading, held: Held) -> bool:
        person, space = reading.values.get("person"), self.space_of(reading)
        return bool((person and person == held.doc.get("person")) or (space and space == held.doc.get("space")))


def _likeness(values: dict[str, Any], category: str | None, space: str | None) -> tuple[Any, ...]:
    same = tuple(fold(values.get(field) or "") for field in ("manufacturer", "model", "person", "department"))
    return (category, space, values.get("purchased_on"), *same)


def _count(keys: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for key in keys:
        if key:
            counts[key] = counts.get(key, 0) + 1
    return counts
