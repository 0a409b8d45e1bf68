"""Enrolment: an invitation and a proven install key make a person's session on a browser profile."""

from typing import Annotated, Any

from msgspec import Meta

from server.auth import audit, installs, invitations, sessions
from server.auth.invitations import FIRST_NAME
from server.auth.service import Auth
from server.errors import Problem
from server.store import auth as store
from server.store import records
from sync.drafts import Draft


class Enrol(installs.Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a phone sends to enrol: a claim whose proof covers the invitation token."""

    invitation: Annotated[str, Meta(min_length=1, max_length=100)]
    lang: Annotated[str, Meta(pattern="^(zh|en)$")] | None = None
    name: Annotated[str, Meta(max_length=100, pattern=r"\S")] | None = None
    """What the first administrator, whom nobody has invited by name, is called."""


async def enrol(auth: Auth, body: Enrol, agent: str) -> sessions.Opened:
    """Burn the invitation, make the person active, enrol the install and begin a session: all of it or nothing.

    An install whose answer was lost may ask again for `invitations.REPEAT_MS`; it gets a session, and nothing else
    changes. Raises as `invitations.find`, `installs.prove_claim` and `installs.admit`.
    """
    token = body.invitation.strip()

    def job(conn: Any) -> sessions.Opened:
        now = auth.clock()
        invitation = invitations.find(conn, token, now, again=body.install)
        spki = installs.prove_claim(auth, body, token)
        person = records.get(conn, invitation.user)
        if person is None or person.deleted:
            raise Problem("invitation_unknown")
        if person.doc.get("status") == "revoked":
            raise Problem("person_revoked")
        if invitation.used_at is not None:
            # `admit` refuses another key, and an install that was shut out in the meantime.
            installs.admit(conn, auth, claim=body, spki=spki, user=invitation.user)
            store.add_event(
                conn, now, "enrolled_again", user=invitation.user, install=body.install, detail=invitation.id
            )
            return sessions.begin(conn, auth, user=invitation.user, install=body.install, via="invitation", agent=agent)
        if not store.use_invitation(conn, invitation.id, body.install, now):
            raise Problem("invitation_used")
        store.withdraw_invitations(conn, invitation.user, now)
        values: dict[str, Any] = {}
        if person.doc.get("status") != "active":
            values["status"] = "active"
        if body.name and person.doc.get("name") == FIRST_NAME:
            values["name"] = body.name.strip()
        if body.lang and not person.doc.get("lang"):
            values["lang"] = body.lang
        if values:
            auth.ingest.demand(conn, [Draft(kind="user", record=invitation.user, values=values)], user=invitation.user)
        installs.admit(conn, auth, claim=body, spki=spki, user=invitation.user)
        # Whoever needed a fresh invitation may have forgotten the PIN, or somebody else has locked it.
        store.remove_pins(conn, user=invitation.user, install=body.install)
        store.add_event(conn, now, "enrolled", user=invitation.user, install=body.install, detail=invitation.id)
        return sessions.begin(conn, auth, user=invitation.user, install=body.install, via="invitation", agent=agent)

    try:
        return await auth.writer.run(job)
    except Problem as problem:
        await audit.refuse(auth, "enrolment_refused", problem.code)
        raise
