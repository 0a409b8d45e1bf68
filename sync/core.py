"""The whole exchange of one request, synchronous, inside one transaction that the caller opened.

The HTTP handler and the simulator drive exactly this function.

Promises kept here:
1.  Every op that arrives ends in the log exactly once with a verdict: known hashes are answered with the verdict they have.
7.  Ops take their seq last in the transaction; a page carries the cursor that belongs to its rows.
10. Two continuations of one chain are both kept: an op is its hash, `(i, n)` is only an index.
11. Ops of every released schema are merged.
13. Only the envelope can refuse a request (signature, chain, limits); an op never blocks those behind it.
15. Every batch is signed by its install's key; head and signature are kept.
"""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from sync import wire
from sync.access import Grant, SiteRef, read_scopes
from sync.canonical import SAFE
from sync.chain import log_head, name
from sync.merge import Entry, State, conflict_id, derived_id, merge, references, split_kind
from sync.model import KINDS
from sync.ops import SCHEMA, Op, Refused, check_size, read_header, read_payload
from sync.store import Changed, Install, Judged, Known, Row, Tx
from sync.wire import Answer, Cursor, Head, Page, SyncError, Tip, VerdictRun

Verify = Callable[[bytes, bytes, bytes], bool]
"""(SPKI DER, message, raw r‖s) -> whether the signature holds."""


class Principal(Struct, frozen=True, kw_only=True):
    """Who is on the line. `user` is set when a session of that user on that install came with the request."""

    user: str | None = None
    install: str | None = None


def sync(
    body: bytes, principal: Principal, now_ms: int, tx: Tx, verify: Verify, *, page_rows: int = wire.PAGE_ROWS
) -> bytes:
    """Push, then pull. Returns the encoded answer; raises SyncError when the request as a whole is refused."""
    request = wire.read_request(body)
    head = request.head
    install = admit(tx, request, verify)
    gap, verdicts = push(tx, install, head, request.ops, now_ms)
    tx.contact(install.id, request.head_bytes, request.signature, now_ms, keep=bool(request.ops))
    session = principal.user is not None and principal.install == install.id and install.status == "active"
    scopes: list[str] = []
    pages: list[Page] = []
    if session and head.cursors is not None:
        assert principal.user is not None
        scopes, pages = pull(tx, principal.user, install.id, head.cursors, page_rows)
    return wire.write_answer(
        Answer(
            centre=tx.centre(),
            time=now_ms,
            have=[Tip(n=n, h=h.hex()) for n, h in tx.tips(install.id)],
            gap=gap,
            verdicts=verdicts,
            session=session,
            scopes=scopes,
            pages=pages,
            more=any(page.more for page in pages),
            top=tx.tip()[0],
            backed_up_to=tx.backed_up_to(),
        )
    )


def admit(tx: Tx, request: wire.Request, verify: Verify) -> Install:
    """Check the envelope: protocol, centre, install, signature, chain. Raises SyncError."""
    head = request.head
    if head.proto != wire.PROTO:
        raise SyncError("sync_malformed", f"protocol {head.proto}; this centre speaks {wire.PROTO}")
    if head.centre != tx.centre():
        raise SyncError("centre_other", "this install is enrolled with another centre")
    install = tx.install(head.i)
    if install is None:
        raise SyncError("install_unknown", "this install is not enrolled here")
    if not verify(install.spki, request.head_bytes, request.signature):
        raise SyncError("sync_signature", "the signature does not match the install's key")
    last = request.ops[-1].h.hex() if request.ops else head.prev
    if head.n != head.start + len(request.ops) - 1 or head.h != last:
        raise SyncError(
            "sync_chain", f"{len(request.ops)} ops from {head.start} do not lead to op {head.n} {head.h[:12]}"
        )
    return install


def push(tx: Tx, install: Install, head: Head, ops: list[Op], now_ms: int) -> tuple[bool, list[VerdictRun]]:
    """Merge what is new. (gap, verdicts of all ops sent)."""
    prev = bytes.fromhex(head.prev)
    attached = prev == install.genesis if head.start == 1 else tx.holds(install.id, head.start - 1, prev)
    if not attached:
        return bool(ops), []
    if not ops:
        return False, []
    known = tx.known(install.id, head.start, head.n)
    fresh = [op for op in ops if op.h not in known]
    if fresh:
        quarantine = install.status != "active"
        known |= ingest(tx, install, fresh, now_ms, quarantine=quarantine)
    return False, wire.fold([_run(known[op.h]) for op in ops])


def _run(known: Known) -> VerdictRun:
    return VerdictRun(n=known.n, seq=known.seq, v=known.verdict, code=known.code, detail=known.detail)


