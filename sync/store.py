"""The store contract: what the core asks of one transaction. `memory.py` is the reference, `testing.py` the conformance tests.

All methods run inside one transaction that the caller opened; `commit` is the caller's. Reads see the transaction's own
writes. The counter behind `seq` is taken last and held to the commit (promise 7).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from msgspec import Struct

from sync.access import Grant
from sync.ops import Op


class Install(Struct, frozen=True, kw_only=True):
    """An enrolled install. `status`: active, or revoked."""

    id: str
    spki: bytes
    status: str = "active"
    users: frozenset[str] = frozenset()
    """Everybody who ever signed in on it."""
    genesis: bytes


class Rec(Struct, kw_only=True, gc=False):
    """A merged record. Mutable inside merge only."""

    id: str
    kind: str
    doc: dict[str, Any]
    writers: dict[str, str]
    """Field -> op name."""
    seq: int = 0
    deleted: bool = False
    scopes: tuple[str, ...] = ()
    h: str = ""
    """Append-only kinds: full hash of the author's last op on it, so that a statement can name it; else empty."""


class Known(Struct, frozen=True, kw_only=True, gc=False):
    """An op that the store holds."""

    h: bytes
    n: int
    seq: int
    verdict: str
    code: str = ""
    detail: str = ""


class Author(Struct, frozen=True, kw_only=True):
    """Who wrote an op, and when by the centre's clock."""

    name: str
    user: str
    arrived_at: int


class Judged(Struct, frozen=True, kw_only=True, gc=False):
    """An op with its verdict, ready to be stored."""

    op: Op
    seq: int
    verdict: str
    code: str
    detail: str
    user: str
    kind: str
    record: str
    blobs: tuple[tuple[str, int | None], ...]
    """(sha256, size where the op tells it)."""
    site: str | None
    """Site that the op names, for the readers of its blobs."""
    group: tuple[int, int, int] | None
    log_head: bytes
    arrived_at: int


class Changed(Struct, frozen=True, kw_only=True, gc=False):
    """A record after the batch, with the scopes that held it before and hold it now."""

    record: Rec
    previous_seq: int
    previous_scopes: tuple[str, ...]
    claims: tuple[str, ...] | None
    """New ones; None: unchanged."""
    dropped_claims: tuple[str, ...] = ()


class Row(Struct, frozen=True, kw_only=True, gc=False):
    """One feed row, encoded for the wire."""

    seq: int
    data: bytes


class Tx(Protocol):
    """One transaction."""

    def centre(self) -> str: ...
    def install(self, install: str) -> Install | None: ...
    def tips(self, install: str) -> list[tuple[int, bytes]]:
        """Tips and fork points of the install's chain, sorted."""
        ...

    def holds(self, install: str, n: int, h: bytes) -> bool: ...
    def known(self, install: str, first: int, last: int) -> dict[bytes, Known]:
        """Ops of the install with first <= n <= last."""
        ...

    def waiting(self, install: str, first: int) -> list[Judged]:
        """Ops of one group that wait for the rest, by index."""
        ...

    def records(self, ids: Iterable[str]) -> dict[str, Rec]: ...
    def scopes_of(self, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Record id -> scopes, for existing records only."""
        ...

    def parked_records(self, ids: Iterable[str]) -> set[str]:
        """Those ids for which an op is parked."""
        ...

    def claimants(self, keys: Iterable[str]) -> dict[str, list[str]]: ...
    def authors(self, names: Iterable[str]) -> dict[str, Author]: ...
    def grants(self, users: Iterable[str]) -> dict[str, list[tuple[int, Grant]]]:
        """Per user its grants as (from seq, grant), oldest first."""
        ...

    def sites(self) -> dict[str, str]:
        """Site id -> customer id."""
        ...

    def tip(self) -> tuple[int, bytes]:
        """(newest seq, log head); (0, zeros) before the first op. Taking it locks the counter until commit."""
        ...

    def head_at(self, seq: int) -> bytes | None:
        """Log head at a seq; None when there is none."""
        ...

    def epoch_start(self) -> int:
        """The smallest seq of the current epoch minus one; the next op takes `max(newest seq, this) + 1`."""
        ...

    def backed_up_to(self) -> int: ...
    def write(
        self,
        ops: Sequence[Judged],
        rejudged: Sequence[Judged],
        changed: Sequence[Changed],
        grants: Sequence[tuple[int, Grant]],
    ) -> None: ...
    def contact(self, install: str, head: bytes, signature: bytes, at: int, *, keep: bool) -> None:
        """Note the contact and what the install announced; `keep` the signed head for ever where it covers ops."""
        ...

    def feed(self, scope: str, after: int, limit: int) -> list[Row]: ...
