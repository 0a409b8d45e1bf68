"""The audit trail of what was refused. What was done is noted by the job that does it, in its transaction."""

from server.auth.service import Auth
from server.store import auth as store


async def refuse(auth: Auth, event: str, detail: str, *, user: str | None = None, install: str | None = None) -> None:
    """Note a refusal, in a job of its own because the refused one was rolled back. Ids and codes only."""
    now = auth.clock()
    await auth.writer.run(lambda conn: store.add_event(conn, now, event, user=user, install=install, detail=detail))
