"""People, for the office: who is here, by which devices; invite, change, revoke."""

import asyncio
import io
import sqlite3
from typing import Annotated, Any

import qrcode
import qrcode.image.svg
from litestar import Response, Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct
from qrcode.constants import ERROR_CORRECT_M

from server.auth import installs, invitations, people
from server.auth.access import ADMINISTRATORS, MANAGERS, Access
from server.auth.caller import Caller
from server.auth.service import Auth
from server.centre import Centre
from server.store import auth as store
from server.store import records

READ = Access(roles=MANAGERS, kind="user")
WRITE = Access(roles=ADMINISTRATORS, tokens=False)


class InvitationView(Struct, frozen=True, kw_only=True):
    """A person's newest invitation. `state`: open, used, expired or withdrawn."""

    id: str
    state: str
    created_at: int
    expires_at: int
    used_at: int | None


class DeviceView(Struct, frozen=True, kw_only=True):
    """A browser profile a person signed in on. `pin`: none, set or locked."""

    install: str
    name: str
    platform: str
    status: str
    enrolled_at: int | None
    seen_at: int | None
    pin: str


class LiveSession(Struct, frozen=True, kw_only=True):
    """A session that holds."""

    id: str
    install: str
    via: str
    agent: str
    created_at: int
    seen_at: int


class PersonView(Struct, frozen=True, kw_only=True):
    """A person as the office sees them."""

    id: str
    name: str
    role: str
    status: str
    sites: list[str]
    all_sites: bool
    lang: str | None
    invitation: InvitationView | None
    passkeys: int
    devices: list[DeviceView]
    sessions: list[LiveSession]
    seen_at: int | None


class InvitationMade(Struct, frozen=True, kw_only=True):
    """A new invitation: hand over the link or show the QR now, neither can be had again."""

    id: str
    user: str
    role: str
    link: str
    qr_svg: str
    expires_at: int


