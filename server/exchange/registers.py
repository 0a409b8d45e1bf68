"""Planning the import of a table of equipment: pure, from rows and what exists to drafts and verdicts."""

from collections.abc import Callable
from typing import Any

import msgspec

from server.exchange import mapping as columns
from server.exchange.additions import Additions, floor_code, propose_code, room_part
from server.exchange.existing import Existing
from server.exchange.mapping import Mapping
from server.exchange.matching import Match, Matcher
from server.exchange.options import Options, Question, check_options, refuse_unknown, require_place
from server.exchange.places import fold_building, number_in
from server.exchange.plan import Group, Plan, RowVerdict, Wrote, count
from server.exchange.reasons import Reason
from server.exchange.revision import revise
from server.exchange.rows import Reading, RowReader, read_rows
from server.exchange.tables import Table
from server.exchange.vocabulary import fold
from server.labels import patterns


def plan(table: Table, mapping: Mapping, options: Options, existing: Existing, new_id: Callable[[], str]) -> Plan:
    """What importing `table` would do. Writes nothing, reads no clock; `new_id` gives ids for new records (UUIDv7).

    Raises `Problem`: `import_no_columns`, `import_options`.
    """
    columns.check(mapping)
    check_options(options)
    readings = read_rows(table, mapping, options)
    return _Planner(table, mapping, options, existing, new_id, readings).run()


def ask(table: Table, mapping: Mapping, options: Options, existing: Existing) -> tuple[Question, ...]:
    """The buildings of the register with a proposal for the code of each, the most used first."""
    reader = RowReader(table, mapping, options)
    return _ask([reader.read_place(index, row) for index, row in enumerate(table.rows)], options, existing)


def _ask(readings: list[Reading], options: Options, existing: Existing) -> tuple[Question, ...]:
    """One code per building and customer, numbers in names honoured first: 壹号栋 is D01 although another came before."""
    names: dict[str, str] = {}
    rows: dict[str, int] = {}
    labels: dict[str, str] = {}
    for reading in readings:
        if not reading.place.building:
            continue
        label = building_label(reading, names)
        labels.setdefault(label, reading.place.building)
        rows[label] = rows.get(label, 0) + 1
    held = _held_codes(options, existing)
    codes: dict[str, str] = {
        label: held[fold_building(name)] for label, name in labels.items() if fold_building(name) in held
    }
    codes |= {
        label: options.buildings[label] for label in labels if label not in codes and options.buildings.get(label)
    }
    used = {*codes.values(), *held.values()}
    for label in sorted(
        (label for label in labels if label not in codes), key=lambda label: number_in(labels[label]) is None
    ):
        codes[label] = propose_code(labels[label], used)
        used.add(codes[label])
    return tuple(
        Question(building=label, rows=rows[label], code=codes[label])
        for label in sorted(labels, key=lambda x: codes[x])
    )


def building_label(reading: Reading, names: dict[str, str]) -> str:
    """What a building is called when its code is asked for: as it was written first, after its site if rows name sites."""
    key = f"{fold(reading.site)}/{fold_building(reading.place.building)}"
    shown = f"{reading.site} / {reading.place.building}" if reading.site else reading.place.building
    return names.setdefault(key, shown)


def _held_codes(options: Options, existing: Existing) -> dict[str, str]:
    """Building (folded) -> code, of the sites of the customer that was chosen."""
    customer = options.customer
    if not customer and options.customer_name:
        found = existing.customers_by_name.get(fold(options.customer_name))
        customer = found.id if found else None
    codes: dict[str, str] = {}
    for held in existing.records.values():
        if held.kind != "space" or held.deleted or held.doc.get("type") != "building" or not held.doc.get("code"):
            continue
        site = existing.records.get(held.doc.get("site") or "")
        if customer and site is not None and site.doc.get("customer") == customer:
            codes.setdefault(fold_building(held.doc["name"]), held.doc["code"])
    return codes


