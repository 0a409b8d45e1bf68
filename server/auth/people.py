"""People with an account: invite, change, revoke. Their records change by ops of the centre, like everything."""

import sqlite3
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from server.auth import invitations
from server.auth.service import DAY_MS, HOUR_MS, Auth
from server.errors import Problem
from server.ingest import new_id
from server.store import auth as store
from server.store import records
from sync.drafts import Draft
from sync.model.fields import Id
from sync.model.people import Role

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]


class Invite(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new person. `hours`: how long the invitation holds."""

    name: Name
    role: Role
    sites: list[Id] = []
    all_sites: bool = False
    lang: Annotated[str, Meta(pattern="^(zh|en)$")] | None = None
    hours: Annotated[int, Meta(ge=1, le=24 * 14)] = 72


class Change(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a person; what is left out stays."""

    name: Name | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    sites: list[Id] | UnsetType = UNSET
    all_sites: bool | UnsetType = UNSET


def get(conn: sqlite3.Connection, user: str) -> records.Record:
    """The record of a person. Raises `not_found`."""
    record = records.get(conn, user)
    if record is None or record.deleted or record.kind != "user":
        raise Problem("not_found", kind="person", id=user)
    return record


def require_active(conn: sqlite3.Connection, user: str) -> records.Record:
    """The record of a person who may come in. Raises `not_found`, or `person_revoked`."""
    record = get(conn, user)
    if record.doc.get("status") != "active":
        raise Problem("person_revoked")
    return record


def invite(conn: sqlite3.Connection, auth: Auth, body: Invite, *, actor: str | None) -> invitations.Made:
    """Make a person's record and their invitation. In a writer job. `actor` None: the console."""
    user = new_id(auth.clock())
    values: dict[str, Any] = {
        "name": body.name.strip(),
        "role": body.role,
        "all_sites": body.all_sites,
        "status": "invited",
    }
    if body.sites:
        values["sites"] = {"add": sorted(set(body.sites))}
    if body.lang:
        values["lang"] = body.lang
    auth.ingest.demand(conn, [Draft(kind="user", record=user, values=values)], user=actor or user)
    return invitations.create(conn, auth, user=user, role=body.role, created_by=actor, valid_ms=body.hours * HOUR_MS)


def reinvite(
    conn: sqlite3.Connection, auth: Auth, user: str, *, actor: str | None, hours: int = 72
) -> invitations.Made:
    """A fresh invitation for somebody who is here already: another device, or a way back in. In a writer job.

    A revoked person becomes invited again: whoever sends it means them to come back.
    """
    record = get(conn, user)
    if record.doc.get("status") == "revoked":
        auth.ingest.demand(conn, [Draft(kind="user", record=user, values={"status": "invited"})], user=actor or user)
    return invitations.create(
        conn,
        auth,
        user=user,
        role=record.doc.get("role") or "viewer",
        created_by=actor,
        valid_ms=hours * HOUR_MS,
    )


def change(conn: sqlite3.Connection, auth: Auth, user: str, body: Change, *, actor: str) -> None:
    """Change name, role or sites. In a writer job. Raises `not_found`, `last_administrator`."""
    record = get(conn, user)
    if body.role is not UNSET and body.role != "administrator":
        _keep_an_administrator(conn, record)
    values: dict[str, Any] = {
        field: value
        for field, value in msgspec.structs.asdict(body).items()
        if value is not UNSET and field != "sites" and record.doc.get(field) != value
    }
    if body.sites is not UNSET:
        before, after = set(record.doc.get("sites") or ()), set(body.sites)
        if before != after:
            values["sites"] = {"add": sorted(after - before), "del": sorted(before - after)}
    if not values:
        return
    auth.ingest.demand(conn, [Draft(kind="user", record=user, values=values)], user=actor)
    store.add_event(conn, auth.clock(), "person_changed", user=user, actor=actor, detail=",".join(sorted(values)))


def revoke(conn: sqlite3.Connection, auth: Auth, user: str, *, actor: str) -> None:
    """Shut a person out everywhere, at once. In a writer job. Raises `not_found`, `last_administrator`.

    Passkeys stay, useless meanwhile, for the day the person is invited again.
    """
    record = get(conn, user)
    _keep_an_administrator(conn, record)
    now = auth.clock()
    if record.doc.get("status") != "revoked":
        auth.ingest.demand(conn, [Draft(kind="user", record=user, values={"status": "revoked"})], user=actor)
    store.withdraw_invitations(conn, user, now)
    store.revoke_sessions(conn, now, user=user)
    store.revoke_api_tokens(conn, now, user=user)
    store.remove_pins(conn, user=user)
    store.add_event(conn, now, "person_revoked", user=user, actor=actor)


def _keep_an_administrator(conn: sqlite3.Connection, leaving: records.Record) -> None:
    if leaving.doc.get("role") != "administrator" or leaving.doc.get("status") != "active":
        return
    if not any(record.id != leaving.id for record in _administrators(conn, "active")):
        raise Problem("last_administrator")


def _administrators(conn: sqlite3.Connection, status: str) -> list[records.Record]:
    return [
        record
        for record in records.all_of(conn, "user")
        if record.doc.get("role") == "administrator" and record.doc.get("status") == status
    ]


def first_administrator(conn: sqlite3.Connection, auth: Auth) -> invitations.Made | None:
    """A link for the first administrator, valid 24 hours, when no administrator can come in; else None.

    In a writer job. Links that were printed earlier hold until they expire or one of them is used, so that starting
    the server again does not spoil the one that somebody is just typing.
    """
    now = auth.clock()
    active = _administrators(conn, "active")
    if any(_can_come_in(conn, record.id, now) for record in active):
        return None
    waiting = [*active, *_administrators(conn, "invited")]
    if waiting:
        user = waiting[0].id
    else:
        user = new_id(now)
        values = {"name": invitations.FIRST_NAME, "role": "administrator", "all_sites": True, "status": "invited"}
        auth.ingest.demand(conn, [Draft(kind="user", record=user, values=values)], user=user)
    return invitations.create(
        conn, auth, user=user, role="administrator", created_by=None, valid_ms=DAY_MS, replace=False
    )


def _can_come_in(conn: sqlite3.Connection, user: str, now: int) -> bool:
    return bool(store.passkeys_of(conn, user) or store.pins_of(conn, user) or store.live_sessions(conn, now, user=user))
