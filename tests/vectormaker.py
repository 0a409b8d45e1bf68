"""Makes the shared vectors: `python -m tests.vectormaker [FOLDER]` writes what docs/protocol.md says as examples.

Deterministic, so that a change of bytes shows as a change of the files. pytest and vitest run them.
"""

import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from sync import canonical, statement
from sync.chain import b64, genesis, link, log_head, name
from sync.model.inspections import Position
from sync.ops import Group, Header, Op, freeze

CENTRE = b64(bytes(range(16)))
INSTALL = b64(bytes(range(16, 32)))
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + bytes(range(65))
WORDS = '采 a"\\\n\t\u0001é😀\u2028'


def draw(label: str, size: int = 16) -> bytes:
    """Bytes that stay the same for ever."""
    return sha256(label.encode()).digest()[:size]


def uuid(label: str) -> str:
    """A fixed UUIDv7."""
    raw = bytearray(draw(label))
    raw[6], raw[8] = raw[6] & 0x0F | 0x70, raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


class Author:
    """Freezes ops one after another on one chain."""

    def __init__(self) -> None:
        self.genesis = self.previous = genesis(CENTRE, INSTALL, SPKI)
        self.ops: list[Op] = []

    def act(
        self, kind: str, record: str, values: dict[str, Any], base: dict[str, str | None] | None = None, **more: Any
    ) -> Op:
        """One more op."""
        n = len(self.ops) + 1
        at = more.pop("at", None)
        header = Header(
            i=INSTALL, n=n, s=1, u=uuid("user"), k=kind, r=record, x=1099511627776 + n,
            t=(1763600000000 + n, 1763590000000, 10_000 + n, None, None) if n == 1
            else (1763600000000 + n, 1763590000000, 10_000 + n, 1763599999000, 9_000), **more,
        )  # fmt: skip
        op = freeze(
            previous=self.previous, header=header, values=values, base=base or {}, salt=draw(f"salt {n}"), at=at
        )
        self.previous = op.h
        self.ops.append(op)
        return op


def canonical_vectors() -> list[dict[str, Any]]:
    """Values and their canonical text; and values that have none."""
    values: list[Any] = [
        {}, [], "", None, True, False, 0, -1, 9007199254740991, -9007199254740991, WORDS,
        {"b": 1, "a": [2, {"z": None, "é": "x", "😀": 1, "\ufb01": 2}], "": "empty key"},
        ["\u007f", "/", "<script>", "=1+1"],
    ]  # fmt: skip
    return [{"value": value, "text": canonical.encode(value).decode()} for value in values]


