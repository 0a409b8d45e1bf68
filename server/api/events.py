"""`GET /api/events`: the poke that tells an open app to pull."""

from typing import Any, Final

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.response import Stream

from server.auth import sessions
from server.auth.access import IN_PERSON
from server.auth.caller import Caller
from server.centre import Centre
from server.errors import Problem
from server.store import auth as store


@get(
    "/api/events", operation_id="watchChanges", opt={"access": IN_PERSON}, media_type="text/event-stream", tags=["sync"]
)
async def watch_changes(
    request: Request[Any, Any, Any], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> Stream:
    """Server-sent events: `pull` after each change in a scope that the caller reads, at most one a second.

    Nothing of the change is in it: `POST /api/sync` fetches it. `Last-Event-ID` begins where an earlier stream ended.
    """
    session, install, token = caller.session or "", caller.install or "", request.cookies.get(sessions.COOKIE, "")
    last = request.headers.get("last-event-id", "")
    after = int(last) if last.isascii() and last.isdigit() and len(last) <= 16 else None

    def check() -> str | None:
        # Looking on is no use of the session: it ends as if nobody did.
        conn = centre.reader()
        try:
            found = sessions.find(conn, token, centre.ingest.clock())
        except Problem:
            return None
        enrolled = store.install(conn, found.install)
        return found.user if enrolled is not None and enrolled.status == "active" else None

    centre.events.require_room(session)
    stream = centre.events.watch(check, session=session, install=install, after=after)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return Stream(stream, media_type="text/event-stream", headers=headers)


handlers: Final = [watch_changes]
