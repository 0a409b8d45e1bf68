"""Passkeys: WebAuthn credentials a person can sign in with, on any browser profile (W3C WebAuthn Level 3)."""

import asyncio
import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from server.auth import audit, challenges, installs, pins, sessions
from server.auth.people import require_active
from server.auth.secret import b64, unb64
from server.auth.service import Auth
from server.errors import Problem
from server.store import auth as store
from server.store import records

TIMEOUT_MS: Final = challenges.VALID_MS
MOST: Final = 20
"""Passkeys one person may have."""

Name = Annotated[str, Meta(max_length=60, pattern=r"\S")]


class SignIn(installs.Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A passkey's answer (`PublicKeyCredential.toJSON()`) and a claim whose proof covers the challenge it answers."""

    credential: dict[str, Any]


def usable_rp(auth: Auth) -> str:
    """The relying party id; raises `passkey_unavailable` where passkeys cannot work."""
    if auth.rp_id is None:
        raise Problem("passkey_unavailable", origin=auth.origin)
    return auth.rp_id


async def registration_options(auth: Auth, user: str) -> dict[str, Any]:
    """Options for `navigator.credentials.create`, in their JSON form."""
    usable_rp(auth)
    challenge = await challenges.give(auth, "passkey_add", user=user)
    return await asyncio.to_thread(_registration_options, auth, user, challenge)


def _registration_options(auth: Auth, user: str, challenge: str) -> dict[str, Any]:
    with auth.db.snapshot() as conn:
        person = records.get(conn, user)
        company = auth.company_name(conn)
        existing = store.passkeys_of(conn, user)
    name = (person.doc.get("name") if person else None) or user
    options = generate_registration_options(
        rp_id=usable_rp(auth),
        rp_name=company["zh"] or "Sitebook",
        user_id=user.encode(),
        user_name=name,
        user_display_name=name,
        challenge=unb64(challenge),
        timeout=TIMEOUT_MS,
        # Signing in names nobody first, so the credential has to be discoverable.
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=unb64(row.id), transports=_transports(row.transports.split(",")))
            for row in existing
        ],
    )
    return options_to_json_dict(options)


async def register(auth: Auth, user: str, credential: dict[str, Any], name: str, install: str | None) -> store.Passkey:
    """Verify a new passkey and keep it. Raises `challenge_expired`, `passkey_failed` or `passkey_taken`."""
    rp_id = usable_rp(auth)
    challenge = _challenge_of(credential)
    await challenges.burn(auth, "passkey_add", challenge, user=user)
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=unb64(challenge),
            expected_rp_id=rp_id,
            expected_origin=auth.origin,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        await audit.refuse(auth, "passkey_refused", type(error).__name__, user=user, install=install)
        raise Problem("passkey_failed") from error
    now = auth.clock()
    row = store.Passkey(
        id=b64(verified.credential_id),
        user=user,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=name.strip(),
        transports=",".join(t.value for t in _transports(_response(credential).get("transports"))),
        backed_up=int(verified.credential_backed_up),
        created_at=now,
        used_at=None,
    )

    def job(conn: sqlite3.Connection) -> None:
        if store.passkey(conn, row.id) is not None:
            raise Problem("passkey_taken")
        if len(store.passkeys_of(conn, user)) >= MOST:
            raise Problem("conflict", reason=f"{MOST} passkeys are registered, which is the most")
        store.add_passkey(conn, row)
        store.add_event(conn, now, "passkey_added", user=user, install=install, actor=user, detail=row.id)

    await auth.writer.run(job)
    return row


