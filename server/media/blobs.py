"""The blob store: files named by the SHA-256 of their bytes, and the partial uploads on the way there.

`<data>/blobs/ab/cd/<sha256>` holds whole blobs, never changed once they are there. `<data>/partial/<install>/<sha256>`
holds what an install has sent of one so far.
"""

import errno
import hashlib
import os
import re
import shutil
import threading
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from server.errors import Problem

MAX_BYTES: Final = 50_000_000
"""Largest blob."""
MAX_DECLARED_BYTES: Final = 5_000_000
"""Largest blob whose length no op tells (strokes, statements)."""
RESERVE_BYTES: Final = 64 * 1024 * 1024
"""Uploads leave this much of the disk free, so that a flood of photos cannot stop the log from being written."""

SHA256: Final = re.compile(r"[0-9a-f]{64}")
INSTALL: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")

_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where an upload is: bytes held, and whether they are now whole and stored under their hash."""

    offset: int
    whole: bool


class Blobs:
    """Content-addressed files below a data folder. Every method may be called from any thread.

    Invariants:
    1. A file below `blobs/` is whole and hashes to its name, or isn't there: it is synced to disk, then renamed.
    2. A partial grows only at its end and only up to its length; two uploads that race cannot interleave, because the
       slower one no longer stands at the end.
    3. A write that fails leaves partial and store as they were before it.
    """

    def __init__(self, data: Path, *, reserve_bytes: int = RESERVE_BYTES) -> None:
        self._root = data / "blobs"
        self._partials = data / "partial"
        self._reserve_bytes = reserve_bytes
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._partials.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._locks = [threading.Lock() for _ in range(64)]

    # --- whole blobs ---

    def path(self, sha256: str) -> Path:
        """Where the blob lies, there or not. Raises `Problem("blob_unknown")` for what is no SHA-256."""
        if not SHA256.fullmatch(sha256):
            raise Problem("blob_unknown", sha256=sha256[:80])
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def exists(self, sha256: str) -> bool:
        """Whether the whole blob is here."""
        return self.path(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Bytes of the blob. Raises `Problem("blob_unknown")`."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            raise Problem("blob_unknown", sha256=sha256) from None

    def open(self, sha256: str) -> BinaryIO:
        """The blob, open for reading. Raises `Problem("blob_unknown")`."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise Problem("blob_unknown", sha256=sha256) from None

    def read(self, sha256: str) -> bytes:
        """All bytes of the blob. Raises `Problem("blob_unknown")`."""
        with self.open(sha256) as file:
            return file.read()

    def put(self, content: bytes) -> str:
        """Store bytes that the centre itself made; returns their SHA-256. Putting them again is a no-op.

        Raises `Problem("too_large")` above `MAX_BYTES` and `Problem("disk_full")`.
        """
        if len(content) > MAX_BYTES:
            raise Problem("too_large", limit=MAX_BYTES)
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if target.is_file():
            return sha256
        folder = self._partials / "centre"
        temporary = folder / f"{sha256}.{uuid.uuid4().hex}"
        with _disk_full_is_a_problem():
            folder.mkdir(exist_ok=True, mode=0o700)
            try:
                temporary.write_bytes(content)
                self._keep(temporary, target)
            finally:
                temporary.unlink(missing_ok=True)
        return sha256

    def all(self) -> Iterator[str]:
        """SHA-256 of every whole blob, in order (for backup and verification)."""
        for first in sorted(self._root.iterdir()):
            for second in sorted(first.iterdir()):
                for file in sorted(second.iterdir()):
                    if SHA256.fullmatch(file.name):
                        yield file.name

    # --- uploads ---

    def offset(self, install: str, sha256: str) -> int:
        """Bytes of this upload that are held."""
        with suppress(FileNotFoundError):
            return self._partial(install, sha256).stat().st_size
        return 0

    def declared(self, install: str, sha256: str) -> int | None:
        """The length that this upload's first request said, if no op tells it."""
        with suppress(FileNotFoundError, ValueError):
            return int(self._length_file(install, sha256).read_text("ascii"))
        return None

    def declare(self, install: str, sha256: str, length: int) -> None:
        """Note the length that the first request of an upload says. Raises `Problem("too_large")`."""
        if length > MAX_DECLARED_BYTES:
            raise Problem("too_large", limit=MAX_DECLARED_BYTES)
        with _disk_full_is_a_problem():
            file = self._length_file(install, sha256)
            file.parent.mkdir(exist_ok=True, mode=0o700)
            file.write_text(str(length), "ascii")

    def check_room(self, nbytes: int) -> None:
        """Raises `Problem("disk_full")` when taking so many bytes would eat into the reserve."""
        if shutil.disk_usage(self._partials).free - nbytes < self._reserve_bytes:
            raise Problem("disk_full")

    def append(self, install: str, sha256: str, offset: int, content: bytes, length: int) -> Progress:
        """Add `content` at `offset` of an upload of `length` bytes; with the last byte, check the hash and store it.

        Raises `Problem("blob_offset")` when the upload stands elsewhere, `too_large` past `length`, `disk_full` (the
        upload stays at `offset`), and `blob_checksum` when the whole hashes to something else (then it is empty).
        """
        if length > MAX_BYTES or offset + len(content) > length:
            raise Problem("too_large", limit=min(length, MAX_BYTES))
        partial = self._partial(install, sha256)
        with self._lock(partial), _disk_full_is_a_problem():
            held = partial.stat().st_size if partial.is_file() else 0
            if held != offset:
                raise Problem("blob_offset", actual=offset, expected=held)
            partial.parent.mkdir(exist_ok=True, mode=0o700)
            try:
                with partial.open("ab", buffering=0) as file:
                    _write_all(file.fileno(), content)
                if offset + len(content) < length:
                    return Progress(offset=offset + len(content), whole=False)
                self._finish(partial, sha256)
            except OSError:
                with suppress(FileNotFoundError):
                    os.truncate(partial, held)
                raise
            return Progress(offset=length, whole=True)

    def settle(self, install: str, sha256: str, length: int) -> Progress:
        """Where an upload stands; one whose last byte came just before a crash is checked and stored now.

        Raises as `append` does.
        """
        held = self.offset(install, sha256)
        if held < length:
            return Progress(offset=held, whole=False)
        return self.append(install, sha256, held, b"", length)

    def discard(self, install: str, sha256: str) -> None:
        """Forget what this install has sent of a blob that has come whole another way."""
        self._partial(install, sha256).unlink(missing_ok=True)
        self._length_file(install, sha256).unlink(missing_ok=True)

    # --- inside ---

    def _finish(self, partial: Path, sha256: str) -> None:
        with partial.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
        if actual != sha256:
            partial.unlink()
            partial.with_name(f"{sha256}.length").unlink(missing_ok=True)
            raise Problem("blob_checksum", actual=actual, expected=sha256)
        target = self.path(sha256)
        if target.is_file():
            partial.unlink()
        else:
            self._keep(partial, target)
        partial.with_name(f"{sha256}.length").unlink(missing_ok=True)

    def _keep(self, written: Path, target: Path) -> None:
        _sync(written)
        for folder in (target.parent.parent, target.parent):
            if not folder.is_dir():
                folder.mkdir(exist_ok=True, mode=0o700)
                _sync(folder.parent)
        written.rename(target)
        _sync(target.parent)
        target.chmod(0o400)

    def _partial(self, install: str, sha256: str) -> Path:
        if not INSTALL.fullmatch(install) or not SHA256.fullmatch(sha256):
            raise Problem("blob_unknown", sha256=sha256[:80])
        return self._partials / install / sha256

    def _length_file(self, install: str, sha256: str) -> Path:
        partial = self._partial(install, sha256)
        return partial.with_name(f"{partial.name}.length")

    def _lock(self, partial: Path) -> threading.Lock:
        return self._locks[hash(partial) % len(self._locks)]


@contextmanager
def _disk_full_is_a_problem() -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Problem("disk_full") from error
        raise


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
