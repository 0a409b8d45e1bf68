"""PINs: the equal second way in, for phones without passkeys. Something one has (the install key) and something one knows.

Invariants:
1. A try is spent, durably, before the PIN is compared: parallel guesses cannot have more than `TRIES` among them.
2. The PIN is compared only after the install's key has signed a fresh challenge, so only whoever holds the phone can
   spend its tries.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
import sqlite3
from datetime import date
from itertools import pairwise
from typing import Annotated, Final

from msgspec import Meta, Struct

from server.auth import audit, challenges, installs, sessions
from server.auth.people import require_active
from server.auth.service import Auth
from server.errors import Problem
from server.store import auth as store

TRIES: Final = 10
SCRYPT_N: Final = 2**15
SCRYPT_R: Final = 8
COMMON_TEXT: Final = (
    "135790 135791 246800 246802 5201314 1314520 147258 147369 258369 159357 159753 147258369 741852 852963 789456 "
    "456123 112358 314159 110110110 100200300 168888 886688 888168"
)
COMMON: Final = frozenset(COMMON_TEXT.split())
"""Patterns of the keypad and numbers that sound like words, which no rule below finds."""


class SignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`proof`: signature of the install key over `sitebook-sign-in-1\\n<centre>\\n<install>\\n<challenge>`."""

    install: str
    user: str
    pin: Annotated[str, Meta(max_length=64)]
    challenge: Annotated[str, Meta(max_length=100)]
    proof: Annotated[str, Meta(max_length=100)]


def check(pin: str) -> None:
    """Raise `pin_weak` unless a PIN has 6 to 12 digits and is none of those that are tried first."""
    if not re.fullmatch(r"[0-9]{6,12}", pin) or _is_trivial(pin):
        raise Problem("pin_weak")


def _is_trivial(pin: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 2, 8, 9}:
        return True
    if len(set(pin)) <= 2 or re.fullmatch(r"(.+?)\1+", pin) or re.fullmatch(r"(?:(\d)\1)+", pin):
        return True
    half = len(pin) // 2
    if pin == pin[::-1] and _is_run(pin[:half]):
        return True
    return pin in COMMON or _is_date(pin)


def _is_run(digits: str) -> bool:
    return len({(int(b) - int(a)) % 10 for a, b in pairwise(digits)}) <= 1


def _is_date(pin: str) -> bool:
    """Birthdays as people write them: YYMMDD and YYYYMMDD."""
    if len(pin) == 8:
        years = [int(pin[:4])] if 1920 <= int(pin[:4]) <= 2099 else []
    elif len(pin) == 6:
        years = [1900 + int(pin[:2]), 2000 + int(pin[:2])]
    else:
        return False
    for year in years:
        try:
            date(year, int(pin[-4:-2]), int(pin[-2:]))
        except ValueError:
            continue
        return True
    return False


def stretch(auth: Auth, pin: str, salt: bytes) -> bytes:
    """What is kept of a PIN: scrypt (RFC 7914) of it, keyed with the installation's own key. About 80 ms, 32 MiB."""
    keyed = hmac.digest(auth.keys.pin, pin.encode(), "sha256")
    return hashlib.scrypt(keyed, salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=1, maxmem=2 * 128 * SCRYPT_N * SCRYPT_R, dklen=32)


async def put(auth: Auth, session: store.Session, pin: str, current: str | None) -> None:
    """Set the PIN of the person on this install.

    Raises `pin_weak`; and, to change one, `pin_current_needed` unless the session is fresh or `current` is right
    (`pin_wrong`, `pin_locked` if it is not).
    """
    check(pin)
    existing = await asyncio.to_thread(lambda: store.pin(auth.db.reader(), session.install, session.user))
    if existing is not None and not sessions.is_fresh(session, auth.clock()):
        if current is None:
            raise Problem("pin_current_needed")
        await _compare(auth, session.install, session.user, current)
    salt = secrets.token_bytes(16)
    hashed = await asyncio.to_thread(stretch, auth, pin, salt)
    now = auth.clock()
    row = store.Pin(install=session.install, user=session.user, salt=salt, hash=hashed, tries_left=TRIES, set_at=now)

    def job(conn: sqlite3.Connection) -> None:
        store.put_pin(conn, row)
        store.add_event(conn, now, "pin_set", user=session.user, install=session.install, actor=session.user)

    await auth.writer.run(job)


async def sign_in(auth: Auth, body: SignIn, agent: str) -> sessions.Opened:
    """Sign in with the install's key and the PIN.

    Raises `install_unknown`, `install_revoked`, `proof_wrong`, `challenge_expired`, `pin_unset`, `pin_wrong` with
    `tries_left`, `pin_locked`, `person_revoked`.
    """
    spki = await asyncio.to_thread(lambda: installs.known_key(auth.db.reader(), body.install))
    try:
        installs.prove(auth, installs.SIGN_IN, install=body.install, spki=spki, given=body.challenge, proof=body.proof)
        await challenges.burn(auth, "pin", body.challenge, install=body.install)
    except Problem as problem:
        await audit.refuse(auth, "sign_in_refused", problem.code, install=body.install)
        raise
    await _compare(auth, body.install, body.user, body.pin)

    def job(conn: sqlite3.Connection) -> sessions.Opened:
        require_active(conn, body.user)
        installs.known_key(conn, body.install)
        store.add_event(conn, auth.clock(), "signed_in", user=body.user, install=body.install, detail="pin")
        return sessions.begin(conn, auth, user=body.user, install=body.install, via="pin", agent=agent)

    return await auth.writer.run(job)


async def _compare(auth: Auth, install: str, user: str, pin: str) -> None:
    """Spend a try, compare, and give the tries back if it was right."""

    def spend(conn: sqlite3.Connection) -> tuple[store.Pin | None, bool]:
        taken = store.take_try(conn, install, user)
        return store.pin(conn, install, user), taken

    row, taken = await auth.writer.run(spend)
    if row is None:
        raise Problem("pin_unset")
    if not taken:
        raise Problem("pin_locked")
    hashed = await asyncio.to_thread(stretch, auth, pin, row.salt)
    now = auth.clock()
    if hmac.compare_digest(hashed, row.hash):
        await auth.writer.run(lambda conn: store.restore_tries(conn, install, user, TRIES))
        return
    event = "pin_wrong" if row.tries_left else "pin_locked"
    await auth.writer.run(lambda conn: store.add_event(conn, now, event, user=user, install=install))
    if row.tries_left == 0:
        raise Problem("pin_locked")
    raise Problem("pin_wrong", tries_left=row.tries_left)


def usable(conn: sqlite3.Connection, user: str) -> bool:
    """Whether a person has a PIN that still opens something."""
    for row in store.pins_of(conn, user):
        install = store.install(conn, row.install)
        if row.tries_left > 0 and install is not None and install.status == "active":
            return True
    return False


def remove(conn: sqlite3.Connection, auth: Auth, *, user: str, install: str) -> None:
    """Take away the PIN of a person on an install. Raises `pin_unset`, and `last_way_in` when nothing else is left."""
    mine = store.pins_of(conn, user)
    if not any(row.install == install for row in mine):
        raise Problem("pin_unset")
    if len(mine) == 1 and not store.passkeys_of(conn, user):
        raise Problem("last_way_in")
    store.remove_pins(conn, user=user, install=install)
    store.add_event(conn, auth.clock(), "pin_removed", user=user, install=install, actor=user)
