"""The op: header, payload, salt, kept as the bytes their author's install froze. See docs/protocol.md, section 2."""

import re
from hashlib import sha256
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from sync import canonical
from sync.chain import commitment, link, name
from sync.model import FIELDS, KINDS
from sync.model.fields import Hash, Id, Kind
from sync.model.inspections import Position

SCHEMA = 1
MAX_HEADER = 2_048
MAX_PAYLOAD = 32_768

InstallId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}$")]
Number = Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
Seq = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]
Verdict = Literal["applied", "noop", "conflict", "disputed", "waiting", "parked", "quarantined", "lost", "dismissed"]


class Group(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ops of one act: consecutive `n` from `first`."""

    first: Number
    index: Annotated[int, Meta(ge=0, le=999)]
    size: Annotated[int, Meta(ge=2, le=1000)]


class Header(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The pseudonymous part of an op; survives erasure."""

    i: InstallId
    n: Number
    s: Annotated[int, Meta(ge=1, le=9_999)]
    u: Id
    k: Annotated[str, Meta(max_length=60)]
    r: Id
    x: Seq
    t: tuple[int, int, int, int | None, int | None]
    g: Group | UnsetType = UNSET
    c: list[Hash] | UnsetType = UNSET


class Payload(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The part of an op that can be erased."""

    v: dict[str, Any] = {}
    b: dict[str, str | None] = {}
    at: Position | None = None


class Op(Struct, frozen=True, kw_only=True, gc=False):
    """One op with its identity; `header` is None for a lost op and `payload` for an erased one."""

    install: str
    n: int
    h: bytes
    prev: bytes
    header: bytes | None
    payload: bytes | None
    salt: bytes | None
    header_hash: bytes
    pc: bytes

    @property
    def name(self) -> str:
        """First 9 bytes of `h`, base64url."""
        return name(self.h)


_header = msgspec.json.Decoder(Header)
_payload = msgspec.json.Decoder(Payload)
_LONG = re.compile(rb"\d{16}")
"""May be an integer beyond the safe ones, which a browser would read as another number."""


class Refused(Exception):
    """An op that cannot be merged as it is: it is parked with this code, those behind it go on (promise 13)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def freeze(
    *,
    previous: bytes,
    header: Header,
    values: dict[str, Any],
    base: dict[str, str | None],
    salt: bytes,
    at: Position | None = None,
) -> Op:
    """Make an op: canonical header and payload bytes, chained after `previous`.

    Raises Refused("too_large") beyond the protocol's limits and ValueError for values that have no canonical form.
    """
    body: dict[str, Any] = {"v": values}
    if base:
        body["b"] = base
    if at is not None:
        body["at"] = {key: value for key, value in msgspec.to_builtins(at).items() if value is not None}
    head, payload = canonical.encode(header), canonical.encode(body)
    check_size(head, payload)
    header_hash, pc = sha256(head).digest(), commitment(salt, payload)
    return Op(
        install=header.i,
        n=header.n,
        h=link(previous, header_hash, pc),
        prev=previous,
        header=head,
        payload=payload,
        salt=salt,
        header_hash=header_hash,
        pc=pc,
    )


def check_size(header: bytes, payload: bytes) -> None:
    """Refused("too_large") beyond the protocol's limits."""
    if len(header) > MAX_HEADER:
        raise Refused("too_large", f"header of {len(header)} bytes, at most {MAX_HEADER}")
    if len(payload) > MAX_PAYLOAD:
        raise Refused("too_large", f"payload of {len(payload)} bytes, at most {MAX_PAYLOAD}")


def read_header(data: bytes) -> Header:
    """Parse header bytes; Refused("malformed") with the reason."""
    try:
        return _header.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("malformed", f"header: {error}") from None


def read_payload(data: bytes) -> Payload:
    """Parse payload bytes; Refused("malformed") with the reason."""
    try:
        payload = _payload.decode(data)
        if _LONG.search(data):
            canonical.encode(payload.v)
        return payload
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Refused("malformed", f"payload: {error}") from None


class Members(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Change of a set."""

    add: list[str] = []
    # `del` is a keyword in Python
    remove: list[str] = msgspec.field(default_factory=list[str], name="del")


def _patch(kind: Kind) -> Any:
    """The type of `v` for one kind: every field optional, members and transitions in their op form."""
    fields: list[tuple[str, Any, Any]] = []
    for field in msgspec.structs.fields(kind.struct):
        policy = FIELDS[kind.name][field.encode_name].policy
        form: Any = field.type
        if policy == "members":
            form = Members
        elif policy == "transition":
            form = tuple[str, str]
        fields.append((field.name, Union[form, UnsetType], UNSET))
    return msgspec.defstruct(f"{kind.name.title()}Patch", fields, frozen=True, forbid_unknown_fields=True, kw_only=True)


PATCHES: dict[str, Any] = {name: _patch(kind) for name, kind in KINDS.items() if not kind.derived}


def check_values(kind: str, values: dict[str, Any]) -> None:
    """Check `v` against the record kind: Refused("unknown_field") or Refused("invalid") with path and reason."""
    known = FIELDS[kind]
    for field in values:
        if field not in known:
            raise Refused("unknown_field", f"{kind} has no field {field!r}")
    try:
        msgspec.convert(values, PATCHES[kind])
    except msgspec.ValidationError as error:
        raise Refused("invalid", f"{kind}: {error}") from None
