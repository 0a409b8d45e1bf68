"""Who is to be told that something they read has changed: the hub between the writer and the open event streams."""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from typing import Final

from server.errors import Problem
from server.store import log, news
from server.store.db import Database

MAX_STREAMS: Final = 500
MAX_PER_SESSION: Final = 6
"""Tabs of one browser profile that look on at the same time."""
PAUSE_S: Final = 1.0
"""Between two events of one stream."""
HEARTBEAT_S: Final = 25.0
"""A silent stream says so often that it lives: shorter than what proxies and phones' networks wait."""
RETRY_MS: Final = 5_000

Check = Callable[[], str | None]
"""Runs on a worker thread: the session that looks on may go on (its user's id), or not (None)."""


class Events:
    """The open event streams of one centre. A commit wakes them; each then looks whether it concerns its reader.

    Invariants:
    1. Whatever changes in a scope of the reader after a stream was begun is followed by an event, at the latest
       `PAUSE_S` after its commit and the look; one event may stand for many changes.
    2. The writer never waits for a stream.
    """

    def __init__(self, db: Database, *, pause_s: float = PAUSE_S, heartbeat_s: float = HEARTBEAT_S) -> None:
        self.pause_s = pause_s
        self.heartbeat_s = heartbeat_s
        self._db = db
        self._guard = threading.Lock()
        self._open: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._by_session: Counter[str] = Counter()
        self._closing = False

    def notice(self) -> None:
        """A transaction was committed. From the writer's thread; returns at once."""
        with self._guard:
            for event, loop in self._open.items():
                # A loop that has ended has no reader left.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(event.set)

    def close(self) -> None:
        """End all streams, and begin no other: a server that stops need not wait for them."""
        self._closing = True
        self.notice()

    @property
    def streams(self) -> int:
        """Streams that are open."""
        return len(self._open)

    def require_room(self, session: str) -> None:
        """Raise `Problem("busy")` when too many streams are open, `stopping` when the centre ends."""
        if self._closing:
            raise Problem("stopping")
        if len(self._open) >= MAX_STREAMS or self._by_session[session] >= MAX_PER_SESSION:
            raise Problem("busy", retry_after=30)

    async def watch(self, check: Check, *, session: str, install: str, after: int | None) -> AsyncGenerator[str]:
        """The text of one stream: an event `pull` whenever something changed in a scope that the reader reads.

        `after`: the seq from which to look, the newest where it is None. Ends when `check` says so or the centre stops.
        """
        woken = asyncio.Event()
        with self._guard:
            self._open[woken] = asyncio.get_running_loop()
            self._by_session[session] += 1
        try:
            seen = await asyncio.to_thread(lambda: log.head_seq(self._db.reader()))
            yield f"retry: {RETRY_MS}\nid: {seen}\n\n"
            if after is not None and after < seen:
                seen = after
                woken.set()
            while not self._closing:
                try:
                    await asyncio.wait_for(woken.wait(), self.heartbeat_s)
                except TimeoutError:
                    if await asyncio.to_thread(check) is None:
                        return
                    yield ": here\n\n"
                    continue
                woken.clear()
                if self._closing:
                    return
                user = await asyncio.to_thread(check)
                if user is None:
                    return
                top, concerned = await asyncio.to_thread(self._look, user, install, seen)
                seen = top
                if concerned:
                    yield f"event: pull\nid: {top}\ndata: {top}\n\n"
                    await asyncio.sleep(self.pause_s)
        finally:
            with self._guard:
                del self._open[woken]
                self._by_session[session] -= 1
                if not self._by_session[session]:
                    del self._by_session[session]

    def _look(self, user: str, install: str, after: int) -> tuple[int, bool]:
        with self._db.snapshot() as conn:
            top = log.head_seq(conn)
            return top, top > after and news.has_news(conn, user, install, after)
