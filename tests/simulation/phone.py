"""The Python model of the client: `sync.author.Author` with storage that can crash, be copied and be restored.

It does what pwa/src/engine does, transaction by transaction: an act is one strict transaction that reads the tip and `x` it
builds on; marks are stored before pages; a page's rows and its cursor are one transaction; what a withdrawn scope alone
holds leaves after everything was delivered.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from sync.author import Author
from sync.model import FIELDS, KINDS
from sync.ops import Group, Op
from tests.simulation.disk import Disk, Fuse

UNCONFIRMED, UNSETTLED, ATTENTION, DONE = 1, 2, 3, 0
NOT_MERGED = ("parked", "quarantined", "lost", "dismissed")
MAX_GAPS = 3

Row = dict[str, Any]
Cursors = dict[str, tuple[int, str]]


class Act(NamedTuple):
    """One draft of an act. `seen`: field -> writer when the form was opened; None: as it is at save."""

    kind: str
    record: str
    values: dict[str, Any]
    seen: dict[str, str] | None = None
    blobs: list[str] | None = None


class Stored(NamedTuple):
    """An op in the outbox."""

    op: Op
    user: str
    kind: str
    record: str
    values: dict[str, Any]
    group: Group | None
    open: int = UNCONFIRMED
    seq: int | None = None
    verdict: str | None = None


class Held(NamedTuple):
    """A record of the feed and the scopes that hold it."""

    q: int
    row: Row
    scopes: frozenset[str]


class View(NamedTuple):
    """A record as the screen shows it: the feed's, own open ops on top."""

    kind: str
    values: dict[str, Any]
    writers: dict[str, str]
    deleted: bool


class Round(msgspec.Struct):
    """One running exchange of one tab. Dead rounds hear no answer."""

    asked: Cursors
    sent: list[Stored]
    start: int
    user: str
    gaps: int = 0
    alive: bool = True
    finished: bool = False


