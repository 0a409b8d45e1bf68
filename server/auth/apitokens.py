"""API tokens: keys for scripts and integrations that act for a person, within scopes and until a day."""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from msgspec import Struct

from server.auth import secret
from server.auth.people import require_active
from server.auth.service import DAY_MS, MINUTE_MS, Auth
from server.errors import Problem
from server.store import auth as store
from sync.model import KINDS

PREFIX: Final = "sbk_"
LONGEST_DAYS: Final = 730
TOUCH_MS: Final = 5 * MINUTE_MS


class Made(Struct, frozen=True, kw_only=True):
    """A new token; its text cannot be had again."""

    id: str
    token: str
    user: str
    name: str
    scopes: tuple[str, ...]
    expires_at: int


def check_scopes(scopes: Sequence[str]) -> tuple[str, ...]:
    """Sorted distinct scopes; each is `read` or `write`, a colon, and a record kind or `*`. Raises `invalid`."""
    for scope in scopes:
        match = re.fullmatch(r"(read|write):(\*|[a-z]+)", scope)
        if match is None or (match[2] != "*" and match[2] not in KINDS):
            raise Problem("invalid", field="scopes", reason=f"{scope!r}; write read:* or write:asset, for example")
    if not scopes:
        raise Problem("invalid", field="scopes", reason="name at least one, for example read:*")
    return tuple(sorted(set(scopes)))


def create(
    conn: sqlite3.Connection,
    auth: Auth,
    *,
    user: str,
    name: str,
    days: int,
    scopes: Sequence[str],
    created_by: str | None,
) -> Made:
    """Make a token that acts for an active person. In a writer job. Raises `not_found`, `person_revoked`, `invalid`."""
    if not 1 <= days <= LONGEST_DAYS:
        raise Problem("invalid", field="days", reason=f"{days}; 1 to {LONGEST_DAYS} are possible")
    wanted = check_scopes(scopes)
    require_active(conn, user)
    now = auth.clock()
    text = PREFIX + secret.draw(32)
    row = store.ApiToken(
        id=secret.draw(9),
        hash=secret.digest(text),
        user=user,
        name=name.strip()[:100],
        scopes=",".join(wanted),
        created_at=now,
        created_by=created_by,
        expires_at=now + days * DAY_MS,
        used_at=None,
        revoked_at=None,
    )
    store.add_api_token(conn, row)
    store.add_event(conn, now, "token_made", user=user, actor=created_by, detail=row.id)
    return Made(id=row.id, token=text, user=user, name=row.name, scopes=wanted, expires_at=row.expires_at)


def find(conn: sqlite3.Connection, text: str, now: int) -> store.ApiToken:
    """The live token of an Authorization header. Raises `token_invalid`."""
    row = store.api_token(conn, secret.digest(text)) if text.startswith(PREFIX) and len(text) < 100 else None
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        raise Problem("token_invalid")
    return row


def touch(auth: Auth, row: store.ApiToken) -> None:
    """Note the use, without making the request wait for the disk."""
    now = auth.clock()
    if row.used_at is None or now - row.used_at >= TOUCH_MS:
        # A writer that is busy or stopping must not fail a request over this.
        with suppress(Problem):
            auth.writer.submit(lambda conn: store.touch_api_token(conn, row.id, now))


def revoke(conn: sqlite3.Connection, auth: Auth, *, token_id: str, actor: str | None) -> None:
    """End a token. Raises `not_found` when there is no such live one."""
    now = auth.clock()
    if not store.revoke_api_tokens(conn, now, token_id=token_id):
        raise Problem("not_found", kind="token", id=token_id)
    store.add_event(conn, now, "token_revoked", actor=actor, detail=token_id)
