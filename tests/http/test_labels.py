"""Labels through the real application: allotment, sheets, pictures, patterns, and who may."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
import zxingcpp
from PIL import Image

from server.ingest import new_id
from sync.drafts import Draft
from tests.door import Door, Phone, open_door


class Office:
    """A centre with a customer, a building with a room and assets, and somebody who prints labels."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.boss = door.administrator()
        self.customer, self.site, self.building, self.floor, self.room = (new_id() for _ in range(5))
        self.write("customer", self.customer, name="江城市交警支队", short_name="JJ")
        self.write("site", self.site, customer=self.customer, name="支队大楼")
        self.write("space", self.building, site=self.site, type="building", name="壹号楼", code="D01")
        self.write("space", self.floor, site=self.site, parent=self.building, type="floor", name="2层", code="02")
        self.write("space", self.room, site=self.site, parent=self.floor, type="room", name="机房", code="0210")

    def write(self, kind: str, record: str, **values: Any) -> str:
        ingest = self.door.centre.ingest
        drafts = [Draft(kind=kind, record=record, values=values)]
        self.door.centre.writer.submit(lambda conn: ingest.demand(conn, drafts)).result()
        return record

    def delete(self, kind: str, record: str) -> None:
        ingest = self.door.centre.ingest
        drafts = [Draft(kind=kind, record=record, values={}, delete=True)]
        self.door.centre.writer.submit(lambda conn: ingest.demand(conn, drafts)).result()

    def asset(self, **values: Any) -> str:
        given = {"site": self.site, "customer": self.customer, "space": self.room, "name": "核心交换机", **values}
        return self.write("asset", new_id(), **{field: value for field, value in given.items() if value is not None})

    def allot(self, *assets: str, **order: Any) -> dict[str, Any]:
        answer = self.boss.post("/api/labels/allot", {"assets": list(assets), **order})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_door(tmp_path) as door:
        yield Office(door)


