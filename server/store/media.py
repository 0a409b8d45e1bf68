"""Which ops name a blob, who delivered it where, and what the centre found in it."""

import sqlite3
from collections.abc import Iterable

from msgspec import Struct

from server.store.records import Record, find
from sync.chain import unb64


class Naming(Struct, frozen=True, kw_only=True):
    """One op, parked or not, that names a blob. `size` where the op tells it; `site` is "" where it names none.

    `quarantined`: it came from an install that was shut out, and nobody has let it in.
    """

    install: str
    site: str
    kind: str
    size: int | None
    quarantined: bool = False


class Receipt(Struct, frozen=True, kw_only=True):
    """A blob that arrived whole for a site."""

    sha256: str
    site: str
    install: str
    size: int
    arrived_at: int


class Checked(Struct, frozen=True, kw_only=True):
    """What was found in a photo: its media type and upright size, or the reason why it is refused."""

    sha256: str
    mime: str | None
    width: int | None
    height: int | None
    refused: str | None
    detail: str
    checked_at: int


def namings(conn: sqlite3.Connection, sha256: str) -> list[Naming]:
    """The ops that name a blob, oldest first."""
    rows = conn.execute(
        "SELECT b.install, coalesce(b.site, '') AS site, o.kind, b.size, o.verdict = 'quarantined' FROM op_blobs b "
        "JOIN ops o ON o.h = b.h WHERE b.sha256 = ? ORDER BY o.seq",
        (sha256,),
    )
    return [Naming(install=row[0], site=row[1], kind=row[2], size=row[3], quarantined=bool(row[4])) for row in rows]


QUARANTINE = "quarantine:"
"""Begins the place, instead of a site, of what an install that was shut out has delivered."""


def quarantine_of(install: str) -> str:
    """Where the receipts of an install that was shut out stand: no site, so that nobody reads or derives from them."""
    return QUARANTINE + install


def sites_arrived(conn: sqlite3.Connection, sha256: str) -> set[str]:
    """The sites for which a blob has arrived from somebody who may deliver there."""
    return {row.site for row in receipts(conn, sha256) if not row.site.startswith(QUARANTINE)}


def receipts(conn: sqlite3.Connection, sha256: str) -> list[Receipt]:
    """Where a blob has arrived whole."""
    rows = conn.execute(
        "SELECT sha256, site, install, size, arrived_at FROM receipts WHERE sha256 = ? ORDER BY site", (sha256,)
    )
    return [Receipt(sha256=row[0], site=row[1], install=row[2], size=row[3], arrived_at=row[4]) for row in rows]


def is_shut_away(conn: sqlite3.Connection, sha256: str) -> bool:
    """Whether the only ones to have delivered a blob are installs that were shut out."""
    places = [row.site for row in receipts(conn, sha256)]
    return bool(places) and all(place.startswith(QUARANTINE) for place in places)


def add_receipts(conn: sqlite3.Connection, rows: Iterable[Receipt]) -> None:
    """Note arrivals; the first one for a site stays."""
    conn.executemany(
        "INSERT OR IGNORE INTO receipts (sha256, site, install, size, arrived_at) VALUES (?, ?, ?, ?, ?)",
        [(row.sha256, row.site, row.install, row.size, row.arrived_at) for row in rows],
    )


def checked(conn: sqlite3.Connection, sha256: str) -> Checked | None:
    """What was found in a photo, if it was looked at."""
    row = conn.execute("SELECT * FROM pictures WHERE sha256 = ?", (sha256,)).fetchone()
    return Checked(**dict(row)) if row else None


def put_checked(conn: sqlite3.Connection, row: Checked) -> None:
    """Keep what was found; a later look replaces an earlier one."""
    conn.execute(
        "INSERT OR REPLACE INTO pictures (sha256, mime, width, height, refused, detail, checked_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (row.sha256, row.mime, row.width, row.height, row.refused, row.detail, row.checked_at),
    )


def pending_photos(conn: sqlite3.Connection, sha256: str) -> list[Record]:
    """Photo records of a blob that arrived for their site and about which the centre has said nothing yet."""
    sites = sites_arrived(conn, sha256)
    return [
        photo
        for photo in find(conn, "photo", "blob", sha256)
        if photo.doc.get("site", "") in sites and not photo.doc.get("arrived_at") and not photo.doc.get("refused")
    ]


def pending_blobs(conn: sqlite3.Connection) -> list[str]:
    """SHA-256 of the blobs that have pending photos."""
    rows = conn.execute(
        "SELECT DISTINCT p.doc ->> 'blob' FROM records p JOIN receipts r "
        "ON r.sha256 = p.doc ->> 'blob' AND r.site = coalesce(p.doc ->> 'site', '') "
        "WHERE p.kind = 'photo' AND p.doc ->> 'arrived_at' IS NULL AND p.doc ->> 'refused' IS NULL AND NOT p.deleted"
    )
    return [row[0] for row in rows]


def author(conn: sqlite3.Connection, op_name: str) -> tuple[str, int | None] | None:
    """User id and time of acting (ms UTC, by the phone) of the op of that name; None when it isn't here."""
    prefix = unb64(op_name)
    row = conn.execute(
        "SELECT user, header ->> '$.t[0]' FROM ops WHERE h >= ? AND h < ? LIMIT 1", (prefix, prefix + b"\xff" * 23)
    ).fetchone()
    if row is None:
        return None
    return row[0], row[1] if isinstance(row[1], int) else None
