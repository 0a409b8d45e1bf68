"""An install for tests: makes ops and signed requests as docs/protocol.md says, independent of the browser's engine."""

import os
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sync import wire
from sync.chain import b64, genesis
from sync.ops import Group, Header, Op, freeze


class TestInstall:
    """One phone: key, chain, cursors."""

    __test__ = False

    def __init__(self, centre: str, user: str) -> None:
        self.centre, self.user = centre, user
        self.id = b64(os.urandom(16))
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.spki = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.genesis = self.tip = genesis(centre, self.id, self.spki)
        self.ops: list[Op] = []
        self.base = 0
        self.cursors: dict[str, tuple[int, str]] = {}
        self.rows: dict[str, dict[str, Any]] = {}

    def act(
        self,
        kind: str,
        record: str,
        values: dict[str, Any],
        base: dict[str, str | None] | None = None,
        *,
        user: str | None = None,
        blobs: list[str] | None = None,
        group: Group | None = None,
    ) -> Op:
        """Freeze one more op onto the chain."""
        n = self.ops[-1].n + 1 if self.ops else 1
        header = Header(
            i=self.id,
            n=n,
            s=1,
            u=user or self.user,
            k=kind,
            r=record,
            x=self.base,
            t=(1, 1, 1, None, None),
            g=group or msgspec.UNSET,
            c=blobs or msgspec.UNSET,
        )
        op = freeze(previous=self.tip, header=header, values=values, base=base or {}, salt=os.urandom(16))
        self.tip = op.h
        self.ops.append(op)
        return op

    def sign(self, data: bytes) -> str:
        """Raw r‖s, base64url."""
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def request(self, ops: list[Op] | None = None, *, pull: bool = False, **change: Any) -> bytes:
        """A signed request with these ops (default: all)."""
        ops = self.ops if ops is None else ops
        start = ops[0].n if ops else (self.ops[-1].n + 1 if self.ops else 1)
        prev = ops[0].prev if ops else self.tip
        head = {
            "proto": 1,
            "centre": self.centre,
            "i": self.id,
            "from": start,
            "prev": prev.hex(),
            "n": start + len(ops) - 1,
            "h": (ops[-1].h if ops else prev).hex(),
            "cursors": self.cursors if pull else None,
            "stats": {},
        } | change
        line = msgspec.json.encode(head)
        lines = [line, b'{"sig":"' + self.sign(line).encode() + b'"}', *map(wire.write_op, ops)]
        return b"\n".join(lines) + b"\n"

    def take(self, answer: bytes) -> dict[str, Any]:
        """Apply an answer's pages to `rows` and the cursors; returns it parsed."""
        parsed = msgspec.json.decode(answer)
        for page in parsed["pages"]:
            for row in page["rows"]:
                self.rows[row["r"]] = row
            self.cursors[page["scope"]] = tuple(page["cursor"])
        if parsed["session"] and not parsed["more"]:
            self.base = max(self.base, parsed["top"])
        return parsed
