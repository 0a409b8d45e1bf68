"""Bugs planted on purpose: each must be caught by the simulator within some seeds, or the simulator proves nothing.

A bug is a function that patches the shipped code for the time of a `with`. `python -m tests.simulation --planted` prints the table.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import msgspec

from sync import core, memory, merge
from sync.chain import name
from tests.simulation import phone as client
from tests.simulation.hall import Hall
from tests.simulation.phone import Held, Phone
from tests.simulation.world import World

MAX_SEEDS = 400


class Bug(NamedTuple):
    """One planted bug."""

    title: str
    plant: Callable[[], Any]


class Caught(NamedTuple):
    """How it was found; `seeds` is None when it was not."""

    title: str
    seeds: int | None
    seed: int | None
    how: str


def _patch(target: Any, attribute: str, make: Callable[[Any], Any]) -> Callable[[], Any]:
    """Replace `target.attribute` by what `make` makes of the original."""

    @contextmanager
    def plant() -> Iterator[None]:
        with patch.object(target, attribute, make(getattr(target, attribute))):
            yield

    return plant


# --- the client -------------------------------------------------------------------------------------------------------


def _cursor_first(self: Phone, asked: client.Cursors, parsed: dict[str, Any]) -> bool:
    with self.cache.transaction() as disk:
        for page in parsed["pages"]:
            disk.put("cursors", page["scope"], tuple(page["cursor"]))
    with self.cache.transaction() as disk:
        for page in parsed["pages"]:
            self.take_page(disk, page)
    return True


def _late_answer_taken(self: Phone, asked: client.Cursors, parsed: dict[str, Any]) -> bool:
    with self.cache.transaction() as disk:
        for page in parsed["pages"]:
            for row in page["rows"]:
                _older_row_wins(self, disk, page["scope"], row)
            disk.put("cursors", page["scope"], tuple(page["cursor"]))
    return True


def _older_row_wins(self: Phone, disk: Any, scope: str, row: client.Row) -> None:
    held: Held | None = disk.tables["rows"].get(row["r"])
    scopes = held.scopes if held else frozenset[str]()
    if row.get("gone"):
        if held is not None:
            disk.put("rows", row["r"], held._replace(scopes=scopes - {scope}))
        return
    disk.put("rows", row["r"], Held(row["q"], row, scopes | {scope}))


def _confirmed_when_sent(original: Any) -> Any:
    def prepare(self: Phone, round_: client.Round) -> bytes:
        body = original(self, round_)
        with self.outbox.transaction() as disk:
            for item in round_.sent:
                disk.put("ops", item.op.n, item._replace(open=client.DONE, verdict="applied"))
        return body

    return prepare


def _tip_in_memory(original: Any) -> Any:
    def read_tip(self: Phone) -> Any:
        tip, x = original(self)
        kept = self.__dict__.setdefault("remembered", tip)
        if kept is not None and tip is not None and kept.n < tip.n - 2:
            self.__dict__["remembered"] = tip
        return self.__dict__["remembered"] or tip, x

    return read_tip


def _keeps_withdrawn(original: Any) -> Any:
    def finish(self: Phone, parsed: dict[str, Any]) -> None:
        original(self, {**parsed, "scopes": [*parsed["scopes"], *self.cache.tables["cursors"]]})

    return finish


# --- the core ---------------------------------------------------------------------------------------------------------


def _duplicates_again(original: Any) -> Any:
    def known(self: Any, install: str, first: int, last: int) -> dict[bytes, Any]:
        return {}

    return known


def _tip_for_cut_page(original: Any) -> Any:
    def pull(tx: Any, *rest: Any) -> Any:
        scopes, pages = original(tx, *rest)
        top, log = tx.tip()
        return scopes, [msgspec.structs.replace(page, cursor=(top, name(log)), more=False) for page in pages]

    return pull


def _torn_page(original: Any) -> Any:
    def page(tx: Any, scope: str, after: int, limit: int) -> Any:
        rows = tx.feed(scope, after, limit + 1)
        return rows[:limit], len(rows) > limit

    return page


def _scope_unchecked(original: Any) -> Any:
    def read_scopes(grant: Any, sites: list[Any], install: str | None) -> list[str]:
        return sorted({*original(grant, sites, install), *(f"site:{ref.site}" for ref in sites)})

    return read_scopes


def _verdict_not_stored(original: Any) -> Any:
    def judged(entry: Any, *rest: Any) -> Any:
        return msgspec.structs.replace(original(entry, *rest), verdict="applied")

    return judged


def _forks_refused(original: Any) -> Any:
    def holds(self: Any, install: str, n: int, h: bytes) -> bool:
        tips = self.tips(install)
        return original(self, install, n, h) and not any(
            m > n and not original(self, install, n, t) for m, t in tips if m > n + 3
        )

    return holds


def _seq_reused(original: Any) -> Any:
    def write(self: Any, ops: Any, rejudged: Any, changed: Any, grants: Any) -> None:
        original(self, ops, rejudged, changed, grants)
        if len(ops) > 2:
            self.store.top -= 1

    return write


def _parked_blocks(original: Any) -> Any:
    def ingest(tx: Any, install: Any, fresh: list[Any], now_ms: int, *, quarantine: bool = False) -> dict[bytes, Any]:
        found: dict[bytes, Any] = {}
        for op in fresh:
            found |= original(tx, install, [op], now_ms, quarantine=quarantine)
            if found[op.h].verdict == "parked":
                rest = fresh[fresh.index(op) + 1 :]
                blocked = msgspec.structs.replace(found[op.h], verdict="parked", code="")
                return found | {one.h: msgspec.structs.replace(blocked, h=one.h, n=one.n) for one in rest}
        return found

    return ingest


def _free_transitions(original: Any) -> Any:
    def next_doc(kind: Any, before: Any, values: dict[str, Any]) -> Any:
        after, _ = original(kind, before, values)
        for field, value in values.items():
            if field in kind.transitions:
                after[field] = value[1]
        return after, ""

    return next_doc


def _clock_wins(original: Any) -> Any:
    newest: dict[tuple[str, str], int] = {}

    def set_fields(
        state: Any, record: Any, kind: Any, entry: Any, header: Any, payload: Any, after: Any, index: int
    ) -> Any:
        late = [field for field in payload.v if newest.get((record.id, field), header.t[0]) > header.t[0]]
        kept = {field: value for field, value in payload.v.items() if field not in late}
        newest.update({(record.id, field): header.t[0] for field in kept})
        return original(state, record, kind, entry, header, msgspec.structs.replace(payload, v=kept), after, index)

    return set_fields


def _grant_now(original: Any) -> Any:
    def grant_at(history: list[Any], base: int) -> Any:
        return history[-1][1] if history else None

    return grant_at


def _no_leaving(original: Any) -> Any:
    def changes(state: Any, seqs: list[int]) -> list[Any]:
        return [msgspec.structs.replace(one, previous_scopes=one.record.scopes) for one in original(state, seqs)]

    return changes


def _answer_before_commit(original: Any) -> Any:
    def exchange(
        self: Hall, body: bytes, user: str | None, install: str, page_rows: int, *, crash: bool = False
    ) -> Any:
        if not crash:
            return original(self, body, user, install, page_rows)
        told: list[Any] = []
        kept = self.run
        self.run = lambda job, **more: told.append(kept(job, crash=True)) or told[0]  # pyright: ignore
        try:
            return original(self, body, user, install, page_rows)
        finally:
            del self.run

    return exchange


def _one_loser(original: Any) -> Any:
    def record_conflict(state: Any, record: Any, field: str, *rest: Any) -> None:
        known = merge.derived_record(state, merge.conflict_id(record.id, field))
        if known is not None:
            known.doc = {**known.doc, "losers": []}
        original(state, record, field, *rest)

    return record_conflict


BUGS = (
    Bug("cursor saved before its rows", _patch(Phone, "take_pages", lambda _: _cursor_first)),
    Bug("a late answer replaces newer rows", _patch(Phone, "take_pages", lambda _: _late_answer_taken)),
    Bug("ops count as delivered when they were sent", _patch(Phone, "prepare", _confirmed_when_sent)),
    Bug('"saved" shown before the disk has it', _patch(Phone, "durable", lambda _: False)),
    Bug("the tip is remembered, not read in the transaction", _patch(Phone, "read_tip", _tip_in_memory)),
    Bug("a withdrawn scope stays on the phone", _patch(Phone, "finish", _keeps_withdrawn)),
    Bug("ops that come again are applied again", _patch(memory.MemoryTx, "known", _duplicates_again)),
    Bug("a cut page carries the tip as its cursor", _patch(core, "pull", _tip_for_cut_page)),
    Bug("rows of one op are torn apart by a page", _patch(core, "_page", _torn_page)),
    Bug("the reader's sites are not checked", _patch(core, "read_scopes", _scope_unchecked)),
    Bug("the writer's sites are not checked", _patch(merge, "may_write", lambda _: lambda *args: "")),
    Bug("fields and roles are not checked", _patch(merge, "_permit", lambda _: lambda *args: None)),
    Bug("permission is judged on arrival", _patch(merge, "grant_at", _grant_now)),
    Bug("the verdict is not stored", _patch(core, "_judged", _verdict_not_stored)),
    Bug("a fork is refused as a gap", _patch(memory.MemoryTx, "holds", _forks_refused)),
    Bug("a seq is given twice", _patch(memory.MemoryTx, "write", _seq_reused)),
    Bug("a parked op blocks those behind it", _patch(core, "ingest", _parked_blocks)),
    Bug("parked ops are not shown", _patch(merge, "_park", lambda _: lambda state, entry, index: None)),
    Bug("the losing value is dropped", _patch(merge, "_record_conflict", lambda _: lambda *args: None)),
    Bug("a third value drops the first loser", _patch(merge, "_record_conflict", _one_loser)),
    Bug("half a group is applied", _patch(merge, "_roll_back", lambda _: lambda state, undo: None)),
    Bug("any transition is legal", _patch(merge, "_next_doc", _free_transitions)),
    Bug("claims are ignored", _patch(merge, "_claim", lambda _: lambda *args: 0)),
    Bug("the later clock wins", _patch(merge, "_set_fields", _clock_wins)),
    Bug("a record that moves never leaves its old scope", _patch(core, "_changes", _no_leaving)),
    Bug("the centre answers before it commits", _patch(Hall, "exchange", _answer_before_commit)),
)


def hunt(bug: Bug, first: int = 0, most: int = MAX_SEEDS) -> Caught:
    """Run seeds with the bug planted until one of them complains. An exception counts: the centre would have failed loudly."""
    with bug.plant():
        for count in range(1, most + 1):
            seed = first + count - 1
            try:
                faults = World(seed, sqlite=False).run().faults
            except Exception as error:
                return Caught(bug.title, count, seed, f"fails: {type(error).__name__}: {error}")
            if faults:
                return Caught(
                    bug.title, count, seed, f"{faults[0].category} (promise {faults[0].promise}): {faults[0].text}"
                )
    return Caught(bug.title, None, None, "")


def table(found: list[Caught]) -> str:
    """For people."""
    lines = [f"{'planted bug':<64} {'seeds':>5}  found as"]
    lines += [f"{one.title:<64} {one.seeds if one.seeds else 'never':>5}  {one.how[:90]}" for one in found]
    return "\n".join([*lines, f"{sum(one.seeds is not None for one in found)} of {len(found)} caught"])


__all__ = ["BUGS", "Bug", "Caught", "hunt", "table"]
