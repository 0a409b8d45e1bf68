"""Figures for those who watch the centre. None of the queries reads more than an index or a small table."""

import sqlite3

from msgspec import Struct


class Contact(Struct, frozen=True, kw_only=True):
    """One phone's or office profile's last contact, and what it announced then that it still had to deliver."""

    status: str
    seen_at: int | None
    ops: int
    blobs: int
    bytes: int


class Figures(Struct, frozen=True, kw_only=True):
    """Counts now. `photo_waiting_since`: arrival of the oldest op whose photo has not come, ms UTC."""

    ops: int
    parked: int
    conflicts: int
    photos_waiting: int
    photo_waiting_since: int | None
    contacts: list[Contact]


def read(conn: sqlite3.Connection, centre: str) -> Figures:
    """The figures; `centre` is its own install, which is not counted."""
    photos, oldest = conn.execute(
        "SELECT count(*), min(seq) FROM records WHERE kind = 'photo' AND doc ->> 'arrived_at' IS NULL "
        "AND doc ->> 'refused' IS NULL AND NOT deleted"
    ).fetchone()
    since = conn.execute("SELECT arrived_at FROM ops WHERE seq = ?", (oldest,)).fetchone() if photos else None
    return Figures(
        ops=conn.execute("SELECT count(*) FROM ops").fetchone()[0],
        parked=_count(conn, "kind = 'parked' AND coalesce(doc ->> 'verdict', 'parked') = 'parked'"),
        conflicts=_count(conn, "kind = 'conflict' AND coalesce(doc ->> 'status', 'open') = 'open'"),
        photos_waiting=photos,
        photo_waiting_since=since[0] if since else None,
        contacts=_contacts(conn, centre),
    )


def _count(conn: sqlite3.Connection, where: str) -> int:
    return conn.execute(f"SELECT count(*) FROM records WHERE {where} AND NOT deleted").fetchone()[0]


def _contacts(conn: sqlite3.Connection, centre: str) -> list[Contact]:
    # `stats` is the last signed head: its own tip less the last op that it sent is what stayed on the phone.
    rows = conn.execute(
        "SELECT status, seen_at, stats ->> '$.stats.tip' AS tip, stats ->> '$.n' AS sent, "
        "stats ->> '$.stats.blobs' AS blobs, stats ->> '$.stats.bytes' AS bytes FROM installs WHERE id <> ?",
        (centre,),
    )
    return [
        Contact(
            status=row["status"],
            seen_at=row["seen_at"],
            ops=max(0, _whole(row["tip"]) - _whole(row["sent"])),
            blobs=_whole(row["blobs"]),
            bytes=_whole(row["bytes"]),
        )
        for row in rows
    ]


def _whole(value: object) -> int:
    """What a phone says of itself may be anything."""
    return value if isinstance(value, int) and 0 <= value < 1 << 53 else 0
