"""The sync store on SQLite: one `Tx` over the connection of an open transaction. Contract: sync/store.py."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.store.records import chunks, pack_writers, unpack_writers
from sync.access import Grant
from sync.chain import LOG_GENESIS, genesis, name, unb64
from sync.ops import Op
from sync.store import Author, Changed, Install, Judged, Known, Rec, Row

RULES = 1
"""Version of the merge rules that judged an op; kept with it."""
EPOCH_BITS = 40
ROWS_PER_INSERT = (250, 50, 10, 1)
"""At most 250 × 20 values: SQLite takes 32,766 in a statement since 3.32."""

_encode = msgspec.json.encode
_decode = msgspec.json.decode
_grant = msgspec.json.Decoder(Grant)


def create(conn: sqlite3.Connection, centre: str, now_ms: int) -> None:
    """Make an empty log the centre `centre`: its own install is the first."""
    conn.execute("INSERT INTO meta VALUES ('centre', ?), ('epoch', 1), ('top', 0), ('backed_up_to', 0)", (centre,))
    conn.execute("INSERT INTO meta VALUES ('log_head', ?)", (LOG_GENESIS,))
    add_install(conn, Install(id=centre, spki=b"", genesis=genesis(centre, centre, b"")), now_ms)


def centre_id(conn: sqlite3.Connection) -> str | None:
    """The centre's id; None before `create`."""
    row = conn.execute("SELECT value FROM meta WHERE key = 'centre'").fetchone()
    return row[0] if row else None


def add_install(conn: sqlite3.Connection, install: Install, now_ms: int, *, device: str | None = None) -> None:
    """Enrol an install; sqlite3.IntegrityError when its id is taken."""
    conn.execute(
        "INSERT INTO installs (id, spki, genesis, status, device, enrolled_at) VALUES (?, ?, ?, ?, ?, ?)",
        (install.id, install.spki, install.genesis, install.status, device, now_ms),
    )
    for user in install.users:
        add_user(conn, install.id, user, now_ms)


def add_user(conn: sqlite3.Connection, install: str, user: str, now_ms: int) -> None:
    """Remember that a person signed in on an install."""
    conn.execute("INSERT OR IGNORE INTO install_users VALUES (?, ?, ?)", (install, user, now_ms))


