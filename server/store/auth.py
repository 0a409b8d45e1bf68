"""SQL of the door: invitations, passkeys, sessions, PINs, API tokens, challenges and the audit trail.

Readers take any connection; functions whose name is a change (`add_…`, `use_…`, `revoke_…`) belong in a writer job.
Secrets come in already hashed. Instants are milliseconds UTC.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec import Struct


class Invitation(Struct, frozen=True, kw_only=True):
    """One link for one person. It is open while not used, not withdrawn and not expired."""

    id: str
    hash: bytes
    user: str
    role: str
    created_at: int
    created_by: str | None
    expires_at: int
    used_at: int | None
    used_install: str | None
    withdrawn_at: int | None


class Passkey(Struct, frozen=True, kw_only=True):
    """A WebAuthn credential. `id` is the credential id in base64url, `transports` comma-separated."""

    id: str
    user: str
    public_key: bytes
    sign_count: int
    name: str
    transports: str
    backed_up: int
    created_at: int
    used_at: int | None


class Session(Struct, frozen=True, kw_only=True):
    """A person signed in on an install. `via` says how: invitation, passkey or pin."""

    id: str
    hash: bytes
    user: str
    install: str
    via: str
    agent: str
    created_at: int
    seen_at: int
    expires_at: int
    revoked_at: int | None


class Pin(Struct, frozen=True, kw_only=True):
    """A person's PIN on one install, as a salted and keyed scrypt hash."""

    install: str
    user: str
    salt: bytes
    hash: bytes
    tries_left: int
    set_at: int


class ApiToken(Struct, frozen=True, kw_only=True):
    """A key for a script that acts for a person. `scopes` is comma-separated: `read:*`, `write:asset` …"""

    id: str
    hash: bytes
    user: str
    name: str
    scopes: str
    created_at: int
    created_by: str | None
    expires_at: int
    used_at: int | None
    revoked_at: int | None


class Challenge(Struct, frozen=True, kw_only=True):
    """A random number that may be answered once, soon, for one purpose."""

    hash: bytes
    purpose: str
    user: str | None
    install: str | None
    expires_at: int


class Event(Struct, frozen=True, kw_only=True):
    """One line of the audit trail: ids only."""

    n: int
    at: int
    event: str
    user: str | None
    install: str | None
    actor: str | None
    detail: str | None


class EnrolledInstall(Struct, frozen=True, kw_only=True):
    """What the door needs of a row of `installs`. `spki` is empty for the centre's own; `device` is a record id."""

    id: str
    spki: bytes
    status: str
    device: str | None
    seen_at: int | None


T = TypeVar("T", bound=Struct)
Params = Sequence[Any] | dict[str, Any]


