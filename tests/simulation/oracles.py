"""What must hold, worked out again from the log by other means than the code under test. Numbers are the promises."""

from typing import Any, NamedTuple

import msgspec

from sync import core
from sync.access import OFFICE_ROLES, STAFF_ROLES
from sync.chain import LOG_GENESIS, log_head, name
from sync.memory import MemoryStore, state_of
from sync.model import FIELDS, KINDS
from sync.store import Install, Judged, Tx
from tests.simulation.phone import UNCONFIRMED, Phone

ACCEPTED = ("applied", "noop", "conflict", "disputed")
CATEGORIES = ("lost", "duplicated", "diverged", "unsurfaced")


class Fault(NamedTuple):
    """One broken promise."""

    category: str
    promise: int
    text: str


class Grant(NamedTuple):
    """What a person may do, as the log says."""

    role: str
    sites: frozenset[str]
    all_sites: bool
    active: bool

    def holds(self, site: str | None) -> bool:
        """Whether the site is theirs."""
        return self.active and (self.all_sites or site is None or site in self.sites)


class Ledger:
    """A second reading of the log, op by op in its order: what every record, conflict and claim must be."""

    def __init__(self, centre: str, log: list[Judged]) -> None:
        self.centre = centre
        self.faults: list[Fault] = []
        self.kinds: dict[str, str] = {}
        self.docs: dict[str, dict[str, Any]] = {}
        self.writers: dict[str, dict[str, str]] = {}
        self.people: dict[tuple[str, str], str] = {}
        self.deleted: set[str] = set()
        self.losing: dict[tuple[str, str], dict[str, Any]] = {}
        self.held: dict[str, set[str]] = {}
        self.clashed: set[str] = set()
        self.grants: dict[str, list[tuple[int, Grant]]] = {}
        self.parked: list[Judged] = []
        for item in log:
            self._read(item)

    def fault(self, category: str, promise: int, text: str) -> None:
        """Note one."""
        self.faults.append(Fault(category, promise, text))

    def _read(self, item: Judged) -> None:
        if item.verdict == "parked":
            self.parked.append(item)
        if item.verdict not in ACCEPTED or item.op.header is None or item.op.payload is None:
            return
        header, payload = msgspec.json.decode(item.op.header), msgspec.json.decode(item.op.payload)
        word, record, user = header["k"], header["r"], header["u"]
        kind, _, act = word.partition(".")
        if kind not in KINDS:
            self.fault("diverged", 13, f"{item.seq}: an op of the unknown kind {word} was merged")
            return
        before = dict(self.docs.get(record, {}))
        disputed = self._set(kind, record, user, name(item.op.h), payload)
        changed, contested = self._changed, self._contested
        if act == "delete":
            self.deleted.add(record)
            changed = True
        clashed = self._claim(kind, record)
        verdict = "disputed" if disputed else "conflict" if contested or (changed and clashed) else "applied"
        if not changed and not disputed and not contested:
            verdict = "noop"
        if item.verdict != verdict:
            self.fault("diverged", 2, f"{item.seq}: {word} was judged {item.verdict}, the rules say {verdict}")
        if header["i"] != self.centre:
            self._permit(item, kind, record, before or None, header)
        if kind == "user" and changed:
            doc = self.docs[record]
            self.grants.setdefault(record, []).append((item.seq, _grant(doc, record in self.deleted)))

    def _set(self, kind: str, record: str, user: str, op: str, payload: dict[str, Any]) -> bool:
        self.kinds[record] = kind
        doc, writers = self.docs.setdefault(record, {}), self.writers.setdefault(record, {})
        self._changed = self._contested = False
        disputed = False
        for field, value in payload["v"].items():
            policy, current = FIELDS[kind][field].policy, doc.get(field)
            if policy == "members":
                value = sorted((set(current or ()) - set(value.get("del", ()))) | set(value.get("add", ())))
            elif policy == "transition":
                value = value[1]
                if (current or "") == value:
                    continue
                if (current or "", value) not in KINDS[kind].transitions[field]:
                    disputed = True
                    continue
            if field in writers and current == value:
                continue
            known = payload.get("b", {}).get(field) == writers.get(field)
            loser = self.people.get((record, field))
            if policy == "review" and field in writers and not known and loser != user:
                sides = self.losing.setdefault((record, field), {})
                sides.pop(user, None)
                sides[str(loser)] = current
                self._contested = True
            doc[field], writers[field] = value, op
            self.people[record, field] = user
            self._changed = True
        return disputed

    def _claim(self, kind: str, record: str) -> bool:
        now = set() if record in self.deleted else set(KINDS[kind].claims(self.docs[record]))
        clash = False
        for key, holders in self.held.items():
            if record in holders and key not in now:
                holders.discard(record)
        for key in now:
            holders = self.held.setdefault(key, set())
            if record not in holders:
                if holders:
                    clash = True
                    self.clashed.add(key)
                holders.add(record)
        return clash

    def _permit(self, item: Judged, kind: str, record: str, before: dict[str, Any] | None, header: Any) -> None:
        history = self.grants.get(header["u"], [])
        grant = next(
            (grant for seq, grant in reversed(history) if seq <= header["x"]), history[0][1] if history else None
        )
        if grant is None or not grant.active or grant.role not in KINDS[kind].roles:
            self.fault("diverged", 8, f"{item.seq}: {header['u']} may not write {kind}, yet it was merged")
            return
        for doc in (before, self.docs[record]):
            if doc is None or kind in ("customer", "user"):
                continue
            site = record if kind == "site" else doc.get("site")
            if not grant.holds(site) and not (kind == "site" and before is None):
                self.fault("diverged", 8, f"{item.seq}: {header['u']} changed {kind} of a site that is not theirs")


