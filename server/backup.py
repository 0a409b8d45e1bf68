"""Backup of a whole installation into one file, and its way back.

The order makes it consistent while people work: first a copy of the database (SQLite's backup API), then blobs, which never
change once they are there, so that every blob the copy names is in the backup; then the keys.

The file is a tar of `manifest.json` (readable), `identity.age` (the file's own key, under the passphrase) and `data.tar.age` (the
installation). Without a passphrase the last is `data.tar`. Both are age files (age-encryption.org/v1): any age tool opens them.
"""

import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
import pyrage as _pyrage  # pyright: ignore[reportMissingTypeStubs]

from server.errors import Problem
from server.store import log
from server.store.db import Database

age: Any = _pyrage
"""pyrage ships no types."""
FORMAT: Final = 1
DATABASE: Final = "sitebook.db"
FOLDERS: Final = ("blobs", "keys")
MIN_PASSPHRASE: Final = 8

Tell = Callable[[int, int | None, str], None]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds, readable without its passphrase; no names, no content."""

    format: int
    centre: str
    created_at: int
    top: int
    """Newest seq in it."""
    log_head: str
    blobs: int
    bytes: int
    encrypted: bool
    sha256: str
    """Of the data member as it lies in the file."""


def write(
    db: Database, data: Path, target: Path, *, passphrase: str | None, now_ms: int, tell: Tell
) -> tuple[Path, Manifest]:
    """Back up the installation in `data` to a new file in (or named) `target`; it appears whole or not at all.

    Raises `Problem`: `backup_passphrase` (too short), `backup_target` (not writable, or there already), `disk_full`.
    """
    if passphrase is not None and len(passphrase) < MIN_PASSPHRASE:
        raise Problem("backup_passphrase", minimum=MIN_PASSPHRASE)
    file = _name(target, now_ms)
    if file.exists():
        raise Problem("backup_target", path=str(file), reason="exists already")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".sitebook-backup-", dir=file.parent) as scratch:
            return file, _write(db, data, file, Path(scratch), passphrase, now_ms, tell)
    except OSError as error:
        raise Problem("backup_target", path=str(file), reason=error.strerror or str(error)) from None


def _name(target: Path, now_ms: int) -> Path:
    if target.suffix == ".sitebook":
        return target
    stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    return target / f"{stamp}.sitebook"


def _write(
    db: Database, data: Path, file: Path, scratch: Path, passphrase: str | None, now_ms: int, tell: Tell
) -> Manifest:
    tell(0, None, "database")
    copy = scratch / DATABASE
    db.copy_to(copy)
    with sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True) as conn:
        tx = log.SqliteTx(conn)
        centre, (top, head) = tx.centre(), tx.tip()
    conn.close()
    plain = scratch / "data.tar"
    blobs, size = _pack(data, copy, plain, tell)
    member, identity = plain, None
    if passphrase is not None:
        tell(blobs, blobs, "encryption")
        key = age.x25519.Identity.generate()
        identity = age.passphrase.encrypt(str(key).encode(), passphrase)
        member = scratch / "data.tar.age"
        age.encrypt_file(str(plain), str(member), [key.to_public()])
        plain.unlink()
    manifest = Manifest(
        format=FORMAT,
        centre=centre,
        created_at=now_ms,
        top=top,
        log_head=head.hex(),
        blobs=blobs,
        bytes=size,
        encrypted=identity is not None,
        sha256=_digest(member),
    )
    whole = scratch / "whole"
    with tarfile.open(whole, "w") as tar:
        _add(tar, "manifest.json", msgspec.json.encode(manifest))
        if identity is not None:
            _add(tar, "identity.age", identity)
        tar.add(member, member.name, recursive=False)
    whole.chmod(0o600)
    with whole.open("rb") as handle:
        os.fsync(handle.fileno())
    whole.replace(file)
    return manifest


def _pack(data: Path, copy: Path, plain: Path, tell: Tell) -> tuple[int, int]:
    files = sorted(path for folder in FOLDERS for path in (data / folder).rglob("*") if path.is_file())
    with tarfile.open(plain, "w") as tar:
        tar.add(copy, DATABASE, recursive=False)
        for done, path in enumerate(files):
            if done % 100 == 0:
                tell(done, len(files), "blobs")
            tar.add(path, str(path.relative_to(data)), recursive=False)
    return sum(1 for path in files if "blobs" in path.relative_to(data).parts[:1]), plain.stat().st_size


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as handle:
        while piece := handle.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def read_manifest(file: Path) -> Manifest:
    """The manifest of a backup. Raises `Problem("backup_damaged")` for anything else."""
    try:
        with tarfile.open(file, "r:") as tar:
            member = tar.extractfile("manifest.json")
            assert member is not None
            manifest = msgspec.json.decode(member.read(), type=Manifest)
    except (OSError, tarfile.TarError, KeyError, AssertionError, msgspec.DecodeError) as error:
        raise Problem("backup_damaged", path=str(file), reason=str(error)) from None
    if manifest.format > FORMAT:
        raise Problem("backup_damaged", path=str(file), reason=f"format {manifest.format} is newer than this program")
    return manifest


def restore(file: Path, data: Path, *, passphrase: str | None, tell: Tell) -> Manifest:
    """Unpack a backup into an empty (or new) data folder and begin a new epoch, so that no seq is ever used twice.

    The folder appears whole or not at all. Raises `Problem`: `backup_damaged`, `backup_passphrase_wrong`, `data_exists`.
    """
    manifest = read_manifest(file)
    if data.exists() and any(data.iterdir()):
        raise Problem("data_exists", folder=str(data))
    data.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sitebook-restore-", dir=data.parent) as scratch:
        tell(0, 3, "check")
        plain = _open(file, Path(scratch), manifest, passphrase)
        tell(1, 3, "unpack")
        fresh = Path(scratch) / "data"
        fresh.mkdir(mode=0o700)
        _unpack(file, plain, fresh)
        tell(2, 3, "epoch")
        _new_epoch(fresh / DATABASE)
        if data.exists():
            data.rmdir()
        shutil.move(fresh, data)
        tell(3, 3, "done")
    return manifest


def _open(file: Path, scratch: Path, manifest: Manifest, passphrase: str | None) -> Path:
    name = "data.tar.age" if manifest.encrypted else "data.tar"
    with tarfile.open(file, "r:") as tar:
        members = {member.name for member in tar}
        if name not in members:
            raise Problem("backup_damaged", path=str(file), reason=f"{name} is missing")
        tar.extract(name, scratch, filter="data")
        identity = tar.extractfile("identity.age") if "identity.age" in members else None
        wrapped = identity.read() if identity is not None else b""
    held = scratch / name
    if _digest(held) != manifest.sha256:
        raise Problem(
            "backup_damaged", path=str(file), reason="its content does not have the hash that it was written with"
        )
    if not manifest.encrypted:
        return held
    if passphrase is None:
        raise Problem("backup_passphrase_wrong")
    try:
        key = age.x25519.Identity.from_str(age.passphrase.decrypt(wrapped, passphrase).decode())
        age.decrypt_file(str(held), str(scratch / "data.tar"), [key])
    except (age.DecryptError, ValueError):
        raise Problem("backup_passphrase_wrong") from None
    held.unlink()
    return scratch / "data.tar"


def _unpack(file: Path, plain: Path, folder: Path) -> None:
    try:
        with tarfile.open(plain, "r:") as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise Problem("backup_damaged", path=str(file), reason=str(error)) from None
    if not (folder / DATABASE).is_file():
        raise Problem("backup_damaged", path=str(file), reason="there is no database in it")
    for path in (folder / "keys").rglob("*"):
        path.chmod(0o600)


def _new_epoch(database: Path) -> None:
    conn = sqlite3.connect(database)
    try:
        with conn:
            conn.execute("UPDATE meta SET value = value + 1 WHERE key = 'epoch'")
    finally:
        conn.close()
