"""One world from one seed: phones, people, a network that fails, a centre that dies. Nothing in it is left to chance.

Promises that are not simulated here yet: a centre restored from a backup (9) and a schema upgrade (11); `Phone.rewind` and
`Hall` are where they come in.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from server.media.blobs import Blobs
from server.verify import verify
from sync.author import Sign
from sync.chain import b64, genesis
from sync.ops import Op
from sync.store import Install
from sync.wire import SyncError
from tests.simulation import oracles
from tests.simulation.disk import Crash
from tests.simulation.hall import Diverged, Hall, TwinHall
from tests.simulation.oracles import Fault, Ledger
from tests.simulation.people import People, new_id
from tests.simulation.phone import Phone, Round

TEN_YEARS = 315_576_000_000
FAULTS = (
    "session",
    "before",
    "after",
    "twice",
    "late",
    "cut",
    "cut_answer",
    "centre",
    "crash",
    "clone",
    "restore",
    "scope",
    "revoke",
)


class Letter(msgspec.Struct):
    """A request or an answer on its way."""

    phone: Phone
    round: Round | None
    body: bytes
    user: str | None


class Result(msgspec.Struct, kw_only=True):
    """What became of one seed."""

    seed: int
    ops: int
    faults: list[Fault]
    print: str
    """Of the final log: the same seed gives the same, in every process."""
    outcome: list[tuple[Any, ...]]
    trace: list[str]


def quick_verify(spki: bytes, message: bytes, signature: bytes) -> bool:
    """A stand-in for ECDSA in worlds without SQLite: signatures are not what is tested there, and this is 50 times faster."""
    return signature == sha256(spki + message).digest() * 2


def quick_key(random: Callable[[int], bytes]) -> tuple[bytes, Sign]:
    """Public key and signature for `quick_verify`."""
    spki = random(32)
    return spki, lambda message: b64(sha256(spki + message).digest() * 2)


def real_key(random: Callable[[int], bytes]) -> tuple[bytes, Sign]:
    """P-256, drawn from the world's own chance."""
    key = ec.derive_private_key(int.from_bytes(random(31), "big") + 1, ec.SECP256R1())
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(message: bytes) -> str:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    return spki, sign