def _grant(doc: dict[str, Any], deleted: bool) -> Grant:
    active = doc.get("status") in ("active", "invited") and not deleted
    return Grant(doc.get("role") or "viewer", frozenset(doc.get("sites") or ()), bool(doc.get("all_sites")), active)


def allowed(grant: Grant, sites: dict[str, str], user: str, install: str) -> set[str]:
    """Scopes that a person reads on an install. `sites`: site -> customer."""
    if not grant.active:
        return set()
    office = grant.role in OFFICE_ROLES
    found = {f"user:{user}", f"install:{install}"}
    found |= {"company"} if grant.role in STAFF_ROLES else set()
    found |= {"office"} if office else set()
    for site, customer in sites.items():
        if grant.holds(site):
            found |= {f"site:{site}", f"customer:{customer}"} | ({f"office:{site}"} if office else set())
    return found


def sites_of(store: MemoryStore) -> dict[str, str]:
    """Site -> customer."""
    return {
        rec.id: rec.doc["customer"] for rec in store.table.values() if rec.kind == "site" and rec.doc.get("customer")
    }


def grant_now(store: MemoryStore, user: str) -> Grant:
    """What the merged record of a person grants now."""
    rec = store.table.get(user)
    return _grant(rec.doc, rec.deleted) if rec else Grant("viewer", frozenset(), False, False)


def check_answer(store: MemoryStore, user: str, install: str, parsed: dict[str, Any]) -> list[Fault]:
    """8: every row of an answer is in a scope that its reader may read."""
    if not parsed["session"]:
        return []
    mine = allowed(grant_now(store, user), sites_of(store), user, install)
    faults = []
    for page in parsed["pages"]:
        if page["scope"] not in mine:
            faults.append(Fault("diverged", 8, f"{user} was sent {page['scope']}"))
        for row in page["rows"]:
            rec = store.table.get(row["r"])
            if "gone" not in row and (
                rec is None or page["scope"] not in KINDS[rec.kind].scopes({**rec.doc, "id": rec.id})
            ):
                faults.append(Fault("diverged", 8, f"{row['r']} is not in {page['scope']}, where it was sent"))
    return faults