class _Planner:
    def __init__(
        self,
        table: Table,
        mapping: Mapping,
        options: Options,
        existing: Existing,
        new_id: Callable[[], str],
        readings: list[Reading],
    ) -> None:
        self.table = table
        self.mapping = mapping
        self.readings = readings
        self.kept = [reading for reading in readings if reading.skip is None]
        self.questions = _ask(self.kept, options, existing)
        chosen = {question.building: question.code for question in self.questions}
        self.options = msgspec.structs.replace(options, buildings=chosen)
        self.existing = existing
        self.additions = Additions(self.options, existing, new_id)
        self.labels: dict[str, str] = {}
        self.verdicts: list[RowVerdict] = []
        self.groups: list[Group] = []
        # While no site is named row by row, one must be chosen.
        named = mapping.index_of("site") is not None
        require_place(msgspec.structs.replace(options, site_name="…") if named else options)

    def run(self) -> Plan:
        """Rows in order; what a draft refers to is drafted before it, in its own or an earlier row."""
        customer = self._known_customer()
        matches: dict[int, Match] = {}
        if customer is not None:
            matcher = Matcher(
                self.existing,
                customer,
                category_of=lambda reading: (
                    self.additions.find_category(reading.category) if reading.category else None
                ),
                space_of=lambda reading: self._find_space(customer, reading),
            )
            matches = matcher.match(self.kept)
        self._free_codes(customer, matches)
        for reading in self.readings:
            self._plan_row(reading, matches.get(reading.index))
        return Plan(
            columns=self.table.columns,
            verdicts=tuple(self.verdicts),
            groups=tuple(self.groups),
            counts=count(self.verdicts, self.groups),
            questions=self.questions,
        )

    # --- whose and where ---

    def _known_customer(self) -> str | None:
        options = self.options
        if options.customer:
            if self.existing.get(options.customer, "customer") is None:
                raise refuse_unknown("customer", options.customer)
            return options.customer
        held = self.existing.customers_by_name.get(fold(options.customer_name or ""))
        return held.id if held else None

    def _customer(self) -> str:
        return self._known_customer() or self.additions.customer((self.options.customer_name or "").strip())

    def _site(self, customer: str, reading: Reading) -> str:
        options = self.options
        if reading.site:
            return self.additions.site(customer, reading.site)
        if options.site:
            held = self.existing.get(options.site, "site")
            if held is None or held.doc.get("customer") != customer:
                raise refuse_unknown("site", options.site)
            return held.id
        return self.additions.site(customer, (options.site_name or "").strip())

    def _find_space(self, customer: str, reading: Reading) -> str | None:
        name = reading.site or (self.options.site_name or "").strip()
        site = self.options.site if not reading.site and self.options.site else self.additions.find_site(customer, name)
        return self.additions.find_place(site, reading.place, reading.rack) if site else None

    def _free_codes(self, customer: str | None, matches: dict[int, Match]) -> None:
        """A code of the register that another asset of the customer holds is not given to a second one."""
        wanted: set[str] = set()
        for reading in self.kept:
            if not reading.code:
                continue
            match = matches.get(reading.index)
            holders = self.existing.by_code.get((customer or "", reading.code), [])
            others = [held for held in holders if match is None or held.id != match.held.id]
            if others:
                names = ", ".join(str(held.doc.get("name") or held.doc.get("serial") or held.id) for held in others)
                reading.doubt("duplicate_code", "code", code=reading.code, others=names)
                del reading.values["code"]
            else:
                wanted.add(reading.code)
        # Codes of later rows must not be allotted to earlier ones.
        self.additions.reserve(wanted)

    # --- a row ---

    def _plan_row(self, reading: Reading, match: Match | None) -> None:
        if reading.skip is None and match is not None and match.held.deleted:
            reading.skip = Reason(code="deleted_here")
        elif reading.skip is None and not (reading.site or self.options.site or (self.options.site_name or "").strip()):
            reading.skip = Reason(code="no_site")
        if reading.skip is not None:
            self._settle(reading, "skipped", match.held.id if match else None)
            return
        self.additions.begin(reading.index)
        customer = self._customer()
        site = self._site(customer, reading)
        label = building_label(reading, self.labels) if reading.place.building else ""
        space = self.additions.place(site, reading.place, reading.rack, building_label=label)
        category = self._category(reading)
        if match is None:
            record, code = self._create(reading, customer, site, space, category)
            self._settle(reading, "created", record, code)
        else:
            self._update(reading, match, customer, site, space, category)

    def _category(self, reading: Reading) -> str | None:
        if not reading.category:
            return None
        category, known = self.additions.category(reading.category)
        if not known:
            reading.doubt("unknown_category", "category", text=reading.category)
        return category

    def _create(
        self, reading: Reading, customer: str, site: str, space: str | None, category: str | None
    ) -> tuple[str, str | None]:
        values = reading.values
        code = values.get("code") or self._allot(reading, customer, site, space, category)
        record = self.additions.create(
            "asset",
            {
                "customer": customer,
                "site": site,
                "space": space,
                "category": category,
                "name": reading.category or None,
                "status": "registered",
                "source": reading.row.key,
                **values,
                "code": code,
            },
        )
        return record, code

    def _update(
        self, reading: Reading, match: Match, customer: str, site: str, space: str | None, category: str | None
    ) -> None:
        held = match.held
        if match.serial_changed:
            reading.doubt("serial_changed", "serial", old=held.doc["serial"], new=reading.values["serial"])
        wanted: dict[str, Any] = {**reading.values, "site": site}
        if space is not None:
            wanted["space"] = space
        if category is not None:
            wanted["category"] = category
        changes, kept = revise(held, wanted, self.existing)
        reading.reasons.extend(kept)
        code = held.doc.get("code") or changes.get("code")
        if not code:
            code = self._allot(reading, customer, site, space or held.doc.get("space"), category)
            if code:
                changes["code"] = code
        # What is known by its row only must be found by its new row next time.
        if (
            not reading.known_by_itself
            and str(held.doc.get("source", "")).startswith("sheet:")
            and held.doc["source"] != reading.row.key
        ):
            changes["source"] = reading.row.key
        self.additions.update(held, changes)
        self._settle(reading, "updated" if changes else "unchanged", held.id, code)

    def _allot(self, reading: Reading, customer: str, site: str, space: str | None, category: str | None) -> str | None:
        """A position code, or None with a reason. An asset without a place gets none: it is known to nobody where it is."""
        if not self.options.assign_codes or space is None:
            return None
        place = reading.place
        label = building_label(reading, self.labels) if place.building else None
        values = {
            "building": self.additions.building_code(site, place.building, label=label),
            "floor": floor_code(place.floor) if place.floor is not None else "00",
            "room": room_part(place),
            "rack": reading.rack,
        }
        for field in ("customer", "site", "category"):
            if field in self.additions.code_fields:
                values[field] = self._code_word(field, customer, site, category)
        try:
            return self.additions.asset_code(customer, values)
        except patterns.PatternError as error:
            reading.doubt("no_code", "code", zh=error.zh, en=error.en)
            return None

    def _code_word(self, field: str, customer: str, site: str, category: str | None) -> str:
        id = {"customer": customer, "site": site, "category": category or ""}[field]
        held = self.existing.records.get(id)
        if field == "customer":
            return str(held.doc.get("short_name") or held.doc.get("name")) if held else self.options.customer_name or ""
        if field == "category":
            return self.additions.category_key(id)
        return str(held.doc.get("name")) if held else self.options.site_name or ""

    def _settle(self, reading: Reading, wrote: Wrote, record: str | None, code: str | None = None) -> None:
        row, values = reading.row, reading.values
        title = " ".join(
            str(part)
            for part in (reading.category, values.get("manufacturer"), values.get("model"), values.get("serial"))
            if part
        )
        drafts = self.additions.take() if wrote != "skipped" else ()
        if drafts:
            self.groups.append(Group(row=len(self.verdicts), drafts=drafts))
        self.verdicts.append(
            RowVerdict(
                sheet=row.sheet,
                row=row.number,
                key=row.key,
                wrote=wrote,
                record=record,
                title=title[:200],
                code=code,
                reasons=(reading.skip,) if reading.skip is not None else tuple(reading.reasons),
                cells=row.cells,
            )
        )
