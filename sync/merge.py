"""Merge: records and ops in, records, verdicts and conflicts out; in memory, without a clock or a store.

Invariants:
3.  A value that loses to one whose author had not seen it stays as a conflict record (policy review) or in the history (quiet).
4.  A transition is applied only from a state where it is legal; the op's other fields are merged all the same.
8.  A change needs a grant that covers the record's site before and after; a reference needs one that may read its target.
12. No clock decides anything: order is the order of the ops given here.
13. An op that cannot be merged is parked with its reason, and what depends on it parks too; the others go on.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from sync.access import Grant, may_read, may_write
from sync.model import FIELDS, KINDS
from sync.model.fields import Kind
from sync.ops import Header, Op, Payload, Refused, check_values
from sync.store import Author, Rec

_REFERRING = {
    kind: frozenset(field for field, info in fields.items() if info.ref is not None) for kind, fields in FIELDS.items()
}
"""Kind -> its fields that hold ids of other records."""


class Entry(Struct, kw_only=True):
    """An op on its way through merge: parsed (or refused while parsing), then judged."""

    op: Op
    header: Header | None
    payload: Payload | None
    name: str
    refused: Refused | None = None
    verdict: str = ""
    code: str = ""
    detail: str = ""


class State(Struct, kw_only=True):
    """What merge may look at. The core loads it; nothing else is read while merging."""

    centre: str
    now_ms: int
    records: dict[str, Rec]
    scopes: dict[str, tuple[str, ...]]
    """Of records that are referred to but not changed here."""
    parked: set[str]
    """Records with a parked op."""
    claims: dict[str, list[str]]
    authors: dict[str, Author]
    grants: dict[str, list[tuple[int, Grant]]]
    sites: dict[str, str]
    known_users: frozenset[str]
    """People who have signed in on the pushing install."""
    touched: dict[str, int] = {}
    """Record id -> index of the last entry that changed it."""
    before: dict[str, tuple[int, tuple[str, ...], tuple[str, ...]]] = {}
    """Record id -> (seq, scopes, claims) at load."""
    new_grants: list[tuple[int, Grant]] = []
    """(entry index, grant)."""
    held: dict[str, tuple[str, ...]] = {}
    """Record id -> the claims it holds by now, where that differs from `before`."""
    read_records: Callable[[list[str]], dict[str, Rec]]
    read_claims: Callable[[list[str]], dict[str, list[str]]]
    """For the few conflicts and claims that only the order of the ops brings up; see `derived_record` and `_owners`."""
    undo: dict[str, tuple[Rec | None, int | None]] | None = None
    """While a group is judged: record id -> (record, touched) before it."""


def derived_id(*parts: str) -> str:
    """A stable UUIDv8 for a record that merge derives."""
    raw = bytearray(sha256("\n".join(parts).encode()).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(raw)))


def conflict_id(record: str, field: str) -> str:
    """Id of the conflict record of one field."""
    return derived_id("conflict", record, field)


def grant_at(history: list[tuple[int, Grant]], base: int) -> Grant | None:
    """The grant in force at seq `base`; before the first one, the first."""
    found: Grant | None = history[0][1] if history else None
    for seq, grant in history:
        if seq <= base:
            found = grant
    return found


def split_kind(word: str) -> tuple[str, bool]:
    """`asset` -> (asset, False); `asset.delete` -> (asset, True). Refused("unknown_kind") otherwise."""
    name, dot, act = word.partition(".")
    if name not in KINDS or KINDS[name].derived or (dot and act != "delete"):
        raise Refused("unknown_kind", f"this centre knows no kind {word!r}")
    return name, bool(dot)


def merge(state: State, entries: list[Entry]) -> None:
    """Judge the entries in order; verdicts land in the entries, records and conflicts in the state."""
    index = 0
    while index < len(entries):
        header = entries[index].header
        group = header.g if header else msgspec.UNSET
        if isinstance(group, msgspec.UnsetType):
            _judge(state, entries[index], index)
            index += 1
            continue
        members = _members(entries, index, group.first, group.size)
        if len(members) < group.size:
            for entry in members:
                entry.verdict = "waiting"
        else:
            _judge_group(state, members, index)
        index += len(members)
    return


def _members(entries: list[Entry], index: int, first: int, size: int) -> list[Entry]:
    """The run of entries from `index` that belong to the group beginning at `first`."""
    members: list[Entry] = []
    for entry in entries[index:]:
        group = entry.header.g if entry.header else msgspec.UNSET
        if isinstance(group, msgspec.UnsetType) or group.first != first or group.size != size:
            break
        if group.index != len(members):
            break
        members.append(entry)
    return members or [entries[index]]


def _judge_group(state: State, members: list[Entry], index: int) -> None:
    """All of a group or nothing of it."""
    state.undo = {}
    granted = len(state.new_grants)
    for offset, entry in enumerate(members):
        _judge(state, entry, index + offset)
        if entry.verdict == "parked":
            break
    else:
        state.undo = None
        return
    _roll_back(state, state.undo)
    state.undo = None
    del state.new_grants[granted:]
    for offset, entry in enumerate(members):
        if entry.verdict != "parked":
            entry.verdict, entry.code, entry.detail = "parked", "group", "another part of the same act was parked"
        _park(state, entry, index + offset)


def _roll_back(state: State, undo: dict[str, tuple[Rec | None, int | None]]) -> None:
    for key, (record, touched) in undo.items():
        changed = state.records[key]
        if record is None:
            del state.records[key]
        else:
            state.records[key] = record
        _hold(state, key, () if record is None or record.deleted else KINDS[changed.kind].claims(record.doc))
        if changed.kind == "site":
            customer = record.doc.get("customer") if record is not None else None
            if customer:
                state.sites[key] = customer
            else:
                state.sites.pop(key, None)
        if touched is None:
            state.touched.pop(key, None)
        else:
            state.touched[key] = touched


def _remember(state: State, key: str) -> None:
    """Before the first change of a record inside a group: what to go back to."""
    if state.undo is None or key in state.undo:
        return
    record = state.records.get(key)
    copy = None
    if record is not None:
        copy = msgspec.structs.replace(record, doc=dict(record.doc), writers=dict(record.writers))
    state.undo[key] = (copy, state.touched.get(key))


def _judge(state: State, entry: Entry, index: int) -> None:
    try:
        if entry.refused is not None:
            raise entry.refused
        if entry.header is None or entry.payload is None:
            entry.verdict = "lost"
            return
        _apply(state, entry, entry.header, entry.payload, index)
    except Refused as refused:
        entry.verdict, entry.code, entry.detail = "parked", refused.code, refused.detail
        _park(state, entry, index)


def _apply(state: State, entry: Entry, header: Header, payload: Payload, index: int) -> None:
    name, delete = split_kind(header.k)
    kind = KINDS[name]
    trusted = header.i == state.centre
    grant = _authorise(state, header, trusted)
    record = state.records.get(header.r)
    if record is not None and record.kind != name:
        raise Refused("invalid", f"record {header.r} is a {record.kind}, not a {name}")
    if record is None and delete:
        raise Refused("unknown_reference", "the record to delete is not here")
    if record is not None and record.deleted:
        raise Refused("deleted", "the record was deleted in the meantime; restore it to apply this")
    check_values(name, payload.v)
    if record is None:
        missing = [field for field in kind.required if payload.v.get(field) in (None, "", [])]
        if missing:
            code = "depends" if header.r in state.parked else "missing"
            raise Refused(code, f"a new {name} needs {', '.join(missing)}")
    before = record.doc if record is not None else None
    after, disputed = _next_doc(kind, before, payload.v)
    if not trusted:
        assert grant is not None
        _permit(kind, grant, before, after, header.r, payload.v)
    _check_references(state, kind, payload.v, grant)

    _remember(state, header.r)
    if record is None:
        record = Rec(id=header.r, kind=name, doc={}, writers={})
        state.records[header.r] = record
    state.authors[entry.name] = Author(name=entry.name, user=header.u, arrived_at=state.now_ms)
    changed, contested = _set_fields(state, record, kind, entry, header, payload, after, index)
    if changed and kind.append_only and not (trusted and record.h):
        record.h = entry.op.h.hex()
    if delete:
        record.deleted = changed = True
    if changed:
        state.touched[record.id] = index
    clashes = _claim(state, record, kind, entry, header, index) if changed else 0
    entry.verdict = "disputed" if disputed else "conflict" if contested or clashes else "applied" if changed else "noop"
    if disputed:
        entry.code, entry.detail = "transition", disputed
    elif clashes and not contested:
        entry.code = "clash"
    if changed and name == "user":
        state.new_grants.append((index, grant_of(record)))
    if changed and name == "site" and record.doc.get("customer"):
        state.sites[record.id] = record.doc["customer"]


def grant_of(user: Rec) -> Grant:
    """A user record -> what it grants."""
    return Grant(
        user=user.id,
        role=user.doc.get("role") or "viewer",
        sites=frozenset(user.doc.get("sites") or ()),
        all_sites=bool(user.doc.get("all_sites")),
        active=user.doc.get("status") in ("active", "invited") and not user.deleted,
    )


def _authorise(state: State, header: Header, trusted: bool) -> Grant | None:
    if trusted:
        return None
    if header.u not in state.known_users:
        raise Refused("unknown_author", "this person never signed in on this install")
    grant = grant_at(state.grants.get(header.u, []), header.x)
    if grant is None:
        raise Refused("unknown_author", "this person is not known here")
    return grant


def _permit(
    kind: Kind, grant: Grant, before: dict[str, Any] | None, after: dict[str, Any], record: str, values: dict[str, Any]
) -> None:
    reason = may_write(grant, kind.name, before, after, record)
    if reason:
        raise Refused("forbidden", reason)
    for field in values:
        if FIELDS[kind.name][field].policy == "centre":
            raise Refused("forbidden", f"{field} is written by the centre only")


def _next_doc(kind: Kind, before: dict[str, Any] | None, values: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """(merged values if every field were set, reason why a transition is disputed or "")."""
    after = dict(before) if before else {}
    fields = FIELDS[kind.name]
    disputed = ""
    for field, value in values.items():
        policy = fields[field].policy
        if policy == "members":
            after[field] = sorted((set(after.get(field) or ()) - set(value.get("del", ()))) | set(value.get("add", ())))
        elif policy == "transition":
            current, target = after.get(field) or "", value[1]
            if current == target or (current, target) in kind.transitions[field]:
                after[field] = target
            else:
                disputed = (
                    f"{field} is {current or 'not set'}; {value[0] or 'not set'} to {target} is not legal from there"
                )
        else:
            after[field] = value
    return after, disputed


def _check_references(state: State, kind: Kind, values: dict[str, Any], grant: Grant | None) -> None:
    for target in references(kind.name, values):
        scopes = state.scopes.get(target)
        if scopes is None:
            record = state.records.get(target)
            if record is None:
                code = "depends" if target in state.parked else "unknown_reference"
                raise Refused(code, f"{target} is not here")
            scopes = KINDS[record.kind].scopes({**record.doc, "id": record.id})
        if grant is not None and not may_read(grant, scopes, state.sites):
            raise Refused("forbidden", f"{target} is outside the person's assignment")


def references(kind: str, values: dict[str, Any]) -> list[str]:
    """Ids that the values of an op refer to."""
    found: list[str] = []
    referring = _REFERRING[kind]
    for field, value in values.items():
        if field not in referring or not value:
            continue
        if isinstance(value, dict):
            value = cast("dict[str, Any]", value).get("add")
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list):
            found.extend(item for item in cast("list[Any]", value) if isinstance(item, str))
    return found


def _set_fields(
    state: State,
    record: Rec,
    kind: Kind,
    entry: Entry,
    header: Header,
    payload: Payload,
    after: dict[str, Any],
    index: int,
) -> tuple[bool, bool]:
    """Set the fields; (anything changed, any conflict recorded)."""
    changed = contested = False
    fields = FIELDS[kind.name]
    doc, writers, base = record.doc, record.writers, payload.b
    for field in payload.v:
        value = after.get(field)
        writer = writers.get(field)
        if writer is not None and doc.get(field) == value:
            continue
        policy = fields[field].policy
        if policy == "transition" and doc.get(field) == value:
            continue
        if policy in ("quiet", "review") and writer is not None and base.get(field) != writer:
            loser = state.authors.get(writer)
            if policy == "review" and loser is not None and loser.user != header.u:
                _record_conflict(state, record, field, entry, header, value, loser, doc.get(field), index)
                contested = True
        doc[field] = value
        writers[field] = entry.name
        changed = True
    return changed, contested


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _record_conflict(
    state: State,
    record: Rec,
    field: str,
    entry: Entry,
    header: Header,
    value: Any,
    loser: Author,
    lost: Any,
    index: int,
) -> None:
    key = conflict_id(record.id, field)
    conflict = derived_record(state, key)
    winner = {"op": entry.name, "user": header.u, "value": _json(value), "at": state.now_ms}
    losing = {"op": loser.name, "user": loser.user, "value": _json(lost), "at": loser.arrived_at}
    sides: list[dict[str, Any]] = []
    if conflict is not None and conflict.doc.get("status") == "open":
        sides = [side for side in conflict.doc["losers"] if side["user"] not in (header.u, loser.user)]
    doc = {
        "kind": record.kind,
        "record": record.id,
        "path": field,
        "site": record.id if record.kind == "site" else record.doc.get("site"),
        "winner": winner,
        "losers": [*sides, losing],
        "status": "open",
    }
    _derive(state, key, "conflict", doc, entry.name, index)


def _claim(state: State, record: Rec, kind: Kind, entry: Entry, header: Header, index: int) -> int:
    """Enter the record's claims; a key that another record holds makes a conflict record. How many."""
    before = _held(state, record.id)
    now = () if record.deleted else kind.claims(record.doc)
    _hold(state, record.id, now)
    clashes = 0
    for key in now:
        others = sorted(owner for owner in _owners(state, key) if owner != record.id)
        if others and key not in before:
            doc = {
                "kind": record.kind,
                "record": record.id,
                "site": record.doc.get("site"),
                "claim": key,
                "others": others,
                "winner": {"op": entry.name, "user": header.u, "value": _json(key), "at": state.now_ms},
                "losers": [],
                "status": "open",
            }
            _derive(state, derived_id("clash", key), "conflict", doc, entry.name, index)
            clashes += 1
    return clashes