def check_log(store: MemoryStore, log: list[Judged]) -> list[Fault]:
    """1, 10: every op once, without gaps, and the log's hashes follow."""
    faults = []
    seqs = [item.seq for item in log]
    start = store.epoch << 40
    if seqs != list(range(start + 1, start + 1 + len(log))) or len(store.heads) != len(log):
        faults.append(
            Fault("duplicated", 1, f"{len(log)} ops have the places {[seq - start for seq in sorted(store.heads)]}")
        )
    head = LOG_GENESIS
    for item in log:
        head = log_head(head, item.seq, item.op.h, item.verdict)
        if item.log_head != head:
            faults.append(Fault("duplicated", 1, f"the log does not follow at {item.seq - start}"))
            break
    return faults


def check_records(store: MemoryStore, ledger: Ledger) -> list[Fault]:
    """2, 3, 4, 13: every record, conflict, claim and parked op is as a second reading of the log says."""
    faults = list(ledger.faults)
    state = {rec.id: rec for rec in store.table.values()}
    for record, doc in ledger.docs.items():
        rec = state.get(record)
        if rec is None or (rec.doc, rec.writers, rec.deleted) != (
            doc,
            ledger.writers[record],
            record in ledger.deleted,
        ):
            faults.append(Fault("diverged", 2, f"{ledger.kinds[record]} {record} is {rec}, the log says {doc}"))
    extra = {id for id, rec in state.items() if not KINDS[rec.kind].derived} - ledger.docs.keys()
    if extra:
        faults.append(Fault("diverged", 2, f"records that no op made: {extra}"))
    faults += _check_conflicts(state, ledger)
    faults += _check_parked(state, ledger)
    for key, holders in ledger.held.items():
        if holders != set(store.claims.get(key, ())):
            faults.append(
                Fault("diverged", 2, f"claim {key}: {set(store.claims.get(key, ()))}, the log says {holders}")
            )
    rows: dict[str, set[str]] = {}
    for rec in state.values():
        for scope in KINDS[rec.kind].scopes({**rec.doc, "id": rec.id}):
            rows.setdefault(scope, set()).add(rec.id)
    for scope in rows.keys() | store.rows.keys():
        live = {id for id, (seq, gone) in store.rows.get(scope, {}).items() if not gone}
        if live != rows.get(scope, set()):
            faults.append(Fault("diverged", 8, f"{scope} holds {live}, the records say {rows.get(scope)}"))
    return faults


def _check_conflicts(state: dict[str, Any], ledger: Ledger) -> list[Fault]:
    faults = []
    conflicts = [rec for rec in state.values() if rec.kind == "conflict"]
    by_field = {(rec.doc["record"], rec.doc["path"]): rec for rec in conflicts if "path" in rec.doc}
    by_claim = {rec.doc["claim"]: rec for rec in conflicts if "claim" in rec.doc}
    for place, sides in ledger.losing.items():
        rec = by_field.get(place)
        losers = {side["user"]: msgspec.json.decode(side["value"]) for side in rec.doc["losers"]} if rec else None
        if losers != sides:
            faults.append(Fault("unsurfaced", 3, f"{place}: the lost values are {losers}, the log says {sides}"))
        elif rec is not None and not {f"user:{user}" for user in sides} <= set(rec.scopes):
            faults.append(Fault("unsurfaced", 3, f"{place}: people do not see that their value lost"))
    for key in ledger.clashed:
        if key not in by_claim:
            faults.append(Fault("unsurfaced", 3, f"nobody sees that {key} was claimed twice"))
        else:
            named = {by_claim[key].doc["record"], *by_claim[key].doc["others"]}
            if len(ledger.held[key]) > 1 and not ledger.held[key] <= named:
                faults.append(Fault("unsurfaced", 3, f"{key} is held by {ledger.held[key]}, shown are {named}"))
    if by_field.keys() - ledger.losing.keys() or by_claim.keys() - ledger.clashed:
        faults.append(Fault("diverged", 3, "a conflict that never happened"))
    return faults


