"""NetBox's fixture format (a JSON list of `{"model", "pk", "fields"}`): tenants, sites, locations, racks and devices.

Tenants become customers, racks and locations spaces, device roles categories. What hangs on devices (interfaces, cables,
power …) is counted and left alone. Written for the fixtures of NetBox 3.x and 4.x, whose fields used here are the same.
"""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from server.errors import Problem
from server.exchange.additions import Additions, propose_code
from server.exchange.existing import Existing, Held
from server.exchange.options import Options, Question, check_options, refuse_unknown
from server.exchange.plan import Group, Plan, RowVerdict, Wrote, count
from server.exchange.reasons import Reason
from server.exchange.revision import revise
from server.exchange.tables import MAX_BYTES, MAX_ROWS, Row, Table
from server.exchange.values import LINE_LIMIT, TEXT_LIMIT, clean_line, clean_text, fold_serial
from server.exchange.vocabulary import fold
from server.labels import patterns

COLUMNS: Final = (
    "model",
    "name",
    "manufacturer",
    "type",
    "role",
    "tenant",
    "site",
    "rack",
    "position",
    "serial",
    "asset_tag",
)
"""What a report shows of each object."""

TAKEN: Final = ("tenancy.tenant", "dcim.site", "dcim.location", "dcim.rack", "dcim.device")
READ_FOR_THEM: Final = (
    "dcim.manufacturer",
    "dcim.devicetype",
    "dcim.devicerole",
    "dcim.platform",
    "dcim.region",
    "dcim.devicebay",
)
STATUSES: Final = {
    "active": "in_service",
    "planned": "registered",
    "staged": "registered",
    "inventory": "in_stock",
    "offline": "retired",
    "decommissioning": "retired",
    "failed": "under_repair",
}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One object of the fixture."""

    model: str
    pk: int
    fields: dict[str, Any]


class Fixture(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file: per model its objects by primary key."""

    name: str
    objects: dict[str, dict[int, dict[str, Any]]]

    def all(self, model: str) -> dict[int, dict[str, Any]]:
        """The objects of one model by primary key, in that order."""
        return self.objects.get(model, {})

    def get(self, model: str, pk: Any) -> dict[str, Any]:
        """One object's fields; empty where there is none."""
        return self.objects.get(model, {}).get(pk, {}) if isinstance(pk, int) else {}


_decoder = msgspec.json.Decoder(list[Entry])


def read_fixture(path: Path, *, name: str | None = None) -> Fixture:
    """Read a fixture. Raises `Problem`: `import_too_large`, `import_too_many_rows`, `import_damaged`, `import_format`
    (JSON, but not NetBox's), `import_empty` (none of what is imported)."""
    name = name or path.name
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise Problem("import_too_large", name=name, limit=MAX_BYTES, actual=size)
    try:
        entries = _decoder.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except msgspec.ValidationError as error:
        raise Problem("import_format", name=name) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("import_damaged", name=name, reason=str(error)) from error
    objects: dict[str, dict[int, dict[str, Any]]] = {}
    for entry in entries:
        objects.setdefault(entry.model, {})[entry.pk] = entry.fields
    if entries and not any(model.partition(".")[0] in ("dcim", "tenancy") for model in objects):
        raise Problem("import_format", name=name)
    taken = sum(len(objects.get(model, ())) for model in TAKEN)
    if not taken:
        raise Problem("import_empty", name=name)
    if taken > MAX_ROWS:
        raise Problem("import_too_many_rows", name=name, limit=MAX_ROWS, actual=taken)
    ordered = {model: dict(sorted(found.items())) for model, found in objects.items()}
    return Fixture(name=name, objects=ordered)


def source_key(model: str, pk: int) -> str:
    """`netbox:device:14`."""
    return f"netbox:{model.partition('.')[2]}:{pk}"


def show_devices(fixture: Fixture) -> Table:
    """The devices as a table, for a preview."""
    return Table(
        name="dcim.device",
        columns=COLUMNS,
        rows=tuple(
            Row(sheet="dcim.device", number=pk, cells=_cells(fixture, "dcim.device", fields))
            for pk, fields in fixture.all("dcim.device").items()
        ),
        header=0,
    )


