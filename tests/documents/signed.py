"""A round as it really comes in: registry written by the centre, inspections, photos and signature as ops of a phone."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import msgspec
from cryptography.hazmat.primitives import serialization
from PIL import Image

from server.domain import statements
from server.ingest import new_id
from sync import statement
from sync.chain import genesis
from sync.core import Principal
from sync.drafts import Draft
from sync.ops import Op
from sync.statement import Inspected, Sources, Statement, StatementSigner
from tests.documents import rounds
from tests.door import Door, Phone
from tests.install import TestInstall

COPY = "0123456789ABCDEFGHJKMNPQRS"


def jpeg(seed: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((800, 600), 20 + seed).convert("RGB").save(out, "JPEG", quality=70)
    return out.getvalue()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class SignedRound:
    """A site with three assets, an engineer's phone, and what it delivers step by step."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.centre = door.centre
        self.administrator = door.administrator()
        self.customer, self.site, self.elsewhere, self.room = (new_id() for _ in range(4))
        self.checklist, self.round, self.signature = (new_id() for _ in range(3))
        self.assets = [new_id() for _ in range(3)]
        self.write("customer", self.customer, name="江城市公安局交通警察支队")
        self.write("site", self.site, customer=self.customer, name="办公楼壹号栋", tz="Asia/Shanghai")
        self.write("site", self.elsewhere, customer=self.customer, name="车管所")
        self.write("space", self.room, site=self.site, type="room", name="0210 室")
        for n, asset in enumerate(self.assets):
            self.write(
                "asset",
                asset,
                site=self.site,
                space=self.room,
                code=f"D010210-00{n + 1}",
                name="台式机",
                serial=f"PF{n}",
            )
        self.write(
            "checklist",
            self.checklist,
            title={"zh": "台式机检查", "en": "Desktop check"},
            items=[
                {"id": "fan", "type": "check", "title": {"zh": "风扇", "en": "Fan"}},
                {
                    "id": "temp",
                    "type": "number",
                    "title": {"zh": "温度", "en": "Temperature"},
                    "unit": "°C",
                    "min": "10",
                    "max": "70",
                },
            ],
            status="published",
        )
        self.write("round", self.round, site=self.site, title="十一月巡检", assets=self.assets, status=["", "planned"])
        self.engineer = door.person(self.administrator, "engineer", sites=[self.site])
        self.install = install_of(self.engineer, door)
        self.pictures = [jpeg(n) for n in range(2)]
        self.photos: list[Op] = []
        self.inspections: list[Op] = []
        self.inspection_ids = [new_id() for _ in range(3)]

    def write(self, kind: str, record: str, **values: Any) -> None:
        drafts = [Draft(kind=kind, record=record, values=values)]
        self.centre.writer.submit(lambda conn: self.centre.ingest.demand(conn, drafts)).result()

    def deliver(self, *ops: Op) -> None:
        """Through the sync core, as the phone's request would be."""
        body = self.install.request(list(ops))
        answer = self.centre.writer.submit(lambda conn: self.centre.ingest.sync(conn, body, Principal())).result()
        bad = [
            verdict for verdict in msgspec.json.decode(answer)["verdicts"] if verdict["v"] not in ("applied", "noop")
        ]
        assert bad == []

    def upload(self, data: bytes) -> None:
        """Through the blob route; returns when the centre has looked at it."""
        answer = self.engineer.request(
            "PATCH",
            f"/api/blobs/{sha(data)}",
            content=data,
            headers={
                "Tus-Resumable": "1.0.0",
                "Upload-Offset": "0",
                "Upload-Length": str(len(data)),
                "Content-Type": "application/offset+octet-stream",
            },
        )
        assert answer.status_code == 204, answer.text
        self.centre.media.arrivals.wait()

    def inspect(self) -> None:
        """First asset abnormal with two photos, second normal, third skipped."""
        ids = [new_id(), new_id()]
        for n, (id, picture) in enumerate(zip(ids, self.pictures, strict=True)):
            values = {
                "site": self.site,
                "asset": self.assets[0],
                "round": self.round,
                "item": "fan",
                "blob": sha(picture),
                "mime": "image/jpeg",
                "size": len(picture),
                "taken_at": rounds.SIGNED_AT - 60_000 * n,
            }
            self.photos.append(self.install.act("photo", id, values, blobs=[sha(picture)]))
        answers: list[dict[str, Any]] = [
            {
                "outcome": "done",
                "results": [
                    {
                        "item": "fan",
                        "answer": "fail",
                        "state": "abnormal",
                        "severity": "serious",
                        "note": "异响",
                        "solved": "已更换",
                        "photos": ids,
                    },
                    {"item": "temp", "answer": "43.5", "state": "normal"},
                ],
            },
            {
                "outcome": "done",
                "results": [
                    {"item": "fan", "answer": "pass", "state": "normal"},
                    {"item": "temp", "answer": "40", "state": "normal"},
                ],
            },
            {"outcome": "skipped", "reason": "正在打印证件"},
        ]
        for id, asset, answer in zip(self.inspection_ids, self.assets, answers, strict=True):
            values = {"site": self.site, "round": self.round, "asset": asset, **answer}
            if answer["outcome"] == "done":
                values["checklist"] = self.checklist
            self.inspections.append(self.install.act("inspection", id, values))
        self.deliver(*self.photos, *self.inspections)

    def sources(self) -> Sources:
        def writer(id: str, field: str) -> str:
            return self.door.record(id).writers[field]

        return Sources(
            customer=writer(self.customer, "name"),
            site=writer(self.site, "name"),
            round=writer(self.round, "title"),
            user=writer(self.engineer.user, "name"),
            inspections=tuple(
                Inspected(
                    op=op.h.hex(),
                    asset={field: writer(asset, field) for field in ("code", "name", "serial")},
                    space=writer(self.room, "name"),
                    title=writer(self.checklist, "title") if n < 2 else None,
                    items=writer(self.checklist, "items") if n < 2 else None,
                    photos=tuple(photo.h.hex() for photo in self.photos) if n == 0 else (),
                )
                for n, (asset, op) in enumerate(zip(self.assets, self.inspections, strict=True))
            ),
        )

    def sign(self, outcome: str = "signed", lang: str = "zh", *, spoil: bool = False) -> None:
        """The signing op is delivered; statement and strokes are not."""
        frame = Statement(
            v=1,
            kind="round",
            lang="zh" if lang == "zh" else "en",
            tz="Asia/Shanghai",
            centre=self.centre.id,
            lines=[],
            photos=[],
            signer=StatementSigner(name="张敏", outcome=outcome, role="事故处理科"),
            at=rounds.SIGNED_AT,
        )
        built = statement.build(self.sources(), statements.loader(self.centre.reader()), frame)
        if spoil:
            lines = [msgspec.structs.replace(line, value="0") if line.value == "43.5" else line for line in built.lines]
            built = msgspec.structs.replace(built, lines=lines)
        self.statement = statement.write(built)
        self.strokes = rounds.strokes()
        values = {
            "site": self.site,
            "round": self.round,
            "outcome": outcome,
            "statement": sha(self.statement),
            "signer": {"name": "张敏", "role": "事故处理科"},
            "lang": lang,
            "signed_at": rounds.SIGNED_AT,
            "copy": sha(COPY.encode()),
        }
        blobs = [sha(self.statement)]
        if outcome == "signed":
            values["strokes"] = sha(self.strokes)
            blobs.append(sha(self.strokes))
        else:
            values["reason"] = "门锁，电话告知"
        self.outcome = outcome
        self.deliver(self.install.act("signature", self.signature, values, blobs=blobs))

    def send_statement(self) -> None:
        self.upload(self.statement)
        if self.outcome == "signed":
            self.upload(self.strokes)

    def send_photos(self, count: int = 2) -> None:
        for picture in self.pictures[:count]:
            self.upload(picture)

    def whole(self) -> SignedRound:
        """Everything delivered."""
        self.inspect()
        self.sign()
        self.send_statement()
        self.send_photos()
        return self


def install_of(phone: Phone, door: Door) -> TestInstall:
    """The op-making side of an enrolled phone."""
    install = TestInstall(door.centre.id, phone.user)
    install.id, install.key = phone.key.id, phone.key._key
    install.spki = install.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    install.genesis = install.tip = genesis(install.centre, install.id, install.spki)
    install.base = 1 << 50
    return install
