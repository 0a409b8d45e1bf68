"""The reference store: dictionaries and lists, obviously right. Tests compare every other store with it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import copy

import msgspec

from sync.access import Grant
from sync.chain import LOG_GENESIS, NAME_BYTES, genesis, name, unb64
from sync.store import Author, Changed, Install, Judged, Known, Rec, Row

EPOCH_BITS = 40


class MemoryStore:
    """A whole centre in memory. `transaction()` gives a Tx that is kept by `commit`, else forgotten.

    Nothing that one of the tables holds is ever changed in place, only replaced: a transaction works on tables of its own
    and shares their contents.
    """

    def __init__(self, centre: str) -> None:
        self.id = centre
        self.epoch = 1
        self.top = 0
        self.head = LOG_GENESIS
        self.installs: dict[str, Install] = {centre: Install(id=centre, spki=b"", genesis=genesis(centre, centre, b""))}
        self.ops: dict[bytes, Judged] = {}
        self.heads: dict[int, bytes] = {}
        self.table: dict[str, Rec] = {}
        self.rows: dict[str, dict[str, tuple[int, bool]]] = {}
        self.claims: dict[str, frozenset[str]] = {}
        self.history: dict[str, tuple[tuple[int, Grant], ...]] = {}

    def transaction(self) -> "MemoryTx":
        """Work on tables of its own."""
        own = MemoryStore.__new__(MemoryStore)
        own.__dict__.update({key: copy(value) for key, value in vars(self).items()})
        return MemoryTx(own)

    def commit(self, tx: "MemoryTx") -> None:
        """Keep what a transaction did."""
        self.__dict__.update(vars(tx.store))


def _copy(record: Rec) -> Rec:
    """A record whose fields may be set without touching the original's; the values themselves are shared."""
    return msgspec.structs.replace(record, doc=dict(record.doc), writers=dict(record.writers))