def ask(fixture: Fixture, options: Options, existing: Existing) -> tuple[Question, ...]:
    """A building code for each site with devices: the one its assets have, what was chosen, else a proposal per customer."""
    rows = Counter(fields.get("site") for fields in fixture.all("dcim.device").values())
    used: dict[str, set[str]] = {}
    codes: dict[int, str] = {}
    sites = {pk: site for pk, site in fixture.all("dcim.site").items() if rows[pk]}
    for pk, site in sites.items():
        code = _code_in_use(pk, options, existing) or options.buildings.get(site_label(fixture, site))
        if code:
            codes[pk] = code
            used.setdefault(str(site.get("tenant")), set()).add(code)
    for pk, site in sites.items():
        if pk not in codes:
            taken = used.setdefault(str(site.get("tenant")), set())
            codes[pk] = propose_code("", taken)
            taken.add(codes[pk])
    return tuple(
        Question(building=site_label(fixture, site), rows=rows[pk], code=codes[pk]) for pk, site in sites.items()
    )


def site_label(fixture: Fixture, site: dict[str, Any]) -> str:
    """A site as the options name it: `tenant / site`."""
    tenant = fixture.get("tenancy.tenant", site.get("tenant")).get("name")
    return f"{tenant} / {site.get('name')}" if tenant else str(site.get("name"))


def _code_in_use(pk: int, options: Options, existing: Existing) -> str | None:
    """The building part of the codes that the site's assets have already."""
    try:
        pattern = patterns.parse(options.code_pattern)
    except patterns.PatternError:
        return None
    for held in existing.from_source("site", source_key("dcim.site", pk)):
        found = Counter(
            match["building"]
            for code in existing.site_codes.get(held.id, ())
            if (match := patterns.match(pattern, code)) and "building" in match
        )
        if found:
            return found.most_common(1)[0][0]
    return None


def plan_fixture(fixture: Fixture, options: Options, existing: Existing, new_id: Callable[[], str]) -> Plan:
    """What importing the fixture would do; see `registers.plan`. Raises `Problem("import_options")`."""
    # Sites of two customers may both be D01, so the check of the options looks at the rest only.
    check_options(msgspec.structs.replace(options, buildings={}))
    return _Planner(fixture, options, existing, new_id).run()


