"""The drill: back up while writing, restore, prove, go on; and what happens to damaged backups."""

import sqlite3
import tarfile
from pathlib import Path

import pytest

from server import backup
from server.centre import Centre, open_centre
from server.demo import seed
from server.errors import Problem
from server.ingest import new_id
from server.settings import Settings
from server.store import log, records
from server.verify import verify
from sync.drafts import Draft

PASSPHRASE = "correct horse 电池"


def quiet(done: int, total: int | None, note: str) -> None:
    """Nobody looks on."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("home") / "data"
    centre = open_centre(Settings(data=data))
    seed(centre)
    centre.close()
    return data


def make(home: Path, target: Path, passphrase: str | None = PASSPHRASE) -> tuple[Path, backup.Manifest]:
    centre = open_centre(Settings(data=home))
    try:
        return backup.write(centre.db, home, target, passphrase=passphrase, now_ms=1_763_600_000_000, tell=quiet)
    finally:
        centre.close()


def state(centre: Centre) -> dict[str, object]:
    conn = centre.reader()
    return {row["id"]: (row["doc"], row["writers"]) for row in conn.execute("SELECT id, doc, writers FROM records")}


def test_a_restored_backup_is_whole_proven_and_goes_on(home: Path, tmp_path: Path) -> None:
    centre = open_centre(Settings(data=home))
    try:
        pending = [
            centre.writer.submit(
                lambda conn, n=n: centre.ingest.demand(
                    conn, [Draft(kind="customer", record=new_id(), values={"name": f"客户 {n}"})]
                )
            )
            for n in range(20)
        ]
        file, manifest = backup.write(
            centre.db, home, tmp_path, passphrase=PASSPHRASE, now_ms=1_763_600_000_000, tell=quiet
        )
        for job in pending:
            job.result()
        before = state(centre)
    finally:
        centre.close()
    assert file.name == "20251120T005320Z.sitebook"
    restored = tmp_path / "restored"
    backup.restore(file, restored, passphrase=PASSPHRASE, tell=quiet)
    again = open_centre(Settings(data=restored))
    try:
        with again.db.snapshot() as conn:
            found = verify(conn, again.blobs, quiet)
            assert found.faults == []
            assert found.ops > 900
            assert found.blobs == manifest.blobs > 10
            top = log.head_seq(conn)
            assert top == manifest.top
        assert state(again).items() <= before.items()
        again.writer.submit(
            lambda conn: again.ingest.demand(conn, [Draft(kind="customer", record=new_id(), values={"name": "新"})])
        ).result()
        assert log.head_seq(again.reader()) == (2 << 40) + 1, "a new epoch: no seq is ever used twice"
        assert records.all_of(again.reader(), "user")
        assert (restored / "keys" / "rescue.pem").stat().st_mode & 0o777 == 0o600
    finally:
        again.close()


def test_nothing_readable_is_in_an_encrypted_backup(home: Path, tmp_path: Path) -> None:
    file, _ = make(home, tmp_path)
    content = file.read_bytes()
    assert "江城".encode() not in content
    assert b"PRIVATE KEY" not in content
    with tarfile.open(file) as tar:
        assert tar.getnames() == ["manifest.json", "identity.age", "data.tar.age"]


def test_a_plain_backup_restores_too(home: Path, tmp_path: Path) -> None:
    file, _ = make(home, tmp_path / "x.sitebook", None)
    backup.restore(file, tmp_path / "data", passphrase=None, tell=quiet)
    assert (tmp_path / "data" / "sitebook.db").is_file()


@pytest.mark.parametrize("passphrase", ["wrong horse", None])
def test_a_wrong_passphrase_says_so_and_leaves_nothing(home: Path, tmp_path: Path, passphrase: str | None) -> None:
    file, _ = make(home, tmp_path)
    with pytest.raises(Problem, match="backup_passphrase_wrong"):
        backup.restore(file, tmp_path / "data", passphrase=passphrase, tell=quiet)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other"])
def test_a_damaged_backup_is_refused_whole(home: Path, tmp_path: Path, damage: str) -> None:
    file, _ = make(home, tmp_path)
    content = bytearray(file.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[len(content) // 2] ^= 1
    elif damage == "empty":
        content = bytearray()
    else:
        content = bytearray(b"PK\x03\x04 something else")
    file.write_bytes(content)
    with pytest.raises(Problem, match="backup_damaged"):
        backup.restore(file, tmp_path / "data", passphrase=PASSPHRASE, tell=quiet)
    assert not (tmp_path / "data").exists()


def test_data_is_never_overwritten(home: Path, tmp_path: Path) -> None:
    file, _ = make(home, tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "kept").write_text("kept")
    with pytest.raises(Problem, match="data_exists"):
        backup.restore(file, tmp_path / "data", passphrase=PASSPHRASE, tell=quiet)
    with pytest.raises(Problem, match="backup_target"):
        make(home, file)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE ops SET payload = cast(replace(cast(payload AS TEXT), '江城', '汉口') AS BLOB) WHERE seq = (SELECT min(seq) FROM ops WHERE kind = 'customer')", "payload"),
        ("UPDATE ops SET verdict = 'parked' WHERE seq = (SELECT max(seq) FROM ops)", "log"),
        ("DELETE FROM ops WHERE seq = (SELECT max(seq) FROM ops)", "log"),
        ("UPDATE heads SET head = cast(replace(cast(head AS TEXT), '\"proto\":1', '\"proto\":2') AS BLOB) WHERE n = 1", "signature"),
        ("DELETE FROM heads WHERE install = (SELECT install FROM heads LIMIT 1)", "no signed head"),
    ],
)  # fmt: skip
def test_verify_sees_a_change_made_behind_its_back(home: Path, tmp_path: Path, change: str, fault: str) -> None:
    file, _ = make(home, tmp_path, None)
    backup.restore(file, tmp_path / "data", passphrase=None, tell=quiet)
    conn = sqlite3.connect(tmp_path / "data" / "sitebook.db")
    with conn:
        changed = conn.execute(change).rowcount
    conn.close()
    assert changed
    centre = open_centre(Settings(data=tmp_path / "data"))
    try:
        with centre.db.snapshot() as reader:
            assert any(fault in line for line in verify(reader, centre.blobs, quiet).faults)
    finally:
        centre.close()


def test_verify_sees_a_changed_blob(home: Path, tmp_path: Path) -> None:
    file, _ = make(home, tmp_path, None)
    backup.restore(file, tmp_path / "data", passphrase=None, tell=quiet)
    blob = next(path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file())
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes() + b"x")
    centre = open_centre(Settings(data=tmp_path / "data"))
    try:
        with centre.db.snapshot() as reader:
            assert verify(reader, centre.blobs, quiet).faults == [f"blob {blob.name}: its bytes were changed"]
    finally:
        centre.close()
