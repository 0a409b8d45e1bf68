"""The one writer: jobs from all threads, one transaction for many of them."""

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from server.errors import Problem
from server.store.db import Database

T = TypeVar("T")

MAX_JOBS: Final = 256
"""Most jobs in one transaction."""
MAX_GATHER_MS: Final = 20
"""A transaction takes no further job once it has run for so long."""
MAX_QUEUE: Final = 2_000
"""Jobs that may wait; one more is refused with `busy`."""


class _Job:
    __slots__ = ("fn", "future")

    def __init__(self, fn: Callable[[sqlite3.Connection], Any]) -> None:
        self.fn = fn
        self.future: Future[Any] = Future()


class Writer:
    """Runs jobs one after another on its own thread; what has piled up during one commit shares the next.

    Invariants:
    1. A future is resolved only after the COMMIT that makes its job durable (`synchronous=FULL`) has returned.
    2. A job that raises is rolled back alone; its neighbours in the transaction stay.
    3. When the transaction itself is lost, every job in it fails with `store_failed` and none is half kept.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._listeners: list[Callable[[], None]] = []
        self.commits = 0
        self._thread = threading.Thread(target=self._run, name="sitebook-writer", daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue `fn(conn)`; it runs on the writer's thread inside a savepoint and must neither commit nor roll back.

        Raises `Problem("busy")` when too many wait and `Problem("stopping")` after `close`.
        """
        job = _Job(fn)
        with self._wake:
            if self._closing:
                raise Problem("stopping")
            if len(self._jobs) >= MAX_QUEUE:
                raise Problem("busy")
            self._jobs.append(job)
            self._wake.notify()
        return job.future

    async def run(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """`submit` for coroutines. A caller who goes away cancels a job that has not begun, never one that has."""
        return await asyncio.wrap_future(self.submit(fn))

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the writer's thread after each commit; it must return at once and not raise."""
        self._listeners.append(listener)

    def waiting(self) -> int:
        """Jobs in the queue now."""
        return len(self._jobs)

    def close(self) -> None:
        """Refuse new jobs, finish those that wait, end the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    # --- the writer's thread ---

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._jobs and not self._closing:
                    self._wake.wait()
                if not self._jobs:
                    return
            self._transaction()

    def _transaction(self) -> None:
        conn = self._db.writer
        done: list[tuple[_Job, Any, BaseException | None]] = []
        lost: BaseException | None = None
        try:
            conn.execute("BEGIN IMMEDIATE")
            until = time.monotonic() + MAX_GATHER_MS / 1000
            while len(done) < MAX_JOBS and self._jobs and time.monotonic() < until:
                job = self._jobs.popleft()
                if not job.future.set_running_or_notify_cancel():
                    continue
                done.append((job, None, None))
                done[-1] = self._attempt(conn, job)
                if not conn.in_transaction:
                    # SQLite gives up the whole transaction on a full disk, an I/O error or out of memory.
                    raise done[-1][2] or RuntimeError("a job ended the transaction it was given")
            conn.execute("COMMIT")
            self.commits += 1
        except BaseException as error:
            lost = error
            with contextlib.suppress(sqlite3.Error):
                if conn.in_transaction:
                    conn.execute("ROLLBACK")
            if not done and self._jobs:
                # The transaction could not even begin: fail one job, or it would be tried for ever.
                job = self._jobs.popleft()
                if job.future.set_running_or_notify_cancel():
                    done.append((job, None, None))
        for job, result, error in done:
            if lost is not None:
                failure = Problem("store_failed", reason=str(lost))
                failure.__cause__ = lost
                job.future.set_exception(failure)
            elif error is not None:
                job.future.set_exception(error)
            else:
                job.future.set_result(result)
        if lost is None:
            for listener in self._listeners:
                listener()

    @staticmethod
    def _attempt(conn: sqlite3.Connection, job: _Job) -> tuple[_Job, Any, BaseException | None]:
        conn.execute("SAVEPOINT job")
        try:
            result = job.fn(conn)
        except BaseException as error:
            if conn.in_transaction:
                conn.execute("ROLLBACK TO job")
                conn.execute("RELEASE job")
            return job, None, error
        if conn.in_transaction:
            conn.execute("RELEASE job")
        return job, result, None
