"""Writes the demo: the register by the centre's own install, the rounds by virtual phones through the sync core.

Everything a phone would do is done as a phone does it: chained ops, signed requests, blobs at their hash, a signed statement.
"""

import math
import os
import random
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from server.centre import Centre
from server.demo import register
from server.domain import statements
from server.errors import Problem
from server.ingest import new_id
from server.labels import tokens
from server.store import log, media, records
from sync import statement
from sync.author import Author
from sync.chain import b64
from sync.core import Principal
from sync.drafts import Draft
from sync.model.inspections import Signer
from sync.ops import Group, Op
from sync.store import Install

PHOTOS = Path(__file__).parent / "photos"
DAY_MS = 86_400_000
ZONE = "Asia/Shanghai"
SEED = 20261119


class Report(Protocol):
    """Told how far the work is."""

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None: ...


def seed(centre: Centre, report: Report | None = None) -> None:
    """Put the demo customer into an empty store. Raises `Problem("conflict")` when there are records already."""

    def tell(done: int, note: str) -> None:
        if report is not None:
            report(done, 5, note)

    if records.all_of(centre.reader(), "asset"):
        raise Problem("conflict", reason="the store is not empty")
    demo = _Demo(centre)
    tell(0, "登记档案 / Register")
    centre.writer.submit(demo.write_register).result()
    tell(1, "登记手机 / Phones")
    centre.writer.submit(demo.enrol_phones).result()
    tell(2, "上月巡检 / Last month's round")
    demo.last_month()
    tell(3, "本月巡检 / This month's round")
    demo.this_month()
    tell(4, "下一次巡检 / Next round")
    demo.next_round()
    tell(5, "完成 / Done")


class _Phone(Author):
    """A virtual install with a key of its own."""

    def __init__(self, centre: str, user: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())

        def sign(data: bytes) -> str:
            r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
            return b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

        spki = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        super().__init__(centre=centre, install=b64(os.urandom(16)), spki=spki, user=user, sign=sign, random=os.urandom)
        self.sent = 0
        self.blobs: dict[str, bytes] = {}