def _held(state: State, record: str) -> tuple[str, ...]:
    """The claims a record holds by now."""
    return state.held[record] if record in state.held else state.before.get(record, (0, (), ()))[2]


def _hold(state: State, record: str, now: tuple[str, ...]) -> None:
    """The record holds these claims from here on, and no others."""
    before = _held(state, record)
    if now == before:
        return
    for key in before:
        if key not in now and record in _owners(state, key):
            _owners(state, key).remove(record)
    for key in now:
        if record not in _owners(state, key):
            _owners(state, key).append(record)
    state.held[record] = now


def _owners(state: State, key: str) -> list[str]:
    """Who holds a key by now. Read here when only an earlier op of the batch brought the key about."""
    if key not in state.claims:
        state.claims[key] = state.read_claims([key]).get(key, [])
    return state.claims[key]


def derived_record(state: State, key: str) -> Rec | None:
    """A derived record by now. Read here when only an earlier op of the batch brought it about."""
    if key not in state.records:
        for record in state.read_records([key]).values():
            state.records[key] = record
            state.before[key] = (record.seq, record.scopes, ())
    return state.records.get(key)


def _park(state: State, entry: Entry, index: int) -> None:
    header = entry.header
    if header is not None:
        state.parked.add(header.r)
    doc = {
        "install": entry.op.install,
        "n": entry.op.n,
        "op": entry.name,
        "user": header.u if header else None,
        "kind": header.k[:60] if header else None,
        "record": header.r if header else None,
        "verdict": entry.verdict,
        "code": entry.code,
        "detail": entry.detail[:500],
        "arrived_at": state.now_ms,
    }
    key = derived_id("parked", entry.op.h.hex())
    state.records[key] = Rec(id=key, kind="parked", doc=doc, writers=dict.fromkeys(doc, entry.name))
    state.touched[key] = index


def _derive(state: State, key: str, kind: str, doc: dict[str, Any], writer: str, index: int) -> None:
    record = derived_record(state, key)
    _remember(state, key)
    if record is None:
        record = Rec(id=key, kind=kind, doc={}, writers={})
        state.records[key] = record
    record.doc = doc
    record.writers = dict.fromkeys(doc, writer)
    state.touched[key] = index