async def authentication_options(auth: Auth) -> dict[str, Any]:
    """Options for `navigator.credentials.get`, in their JSON form; they name nobody."""
    rp_id = usable_rp(auth)
    challenge = await challenges.give(auth, "passkey")
    options = generate_authentication_options(
        rp_id=rp_id,
        challenge=unb64(challenge),
        timeout=TIMEOUT_MS,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json_dict(options)


async def sign_in(auth: Auth, body: SignIn, agent: str) -> sessions.Opened:
    """Sign in by passkey; a browser profile that is new is enrolled by it.

    Raises `challenge_expired`, `passkey_unknown`, `passkey_failed`, `person_revoked`, and as `installs.admit`.
    """
    rp_id = usable_rp(auth)
    challenge = _challenge_of(body.credential)
    spki = installs.prove_claim(auth, body, challenge)
    await challenges.burn(auth, "passkey", challenge)
    row = await auth.writer.run(lambda conn: store.passkey(conn, str(body.credential.get("id", ""))[:1500]))
    if row is None:
        await audit.refuse(auth, "sign_in_refused", "passkey_unknown", install=body.install)
        raise Problem("passkey_unknown")
    try:
        verified = verify_authentication_response(
            credential=body.credential,
            expected_challenge=unb64(challenge),
            expected_rp_id=rp_id,
            expected_origin=auth.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
        )
        # WebAuthn §7.2 step 6: a discoverable credential tells whose it is, and that must be who we think.
        if _response(body.credential).get("userHandle") not in (None, b64(row.user.encode())):
            raise ValueError("the user handle is another person's")
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        await audit.refuse(auth, "passkey_refused", type(error).__name__, user=row.user, install=body.install)
        raise Problem("passkey_failed") from error

    def job(conn: sqlite3.Connection) -> sessions.Opened:
        now = auth.clock()
        require_active(conn, row.user)
        noted = store.use_passkey(
            conn,
            row.id,
            before=row.sign_count,
            sign_count=verified.new_sign_count,
            backed_up=verified.credential_backed_up,
            now=now,
        )
        if not noted:
            raise Problem("passkey_failed")
        installs.admit(conn, auth, claim=body, spki=spki, user=row.user)
        store.restore_tries(conn, body.install, row.user, pins.TRIES)
        store.add_event(conn, now, "signed_in", user=row.user, install=body.install, detail="passkey")
        return sessions.begin(conn, auth, user=row.user, install=body.install, via="passkey", agent=agent)

    return await auth.writer.run(job)


def rename(conn: sqlite3.Connection, *, user: str, passkey: str, name: str) -> None:
    """Name one's own passkey. Raises `passkey_unknown`."""
    _own(conn, user, passkey)
    store.rename_passkey(conn, passkey, name.strip())


def remove(conn: sqlite3.Connection, auth: Auth, *, user: str, passkey: str) -> None:
    """Forget one's own passkey. Raises `passkey_unknown`, and `last_way_in` when nothing else is left."""
    _own(conn, user, passkey)
    if len(store.passkeys_of(conn, user)) == 1 and not pins.usable(conn, user):
        raise Problem("last_way_in")
    store.remove_passkey(conn, passkey)
    store.add_event(conn, auth.clock(), "passkey_removed", user=user, actor=user, detail=passkey)


def _own(conn: sqlite3.Connection, user: str, passkey: str) -> None:
    row = store.passkey(conn, passkey)
    if row is None or row.user != user:
        raise Problem("passkey_unknown")


def _response(credential: Mapping[str, Any]) -> dict[str, Any]:
    response = credential.get("response")
    return response if isinstance(response, dict) else {}  # pyright: ignore[reportUnknownVariableType]


class _ClientData(Struct, frozen=True):
    challenge: str


def _challenge_of(credential: Mapping[str, Any]) -> str:
    """The challenge that the browser says it answers; whether it is one of ours is looked up, not believed."""
    try:
        return msgspec.json.decode(unb64(_response(credential)["clientDataJSON"]), type=_ClientData).challenge
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Problem("passkey_failed") from None


def _transports(names: Any) -> list[AuthenticatorTransport]:
    known = {transport.value: transport for transport in AuthenticatorTransport}
    return [known[name] for name in names if name in known] if isinstance(names, list) else []  # pyright: ignore
