"""The database file: lock, readers, migrations, copies."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.errors import Problem
from server.store.db import Database, read_migrations


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "data" / "sitebook.db")
    yield database
    database.close()


def write_migration(folder: Path, name: str, sql: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(sql, "utf-8")


def test_a_second_opener_is_refused_and_told_the_pid(db: Database) -> None:
    with pytest.raises(Problem) as refused:
        Database(db.path)
    assert refused.value.code == "data_in_use"
    assert refused.value.params["pid"] == str(os.getpid())
    assert str(os.getpid()) in refused.value.text("zh")


def test_another_process_is_refused_until_we_close(db: Database) -> None:
    script = (
        "import sys; from pathlib import Path; from server.store.db import Database\n"
        "try:\n    Database(Path(sys.argv[1])).close(); print('open')\n"
        "except Exception as error:\n    print(error)\n"
    )

    def attempt() -> str:
        return subprocess.run(
            [sys.executable, "-c", script, str(db.path)], capture_output=True, text=True, check=True
        ).stdout

    assert f"in use by process {os.getpid()}" in attempt()
    db.close()
    assert attempt() == "open\n"


def test_a_reader_sees_what_is_committed_and_cannot_write(db: Database) -> None:
    db.writer.execute("CREATE TABLE t (x)")
    db.writer.execute("BEGIN")
    db.writer.execute("INSERT INTO t VALUES (1)")
    assert db.reader().execute("SELECT count(*) FROM t").fetchone()[0] == 0
    db.writer.execute("COMMIT")
    assert db.reader().execute("SELECT count(*) FROM t").fetchone()[0] == 1
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.reader().execute("INSERT INTO t VALUES (2)")


def test_each_thread_has_its_own_reader(db: Database) -> None:
    found: list[sqlite3.Connection] = []
    thread = threading.Thread(target=lambda: found.append(db.reader()))
    thread.start()
    thread.join()
    assert found[0] is not db.reader()
    assert db.reader() is db.reader()


def test_a_snapshot_does_not_move(db: Database) -> None:
    db.writer.execute("CREATE TABLE t (x)")
    with db.snapshot() as conn:
        assert conn.execute("SELECT count(*) FROM t").fetchone()[0] == 0
        db.writer.execute("INSERT INTO t VALUES (1)")
        assert conn.execute("SELECT count(*) FROM t").fetchone()[0] == 0
    assert db.reader().execute("SELECT count(*) FROM t").fetchone()[0] == 1


def test_writes_are_synced_to_disk_and_foreign_keys_hold(db: Database) -> None:
    assert db.writer.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert db.writer.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert db.writer.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert db.path.stat().st_mode & 0o077 == 0


def test_migrations_run_once_in_order_of_number(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    write_migration(folder, "0002_b.sql", "INSERT INTO t VALUES ('two');")
    write_migration(folder, "0001_a.sql", "CREATE TABLE t (x); INSERT INTO t VALUES ('one; still one');")
    assert db.migrate(folder) == [1, 2]
    assert db.migrate(folder) == []
    assert [row[0] for row in db.reader().execute("SELECT x FROM t")] == ["one; still one", "two"]


def test_a_failing_migration_leaves_nothing_behind(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    write_migration(folder, "0001_a.sql", "CREATE TABLE t (x); INSERT INTO absent VALUES (1);")
    with pytest.raises(RuntimeError, match="0001_a"):
        db.migrate(folder)
    assert not db.reader().execute("SELECT 1 FROM sqlite_master WHERE name = 't'").fetchall()
    assert not db.writer.in_transaction


def test_an_existing_store_is_copied_before_it_is_migrated(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    write_migration(folder, "0001_a.sql", "CREATE TABLE t (x); INSERT INTO t VALUES (1);")
    db.migrate(folder)
    write_migration(folder, "0002_b.sql", "DELETE FROM t;")
    db.migrate(folder)
    copy = sqlite3.connect(db.path.parent / "backups" / "before-0002.db")
    assert copy.execute("SELECT count(*) FROM t").fetchone()[0] == 1
    copy.close()


def test_a_store_of_a_newer_version_is_refused(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    write_migration(folder, "0007_a.sql", "CREATE TABLE t (x);")
    db.migrate(folder)
    (folder / "0007_a.sql").unlink()
    write_migration(folder, "0006_a.sql", "CREATE TABLE u (x);")
    with pytest.raises(Problem) as refused:
        db.migrate(folder)
    assert refused.value.code == "store_too_new"


def test_two_migrations_of_one_number_are_refused(tmp_path: Path) -> None:
    write_migration(tmp_path, "0001_a.sql", "")
    write_migration(tmp_path, "0001_b.sql", "")
    with pytest.raises(RuntimeError, match="0001 is taken"):
        read_migrations(tmp_path)


def test_the_shipped_migrations_apply_to_an_empty_store(db: Database) -> None:
    assert db.migrate() == [migration.number for migration in read_migrations()]