class _Demo:
    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.now = centre.ingest.clock()
        self.dice = random.Random(SEED)
        self.customer = new_id(self.now)
        self.users = {name: new_id(self.now) for name in (register.MANAGER, register.DISPATCHER, *register.ENGINEERS)}
        self.categories = {key: new_id(self.now) for key in register.CATEGORIES}
        self.checklists: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        self.sites: dict[str, str] = {}
        self.spaces: dict[str, str] = {}
        """Building code -> space, building code + room number -> space."""
        self.assets: dict[str, list[tuple[str, str]]] = {}
        """Building code -> (asset, category key) in the order of rooms."""
        self.site_of: dict[str, str] = {}
        self.phones: dict[str, _Phone] = {}
        self.last: dict[str, Op] = {}
        """Asset -> the op of its latest inspection."""

    # --- the centre's own ops ---

    def write_register(self, conn: sqlite3.Connection) -> None:
        drafts: list[Draft] = []

        def add(kind: str, record: str, values: dict[str, Any]) -> None:
            drafts.append(Draft(kind=kind, record=record, values=values, base={}))

        if not records.all_of(conn, "company"):
            add("company", new_id(self.now), {
                "name": {"zh": "江城恒信信息技术服务有限公司", "en": "Jiangcheng Hengxin IT Services"}, "hotline": "027-8550 1200",
                "address": "江城市洪山区光谷大道 70 号",
            })  # fmt: skip
        add(
            "customer",
            self.customer,
            {"name": "江城市公安局交通警察支队", "short_name": "江城交警", "contact": "何玉", "phone": "027-8270 3300"},
        )
        for key, (zh, en) in register.CATEGORIES.items():
            add("category", self.categories[key], {"key": key, "name": {"zh": zh, "en": en}})
        for keys, title, items in register.checklists():
            id = new_id(self.now)
            add("checklist", id, {
                "family": id, "version": 1, "title": title, "categories": [self.categories[key] for key in keys], "items": items,
                "status": "published",
            })  # fmt: skip
            for key in keys:
                self.checklists[key] = (id, items)
        for site, (address, buildings) in register.SITES.items():
            self.sites[site] = new_id(self.now)
            add("site", self.sites[site], {"customer": self.customer, "name": site, "address": address, "tz": ZONE})
            for building in buildings:
                self._add_building(add, self.sites[site], building)
        for name, id in self.users.items():
            engineer = name in register.ENGINEERS
            role = "engineer" if engineer else "manager" if name == register.MANAGER else "dispatcher"
            values: dict[str, Any] = {"name": name, "role": role, "status": "active", "lang": "zh"}
            values |= {"sites": {"add": list(self.sites.values()), "del": []}} if engineer else {"all_sites": True}
            add("user", id, values)
        self.centre.ingest.demand(conn, drafts)

    def _add_building(
        self, add: Callable[[str, str, dict[str, Any]], None], site: str, building: register.Building
    ) -> None:
        self.site_of[building.code] = site
        space = self.spaces[building.code] = new_id(self.now)
        order = int(building.code[1:])
        add(
            "space",
            space,
            {"site": site, "type": "building", "name": building.name, "code": building.code, "order": order},
        )
        floors: dict[str, str] = {}
        for room in sorted(building.rooms, key=lambda room: room.number):
            floor = room.number[:2]
            if floor not in floors:
                floors[floor] = new_id(self.now)
                add("space", floors[floor], {
                    "site": site, "parent": space, "type": "floor", "name": f"{int(floor)} 层", "code": floor, "order": int(floor),
                })  # fmt: skip
            id = self.spaces[building.code + room.number] = new_id(self.now)
            add("space", id, {
                "site": site, "parent": floors[floor], "type": "room", "name": f"{room.number} {room.zh}", "code": room.number,
                "order": int(room.number),
            })  # fmt: skip
            number = 0
            for key, many in room.holds.items():
                for _ in range(many):
                    number += 1
                    self._add_asset(add, site, building, room, key, number)

    def _add_asset(
        self, add: Callable[[str, str, dict[str, Any]], None], site: str, building: register.Building, room: register.Room,
        key: str, number: int,
    ) -> None:  # fmt: skip
        product = self.dice.choice(register.PRODUCTS[key])
        asset = new_id(self.now)
        bought = datetime.fromtimestamp(self.now / 1000, UTC) - timedelta(days=self.dice.randint(120, 1700))
        token = tokens.draw(os.urandom)
        values: dict[str, Any] = {
            "customer": self.customer,
            "site": site,
            "space": self.spaces[building.code + room.number],
            "code": f"{building.code}{room.number}-{number:03}",
            "tokens": {"add": [token], "del": []},
            "category": self.categories[key],
            "name": product.name,
            "manufacturer": product.manufacturer,
            "model": product.model,
            "serial": product.serial + "".join(self.dice.choices("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", k=6)),
            "asset_tag": f"JJ-{bought.year}-{self.dice.randint(1000, 9999):06}",
            "value": product.value,
            "purchased_on": bought.date().isoformat(),
            "warranty_end": (bought + timedelta(days=1095)).date().isoformat(),
            "person": self.dice.choice(register.PEOPLE),
            "department": room.zh,
            "status": "in_service",
        }
        if key in ("pc", "server", "switch"):
            values["config"] = {"IP": f"10.42.{int(building.code[1:])}.{self.dice.randint(2, 250)}"}
        add("asset", asset, values)
        add("label", new_id(self.now), {"token": token, "batch": "demo", "asset": asset})
        self.assets.setdefault(building.code, []).append((asset, key))

    # --- phones ---

    def enrol_phones(self, conn: sqlite3.Connection) -> None:
        for name in register.ENGINEERS:
            user = self.users[name]
            phone = self.phones[name] = _Phone(self.centre.id, user)
            device = new_id(self.now)
            log.add_install(
                conn,
                Install(id=phone.id, spki=phone.spki, genesis=phone.genesis, users=frozenset((user,))),
                self.now,
                device=device,
            )
            self.centre.ingest.demand(conn, [Draft(kind="device", record=device, values={
                "user": user, "install": phone.id, "name": f"{name}的手机（演示）", "platform": "Android", "status": "active",
                "enrolled_at": self.now,
            })])  # fmt: skip
            phone.base = log.head_seq(conn)

    def deliver(self, phone: _Phone) -> None:
        """Hand in what is new, then the blobs, as a phone does."""
        while phone.sent < len(phone.ops):
            part = phone.ops[phone.sent : phone.sent + 500]
            body = phone.request(part)
            answer = self.centre.writer.submit(
                lambda conn, body=body: self.centre.ingest.sync(conn, body, Principal())
            ).result()
            for run in phone.take(answer)["verdicts"]:
                if run["v"] != "applied":
                    raise RuntimeError(f"demo op {run['n']}: {run['v']} {run.get('code')} {run.get('detail')}")
            phone.sent += len(part)
        phone.base = self.centre.writer.submit(log.head_seq).result()
        site_of = {blob: op for op in phone.ops for blob in _blobs_of(op)}
        for digest, content in phone.blobs.items():
            self.centre.media.blobs.append(phone.id, digest, 0, content, len(content))
            site = msgspec.json.decode(site_of[digest].payload or b"{}")["v"]["site"]
            rows = self.centre.media.arrivals.receipts(digest, [site], phone.id)
            self.centre.writer.submit(lambda conn, rows=rows: media.add_receipts(conn, rows)).result()
            self.centre.media.arrivals.settle(digest)
        phone.blobs.clear()

    # --- rounds ---

    def _round(
        self, phone: _Phone, building: str, title: str, due: datetime, members: list[tuple[str, str]], status: str
    ) -> str:
        id = new_id(self.now)
        used = {key for _, key in members}
        phone.act("round", id, {
            "site": self.site_of[building], "title": title, "assets": [asset for asset, _ in members],
            "assignments": [{"category": self.categories[key], "checklist": self.checklists[key][0]} for key in sorted(used)],
            "people": [self.users[name] for name in register.ENGINEERS], "due_on": due.date().isoformat(), "status": ["", status],
        })  # fmt: skip
        return id

    def _photo(
        self,
        phone: _Phone,
        file: str,
        *,
        site: str,
        asset: str,
        at: int,
        round_id: str | None = None,
        item: str | None = None,
    ) -> str:
        content = (PHOTOS / f"{file}.jpg").read_bytes()
        # Two photos are never the same bytes: a comment segment after SOI tells them apart.
        note = f"{asset} {at}".encode()
        content = content[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + content[2:]
        digest = sha256(content).hexdigest()
        phone.blobs[digest] = content
        id = new_id(at)
        values: dict[str, Any] = {
            "site": site,
            "asset": asset,
            "blob": digest,
            "mime": "image/jpeg",
            "size": len(content),
            "taken_at": at,
        }
        if round_id:
            values["round"] = round_id
        if item:
            values["item"] = item
        phone.act("photo", id, values, blobs=[digest], wall_ms=at)
        return id

    def _inspect(
        self,
        phone: _Phone,
        building: str,
        round_id: str,
        member: tuple[str, str],
        at: int,
        faults: dict[str, dict[str, Any]],
    ) -> Op:
        asset, key = member
        site = self.site_of[building]
        checklist, items = self.checklists[key]
        results: list[dict[str, Any]] = []
        for entry in items:
            if entry["type"] == "text":
                continue
            result = {"item": entry["id"], "answer": self._answer(entry), "state": "normal"}
            if entry["id"] in faults:
                fault = dict(faults[entry["id"]])
                picture = fault.pop("picture", None)
                result |= {"state": "abnormal", **fault}
                if picture:
                    result["photos"] = [
                        self._photo(phone, picture, site=site, asset=asset, at=at, round_id=round_id, item=entry["id"])
                    ]
            elif entry.get("photo") == "always":
                result["photos"] = [
                    self._photo(phone, "switch", site=site, asset=asset, at=at, round_id=round_id, item=entry["id"])
                ]
            results.append(result)
        op = phone.act("inspection", new_id(at), {
            "site": site, "round": round_id, "asset": asset, "checklist": checklist, "outcome": "done", "results": results,
            "presence": {"by": "scan", "at": at}, "started_at": at, "finished_at": at + 95_000,
        }, wall_ms=at + 95_000)  # fmt: skip
        self.last[asset] = op
        return op

    def _answer(self, entry: dict[str, Any]) -> str:
        if entry["type"] == "check":
            return "pass"
        if entry["type"] == "choice":
            return entry["choices"][0]["value"]
        low = float(entry.get("min") or 5)
        high = float(entry.get("max") or (98 if entry["id"] == "battery" else low + 30))
        middle = low + (high - low) * (0.35 + 0.3 * self.dice.random())
        return str(round(middle * 2) / 2) if entry.get("step") == "0.5" else str(round(middle))

    def last_month(self) -> None:
        """A finished and signed round of room 0210 and the server room, a month ago."""
        name = register.ENGINEERS[0]
        phone = self.phones[name]
        start = working_hour(self.now - 30 * DAY_MS)
        rooms = [member for member in self.assets["D01"] if member[1] in ("server", "switch", "ups")][:8]
        members = [*rooms, *(member for member in self.assets["D01"][:30] if member not in rooms)][:24]
        due = datetime.fromtimestamp(start / 1000, UTC)
        round_id = self._round(phone, "D01", f"办公楼壹号栋 · {due.month} 月巡检", due, members, "active")
        done: list[tuple[tuple[str, str], Op]] = []
        for index, member in enumerate(members):
            faults: dict[str, dict[str, Any]] = {}
            if index == 1:
                faults = {"alarm" if member[1] in ("server", "ups") else "uplink": {
                    "answer": "fail", "severity": "minor", "note": "模块松动", "solved": "已重新插紧，复测正常", "picture": "rackwide",
                }}  # fmt: skip
            done.append((member, self._inspect(phone, "D01", round_id, member, start + index * 180_000, faults)))
        self.deliver(phone)
        self._sign(phone, "D01", round_id, done, start + len(members) * 180_000)
        self.deliver(phone)

    def this_month(self) -> None:
        """A half-done round of building 1: 34 of its assets inspected, two abnormal, one skipped."""
        phone = self.phones[register.ENGINEERS[0]]
        members = self.assets["D01"]
        today = datetime.fromtimestamp(self.now / 1000, UTC)
        round_id = self._round(phone, "D01", f"办公楼壹号栋 · {today.month} 月巡检", today, members, "active")
        start = working_hour(self.now)
        for index, member in enumerate(members[:34]):
            at = start + index * 210_000
            faults: dict[str, dict[str, Any]] = {}
            if index == 8:
                faults = {
                    "fan": {
                        "answer": "fail",
                        "severity": "medium",
                        "note": "间歇异响，开机约 5 分钟后明显，扇叶积灰",
                        "picture": "fan",
                    }
                }
            if index == 21:
                faults = {
                    "cables": {
                        "answer": "fail",
                        "severity": "minor",
                        "note": "网线接头松动",
                        "solved": "已当场重做，复测正常",
                        "picture": "patch",
                    }
                }
            if index == 27:
                phone.act("inspection", new_id(at), {
                    "site": self.site_of["D01"], "round": round_id, "asset": member[0], "outcome": "skipped",
                    "reason": "正在打印证件，约 15:30 补检", "finished_at": at, "started_at": at,
                }, wall_ms=at)  # fmt: skip
                continue
            self._inspect(phone, "D01", round_id, member, at, faults)
        for member, picture in zip(members[:4], ("pc", "pcrear", "desk", "room"), strict=True):
            self._photo(phone, picture, site=self.site_of["D01"], asset=member[0], at=start)
        self.deliver(phone)

    def next_round(self) -> None:
        """A planned round at the other site."""
        phone = self.phones[register.ENGINEERS[1]]
        today = datetime.fromtimestamp(self.now / 1000, UTC) + timedelta(days=6)
        members = self.assets["D04"]
        self._round(phone, "D04", f"业务楼 · {today.month} 月巡检", today, members, "planned")
        self.deliver(phone)

    def _sign(
        self, phone: _Phone, building: str, round_id: str, done: list[tuple[tuple[str, str], Op]], at: int
    ) -> None:
        reader = self.centre.reader()
        load = statements.loader(reader)
        site = self.site_of[building]

        def writer(record: str, field: str) -> str:
            found = records.get(reader, record)
            assert found is not None
            return found.writers[field]

        inspections: list[statement.Inspected] = []
        for (asset, key), op in done:
            record = records.get(reader, asset)
            assert record is not None
            checklist = self.checklists[key][0]
            photos = tuple(
                found.h.hex()
                for found in phone.ops
                if found.header and b'"k":"photo"' in found.header and _record(found) in (op.payload or b"").decode()
            )
            inspections.append(
                statement.Inspected(
                    op=op.h.hex(),
                    asset={field: record.writers[field] for field in statement.ASSET_FIELDS if record.doc.get(field)},
                    space=writer(record.doc["space"], "name"),
                    title=writer(checklist, "title"),
                    items=writer(checklist, "items"),
                    photos=photos,
                )
            )
        sources = statement.Sources(
            customer=writer(self.customer, "name"),
            site=writer(site, "name"),
            round=writer(round_id, "title"),
            user=writer(phone.user, "name"),
            inspections=tuple(inspections),
        )
        signer = Signer(name=register.SIGNER, role=register.SIGNER_ROLE)
        frame = statement.Statement(
            v=1, kind="round", lang="zh", tz=ZONE, centre=self.centre.id, lines=[], photos=[],
            signer=statement.StatementSigner(name=signer.name, outcome="signed", role=signer.role), at=at,
        )  # fmt: skip
        text = statement.write(statement.build(sources, load, frame))
        strokes = msgspec.json.encode({"v": 1, "width": 3600, "height": 1400, "strokes": _strokes()})
        blobs = [sha256(text).hexdigest(), sha256(strokes).hexdigest()]
        phone.blobs |= {blobs[0]: text, blobs[1]: strokes}
        first = phone.ops[-1].n + 1
        copy = "".join(random.SystemRandom().choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=26))
        phone.act("signature", new_id(at), {
            "site": site, "round": round_id, "outcome": "signed", "statement": blobs[0], "strokes": blobs[1],
            "signer": {"name": signer.name, "role": signer.role}, "lang": "zh", "signed_at": at,
            "copy": sha256(copy.encode()).hexdigest(),
        }, blobs=blobs, group=Group(first=first, index=0, size=2), wall_ms=at)  # fmt: skip
        phone.act(
            "round", round_id, {"status": ["active", "signed"]}, group=Group(first=first, index=1, size=2), wall_ms=at
        )


