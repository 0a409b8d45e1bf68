"""Coming in and one's own credentials: invitations, enrolment, sign-in, passkeys, PIN, sessions, API tokens."""

import asyncio
import sqlite3
from typing import Annotated, Any, Final

from litestar import Request, Response, Router, delete, get, patch, post, put
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from server.auth import (
    apitokens,
    challenges,
    enrolment,
    installs,
    invitations,
    passkeys,
    pins,
    sessions,
)
from server.auth.access import ADMINISTRATORS, IN_PERSON, PUBLIC, SIGNED_IN, Access
from server.auth.agents import summarise
from server.auth.caller import Caller
from server.auth.people import get as get_person
from server.auth.secret import b64
from server.auth.service import Auth
from server.centre import Centre
from server.errors import Problem
from server.limits import Limiter, client_key
from server.store import auth as store

AnyRequest = Request[Any, Any, Any]


class Token(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An invitation's token, as it stands after `#` in the link. `install`: the browser profile that asks, so that one
    whose enrolment was answered into the void can go on."""

    token: Annotated[str, Meta(min_length=1, max_length=100)]
    install: Annotated[str, Meta(max_length=22)] | None = None


class Person(Struct, frozen=True, kw_only=True):
    """Who somebody is."""

    id: str
    name: str
    role: str
    sites: list[str]
    all_sites: bool
    lang: str | None


class Ways(Struct, frozen=True, kw_only=True):
    """How the person can come in again on this device: their passkeys, and whether a PIN is set here."""

    passkeys: int
    pin: bool


class Me(Struct, frozen=True, kw_only=True):
    """The session as its holder sees it. `rescue_key`: what this device encrypts its rescue files to, P-256 as DER
    SubjectPublicKeyInfo in base64url. `time`: the centre's clock."""

    centre: str
    user: Person
    install: str | None
    session: str | None
    via: str
    ways: Ways
    company: dict[str, str]
    rescue_key: str
    trial: bool
    passkeys: bool
    """Whether passkeys can work at this address."""
    time: int


class PasskeyView(Struct, frozen=True, kw_only=True):
    """A passkey in its owner's list. `backed_up`: it is synchronised to their other devices."""

    id: str
    name: str
    backed_up: bool
    created_at: int
    used_at: int | None


class PasskeyNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A registration answer (`PublicKeyCredential.toJSON()`) and what to call it."""

    credential: dict[str, Any]
    name: passkeys.Name


class PasskeyName(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new name for a passkey."""

    name: passkeys.Name


class PinChallengeFor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The install that wants to sign in."""

    install: str


class Challenge(Struct, frozen=True, kw_only=True):
    """What the install's key signs, with the centre's id."""

    challenge: str
    centre: str


class PinNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A PIN for this device; `current` to change one without a fresh sign-in."""

    pin: Annotated[str, Meta(max_length=64)]
    current: Annotated[str, Meta(max_length=64)] | None = None


class SessionView(Struct, frozen=True, kw_only=True):
    """One of one's sessions."""

    id: str
    install: str
    via: str
    agent: str
    device: str
    created_at: int
    seen_at: int
    expires_at: int
    current: bool


class Ended(Struct, frozen=True, kw_only=True):
    """How many sessions ended."""

    ended: int


class ApiTokenView(Struct, frozen=True, kw_only=True):
    """An API token in the list; its text is not kept."""

    id: str
    user: str
    name: str
    scopes: list[str]
    created_at: int
    created_by: str | None
    expires_at: int
    used_at: int | None
    revoked_at: int | None


class ApiTokenNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to make. `user`: for whom it acts, oneself if left out."""

    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
    scopes: list[str]
    days: Annotated[int, Meta(ge=1, le=apitokens.LONGEST_DAYS)] = 90
    user: str | None = None


# --- coming in ---------------------------------------------------------------------------------------------------


@post("/invitations/inspect", operation_id="inspectInvitation", status_code=200, opt={"access": PUBLIC})
async def inspect_invitation(
    data: JSONBody[Token], centre: NamedDependency[Centre], request: AnyRequest
) -> invitations.Invited:
    """Whom an invitation is for, without using it up."""
    knock(centre.limits.invitation, request)
    return await asyncio.to_thread(
        lambda: invitations.inspect(centre.db.reader(), centre.auth, data.token, data.install)
    )


@post("/enrol", operation_id="enrol", status_code=201, opt={"access": PUBLIC})
async def enrol(data: JSONBody[enrolment.Enrol], centre: NamedDependency[Centre], request: AnyRequest) -> Response[Me]:
    """Use an invitation: enrols this browser profile and signs the person in."""
    knock(centre.limits.invitation, request)
    return await welcome(centre.auth, await enrolment.enrol(centre.auth, data, agent_of(request)), 201)


@post("/sign-in/passkey/options", operation_id="passkeyOptions", status_code=200, opt={"access": PUBLIC})
async def passkey_options(centre: NamedDependency[Centre], request: AnyRequest) -> dict[str, Any]:
    """`{"options": …, "centre": id}`; options for `PublicKeyCredential.parseRequestOptionsFromJSON`."""
    knock(centre.limits.sign_in, request)
    return {"options": await passkeys.authentication_options(centre.auth), "centre": centre.auth.centre}


@post("/sign-in/passkey", operation_id="signInByPasskey", status_code=200, opt={"access": PUBLIC})
async def sign_in_by_passkey(
    data: JSONBody[passkeys.SignIn], centre: NamedDependency[Centre], request: AnyRequest
) -> Response[Me]:
    """Sign in by passkey; enrols a browser profile that is new."""
    knock(centre.limits.sign_in, request)
    return await welcome(centre.auth, await passkeys.sign_in(centre.auth, data, agent_of(request)))


@post("/sign-in/pin/challenge", operation_id="pinChallenge", status_code=200, opt={"access": PUBLIC})
async def pin_challenge(
    data: JSONBody[PinChallengeFor], centre: NamedDependency[Centre], request: AnyRequest
) -> Challenge:
    """What the install signs to sign in by PIN."""
    knock(centre.limits.sign_in, request)
    auth = centre.auth
    await asyncio.to_thread(lambda: installs.known_key(auth.db.reader(), data.install))
    return Challenge(challenge=await challenges.give(auth, "pin", install=data.install), centre=auth.centre)


@post("/sign-in/pin", operation_id="signInByPin", status_code=200, opt={"access": PUBLIC})
async def sign_in_by_pin(
    data: JSONBody[pins.SignIn], centre: NamedDependency[Centre], request: AnyRequest
) -> Response[Me]:
    """Sign in with the install's key and the PIN; ten tries, then it is locked."""
    knock(centre.limits.sign_in, request)
    return await welcome(centre.auth, await pins.sign_in(centre.auth, data, agent_of(request)))


# --- the session -------------------------------------------------------------------------------------------------


@get("/session", operation_id="getSession", opt={"access": SIGNED_IN})
async def get_session(
    centre: NamedDependency[Centre], caller: NamedDependency[Caller], request: AnyRequest
) -> Response[Me]:
    """Who is signed in here. Renews the cookie."""
    me = await asyncio.to_thread(describe, centre.auth, caller.user, caller.install, caller.session, caller.via)
    token = request.cookies.get(sessions.COOKIE)
    return Response(me, cookies=[cookie_of(token)] if token and caller.session else [])


@post("/sign-out", operation_id="signOut", status_code=204, opt={"access": IN_PERSON})
async def sign_out(centre: NamedDependency[Centre], caller: NamedDependency[Caller]) -> Response[None]:
    """End this session."""
    auth, session = centre.auth, own_session(caller)

    def job(conn: sqlite3.Connection) -> None:
        now = auth.clock()
        store.revoke_sessions(conn, now, session_id=session)
        store.add_event(conn, now, "signed_out", user=caller.user, install=caller.install, actor=caller.user)

    await auth.writer.run(job)
    return Response(None, status_code=204, cookies=[cookie_of("", max_age=0)])


@get("/sessions", operation_id="listSessions", opt={"access": IN_PERSON})
async def list_sessions(centre: NamedDependency[Centre], caller: NamedDependency[Caller]) -> list[SessionView]:
    """One's own live sessions, most recently used first."""

    def read() -> list[SessionView]:
        conn = centre.db.reader()
        rows = store.live_sessions(conn, centre.auth.clock(), user=caller.user)
        names = installs.names(conn, {row.install for row in rows})
        return [
            SessionView(
                id=row.id,
                install=row.install,
                via=row.via,
                agent=row.agent,
                device=names.get(row.install, ""),
                created_at=row.created_at,
                seen_at=row.seen_at,
                expires_at=row.expires_at,
                current=row.id == caller.session,
            )
            for row in rows
        ]

    return await asyncio.to_thread(read)


@delete("/sessions/{session:str}", operation_id="revokeSession", status_code=204, opt={"access": IN_PERSON})
async def revoke_session(
    session: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> Response[None]:
    """End one of one's own sessions."""
    auth = centre.auth
    await auth.writer.run(lambda conn: sessions.revoke(conn, auth, user=caller.user, session_id=session))
    return Response(None, status_code=204)


@post("/sessions/revoke-others", operation_id="revokeOtherSessions", status_code=200, opt={"access": IN_PERSON})
async def revoke_other_sessions(centre: NamedDependency[Centre], caller: NamedDependency[Caller]) -> Ended:
    """End all of one's sessions but this one."""
    auth, keep = centre.auth, own_session(caller)
    ended = await auth.writer.run(lambda conn: sessions.revoke_others(conn, auth, user=caller.user, keep=keep))
    return Ended(ended=ended)


# --- passkeys and PIN --------------------------------------------------------------------------------------------


@get("/passkeys", operation_id="listPasskeys", opt={"access": IN_PERSON})
async def list_passkeys(centre: NamedDependency[Centre], caller: NamedDependency[Caller]) -> list[PasskeyView]:
    """One's own passkeys, oldest first."""
    rows = await asyncio.to_thread(lambda: store.passkeys_of(centre.db.reader(), caller.user))
    return [view_passkey(row) for row in rows]


@post("/passkeys/options", operation_id="passkeyRegistrationOptions", status_code=200, opt={"access": IN_PERSON})
async def passkey_registration_options(
    centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> dict[str, Any]:
    """`{"options": …}` for `PublicKeyCredential.parseCreationOptionsFromJSON`."""
    return {"options": await passkeys.registration_options(centre.auth, caller.user)}


@post("/passkeys", operation_id="addPasskey", opt={"access": IN_PERSON})
async def add_passkey(
    data: JSONBody[PasskeyNew], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> PasskeyView:
    """Keep a passkey just made."""
    row = await passkeys.register(centre.auth, caller.user, data.credential, data.name, caller.install)
    return view_passkey(row)


@patch("/passkeys/{passkey:str}", operation_id="renamePasskey", status_code=204, opt={"access": IN_PERSON})
async def rename_passkey(
    passkey: FromPath[str],
    data: JSONBody[PasskeyName],
    centre: NamedDependency[Centre],
    caller: NamedDependency[Caller],
) -> Response[None]:
    """Give one of one's own passkeys another name."""
    await centre.writer.run(lambda conn: passkeys.rename(conn, user=caller.user, passkey=passkey, name=data.name))
    return Response(None, status_code=204)


@delete("/passkeys/{passkey:str}", operation_id="removePasskey", status_code=204, opt={"access": IN_PERSON})
async def remove_passkey(
    passkey: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> Response[None]:
    """Forget one of one's own passkeys; not the last way in."""
    auth = centre.auth
    await auth.writer.run(lambda conn: passkeys.remove(conn, auth, user=caller.user, passkey=passkey))
    return Response(None, status_code=204)


@put("/pin", operation_id="setPin", status_code=204, opt={"access": IN_PERSON})
async def set_pin(
    data: JSONBody[PinNew], centre: NamedDependency[Centre], caller: NamedDependency[Caller], request: AnyRequest
) -> Response[None]:
    """Set or change the PIN of this device."""
    knock(centre.limits.sign_in, request)
    auth = centre.auth
    token = request.cookies.get(sessions.COOKIE, "")
    session = await asyncio.to_thread(lambda: sessions.find(auth.db.reader(), token, auth.clock()))
    await pins.put(auth, session, data.pin, data.current)
    return Response(None, status_code=204)


@delete("/pin", operation_id="removePin", status_code=204, opt={"access": IN_PERSON})
async def remove_pin(centre: NamedDependency[Centre], caller: NamedDependency[Caller]) -> Response[None]:
    """Take away the PIN of this device; not the last way in."""
    auth, install = centre.auth, caller.install or ""
    await auth.writer.run(lambda conn: pins.remove(conn, auth, user=caller.user, install=install))
    return Response(None, status_code=204)


# --- API tokens --------------------------------------------------------------------------------------------------

TOKEN_MAKERS: Final = Access(roles=ADMINISTRATORS, tokens=False)


@get("/tokens", operation_id="listTokens", opt={"access": TOKEN_MAKERS})
async def list_tokens(centre: NamedDependency[Centre]) -> list[ApiTokenView]:
    """Every API token, newest first; ended ones too."""
    rows = await asyncio.to_thread(lambda: store.api_tokens(centre.db.reader()))
    return [
        ApiTokenView(
            id=row.id,
            user=row.user,
            name=row.name,
            scopes=row.scopes.split(","),
            created_at=row.created_at,
            created_by=row.created_by,
            expires_at=row.expires_at,
            used_at=row.used_at,
            revoked_at=row.revoked_at,
        )
        for row in rows
    ]


@post("/tokens", operation_id="makeToken", opt={"access": TOKEN_MAKERS})
async def make_token(
    data: JSONBody[ApiTokenNew], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> apitokens.Made:
    """Make an API token; its text is in this answer and nowhere else."""
    auth = centre.auth
    return await auth.writer.run(
        lambda conn: apitokens.create(
            conn,
            auth,
            user=data.user or caller.user,
            name=data.name,
            days=data.days,
            scopes=data.scopes,
            created_by=caller.user,
        )
    )


@delete("/tokens/{token:str}", operation_id="revokeToken", status_code=204, opt={"access": TOKEN_MAKERS})
async def revoke_token(
    token: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> Response[None]:
    """End an API token."""
    auth = centre.auth
    await auth.writer.run(lambda conn: apitokens.revoke(conn, auth, token_id=token, actor=caller.user))
    return Response(None, status_code=204)


# --- shared ------------------------------------------------------------------------------------------------------


def knock(limiter: Limiter, request: AnyRequest) -> None:
    """Raise `rate_limited` when this address knocks too often."""
    limiter.take(client_key(request.client.host if request.client else None))


def agent_of(request: AnyRequest) -> str:
    """What the browser calls itself, shortened."""
    return summarise(request.headers.get("user-agent"))


def own_session(caller: Caller) -> str:
    """The caller's session; `IN_PERSON` routes have one."""
    if caller.session is None:
        raise Problem("token_refused")
    return caller.session


def cookie_of(token: str, max_age: int = sessions.COOKIE_AGE_S) -> Cookie:
    """The session cookie: not readable by scripts, not sent over plain connections nor by other sites' requests."""
    return Cookie(
        key=sessions.COOKIE, value=token, max_age=max_age, path="/", secure=True, httponly=True, samesite="lax"
    )


async def welcome(auth: Auth, opened: sessions.Opened, status_code: int = 200) -> Response[Me]:
    """The answer to a successful sign-in: who one is, and the cookie."""
    session = opened.session
    me = await asyncio.to_thread(describe, auth, session.user, session.install, session.id, session.via)
    return Response(me, status_code=status_code, cookies=[cookie_of(opened.token)])


def describe(auth: Auth, user: str, install: str | None, session: str | None, via: str) -> Me:
    """What a person is told of their session."""
    with auth.db.snapshot() as conn:
        doc = get_person(conn, user).doc
        has_pin = install is not None and store.pin(conn, install, user) is not None
        return Me(
            centre=auth.centre,
            user=Person(
                id=user,
                name=doc.get("name") or "",
                role=doc.get("role") or "",
                sites=sorted(doc.get("sites") or ()),
                all_sites=bool(doc.get("all_sites")),
                lang=doc.get("lang"),
            ),
            install=install,
            session=session,
            via=via,
            ways=Ways(passkeys=len(store.passkeys_of(conn, user)), pin=has_pin),
            company=auth.company_name(conn),
            rescue_key=b64(auth.keys.rescue_spki),
            trial=auth.trial,
            passkeys=auth.rp_id is not None,
            time=auth.clock(),
        )


def view_passkey(row: store.Passkey) -> PasskeyView:
    """A passkey as its owner sees it."""
    return PasskeyView(
        id=row.id, name=row.name, backed_up=bool(row.backed_up), created_at=row.created_at, used_at=row.used_at
    )


router = Router(
    "/api",
    route_handlers=[
        inspect_invitation,
        enrol,
        passkey_options,
        sign_in_by_passkey,
        pin_challenge,
        sign_in_by_pin,
        get_session,
        sign_out,
        list_sessions,
        revoke_session,
        revoke_other_sessions,
        list_passkeys,
        passkey_registration_options,
        add_passkey,
        rename_passkey,
        remove_passkey,
        set_pin,
        remove_pin,
        list_tokens,
        make_token,
        revoke_token,
    ],
    tags=["sign-in"],
)

handlers = [router]
