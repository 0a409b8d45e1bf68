"""The centre in a simulated world: the real core on the reference store, and beside it on SQLite in step."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from server.ingest import CENTRE_USER, verify_signature
from server.store import log
from server.store.db import Database
from sync import core
from sync.chain import b64
from sync.core import Principal, Verify
from sync.memory import MemoryStore
from sync.ops import SCHEMA, Header, freeze
from sync.store import Install, Known, Tx
from sync.wire import SyncError

Random = Callable[[int], bytes]


class Diverged(Exception):
    """The two stores answered differently."""


class Hall:
    """One centre. `exchange` is what the HTTP handler does; `write` is what its own jobs do."""

    def __init__(self, random: Random, verify: Verify) -> None:
        self.random, self.verify = random, verify
        self.id = b64(random(16))
        self.now = 1_763_600_000_000
        self.store = MemoryStore(self.id)

    def run(self, job: Callable[[Tx], Any], *, crash: bool = False) -> Any:
        """One transaction; with `crash` the centre dies before its commit."""
        tx = self.store.transaction()
        result = job(tx)
        if not crash:
            self.store.commit(tx)
        return result

    def exchange(
        self, body: bytes, user: str | None, install: str, page_rows: int, *, crash: bool = False
    ) -> bytes | SyncError | None:
        """The answer; the problem when the request is refused; None when the centre died before the commit."""
        self.now += 1_000

        def job(tx: Tx) -> bytes | SyncError:
            try:
                return core.sync(
                    body, Principal(user=user, install=install), self.now, tx, self.verify, page_rows=page_rows
                )
            except SyncError as error:
                return error

        answer = self.run(job, crash=crash)
        return None if crash else answer

    def write(self, acts: list[tuple[str, str, dict[str, Any]]]) -> list[Known]:
        """Ops of the centre's own install; the author saw what is there."""
        self.now += 1_000
        salts = [self.random(16) for _ in acts]

        def job(tx: Tx) -> list[Known]:
            install = tx.install(self.id)
            assert install is not None
            tips = tx.tips(self.id)
            n, previous = tips[-1] if tips else (0, install.genesis)
            ops = []
            for salt, (kind, record, values) in zip(salts, acts, strict=True):
                n += 1
                found = tx.records([record]).get(record)
                writers = found.writers if found else {}
                header = Header(
                    i=self.id, n=n, s=SCHEMA, u=CENTRE_USER, k=kind, r=record, x=tx.tip()[0], t=(1, 1, 1, 1, 1)
                )
                base = {field: writers[field] for field in values if field in writers}
                op = freeze(previous=previous, header=header, values=values, base=dict(base), salt=salt)
                previous = op.h
                ops.append(op)
            verdicts = core.ingest(tx, install, ops, self.now)
            return [verdicts[op.h] for op in ops]

        return self.run(job)

    def enrol(self, install: Install) -> None:
        """Take an install in."""
        self.store.installs[install.id] = install

    def revoke(self, install: str) -> None:
        """From here on what it delivers is quarantined."""
        self.store.installs[install] = msgspec.structs.replace(self.store.installs[install], status="revoked")

    def close(self) -> None:
        """Nothing to let go of."""


_template: list[Path] = []


def _empty_database() -> Path:
    if not _template:
        folder = Path(tempfile.mkdtemp(prefix="sitebook-simulation-"))
        made = Database(folder / "sitebook.db")
        made.migrate()
        made.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made.close()
        _template.append(folder / "sitebook.db")
    return _template[0]


class TwinHall(Hall):
    """Every transaction runs on the reference store and on SQLite; the answers must be the same bytes."""

    def __init__(self, random: Random) -> None:
        super().__init__(random, verify_signature)
        self._folder = tempfile.TemporaryDirectory(prefix="sitebook-simulation-")
        path = Path(self._folder.name) / "sitebook.db"
        shutil.copy(_empty_database(), path)
        self.db = Database(path)
        self.db.writer.execute("PRAGMA synchronous=OFF")
        self._transact(lambda conn: log.create(conn, self.id, self.now))

    def _transact(self, job: Callable[[sqlite3.Connection], Any], *, crash: bool = False) -> Any:
        conn = self.db.writer
        conn.execute("BEGIN IMMEDIATE")
        try:
            result = job(conn)
        except BaseException:
            conn.execute("ROLLBACK")
            raise
        conn.execute("ROLLBACK" if crash else "COMMIT")
        return result

    def run(self, job: Callable[[Tx], Any], *, crash: bool = False) -> Any:
        first = super().run(job, crash=crash)
        second = self._transact(lambda conn: job(log.SqliteTx(conn)), crash=crash)
        same = str(first) == str(second) if isinstance(first, SyncError) else first == second
        if not same:
            raise Diverged(f"the reference store answered\n{first}\nand SQLite\n{second}")
        return first

    def enrol(self, install: Install) -> None:
        super().enrol(install)
        self._transact(lambda conn: log.add_install(conn, install, self.now))

    def revoke(self, install: str) -> None:
        super().revoke(install)
        self._transact(lambda conn: conn.execute("UPDATE installs SET status = 'revoked' WHERE id = ?", (install,)))

    def close(self) -> None:
        self.db.close()
        self._folder.cleanup()
