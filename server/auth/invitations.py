"""Invitations: a one-time link for one person, which enrols one browser profile."""

import sqlite3
from typing import Final

from msgspec import Struct

from server.auth import secret
from server.auth.service import DAY_MS, MINUTE_MS, Auth
from server.errors import Problem
from server.store import auth as store
from server.store import records

TOKEN_BYTES: Final = 16
VALID_MS: Final = 3 * DAY_MS
FIRST_VALID_MS: Final = DAY_MS
FIRST_NAME: Final = "管理员 Administrator"
"""The first administrator until they say their name."""
REPEAT_MS: Final = 10 * MINUTE_MS
"""How long the install that used an invitation may do so again, because the answer did not reach it."""


class Made(Struct, frozen=True, kw_only=True):
    """A new invitation. `link` holds the token and cannot be had again: only its hash is kept."""

    id: str
    user: str
    role: str
    token: str
    link: str
    expires_at: int


class Invited(Struct, frozen=True, kw_only=True):
    """Whom an invitation is for, as its bearer may know."""

    centre: str
    user: str
    name: str
    role: str
    company: dict[str, str]
    expires_at: int
    trial: bool
    passkeys: bool
    """Whether passkeys can work at this address."""


def create(
    conn: sqlite3.Connection,
    auth: Auth,
    *,
    user: str,
    role: str,
    created_by: str | None,
    valid_ms: int = VALID_MS,
    replace: bool = True,
) -> Made:
    """Invite a person whose user record exists; `replace` withdraws their open invitations. In a writer job."""
    now = auth.clock()
    if replace:
        store.withdraw_invitations(conn, user, now)
    token = secret.draw(TOKEN_BYTES)
    row = store.Invitation(
        id=secret.draw(9),
        hash=secret.digest(token),
        user=user,
        role=role,
        created_at=now,
        created_by=created_by,
        expires_at=now + valid_ms,
        used_at=None,
        used_install=None,
        withdrawn_at=None,
    )
    store.add_invitation(conn, row)
    store.add_event(conn, now, "invitation_made", user=user, actor=created_by, detail=row.id)
    return Made(id=row.id, user=user, role=role, token=token, link=auth.link(token), expires_at=row.expires_at)


def find(conn: sqlite3.Connection, token: str, now: int, *, again: str | None = None) -> store.Invitation:
    """The open invitation of a token, or one that the install `again` has just used.

    Raises `invitation_unknown`, `_used`, `_withdrawn` or `_expired`.
    """
    row = store.invitation(conn, secret.digest(token.strip()))
    if row is None:
        raise Problem("invitation_unknown")
    if row.used_at is not None:
        if again is not None and row.used_install == again and now - row.used_at < REPEAT_MS:
            return row
        raise Problem("invitation_used")
    if row.withdrawn_at is not None:
        raise Problem("invitation_withdrawn")
    if row.expires_at <= now:
        raise Problem("invitation_expired")
    return row


def inspect(conn: sqlite3.Connection, auth: Auth, token: str, install: str | None = None) -> Invited:
    """Whom an invitation is for, without burning it; `install` is the browser profile that asks. Raises as `find`."""
    row = find(conn, token, auth.clock(), again=install)
    person = records.get(conn, row.user)
    if person is None or person.deleted:
        raise Problem("invitation_unknown")
    return Invited(
        centre=auth.centre,
        user=row.user,
        name=person.doc.get("name") or "",
        role=person.doc.get("role") or row.role,
        company=auth.company_name(conn),
        expires_at=row.expires_at,
        trial=auth.trial,
        passkeys=auth.rp_id is not None,
    )
