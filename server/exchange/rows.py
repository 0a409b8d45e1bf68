"""Rows of a mapped table into values, with a reason for everything that could not be taken as it stands."""

from collections import Counter
from typing import Any, Final

import msgspec

from server.exchange.mapping import IDENTIFYING, Mapping
from server.exchange.options import Options
from server.exchange.places import Place, read_parts, read_place
from server.exchange.reasons import Reason
from server.exchange.tables import Row, Table
from server.exchange.values import (
    LINE_LIMIT,
    TEXT_LIMIT,
    DateOrder,
    clean_line,
    clean_text,
    fold_serial,
    guess_date_order,
    read_criticality,
    read_date,
    read_decimal,
    read_serial,
    read_status,
    split_maker,
)
from server.exchange.vocabulary import DITTO, FOOTER_STARTS, TOTAL_WORDS, fold, says_nothing

LINES: Final = ("name", "manufacturer", "model", "supplier", "person", "department", "rack_position")
TEXTS: Final = ("spec", "note")
DATES: Final = ("made_on", "purchased_on", "warranty_end")
PLACES: Final = ("location", "building", "floor", "room", "rack")
PAYLOAD_LIMIT: Final = 30_000
"""Most bytes of one row's values; an op holds 32 KiB."""
CUT_TO: Final = 2_000


class Reading(msgspec.Struct, kw_only=True):
    """One row, read. `skip` is set where nothing is taken from it; identity keys are folded for matching."""

    index: int
    row: Row
    values: dict[str, Any]
    reasons: list[Reason]
    skip: Reason | None = None
    category: str = ""
    site: str = ""
    place: Place
    place_text: str = ""
    rack: str = ""
    ordinal: str = ""
    serial: str = ""
    tag: str = ""
    code: str = ""

    def doubt(self, code: str, field: str | None = None, /, **params: str) -> None:
        """Note a reason."""
        self.reasons.append(Reason(code=code, field=field, params=params))

    @property
    def known_by_itself(self) -> bool:
        """Whether something other than its row says which asset it is."""
        return bool(self.serial or self.tag or self.code)


