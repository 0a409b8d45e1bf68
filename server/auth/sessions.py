"""Sessions: a person signed in on an install, which ends when it has not been used for some time."""

import sqlite3
from contextlib import suppress
from typing import Final, Literal

from msgspec import Struct

from server.auth import secret
from server.auth.service import DAY_MS, MINUTE_MS, Auth
from server.errors import Problem
from server.store import auth as store

COOKIE: Final = "__Host-sitebook"
"""Bound to this very host and to secure contexts; Chromium and Firefox count http://localhost as one."""
COOKIE_AGE_S: Final = 400 * 24 * 60 * 60
"""The longest browsers allow. When a session ends is decided here, not by the cookie."""
TOUCH_MS: Final = 5 * MINUTE_MS
"""How often the time of last use is written at most."""
KEEP_MS: Final = 30 * DAY_MS
"""How long an ended session is remembered, so that its owner is told why they are out."""
FRESH_MS: Final = 10 * MINUTE_MS
"""How long a sign-in counts as just done."""

Via = Literal["invitation", "passkey", "pin"]


class Opened(Struct, frozen=True, kw_only=True):
    """A session just begun, with the secret that only its cookie holds."""

    session: store.Session
    token: str


def begin(conn: sqlite3.Connection, auth: Auth, *, user: str, install: str, via: Via, agent: str) -> Opened:
    """Begin a session; the install holds one cookie, so whatever session it had ends. In a writer job."""
    now = auth.clock()
    token = secret.draw(32)
    session = store.Session(
        id=secret.draw(9),
        hash=secret.digest(token),
        user=user,
        install=install,
        via=via,
        agent=agent,
        created_at=now,
        seen_at=now,
        expires_at=now + auth.session_ms,
        revoked_at=None,
    )
    store.revoke_sessions(conn, now, install=install)
    store.purge_sessions(conn, now - KEEP_MS)
    store.add_session(conn, session)
    return Opened(session=session, token=token)


def find(conn: sqlite3.Connection, token: str, now: int) -> store.Session:
    """The live session of a cookie. Raises `unauthenticated`, or `session_expired` when it was one once."""
    session = store.session(conn, secret.digest(token)) if len(token) == 43 else None
    if session is None:
        raise Problem("unauthenticated")
    if session.revoked_at is not None or session.expires_at <= now:
        raise Problem("session_expired")
    return session


def touch(auth: Auth, session: store.Session) -> None:
    """Slide the end of a session that is used, without making the request wait for the disk."""
    now = auth.clock()
    if now - session.seen_at >= TOUCH_MS:
        # A writer that is busy or stopping must not fail a request over this.
        with suppress(Problem):
            auth.writer.submit(lambda conn: store.touch_session(conn, session.id, now, now + auth.session_ms))


def is_fresh(session: store.Session, now: int) -> bool:
    """Whether the person proved a moment ago who they are, by something else than the PIN."""
    return session.via != "pin" and now - session.created_at < FRESH_MS


def revoke(conn: sqlite3.Connection, auth: Auth, *, user: str, session_id: str) -> None:
    """End one session of a person. Raises `not_found` when they have no such live session."""
    now = auth.clock()
    if not store.revoke_sessions(conn, now, user=user, session_id=session_id):
        raise Problem("not_found", kind="session", id=session_id)
    store.add_event(conn, now, "session_revoked", user=user, actor=user, detail=session_id)


def revoke_others(conn: sqlite3.Connection, auth: Auth, *, user: str, keep: str) -> int:
    """End every session of a person but one; how many."""
    now = auth.clock()
    ended = store.revoke_sessions(conn, now, user=user, besides=keep)
    if ended:
        store.add_event(conn, now, "sessions_revoked", user=user, actor=user, detail=str(ended))
    return ended
