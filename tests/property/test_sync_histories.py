"""Any history, on the reference store and on SQLite in step: same bytes, same state, every promise kept. See docs/protocol.md."""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from server.media.blobs import Blobs
from server.store.records import all_of
from server.verify import verify
from sync.chain import b64, genesis
from sync.memory import MemoryStore, state_of
from sync.model import KINDS
from sync.store import Install, Judged
from sync.wire import SyncError
from tests.simulation import oracles
from tests.simulation.hall import Hall, TwinHall
from tests.simulation.people import People, new_id
from tests.simulation.phone import Phone
from tests.simulation.world import quick_key, quick_verify, real_key

CHANCE = st.integers(0, 2**32).map(Random)
PHONE = st.integers(0, 5)
PAGE_ROWS = st.sampled_from((1, 2, 3, 7, 1_000))


def furnish(hall: Hall, chance: Random) -> tuple[People, dict[str, str]]:
    """A customer with two sites, four people, three assets. (people, name -> user id)."""
    customer, a, b = (new_id(chance) for _ in range(3))
    sites = {a: customer, b: customer}
    users = {word: new_id(chance) for word in ("ann", "bob", "eve", "boss")}
    engineer = {"role": "engineer", "status": "active"}
    hall.write([
        ("customer", customer, {"name": "江城交警"}),
        *(("site", site, {"customer": customer, "name": "栋"}) for site in sites),
        *(("user", users[word], {"name": word, "sites": {"add": [a]}, **engineer}) for word in ("ann", "bob")),
        ("user", users["eve"], {"name": "eve", "sites": {"add": [b]}, **engineer}),
        ("user", users["boss"], {"name": "boss", "role": "administrator", "all_sites": True, "status": "active"}),
        *(("asset", new_id(chance), {"site": site, "customer": customer, "name": "甲"}) for site in (a, a, b)),
    ])  # fmt: skip
    return People(chance, sites, list(users.values())), users


def enrol(hall: Hall, chance: Random, label: str, users: list[str], *, quick: bool) -> Phone:
    """A phone of these people."""
    spki, sign = (quick_key if quick else real_key)(chance.randbytes)
    phone = Phone.new(
        label=label, users=users, centre=hall.id, install=b64(chance.randbytes(16)), spki=spki, sign=sign,
        random=chance.randbytes,
    )  # fmt: skip
    known = frozenset(users)
    hall.enrol(Install(id=phone.id, spki=spki, genesis=genesis(hall.id, phone.id, spki), users=known))
    return phone


class Histories(RuleBasedStateMachine):
    """Two to four installs of four people; requests of any slice of a chain, in any order, any number of times."""

    @initialize(count=st.integers(2, 4), seed=st.integers(0, 99))
    def begin(self, count: int, seed: int) -> None:
        chance = Random(seed)
        self.hall = TwinHall(chance.randbytes)
        self.people, of = furnish(self.hall, chance)
        owners = (["ann"], ["bob", "ann"], ["boss", "bob"], ["eve", "boss"])
        self.phones = [
            enrol(self.hall, chance, f"p{index}", [of[word] for word in owners[index]], quick=False)
            for index in range(count)
        ]
        for phone in self.phones:
            self.drain(phone, 1_000)

    def phone(self, index: int) -> Phone:
        return self.phones[index % len(self.phones)]

    @rule(index=PHONE, chance=CHANCE, group=st.booleans())
    def act(self, index: int, chance: Random, group: bool) -> None:
        self.people.rng = chance
        phone = self.phone(index)
        phone.save(self.people.acts(phone), user=phone.user, wall_ms=1, group=group)

    @rule(index=PHONE, chance=CHANCE)
    def open_a_form(self, index: int, chance: Random) -> None:
        self.people.rng = chance
        phone = self.phone(index)
        record = self.people.edited(phone, "asset")
        if record:
            phone.open_form(record)

    @rule(index=PHONE, start=st.integers(0, 30), count=st.integers(1, 6), pull=st.booleans(), page_rows=PAGE_ROWS)
    def send_a_slice(self, index: int, start: int, count: int, pull: bool, page_rows: int) -> None:
        """Any ops of the chain: again, ahead of a gap, half of a group."""
        phone = self.phone(index)
        ops = [item.op for item in phone.mine().values()][start : start + count]
        if not ops:
            return
        phone.cursors = dict(phone.cache.tables["cursors"])
        answer = self.hall.exchange(phone.request(ops, pull=pull), phone.user, phone.id, page_rows)
        assert isinstance(answer, bytes)
        parsed = msgspec.json.decode(answer)
        assert oracles.check_answer(self.hall.store, phone.user, phone.id, parsed) == []
        if not parsed["gap"]:
            assert sum(run.get("count", 1) for run in parsed["verdicts"]) == len(ops)
            assert all(op.h in self.hall.store.ops for op in ops)
            top = self.hall.store.top
            self.hall.exchange(phone.request(ops), None, phone.id, page_rows)
            assert self.hall.store.top == top, "the same ops once more take no new places"

    @rule(index=PHONE, page_rows=PAGE_ROWS, batch=st.sampled_from((1, 2, 1_000)))
    def sync(self, index: int, page_rows: int, batch: int) -> None:
        phone = self.phone(index)
        phone.batch = batch
        self.drain(phone, page_rows)

    def drain(self, phone: Phone, page_rows: int) -> None:
        round_, body = phone.begin()
        for _ in range(2_000):
            answer = self.hall.exchange(body, phone.user, phone.id, page_rows)
            assert isinstance(answer, bytes), answer
            parsed = msgspec.json.decode(answer)
            assert oracles.check_answer(self.hall.store, phone.user, phone.id, parsed) == []
            following = phone.receive(round_, answer)
            if following is None:
                return
            body = following
        raise AssertionError("a round without end")

    @precondition(lambda self: len(self.phones) < 6)
    @rule(index=PHONE)
    def copy_the_phone(self, index: int) -> None:
        phone = self.phone(index)
        self.phones.append(phone.twin(phone.label + "'"))

    @rule(index=PHONE, who=st.integers(0, 3))
    def switch_user(self, index: int, who: int) -> None:
        phone = self.phone(index)
        phone.user = phone.users[who % len(phone.users)]

    @rule(index=PHONE, chance=CHANCE)
    def change_a_grant(self, index: int, chance: Random) -> None:
        self.people.rng = chance
        self.hall.write([("user", chance.choice(self.phone(index).users), self.people.grant())])

    @rule(index=PHONE, at=st.floats(0, 1, exclude_max=True))
    def cut_a_request(self, index: int, at: float) -> None:
        phone = self.phone(index)
        ops = [item.op for item in phone.mine().values()]
        assume(ops)
        body = phone.request(ops)
        before = self.hall.store.top
        cut = body[: int(len(body) * at)]
        answer = self.hall.exchange(cut, None, phone.id, 10)
        if cut != body.rstrip(b"\n"):
            assert isinstance(answer, SyncError)
            assert self.hall.store.top == before

    @invariant()
    def both_stores_stand_at_the_same_place(self) -> None:
        if hasattr(self, "hall"):
            row = self.hall.db.writer.execute("SELECT value FROM meta WHERE key = 'log_head'").fetchone()
            assert row[0] == self.hall.store.head

    def teardown(self) -> None:
        if not hasattr(self, "hall"):
            return
        try:
            self.settle()
            self.check()
        finally:
            self.hall.close()

    def settle(self) -> None:
        top = None
        while top != self.hall.store.top:
            top = self.hall.store.top
            for phone in self.phones:
                self.drain(phone, 1_000)

    def check(self) -> None:
        conn, store = self.hall.db.reader(), self.hall.store
        with TemporaryDirectory() as folder:
            assert verify(conn, Blobs(Path(folder)), lambda done, total, what: None).faults == []
        kept = {
            rec.id: (rec.kind, rec.doc, rec.writers, rec.deleted)
            for kind in KINDS
            for rec in all_of(conn, kind, deleted=True)
        }
        assert kept == state_of(store)
        assert feed_of(self.hall) == {
            (scope, seq, id, gone) for scope, rows in store.rows.items() for id, (seq, gone) in rows.items()
        }
        assert oracles.check_records(store, oracles.Ledger(store.id, effective(self.hall))) == []
        for phone in self.phones:
            assert oracles.check_phone(store, phone) == []