class _Planner:
    def __init__(self, fixture: Fixture, options: Options, existing: Existing, new_id: Callable[[], str]) -> None:
        self.fixture = fixture
        self.options = options
        self.existing = existing
        self.additions = Additions(options, existing, new_id)
        self.questions = ask(fixture, options, existing)
        self.codes = {question.building: question.code for question in self.questions}
        self.ids: dict[str, str] = {}
        """Source key -> record, of everything that was taken."""
        self.customer_of_site: dict[str, str] = {}
        self.verdicts: list[RowVerdict] = []
        self.groups: list[Group] = []
        self.row = 0
        self.matched: set[str] = set()

    def run(self) -> Plan:
        fixture = self.fixture
        for pk, fields in fixture.all("tenancy.tenant").items():
            self._plan_customer(pk, fields)
        for pk, fields in fixture.all("dcim.site").items():
            self._plan_site(pk, fields)
        for pk in _parents_first(fixture.all("dcim.location"), "parent"):
            self._plan_space("dcim.location", pk, "area", fixture.get("dcim.location", pk).get("parent"))
        for pk, fields in fixture.all("dcim.rack").items():
            self._plan_space("dcim.rack", pk, "rack", fields.get("location"))
        self._plan_devices()
        ignored = {
            model: len(found)
            for model, found in sorted(fixture.objects.items())
            if model not in TAKEN and model not in READ_FOR_THEM
        }
        return Plan(
            columns=COLUMNS,
            verdicts=tuple(self.verdicts),
            groups=tuple(self.groups),
            counts=count(self.verdicts, self.groups),
            questions=self.questions,
            ignored=ignored,
        )

    # --- customers and places ---

    def _plan_customer(self, pk: int, fields: dict[str, Any]) -> None:
        name = _line(fields.get("name"))
        wanted = {"name": name, "note": _text(fields.get("description"), fields.get("comments"))}
        key = source_key("tenancy.tenant", pk)
        held = self._known(key) or self.existing.customers_by_name.get(fold(name))
        self._take("customer", "tenancy.tenant", pk, fields, held, wanted)

    def _fallback_customer(self) -> str | None:
        options = self.options
        if options.customer:
            if self.existing.get(options.customer, "customer") is None:
                raise refuse_unknown("customer", options.customer)
            return options.customer
        name = (options.customer_name or "").strip()
        return self.additions.customer(name) if name else None

    def _plan_site(self, pk: int, fields: dict[str, Any]) -> None:
        key = source_key("dcim.site", pk)
        self.additions.begin(len(self.verdicts))
        customer = self.ids.get(source_key("tenancy.tenant", fields.get("tenant") or 0)) or self._fallback_customer()
        if customer is None:
            self._skip("site", "dcim.site", pk, fields, Reason(code="no_customer"))
            return
        name = _line(fields.get("name"))
        wanted = {
            "customer": customer,
            "name": name,
            "address": _line(fields.get("physical_address"), joint=", "),
            "tz": _line(fields.get("time_zone")) or self.options.tz,
            "note": _text(
                self._region(fields), fields.get("facility"), fields.get("description"), fields.get("comments")
            ),
        }
        held = self._known(key) or self.existing.sites_by_name.get((customer, fold(name)))
        if held is not None and not fields.get("time_zone"):
            wanted.pop("tz")
        record = self._take("site", "dcim.site", pk, fields, held, wanted, begun=True)
        if record is not None:
            self.customer_of_site[record] = customer

    def _region(self, site: dict[str, Any]) -> str:
        """`North America / United States / New York`."""
        names: list[str] = []
        region = self.fixture.get("dcim.region", site.get("region"))
        while region and len(names) < 20:
            names.append(str(region.get("name")))
            region = self.fixture.get("dcim.region", region.get("parent"))
        return " / ".join(reversed(names))

    def _plan_space(self, model: str, pk: int, type: str, above: int | None) -> None:
        fields = self.fixture.get(model, pk)
        site = self.ids.get(source_key("dcim.site", fields.get("site") or 0))
        if site is None:
            self._skip("space", model, pk, fields, self._missing_parent(fields))
            return
        name = _line(fields.get("name"))
        parent = self.ids.get(source_key("dcim.location", above or 0))
        wanted = {
            "site": site,
            "parent": parent,
            "type": type,
            "name": name,
            "code": _line(fields.get("facility_id")),
            "note": _text(fields.get("description"), fields.get("comments")),
        }
        held = self._known(source_key(model, pk))
        if held is None and (found := self.additions.find_space(site, parent, type, name)) is not None:
            held = self.existing.get(found, "space")
        self._take("space", model, pk, fields, held, wanted)

    def _missing_parent(self, fields: dict[str, Any]) -> Reason:
        name = self.fixture.get("dcim.site", fields.get("site")).get("name")
        return Reason(code="skipped_parent", params={"parent": f"site {name or fields.get('site')}"})

    # --- devices ---

    def _plan_devices(self) -> None:
        fixture = self.fixture
        devices = {pk: dict(fields) for pk, fields in fixture.all("dcim.device").items()}
        for bay in fixture.all("dcim.devicebay").values():
            if bay.get("installed_device") in devices:
                devices[bay["installed_device"]]["chassis"] = bay.get("device")
        serials = Counter(fold_serial(str(fields.get("serial") or "")) for fields in devices.values())
        for pk in _parents_first(devices, "chassis"):
            self._plan_device(pk, devices[pk], serials)

    def _plan_device(self, pk: int, fields: dict[str, Any], serials: Counter[str]) -> None:
        site = self.ids.get(source_key("dcim.site", fields.get("site") or 0))
        if site is None:
            self._skip("asset", "dcim.device", pk, fields, self._missing_parent(fields))
            return
        self.additions.begin(len(self.verdicts))
        customer = self.ids.get(source_key("tenancy.tenant", fields.get("tenant") or 0)) or self.customer_of_site[site]
        role = _line(self._role(fields).get("name"))
        category = self.additions.category(role, stated=True)[0] if role else None
        wanted = self._device_values(fields, customer, site, category)
        reasons: list[Reason] = []
        serial = fold_serial(wanted.get("serial") or "")
        if not serial and not wanted.get("asset_tag"):
            reasons.append(Reason(code="known_by_key", params={"key": source_key("dcim.device", pk)}))
        elif serial and serials[serial] > 1:
            others = [
                str(other)
                for other, item in self.fixture.all("dcim.device").items()
                if other != pk and item.get("serial") == fields.get("serial")
            ]
            reasons.append(
                Reason(
                    code="duplicate_serial", field="serial", params={"serial": serial, "others": ", ".join(others[:8])}
                )
            )
        if not fields.get("name"):
            reasons.append(Reason(code="no_name", field="name"))
        if not wanted.get("space"):
            reasons.append(Reason(code="no_location", field="location"))
        held = self._known(source_key("dcim.device", pk)) or self._by_number(customer, serial, wanted, serials)
        code = str(held.doc.get("code") or "") if held else ""
        if not code and self.options.assign_codes and not (held and held.deleted):
            code, reason = self._allot(fields, customer, category)
            if reason is not None:
                reasons.append(reason)
            if code:
                wanted["code"] = code
        title = " ".join(
            part for part in (role, wanted.get("manufacturer"), wanted.get("model"), _line(fields.get("name"))) if part
        )
        if held is not None and not fields.get("name"):
            wanted.pop("name")
        self._take(
            "asset", "dcim.device", pk, fields, held, wanted, reasons, title=title, code=code or None, begun=True
        )

    def _role(self, device: dict[str, Any]) -> dict[str, Any]:
        # `device_role` until NetBox 3.5.
        return self.fixture.get("dcim.devicerole", device.get("role", device.get("device_role")))

    def _device_values(self, fields: dict[str, Any], customer: str, site: str, category: str | None) -> dict[str, Any]:
        fixture = self.fixture
        kind = fixture.get("dcim.devicetype", fields.get("device_type"))
        maker = fixture.get("dcim.manufacturer", kind.get("manufacturer"))
        platform = fixture.get("dcim.platform", fields.get("platform"))
        rack = self.ids.get(source_key("dcim.rack", fields.get("rack") or 0))
        area = self.ids.get(source_key("dcim.location", fields.get("location") or 0))
        part = _line(kind.get("part_number"))
        model = _line(kind.get("model"))
        return {
            "customer": customer,
            "site": site,
            "space": rack or area,
            "category": category,
            "name": _line(fields.get("name")) or _line(self._role(fields).get("name")),
            "manufacturer": _line(maker.get("name")),
            "model": model,
            "spec": part if part != model else "",
            "serial": _line(fields.get("serial")),
            "asset_tag": _line(fields.get("asset_tag")),
            "status": STATUSES.get(str(fields.get("status")), "registered"),
            "parent": self.ids.get(source_key("dcim.device", fields.get("chassis") or 0)),
            "rack_position": _position(fields),
            "config": {"platform": str(platform["name"])} if platform.get("name") else None,
            "note": _text(fields.get("description"), fields.get("comments")),
        }

    def _by_number(self, customer: str, serial: str, wanted: dict[str, Any], serials: Counter[str]) -> Held | None:
        """The asset with the device's serial number or tag, where both sides have it once."""
        found: list[Held] = []
        if serial and serials[serial] == 1:
            found = self.existing.by_serial.get((customer, serial), [])
        if not found and wanted.get("asset_tag"):
            found = self.existing.by_tag.get((customer, fold_serial(wanted["asset_tag"])), [])
        free = [held for held in found if held.id not in self.matched]
        return free[0] if len(free) == 1 else None

    def _allot(self, fields: dict[str, Any], customer: str, category: str | None) -> tuple[str, Reason | None]:
        fixture = self.fixture
        site = fixture.get("dcim.site", fields.get("site"))
        rack, area = fixture.get("dcim.rack", fields.get("rack")), fixture.get("dcim.location", fields.get("location"))
        tenant = fixture.get("tenancy.tenant", fields.get("tenant") or site.get("tenant"))
        values = {
            "building": self.codes.get(site_label(fixture, site), ""),
            "floor": "00",
            "room": _digits(rack.get("name")) or _digits(area.get("name")) or "0000",
            "rack": str(rack.get("name") or ""),
            "customer": str(tenant.get("slug") or ""),
            "site": str(site.get("slug") or ""),
            "category": self.additions.category_key(category) if category else "",
        }
        try:
            return self.additions.asset_code(customer, values), None
        except patterns.PatternError as error:
            return "", Reason(code="no_code", field="code", params={"zh": error.zh, "en": error.en})

    # --- verdicts ---

    def _known(self, key: str) -> Held | None:
        kind = {"tenant": "customer", "site": "site", "location": "space", "rack": "space", "device": "asset"}
        found = self.existing.from_source(kind[key.split(":")[1]], key)
        return next((held for held in found if not held.deleted), found[0] if found else None)

    def _take(
        self,
        kind: str,
        model: str,
        pk: int,
        fields: dict[str, Any],
        held: Held | None,
        wanted: dict[str, Any],
        reasons: list[Reason] | None = None,
        *,
        title: str = "",
        code: str | None = None,
        begun: bool = False,
    ) -> str | None:
        """Draft a new record or the changes of `held`; its id, or None where it was deleted here."""
        if held is not None and held.deleted:
            self._skip(kind, model, pk, fields, Reason(code="deleted_here"))
            return None
        if not begun:
            self.additions.begin(len(self.verdicts))
        reasons = reasons or []
        key = source_key(model, pk)
        wrote: Wrote
        if held is None:
            record = self.additions.create(kind, {**wanted, "source": key})
            wrote = "created"
        else:
            record = held.id
            self.matched.add(record)
            changes, kept = revise(held, {f: v for f, v in wanted.items() if v not in (None, "", {})}, self.existing)
            reasons.extend(kept)
            # A record made by hand is met by its name or number once, by its key from then on.
            if not held.doc.get("source"):
                changes["source"] = key
            self.additions.update(held, changes)
            wrote = "updated" if changes else "unchanged"
        self.ids[key] = record
        self._settle(
            kind, model, pk, fields, wrote, record, reasons, title=title or str(wanted.get("name") or ""), code=code
        )
        return record

    def _skip(self, kind: str, model: str, pk: int, fields: dict[str, Any], reason: Reason) -> None:
        self._settle(kind, model, pk, fields, "skipped", None, [reason], title=str(fields.get("name") or ""), code=None)

    def _settle(
        self,
        kind: str,
        model: str,
        pk: int,
        fields: dict[str, Any],
        wrote: Wrote,
        record: str | None,
        reasons: list[Reason],
        *,
        title: str,
        code: str | None,
    ) -> None:
        drafts = self.additions.take() if wrote != "skipped" else ()
        if drafts:
            self.groups.append(Group(row=len(self.verdicts), drafts=drafts))
        self.verdicts.append(
            RowVerdict(
                sheet=model,
                row=pk,
                key=source_key(model, pk),
                kind=kind,
                wrote=wrote,
                record=record,
                title=title[:200],
                code=code,
                reasons=tuple(reasons),
                cells=_cells(self.fixture, model, fields),
            )
        )