def sample() -> tuple[Author, statement.Sources]:
    """A customer's round with one normal, one abnormal and one skipped asset."""
    author = Author()
    site, space = uuid("site"), uuid("space")
    customer = author.act("customer", uuid("customer"), {"name": "江城市公安局交通警察支队"})
    place = author.act("site", site, {"customer": uuid("customer"), "name": "办公楼壹号栋", "tz": "Asia/Shanghai"})
    user = author.act("user", uuid("user"), {"name": "李伟", "role": "engineer", "sites": {"add": [site], "del": []}})
    room = author.act("space", space, {"site": site, "type": "room", "name": "0210 室", "code": "0210"})
    items: list[dict[str, Any]] = [
        {"id": "light", "type": "check", "title": {"zh": "电源指示灯", "en": "Power light"}},
        {"id": "temp", "type": "number", "title": {"zh": "机箱温度", "en": "Case temperature"}, "unit": "°C", "min": "10", "max": "70"},
        {"id": "dust", "type": "choice", "title": {"zh": "积尘", "en": ""},
         "choices": [{"value": "low", "title": {"zh": "少", "en": "Little"}}, {"value": "high", "title": {"zh": "多", "en": "Much"}, "abnormal": True}]},
        {"id": "os", "type": "text", "title": {"zh": "系统版本", "en": "System"}},
        {"id": "load", "type": "number", "title": {"zh": "负载", "en": "Load"}, "unit": "%", "max": "80.5"},
    ]  # fmt: skip
    checklist = author.act(
        "checklist", uuid("checklist"), {"title": {"zh": "台式机月检", "en": "PC, monthly"}, "items": items}
    )
    assets = [
        author.act("asset", uuid(f"asset {n}"), {
            "site": site, "space": space, "code": f"D010210-00{n}", "name": "台式机", "manufacturer": "联想", "serial": f"PF2X91K{n}",
        }) for n in (1, 2, 3)
    ]  # fmt: skip
    round_ = author.act(
        "round", uuid("round"),
        {"site": site, "title": "11 月巡检", "assets": [uuid(f"asset {n}") for n in (1, 2, 3)], "status": ["", "active"]},
    )  # fmt: skip
    photo = author.act(
        "photo", uuid("photo"),
        {"site": site, "asset": uuid("asset 2"), "blob": sha256(b"jpeg").hexdigest(), "mime": "image/jpeg", "size": 4},
        at=Position(lat="30.5928", lon="114.3055"), c=[sha256(b"jpeg").hexdigest()],
    )  # fmt: skip
    earlier = author.act("inspection", uuid("earlier"), {
        "site": site, "round": uuid("round 0"), "asset": uuid("asset 1"), "outcome": "done",
        "results": [{"item": "temp", "answer": "36.0", "state": "normal"}, {"item": "light", "answer": "pass", "state": "normal"}],
    })  # fmt: skip
    fine = author.act("inspection", uuid("inspection 1"), {
        "site": site, "round": uuid("round"), "asset": uuid("asset 1"), "checklist": uuid("checklist"), "outcome": "done",
        "results": [
            {"item": "light", "answer": "pass", "state": "normal"},
            {"item": "temp", "answer": "43.50", "state": "normal"},
            {"item": "dust", "answer": "low", "state": "normal", "note": "刚清洁过"},
            {"item": "os", "answer": "=cmd|'/c calc'!A1 <b>&", "state": "normal"},
            {"item": "load", "answer": "na", "state": "na"},
        ],
    })  # fmt: skip
    faulty = author.act("inspection", uuid("inspection 2"), {
        "site": site, "round": uuid("round"), "asset": uuid("asset 2"), "checklist": uuid("checklist"), "outcome": "done",
        "results": [
            {"item": "light", "answer": "fail", "state": "abnormal", "severity": "medium", "note": "间歇不亮\n第二行", "solved": "已更换", "photos": [uuid("photo")]},
            {"item": "dust", "answer": "high", "state": "abnormal"},
            {"item": "load", "answer": "91", "state": "abnormal", "severity": "serious"},
        ],
    }, {"results": None})  # fmt: skip
    skipped = author.act("inspection", uuid("inspection 3"), {
        "site": site, "round": uuid("round"), "asset": uuid("asset 3"), "outcome": "skipped", "reason": "房间锁着",
    })  # fmt: skip
    author.act("asset.delete", uuid("asset 3"), {}, g=Group(first=author.ops[-1].n + 1, index=0, size=2))
    author.act(
        "asset", uuid("asset 2"), {"note": WORDS}, {"note": name(assets[1].h)}, g=Group(first=author.ops[-1].n, index=1, size=2)
    )  # fmt: skip

    def inspected(op: Op, asset: Op, **more: Any) -> statement.Inspected:
        names: dict[str, str] = dict.fromkeys(("code", "name", "manufacturer", "serial"), asset.name)
        return statement.Inspected(
            op=op.h.hex(), asset=names, space=room.name, title=checklist.name, items=checklist.name, **more
        )

    sources = statement.Sources(
        customer=customer.name, site=place.name, round=round_.name, user=user.name,
        inspections=(
            inspected(fine, assets[0], last=earlier.h.hex()),
            inspected(faulty, assets[1], photos=(photo.h.hex(),)),
            inspected(skipped, assets[2]),
        ),
    )  # fmt: skip
    return author, sources


def chain_vectors(author: Author) -> dict[str, Any]:
    """An install's chain, op by op, and the log over it."""
    log, ops = bytes(32), list[dict[str, Any]]()
    for index, op in enumerate(author.ops):
        assert op.header is not None
        assert op.payload is not None
        assert op.salt is not None
        seq = 1099511627777 + index
        log = log_head(log, seq, op.h, "applied")
        ops.append({
            "header": op.header.decode(), "payload": op.payload.decode(), "salt": b64(op.salt), "prev": op.prev.hex(),
            "header_hash": op.header_hash.hex(), "pc": op.pc.hex(), "h": op.h.hex(), "name": op.name,
            "seq": seq, "verdict": "applied", "log_head": log.hex(),
        })  # fmt: skip
        assert link(op.prev, op.header_hash, op.pc) == op.h
    return {"centre": CENTRE, "install": INSTALL, "spki": b64(SPKI), "genesis": author.genesis.hex(), "ops": ops}


def loader(author: Author) -> statement.Load:
    """Op name or full hash -> op, over one author's ops."""
    table = {op.h.hex(): op for op in author.ops} | {op.name: op for op in author.ops}
    return table.get


def statement_vectors(author: Author, sources: statement.Sources) -> list[dict[str, Any]]:
    """Statements in both languages over the ops of chain.json."""
    found: list[dict[str, Any]] = []
    for lang in ("zh", "en"):
        frame = statement.Statement(
            v=1, kind="round", lang=lang, tz="Asia/Shanghai", centre=CENTRE, lines=[], photos=[],
            signer=statement.StatementSigner(name="张敏", outcome="signed", role="事故处理科"), at=1763600100000,
        )  # fmt: skip
        built = statement.write(statement.build(sources, loader(author), frame))
        found.append(
            {
                "lang": lang,
                "sources": msgspec.to_builtins(sources),
                "text": built.decode(),
                "sha256": sha256(built).hexdigest(),
            }
        )
    return found


def main(folder: Path) -> None:
    """Write all vector files."""
    author, sources = sample()
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in {
        "canonical": canonical_vectors(),
        "chain": chain_vectors(author),
        "statement": statement_vectors(author, sources),
    }.items():
        text = msgspec.json.format(
            msgspec.json.encode({"generated_by": "python -m tests.vectormaker", file: content}), indent=1
        )
        (folder / f"{file}.json").write_bytes(text + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "tests/vectors"))