class RowReader:
    """Reads the rows of one table; keeps what a ditto mark repeats."""

    def __init__(self, table: Table, mapping: Mapping, options: Options) -> None:
        self.table = table
        self.columns = [(column.index, column.field, column.title) for column in mapping.columns if column.field]
        self.fields = {field for _, field, _ in self.columns}
        self.orders: dict[int, DateOrder | None] = {
            index: options.date_order or guess_date_order([row.cells[index] for row in table.rows])
            for index, field, _ in self.columns
            if field in DATES
        }
        self.titles = {fold(title) for title in table.columns}
        self._above: dict[int, str] = {}

    def read(self, index: int, row: Row) -> Reading:
        """The row as values and reasons."""
        reading = Reading(index=index, row=row, values={}, reasons=[], place=Place(stated_floor=False))
        parts: dict[str, str] = {}
        config: dict[str, str] = {}
        for column, field, title in self.columns:
            text = row.cells[column]
            if text.strip() in DITTO:
                text = self._above.get(column, "")
            elif text.strip():
                self._above[column] = text
            if field in PLACES:
                parts[field] = "" if says_nothing(text) and field != "floor" else clean_line(text)
            elif field == "config":
                if not says_nothing(text):
                    config[title[:LINE_LIMIT]] = clean_text(text)[:TEXT_LIMIT]
            elif text:
                self._take(reading, field or "", column, text)
        if config:
            reading.values["config"] = config
        self._take_place(reading, parts)
        reading.skip = self._skip(reading)
        if reading.skip is None:
            self._judge(reading)
            _fit(reading)
        return reading

    def read_place(self, index: int, row: Row) -> Reading:
        """Of a row only where it is: enough to ask for the codes of buildings."""
        reading = Reading(index=index, row=row, values={}, reasons=[], place=Place(stated_floor=False))
        parts: dict[str, str] = {}
        for column, field, _ in self.columns:
            text = row.cells[column]
            if field in PLACES:
                if text.strip() in DITTO:
                    text = self._above.get(column, "")
                elif text.strip():
                    self._above[column] = text
                parts[field] = "" if says_nothing(text) and field != "floor" else clean_line(text)
            elif field == "site":
                reading.site = "" if says_nothing(text) else clean_line(text)[:LINE_LIMIT]
        if not all(fold(cell) in self.titles for cell in row.cells):
            self._take_place(reading, parts)
        return reading

    def _take(self, reading: Reading, field: str, column: int, text: str) -> None:
        if field in DATES:
            self._take_date(reading, field, column, text)
        elif field in ("serial", "asset_tag"):
            self._take_serial(reading, field, column, text)
        elif field in LINES:
            self._take_line(reading, field, text)
        elif field == "category":
            reading.category = "" if says_nothing(text) else clean_line(text)[:LINE_LIMIT]
        elif field == "status":
            self._take_word(reading, field, text, read_status(text).value, "unknown_status")
        elif field == "number":
            reading.ordinal = clean_line(text)
        elif field in TEXTS:
            if not says_nothing(text):
                reading.values[field] = self._cut(reading, field, clean_text(text), TEXT_LIMIT)
        elif field == "code":
            if not says_nothing(text):
                reading.code = clean_line(text).upper()[:LINE_LIMIT]
                reading.values["code"] = reading.code
        elif field == "site":
            reading.site = "" if says_nothing(text) else clean_line(text)[:LINE_LIMIT]
        elif field == "value":
            value = read_decimal(text)
            if value.value is not None:
                reading.values["value"] = value.value
            elif value.code == "unreadable_number":
                reading.doubt("unreadable_number", "value", text=text.strip()[:80])
        elif field == "criticality":
            self._take_word(reading, field, text, read_criticality(text).value, "unknown_criticality")
        elif field == "maker_model" and not says_nothing(text):
            maker, model = split_maker(text)
            reading.values.setdefault("manufacturer", maker[:LINE_LIMIT])
            reading.values.setdefault("model", model[:LINE_LIMIT])

    def _take_line(self, reading: Reading, field: str, text: str) -> None:
        if not says_nothing(text):
            reading.values[field] = self._cut(reading, field, clean_line(text), LINE_LIMIT)

    def _take_word(self, reading: Reading, field: str, text: str, value: str | None, code: str) -> None:
        if value is not None:
            reading.values[field] = value
        elif not says_nothing(text):
            reading.doubt(code, field, text=text.strip()[:80])

    def _take_date(self, reading: Reading, field: str, column: int, text: str) -> None:
        date = read_date(text, self.orders[column])
        if date.value is not None:
            reading.values[field] = date.value
        elif date.code == "nothing":
            reading.doubt("unknown_date", field, text=text.strip()[:80])
        elif date.code is not None:
            reading.doubt(date.code, field, text=text.strip()[:80])

    def _take_serial(self, reading: Reading, field: str, column: int, text: str) -> None:
        serial = read_serial(text).value
        if serial is None:
            return
        serial = self._cut(reading, field, serial, LINE_LIMIT)
        reading.values[field] = serial
        if field == "serial":
            reading.serial = fold_serial(serial)
            if column in reading.row.rounded:
                reading.doubt("rounded_serial", field, text=serial)
        else:
            reading.tag = fold_serial(serial)

    def _take_place(self, reading: Reading, parts: dict[str, str]) -> None:
        reading.place_text = " ".join(text for field, text in parts.items() if text and field != "rack")
        reading.rack = parts.get("rack", "")[:LINE_LIMIT]
        if any(parts.get(field) for field in ("building", "floor", "room")):
            reading.place = read_parts(parts.get("building", ""), parts.get("floor", ""), parts.get("room", ""))
            if not reading.place.building and parts.get("location"):
                whole = read_place(parts["location"])
                reading.place = msgspec.structs.replace(reading.place, building=whole.building)
        elif parts.get("location"):
            reading.place = read_place(parts["location"])

    def _cut(self, reading: Reading, field: str, text: str, limit: int) -> str:
        if len(text) > limit:
            reading.doubt("too_long", field, limit=str(limit))
            return text[:limit].rstrip()
        return text

    def _skip(self, reading: Reading) -> Reason | None:
        """Whether the row is no equipment at all."""
        filled = [cell.strip() for cell in reading.row.cells if cell.strip()]
        first = filled[0] if filled else ""
        if fold(first) in TOTAL_WORDS and len(filled) <= max(3, len(reading.row.cells) // 2):
            return Reason(code="total_row")
        if first.lower().startswith(FOOTER_STARTS) and len(filled) <= 4:
            return Reason(code="footer_row")
        if len(filled) >= 3 and all(fold(cell) in self.titles for cell in filled):
            return Reason(code="header_row")
        values = reading.values
        if reading.category or reading.known_by_itself or any(values.get(field) for field in ("name", "model")):
            if len(filled) == 1 and len(self.columns) > 3 and len(set(self.fields) & set(IDENTIFYING)) > 1:
                return Reason(code="section_row")
            return None
        return Reason(code="section_row" if len(filled) == 1 and not first.isdigit() else "not_an_asset")

    def _judge(self, reading: Reading) -> None:
        values = reading.values
        if not reading.serial and "serial" in self.fields:
            text = next((reading.row.cells[i].strip() for i, field, _ in self.columns if field == "serial"), "")
            if text:
                reading.doubt("unreadable_serial", "serial", text=text[:80])
            else:
                reading.doubt("no_serial", "serial")
        if "category" in self.fields and not reading.category:
            reading.doubt("no_category", "category")
        if self.fields & set(PLACES):
            text = reading.place_text
            if not text and not reading.rack:
                reading.doubt("no_location", "location")
            elif reading.place.doubt:
                reading.doubt(reading.place.doubt, "location", text=text[:80])
            elif not reading.place.room and not reading.rack:
                reading.doubt("no_room", "location", text=text[:80])
        made, bought = values.get("made_on"), values.get("purchased_on")
        if made and bought:
            length = min(len(made), len(bought))
            if made[:length] > bought[:length]:
                reading.doubt("dates_reversed", "made_on", made=made, bought=bought)


def _fit(reading: Reading) -> None:
    """Keep a row's values within one op: the long texts give way."""
    values = reading.values
    if sum(len(value) for value in values.values() if isinstance(value, str)) < CUT_TO and "config" not in values:
        return
    for field in ("config", "note", "spec"):
        if len(msgspec.json.encode(values)) <= PAYLOAD_LIMIT:
            return
        if field == "config" and field in values:
            values[field] = dict(list(values[field].items())[:50])
            values[field] = {key: text[:100] for key, text in values[field].items()}
        elif field in values:
            values[field] = values[field][:CUT_TO]
        else:
            continue
        reading.doubt("too_long", field, limit=str(CUT_TO))


def read_rows(table: Table, mapping: Mapping, options: Options) -> list[Reading]:
    """Every row of the table, read; repeated rows, serial numbers, tags and codes are marked."""
    reader = RowReader(table, mapping, options)
    readings = [reader.read(index, row) for index, row in enumerate(table.rows)]
    _mark_repeated_rows(readings)
    kept = [reading for reading in readings if reading.skip is None]
    _mark_shared(kept, "serial", "duplicate_serial", "serial")
    _mark_shared(kept, "tag", "duplicate_tag", "tag")
    _mark_codes(kept)
    return readings


def _mark_repeated_rows(readings: list[Reading]) -> None:
    """A row that says again what an earlier one said is skipped where a number proves it to be the same thing."""
    first: dict[tuple[str, ...], Reading] = {}
    for reading in readings:
        if reading.skip is not None:
            continue
        cells = tuple(cell.strip() for cell in reading.row.cells)
        earlier = first.setdefault(cells, reading)
        if earlier is reading:
            continue
        row = name_row(earlier.row, reading.row)
        if reading.ordinal or reading.known_by_itself:
            reading.skip = Reason(code="duplicate_row", params={"row": row})
        else:
            reading.doubt("identical_row", row=row)


def _mark_shared(readings: list[Reading], attribute: str, code: str, param: str) -> None:
    counts = Counter(getattr(reading, attribute) for reading in readings)
    sharing: dict[str, list[Reading]] = {}
    for reading in readings:
        key = getattr(reading, attribute)
        if key and counts[key] > 1:
            sharing.setdefault(key, []).append(reading)
    for key, group in sharing.items():
        for reading in group:
            others = [name_row(other.row, reading.row) for other in group if other is not reading]
            reading.doubt(
                code, "serial" if code == "duplicate_serial" else "asset_tag", **{param: key}, others=_list(others)
            )


def _mark_codes(readings: list[Reading]) -> None:
    """A code names one asset: the first row keeps it."""
    first: dict[str, Reading] = {}
    for reading in readings:
        if not reading.code:
            continue
        earlier = first.setdefault(reading.code, reading)
        if earlier is not reading:
            reading.doubt("duplicate_code", "code", code=reading.code, others=name_row(earlier.row, reading.row))
            reading.code = ""
            del reading.values["code"]


def name_row(row: Row, seen_from: Row) -> str:
    """A row as a person finds it: its number, with the sheet where that is another one."""
    return str(row.number) if row.sheet == seen_from.sheet else f"{row.sheet} {row.number}"


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} … (+{len(names) - 8})"