def working_hour(now: int) -> int:
    """Nine in the morning of that day in the site's zone, of the day before while it is not yet noon."""
    local = datetime.fromtimestamp(now / 1000, ZoneInfo(ZONE))
    day = local if local.hour >= 12 else local - timedelta(days=1)
    return int(day.replace(hour=9, minute=0, second=0, microsecond=0).timestamp() * 1000)


def _record(op: Op) -> str:
    return msgspec.json.decode(op.header or b"{}")["r"]


def _blobs_of(op: Op) -> list[str]:
    return msgspec.json.decode(op.header or b"{}").get("c", [])


def _strokes() -> list[list[tuple[int, int, int, int]]]:
    """A written name: loops and bars, as a finger draws them."""
    found: list[list[tuple[int, int, int, int]]] = []
    time = 0
    for index in range(7):
        points: list[tuple[int, int, int, int]] = []
        left, top = 500 + index * 380, 350 + (index % 3) * 160
        for step in range(24):
            angle = step / 23 * math.pi * (1.2 + index % 2)
            x = left + int(230 * math.sin(angle) + step * 9)
            y = top + int(260 * (1 - math.cos(angle)) + index * 12)
            points.append((time, x, y, 400 + 15 * step))
            time += 16
        found.append(points)
        time += 120
    return found
