"""What the centre holds already, indexed the ways an import looks for it."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from server.exchange.places import fold_building
from server.exchange.values import fold_serial
from server.exchange.vocabulary import fold


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A record that exists: its values and, per field, the op that wrote it. Deleted ones too."""

    id: str
    kind: str
    doc: dict[str, Any]
    writers: dict[str, str] = {}
    deleted: bool = False


def _never(_: str) -> bool:
    return False


class Existing:
    """Customers, sites, spaces, categories and assets, handed over in this order. Made once per plan, never changed by it.

    `by_hand(op)` says whether an op came from somebody's phone or desk, not from an earlier import: such a value is
    never overwritten. `used_codes` are codes that assets had once and have no more.
    """

    def __init__(
        self,
        records: Iterable[Held] = (),
        *,
        by_hand: Callable[[str], bool] = _never,
        used_codes: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.by_hand = by_hand
        self.records: dict[str, Held] = {}
        self.by_source: dict[tuple[str, str], list[Held]] = {}
        self.customers_by_name: dict[str, Held] = {}
        self.sites_by_name: dict[tuple[str, str], Held] = {}
        self.spaces_by_name: dict[tuple[str, str, str, str], Held] = {}
        self.building_codes: dict[str, dict[str, str]] = {}
        self.categories: dict[str, Held] = {}
        self.by_serial: dict[tuple[str, str], list[Held]] = {}
        self.by_tag: dict[tuple[str, str], list[Held]] = {}
        self.by_code: dict[tuple[str, str], list[Held]] = {}
        self.codes: dict[str, set[str]] = {}
        self.site_codes: dict[str, list[str]] = {}
        for customer, code in used_codes:
            self.codes.setdefault(customer, set()).add(code)
        for held in records:
            self._add(held)

    def get(self, id: str | None, kind: str) -> Held | None:
        """A record that is not deleted, if it is of that kind."""
        held = self.records.get(id) if id else None
        return held if held is not None and held.kind == kind and not held.deleted else None

    def from_source(self, kind: str, source: str) -> list[Held]:
        """Records that an import found there before, deleted ones too."""
        return self.by_source.get((kind, source), [])

    def _add(self, held: Held) -> None:
        self.records[held.id] = held
        doc = held.doc
        if doc.get("source"):
            self.by_source.setdefault((held.kind, doc["source"]), []).append(held)
        if held.kind == "asset":
            self._add_asset(held)
        if held.deleted or not doc.get("name"):
            return
        if held.kind == "customer":
            for name in (doc["name"], doc.get("short_name")):
                if name:
                    self.customers_by_name.setdefault(fold(name), held)
        elif held.kind == "site":
            self.sites_by_name.setdefault((doc.get("customer") or "", fold(doc["name"])), held)
        elif held.kind == "space":
            self._add_space(held)
        elif held.kind == "category":
            for name in (doc.get("key"), doc["name"].get("zh"), doc["name"].get("en")):
                if name:
                    self.categories.setdefault(fold(name), held)

    def _add_space(self, held: Held) -> None:
        doc = held.doc
        site, type, parent = doc.get("site") or "", doc.get("type") or "", doc.get("parent") or ""
        name = fold_building(doc["name"]) if type == "building" else fold(doc["name"])
        self.spaces_by_name.setdefault((site, parent, type, name), held)
        if doc.get("code") and type != "building":
            self.spaces_by_name.setdefault((site, parent, type, fold(doc["code"])), held)
        if doc.get("code") and type == "building":
            self.building_codes.setdefault(site, {})[held.id] = doc["code"]

    def _add_asset(self, held: Held) -> None:
        doc = held.doc
        site = self.records.get(doc.get("site") or "")
        customer = doc.get("customer") or (site.doc.get("customer") if site else None) or ""
        if doc.get("code"):
            self.codes.setdefault(customer, set()).add(doc["code"])
            self.site_codes.setdefault(doc.get("site") or "", []).append(doc["code"])
            self.by_code.setdefault((customer, doc["code"].upper()), []).append(held)
        if doc.get("serial"):
            self.by_serial.setdefault((customer, fold_serial(doc["serial"])), []).append(held)
        if doc.get("asset_tag"):
            self.by_tag.setdefault((customer, fold_serial(doc["asset_tag"])), []).append(held)
