"""Runs long work one after another on a thread of its own, and remembers how far it came.

Invariants:
1. `done` is raised in the transaction that saves the work, so after a crash it says exactly what was saved.
2. A job is stopped between two steps only, never inside one.
3. After a start, no job seems to run that does not: what the last process left is `interrupted`.
"""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from server.errors import Problem
from server.ingest import new_id
from server.logs import log
from server.store import jobs as store
from server.store.db import Database
from server.store.jobs import JobRow
from server.store.writer import Writer

Progress = Callable[[int, int | None], None]
Run = Callable[["Context"], dict[str, Any]]
"""The work of a job: gets its context, returns its result (JSON-ready). It is always called, and asks `Context.check` first."""


class Stop(Exception):
    """The job is to end here; what was saved stays."""


class Context:
    """What the work of a job may ask and tell."""

    def __init__(self, id: str, *, show: Progress | None = None) -> None:
        self.id = id
        self.done = 0
        self.total: int | None = None
        self.by_person = False
        self._show = show
        self._stop = threading.Event()

    def stop(self, *, by_person: bool) -> None:
        """Make the next `check` raise `Stop`."""
        self.by_person = by_person
        self._stop.set()

    def check(self) -> None:
        """Call between two steps. Raises `Stop` when the job is to end."""
        if self._stop.is_set():
            raise Stop

    def save(self, conn: sqlite3.Connection, done: int, total: int | None, result: dict[str, Any]) -> None:
        """Note in the saving transaction how far the job is, and its result so far."""
        store.progress(conn, self.id, done, total, result)

    def tell(self, done: int, total: int | None) -> None:
        """Show how far the job is, once that is saved."""
        self.done, self.total = done, total
        if self._show is not None:
            self._show(done, total)


class Jobs:
    """The jobs of one centre."""

    def __init__(self, *, db: Database, writer: Writer, clock: Callable[[], int]) -> None:
        self._db = db
        self._writer = writer
        self._clock = clock
        self._pool: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sitebook-job")
        self._contexts: dict[str, Context] = {}
        self._futures: dict[str, Future[None]] = {}
        self._guard = threading.Lock()
        self._closing = False
        # Only the holder of the folder's lock gets here, so nobody else can be running one.
        writer.submit(lambda conn: store.interrupt_all(conn, clock())).result()

    def begin(self, *, kind: str, title: str, user: str, subject: str | None, run: Run, total: int | None) -> JobRow:
        """Queue a job and return at once. Raises `Problem("stopping")`."""
        context = self._add(kind=kind, title=title, user=user, subject=subject, total=total, show=None)
        with self._guard:
            self._futures[context.id] = self._pool.submit(self._perform, context, run)
        return self.get(context.id)

    def perform(
        self,
        *,
        kind: str,
        title: str,
        user: str,
        subject: str | None,
        run: Run,
        total: int | None,
        show: Progress,
    ) -> JobRow:
        """Do a job now, on this thread. `show` is told after each saved step; what it raises stops the job and comes back."""
        raised: list[BaseException] = []

        def tell(done: int, total: int | None) -> None:
            try:
                show(done, total)
            except BaseException as error:
                raised.append(error)
                context.stop(by_person=True)

        context = self._add(kind=kind, title=title, user=user, subject=subject, total=total, show=tell)
        self._perform(context, run)
        if raised:
            raise raised[0]
        return self.get(context.id)

    def get(self, id: str) -> JobRow:
        """A job as it is now. Raises `Problem("not_found")`."""
        found = store.get(self._db.reader(), id)
        if found is None:
            raise Problem("not_found", kind="job", id=id[:40])
        return found

    def stop(self, id: str) -> JobRow:
        """Ask a job to end after its current step; one that has ended stays as it is. Raises `Problem("not_found")`."""
        found = self.get(id)
        with self._guard:
            context = self._contexts.get(id)
        if context is not None:
            context.stop(by_person=True)
        return found

    def wait(self, id: str, timeout_s: float | None = None) -> JobRow:
        """Wait for the end of a job that `begin` queued in this process."""
        with self._guard:
            future = self._futures.get(id)
        if future is not None:
            future.result(timeout_s)
        return self.get(id)

    def close(self) -> None:
        """Stop what runs after its current step (it is `interrupted`), drop what waits, end the thread."""
        with self._guard:
            self._closing = True
            for context in self._contexts.values():
                context.stop(by_person=False)
        self._pool.shutdown(wait=True)

    # --- one job ---

    def _add(
        self, *, kind: str, title: str, user: str, subject: str | None, total: int | None, show: Progress | None
    ) -> Context:
        job = JobRow(
            id=new_id(self._clock()),
            kind=kind,
            title=title,
            state="queued",
            user=user,
            subject=subject,
            done=0,
            total=total,
            note="",
            result=None,
            problem=None,
            created_at=self._clock(),
            started_at=None,
            finished_at=None,
        )
        context = Context(job.id, show=show)
        with self._guard:
            if self._closing:
                raise Problem("stopping")
            self._contexts[job.id] = context
        try:
            self._writer.submit(lambda conn: store.add(conn, job)).result()
        except BaseException:
            with self._guard:
                self._contexts.pop(job.id, None)
            raise
        return context

    def _perform(self, context: Context, run: Run) -> None:
        try:
            self._submit(lambda conn: store.start(conn, context.id, self._clock()))
            result = run(context)
            self._end(context, "done", result=result)
        except Stop:
            self._end(context, "stopped" if context.by_person else "interrupted")
        except Problem as problem:
            self._end(context, "failed", problem={"code": problem.code, "params": problem.params})
        except Exception as error:
            log.error("job_failed", job=context.id, exc_info=error)
            self._end(context, "failed", problem={"code": "internal", "params": {"request_id": context.id}})
        finally:
            with self._guard:
                self._contexts.pop(context.id, None)
                self._futures.pop(context.id, None)

    def _submit(self, fn: Callable[[sqlite3.Connection], None]) -> None:
        self._writer.submit(fn).result()

    def _end(
        self,
        context: Context,
        state: store.State,
        *,
        result: dict[str, Any] | None = None,
        problem: dict[str, Any] | None = None,
    ) -> None:
        self._submit(lambda conn: store.end(conn, context.id, state, self._clock(), result=result, problem=problem))