def _check_parked(state: dict[str, Any], ledger: Ledger) -> list[Fault]:
    faults = []
    shown = {(rec.doc["install"], rec.doc["n"], rec.doc["op"]): rec for rec in state.values() if rec.kind == "parked"}
    for item in ledger.parked:
        rec = shown.get((item.op.install, item.op.n, name(item.op.h)))
        if rec is None or not rec.doc["code"]:
            faults.append(Fault("unsurfaced", 13, f"op {item.op.n} of {item.op.install} is parked and nobody sees it"))
        elif not {"office", f"user:{item.user}"} <= set(rec.scopes):
            faults.append(
                Fault("unsurfaced", 13, f"op {item.op.n} of {item.op.install} is parked out of its author's sight")
            )
    if len(shown) != len(ledger.parked):
        faults.append(Fault("unsurfaced", 13, f"{len(shown)} parked ops are shown, {len(ledger.parked)} are parked"))
    return faults


def check_replay(store: MemoryStore, log: list[Judged]) -> list[Fault]:
    """2: the log again, one act at a time on an empty store: same verdicts, same state."""
    fresh = MemoryStore(store.id)
    fresh.installs = {key: msgspec.structs.replace(item, status="active") for key, item in store.installs.items()}
    tx: Tx = fresh.transaction()
    index = 0
    while index < len(log):
        item = log[index]
        install: Install = fresh.installs[item.op.install]
        group = item.group[2] if item.group else 1
        batch = log[index : index + group]
        judged = core.ingest(
            tx, install, [one.op for one in batch], item.arrived_at, quarantine=item.verdict == "quarantined"
        )
        for one in batch:
            again = judged[one.op.h]
            if (again.verdict, again.code, again.seq) != (one.verdict, one.code, one.seq):
                return [
                    Fault(
                        "diverged", 2, f"{one.seq}: judged {one.verdict} {one.code}, again {again.verdict} {again.code}"
                    )
                ]
        index += group
    again = tx.store  # pyright: ignore[reportAttributeAccessIssue]
    if state_of(again) != state_of(store) or again.history != store.history or _live(again) != _live(store):
        return [Fault("diverged", 2, "the log, played again, leads to another state")]
    return []


def _live(store: MemoryStore) -> set[tuple[str, str, int]]:
    """Rows of the feed. The notes that a record has left depend on how ops were batched: what came and went at once was
    never there for a reader."""
    return {(scope, id, seq) for scope, rows in store.rows.items() for id, (seq, gone) in rows.items() if not gone}


def check_phone(store: MemoryStore, phone: Phone) -> list[Fault]:
    """1, 2, 7, 8: everything is delivered, and the phone holds exactly what its person may read."""
    faults = []
    for n, item in phone.mine().items():
        if item.op.h not in store.ops:
            faults.append(Fault("lost", 1, f"{phone.label}: op {n} never arrived"))
        elif item.open == UNCONFIRMED or item.verdict != store.ops[item.op.h].verdict:
            faults.append(
                Fault("diverged", 1, f"{phone.label}: op {n} is {item.verdict}, {store.ops[item.op.h].verdict} there")
            )
    if store.installs[phone.id].status != "active":
        return faults
    mine = allowed(grant_now(store, phone.user), sites_of(store), phone.user, phone.id)
    if not mine:
        return faults
    wanted = {id: seq for scope in mine for id, (seq, gone) in store.rows.get(scope, {}).items() if not gone}
    held = phone.held()
    if wanted.keys() - held.keys():
        faults.append(Fault("diverged", 7, f"{phone.label} never got {wanted.keys() - held.keys()}"))
    if held.keys() - wanted.keys():
        faults.append(Fault("diverged", 8, f"{phone.label} still holds {held.keys() - wanted.keys()}"))
    for id in wanted.keys() & held.keys():
        rec, row = store.table[id], held[id].row
        writers = dict.fromkeys(row["v"], row["w"]) | row.get("o", {})
        here = (row["q"], row["k"], row["v"], writers, row.get("d") == 1, row.get("h", ""))
        if here != (rec.seq, rec.kind, rec.doc, rec.writers, rec.deleted, rec.h):
            faults.append(Fault("diverged", 2, f"{phone.label} shows {here}, the centre holds {rec}"))
    return faults
