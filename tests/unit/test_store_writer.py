"""The writer: group commit, isolation of jobs, back-pressure, a clean end."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from server.errors import Problem
from server.store import writer as module
from server.store.db import Database
from server.store.writer import Writer


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "sitebook.db")
    database.writer.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)")
    yield database
    database.close()


@pytest.fixture
def writer(db: Database) -> Iterator[Writer]:
    opened = Writer(db)
    yield opened
    opened.close()


def insert(x: int):
    def job(conn: sqlite3.Connection) -> int:
        conn.execute("INSERT INTO t VALUES (?)", (x,))
        return x

    return job


def values(db: Database) -> list[int]:
    return [row[0] for row in db.reader().execute("SELECT x FROM t ORDER BY x")]


class Gate:
    """A job that holds the writer until it is let go, so that others pile up behind it."""

    def __init__(self, writer: Writer) -> None:
        self._entered = threading.Event()
        self._open = threading.Event()
        self.future = writer.submit(self._wait)
        assert self._entered.wait(5)

    def _wait(self, conn: sqlite3.Connection) -> None:
        self._entered.set()
        assert self._open.wait(5)

    def release(self) -> None:
        self._open.set()


def test_a_result_is_visible_to_readers_once_its_future_is_resolved(db: Database, writer: Writer) -> None:
    assert writer.submit(insert(1)).result(5) == 1
    assert values(db) == [1]


def test_coroutines_await_their_job(db: Database, writer: Writer) -> None:
    async def many() -> list[int]:
        return await asyncio.gather(*(writer.run(insert(x)) for x in range(50)))

    assert asyncio.run(many()) == list(range(50))
    assert values(db) == list(range(50))


def test_a_failing_job_is_rolled_back_alone(db: Database, writer: Writer) -> None:
    gate = Gate(writer)

    def half(conn: sqlite3.Connection) -> None:
        conn.execute("INSERT INTO t VALUES (2)")
        raise ValueError("no")

    futures = [writer.submit(insert(1)), writer.submit(half), writer.submit(insert(3))]
    gate.release()
    assert futures[0].result(5) == 1
    with pytest.raises(ValueError, match="no"):
        futures[1].result(5)
    assert futures[2].result(5) == 3
    assert values(db) == [1, 3]


def test_jobs_that_pile_up_share_commits(db: Database, writer: Writer) -> None:
    gate = Gate(writer)
    futures = [writer.submit(insert(x)) for x in range(600)]
    before = writer.commits
    gate.release()
    for future in futures:
        future.result(5)
    assert writer.commits - before < 100
    assert values(db) == list(range(600))


def test_nobody_sees_a_job_before_its_commit(db: Database, writer: Writer) -> None:
    assert writer.submit(insert(1)).result(5) == 1
    gate = Gate(writer)
    second = writer.submit(insert(2))
    assert values(db) == [1]
    assert not second.done()
    gate.release()
    second.result(5)
    assert values(db) == [1, 2]


def test_a_full_queue_is_refused_as_busy(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_QUEUE", 3)
    gate = Gate(writer)
    futures = [writer.submit(insert(x)) for x in range(3)]
    with pytest.raises(Problem) as refused:
        writer.submit(insert(9))
    assert (refused.value.code, refused.value.status) == ("busy", 503)
    assert refused.value.params["retry_after"] > 0
    gate.release()
    assert [future.result(5) for future in futures] == [0, 1, 2]


def test_a_lost_transaction_fails_every_job_in_it(db: Database, writer: Writer) -> None:
    gate = Gate(writer)

    def give_up(conn: sqlite3.Connection) -> None:
        conn.execute("ROLLBACK")  # what SQLite does by itself on a full disk

    futures: list[Future[object]] = [writer.submit(insert(1)), writer.submit(give_up)]
    gate.release()
    failed = [future.exception(5) for future in futures]
    # The gate's own transaction may have taken the first insert; whichever shared the lost one failed with it.
    assert isinstance(failed[1], Problem)
    assert failed[1].code == "store_failed"
    assert values(db) == ([] if failed[0] else [1])
    assert writer.submit(insert(7)).result(5) == 7


def test_a_job_cancelled_in_the_queue_does_not_run(db: Database, writer: Writer) -> None:
    gate = Gate(writer)
    cancelled = writer.submit(insert(1))
    after = writer.submit(insert(2))
    assert cancelled.cancel()
    gate.release()
    after.result(5)
    assert values(db) == [2]


def test_close_finishes_what_waits_and_refuses_what_comes_later(db: Database) -> None:
    writer = Writer(db)
    futures = [writer.submit(insert(x)) for x in range(20)]
    writer.close()
    assert [future.result(0) for future in futures] == list(range(20))
    with pytest.raises(Problem) as refused:
        writer.submit(insert(99))
    assert refused.value.code == "stopping"


def test_listeners_hear_of_each_commit(writer: Writer) -> None:
    heard = threading.Event()
    writer.listen(heard.set)
    writer.submit(insert(1)).result(5)
    assert heard.wait(5)
