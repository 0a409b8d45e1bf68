from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.errors import Problem
from server.exchange import netbox
from server.exchange.existing import Existing, Held
from server.exchange.options import Options
from server.exchange.plan import Plan
from sync.model import KINDS
from sync.ops import check_values

ORDER = ("customer", "site", "space", "category", "asset")


def make_ids() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"00000000-0000-7000-8000-{next(numbers):012x}"


def merge(plan: Plan, before: Iterable[Held] = ()) -> list[Held]:
    held = {item.id: item for item in before}
    for group in plan.groups:
        for draft in group.drafts:
            check_values(draft.kind, draft.values)
            old = held.get(draft.record)
            if old is None:
                assert all(draft.values.get(field) for field in KINDS[draft.kind].required)
                # What a draft refers to is there before it.
                refs = ("customer", "site", "space", "category", "parent")
                assert all(draft.values[field] in held for field in refs if field in draft.values)
                held[draft.record] = Held(id=draft.record, kind=draft.kind, doc=draft.values)
            else:
                held[draft.record] = msgspec.structs.replace(old, doc={**old.doc, **draft.values})
    return sorted(held.values(), key=lambda item: ORDER.index(item.kind))


def write(path: Path, *objects: tuple[str, int, dict[str, Any]]) -> netbox.Fixture:
    path.write_text(json.dumps([{"model": m, "pk": pk, "fields": fields} for m, pk, fields in objects]))
    return netbox.read_fixture(path)


def run(fixture: netbox.Fixture, held: Iterable[Held] = (), options: Options | None = None) -> Plan:
    return netbox.plan_fixture(fixture, options or Options(), Existing(held), make_ids())


@pytest.fixture(scope="module")
def demo(shared_data: Path) -> netbox.Fixture:
    return netbox.read_fixture(shared_data / "register" / "netbox-demo-v3.6.json")


def test_the_demo_fixture_becomes_customers_sites_spaces_and_assets(demo: netbox.Fixture) -> None:
    plan = run(demo)
    held = merge(plan)
    assert Counter(item.kind for item in held) == {"customer": 11, "site": 24, "space": 46, "category": 8, "asset": 72}
    assert (plan.counts.created, plan.counts.skipped, plan.counts.doubtful) == (153, 0, 0)
    spaces = Counter(item.doc["type"] for item in held if item.kind == "space")
    assert spaces == {"rack": 42, "area": 4}
    assert (plan.ignored["dcim.cable"], plan.ignored["dcim.interface"]) == (108, 1586)


def test_a_device_carries_maker_type_role_rack_and_position(demo: netbox.Fixture) -> None:
    held = {item.id: item for item in merge(run(demo))}
    asset = next(item.doc for item in held.values() if item.doc.get("source") == "netbox:device:1")
    assert (asset["name"], asset["manufacturer"], asset["model"]) == ("dmi01-akron-rtr01", "Cisco", "ISR 1111-8P")
    assert (asset["rack_position"], asset["spec"], asset["status"]) == ("U4", "C1111-8P", "in_service")
    assert asset["config"] == {"platform": "Cisco IOS"}
    assert held[asset["category"]].doc["name"] == {"zh": "路由器", "en": "Router"}
    rack = held[asset["space"]].doc
    assert (rack["type"], rack["name"]) == ("rack", "Comms closet")
    site = held[asset["site"]].doc
    assert (site["name"], site["note"], site["tz"]) == (
        "DM-Akron",
        "North America / United States / Ohio",
        "Asia/Shanghai",
    )
    assert held[site["customer"]].doc["name"] == "Dunder-Mifflin, Inc."


def test_racks_stand_in_their_locations(demo: netbox.Fixture) -> None:
    held = {item.id: item for item in merge(run(demo))}
    rack = next(item.doc for item in held.values() if item.doc.get("source") == "netbox:rack:14")
    assert held[rack["parent"]].doc["name"] == "Row 1"


def test_devices_without_serial_number_or_tag_are_met_again_by_their_key(demo: netbox.Fixture) -> None:
    first = run(demo)
    assert first.counts.reasons["known_by_key"] == 72
    again = run(demo, merge(first))
    assert again.groups == ()
    assert again.counts.unchanged == 153


def test_position_codes_count_per_customer(demo: netbox.Fixture) -> None:
    held = [item.doc for item in merge(run(demo)) if item.kind == "asset"]
    given = [(asset["customer"], asset["code"]) for asset in held]
    assert len(set(given)) == 72
    questions = netbox.ask(demo, Options(), Existing())
    assert len(questions) == 17
    assert [item.code for item in questions if item.building == "NC State University / MDF"] == ["D01"]