def _parents_first(objects: dict[int, dict[str, Any]], field: str) -> list[int]:
    """Keys in an order in which what `field` names comes before; a circle is broken where it is met."""
    order: list[int] = []
    done: set[int] = set()
    for start in objects:
        chain: list[int] = []
        pk: Any = start
        while isinstance(pk, int) and pk in objects and pk not in done:
            done.add(pk)
            chain.append(pk)
            pk = objects[pk].get(field)
        order.extend(reversed(chain))
    return order


def _cells(fixture: Fixture, model: str, fields: dict[str, Any]) -> tuple[str, ...]:
    kind = fixture.get("dcim.devicetype", fields.get("device_type"))
    role = (
        fixture.get("dcim.devicerole", fields.get("role", fields.get("device_role"))) if model == "dcim.device" else {}
    )
    values = (
        model,
        fields.get("name"),
        fixture.get("dcim.manufacturer", kind.get("manufacturer")).get("name"),
        kind.get("model"),
        role.get("name"),
        fixture.get("tenancy.tenant", fields.get("tenant")).get("name"),
        fixture.get("dcim.site", fields.get("site")).get("name"),
        fixture.get("dcim.rack", fields.get("rack")).get("name"),
        fields.get("position"),
        fields.get("serial"),
        fields.get("asset_tag"),
    )
    return tuple("" if value is None else str(value) for value in values)


def _position(fields: dict[str, Any]) -> str:
    """`U4`, `U4.5`, `U4 rear`."""
    if fields.get("position") in (None, ""):
        return ""
    unit = str(fields["position"]).removesuffix(".0")
    return f"U{unit} rear" if fields.get("face") == "rear" else f"U{unit}"


def _digits(name: Any) -> str:
    """The number in the name of a rack or area, for a code: R101 -> 0101."""
    found = re.findall(r"\d+", str(name or ""))
    return found[-1].zfill(4) if found and len(found[-1]) <= 4 else ""


def _line(value: Any, joint: str = " ") -> str:
    lines = [clean_line(line) for line in str(value or "").splitlines()]
    return joint.join(line for line in lines if line)[:LINE_LIMIT]


def _text(*values: Any) -> str:
    return "\n".join(text for value in values if value and (text := clean_text(str(value))))[:TEXT_LIMIT]
