"""Single facts of the installation: key -> value."""

import sqlite3
from typing import Final

LAST_BACKUP: Final = "last_backup_at"
"""When the last backup was begun that ended well, ms UTC."""


def get(conn: sqlite3.Connection, key: str) -> str | None:
    """The text under a key, None when there is none."""
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def put(conn: sqlite3.Connection, key: str, value: str) -> None:
    """Set a key."""
    conn.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))


def is_settled(conn: sqlite3.Connection) -> bool:
    """Whether something outside hangs on this installation's address: a label exists, or a phone was enrolled."""
    row = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM records WHERE kind = 'label') OR EXISTS "
        "(SELECT 1 FROM installs WHERE id <> coalesce((SELECT value FROM meta WHERE key = 'centre'), ''))"
    ).fetchone()
    return bool(row[0])


def has_people(conn: sqlite3.Connection) -> bool:
    """Whether an active person with the administrator's role exists."""
    row = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM records WHERE kind = 'user' AND NOT deleted "
        "AND doc ->> 'role' = 'administrator' AND doc ->> 'status' = 'active')"
    ).fetchone()
    return bool(row[0])