def texts(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_allotment_gives_each_asset_a_token_and_the_next_code_of_its_room(office: Office) -> None:
    assets = [office.asset() for _ in range(3)]
    given = office.allot(*assets)
    assert [label["code"] for label in given["labels"]] == ["D010210-001", "D010210-002", "D010210-003"]
    for asset, label in zip(assets, given["labels"], strict=True):
        assert label["made"]
        assert label["asset"] == asset
        record = office.door.record(asset)
        assert record.doc["tokens"] == [label["token"]]
        assert record.doc["code"] == label["code"]
    issued = {record.doc["token"]: record.doc for record in office.door.records("label")}
    assert {doc["asset"] for doc in issued.values()} == set(assets)
    assert {doc["batch"] for doc in issued.values()} == {given["batch"]}


def test_asking_again_changes_nothing(office: Office) -> None:
    asset = office.asset()
    first = office.allot(asset)["labels"][0]
    again = office.allot(asset, asset)["labels"]
    assert again == [first | {"made": False}]
    assert len(office.door.records("label")) == 1


def test_a_code_is_never_given_again_after_deletion_or_renaming(office: Office) -> None:
    gone, renamed = office.asset(), office.asset()
    assert [label["code"] for label in office.allot(gone, renamed)["labels"]] == ["D010210-001", "D010210-002"]
    office.delete("asset", gone)
    office.write("asset", renamed, code="D010211-001")
    codes = [office.allot(office.asset())["labels"][0]["code"] for _ in range(2)]
    assert codes == ["D010210-003", "D010210-004"]


def test_codes_given_at_once_by_two_people_differ(office: Office) -> None:
    people = [office.door.person(office.boss, "dispatcher", all_sites=True) for _ in range(4)]
    orders = [(person, {"assets": [office.asset() for _ in range(5)]}) for person in people]
    answers = office.door.at_once([lambda of=of: of[0].post("/api/labels/allot", of[1]).json() for of in orders])
    codes = [label["code"] for answer in answers for label in answer["labels"]]
    assert sorted(codes) == [f"D010210-{n:03}" for n in range(1, 21)]


def test_an_asset_without_room_or_building_gets_a_code_of_what_is_known(office: Office) -> None:
    floor, nowhere = office.asset(space=office.floor), office.asset(space=None)
    assert [label["code"] for label in office.allot(floor, nowhere)["labels"]] == ["D010200-001", "D000000-001"]


def test_an_asset_that_names_no_customer_takes_its_sites(office: Office) -> None:
    asset = office.asset(customer=None)
    assert office.allot(asset)["labels"][0]["code"] == "D010210-001"
    assert office.door.record(asset).doc["customer"] == office.customer


def test_where_the_pattern_gives_no_code_the_token_comes_with_the_reason(office: Office) -> None:
    hall = office.write("space", new_id(), site=office.site, parent=office.building, type="room", name="大厅")
    (label,) = office.allot(office.asset(space=hall))["labels"]
    assert label["token"]
    assert label["code"] is None
    assert "room's code “大厅” can't be part of a code" in label["reason"]


def test_the_companys_own_pattern_is_used(office: Office) -> None:
    category = office.write("category", new_id(), key="switch", name={"zh": "交换机", "en": "Switch"})
    office.write("company", new_id(), name={"zh": "安信"}, code_pattern="{customer}-{category}-{room}-{n:2}")
    assert office.allot(office.asset(category=category))["labels"][0]["code"] == "JJ-SWITCH-0210-01"


def test_blank_labels_are_made_by_the_roll_and_printed_by_batch(office: Office) -> None:
    answer = office.boss.post("/api/labels/allot", {"blank": 600, "batch": "roll 1"})
    given = answer.json()
    assert given["batch"] == "roll 1"
    assert len({label["token"] for label in given["labels"]}) == 600
    assert all(label["asset"] is None and label["made"] for label in given["labels"])
    printed = office.boss.post("/api/labels/sheet", {"batch": "roll 1", "layout": "roll-50x30"})
    assert len(pypdf.PdfReader(io.BytesIO(printed.content)).pages) == 600


def test_a_sheet_holds_the_assets_and_notes_the_printing(office: Office) -> None:
    office.write("company", new_id(), name={"zh": "安信运维", "en": "Anxin"}, hotline="400-820-8820")
    asset = office.asset(manufacturer="华为", model="S12700E-8", serial="210235A")
    token = office.allot(asset)["labels"][0]["token"]
    answer = office.boss.post("/api/labels/sheet", {"assets": [asset], "layout": "a4-70x37", "lang": "zh"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    text = texts(answer.content)
    for wanted in ("D010210-001", "核心交换机", "华为 S12700E-8", "SN 210235A", "安信运维", "服务热线 400-820-8820"):
        assert wanted in text
    (record,) = office.door.records("label")
    assert record.doc["token"] == token
    assert record.doc["printed_at"] == office.door.now
    assert "reason" not in record.doc


def test_printing_again_needs_a_reason_which_is_kept(office: Office) -> None:
    asset = office.asset()
    office.allot(asset)
    order = {"assets": [asset]}
    assert office.boss.post("/api/labels/sheet", order).status_code == 200
    office.door.pass_time(60_000)
    for empty in ({}, {"reason": " "}):
        refused = office.boss.post("/api/labels/sheet", order | empty)
        assert (refused.status_code, refused.json()["code"], refused.json()["count"]) == (409, "label_reprint", 1)
    assert office.boss.post("/api/labels/sheet", order | {"reason": "标签损坏"}).status_code == 200
    (record,) = office.door.records("label")
    assert record.doc["reason"] == "标签损坏"
    assert record.doc["printed_at"] == office.door.now


def test_a_label_bound_later_is_the_one_that_is_printed(office: Office) -> None:
    asset = office.asset()
    office.allot(asset)
    office.door.pass_time(1)
    (roll,) = office.boss.post("/api/labels/allot", {"blank": 1}).json()["labels"]
    office.write("asset", asset, tokens={"add": [roll["token"]], "del": []})
    picture = office.boss.get(f"/api/labels/{asset}.png?dpi=300")
    assert [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.content)))] == [
        f"HTTPS://SITE.EXAMPLE.COM/A/{roll['token']}"
    ]


def test_one_label_comes_as_png_and_svg_by_asset_and_by_token(office: Office) -> None:
    asset = office.asset()
    token = office.allot(asset)["labels"][0]["token"]
    for stem in (asset, token, token.lower()):
        png = office.boss.get(f"/api/labels/{stem}.png?width=30&height=20")
        assert png.headers["content-type"] == "image/png"
        (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png.content)))
        assert found.text == f"HTTPS://SITE.EXAMPLE.COM/A/{token}"
    svg = office.boss.get(f"/api/labels/{asset}.svg")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert svg.text.startswith("<svg")


