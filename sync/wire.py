"""Bytes on the wire: request lines in, answer out. See docs/protocol.md, sections 2 to 4."""

from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from sync.chain import b64, commitment, link, unb64
from sync.model.fields import Hash
from sync.ops import InstallId, Number, Op, Seq

PROTO = 1
MAX_OPS = 1_000
MAX_BYTES = 1_000_000
PAGE_ROWS = 2_000


class SyncError(Exception):
    """The request as a whole is refused; nothing of it was saved. `code` is stable, see docs/protocol.md section 4."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


Cursor = tuple[Seq, str]


class Head(Struct, frozen=True, kw_only=True):
    """First line of a request: what follows, where it hangs on the chain, and what was pulled so far."""

    proto: int
    centre: str
    i: InstallId
    start: Number = msgspec.field(name="from")
    prev: Hash
    n: Seq
    h: Hash
    cursors: dict[str, Cursor] | None = None
    stats: dict[str, Any] = {}


class Signature(Struct, frozen=True, kw_only=True):
    """Second line."""

    sig: str


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One op line in any of its three forms."""

    h: str | None = None
    p: str | None = None
    x: str | None = None
    hh: Hash | None = None
    pc: Hash | None = None


class Request(Struct, frozen=True, kw_only=True):
    """A parsed request; `ops` are chained from `head.prev` but not yet compared with `head.h`."""

    head: Head
    head_bytes: bytes
    signature: bytes
    ops: list[Op]


class VerdictRun(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Equal verdicts for consecutive n and seq."""

    n: int
    seq: int
    v: str
    count: int = 1
    code: str = ""
    detail: str = ""


class Tip(Struct, frozen=True, kw_only=True):
    """A tip or fork point of an install's chain, as the centre holds it."""

    n: int
    h: str


class Page(Struct, frozen=True, kw_only=True):
    """One scope's rows after a cursor; `rows` are encoded rows."""

    scope: str
    rows: list[msgspec.Raw]
    cursor: Cursor
    more: bool = False
    reset: bool = False


class Answer(Struct, frozen=True, kw_only=True):
    """The whole answer."""

    proto: int = PROTO
    centre: str
    time: int
    have: list[Tip]
    gap: bool
    verdicts: list[VerdictRun]
    session: bool
    scopes: list[str]
    pages: list[Page]
    more: bool
    top: int
    backed_up_to: int
    upgrade: bool = False


_head = msgspec.json.Decoder(Head)
_signature = msgspec.json.Decoder(Signature)
_line = msgspec.json.Decoder(Line)
_encode = msgspec.json.Encoder()


def read_request(body: bytes) -> Request:
    """Parse a request and chain its ops.

    Raises SyncError("sync_malformed") with the line and the reason, SyncError("too_large") beyond the limits.
    """
    if len(body) > MAX_BYTES:
        raise SyncError("too_large", f"{len(body)} bytes, at most {MAX_BYTES} in one request")
    lines = body.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) < 2:
        raise SyncError("sync_malformed", "a request has a head line, a signature line, then ops")
    if len(lines) - 2 > MAX_OPS:
        raise SyncError("too_large", f"{len(lines) - 2} ops, at most {MAX_OPS} in one request")
    number = 1
    try:
        head = _head.decode(lines[0])
        number = 2
        signature = unb64(_signature.decode(lines[1]).sig)
        previous, n = bytes.fromhex(head.prev), head.start
        ops: list[Op] = []
        for number, line in enumerate(lines[2:], start=3):
            op = read_op(line, install=head.i, n=n, previous=previous)
            ops.append(op)
            previous, n = op.h, n + 1
    except (msgspec.DecodeError, UnicodeError, ValueError) as error:
        raise SyncError("sync_malformed", f"line {number}: {error}") from None
    return Request(head=head, head_bytes=lines[0], signature=signature, ops=ops)


def read_op(data: bytes, *, install: str, n: int, previous: bytes) -> Op:
    """One op line after the hash `previous`. Raises msgspec.DecodeError or ValueError."""
    line = _line.decode(data)
    header = line.h.encode() if line.h is not None else None
    payload = salt = None
    if header is not None and line.p is not None and line.x is not None and line.pc is None:
        payload, salt = line.p.encode(), unb64(line.x)
        if len(salt) != 16:
            raise ValueError(f"salt of {len(salt)} bytes instead of 16")
        header_hash, pc = sha256(header).digest(), commitment(salt, payload)
    elif header is not None and line.pc is not None and line.p is None:
        header_hash, pc = sha256(header).digest(), bytes.fromhex(line.pc)
    elif line.hh is not None and line.pc is not None and header is None:
        header_hash, pc = bytes.fromhex(line.hh), bytes.fromhex(line.pc)
    else:
        raise ValueError("an op line has the keys h, p, x, or h, pc, or hh, pc")
    return Op(
        install=install,
        n=n,
        h=link(previous, header_hash, pc),
        prev=previous,
        header=header,
        payload=payload,
        salt=salt,
        header_hash=header_hash,
        pc=pc,
    )


def write_op(op: Op) -> bytes:
    """The line of an op, without the line feed."""
    if op.header is None:
        return _encode.encode({"hh": op.header_hash.hex(), "pc": op.pc.hex()})
    if op.payload is None or op.salt is None:
        return _encode.encode({"h": op.header.decode(), "pc": op.pc.hex()})
    return _encode.encode({"h": op.header.decode(), "p": op.payload.decode(), "x": b64(op.salt)})


def write_answer(answer: Answer) -> bytes:
    """Answer -> JSON bytes."""
    return _encode.encode(answer)


def fold(runs: list[VerdictRun]) -> list[VerdictRun]:
    """Join neighbours with consecutive n and seq and equal verdicts."""
    folded: list[VerdictRun] = []
    for run in runs:
        last = folded[-1] if folded else None
        if (
            last is not None
            and (last.v, last.code, last.detail) == (run.v, run.code, run.detail)
            and last.n + last.count == run.n
            and last.seq + last.count == run.seq
        ):
            folded[-1] = VerdictRun(
                n=last.n, seq=last.seq, v=last.v, count=last.count + 1, code=last.code, detail=last.detail
            )
        else:
            folded.append(run)
    return folded
