"""A phone's storage: tables whose transactions are whole, and that can die between any two writes.

As a browser keeps its promises: a transaction is all or nothing; a strict one is on disk when it ends; of the others the
last one may be lost when the machine dies before it was flushed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_ABSENT: Any = object()


class Crash(Exception):
    """The machine died here."""


class Fuse:
    """Shared by the databases of one phone: dies after so many more writes, or never."""

    left: int | None = None

    def burn(self) -> None:
        """One more write."""
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Crash


class Disk:
    """One database. Values are never changed in place, so that copies share them."""

    def __init__(self, fuse: Fuse, *names: str) -> None:
        self.fuse = fuse
        self.tables: dict[str, dict[Any, Any]] = {name: {} for name in names}
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []
        self._unflushed: list[tuple[dict[Any, Any], Any, Any]] = []

    def copy(self, fuse: Fuse) -> "Disk":
        """The same content on another machine."""
        made = Disk(fuse)
        made.tables = {name: dict(table) for name, table in self.tables.items()}
        return made

    @contextmanager
    def transaction(self, *, strict: bool = False) -> Iterator["Disk"]:
        """All writes inside, or none."""
        self._undo = []
        try:
            yield self
            self.fuse.burn()
        except BaseException:
            _take_back(self._undo)
            raise
        self._unflushed = [] if strict else self._undo
        self.fuse.burn()

    def put(self, table: str, key: Any, value: Any) -> None:
        """Write one value."""
        self.fuse.burn()
        rows = self.tables[table]
        self._undo.append((rows, key, rows.get(key, _ABSENT)))
        rows[key] = value

    def delete(self, table: str, key: Any) -> None:
        """Remove one value."""
        self.fuse.burn()
        rows = self.tables[table]
        self._undo.append((rows, key, rows.pop(key, _ABSENT)))

    def die(self, *, lose: bool) -> None:
        """The machine went down; with `lose`, before the last transaction that was not strict had reached the disk."""
        if lose:
            _take_back(self._unflushed)
        self._unflushed = []


def _take_back(undo: list[tuple[dict[Any, Any], Any, Any]]) -> None:
    for rows, key, value in reversed(undo):
        if value is _ABSENT:
            rows.pop(key, None)
        else:
            rows[key] = value
