"""Is the process alive, can it do its work, and what is it."""

import asyncio
import time
from importlib.metadata import version
from typing import Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from server.auth.access import PUBLIC
from server.centre import Centre
from server.logs import log
from server.store import meta

VERSION = version("sitebook")
CHECK_S = 3.0
"""A write that takes longer means the store is stuck."""
FRESH_S = 2.0
"""Probes that come faster share one check, so that they cannot wear the disk."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: Literal["ok"] = "ok"
    version: str = VERSION


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Whether work can be done. `checks`: store (a write reached the disk), disk (enough is free), app (it is built)."""

    status: Literal["ready", "unready"]
    checks: dict[str, Literal["ok", "failed"]]


class _Last:
    at = -1e9
    centre = ""
    ready: Ready | None = None


@get("/healthz", operation_id="readHealth", tags=["centre"], summary="The process is alive", opt={"access": PUBLIC})
async def read_health() -> Health:
    """Answers as long as the process does; touches nothing."""
    return Health()


@get("/readyz", operation_id="readReadiness", tags=["centre"], summary="Work can be done", opt={"access": PUBLIC})
async def read_readiness(centre: NamedDependency[Centre]) -> Response[Ready]:
    """200 when a write reaches the disk and enough of it is free, else 503 naming what failed."""
    if _Last.ready is None or _Last.centre != centre.id or time.monotonic() - _Last.at > FRESH_S:
        _Last.ready, _Last.at, _Last.centre = await _check(centre), time.monotonic(), centre.id
    ready = _Last.ready
    return Response(ready, status_code=200 if ready.status == "ready" else 503)


async def _check(centre: Centre) -> Ready:
    checks: dict[str, Literal["ok", "failed"]] = {}
    stamp = str(time.time_ns() // 1_000_000)
    try:
        await asyncio.wait_for(centre.writer.run(lambda conn: meta.put(conn, "ready_at", stamp)), CHECK_S)
        checks["store"] = "ok"
    except Exception as error:
        log.error("store_not_writable", reason=str(error))
        checks["store"] = "failed"
    free = centre.free_bytes()
    checks["disk"] = "ok" if free >= centre.settings.disk_floor_bytes else "failed"
    if checks["disk"] == "failed":
        log.error("disk_low", free_bytes=free, floor_bytes=centre.settings.disk_floor_bytes)
    checks["app"] = "ok" if centre.shell.built else "failed"
    failed = checks["store"] == "failed" or checks["disk"] == "failed"
    return Ready(status="unready" if failed else "ready", checks=checks)


handlers = [read_health, read_readiness]
