"""Jobs: long work, how far it is, and how it ended."""

import sqlite3
from typing import Any, Literal

import msgspec

State = Literal["queued", "running", "done", "stopped", "failed", "interrupted"]
ENDED: tuple[State, ...] = ("done", "stopped", "failed", "interrupted")


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """One job. `done` of `total` steps are saved; `problem` is `{"code", "params"}` of a Problem."""

    id: str
    kind: str
    title: str
    state: State
    user: str
    subject: str | None
    done: int
    total: int | None
    note: str
    result: dict[str, Any] | None
    problem: dict[str, Any] | None
    created_at: int
    started_at: int | None
    finished_at: int | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED


_COLUMNS = ", ".join(JobRow.__struct_fields__)


def _job(row: sqlite3.Row) -> JobRow:
    values = {name: row[name] for name in JobRow.__struct_fields__}
    for name in ("result", "problem"):
        values[name] = msgspec.json.decode(values[name]) if values[name] else None
    return JobRow(**values)


def add(conn: sqlite3.Connection, job: JobRow) -> None:
    """Keep a new job."""
    conn.execute(
        f"INSERT INTO jobs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?, ?)",
        (
            job.id,
            job.kind,
            job.title,
            job.state,
            job.user,
            job.subject,
            job.done,
            job.total,
            job.note,
            job.created_at,
            job.started_at,
            job.finished_at,
        ),
    )


def start(conn: sqlite3.Connection, id: str, now_ms: int) -> None:
    """It runs from now on."""
    conn.execute("UPDATE jobs SET state = 'running', started_at = ? WHERE id = ?", (now_ms, id))


def progress(conn: sqlite3.Connection, id: str, done: int, total: int | None, result: dict[str, Any]) -> None:
    """So much is saved: call it in the transaction that saves."""
    conn.execute(
        "UPDATE jobs SET done = ?, total = ?, result = ? WHERE id = ?",
        (done, total, msgspec.json.encode(result).decode(), id),
    )


def end(
    conn: sqlite3.Connection,
    id: str,
    state: State,
    now_ms: int,
    *,
    result: dict[str, Any] | None = None,
    problem: dict[str, Any] | None = None,
) -> None:
    """It has ended. `result` None keeps the last one."""
    conn.execute(
        "UPDATE jobs SET state = ?, finished_at = ?, result = coalesce(?, result), problem = ? WHERE id = ?",
        (
            state,
            now_ms,
            msgspec.json.encode(result).decode() if result is not None else None,
            msgspec.json.encode(problem).decode() if problem is not None else None,
            id,
        ),
    )


def interrupt_all(conn: sqlite3.Connection, now_ms: int) -> int:
    """Whatever still seems to run belongs to a process that is gone; how many those were."""
    found = conn.execute(
        "UPDATE jobs SET state = 'interrupted', finished_at = ? WHERE state IN ('queued', 'running')", (now_ms,)
    )
    return found.rowcount


def get(conn: sqlite3.Connection, id: str) -> JobRow | None:
    """One job, None when there is none."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", (id,)).fetchone()
    return _job(row) if row else None


def newest(conn: sqlite3.Connection, limit: int = 50) -> list[JobRow]:
    """The newest jobs, newest first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM jobs ORDER BY created_at DESC, id DESC LIMIT ?", (limit,))
    return [_job(row) for row in rows]
