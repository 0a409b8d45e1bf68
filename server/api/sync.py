"""`POST /api/sync`: the whole exchange with an install. The work is `sync.core.sync`, inside a writer job."""

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency

from server.auth.access import PUBLIC
from server.auth.caller import Caller
from server.bodies import read_body
from server.centre import Centre
from server.errors import Problem
from sync import wire
from sync.core import Principal
from sync.wire import SyncError


@post(
    "/api/sync",
    operation_id="sync",
    summary="Hand in ops and fetch what changed",
    description="NDJSON as docs/protocol.md says. The head's signature names the install; a session adds the pull.",
    status_code=200,
    opt={"access": PUBLIC},
    request_max_body_size=wire.MAX_BYTES,
    tags=["sync"],
)
async def sync_ops(
    request: Request[Any, Any, Any], centre: NamedDependency[Centre], visitor: NamedDependency[Caller | None]
) -> Response[bytes]:
    """Push, then pull. A session counts only on the install that it was opened on."""
    body = await read_body(request, wire.MAX_BYTES)
    principal = Principal(user=visitor.user, install=visitor.install) if visitor else Principal()
    try:
        answer = await centre.writer.run(lambda conn: centre.ingest.sync(conn, body, principal))
    except SyncError as error:
        raise Problem(error.code, reason=error.detail, limit=wire.MAX_BYTES) from None
    return Response(answer, media_type="application/json", headers={"cache-control": "no-store"})


handlers = [sync_ops]
