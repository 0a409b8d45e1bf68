"""Installs: browser profiles with a key of their own, which they prove to hold."""

import sqlite3
from collections.abc import Iterable
from typing import Annotated, Final, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Meta, Struct

from server.auth.secret import unb64
from server.auth.service import MINUTE_MS, Auth
from server.errors import Problem
from server.ingest import new_id, verify_signature
from server.store import auth as store
from server.store import log, records
from sync.chain import genesis
from sync.drafts import Draft
from sync.store import Install

ENROL: Final = "sitebook-enrol-1"
SIGN_IN: Final = "sitebook-sign-in-1"
BLOB: Final = "sitebook-blob-1"
BLOB_MS: Final = 10 * MINUTE_MS
"""How far the time in a blob's signature may lie from the centre's."""
Purpose = Literal["sitebook-enrol-1", "sitebook-sign-in-1"]


class Device(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a browser profile says of itself: shown in lists, trusted for nothing."""

    name: Annotated[str, Meta(max_length=100)] = ""
    platform: Annotated[str, Meta(max_length=100)] = ""


class Claim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A browser profile that comes with its key.

    `install`: 16 random bytes; `spki`: its P-256 public key as DER SubjectPublicKeyInfo; `proof`: ECDSA/SHA-256, raw
    r‖s, by that key over `sitebook-enrol-1\\n<centre>\\n<install>\\n<what was given>`, where *what was given* is the
    invitation token or the challenge. All base64url without padding.
    """

    install: str
    spki: Annotated[str, Meta(max_length=400)]
    proof: Annotated[str, Meta(max_length=100)]
    device: Device = Device()


def check_id(install: str) -> str:
    """The install id if it is well formed, else `install_invalid`."""
    try:
        if len(unb64(install)) == 16:
            return install
    except ValueError:
        pass
    raise Problem("install_invalid")


def read_key(spki: str) -> bytes:
    """DER of a P-256 public key in its one canonical form. Raises `key_invalid`."""
    try:
        der = unb64(spki)
        key = serialization.load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Problem("key_invalid") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Problem("key_invalid")
    # Chains are hashed over these bytes, so a key has one form only: uncompressed, named curve, as WebCrypto exports.
    if key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo) != der:
        raise Problem("key_invalid")
    return der


def prove(auth: Auth, purpose: Purpose, *, install: str, spki: bytes, given: str, proof: str) -> None:
    """Check that whoever calls holds the install's key. Raises `proof_wrong`."""
    message = "\n".join((purpose, auth.centre, install, given)).encode()
    try:
        signature = unb64(proof)
    except ValueError:
        raise Problem("proof_wrong") from None
    if not verify_signature(spki, message, signature):
        raise Problem("proof_wrong")


def prove_claim(auth: Auth, claim: Claim, given: str) -> bytes:
    """The key of a claim whose parts are all in order. Raises `install_invalid`, `key_invalid`, `proof_wrong`."""
    check_id(claim.install)
    spki = read_key(claim.spki)
    prove(auth, ENROL, install=claim.install, spki=spki, given=given, proof=claim.proof)
    return spki


def known_key(conn: sqlite3.Connection, install: str) -> bytes:
    """The key of an active install. Raises `install_unknown` or `install_revoked`."""
    found = store.install(conn, check_id(install))
    if found is None or not found.spki:
        # The centre's own install has no key: nobody signs in on it.
        raise Problem("install_unknown")
    if found.status != "active":
        raise Problem("install_revoked")
    return found.spki


def prove_blob(auth: Auth, *, install: str, method: str, path: str, offset: str, time: str, signature: str) -> bool:
    """Check the signature of a request about a blob, all parts as they stand in it; whether the install is active.

    A copied request is worth little: it is good for minutes, for one piece at one offset, and only bytes that hash to the
    address are ever kept. Raises `install_invalid`, `install_unknown`, `proof_wrong` or `proof_time`.
    """
    found = store.install(auth.db.reader(), check_id(install))
    if found is None or not found.spki:
        raise Problem("install_unknown")
    message = "\n".join((BLOB, method, path, offset, time)).encode()
    try:
        valid = verify_signature(found.spki, message, unb64(signature))
    except ValueError:
        valid = False
    if not valid:
        raise Problem("proof_wrong")
    now = auth.clock()
    if not (time.isascii() and time.isdigit() and len(time) <= 16) or abs(int(time) - now) > BLOB_MS:
        raise Problem("proof_time", actual=time[:20], expected=now)
    return found.status == "active"


def admit(conn: sqlite3.Connection, auth: Auth, *, claim: Claim, spki: bytes, user: str) -> bool:
    """Enrol a proven claim if it is new, and note who uses it; whether it was new. In a writer job.

    Raises `install_taken` when the id belongs to another key and `install_revoked` when it may not come back.
    """
    now = auth.clock()
    found = store.install(conn, claim.install)
    if found is not None:
        if found.spki != spki:
            raise Problem("install_taken")
        if found.status != "active":
            raise Problem("install_revoked")
        log.add_user(conn, claim.install, user, now)
        return False
    record = new_id(now)
    install = Install(
        id=claim.install,
        spki=spki,
        genesis=genesis(auth.centre, claim.install, spki),
        users=frozenset((user,)),
    )
    log.add_install(conn, install, now, device=record)
    values = {
        "user": user,
        "install": claim.install,
        "name": claim.device.name.strip() or claim.device.platform.strip() or "–",
        "platform": claim.device.platform.strip(),
        "status": "active",
        "enrolled_at": now,
    }
    auth.ingest.demand(conn, [Draft(kind="device", record=record, values=values)], user=user)
    store.add_event(conn, now, "install_added", user=user, install=claim.install)
    return True


def revoke(conn: sqlite3.Connection, auth: Auth, *, install: str, actor: str) -> None:
    """Shut an install out: its sessions and PINs end, what it still delivers is quarantined. In a writer job."""
    now = auth.clock()
    found = store.install(conn, check_id(install))
    if found is None or not found.spki:
        raise Problem("not_found", kind="device", id=install)
    store.revoke_sessions(conn, now, install=install)
    store.remove_pins(conn, install=install)
    if found.status == "revoked":
        return
    store.revoke_install(conn, install)
    if found.device is not None:
        auth.ingest.demand(conn, [Draft(kind="device", record=found.device, values={"status": "revoked"})], user=actor)
    store.add_event(conn, now, "device_revoked", install=install, actor=actor)


def names(conn: sqlite3.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Install id -> what its device is called, for those that have a device record."""
    found = {install: store.install(conn, install) for install in ids}
    devices = {install: row.device for install, row in found.items() if row is not None and row.device is not None}
    docs = records.get_many(conn, devices.values())
    return {install: docs[record].doc.get("name") or "" for install, record in devices.items() if record in docs}
