"""Ops in: from phones through the sync core, and from the centre itself as drafts. Runs inside writer jobs.

Every change of a record goes through here; there is no second way to write.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from server.errors import Problem
from server.store import log
from sync import core
from sync.core import Principal
from sync.drafts import Draft
from sync.merge import split_kind
from sync.model import FIELDS
from sync.ops import SCHEMA, Group, Header, Op, Refused, check_values, freeze
from sync.store import Known

CENTRE_USER: Final = "00000000-0000-7000-8000-000000000000"
"""Author of the centre's own jobs, where no person acted."""


def now_ms() -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


def verify_signature(spki: bytes, message: bytes, signature: bytes) -> bool:
    """Whether raw r‖s over `message` holds for a P-256 key. Anything malformed does not."""
    if len(signature) != 64:
        return False
    try:
        key = serialization.load_der_public_key(spki)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        key.verify(der, message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


class Ingest:
    """The way in. `clock` gives milliseconds UTC, `random` n random bytes; both are arguments for the simulator's sake."""

    def __init__(self, clock: Callable[[], int] = now_ms, random: Callable[[int], bytes] = os.urandom) -> None:
        self.clock = clock
        self.random = random

    def sync(self, conn: sqlite3.Connection, body: bytes, principal: Principal) -> bytes:
        """One sync request inside a writer job. Raises `sync.wire.SyncError`."""
        return core.sync(body, principal, self.clock(), log.SqliteTx(conn), verify_signature)

    def write(self, conn: sqlite3.Connection, drafts: Sequence[Draft], user: str = CENTRE_USER) -> list[Known]:
        """Freeze drafts into ops of the centre's install, merge them, and return a verdict for each, in order.

        `user` is the person on whose behalf it happens; whether they may is for the caller to check. A draft that cannot be
        merged is parked like anybody's op; what has no canonical form (a fraction, too long) raises `Problem("invalid")`.
        """
        if not drafts:
            return []
        tx = log.SqliteTx(conn)
        centre = tx.centre()
        install = tx.install(centre)
        assert install is not None
        row = conn.execute("SELECT n, h FROM ops WHERE install = ? ORDER BY n DESC LIMIT 1", (centre,)).fetchone()
        n, previous = (row[0], row[1]) if row else (0, install.genesis)
        writers = {id: dict(rec.writers) for id, rec in tx.records(_unbased(drafts)).items()}
        now, base = self.clock(), tx.tip()[0]
        ops: list[Op] = []
        for index, draft in enumerate(drafts):
            n += 1
            op = self._freeze(
                draft,
                drafts,
                index,
                n=n,
                previous=previous,
                centre=centre,
                user=user,
                now=now,
                base=base,
                writers=writers,
            )
            previous = op.h
            ops.append(op)
        verdicts = core.ingest(tx, install, ops, now)
        return [verdicts[op.h] for op in ops]

    def demand(self, conn: sqlite3.Connection, drafts: Sequence[Draft], user: str = CENTRE_USER) -> list[Known]:
        """`write`, but all or nothing: raises `Problem("conflict")` (rolling the job back) when a draft was not merged."""
        verdicts = self.write(conn, drafts, user)
        for verdict in verdicts:
            if verdict.verdict not in ("applied", "noop", "conflict"):
                raise Problem("conflict", reason=verdict.detail or verdict.code or verdict.verdict)
        return verdicts

    def _freeze(
        self,
        draft: Draft,
        drafts: Sequence[Draft],
        index: int,
        *,
        n: int,
        previous: bytes,
        centre: str,
        user: str,
        now: int,
        base: int,
        writers: dict[str, dict[str, str]],
    ) -> Op:
        values = msgspec.to_builtins(draft.values)
        check_draft(draft, values)
        known = writers.setdefault(draft.record, {})
        seen = draft.base if draft.base is not None else {field: known.get(field) for field in values}
        fields = FIELDS[draft.kind]
        header = Header(
            i=centre,
            n=n,
            s=SCHEMA,
            u=user,
            k=f"{draft.kind}.delete" if draft.delete else draft.kind,
            r=draft.record,
            x=base,
            t=(now, now, 0, now, 0),
            g=_group(draft, drafts, index, n),
            c=list(draft.blobs) if draft.blobs else msgspec.UNSET,
        )
        try:
            op = freeze(
                previous=previous,
                header=header,
                values=values,
                base={
                    field: seen.get(field)
                    for field in values
                    if fields[field].policy not in ("members", "transition") and seen.get(field) is not None
                },
                salt=self.random(16),
            )
        except (Refused, ValueError) as error:
            raise Problem("invalid", field=draft.kind, reason=str(error)) from None
        known.update(dict.fromkeys(values, op.name))
        return op


def check_draft(draft: Draft, values: dict[str, Any]) -> None:
    """Raise `Problem("invalid")` for values that are not of the kind's fields."""
    try:
        split_kind(draft.kind)
        check_values(draft.kind, values)
    except Refused as refused:
        raise Problem("invalid", field=draft.kind, reason=refused.detail) from None


def _unbased(drafts: Iterable[Draft]) -> set[str]:
    return {draft.record for draft in drafts if draft.base is None}


def _group(draft: Draft, drafts: Sequence[Draft], index: int, n: int) -> Group | msgspec.UnsetType:
    """The group of a draft: the run of its neighbours with the same group number."""
    if draft.group is None:
        return msgspec.UNSET
    first = index
    while first > 0 and drafts[first - 1].group == draft.group:
        first -= 1
    last = index
    while last + 1 < len(drafts) and drafts[last + 1].group == draft.group:
        last += 1
    if first == last:
        return msgspec.UNSET
    return Group(first=n - (index - first), index=index - first, size=last - first + 1)


def new_id(clock_ms: int | None = None, random: Callable[[int], bytes] = os.urandom) -> str:
    """A UUIDv7 (RFC 9562) for a new record."""
    ms = now_ms() if clock_ms is None else clock_ms
    raw = bytearray(ms.to_bytes(6, "big") + random(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