def feed_of(hall: TwinHall) -> set[tuple[str, int, str, bool]]:
    """Every row of SQLite's feed."""
    rows = hall.db.reader().execute("SELECT scope, seq, record, gone FROM feed")
    return {(row[0], row[1], row[2], bool(row[3])) for row in rows}


def effective(hall: TwinHall) -> list[Judged]:
    """The log in the order in which ops took effect: those of a group that had to wait, where the rest arrived."""
    later = {row[0]: row[1] for row in hall.db.reader().execute("SELECT h, max(seq) FROM rejudged GROUP BY h")}
    log = [msgspec.structs.replace(item, seq=later.get(h, item.seq)) for h, item in hall.store.ops.items()]
    return sorted(log, key=lambda item: item.seq)


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@settings(max_examples=60, deadline=None)
@given(chance=CHANCE, count=st.integers(2, 14), batches=st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_how_ops_are_batched_decides_nothing(chance: Random, count: int, batches: list[int]) -> None:
    """Promise 2: one by one, in any batches or all at once, the verdicts and the state are the same."""
    hall = Hall(Random(1).randbytes, quick_verify)
    people, of = furnish(hall, Random(1))
    phone = enrol(hall, Random(2), "p", list(of.values()), quick=True)
    people.rng = chance
    round_, body = phone.begin()
    answer = hall.exchange(body, phone.user, phone.id, 1_000)
    assert isinstance(answer, bytes)
    phone.receive(round_, answer)
    for _ in range(count):
        phone.user = chance.choice(phone.users)
        for record in list(phone.held()):
            if chance.random() < 0.3:
                phone.open_form(record)
        phone.save(people.acts(phone), user=phone.user, wall_ms=1, group=chance.random() < 0.6)
    start, results = hall.store, []
    for sizes in ([1], batches, [1_000]):
        store = MemoryStore(hall.id)
        store.__dict__.update(vars(start.transaction().store))
        results.append(deliver(hall, store, phone, sizes))
    assert results[0] == results[1] == results[2]


def deliver(hall: Hall, store: MemoryStore, phone: Phone, sizes: list[int]) -> tuple[object, ...]:
    """Hand in everything in batches of these sizes, again and again; groups stay whole. (verdicts, state)."""
    hall.store = store
    items = list(phone.mine().values())
    n = turn = 0
    while n < len(items):
        end = min(len(items), n + sizes[turn % len(sizes)])
        while end < len(items) and (group := items[end].group) is not None and group.index > 0:
            end += 1
        hall.now = 1_000_000
        assert isinstance(hall.exchange(phone.request([item.op for item in items[n:end]]), None, phone.id, 10), bytes)
        n, turn = end, turn + 1
    verdicts = [(item.op.n, item.seq, item.verdict, item.code, item.detail) for item in store.ops.values()]
    claims = {key: held for key, held in store.claims.items() if held}
    return sorted(verdicts), state_of(store), claims, store.history