class MemoryTx:
    """`sync.store.Tx` over a MemoryStore of its own."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def centre(self) -> str:
        return self.store.id

    def install(self, install: str) -> Install | None:
        return self.store.installs.get(install)

    def _of(self, install: str) -> list[Judged]:
        return [item for item in self.store.ops.values() if item.op.install == install]

    def tips(self, install: str) -> list[tuple[int, bytes]]:
        ops = self._of(install)
        following = Counter(item.op.prev for item in ops)
        return sorted((item.op.n, item.op.h) for item in ops if following[item.op.h] != 1)

    def holds(self, install: str, n: int, h: bytes) -> bool:
        item = self.store.ops.get(h)
        return item is not None and item.op.install == install and item.op.n == n

    def known(self, install: str, first: int, last: int) -> dict[bytes, Known]:
        return {
            item.op.h: Known(
                h=item.op.h, n=item.op.n, seq=item.seq, verdict=item.verdict, code=item.code, detail=item.detail
            )
            for item in self._of(install)
            if first <= item.op.n <= last
        }

    def waiting(self, install: str, first: int) -> list[Judged]:
        found = [
            item for item in self._of(install) if item.verdict == "waiting" and item.group and item.group[0] == first
        ]
        return sorted(found, key=lambda item: item.op.n)

    def records(self, ids: Iterable[str]) -> dict[str, Rec]:
        return {id: _copy(self.store.table[id]) for id in ids if id in self.store.table}

    def scopes_of(self, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        return {id: self.store.table[id].scopes for id in ids if id in self.store.table}

    def parked_records(self, ids: Iterable[str]) -> set[str]:
        wanted = set(ids)
        return wanted and wanted & {
            item.record for item in self.store.ops.values() if item.verdict in ("parked", "quarantined")
        }

    def claimants(self, keys: Iterable[str]) -> dict[str, list[str]]:
        return {key: sorted(self.store.claims[key]) for key in keys if self.store.claims.get(key)}

    def authors(self, names: Iterable[str]) -> dict[str, Author]:
        by_name = {h[:NAME_BYTES]: item for h, item in self.store.ops.items()}
        found = {word: by_name[unb64(word)] for word in names if unb64(word) in by_name}
        return {word: Author(name=word, user=item.user, arrived_at=item.arrived_at) for word, item in found.items()}

    def grants(self, users: Iterable[str]) -> dict[str, list[tuple[int, Grant]]]:
        return {user: list(self.store.history[user]) for user in users if user in self.store.history}

    def sites(self) -> dict[str, str]:
        return {
            rec.id: rec.doc["customer"]
            for rec in self.store.table.values()
            if rec.kind == "site" and rec.doc.get("customer") is not None
        }

    def tip(self) -> tuple[int, bytes]:
        return (self.store.top, self.store.head)

    def epoch_start(self) -> int:
        return self.store.epoch << EPOCH_BITS

    def head_at(self, seq: int) -> bytes | None:
        return self.store.heads.get(seq)

    def backed_up_to(self) -> int:
        return 0

    def write(
        self,
        ops: Sequence[Judged],
        rejudged: Sequence[Judged],
        changed: Sequence[Changed],
        grants: Sequence[tuple[int, Grant]],
    ) -> None:
        store = self.store
        for item in (*rejudged, *ops):
            before = store.ops.get(item.op.h)
            kept = item if before is None else msgspec.structs.replace(item, seq=before.seq, group=before.group)
            store.ops[item.op.h] = kept
            store.heads[item.seq] = item.log_head
        for item in sorted((*rejudged, *ops), key=lambda item: item.seq):
            store.top, store.head = item.seq, item.log_head
        for change in changed:
            rec = _copy(change.record)
            store.table[rec.id] = rec
            left = [scope for scope in change.previous_scopes if scope not in rec.scopes]
            for scope in (*left, *rec.scopes):
                store.rows[scope] = {**store.rows.get(scope, {}), rec.id: (rec.seq, scope in left)}
            for key in change.dropped_claims:
                store.claims[key] = store.claims.get(key, frozenset()) - {rec.id}
            for key in change.claims or ():
                store.claims[key] = store.claims.get(key, frozenset()) | {rec.id}
        for seq, grant in grants:
            history = [item for item in store.history.get(grant.user, ()) if item[0] != seq]
            store.history[grant.user] = tuple(sorted([*history, (seq, grant)], key=lambda item: item[0]))

    def contact(self, install: str, head: bytes, signature: bytes, at: int, *, keep: bool) -> None:
        """Heads are evidence for people; nothing reads them back here."""

    def feed(self, scope: str, after: int, limit: int) -> list[Row]:
        rows = sorted((seq, id, gone) for id, (seq, gone) in self.store.rows.get(scope, {}).items() if seq > after)
        return [Row(seq=seq, data=self._row(seq, id, gone)) for seq, id, gone in rows[:limit]]

    def _row(self, seq: int, id: str, gone: bool) -> bytes:
        if gone:
            return msgspec.json.encode({"q": seq, "r": id, "gone": 1})
        rec = self.store.table[id]
        names = list(rec.writers.values())
        common = name(bytes.fromhex(rec.h)) if rec.h else max(names, key=names.count) if names else ""
        row = {"q": seq, "k": rec.kind, "r": id, "v": rec.doc, "w": common}
        others = {field: word for field, word in rec.writers.items() if word != common}
        return msgspec.json.encode(
            row
            | ({"o": others} if others else {})
            | ({"h": rec.h} if rec.h else {})
            | ({"d": 1} if rec.deleted else {})
        )


def state_of(store: MemoryStore) -> dict[str, tuple[str, dict[str, object], dict[str, str], bool]]:
    """Record id -> (kind, values, writers, deleted): what two stores must agree on."""
    return {rec.id: (rec.kind, rec.doc, rec.writers, rec.deleted) for rec in store.table.values()}