class World:
    """`World(seed).run()`."""

    def __init__(
        self, seed: int, *, sqlite: bool | None = None, right_clocks: bool = False, trace: bool = False
    ) -> None:
        self.seed, self.right_clocks = seed, right_clocks
        self.sqlite = seed % 10 == 0 if sqlite is None else sqlite
        self.rng = Random(f"sitebook {seed}")
        self.clock = Random(f"clock {seed}")
        self.faults: list[Fault] = []
        self.lines: list[str] | None = [] if trace else None
        self.hall = TwinHall(self.rng.randbytes) if self.sqlite else Hall(self.rng.randbytes, quick_verify)
        self.letters: list[Letter] = []
        self.answers: list[Letter] = []
        self.saved: dict[bytes, Op] = {}
        self.told: dict[bytes, str] = {}
        self.backups: dict[str, Phone] = {}
        self._furnish()

    def note(self, text: str) -> None:
        """A line of the trace."""
        if self.lines is not None:
            self.lines.append(f"{self.hall.now - 1_763_600_000_000:>9} {text}")

    def _furnish(self) -> None:
        rng = self.rng
        customer, a, b, c = (new_id(rng) for _ in range(4))
        self.sites = {a: customer, b: customer, c: customer}
        names = ("ann", "bob", "carl", "eve", "boss", "admin")
        self.users = {word: new_id(rng) for word in names}
        of = self.users
        engineer = {"role": "engineer", "status": "active"}
        self.hall.write([
            ("customer", customer, {"name": "江城交警"}),
            *(("site", site, {"customer": customer, "name": f"{index}号栋"}) for index, site in enumerate(self.sites)),
            *(("user", of[word], {"name": word, "sites": {"add": [a]}, **engineer}) for word in ("ann", "bob")),
            ("user", of["carl"], {"name": "carl", "sites": {"add": [a, b]}, **engineer}),
            ("user", of["eve"], {"name": "eve", "sites": {"add": [b]}, **engineer}),
            ("user", of["boss"], {"name": "boss", "role": "manager", "all_sites": True, "status": "active"}),
            ("user", of["admin"], {"name": "admin", "role": "administrator", "all_sites": True, "status": "active"}),
            *(("asset", new_id(rng), {"site": site, "customer": customer, "name": "甲", "serial": "0"}) for site in (a, a, b)),
        ])  # fmt: skip
        self.people = People(rng, self.sites, list(of.values()))
        # The first phones share a site, so that people meet.
        owners = [["ann"], ["bob", "carl"], ["boss", "ann"], ["eve", "bob"], ["admin", "boss"], ["carl"]]
        count = rng.choice((2, 2, 3, 3, 4)) if rng.random() < 0.97 else rng.randint(8, 20)
        self.phones = [self._phone(f"p{index}", [of[word] for word in owners[index % 6]]) for index in range(count)]
        self.on = {fault for fault in FAULTS if rng.random() < 0.4}
        self.page_rows = 1_000
        self.steps = rng.randint(40, 100) + 10 * max(0, count - 4)
        if rng.random() < 0.8:
            for phone in self.phones:
                self.drain(phone)
        self.page_rows = rng.choice((1, 2, 3, 5, 30, 1_000))

    def _phone(self, label: str, users: list[str]) -> Phone:
        random = self.rng.randbytes
        spki, sign = (real_key if self.sqlite else quick_key)(random)
        phone = Phone.new(
            label=label, users=users, centre=self.hall.id, install=b64(random(16)), spki=spki, sign=sign, random=random
        )
        phone.batch = self.rng.choice((1, 2, 4, 1_000))
        self._set_clock(phone)
        self.hall.enrol(
            Install(id=phone.id, spki=spki, genesis=genesis(self.hall.id, phone.id, spki), users=frozenset(users))
        )
        return phone

    def _set_clock(self, phone: Phone) -> None:
        wrong = self.clock.choice((0, 0, TEN_YEARS, -TEN_YEARS, 3_600_000, -999))
        phone.clock_ms = 0 if self.right_clocks else wrong

    # --- the run ------------------------------------------------------------------------------------------------------

    def run(self) -> Result:
        """Trouble, then quiet, then the checks."""
        try:
            for _ in range(self.steps):
                self.step()
            self.settle()
            self.check()
        except Diverged as error:
            self.faults.append(Fault("diverged", 2, str(error)))
        finally:
            self.hall.close()
        store = self.hall.store
        log = sorted(store.ops.values(), key=lambda item: item.seq)
        labels = {phone.id: phone.label.rstrip("'") for phone in self.phones}
        outcome: list[tuple[Any, ...]] = [
            (labels.get(item.op.install, ""), item.op.n, item.verdict, item.code) for item in log
        ]
        outcome += sorted(
            (id, str(rec.doc)) for id, rec in store.table.items() if rec.kind not in ("conflict", "parked")
        )
        return Result(
            seed=self.seed,
            ops=len(log),
            faults=self.faults,
            print=store.head.hex(),
            outcome=outcome,
            trace=self.lines or [],
        )

    def step(self) -> None:
        """One thing happens somewhere."""
        rng = self.rng
        phone = rng.choice(self.phones)
        if "crash" in self.on and rng.random() < 0.12:
            phone.fuse.left = rng.randint(0, 12)
        roll = rng.random()
        if roll < 0.36:
            self.act(phone)
        elif roll < 0.46:
            record = self.people.edited(phone, rng.choice(("asset", "asset", "round", "site")))
            if record:
                phone.open_form(record)
        elif roll < 0.66:
            self.begin(phone)
        elif roll < 0.92:
            self.deliver()
        else:
            self.trouble(phone)

    def guard(self, phone: Phone, job: Callable[[], Any]) -> Any:
        """Run something on a phone; when it crashes there, the phone starts again."""
        self.crashed = False
        try:
            return job()
        except Crash:
            self.crashed = True
            lose = self.rng.random() < 0.5
            self.note(f"{phone.label} crashes{' and loses what was not flushed' if lose else ''}")
            phone.restart(lose=lose)
            return None

    def act(self, phone: Phone) -> None:
        """A person does something and is told that it is saved, or the phone dies."""
        rng = self.rng
        if rng.random() < 0.15:
            phone.user = rng.choice(phone.users)
        acts = self.people.acts(phone)
        user = rng.choice(self.people.users) if rng.random() < 0.02 else phone.user
        wall = self.hall.now + phone.clock_ms
        group = rng.random() < 0.8
        made = self.guard(phone, lambda: phone.save(acts, user=user, wall_ms=wall, group=group))
        if rng.random() < 0.6:
            # Else another tab still shows the form as it was opened, and somebody may save that too.
            for act in acts:
                phone.seen.pop(act.record, None)
        for op in made or ():
            self.saved[op.h] = op
            self.note(f"{phone.label} saves op {op.n}: {acts[0].kind} {op.payload!r}")

    def begin(self, phone: Phone) -> None:
        """Send a request, sometimes from a second tab although a round is running."""
        if phone.rounds and self.rng.random() < 0.5:
            return
        made = self.guard(phone, phone.begin)
        if made is not None:
            round_, body = made
            self.note(f"{phone.label} sends from op {round_.start}, {len(round_.sent)} ops")
            self.letters.append(Letter(phone, round_, body, phone.user))

    def deliver(self) -> None:
        """Something that is on its way arrives, or not."""
        rng = self.rng
        if self.answers and rng.random() < 0.6:
            self.hand_over(self.answers.pop(rng.randrange(len(self.answers)) if "late" in self.on else 0))
            return
        if not self.letters:
            return
        letter = self.letters.pop(rng.randrange(len(self.letters)) if "late" in self.on else 0)
        fate = rng.choice(FAULTS[:8]) if rng.random() < 0.35 else ""
        fate = fate if fate in self.on else ""
        if fate:
            self.note(f"{letter.phone.label}: {fate}")
        if fate == "before":
            self.fail(letter)
            return
        if fate == "late":
            # The phone gives up; the request is still under way.
            self.letters.append(Letter(letter.phone, None, letter.body, letter.user))
            self.fail(letter)
            return
        if fate == "session":
            # It has expired: the install may hand in, but reads nothing.
            letter.user = None
        if fate == "cut":
            letter.body = letter.body[: rng.randrange(len(letter.body))]
        answer = self.exchange(letter, crash=fate == "centre")
        if fate == "twice":
            self.letters.append(Letter(letter.phone, None, letter.body, letter.user))
        if answer is None or fate == "after":
            self.fail(letter)
            return
        if fate == "cut_answer":
            answer = answer[: rng.randrange(len(answer))]
        back = Letter(letter.phone, letter.round, answer, letter.user)
        if rng.random() < 0.5:
            self.hand_over(back)
        else:
            self.answers.append(back)

    def exchange(self, letter: Letter, *, crash: bool = False) -> bytes | None:
        """The centre answers; what it says is checked at once."""
        phone = letter.phone
        answer = self.hall.exchange(letter.body, letter.user, phone.id, self.page_rows, crash=crash)
        if answer is None or isinstance(answer, SyncError):
            self.note(f"{phone.label} gets no answer: {answer}")
            return None
        parsed = msgspec.json.decode(answer)
        if letter.user is not None:
            self.faults += oracles.check_answer(self.hall.store, letter.user, phone.id, parsed)
        elif parsed["pages"] or parsed["session"]:
            self.faults.append(Fault("diverged", 8, f"{phone.label} read without a session"))
        head = msgspec.json.decode(letter.body[: letter.body.index(b"\n")])
        if parsed["verdicts"]:
            self._remember(phone, head, letter.body, parsed)
        self.note(
            f"{phone.label} is answered: {parsed['verdicts']} {[(p['scope'][:9], len(p['rows'])) for p in parsed['pages']]}"
        )
        return answer

    def _remember(self, phone: Phone, head: dict[str, Any], body: bytes, parsed: dict[str, Any]) -> None:
        """What the centre has said of each op of a request."""
        runs = {run["n"] + index: run["v"] for run in parsed["verdicts"] for index in range(run.get("count", 1))}
        previous = bytes.fromhex(head["prev"])
        for n, line in enumerate(body.split(b"\n")[2:-1], start=head["from"]):
            parts = msgspec.json.decode(line)
            salt = _unb64(parts["x"])
            pc = sha256(salt + parts["p"].encode()).digest()
            previous = sha256(previous + sha256(parts["h"].encode()).digest() + pc).digest()
            verdict = runs.get(n)
            if verdict is None:
                self.faults.append(Fault("lost", 13, f"{phone.label}: op {n} was sent and got no verdict"))
            elif self.told.setdefault(previous, verdict) != verdict:
                self.faults.append(
                    Fault("duplicated", 1, f"{phone.label}: op {n} was {self.told[previous]}, now {verdict}")
                )

    def fail(self, letter: Letter) -> None:
        """The phone hears nothing."""
        if letter.round is not None:
            letter.phone.receive(letter.round, None)

    def hand_over(self, letter: Letter) -> None:
        """An answer reaches its tab; the round may go on."""
        phone, round_ = letter.phone, letter.round
        if round_ is None or not round_.alive:
            return
        before = {id: held.q for id, held in phone.held().items()}
        x = phone.read_tip()[1]
        body = self.guard(phone, lambda: phone.receive(round_, letter.body))
        for id, held in phone.held().items():
            if held.q and held.q < before.get(id, 0) and not self.crashed:
                self.faults.append(Fault("diverged", 8, f"{phone.label}: {id} went back from {before[id]} to {held.q}"))
        if phone.read_tip()[1] < x and not self.crashed:
            self.faults.append(Fault("diverged", 8, f"{phone.label}: its high-water mark fell"))
        if body is not None:
            self.letters.append(Letter(phone, round_, body, phone.user))

    # --- trouble ------------------------------------------------------------------------------------------------------

    def trouble(self, phone: Phone) -> None:
        """Something that happens rarely."""
        rng = self.rng
        what = rng.choice(
            ("switch", "clock", "backup", "close", "centre_write", "clone", "restore", "scope", "scope", "revoke")
        )
        if what in FAULTS and what not in self.on:
            what = "switch"
        self.note(f"{phone.label}: {what}")
        if what == "switch":
            phone.user = rng.choice(phone.users)
        elif what == "clock":
            self._set_clock(phone)
        elif what == "backup":
            self.backups[phone.label] = phone.twin(phone.label)
        elif what == "close":
            phone.restart(lose=False)
        elif what == "centre_write":
            self.centre_write()
        elif what == "scope":
            user = rng.choice(phone.users)
            self.hall.write([("user", user, self.people.grant())])
        elif what == "clone" and len(self.phones) < 6:
            self.phones.append(phone.twin(phone.label + "'"))
        elif what == "restore" and phone.label in self.backups:
            self.restore(phone)
        elif what == "revoke" and rng.random() < 0.3:
            self.hall.revoke(phone.id)

    def centre_write(self) -> None:
        """A job of the centre changes an asset."""
        rng = self.rng
        assets = sorted(rec.id for rec in self.hall.store.table.values() if rec.kind == "asset" and not rec.deleted)
        values: dict[str, Any] = {"serial": rng.choice(("5", "6")), "site": rng.choice(list(self.sites))}
        self.hall.write([("asset", rng.choice(assets), values)] if assets else [])

    def restore(self, phone: Phone) -> None:
        """The phone is set back to an older backup. What only it held is destroyed, as if the phone had been."""
        backup = self.backups.pop(phone.label)
        phone.forget()
        fresh = backup.twin(phone.label)
        kept = {item.op.h for other in (*self.phones, fresh) if other is not phone for item in other.mine().values()}
        for item in phone.mine().values():
            if item.op.h not in kept and item.op.h not in self.hall.store.ops:
                self.saved.pop(item.op.h, None)
        phone.outbox, phone.cache, phone.fuse = fresh.outbox, fresh.cache, fresh.fuse

    # --- quiet --------------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """No more faults: everybody syncs until nothing changes."""
        self.note("quiet")
        for letter in self.letters:
            if self.rng.random() < 0.5:
                self.exchange(letter)
        self.letters, self.answers = [], []
        for phone in self.phones:
            phone.restart(lose=False)
        top = None
        while top != self.hall.store.top:
            top = self.hall.store.top
            for phone in self.phones:
                self.drain(phone)

    def drain(self, phone: Phone) -> None:
        """One whole round without faults."""
        round_, body = phone.begin()
        for _ in range(3_000):
            answer = self.exchange(Letter(phone, round_, body, phone.user))
            following = phone.receive(round_, answer)
            if following is None:
                break
            body = following
        else:
            self.faults.append(Fault("lost", 13, f"{phone.label}: its round never ends"))
        pushed = self.hall.store.installs[phone.id].status != "active" or not any(
            item.verdict is None for item in phone.mine().values()
        )
        if not pushed:
            self.faults.append(Fault("lost", 13, f"{phone.label}: its outbox does not empty"))

    def check(self) -> None:
        """Every promise, now that all is quiet."""
        store = self.hall.store
        log = sorted(store.ops.values(), key=lambda item: item.seq)
        for h, op in self.saved.items():
            if h not in store.ops:
                self.faults.append(Fault("lost", 1, f"op {op.n} of {op.install} was shown as saved and never arrived"))
        for h, verdict in self.told.items():
            if h not in store.ops or store.ops[h].verdict != verdict:
                self.faults.append(Fault("lost", 1, f"an op was answered with {verdict}, which is not what was kept"))
        self.faults += oracles.check_log(store, log)
        self.faults += oracles.check_records(store, Ledger(store.id, log))
        self.faults += oracles.check_replay(store, log)
        for phone in self.phones:
            self.faults += oracles.check_phone(store, phone)
        self._check_again()
        if isinstance(self.hall, TwinHall):
            self._check_sqlite(self.hall)

    def _check_again(self) -> None:
        """1: everything sent once more changes nothing."""
        top = self.hall.store.top
        for phone in self.phones:
            ops = [item.op for item in phone.mine().values()]
            if ops:
                self.exchange(Letter(phone, None, phone.request(ops), phone.user))
        if self.hall.store.top != top:
            self.faults.append(Fault("duplicated", 1, "ops that were sent once more took new places"))

    def _check_sqlite(self, hall: TwinHall) -> None:
        with TemporaryDirectory() as folder:
            found = verify(hall.db.reader(), Blobs(Path(folder)), lambda done, total, what: None)
        for text in found.faults:
            self.faults.append(Fault("diverged", 2, f"verify: {text}"))


def _unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


def simulate(seed: int, *, trace: bool = False) -> Result:
    """Run one seed. Every seventh runs again with clocks that are right: they must decide nothing (12)."""
    result = World(seed, trace=trace).run()
    if seed % 7 == 3 and not result.faults:
        other = World(seed, right_clocks=True).run()
        if other.outcome != result.outcome:
            result.faults.append(Fault("diverged", 12, "with right clocks something else came about"))
    return result
