"""Who may open which address: the one place where it is enforced, refused by default.

Every handler declares `opt={"access": …}`; the app-wide `guard` refuses one that declares nothing. What of the data
behind an address a person sees is decided by their scopes (`sync.access`), through `Caller`.
"""

import asyncio
from typing import Any, Final

from litestar.connection import ASGIConnection, Request
from litestar.handlers import BaseRouteHandler
from msgspec import Struct

from server.auth import apitokens, sessions
from server.auth.caller import Caller
from server.auth.people import require_active
from server.auth.service import Auth
from server.errors import Problem
from server.store import auth as store
from server.store.records import Record
from sync.access import OFFICE_ROLES, STAFF_ROLES

ADMINISTRATORS: Final = frozenset(("administrator",))
MANAGERS: Final = frozenset(("administrator", "manager"))
PLANNERS: Final = frozenset(("administrator", "manager", "dispatcher"))
OFFICE: Final = OFFICE_ROLES
STAFF: Final = STAFF_ROLES
EVERYBODY: Final = STAFF_ROLES | {"customer"}

Connection = ASGIConnection[Any, Any, Any, Any]


class Access(Struct, frozen=True, kw_only=True):
    """Who may open an address: an active person with one of `roles`.

    An API token needs besides its person's role a scope: `read` for GET and HEAD, else `write`, of the record kind
    `kind`, or of everything where none is named. `action` says so for a POST that only reads. `tokens=False`: nobody
    but the person, with a session.
    """

    roles: frozenset[str]
    kind: str | None = None
    action: str | None = None
    tokens: bool = True
    public: bool = False


PUBLIC: Final = Access(roles=frozenset(), public=True)
"""Open to anybody, signed in or not. The handler itself checks whatever it needs, as a signature or an invitation."""
SIGNED_IN: Final = Access(roles=EVERYBODY)
IN_PERSON: Final = Access(roles=EVERYBODY, tokens=False)
"""A person about their own credentials."""


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Litestar guard for the whole app. Raises `access_undeclared`, `unauthenticated`, `session_expired`,
    `token_invalid`, `person_revoked`, `forbidden`, `token_scope`, `token_refused`."""
    access = handler.opt.get("access")
    if not isinstance(access, Access):
        raise Problem("access_undeclared")
    if access.public:
        return
    caller = await resolve(connection)
    if caller is None:
        raise Problem("unauthenticated")
    check(access, caller, method_of(connection))


def check(access: Access, caller: Caller, method: str) -> None:
    """Raise unless `access` lets `caller` in."""
    caller.require(*access.roles)
    if caller.scopes is None:
        return
    if not access.tokens:
        raise Problem("token_refused")
    action = access.action or ("read" if method in ("GET", "HEAD") else "write")
    caller.require_scope(action, access.kind or "*")


def method_of(connection: Connection) -> str:
    """The HTTP method; a WebSocket counts as reading."""
    return connection.method if isinstance(connection, Request) else "GET"


async def resolve(connection: Connection) -> Caller | None:
    """Who is calling, None without cookie and token; looked up once per request."""
    state = connection.scope["state"]
    if "caller" not in state:
        state["caller"] = await _resolve(connection)
    return state["caller"]


async def _resolve(connection: Connection) -> Caller | None:
    authorization = connection.headers.get("authorization", "")
    scheme, _, text = authorization.partition(" ")
    bearer = text.strip() if scheme.lower() == "bearer" else None
    if authorization and not bearer:
        raise Problem("token_invalid")
    cookie = connection.cookies.get(sessions.COOKIE)
    if not bearer and not cookie:
        return None
    auth: Auth = connection.app.state.centre.auth
    # SQLite reads stay off the event loop, as everywhere.
    return (
        await asyncio.to_thread(_by_token, auth, bearer)
        if bearer
        else await asyncio.to_thread(_by_cookie, auth, cookie or "")
    )


def _by_token(auth: Auth, text: str) -> Caller:
    conn = auth.db.reader()
    row = apitokens.find(conn, text, auth.clock())
    person = require_active(conn, row.user)
    apitokens.touch(auth, row)
    return _caller(person, via="token", scopes=frozenset(row.scopes.split(",")), token=row.id)


def _by_cookie(auth: Auth, text: str) -> Caller:
    conn = auth.db.reader()
    session = sessions.find(conn, text, auth.clock())
    install = store.install(conn, session.install)
    if install is None or install.status != "active":
        raise Problem("install_revoked")
    person = require_active(conn, session.user)
    sessions.touch(auth, session)
    return _caller(person, via=session.via, install=session.install, session=session.id)


def _caller(
    person: Record,
    *,
    via: str,
    install: str | None = None,
    session: str | None = None,
    scopes: frozenset[str] | None = None,
    token: str | None = None,
) -> Caller:
    return Caller(
        user=person.id,
        role=person.doc.get("role") or "",
        sites=frozenset(person.doc.get("sites") or ()),
        all_sites=bool(person.doc.get("all_sites")),
        install=install,
        session=session,
        via=via,
        scopes=scopes,
        token=token,
    )


async def provide_caller(request: Request[Any, Any, Any]) -> Caller:
    """Dependency `caller`. Raises `unauthenticated` in a public handler that nobody signed in to."""
    caller = await resolve(request)
    if caller is None:
        raise Problem("unauthenticated")
    return caller


async def provide_visitor(request: Request[Any, Any, Any]) -> Caller | None:
    """Dependency `visitor` of public handlers: the caller, or None for anybody without a session that holds."""
    try:
        return await resolve(request)
    except Problem:
        return None
