"""One SQLite database: its lock, its connections, its migrations."""

import fcntl
import os
import re
import sqlite3
import threading
import time
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from server.errors import Problem

MIGRATIONS: Final = Path(__file__).parent / "migrations"
BUSY_MS: Final = 5_000
CACHE_KIB: Final = 64 * 1024


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered SQL file."""

    number: int
    name: str
    sql: str


class Lock:
    """Keeps a second process off a data folder: an exclusive `flock` on `<folder>/lock`, which holds our pid.

    The kernel drops the lock with the process, so a crash leaves nothing to clean up.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lock"
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "?"
            os.close(handle)
            raise Problem("data_in_use", folder=str(folder), pid=pid) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle: int | None = handle

    def release(self) -> None:
        """Let another process in. The file stays: removing it would let two processes lock two files of one name."""
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None


class Reader(sqlite3.Connection):
    """A read-only connection; a class of our own because only such instances can be weakly referenced."""


class Database:
    """A SQLite file with one writing connection and a read-only connection per thread.

    Opening takes the folder's lock and raises `Problem("data_in_use")` when another process, or another Database of
    this one, holds it. Readers see only committed transactions (WAL). Writing happens on the thread of
    `server.store.writer.Writer`; `writer` is touched by others only before that thread starts.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock(path.parent)
        try:
            self.writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self.writer.row_factory = sqlite3.Row
            self.writer.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            self.writer.execute("PRAGMA journal_mode=WAL")
            self.writer.execute("PRAGMA synchronous=FULL")
            self.writer.execute("PRAGMA foreign_keys=ON")
            self.writer.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            path.chmod(0o600)
        except BaseException:
            self._lock.release()
            raise
        self._local = threading.local()
        self._readers: weakref.WeakSet[Reader] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._closed = False

    def reader(self) -> sqlite3.Connection:
        """This thread's read-only connection. Each statement sees its own snapshot; see `snapshot` for several."""
        found: Reader | None = getattr(self._local, "reader", None)
        if found is None:
            if self._closed:
                raise Problem("stopping")
            found = sqlite3.connect(
                f"{self.path.resolve().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                factory=Reader,
            )
            found.row_factory = sqlite3.Row
            found.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            self._local.reader = found
            with self._guard:
                self._readers.add(found)
        return found

    @contextmanager
    def snapshot(self) -> Generator[sqlite3.Connection]:
        """This thread's reader inside one read transaction: every statement in the block sees the same state."""
        conn = self.reader()
        if conn.in_transaction:
            yield conn
            return
        conn.execute("BEGIN")
        try:
            yield conn
        finally:
            conn.execute("ROLLBACK")

    def pending(self, folder: Path = MIGRATIONS) -> list[Migration]:
        """Migrations that this database does not have yet. Raises `Problem("store_too_new")` if it has unknown ones."""
        known = read_migrations(folder)
        self.writer.execute(
            "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
            "applied_at INTEGER NOT NULL) STRICT"
        )
        applied = {row[0] for row in self.writer.execute("SELECT number FROM migrations")}
        newest = max((m.number for m in known), default=0)
        if applied and max(applied) > newest:
            raise Problem("store_too_new", actual=max(applied), expected=newest)
        return [m for m in known if m.number not in applied]

    def migrate(self, folder: Path = MIGRATIONS) -> list[int]:
        """Bring the schema up to date; returns the numbers applied, in order.

        Each migration is one transaction. A database that already held something is first copied to
        `<folder>/backups/before-NNNN.db`, so that a bad migration can be undone by hand.
        """
        pending = self.pending(folder)
        if not pending:
            return []
        if self.writer.execute("SELECT count(*) FROM migrations").fetchone()[0]:
            self.copy_to(self.path.parent / "backups" / f"before-{pending[0].number:04d}.db")
        for migration in pending:
            self._apply(migration)
        return [m.number for m in pending]

    def _apply(self, migration: Migration) -> None:
        now_ms = time.time_ns() // 1_000_000
        try:
            # executescript commits what is open before it starts, so the transaction is part of the script.
            self.writer.executescript(
                f"BEGIN IMMEDIATE;\n{migration.sql}\n;\n"
                f"INSERT INTO migrations VALUES ({migration.number}, '{migration.name}', {now_ms});\nCOMMIT;"
            )
        except sqlite3.Error as error:
            if self.writer.in_transaction:
                self.writer.execute("ROLLBACK")
            raise RuntimeError(f"migration {migration.number:04d}_{migration.name} failed: {error}") from error

    def copy_to(self, target: Path) -> None:
        """A consistent copy of the database at `target`, made while others read and write (SQLite's backup API).

        The copy appears whole or not at all.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".partial")
        with suppress(FileNotFoundError):
            partial.unlink()
        source = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)
        copy = sqlite3.connect(partial)
        try:
            # In one step: a stepwise backup starts over whenever somebody writes between two steps.
            source.backup(copy)
            # A single file that opens read-only anywhere, without a -wal beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
            source.close()
        partial.chmod(0o600)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(target)

    def close(self) -> None:
        """Close every connection and let another process have the folder. Call after the writer's thread has ended."""
        if self._closed:
            return
        self._closed = True
        with self._guard:
            readers = list(self._readers)
        for reader in readers:
            reader.close()
        self.writer.close()
        self._lock.release()


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """The files `NNNN_name.sql` of a folder in order of number; two files of one number are refused."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.sql", path.name)
        if match is None:
            raise RuntimeError(f"{path.name}: a migration is named NNNN_name.sql")
        number = int(match[1])
        if number in found:
            raise RuntimeError(f"{path.name}: number {number:04d} is taken by {found[number].name}")
        found[number] = Migration(number=number, name=match[2], sql=path.read_text("utf-8"))
    return [found[number] for number in sorted(found)]
