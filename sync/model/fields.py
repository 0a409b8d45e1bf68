"""Field annotations: a field's names, merge policy and constraints live in its type, nowhere else.

A record kind is a frozen Struct whose fields are `Annotated[type, field(...)]`. Generated from these: TypeScript types,
validation at both ends, spreadsheet columns, search fields, merge table and docs page.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, cast

import msgspec

Policy = Literal["quiet", "review", "members", "transition", "centre"]
"""How two concurrent changes of one field meet:

quiet       the later in the centre's order wins, the other stays in the history
review      as quiet, and the conflict is put before the office and the author
members     a set; ops carry `{"add": [...], "del": [...]}`
transition  a state machine; ops carry `[from, to]`
centre      written by the centre's install only
"""

MAX_TEXT = 10_000
"""Longest text in a field, in characters (protocol limit)."""


class FieldInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody but the type checker needs to know of one field."""

    zh: str
    en: str
    policy: Policy = "quiet"
    ref: str | None = None
    search: bool = False
    column: bool = False


def field(
    zh: str,
    en: str,
    *,
    policy: Policy = "quiet",
    ref: str | None = None,
    search: bool = False,
    column: bool = False,
) -> msgspec.Meta:
    """Annotation of one field: its names, merge policy, the kind it refers to, whether it is searched or shown as a column."""
    info = FieldInfo(zh=zh, en=en, policy=policy, ref=ref, search=search, column=column)
    return msgspec.Meta(extra={"field": info})


UUID7 = r"^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
SHA256 = r"^[0-9a-f]{64}$"

Id = Annotated[str, msgspec.Meta(pattern=UUID7)]
"""A record's id: UUIDv7 (UUIDv8 for records the centre derives), lower case."""
Hash = Annotated[str, msgspec.Meta(pattern=SHA256)]
"""SHA-256, lower-case hex."""
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
Line = Annotated[str, msgspec.Meta(max_length=200)]
Decimal = Annotated[str, msgspec.Meta(pattern=r"^-?\d{1,12}(\.\d{1,9})?$")]
"""A decimal number as text: 12 digits before, 9 after the point."""
Civil = Annotated[str, msgspec.Meta(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
"""A civil date: `YYYY-MM-DD`, or as much of it as is known."""
Instant = Annotated[int, msgspec.Meta(ge=0, le=9_007_199_254_740_991)]
"""Milliseconds since 1970-01-01 UTC."""
Count = Annotated[int, msgspec.Meta(ge=0, le=9_007_199_254_740_991)]
Token = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-HJKMNP-TV-Z]{12}$")]
"""A label's or a document's token: 60 random bits in Crockford base32."""


class Bilingual(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One text in both languages; a missing one falls back to the other."""

    zh: Text = ""
    en: Text = ""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One record kind: its struct and the rules that are not a field's own."""

    name: str
    zh: str
    en: str
    struct: Any
    scopes: Callable[[dict[str, Any]], tuple[str, ...]]
    """Merged document -> the scopes that hold the record."""
    roles: frozenset[str] = frozenset()
    """Who may write it; empty: the centre only."""
    required: tuple[str, ...] = ()
    """Fields that the creating op must set."""
    claims: Callable[[dict[str, Any]], tuple[str, ...]] = lambda doc: ()
    """Merged document -> keys that one record at a time should hold; a second claimant is a clash for people to settle."""
    transitions: dict[str, frozenset[tuple[str, str]]] = {}
    """Per field of policy `transition`: the legal (from, to) pairs; `""` is the state before the first."""
    derived: bool = False
    """Derived by merge, never written by an op."""
    append_only: bool = False
    """Written once; a later op corrects only its own author's answer."""


def infos(kind: Kind) -> dict[str, FieldInfo]:
    """Field name -> FieldInfo, in declaration order."""
    shape = msgspec.inspect.type_info(kind.struct)
    assert isinstance(shape, msgspec.inspect.StructType)
    found: dict[str, FieldInfo] = {}
    for field in shape.fields:
        assert isinstance(field.type, msgspec.inspect.Metadata)
        extra = cast("dict[str, Any]", field.type.extra)  # pyright: ignore[reportUnknownMemberType]
        found[field.encode_name] = extra["field"]
    return found


def site_scope(doc: dict[str, Any]) -> tuple[str, ...]:
    """`site:<site>`, or the office alone while the record names no site."""
    site = doc.get("site")
    return (f"site:{site}",) if site else ("office",)


def company_scope(doc: dict[str, Any]) -> tuple[str, ...]:
    """Everybody of the company."""
    return ("company",)


def office_scope(doc: dict[str, Any]) -> tuple[str, ...]:
    """Office roles only."""
    return ("office",)


def roles(*names: str) -> frozenset[str]:
    """A set of role names."""
    return frozenset(names)


def pairs(states: Iterable[str]) -> frozenset[tuple[str, str]]:
    """`"a>b"` texts -> legal transitions."""
    return frozenset((a, b) for a, _, b in (text.partition(">") for text in states))
