"""Challenges: a random number that is answered once, within five minutes, for the purpose it was given for."""

import sqlite3
from typing import Final, Literal

from server.auth import secret
from server.auth.service import MINUTE_MS, Auth
from server.errors import Problem
from server.store import auth as store

VALID_MS: Final = 5 * MINUTE_MS
Purpose = Literal["passkey_add", "passkey", "pin"]


async def give(auth: Auth, purpose: Purpose, *, user: str | None = None, install: str | None = None) -> str:
    """A new challenge: 32 random bytes in base64url, bound to the purpose and, where given, to a person or install."""
    challenge = secret.draw(32)
    now = auth.clock()
    row = store.Challenge(
        hash=secret.digest(challenge), purpose=purpose, user=user, install=install, expires_at=now + VALID_MS
    )
    await auth.writer.run(lambda conn: store.add_challenge(conn, row, now))
    return challenge


def take(
    conn: sqlite3.Connection,
    auth: Auth,
    purpose: Purpose,
    challenge: str,
    *,
    user: str | None = None,
    install: str | None = None,
) -> bool:
    """Burn a challenge; whether it was open and meant for this. In a writer job that must not raise, or it would
    un-burn it."""
    row = store.take_challenge(conn, secret.digest(challenge))
    return (
        row is not None
        and row.purpose == purpose
        and row.expires_at > auth.clock()
        and row.user == user
        and row.install == install
    )


async def burn(
    auth: Auth, purpose: Purpose, challenge: str, *, user: str | None = None, install: str | None = None
) -> None:
    """As `take`, in a job of its own; raises `challenge_expired`."""
    ok = await auth.writer.run(lambda conn: take(conn, auth, purpose, challenge, user=user, install=install))
    if not ok:
        raise Problem("challenge_expired")