def ingest(tx: Tx, install: Install, fresh: list[Op], now_ms: int, *, quarantine: bool = False) -> dict[bytes, Known]:
    """Judge ops that the store does not hold, write them set-wise, and return their verdicts by hash."""
    entries = [_entry(op) for op in fresh]
    waiting = _rejoin(tx, install, entries)
    entries = waiting + entries
    if quarantine:
        for entry in entries:
            entry.verdict = "quarantined"
        state = _empty(tx, now_ms)
    else:
        state = load(tx, install, entries, now_ms)
        merge(state, entries)
    top, log = tx.tip()
    seq = max(top, tx.epoch_start())
    judged: list[Judged] = []
    seqs: list[int] = []
    for entry in entries:
        seq += 1
        log = log_head(log, seq, entry.op.h, entry.verdict)
        seqs.append(seq)
        judged.append(_judged(entry, seq, log, now_ms))
    tx.write(
        judged[len(waiting) :],
        judged[: len(waiting)],
        _changes(state, seqs),
        [(seqs[index], grant) for index, grant in state.new_grants],
    )
    return {
        item.op.h: Known(
            h=item.op.h, n=item.op.n, seq=item.seq, verdict=item.verdict, code=item.code, detail=item.detail
        )
        for item in judged
    }


def _entry(op: Op) -> Entry:
    entry = Entry(op=op, header=None, payload=None, name=name(op.h))
    try:
        if op.header is not None:
            header = read_header(op.header)
            if header.i != op.install or header.n != op.n:
                raise Refused(
                    "malformed", f"the header says op {header.n} of another place than {op.n} of this install"
                )
            entry.header = header
        if op.header is not None and op.payload is not None:
            check_size(op.header, op.payload)
            entry.payload = read_payload(op.payload)
            if entry.header is not None and entry.header.s > SCHEMA:
                raise Refused("newer_schema", f"schema {entry.header.s}; this centre knows up to {SCHEMA}")
    except Refused as refused:
        entry.refused = refused
    return entry


def _rejoin(tx: Tx, install: Install, entries: list[Entry]) -> list[Entry]:
    """Ops of a group whose first part waits here, when this batch begins with the rest."""
    group = entries[0].header.g if entries[0].header else msgspec.UNSET
    if isinstance(group, msgspec.UnsetType) or group.index == 0:
        return []
    # Only what lies before it on its own chain: a copied phone may wait here with a group of the same number (promise 10).
    held = {item.op.h: item.op for item in tx.waiting(install.id, group.first)}
    found: list[Entry] = []
    op = held.get(entries[0].op.prev)
    while op is not None:
        found.insert(0, _entry(op))
        op = held.get(op.prev)
    return found


def _empty(tx: Tx, now_ms: int) -> State:
    return State(
        centre=tx.centre(), now_ms=now_ms, records={}, scopes={}, parked=set(), claims={}, authors={}, grants={}, sites={},
        known_users=frozenset(), read_records=tx.records, read_claims=tx.claimants,
    )  # fmt: skip


def load(tx: Tx, install: Install, entries: list[Entry], now_ms: int) -> State:
    """Read everything merge will look at: as many rows as the batch touches, whatever the store's size (promise 14)."""
    ids: set[str] = set()
    targets: set[str] = set()
    users: set[str] = set()
    for entry in entries:
        if entry.header is None:
            continue
        ids.add(entry.header.r)
        users.add(entry.header.u)
        if entry.payload is not None:
            kind = entry.header.k.partition(".")[0]
            if kind in KINDS:
                targets.update(references(kind, entry.payload.v))
    records = tx.records(ids)
    state = _empty(tx, now_ms)
    state.records = records
    state.scopes = tx.scopes_of(targets - ids)
    missing = (ids - records.keys()) | (targets - ids - state.scopes.keys())
    state.parked = tx.parked_records(missing)
    state.grants = tx.grants(users)
    state.sites = tx.sites()
    state.known_users = install.users
    for record in records.values():
        state.before[record.id] = (record.seq, record.scopes, KINDS[record.kind].claims(record.doc))
    _load_authors(tx, state, entries)
    _load_claims(tx, state, entries)
    return state


def _load_authors(tx: Tx, state: State, entries: list[Entry]) -> None:
    """Authors and open conflicts of fields that may be concurrent."""
    names: set[str] = set()
    conflicts: set[str] = set()
    for entry in entries:
        if entry.header is None or entry.payload is None:
            continue
        record = state.records.get(entry.header.r)
        if record is None:
            continue
        for field in entry.payload.v:
            writer = record.writers.get(field)
            if writer is not None and entry.payload.b.get(field) != writer:
                names.add(writer)
                conflicts.add(conflict_id(record.id, field))
    if names:
        state.authors = tx.authors(names)
        for key, record in tx.records(conflicts).items():
            state.records[key] = record
            state.before[key] = (record.seq, record.scopes, ())