class Phone(Author):
    """One install. `tabs` of it share the disks."""

    def __init__(self, *, label: str, outbox: Disk, cache: Disk, fuse: Fuse, users: list[str], **author: Any) -> None:
        super().__init__(user=users[0], **author)
        self.label, self.outbox, self.cache, self.fuse, self.users = label, outbox, cache, fuse, users
        self.clock_ms = 0
        """How wrong its wall clock is."""
        self.batch = 1_000
        self.rounds: list[Round] = []
        self.seen: dict[str, dict[str, str]] = {}
        """Open forms: record -> field -> writer."""

    @classmethod
    def new(cls, **author: Any) -> "Phone":
        """Fresh disks."""
        fuse = Fuse()
        return cls(outbox=Disk(fuse, "ops", "facts"), cache=Disk(fuse, "rows", "cursors"), fuse=fuse, **author)

    def twin(self, label: str) -> "Phone":
        """A copied phone: same key, same storage, from here on its own life."""
        fuse = Fuse()
        made = Phone(
            label=label, outbox=self.outbox.copy(fuse), cache=self.cache.copy(fuse), fuse=fuse, users=self.users,
            centre=self.centre, install=self.id, spki=self.spki, sign=self.sign, random=self.random,
        )  # fmt: skip
        made.user, made.clock_ms, made.batch = self.user, self.clock_ms, self.batch
        return made

    def restart(self, *, lose: bool) -> None:
        """After a crash: memory is gone, the disks are as they were."""
        self.fuse.left = None
        self.outbox.die(lose=lose)
        self.cache.die(lose=lose)
        self.forget()

    def forget(self) -> None:
        """All that memory held."""
        for round_ in self.rounds:
            round_.alive = False
        self.rounds = []
        self.seen = {}

    # --- what the screen reads ----------------------------------------------------------------------------------------

    def mine(self) -> dict[int, Stored]:
        """All own ops by number."""
        return self.outbox.tables["ops"]

    def held(self) -> dict[str, Held]:
        """The rows of the feed."""
        return self.cache.tables["rows"]

    def view(self, record: str) -> View | None:
        """The record with own ops on top."""
        held = self.held().get(record)
        q = held.q if held else 0
        own = [item for item in self.mine().values() if item.record == record and _is_open(item, q)]
        if held is None and not own:
            return None
        if held is None:
            kind, values, writers, deleted = own[0].kind.partition(".")[0], {}, {}, False
        else:
            row = held.row
            kind, values, deleted = row["k"], dict(row["v"]), row.get("d") == 1
            writers = dict.fromkeys(values, row["w"]) | row.get("o", {})
        for item in own:
            name, _, act = item.kind.partition(".")
            if name != kind or kind not in KINDS:
                continue
            deleted = deleted or act == "delete"
            for field, value in item.values.items():
                if field not in FIELDS[kind]:
                    continue
                new = _changed(kind, field, values.get(field), value)
                if new is _SAME or (field in writers and values.get(field) == new):
                    continue
                values[field], writers[field] = new, item.op.name
        return View(kind, values, writers, deleted)

    def open_form(self, record: str) -> None:
        """Somebody begins to edit: this is what they have before their eyes."""
        view = self.view(record)
        if view is not None:
            self.seen[record] = view.writers

    # --- saving -------------------------------------------------------------------------------------------------------

    def save(self, acts: list[Act], *, user: str, wall_ms: int, group: bool) -> list[Op]:
        """Freeze and store one op per act; returns when they are on disk: "saved"."""
        with self.outbox.transaction(strict=self.durable) as disk:
            tip, self.base = self.read_tip()
            self.ops, self.tip = ([tip], tip.h) if tip else ([], self.genesis)
            first = tip.n + 1 if tip else 1
            made: list[Op] = []
            own: dict[str, dict[str, str]] = {}
            for index, act in enumerate(acts):
                place = Group(first=first, index=index, size=len(acts)) if group and len(acts) > 1 else None
                op = self.act(
                    act.kind, act.record, act.values, self._base_of(act, own.setdefault(act.record, {})),
                    user=user, blobs=act.blobs, group=place, wall_ms=wall_ms,
                )  # fmt: skip
                own[act.record].update(dict.fromkeys(act.values, op.name))
                disk.put("ops", op.n, Stored(op, user, act.kind, act.record, act.values, place))
                disk.put("facts", "tip", op)
                made.append(op)
        self.ops = []
        return made

    durable = True

    def read_tip(self) -> tuple[Op | None, int]:
        """The newest op and the high-water mark, as they are in the transaction that builds on them."""
        facts = self.outbox.tables["facts"]
        return facts.get("tip"), facts.get("x", 0)

    def _base_of(self, act: Act, here: dict[str, str]) -> dict[str, str | None]:
        fields = FIELDS.get(act.kind.partition(".")[0], {})
        seen = act.seen
        if seen is None:
            view = self.view(act.record)
            seen = view.writers if view else {}
        # An earlier op of this same act is known to its author.
        writers = seen | here
        return {
            field: writers[field]
            for field in act.values
            if field in writers and field in fields and fields[field].policy not in ("members", "transition")
        }

    # --- one round ----------------------------------------------------------------------------------------------------

    def begin(self) -> tuple[Round, bytes]:
        """Start a round: the round and the first request."""
        round_ = Round(asked={}, sent=[], start=1, user=self.user)
        self.rounds.append(round_)
        return round_, self.prepare(round_)

    def prepare(self, round_: Round) -> bytes:
        """The next request of a round: everything from the first unconfirmed op, as much as one batch holds."""
        mine = self.mine()
        pending = [n for n, item in mine.items() if item.open == UNCONFIRMED]
        tip, _ = self.read_tip()
        start = min(pending) if pending else (tip.n + 1 if tip else 1)
        round_.sent = self._batch(start, tip.n) if pending and tip else []
        round_.start, round_.asked, round_.user = start, dict(self.cache.tables["cursors"]), self.user
        before = mine.get(start - 1)
        self.tip = before.op.h if before else self.genesis
        self.cursors = round_.asked
        ops = [item.op for item in round_.sent]
        return self.request(
            ops, pull=True, stats={"tip": tip.n if tip else 0, "pending": len(pending)},
            **({} if ops else {"from": start, "n": start - 1}),
        )  # fmt: skip

    def _batch(self, start: int, last: int) -> list[Stored]:
        """Ops from `start`; a request does not end inside a group."""
        mine = self.mine()
        end = min(last, start + self.batch - 1)
        group = mine[end].group
        if group is not None and group.first + group.size - 1 > end:
            end = group.first + group.size - 1 if group.first <= start else group.first - 1
        return [mine[n] for n in range(start, end + 1)]

    def receive(self, round_: Round, answer: bytes | None) -> bytes | None:
        """Take an answer; the round's next request, or None when it is over. None as answer: it failed."""
        if not round_.alive:
            return None
        try:
            parsed = msgspec.json.decode(answer) if answer is not None else None
        except msgspec.DecodeError:
            parsed = None
        if parsed is None or parsed["centre"] != self.centre:
            return self._end(round_)
        sent, have = len(round_.sent), parsed["have"]
        reached = round_.start + sent - 1
        lost = not parsed["gap"] and reached > 0 and all(tip["n"] < reached for tip in have)
        if parsed["gap"] or lost:
            round_.gaps += 1
            if round_.gaps > MAX_GAPS:
                return self._end(round_)
            self.rewind(have)
        else:
            self.mark(round_, parsed["verdicts"])
        whole = self.take_pages(round_.asked, parsed) if parsed["session"] else True
        unsent = any(item.open == UNCONFIRMED for item in self.mine().values())
        if parsed["more"] or unsent:
            return self.prepare(round_)
        if parsed["session"] and whole:
            self.finish(parsed)
            round_.finished = True
        elif not whole:
            return self.prepare(round_)
        return self._end(round_)

    def _end(self, round_: Round) -> None:
        round_.alive = False
        if round_ in self.rounds:
            self.rounds.remove(round_)

    def rewind(self, have: list[dict[str, Any]]) -> None:
        """The centre holds less than it confirmed: what lies behind the deepest common op is unconfirmed again."""
        mine = self.mine()
        deepest = max(
            (tip["n"] for tip in have if tip["n"] in mine and mine[tip["n"]].op.h.hex() == tip["h"]), default=0
        )
        with self.outbox.transaction() as disk:
            for n, item in list(mine.items()):
                if n > deepest and item.open != UNCONFIRMED:
                    disk.put("ops", n, item._replace(open=UNCONFIRMED, seq=None, verdict=None))

    def mark(self, round_: Round, runs: list[dict[str, Any]]) -> None:
        """Store the verdicts of what was sent."""
        mine = self.mine()
        with self.outbox.transaction() as disk:
            for run in runs:
                for index in range(run.get("count", 1)):
                    item = mine.get(run["n"] + index)
                    if item is None or not round_.start <= item.op.n < round_.start + len(round_.sent):
                        continue
                    open_ = ATTENTION if run["v"] in NOT_MERGED else UNSETTLED
                    if item.open == UNCONFIRMED:
                        disk.put("ops", item.op.n, item._replace(open=open_, seq=run["seq"] + index, verdict=run["v"]))

    def take_pages(self, asked: Cursors, parsed: dict[str, Any]) -> bool:
        """Rows and cursor of each page together. False when another tab moved a cursor meanwhile."""
        whole = True
        with self.cache.transaction() as disk:
            for page in parsed["pages"]:
                scope = page["scope"]
                if disk.tables["cursors"].get(scope) != asked.get(scope):
                    whole = False
                    continue
                self.take_page(disk, page)
        return whole

    def take_page(self, disk: Disk, page: dict[str, Any]) -> None:
        """One page inside a transaction."""
        if page["reset"]:
            self.leave(disk, {page["scope"]}, renew=True)
        for row in page["rows"]:
            self.take_row(disk, page["scope"], row)
        disk.put("cursors", page["scope"], tuple(page["cursor"]))

    def take_row(self, disk: Disk, scope: str, row: Row) -> None:
        """A row with a lower seq than the record already has is skipped."""
        held: Held | None = disk.tables["rows"].get(row["r"])
        if row.get("gone"):
            if held is not None and scope in held.scopes:
                disk.put("rows", row["r"], held._replace(scopes=held.scopes - {scope}))
            return
        if held is not None and row["q"] < held.q:
            disk.put("rows", row["r"], held._replace(scopes=held.scopes | {scope}))
            return
        scopes = held.scopes | {scope} if held else frozenset((scope,))
        disk.put("rows", row["r"], Held(row["q"], row, scopes))

    def leave(self, disk: Disk, scopes: Iterable[str], *, renew: bool = False) -> None:
        """These scopes hold nothing any more; with `renew` they begin again and any row may replace theirs."""
        gone = frozenset(scopes)
        for id, held in list(disk.tables["rows"].items()):
            if held.scopes & gone:
                disk.put("rows", id, Held(0 if renew else held.q, held.row, held.scopes - gone))

    def finish(self, parsed: dict[str, Any]) -> None:
        """Everything is delivered and pulled: let go of withdrawn scopes and raise the high-water mark."""
        withdrawn = [scope for scope in self.cache.tables["cursors"] if scope not in parsed["scopes"]]
        with self.cache.transaction() as disk:
            if withdrawn:
                self.leave(disk, withdrawn)
                for scope in withdrawn:
                    disk.delete("cursors", scope)
            for id in [id for id, held in disk.tables["rows"].items() if not held.scopes]:
                disk.delete("rows", id)
        with self.outbox.transaction() as disk:
            if parsed["top"] > disk.tables["facts"].get("x", 0):
                disk.put("facts", "x", parsed["top"])
            for item in list(self.mine().values()):
                settled = item.seq is not None and item.seq <= parsed["top"] and item.verdict != "waiting"
                if item.open == UNSETTLED and settled:
                    disk.put("ops", item.op.n, item._replace(open=DONE))


_SAME: Any = object()


def _is_open(item: Stored, q: int) -> bool:
    return item.verdict is None or (item.verdict not in NOT_MERGED and (item.seq is None or q < item.seq))


def _changed(kind: str, field: str, current: Any, value: Any) -> Any:
    """The field's new value on the screen, or _SAME."""
    policy = FIELDS[kind][field].policy
    if policy == "members":
        if not isinstance(value, dict) or not all(isinstance(part, list) for part in value.values()):
            return _SAME
        return sorted((set(current or ()) - set(value.get("del", ()))) | set(value.get("add", ())))
    if policy == "transition":
        source, target = current or "", value[1]
        return target if source != target and (source, target) in KINDS[kind].transitions[field] else _SAME
    return _SAME if policy == "centre" else value
