"""Centres for tests of the sync core: the reference store and SQLite behind one face."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server.ingest import CENTRE_USER, new_id, verify_signature
from server.store import log
from server.store.db import Database
from server.store.records import all_of
from sync import core
from sync.chain import b64
from sync.core import Principal
from sync.memory import MemoryStore, state_of
from sync.model import KINDS
from sync.ops import SCHEMA, Header, freeze
from sync.store import Install, Known, Tx
from tests.install import TestInstall

State = dict[str, tuple[str, dict[str, Any], dict[str, str], bool]]


class Centre:
    """A store, the core, and a customer with two sites and three people."""

    def __init__(self) -> None:
        self.id = b64(os.urandom(16))
        self.now = 1_763_600_000_000

    def run(self, job: Callable[[Tx], Any]) -> Any:
        raise NotImplementedError

    def state(self) -> State:
        raise NotImplementedError

    def enrol(self, install: TestInstall, *users: str) -> None:
        raise NotImplementedError

    def sync(self, body: bytes, user: str | None = None, install: str | None = None, page_rows: int = 1000) -> bytes:
        self.now += 1000
        principal = Principal(user=user, install=install)
        return self.run(lambda tx: core.sync(body, principal, self.now, tx, verify_signature, page_rows=page_rows))

    def write(self, *acts: tuple[str, str, dict[str, Any]]) -> list[Known]:
        """Ops of the centre's own install."""

        def job(tx: Tx) -> list[Known]:
            install = tx.install(self.id)
            assert install is not None
            tips = tx.tips(self.id)
            n, previous = tips[-1] if tips else (0, install.genesis)
            ops = []
            for kind, record, values in acts:
                n += 1
                writers = {id: rec.writers for id, rec in tx.records([record]).items()}.get(record, {})
                header = Header(i=self.id, n=n, s=SCHEMA, u=CENTRE_USER, k=kind, r=record, x=0, t=(1, 1, 1, 1, 1))
                base = {field: writers.get(field) for field in values if writers.get(field)}
                op = freeze(previous=previous, header=header, values=values, base=dict(base), salt=os.urandom(16))
                previous = op.h
                ops.append(op)
            verdicts = core.ingest(tx, install, ops, self.now)
            return [verdicts[op.h] for op in ops]

        return self.run(job)

    def furnish(self) -> "Centre":
        """Customer, sites a and b, engineers ann and bob on a, eve on b, a manager; a room, a checklist."""
        ids = ("customer", "site_a", "site_b", "ann", "bob", "eve", "boss", "room", "checklist", "category")
        for word in ids:
            setattr(self, word, new_id())
        self.write(
            ("customer", self.customer, {"name": "江城交警"}),
            ("site", self.site_a, {"customer": self.customer, "name": "壹号栋"}),
            ("site", self.site_b, {"customer": self.customer, "name": "车管所"}),
            (
                "user",
                self.ann,
                {"name": "Ann", "role": "engineer", "sites": {"add": [self.site_a]}, "status": "active"},
            ),
            (
                "user",
                self.bob,
                {"name": "Bob", "role": "engineer", "sites": {"add": [self.site_a]}, "status": "active"},
            ),
            (
                "user",
                self.eve,
                {"name": "Eve", "role": "engineer", "sites": {"add": [self.site_b]}, "status": "active"},
            ),
            ("user", self.boss, {"name": "Boss", "role": "manager", "all_sites": True, "status": "active"}),
            ("space", self.room, {"site": self.site_a, "type": "room", "name": "0210"}),
        )
        return self

    customer: str
    site_a: str
    site_b: str
    ann: str
    bob: str
    eve: str
    boss: str
    room: str
    checklist: str
    category: str

    def phone(self, user: str, *others: str) -> TestInstall:
        install = TestInstall(self.id, user)
        self.enrol(install, user, *others)
        return install

    def exchange(self, phone: TestInstall, user: str | None = None, page_rows: int = 1000) -> dict[str, Any]:
        """Hand in everything that the phone holds, then pull until nothing more comes."""
        user = user or phone.user
        parsed = phone.take(self.sync(phone.request(pull=True), user, phone.id, page_rows))
        first = parsed
        while parsed["more"]:
            parsed = phone.take(self.sync(phone.request([], pull=True), user, phone.id, page_rows))
        return first


class MemoryCentre(Centre):
    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore(self.id)

    def run(self, job: Callable[[Tx], Any]) -> Any:
        tx = self.store.transaction()
        result = job(tx)
        self.store.commit(tx)
        return result

    def state(self) -> State:
        return state_of(self.store)

    def enrol(self, install: TestInstall, *users: str) -> None:
        self.store.installs[install.id] = Install(
            id=install.id, spki=install.spki, genesis=install.genesis, users=frozenset(users)
        )


class SqliteCentre(Centre):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.db = Database(folder / f"{self.id}.db" / "sitebook.db")
        self.db.migrate()
        self._transact(lambda conn: log.create(conn, self.id, self.now))

    def _transact(self, job: Callable[[sqlite3.Connection], Any]) -> Any:
        conn = self.db.writer
        conn.execute("BEGIN IMMEDIATE")
        try:
            result = job(conn)
        except BaseException:
            conn.execute("ROLLBACK")
            raise
        conn.execute("COMMIT")
        return result

    def run(self, job: Callable[[Tx], Any]) -> Any:
        return self._transact(lambda conn: job(log.SqliteTx(conn)))

    def state(self) -> State:
        conn = self.db.reader()
        return {
            rec.id: (rec.kind, rec.doc, rec.writers, rec.deleted)
            for kind in KINDS
            for rec in all_of(conn, kind, deleted=True)
        }

    def enrol(self, install: TestInstall, *users: str) -> None:
        self._transact(
            lambda conn: log.add_install(
                conn,
                Install(id=install.id, spki=install.spki, genesis=install.genesis, users=frozenset(users)),
                self.now,
            )
        )

    def close(self) -> None:
        self.db.close()