class SqliteTx:
    """`sync.store.Tx` over `conn`, which is inside a transaction. Cheap to make; one per job."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        self._meta: dict[str, str | int | bytes] = {
            row[0]: row[1] for row in conn.execute("SELECT key, value FROM meta")
        }

    def centre(self) -> str:
        return str(self._meta["centre"])

    def install(self, install: str) -> Install | None:
        row = self.conn.execute("SELECT spki, status, genesis FROM installs WHERE id = ?", (install,)).fetchone()
        if row is None:
            return None
        users = self.conn.execute("SELECT user FROM install_users WHERE install = ?", (install,))
        return Install(id=install, spki=row[0], status=row[1], genesis=row[2], users=frozenset(r[0] for r in users))

    def tips(self, install: str) -> list[tuple[int, bytes]]:
        rows = self.conn.execute("SELECT n, h FROM tips WHERE install = ? ORDER BY n, h", (install,))
        return [(row[0], row[1]) for row in rows]

    def holds(self, install: str, n: int, h: bytes) -> bool:
        row = self.conn.execute("SELECT 1 FROM ops WHERE h = ? AND install = ? AND n = ?", (h, install, n)).fetchone()
        return row is not None

    def known(self, install: str, first: int, last: int) -> dict[bytes, Known]:
        rows = self.conn.execute(
            "SELECT h, n, seq, verdict, code, detail FROM ops WHERE install = ? AND n BETWEEN ? AND ?",
            (install, first, last),
        )
        return {
            row[0]: Known(h=row[0], n=row[1], seq=row[2], verdict=row[3], code=row[4], detail=row[5]) for row in rows
        }

    def waiting(self, install: str, first: int) -> list[Judged]:
        rows = self.conn.execute(
            "SELECT * FROM ops WHERE install = ? AND n >= ? AND group_first = ? AND verdict = 'waiting' ORDER BY n",
            (install, first, first),
        )
        return [_judged(row) for row in rows]

    def records(self, ids: Iterable[str]) -> dict[str, Rec]:
        found: dict[str, Rec] = {}
        for chunk in chunks(ids):
            marks = ",".join("?" * len(chunk))
            for row in self.conn.execute(
                f"SELECT id, kind, seq, deleted, scopes, doc, writers, h FROM records WHERE id IN ({marks})", chunk
            ):
                doc = _decode(row[5])
                found[row[0]] = Rec(
                    id=row[0],
                    kind=row[1],
                    seq=row[2],
                    deleted=bool(row[3]),
                    scopes=tuple(row[4].split()),
                    doc=doc,
                    writers=unpack_writers(row[6], doc),
                    h=row[7],
                )
        return found

    def scopes_of(self, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for chunk in chunks(ids):
            marks = ",".join("?" * len(chunk))
            for row in self.conn.execute(f"SELECT id, scopes FROM records WHERE id IN ({marks})", chunk):
                found[row[0]] = tuple(row[1].split())
        return found

    def parked_records(self, ids: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for chunk in chunks(ids):
            marks = ",".join("?" * len(chunk))
            found.update(
                row[0]
                for row in self.conn.execute(
                    f"SELECT DISTINCT record FROM ops WHERE record IN ({marks}) AND verdict IN ('parked', 'quarantined')",
                    chunk,
                )
            )
        return found

    def claimants(self, keys: Iterable[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for chunk in chunks(keys):
            marks = ",".join("?" * len(chunk))
            for row in self.conn.execute(f"SELECT key, record FROM claims WHERE key IN ({marks})", chunk):
                found.setdefault(row[0], []).append(row[1])
        return found

    def authors(self, names: Iterable[str]) -> dict[str, Author]:
        found: dict[str, Author] = {}
        for word in names:
            low = unb64(word)
            row = self.conn.execute(
                "SELECT user, arrived_at FROM ops WHERE h >= ? AND h < ? LIMIT 1", (low, low + b"\xff" * 24)
            ).fetchone()
            if row is not None:
                found[word] = Author(name=word, user=row[0], arrived_at=row[1])
        return found

    def grants(self, users: Iterable[str]) -> dict[str, list[tuple[int, Grant]]]:
        found: dict[str, list[tuple[int, Grant]]] = {}
        for chunk in chunks(users):
            marks = ",".join("?" * len(chunk))
            for row in self.conn.execute(
                f"SELECT user, seq, data FROM grants WHERE user IN ({marks}) ORDER BY user, seq", chunk
            ):
                found.setdefault(row[0], []).append((row[1], _grant.decode(row[2])))
        return found

    def sites(self) -> dict[str, str]:
        rows = self.conn.execute(
            "SELECT id, doc ->> 'customer' FROM records WHERE kind = 'site' AND doc ->> 'customer' IS NOT NULL"
        )
        return {row[0]: row[1] for row in rows}

    def tip(self) -> tuple[int, bytes]:
        head = self._meta["log_head"]
        assert isinstance(head, bytes)
        return (int(self._meta["top"]), head)

    def epoch_start(self) -> int:
        return int(self._meta["epoch"]) << EPOCH_BITS

    def head_at(self, seq: int) -> bytes | None:
        row = self.conn.execute(
            "SELECT log_head FROM ops WHERE seq = :s UNION ALL SELECT log_head FROM rejudged WHERE seq = :s", {"s": seq}
        ).fetchone()
        return row[0] if row else None

    def backed_up_to(self) -> int:
        return int(self._meta["backed_up_to"])

    def write(
        self,
        ops: Sequence[Judged],
        rejudged: Sequence[Judged],
        changed: Sequence[Changed],
        grants: Sequence[tuple[int, Grant]],
    ) -> None:
        self._write_ops(ops)
        self._write_rejudged(rejudged)
        self._write_records(changed)
        if grants:
            self.conn.executemany(
                "INSERT OR REPLACE INTO grants VALUES (?, ?, ?)",
                [(grant.user, seq, _encode(grant).decode()) for seq, grant in grants],
            )
        last = max((*(item.seq for item in ops), *(item.seq for item in rejudged)), default=None)
        if last is not None:
            head = next(item.log_head for item in (*ops, *rejudged) if item.seq == last)
            self._meta["top"], self._meta["log_head"] = last, head
            self.conn.executemany("UPDATE meta SET value = ? WHERE key = ?", [(last, "top"), (head, "log_head")])

    def _write_ops(self, ops: Sequence[Judged]) -> None:
        _insert(
            self.conn,
            "INSERT INTO ops (seq, h, install, n, prev, kind, record, user, header, payload, salt, header_hash, pc, "
            "verdict, code, detail, group_first, rules, arrived_at, log_head) VALUES ",
            [
                (
                    item.seq,
                    item.op.h,
                    item.op.install,
                    item.op.n,
                    item.op.prev,
                    item.kind,
                    item.record,
                    item.user,
                    item.op.header,
                    item.op.payload,
                    item.op.salt,
                    item.op.header_hash,
                    item.op.pc,
                    item.verdict,
                    item.code,
                    item.detail,
                    item.group[0] if item.group else None,
                    RULES,
                    item.arrived_at,
                    item.log_head,
                )
                for item in ops
            ],
        )
        self._write_tips(ops)
        blobs = [(blob, item.op.h, item.op.install, item.site, size) for item in ops for blob, size in item.blobs]
        if blobs:
            self.conn.executemany("INSERT OR IGNORE INTO op_blobs VALUES (?, ?, ?, ?, ?)", blobs)

    def _write_tips(self, ops: Sequence[Judged]) -> None:
        """Move the ends of the chains: as many rows as there are new ends, however long the chains are."""
        inside = {item.op.h for item in ops}
        followed = {item.op.prev for item in ops}
        for item in ops:
            op = item.op
            if op.prev not in inside and op.n > 1:
                key = (op.install, op.n - 1, op.prev)
                tip = self.conn.execute("SELECT fork FROM tips WHERE install = ? AND n = ? AND h = ?", key).fetchone()
                if tip is None:
                    self.conn.execute("INSERT INTO tips VALUES (?, ?, ?, 1)", key)
                elif not tip[0]:
                    self.conn.execute("DELETE FROM tips WHERE install = ? AND n = ? AND h = ?", key)
            if op.h not in followed:
                self.conn.execute("INSERT INTO tips VALUES (?, ?, ?, 0)", (op.install, op.n, op.h))

    def _write_rejudged(self, rejudged: Sequence[Judged]) -> None:
        for item in rejudged:
            self.conn.execute(
                "INSERT INTO rejudged VALUES (?, ?, ?, ?, ?, ?, ?)",
                (item.seq, item.op.h, item.verdict, item.code, item.detail, item.arrived_at, item.log_head),
            )
            self.conn.execute(
                "UPDATE ops SET first_verdict = coalesce(first_verdict, verdict), verdict = ?, code = ?, detail = ? "
                "WHERE h = ?",
                (item.verdict, item.code, item.detail, item.op.h),
            )

    def _write_records(self, changed: Sequence[Changed]) -> None:
        if not changed:
            return
        records: list[tuple[str, str, int, int, str, str, str, str]] = []
        stale: list[tuple[str, int, str]] = []
        fresh: list[tuple[str, int, str, int]] = []
        back: list[tuple[str, str]] = []
        for item in changed:
            record = item.record
            records.append(
                (
                    record.id,
                    record.kind,
                    record.seq,
                    int(record.deleted),
                    " ".join(record.scopes),
                    _encode(record.doc).decode(),
                    pack_writers(record.writers, name(bytes.fromhex(record.h)) if record.h else ""),
                    record.h,
                )
            )
            if item.previous_seq:
                back.extend((scope, record.id) for scope in record.scopes if scope not in item.previous_scopes)
            stale.extend((scope, item.previous_seq, record.id) for scope in item.previous_scopes)
            fresh.extend((scope, record.seq, record.id, 0) for scope in record.scopes)
            fresh.extend(
                (scope, record.seq, record.id, 1) for scope in item.previous_scopes if scope not in record.scopes
            )
        _insert(
            self.conn,
            "INSERT INTO records (id, kind, seq, deleted, scopes, doc, writers, h) VALUES ",
            records,
            " ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, deleted = excluded.deleted, scopes = excluded.scopes, "
            "doc = excluded.doc, writers = excluded.writers, h = excluded.h",
        )
        if stale:
            self.conn.executemany("DELETE FROM feed WHERE scope = ? AND seq = ? AND record = ?", stale)
        if back:
            self.conn.executemany("DELETE FROM feed WHERE scope = ? AND record = ? AND gone = 1", back)
        self.conn.executemany("INSERT OR REPLACE INTO feed VALUES (?, ?, ?, ?)", fresh)
        self._write_claims(changed)

    def _write_claims(self, changed: Sequence[Changed]) -> None:
        fresh = [(key, item.record.id) for item in changed for key in item.claims or ()]
        stale = [(item.record.id, key) for item in changed for key in item.dropped_claims]
        if stale:
            self.conn.executemany("DELETE FROM claims WHERE record = ? AND key = ?", stale)
        if fresh:
            self.conn.executemany("INSERT OR IGNORE INTO claims VALUES (?, ?)", fresh)

    def contact(self, install: str, head: bytes, signature: bytes, at: int, *, keep: bool) -> None:
        if keep:
            self.conn.execute(
                "INSERT INTO heads (install, at, head, signature) VALUES (?, ?, ?, ?)", (install, at, head, signature)
            )
        self.conn.execute(
            "UPDATE installs SET seen_at = ?, stats = ? WHERE id = ?",
            (at, (head.decode()), install),
        )

    def feed(self, scope: str, after: int, limit: int) -> list[Row]:
        rows = self.conn.execute(
            "SELECT f.seq, f.record, f.gone, r.kind, r.deleted, r.doc, r.writers, r.h FROM feed f "
            "LEFT JOIN records r ON r.id = f.record "
            "WHERE f.scope = ? AND f.seq > ? ORDER BY f.seq, f.record LIMIT ?",
            (scope, after, limit),
        )
        return [Row(seq=row[0], data=_row(row)) for row in rows]


def _insert(conn: sqlite3.Connection, head: str, rows: Sequence[tuple[Any, ...]], tail: str = "") -> None:
    """Insert rows, many to a statement: the `kind IN (...)` of partial indexes builds its list once per statement, which
    for one row at a time costs more than the row. Few different counts, so that the prepared statements are used again."""
    at = 0
    for size in ROWS_PER_INSERT:
        while len(rows) - at >= size:
            part = rows[at : at + size]
            at += size
            marks = ", ".join([f"({', '.join('?' * len(part[0]))})"] * size)
            conn.execute(f"{head}{marks}{tail}", [value for row in part for value in row])


def _row(row: sqlite3.Row) -> bytes:
    """A feed row on the wire; the stored JSON is spliced in, never parsed."""
    if row[2]:
        return f'{{"q":{row[0]},"r":"{row[1]}","gone":1}}'.encode()
    writers: str = row[6]
    if writers.startswith('{"*":') and writers.count('"') == 4:
        names = f'"w":{writers[5:-1]}'
    else:
        packed = _decode(writers)
        common = packed.pop("*", "")
        names = f'"w":"{common}","o":{_encode(packed).decode()}'
    deleted = ',"d":1' if row[4] else ""
    full = f',"h":"{row[7]}"' if row[7] else ""
    return f'{{"q":{row[0]},"k":"{row[3]}","r":"{row[1]}","v":{row[5]},{names}{full}{deleted}}}'.encode()


def _judged(row: sqlite3.Row) -> Judged:
    op = read_op(row)
    return Judged(
        op=op,
        seq=row["seq"],
        verdict=row["verdict"],
        code=row["code"],
        detail=row["detail"],
        user=row["user"],
        kind=row["kind"],
        record=row["record"],
        blobs=(),
        site=None,
        group=None,
        log_head=row["log_head"],
        arrived_at=row["arrived_at"],
    )


def read_op(row: sqlite3.Row) -> Op:
    """An op row -> Op."""
    return Op(
        install=row["install"],
        n=row["n"],
        h=row["h"],
        prev=row["prev"],
        header=row["header"],
        payload=row["payload"],
        salt=row["salt"],
        header_hash=row["header_hash"],
        pc=row["pc"],
    )


def op_by_hash(conn: sqlite3.Connection, h: bytes) -> Op | None:
    """The op whose hash is, or begins with, `h` (9 or 32 bytes)."""
    row = conn.execute("SELECT * FROM ops WHERE h >= ? AND h < ? LIMIT 1", (h, h + b"\xff" * (33 - len(h)))).fetchone()
    return read_op(row) if row else None


def head_seq(conn: sqlite3.Connection) -> int:
    """The newest seq."""
    return SqliteTx(conn).tip()[0]
