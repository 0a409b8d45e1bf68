"""A client in Python: makes an install's ops and requests and takes answers, as docs/protocol.md says.

Pure: the key stays with the caller, who gives `sign`. Used by the demo's virtual installs, by tests and by simulators.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from sync import wire
from sync.chain import genesis
from sync.ops import SCHEMA, Group, Header, Op, freeze

Sign = Callable[[bytes], str]
"""Message -> raw r‖s, base64url."""


class Author:
    """One install: chain, cursors, and the rows it has pulled."""

    def __init__(
        self, *, centre: str, install: str, spki: bytes, user: str, sign: Sign, random: Callable[[int], bytes]
    ) -> None:
        self.centre, self.id, self.spki, self.user = centre, install, spki, user
        self.sign, self.random = sign, random
        self.genesis = self.tip = genesis(centre, install, spki)
        self.ops: list[Op] = []
        self.base = 0
        """Highest `top` of a finished pull: the `x` of the next op."""
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
        wall_ms: int = 1,
    ) -> Op:
        """Freeze one more op onto the chain."""
        n = self.ops[-1].n + 1 if self.ops else 1
        header = Header(
            i=self.id,
            n=n,
            s=SCHEMA,
            u=user or self.user,
            k=kind,
            r=record,
            x=self.base,
            t=(wall_ms, 1, 1, None, None),
            g=group or msgspec.UNSET,
            c=blobs or msgspec.UNSET,
        )
        op = freeze(previous=self.tip, header=header, values=values, base=base or {}, salt=self.random(16))
        self.tip = op.h
        self.ops.append(op)
        return op

    def request(self, ops: list[Op] | None = None, *, pull: bool = False, **change: Any) -> bytes:
        """A signed request with these ops (default: all that it has); `change` replaces keys of the head."""
        ops = self.ops if ops is None else ops
        start = ops[0].n if ops else (self.ops[-1].n + 1 if self.ops else 1)
        prev = ops[0].prev if ops else self.tip
        head = {
            "proto": wire.PROTO,
            "centre": self.centre,
            "i": self.id,
            "from": start,
            "prev": prev.hex(),
            "n": start + len(ops) - 1,
            "h": (ops[-1].h if ops else prev).hex(),
            "cursors": self.cursors if pull else None,
            "stats": {"tip": self.ops[-1].n if self.ops else 0},
        } | change
        line = msgspec.json.encode(head)
        signature = msgspec.json.encode({"sig": self.sign(line)})
        return b"\n".join([line, signature, *map(wire.write_op, ops)]) + b"\n"

    def take(self, answer: bytes) -> dict[str, Any]:
        """Apply an answer's pages to `rows` and the cursors; returns it parsed."""
        parsed: dict[str, Any] = msgspec.json.decode(answer)
        for page in parsed["pages"]:
            for row in page["rows"]:
                self.rows[row["r"]] = row
            self.cursors[page["scope"]] = tuple(page["cursor"])
        if parsed["session"] and not parsed["more"]:
            self.base = max(self.base, parsed["top"])
        return parsed