def test_a_site_keeps_its_code_when_a_device_is_added(demo: netbox.Fixture) -> None:
    label = "NC State University / MDF"
    held = merge(run(demo, options=Options(buildings={label: "M1"}, code_pattern="{building:2}{room:4}-{n:3}")))
    options = Options(code_pattern="{building:2}{room:4}-{n:3}")
    questions = netbox.ask(demo, options, Existing(held))
    assert [item.code for item in questions if item.building == label] == ["M1"]


def test_a_device_that_got_a_serial_number_is_still_the_same(tmp_path: Path) -> None:
    objects = [
        ("tenancy.tenant", 1, {"name": "Acme"}),
        ("dcim.site", 5, {"name": "HQ", "tenant": 1}),
        ("dcim.device", 9, {"name": "sw1", "site": 5, "serial": "", "status": "active"}),
    ]
    held = merge(run(write(tmp_path / "a.json", *objects)))
    objects[2][2]["serial"] = "FOC1234"
    again = run(write(tmp_path / "a.json", *objects), held)
    assert [d.values for g in again.groups for d in g.drafts] == [{"serial": "FOC1234"}]


def test_an_asset_known_by_its_serial_number_gets_the_key(tmp_path: Path) -> None:
    fixture = write(
        tmp_path / "a.json",
        ("tenancy.tenant", 1, {"name": "Acme"}),
        ("dcim.site", 5, {"name": "HQ", "tenant": 1}),
        ("dcim.device", 9, {"name": "sw1", "site": 5, "serial": "FOC1234", "status": "active"}),
    )
    held = [
        msgspec.structs.replace(item, doc={k: v for k, v in item.doc.items() if k != "source"})
        for item in merge(run(fixture))
    ]
    again = run(fixture, held)
    assert again.counts.created == 0
    assert {frozenset(d.values) for g in again.groups for d in g.drafts} == {frozenset({"source"})}
    assert run(fixture, merge(again, held)).groups == ()


def test_what_belongs_to_nobody_is_skipped_with_what_hangs_on_it(tmp_path: Path) -> None:
    fixture = write(
        tmp_path / "a.json",
        ("dcim.site", 5, {"name": "HQ", "tenant": None}),
        ("dcim.rack", 6, {"name": "R1", "site": 5}),
        ("dcim.device", 9, {"name": "sw1", "site": 5}),
        ("dcim.device", 10, {"name": "sw2", "site": 77}),
    )
    plan = run(fixture)
    assert [v.reasons[0].code for v in plan.verdicts] == [
        "no_customer",
        "skipped_parent",
        "skipped_parent",
        "skipped_parent",
    ]
    assert plan.groups == ()
    given = run(fixture, options=Options(customer_name="Acme"))
    assert Counter(verdict.wrote for verdict in given.verdicts) == {"created": 3, "skipped": 1}


def test_a_module_in_a_chassis_is_part_of_it_whatever_the_order(tmp_path: Path) -> None:
    fixture = write(
        tmp_path / "a.json",
        ("tenancy.tenant", 1, {"name": "Acme"}),
        ("dcim.site", 5, {"name": "HQ", "tenant": 1}),
        ("dcim.device", 1, {"name": "blade", "site": 5}),
        ("dcim.device", 2, {"name": "chassis", "site": 5}),
        ("dcim.devicebay", 3, {"device": 2, "name": "Bay 1", "installed_device": 1}),
        ("dcim.location", 1, {"name": "inner", "site": 5, "parent": 2}),
        ("dcim.location", 2, {"name": "outer", "site": 5, "parent": 1}),
    )
    held = {item.doc["source"]: item for item in merge(run(fixture)) if item.doc.get("source")}
    assert held["netbox:device:1"].doc["parent"] == held["netbox:device:2"].id
    assert "netbox:location:1" in held


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[{", "import_damaged"),
        (b'{"a": 1}', "import_format"),
        (b'[{"model": "auth.user", "pk": 1, "fields": {}}]', "import_format"),
        (b"[]", "import_empty"),
        (b'[{"model": "dcim.cable", "pk": 1, "fields": {}}]', "import_empty"),
        (b"[" * 100_000, "import_format"),
        (b'[{"model": "dcim.site", "pk": 1, "fields": {"a": ' + b"[" * 100_000, "import_damaged"),
        (b'[{"model": "\xff", "pk": 1, "fields": {}}]', "import_damaged"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(Problem) as caught:
        netbox.read_fixture(tmp_path / "a.json")
    assert caught.value.code == code


def test_fields_of_the_wrong_type_break_nothing(tmp_path: Path) -> None:
    fixture = write(
        tmp_path / "a.json",
        ("tenancy.tenant", 1, {"name": ["x"], "description": 5}),
        ("dcim.site", 5, {"name": "HQ", "tenant": 1, "region": "nowhere"}),
        (
            "dcim.device",
            1,
            {"name": {"a": 1}, "site": 5, "role": [3], "position": {}, "rack": "r", "device_type": None},
        ),
    )
    merge(run(fixture))