def _all(conn: sqlite3.Connection, cls: type[T], sql: str, params: Params = ()) -> list[T]:
    cursor = conn.execute(sql, params)
    names = [column[0] for column in cursor.description]
    return [cls(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _one(conn: sqlite3.Connection, cls: type[T], sql: str, params: Params = ()) -> T | None:
    rows = _all(conn, cls, sql, params)
    return rows[0] if rows else None


def _add(conn: sqlite3.Connection, table: str, row: Struct, *, replace: bool = False) -> None:
    names = row.__struct_fields__
    verb = "INSERT OR REPLACE" if replace else "INSERT"
    places = ", ".join("?" for _ in names)
    conn.execute(f"{verb} INTO {table} ({', '.join(names)}) VALUES ({places})", [getattr(row, name) for name in names])


# --- invitations -------------------------------------------------------------------------------------------------


def add_invitation(conn: sqlite3.Connection, row: Invitation) -> None:
    _add(conn, "invitations", row)


def invitation(conn: sqlite3.Connection, token_hash: bytes) -> Invitation | None:
    return _one(conn, Invitation, "SELECT * FROM invitations WHERE hash = ?", (token_hash,))


def invitations_of(conn: sqlite3.Connection, user: str) -> list[Invitation]:
    """Newest first."""
    return _all(
        conn, Invitation, "SELECT * FROM invitations WHERE user = ? ORDER BY created_at DESC, rowid DESC", (user,)
    )


def open_invitations(conn: sqlite3.Connection, now: int) -> list[Invitation]:
    return _all(
        conn,
        Invitation,
        "SELECT * FROM invitations WHERE used_at IS NULL AND withdrawn_at IS NULL AND expires_at > ?",
        (now,),
    )


def use_invitation(conn: sqlite3.Connection, invitation_id: str, install: str, now: int) -> bool:
    """Burn it; False if somebody else did so first."""
    changed = conn.execute(
        "UPDATE invitations SET used_at = ?, used_install = ?"
        " WHERE id = ? AND used_at IS NULL AND withdrawn_at IS NULL",
        (now, install, invitation_id),
    )
    return changed.rowcount == 1


def withdraw_invitations(conn: sqlite3.Connection, user: str, now: int) -> int:
    """Close every unused invitation of a person; the number of those that were still open."""
    changed = conn.execute(
        "UPDATE invitations SET withdrawn_at = ? WHERE user = ? AND used_at IS NULL AND withdrawn_at IS NULL",
        (now, user),
    )
    return changed.rowcount


# --- passkeys ----------------------------------------------------------------------------------------------------


def add_passkey(conn: sqlite3.Connection, row: Passkey) -> None:
    _add(conn, "passkeys", row)


def passkey(conn: sqlite3.Connection, credential_id: str) -> Passkey | None:
    return _one(conn, Passkey, "SELECT * FROM passkeys WHERE id = ?", (credential_id,))


def passkeys_of(conn: sqlite3.Connection, user: str) -> list[Passkey]:
    return _all(conn, Passkey, "SELECT * FROM passkeys WHERE user = ? ORDER BY created_at, rowid", (user,))


def use_passkey(
    conn: sqlite3.Connection, credential_id: str, *, before: int, sign_count: int, backed_up: bool, now: int
) -> bool:
    """Note its use; False if its count is no longer `before` (another sign-in came in between)."""
    changed = conn.execute(
        "UPDATE passkeys SET sign_count = ?, backed_up = ?, used_at = ? WHERE id = ? AND sign_count = ?",
        (sign_count, int(backed_up), now, credential_id, before),
    )
    return changed.rowcount == 1


def rename_passkey(conn: sqlite3.Connection, credential_id: str, name: str) -> None:
    conn.execute("UPDATE passkeys SET name = ? WHERE id = ?", (name, credential_id))


def remove_passkey(conn: sqlite3.Connection, credential_id: str) -> None:
    conn.execute("DELETE FROM passkeys WHERE id = ?", (credential_id,))


# --- sessions ----------------------------------------------------------------------------------------------------


def add_session(conn: sqlite3.Connection, row: Session) -> None:
    _add(conn, "sessions", row)


def session(conn: sqlite3.Connection, token_hash: bytes) -> Session | None:
    return _one(conn, Session, "SELECT * FROM sessions WHERE hash = ?", (token_hash,))


def live_sessions(conn: sqlite3.Connection, now: int, *, user: str | None = None) -> list[Session]:
    """Sessions neither expired nor revoked, most recently seen first."""
    return _all(
        conn,
        Session,
        "SELECT * FROM sessions WHERE revoked_at IS NULL AND expires_at > :now AND (:user IS NULL OR user = :user)"
        " ORDER BY seen_at DESC, rowid DESC",
        {"now": now, "user": user},
    )


def touch_session(conn: sqlite3.Connection, session_id: str, now: int, expires_at: int) -> None:
    conn.execute(
        "UPDATE sessions SET seen_at = ?, expires_at = ? WHERE id = ? AND revoked_at IS NULL",
        (now, expires_at, session_id),
    )


def revoke_sessions(
    conn: sqlite3.Connection,
    now: int,
    *,
    user: str | None = None,
    install: str | None = None,
    session_id: str | None = None,
    besides: str | None = None,
) -> int:
    """Revoke the live sessions that match everything given; `besides` is spared. The number revoked."""
    if user is None and install is None and session_id is None:
        raise ValueError("name whose sessions are meant")
    changed = conn.execute(
        "UPDATE sessions SET revoked_at = :now WHERE revoked_at IS NULL AND expires_at > :now"
        " AND (:user IS NULL OR user = :user) AND (:install IS NULL OR install = :install)"
        " AND (:id IS NULL OR id = :id) AND (:besides IS NULL OR id <> :besides)",
        {"now": now, "user": user, "install": install, "id": session_id, "besides": besides},
    )
    return changed.rowcount


def purge_sessions(conn: sqlite3.Connection, before: int) -> None:
    """Forget sessions that ended before an instant: whom they belonged to is in the audit trail."""
    conn.execute("DELETE FROM sessions WHERE expires_at < ? OR revoked_at < ?", (before, before))


# --- PINs --------------------------------------------------------------------------------------------------------


def put_pin(conn: sqlite3.Connection, row: Pin) -> None:
    _add(conn, "pins", row, replace=True)


def pin(conn: sqlite3.Connection, install: str, user: str) -> Pin | None:
    return _one(conn, Pin, "SELECT * FROM pins WHERE install = ? AND user = ?", (install, user))


def pins_of(conn: sqlite3.Connection, user: str) -> list[Pin]:
    return _all(conn, Pin, "SELECT * FROM pins WHERE user = ? ORDER BY set_at, install", (user,))


def take_try(conn: sqlite3.Connection, install: str, user: str) -> bool:
    """Spend one try before the PIN is looked at, so that parallel guesses cannot have more than there are."""
    changed = conn.execute(
        "UPDATE pins SET tries_left = tries_left - 1 WHERE install = ? AND user = ? AND tries_left > 0", (install, user)
    )
    return changed.rowcount == 1


def restore_tries(conn: sqlite3.Connection, install: str, user: str, tries: int) -> None:
    conn.execute("UPDATE pins SET tries_left = ? WHERE install = ? AND user = ?", (tries, install, user))


def remove_pins(conn: sqlite3.Connection, *, user: str | None = None, install: str | None = None) -> int:
    """Remove the PINs that match everything given; the number removed."""
    if user is None and install is None:
        raise ValueError("name whose PINs are meant")
    changed = conn.execute(
        "DELETE FROM pins WHERE (:user IS NULL OR user = :user) AND (:install IS NULL OR install = :install)",
        {"user": user, "install": install},
    )
    return changed.rowcount


# --- API tokens --------------------------------------------------------------------------------------------------


def add_api_token(conn: sqlite3.Connection, row: ApiToken) -> None:
    _add(conn, "api_tokens", row)


def api_token(conn: sqlite3.Connection, token_hash: bytes) -> ApiToken | None:
    return _one(conn, ApiToken, "SELECT * FROM api_tokens WHERE hash = ?", (token_hash,))


def api_tokens(conn: sqlite3.Connection, user: str | None = None) -> list[ApiToken]:
    return _all(
        conn,
        ApiToken,
        "SELECT * FROM api_tokens WHERE :user IS NULL OR user = :user ORDER BY created_at DESC, rowid DESC",
        {"user": user},
    )


def touch_api_token(conn: sqlite3.Connection, token_id: str, now: int) -> None:
    conn.execute("UPDATE api_tokens SET used_at = ? WHERE id = ?", (now, token_id))


def revoke_api_tokens(
    conn: sqlite3.Connection, now: int, *, user: str | None = None, token_id: str | None = None
) -> int:
    """Revoke the tokens that match everything given; the number revoked."""
    if user is None and token_id is None:
        raise ValueError("name whose tokens are meant")
    changed = conn.execute(
        "UPDATE api_tokens SET revoked_at = :now WHERE revoked_at IS NULL"
        " AND (:user IS NULL OR user = :user) AND (:id IS NULL OR id = :id)",
        {"now": now, "user": user, "id": token_id},
    )
    return changed.rowcount


# --- challenges --------------------------------------------------------------------------------------------------


def add_challenge(conn: sqlite3.Connection, row: Challenge, now: int) -> None:
    """Keep it, and forget those whose time is over."""
    conn.execute("DELETE FROM challenges WHERE expires_at <= ?", (now,))
    _add(conn, "challenges", row)


def take_challenge(conn: sqlite3.Connection, challenge_hash: bytes) -> Challenge | None:
    """Get it and burn it."""
    found = _one(conn, Challenge, "SELECT * FROM challenges WHERE hash = ?", (challenge_hash,))
    conn.execute("DELETE FROM challenges WHERE hash = ?", (challenge_hash,))
    return found


# --- audit -------------------------------------------------------------------------------------------------------


def add_event(
    conn: sqlite3.Connection,
    at: int,
    event: str,
    *,
    user: str | None = None,
    install: str | None = None,
    actor: str | None = None,
    detail: str | None = None,
) -> None:
    conn.execute(
        "INSERT INTO audit (at, event, user, install, actor, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (at, event, user, install, actor, detail),
    )


def events(
    conn: sqlite3.Connection, *, user: str | None = None, before: int | None = None, limit: int = 100
) -> list[Event]:
    """Newest first; `before` is the `n` to go on from."""
    return _all(
        conn,
        Event,
        "SELECT * FROM audit WHERE (:user IS NULL OR user = :user) AND (:before IS NULL OR n < :before)"
        " ORDER BY n DESC LIMIT :limit",
        {"user": user, "before": before, "limit": limit},
    )


# --- installs (the table is the log's) ---------------------------------------------------------------------------

_INSTALL = "SELECT id, spki, status, device, seen_at FROM installs"


def install(conn: sqlite3.Connection, install_id: str) -> EnrolledInstall | None:
    return _one(conn, EnrolledInstall, f"{_INSTALL} WHERE id = ?", (install_id,))


def installs_of(conn: sqlite3.Connection, user: str) -> list[EnrolledInstall]:
    """Those a person ever signed in on, newest first."""
    return _all(
        conn,
        EnrolledInstall,
        f"{_INSTALL} JOIN install_users ON install_users.install = installs.id"
        " WHERE install_users.user = ? AND length(spki) > 0 ORDER BY install_users.since DESC, id",
        (user,),
    )


def revoke_install(conn: sqlite3.Connection, install_id: str) -> None:
    conn.execute("UPDATE installs SET status = 'revoked' WHERE id = ?", (install_id,))