class Again(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how many hours a fresh invitation holds."""

    hours: Annotated[int, Meta(ge=1, le=24 * 14)] = 72


class EventView(Struct, frozen=True, kw_only=True):
    """One line of the audit trail."""

    n: int
    at: int
    event: str
    user: str | None
    install: str | None
    actor: str | None
    detail: str | None


@get("/people", operation_id="listPeople", opt={"access": READ})
async def list_people(centre: NamedDependency[Centre]) -> list[PersonView]:
    """Everybody with an account, by name."""

    def read() -> list[PersonView]:
        with centre.db.snapshot() as conn:
            found = [view(conn, centre.auth, record) for record in records.all_of(conn, "user")]
        return sorted(found, key=lambda person: (person.name, person.id))

    return await asyncio.to_thread(read)


@get("/people/{user:str}", operation_id="getPerson", opt={"access": READ})
async def get_person(user: FromPath[str], centre: NamedDependency[Centre]) -> PersonView:
    """One person."""
    return await read_one(centre, user)


@post("/people", operation_id="invitePerson", opt={"access": WRITE})
async def invite_person(
    data: JSONBody[people.Invite], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> InvitationMade:
    """Make a person's account and their invitation."""
    auth = centre.auth
    made = await auth.writer.run(lambda conn: people.invite(conn, auth, data, actor=caller.user))
    return await asyncio.to_thread(show, made)


@post("/people/{user:str}/invitations", operation_id="reinvitePerson", opt={"access": WRITE})
async def reinvite_person(
    user: FromPath[str], data: JSONBody[Again], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> InvitationMade:
    """A fresh invitation: another device, or a way back in. Earlier unused ones end."""
    auth = centre.auth
    made = await auth.writer.run(lambda conn: people.reinvite(conn, auth, user, actor=caller.user, hours=data.hours))
    return await asyncio.to_thread(show, made)


@patch("/people/{user:str}", operation_id="changePerson", opt={"access": WRITE})
async def change_person(
    user: FromPath[str], data: JSONBody[people.Change], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> PersonView:
    """Change name, role or sites."""
    auth = centre.auth
    await auth.writer.run(lambda conn: people.change(conn, auth, user, data, actor=caller.user))
    return await read_one(centre, user)


@post("/people/{user:str}/revoke", operation_id="revokePerson", status_code=200, opt={"access": WRITE})
async def revoke_person(
    user: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> PersonView:
    """Shut a person out everywhere, at once."""
    auth = centre.auth
    await auth.writer.run(lambda conn: people.revoke(conn, auth, user, actor=caller.user))
    return await read_one(centre, user)


@post("/devices/{install:str}/revoke", operation_id="revokeDevice", status_code=204, opt={"access": WRITE})
async def revoke_device(
    install: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> Response[None]:
    """Shut a device out: its sessions end, what it still delivers is quarantined."""
    auth = centre.auth
    await auth.writer.run(lambda conn: installs.revoke(conn, auth, install=install, actor=caller.user))
    return Response(None, status_code=204)


@get("/audit", operation_id="listAudit", opt={"access": Access(roles=ADMINISTRATORS)})
async def list_audit(
    centre: NamedDependency[Centre],
    user: FromQuery[str | None] = None,
    before: FromQuery[Annotated[int, Meta(ge=0, le=2**53)]] = 2**53,
    limit: FromQuery[Annotated[int, Meta(ge=1, le=1000)]] = 100,
) -> list[EventView]:
    """What happened at the door, newest first; `before` goes on from a line's `n`."""

    def read() -> list[EventView]:
        rows = store.events(centre.db.reader(), user=user, before=before, limit=limit)
        return [
            EventView(
                n=row.n,
                at=row.at,
                event=row.event,
                user=row.user,
                install=row.install,
                actor=row.actor,
                detail=row.detail,
            )
            for row in rows
        ]

    return await asyncio.to_thread(read)


async def read_one(centre: Centre, user: str) -> PersonView:
    """One person, off the event loop."""

    def read() -> PersonView:
        with centre.db.snapshot() as conn:
            return view(conn, centre.auth, people.get(conn, user))

    return await asyncio.to_thread(read)


def view(conn: sqlite3.Connection, auth: Auth, record: records.Record) -> PersonView:
    """A person with their devices and sessions."""
    now = auth.clock()
    doc = record.doc
    rows = store.installs_of(conn, record.id)
    docs = records.get_many(conn, [row.device for row in rows if row.device is not None])
    pins = {row.install: row for row in store.pins_of(conn, record.id)}
    live = store.live_sessions(conn, now, user=record.id)
    newest = next(iter(store.invitations_of(conn, record.id)), None)
    return PersonView(
        id=record.id,
        name=doc.get("name") or "",
        role=doc.get("role") or "",
        status=doc.get("status") or "",
        sites=sorted(doc.get("sites") or ()),
        all_sites=bool(doc.get("all_sites")),
        lang=doc.get("lang"),
        invitation=view_invitation(newest, now) if newest else None,
        passkeys=len(store.passkeys_of(conn, record.id)),
        devices=[view_device(row, docs, pins.get(row.id)) for row in rows],
        sessions=[
            LiveSession(
                id=row.id,
                install=row.install,
                via=row.via,
                agent=row.agent,
                created_at=row.created_at,
                seen_at=row.seen_at,
            )
            for row in live
        ],
        seen_at=max((row.seen_at for row in live), default=None),
    )


def view_device(row: store.EnrolledInstall, docs: dict[str, records.Record], pin: store.Pin | None) -> DeviceView:
    """A device with what its record says of it."""
    found = docs.get(row.device or "")
    doc: dict[str, Any] = found.doc if found else {}
    return DeviceView(
        install=row.id,
        name=doc.get("name") or "",
        platform=doc.get("platform") or "",
        status=row.status,
        enrolled_at=doc.get("enrolled_at"),
        seen_at=row.seen_at,
        pin="none" if pin is None else "set" if pin.tries_left else "locked",
    )


def view_invitation(row: store.Invitation, now: int) -> InvitationView:
    """An invitation with its state in one word."""
    if row.used_at is not None:
        state = "used"
    elif row.withdrawn_at is not None:
        state = "withdrawn"
    else:
        state = "expired" if row.expires_at <= now else "open"
    return InvitationView(
        id=row.id, state=state, created_at=row.created_at, expires_at=row.expires_at, used_at=row.used_at
    )


def show(made: invitations.Made) -> InvitationMade:
    """An invitation as it is handed over."""
    return InvitationMade(
        id=made.id,
        user=made.user,
        role=made.role,
        link=made.link,
        qr_svg=qr_svg(made.link),
        expires_at=made.expires_at,
    )


def qr_svg(text: str) -> str:
    """A QR code as an SVG image: dark on white with its quiet zone, whatever the page's theme."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4, image_factory=qrcode.image.svg.SvgPathFillImage)
    code.add_data(text)
    out = io.BytesIO()
    code.make_image().save(out)
    return out.getvalue().decode("utf-8").partition("?>")[2].strip()


router = Router(
    "/api",
    route_handlers=[
        list_people,
        get_person,
        invite_person,
        reinvite_person,
        change_person,
        revoke_person,
        revoke_device,
        list_audit,
    ],
    tags=["people"],
)

handlers = [router]