def _load_claims(tx: Tx, state: State, entries: list[Entry]) -> None:
    """Holders of every key that the batch may claim, and the clash records of those already contested."""
    keys: set[str] = set()
    for entry in entries:
        if entry.header is None or entry.payload is None:
            continue
        try:
            kind, _ = split_kind(entry.header.k)
        except Refused:
            continue
        record = state.records.get(entry.header.r)
        doc = dict(record.doc) if record is not None else {}
        for field, value in entry.payload.v.items():
            doc[field] = value.get("add") if isinstance(value, dict) and "add" in value else value  # pyright: ignore
        try:
            keys.update(KINDS[kind].claims(doc))
        except (TypeError, AttributeError):
            continue
    if keys:
        state.claims = {key: [] for key in keys} | tx.claimants(keys)
        contested = [derived_id("clash", key) for key, held in state.claims.items() if held]
        for key, record in tx.records(contested).items():
            state.records[key] = record
            state.before[key] = (record.seq, record.scopes, ())


def _judged(entry: Entry, seq: int, log: bytes, now_ms: int) -> Judged:
    header = entry.header
    group = header.g if header else msgspec.UNSET
    blobs: tuple[tuple[str, int | None], ...] = ()
    site = entry.payload.v.get("site") if entry.payload else None
    if header is not None and not isinstance(header.c, msgspec.UnsetType):
        values = entry.payload.v if entry.payload else {}
        size = values.get("size")
        told = isinstance(size, int) and 0 <= size <= SAFE
        blobs = tuple((blob, size if told and values.get("blob") == blob else None) for blob in header.c)
    return Judged(
        op=entry.op,
        seq=seq,
        verdict=entry.verdict,
        code=entry.code,
        detail=entry.detail[:500],
        user=header.u if header else "",
        kind=header.k if header else "",
        record=header.r if header else "",
        blobs=blobs,
        site=site if isinstance(site, str) else None,
        group=None if isinstance(group, msgspec.UnsetType) else (group.first, group.index, group.size),
        log_head=log,
        arrived_at=now_ms,
    )


def _changes(state: State, seqs: list[int]) -> list[Changed]:
    changes: list[Changed] = []
    for key, index in state.touched.items():
        record = state.records[key]
        kind = KINDS[record.kind]
        seq, scopes, claims = state.before.get(key, (0, (), ()))
        record.seq = seqs[index]
        record.scopes = kind.scopes({**record.doc, "id": record.id})
        now = () if record.deleted else kind.claims(record.doc)
        changes.append(
            Changed(
                record=record,
                previous_seq=seq,
                previous_scopes=scopes,
                claims=now if now != claims else None,
                dropped_claims=tuple(key for key in claims if key not in now),
            )
        )
    return changes


def pull(tx: Tx, user: str, install: str, cursors: dict[str, Cursor], limit: int) -> tuple[list[str], list[Page]]:
    """The scopes this person reads now, and the next page of each that has news. At most `limit` rows in all."""
    history = tx.grants([user]).get(user, [])
    grant = history[-1][1] if history else Grant(user=user, role="viewer", active=False)
    sites = [SiteRef(site=site, customer=customer) for site, customer in tx.sites().items()]
    scopes = read_scopes(grant, sites, install)
    top, log = tx.tip()
    tip: Cursor = (top, name(log))
    pages: list[Page] = []
    for scope in scopes:
        after, reset = _after(tx, cursors.get(scope))
        if after == top:
            continue
        if limit <= 0:
            pages.append(Page(scope=scope, rows=[], cursor=_cursor(tx, after), more=True, reset=reset))
            continue
        rows, more = _page(tx, scope, after, limit)
        limit -= len(rows)
        cursor = _cursor(tx, rows[-1].seq) if more else tip
        pages.append(
            Page(scope=scope, rows=[msgspec.Raw(row.data) for row in rows], cursor=cursor, more=more, reset=reset)
        )
    return scopes, pages


def _page(tx: Tx, scope: str, after: int, limit: int) -> tuple[list[Row], bool]:
    """About `limit` rows and whether more follow. One op may change several records: rows of one seq stay together,

    because the cursor that belongs to a page can only say "up to this seq".
    """
    rows = tx.feed(scope, after, limit + 1)
    if len(rows) <= limit:
        return rows, False
    whole = [row for row in rows if row.seq < rows[-1].seq]
    while not whole:
        limit *= 2
        rows = tx.feed(scope, after, limit + 1)
        if len(rows) <= limit:
            return rows, False
        whole = [row for row in rows if row.seq < rows[-1].seq]
    return whole, True


def _after(tx: Tx, cursor: Cursor | None) -> tuple[int, bool]:
    """(seq to read after, whether the cursor was unknown here and reading begins again)."""
    if cursor is None or cursor[0] == 0:
        return 0, False
    head = tx.head_at(cursor[0])
    if head is None or name(head) != cursor[1]:
        return 0, True
    return cursor[0], False


def _cursor(tx: Tx, seq: int) -> Cursor:
    head = tx.head_at(seq)
    return (seq, name(head) if head else "")
