"""Imports that were begun, and what an import has to know of the centre: records, who wrote a value, codes once used."""

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from server.store import records
from server.store.records import Record
from sync.chain import unb64

KINDS = ("customer", "site", "space", "category", "asset")
"""What an import reads and writes, each after what it refers to."""


class ImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One import."""

    id: str
    name: str
    format: str
    size_bytes: int
    user: str
    created_at: int
    planned_seq: int | None = None
    job: str | None = None


_COLUMNS = ", ".join(ImportRow.__struct_fields__)


def _import(row: sqlite3.Row) -> ImportRow:
    return ImportRow(**{name: row[name] for name in ImportRow.__struct_fields__})


def add(conn: sqlite3.Connection, row: ImportRow) -> None:
    """Keep a new import."""
    conn.execute(
        f"INSERT INTO imports ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        tuple(getattr(row, name) for name in ImportRow.__struct_fields__),
    )


def get(conn: sqlite3.Connection, id: str) -> ImportRow | None:
    """One import, None when there is none."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM imports WHERE id = ?", (id,)).fetchone()
    return _import(row) if row else None


def newest(conn: sqlite3.Connection, limit: int = 50) -> list[ImportRow]:
    """The newest imports, newest first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM imports ORDER BY created_at DESC, id DESC LIMIT ?", (limit,))
    return [_import(row) for row in rows]


def set_planned(conn: sqlite3.Connection, id: str, seq: int) -> None:
    """A plan was made on the state at `seq`."""
    conn.execute("UPDATE imports SET planned_seq = ?, job = NULL WHERE id = ?", (seq, id))


def set_job(conn: sqlite3.Connection, id: str, job: str) -> None:
    """It is carried out by this job."""
    conn.execute("UPDATE imports SET job = ? WHERE id = ?", (job, id))


def newest_seq(conn: sqlite3.Connection) -> int:
    """The newest seq of the log, 0 before the first op."""
    return int(conn.execute("SELECT coalesce(max(seq), 0) FROM ops").fetchone()[0])


def register_changed(conn: sqlite3.Connection, after: int) -> bool:
    """Whether the centre itself has written customers, places, categories or assets after a seq, or anybody new ones."""
    marks = ",".join("?" * len(KINDS))
    row = conn.execute(
        f"SELECT EXISTS (SELECT 1 FROM ops WHERE seq > ? AND kind IN ({marks}) AND (install = "
        "(SELECT value FROM meta WHERE key = 'centre') OR NOT EXISTS "
        "(SELECT 1 FROM ops earlier WHERE earlier.record = ops.record AND earlier.seq < ops.seq)))",
        (after, *KINDS),
    ).fetchone()
    return bool(row[0])


def is_by_hand(conn: sqlite3.Connection, op: str) -> bool:
    """Whether an op (by name) came from another install than the centre's own."""
    low = unb64(op)
    row = conn.execute(
        "SELECT install <> (SELECT value FROM meta WHERE key = 'centre') FROM ops WHERE h >= ? AND h < ? LIMIT 1",
        (low, low + b"\xff" * 24),
    ).fetchone()
    return bool(row and row[0])


def read_register(conn: sqlite3.Connection, customer: str | None) -> Iterator[Record]:
    """Customers, sites, spaces, categories and assets in this order, deleted ones too; of one customer, or of all."""
    yield from records.iterate(conn, "customer", deleted=True)
    sites = records.all_of(conn, "site", deleted=True)
    yield from sites
    yield from records.iterate(conn, "category", deleted=True)
    for kind in ("space", "asset"):
        if customer is None:
            yield from records.iterate(conn, kind, deleted=True)
        else:
            yield from _of_sites(conn, kind, (site.id for site in sites if site.doc.get("customer") == customer))


def _of_sites(conn: sqlite3.Connection, kind: str, sites: Iterable[str]) -> Iterator[Record]:
    for site in sites:
        # The kind is spelt out, or SQLite could not use the partial index on site.
        rows = conn.execute(f"SELECT id FROM records WHERE kind = '{kind}' AND doc ->> 'site' = ? ORDER BY id", (site,))
        ids = [row[0] for row in rows]
        found = records.get_many(conn, ids)
        yield from (found[id] for id in ids)


def used_codes(conn: sqlite3.Connection, customer: str | None) -> Iterator[tuple[str, str]]:
    """(customer, code) of every code that was ever used, of one customer or of all."""
    rows = (
        conn.execute("SELECT customer, code FROM used_codes")
        if customer is None
        else conn.execute("SELECT ?, code FROM used_codes WHERE customer IN (?, '')", (customer, customer))
    )
    for row in rows:
        yield row[0], row[1]