@pytest.mark.parametrize(
    ("path", "order", "status", "code"),
    [
        ("allot", {}, 422, "label_choice"),
        ("allot", {"assets": ["x"], "blank": 1}, 422, "label_choice"),
        ("allot", {"blank": 5_001}, 422, "label_count"),
        ("allot", {"blank": -1}, 422, "label_count"),
        ("allot", {"assets": ["x"]}, 404, "not_found"),
        ("sheet", {}, 422, "label_choice"),
        ("sheet", {"assets": ["x"], "batch": "y"}, 422, "label_choice"),
        ("sheet", {"tokens": ["0000-0000-0000"]}, 404, "not_found"),
        ("sheet", {"batch": "y"}, 404, "not_found"),
        ("sheet", {"batch": "y", "layout": "a5"}, 422, "label_layout"),
        ("sheet", {"batch": "y", "start": 37}, 422, "label_layout"),
        ("sheet", {"batch": "y", "left": 40}, 422, "label_layout"),
        ("pattern", {"pattern": "{rum}-{n}"}, 422, "label_pattern"),
        ("pattern", {"pattern": "{room:2}-{n}", "values": {"room": "0210"}}, 422, "label_pattern"),
    ],
)
def test_a_wrong_order_is_refused_with_what_to_do(
    office: Office, path: str, order: dict[str, Any], status: int, code: str
) -> None:
    answer = office.boss.post(f"/api/labels/{path}", order)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "{" not in answer.json()["detail"].replace("{rum}", "").replace("{room", "").split("Use ")[0]


def test_an_asset_without_a_label_cannot_be_printed(office: Office) -> None:
    asset = office.asset()
    answer = office.boss.post("/api/labels/sheet", {"assets": [asset]})
    assert (answer.status_code, answer.json()["code"], answer.json()["count"]) == (409, "label_none", 1)


def test_a_pattern_is_tried_without_changing_anything(office: Office) -> None:
    answer = office.boss.post("/api/labels/pattern", {"pattern": "{building:3}{room:4}-{n:3}"})
    assert answer.json() == {
        "pattern": "{building:3}{room:4}-{n:3}",
        "examples": ["D010210-001", "D010210-009", "D010210-999"],
        "fields": ["building", "room"],
        "last": 999,
    }


def test_the_layouts_are_listed(office: Office) -> None:
    names = [layout["name"] for layout in office.boss.get("/api/labels/layouts").json()]
    assert {"a4-50x30", "a4-40x30", "a4-70x37", "a4-30x20", "roll-50x30"} <= set(names)


def test_labels_are_the_offices_and_of_its_own_sites(office: Office) -> None:
    asset = office.asset()
    token = office.allot(asset)["labels"][0]["token"]
    engineer = office.door.person(office.boss, "engineer", sites=[office.site])
    for method, path, body in calls(asset):
        assert engineer.request(method, path, body).json()["code"] == "forbidden"
    elsewhere = office.write("site", new_id(), customer=office.customer, name="车管所")
    dispatcher = office.door.person(office.boss, "dispatcher", sites=[elsewhere])
    for method, path, body in calls(asset):
        assert dispatcher.request(method, path, body).json()["code"] == "not_found", path
    assert dispatcher.get(f"/api/labels/{token}.png").json()["code"] == "not_found"
    stranger: Phone = office.door.phone()
    for method, path, body in calls(asset):
        assert stranger.request(method, path, body).status_code == 401


def calls(asset: str) -> list[tuple[str, str, Any]]:
    return [
        ("POST", "/api/labels/allot", {"assets": [asset]}),
        ("POST", "/api/labels/sheet", {"assets": [asset]}),
        ("GET", f"/api/labels/{asset}.png", None),
    ]


def test_five_thousand_blank_labels_are_given_and_printed_in_one_call_each(office: Office) -> None:
    given = office.boss.post("/api/labels/allot", {"blank": 5_000})
    assert given.status_code == 200
    printed = office.boss.post("/api/labels/sheet", {"batch": given.json()["batch"], "layout": "a4-30x20"})
    assert len(pypdf.PdfReader(io.BytesIO(printed.content)).pages) == -(-5_000 // 84)
