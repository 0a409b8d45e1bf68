"""The address of an installation is for ever: passkeys, phone storage and printed labels hang on it."""

import sqlite3

import msgspec

from server.errors import Problem
from server.settings import Settings
from server.store import meta


def settle_origin(conn: sqlite3.Connection, settings: Settings, *, serving: bool = True) -> Settings:
    """Hold this start's address against the remembered one; the settings to go on with. Writes to `meta`.

    1. An installation begun at a real address keeps it: without SITEBOOK_ORIGIN it is taken from the data folder.
    2. Once a label or an enrolled phone exists, another address is refused: `origin_changed`, `origin_trial`.
    3. A command beside the server (`serving=False`) takes the remembered address, so that its links lead somewhere.
    4. A trial may move to another trial address (another port, the local network); its labels then point to the old one.
    """
    known = meta.get(conn, "origin")
    known_is_trial = meta.get(conn, "trial") == "1"
    if known is not None and not known_is_trial and not settings.origin:
        return msgspec.structs.replace(settings, origin=known)
    if known is not None and not serving and not settings.origin:
        own_ca = known_is_trial and known.startswith("https:")
        return msgspec.structs.replace(settings, origin=known, tls=own_ca)
    address = settings.address
    if known == address and known_is_trial == settings.trial:
        return settings
    if known is not None and not (known_is_trial and settings.trial) and meta.is_settled(conn):
        code = "origin_trial" if known_is_trial else "origin_changed"
        raise Problem(code, expected=known, actual=address)
    meta.put(conn, "origin", address)
    meta.put(conn, "trial", "1" if settings.trial else "0")
    return settings
