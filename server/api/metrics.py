"""Figures in Prometheus' text format, for monitoring: no names, no ids."""

import asyncio
import ipaddress
import sqlite3
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency

from server.auth.access import ADMINISTRATORS, PUBLIC, Access, check, resolve
from server.centre import Centre
from server.errors import Problem
from server.store import meta, metrics

WATCHERS: Final = Access(roles=ADMINISTRATORS)
TEXT: Final = "text/plain; version=0.0.4"
AGES_S: Final = (3_600, 86_400, 604_800, 2_592_000)
"""Borders of the groups of installs by last contact: an hour, a day, a week, thirty days."""
Sample = tuple[dict[str, str], float]


@get("/metrics", operation_id="readMetrics", opt={"access": PUBLIC}, media_type="text/plain", tags=["centre"])
async def read_metrics(request: Request[Any, Any, Any], centre: NamedDependency[Centre]) -> Response[bytes]:
    """For programs on this machine, and for administrators: with a session, or a token of theirs that reads `*`."""
    if not is_local(request):
        caller = await resolve(request)
        if caller is None:
            raise Problem("unauthenticated")
        check(WATCHERS, caller, request.method)
    text = await asyncio.to_thread(lambda: describe(centre))
    return Response(text.encode(), media_type=TEXT, headers={"cache-control": "no-store"})


def is_local(request: Request[Any, Any, Any]) -> bool:
    """Whether the caller is a program on this machine, and no proxy that passes on somebody else's request."""
    if any(name in request.headers for name in ("x-forwarded-for", "x-real-ip", "forwarded", "via")):
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def describe(centre: Centre) -> str:
    """All figures as text."""
    with centre.db.snapshot() as conn:
        found = metrics.read(conn, centre.id)
        backup = last_backup(conn)
    now = centre.ingest.clock()
    lines: list[str] = []

    def gauge(name: str, says: str, *samples: Sample, kind: str = "gauge") -> None:
        lines.append(f"# HELP sitebook_{name} {says}")
        lines.append(f"# TYPE sitebook_{name} {kind}")
        for labels, value in samples:
            inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
            number = f"{value:.15g}" if value != float("inf") else "+Inf"
            lines.append(f"sitebook_{name}{{{inside}}} {number}" if inside else f"sitebook_{name} {number}")

    def age(since: int | None, never: float) -> float:
        return never if since is None else max(0, now - since) / 1000

    active = [contact for contact in found.contacts if contact.status == "active"]
    holding = [contact for contact in active if contact.ops or contact.blobs]
    gauge("ops", "Ops in the log.", ({}, found.ops))
    gauge("parked", "Ops that are kept but not merged, and wait for a person.", ({}, found.parked))
    gauge("conflicts", "Open conflicts.", ({}, found.conflicts))
    gauge(
        "undelivered",
        "What installs announced at their last contact and had not delivered then.",
        ({"what": "ops"}, sum(contact.ops for contact in holding)),
        ({"what": "blobs"}, sum(contact.blobs for contact in holding)),
        ({"what": "bytes"}, sum(contact.bytes for contact in holding)),
    )
    oldest = min((contact.seen_at for contact in holding if contact.seen_at is not None), default=None)
    gauge(
        "undelivered_oldest_seconds",
        "Age of the oldest last contact of an install that still had something to deliver; 0: none.",
        ({}, age(oldest, 0)),
    )
    gauge("photos_waiting", "Photos whose op is here and whose bytes are not.", ({}, found.photos_waiting))
    gauge(
        "photos_waiting_oldest_seconds",
        "Age of the oldest of them; 0: none.",
        ({}, age(found.photo_waiting_since, 0)),
    )
    gauge("installs", "Active installs by the age of their last contact.", *by_age(active, now))
    gauge("installs_revoked", "Installs that were shut out.", ({}, len(found.contacts) - len(active)))
    gauge("backup_age_seconds", "Since the last backup; +Inf: there was none.", ({}, age(backup, float("inf"))))
    gauge("disk_free_bytes", "Free space where the data lies.", ({}, centre.free_bytes()))
    gauge("database_bytes", "Size of the database file.", ({}, centre.settings.database.stat().st_size))
    gauge("writer_queue", "Jobs that wait for the writer.", ({}, centre.writer.waiting()))
    gauge("event_streams", "Open event streams.", ({}, centre.events.streams))
    gauge("commits_total", "Transactions since the start.", ({}, centre.writer.commits), kind="counter")
    return "\n".join((*lines, ""))


def by_age(contacts: list[metrics.Contact], now: int) -> list[Sample]:
    """How many were last heard of within the hour, the day (and not the hour), …; and how many never."""
    groups = [*(str(border) for border in AGES_S), "+Inf", "never"]
    counts = dict.fromkeys(groups, 0)
    for contact in contacts:
        if contact.seen_at is None:
            counts["never"] += 1
            continue
        age = (now - contact.seen_at) / 1000
        counts[next((str(border) for border in AGES_S if age <= border), "+Inf")] += 1
    return [({"within_seconds": group}, count) for group, count in counts.items()]


def last_backup(conn: sqlite3.Connection) -> int | None:
    """When the last backup was finished, ms UTC."""
    text = meta.get(conn, meta.LAST_BACKUP)
    return int(text) if text and text.isdigit() else None


handlers: Final = [read_metrics]
