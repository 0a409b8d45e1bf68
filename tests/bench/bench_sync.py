"""Sync of 10,000 creates from one phone with all rules on, over HTTP with a centre in its own process, beside plain SQLite.

R is raw `sqlite3` writing the same log and state rows, prepared beforehand, in one transaction with one key per table, in the
same journal mode and durability. Requests are made, signed and zipped beforehand: what is timed is from the first byte sent
to the last answer read. Push, replay and pull take turns with R in each round; a figure is the median of the rounds.
"""

import json
import os
import shutil
import sqlite3
import statistics
import time
from pathlib import Path
from typing import Any

from server.ingest import new_id
from server.store.db import Database
from sync.ops import SCHEMA, Header, Op, freeze
from tests.bench.served import HttpInstall, asset, cpu_s, folder, parts, served, zipped
from tests.e2e.support import Centre

OPS = 10_000
CHANGES = 100
ROUNDS = 3
DELTAS = 25
START_MS = 1_763_600_000_000

LOG = "seq, h, install, n, kind, record, user, header, payload, salt, pc, verdict, arrived_at, log_head"
TABLES = ("ops", "records", "feed", "claims")
STATE = "id, kind, seq, deleted, scopes, doc, writers"

Figures = dict[str, dict[str, object]]


def freeze_all(phone: HttpInstall, acts: list[tuple[str, dict[str, Any], dict[str, str | None]]]) -> list[Op]:
    """Ops on assets as a phone freezes them: clocks that go on, salts and ids as random as theirs."""
    author = phone.author
    made: list[Op] = []
    for index, (record, values, base) in enumerate(acts):
        wall = START_MS + 4_217 * index + index * index % 997
        times = (wall, START_MS - 90_000_000, wall - START_MS + 90_000_000, START_MS - 60_000, 89_940_000)
        n = author.ops[-1].n + 1
        header = Header(i=author.id, n=n, s=SCHEMA, u=author.user, k="asset", r=record, x=author.base, t=times)
        op = freeze(previous=author.tip, header=header, values=values, base=base, salt=os.urandom(16))
        author.tip = op.h
        author.ops.append(op)
        made.append(op)
    return made


def creates(phone: HttpInstall, customer: str, site: str) -> list[Op]:
    """10,000 creates."""
    return freeze_all(phone, [(new_id(START_MS + 4_217 * n), asset(n, customer, site), {}) for n in range(OPS)])


def raw(source: Path, target: Path) -> float:
    """R: seconds for the rows of `source` into two plain tables."""
    with sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True) as conn:
        log = conn.execute(f"SELECT {LOG} FROM ops").fetchall()
        state = conn.execute(f"SELECT {STATE} FROM records").fetchall()
    conn.close()
    conn = sqlite3.connect(target, isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute(f"CREATE TABLE log ({LOG.replace('seq,', 'seq INTEGER PRIMARY KEY,', 1)})")
    conn.execute(f"CREATE TABLE state ({STATE.replace('id,', 'id TEXT PRIMARY KEY,', 1)})")
    begin = time.perf_counter()
    conn.execute("BEGIN IMMEDIATE")
    conn.executemany(f"INSERT INTO log VALUES ({', '.join('?' * 14)})", log)
    conn.executemany(f"INSERT INTO state VALUES ({', '.join('?' * 7)})", state)
    conn.execute("COMMIT")
    took = time.perf_counter() - begin
    conn.close()
    assert len(log) >= OPS
    return took


def raw_indexed(source: Path, target: Path) -> float:
    """As `raw`, but into the centre's own tables, with their indexes, the feed and the claims: what SQLite itself needs."""
    db = Database(target)
    try:
        db.migrate()
        conn = db.writer
        conn.execute("PRAGMA foreign_keys=OFF")
        conn.execute("ATTACH ? AS source", (str(source),))
        rows = {name: conn.execute(f"SELECT * FROM source.{name}").fetchall() for name in TABLES}
        begin = time.perf_counter()
        conn.execute("BEGIN IMMEDIATE")
        for name, found in rows.items():
            marks = ", ".join("?" * len(found[0]))
            conn.executemany(f"INSERT INTO main.{name} VALUES ({marks})", [tuple(row) for row in found])
        conn.execute("COMMIT")
        return time.perf_counter() - begin
    finally:
        db.close()


def bare_read(source: Path) -> float:
    """Seconds for one SELECT of all records and its JSON, uncompressed."""
    conn = sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)
    begin = time.perf_counter()
    rows = conn.execute("SELECT seq, kind, id, doc, writers FROM records ORDER BY seq").fetchall()
    text = json.dumps([{"q": q, "k": k, "r": r, "v": json.loads(v), "w": w} for q, k, r, v, w in rows])
    took = time.perf_counter() - begin
    conn.close()
    assert len(rows) >= OPS
    assert len(text) > OPS * 200
    return took


def timed(phone: HttpInstall, bodies: list[bytes]) -> tuple[float, list[bytes]]:
    """Seconds for one request after the other."""
    begin = time.perf_counter()
    answers = [phone.send(body) for body in bodies]
    return time.perf_counter() - begin, answers


def pull_all(phone: HttpInstall) -> tuple[float, int, int]:
    """A whole pull by an install that has nothing: (seconds, bytes on the wire, records). Reading the pages is not timed."""
    took, size, more = 0.0, 0, True
    while more:
        body = zipped(phone.author.request([], pull=True))
        begin = time.perf_counter()
        answer, wire = phone.fetch(body)
        took += time.perf_counter() - begin
        size += wire + len(body)
        more = phone.author.take(answer)["more"]
    return took, size, len(phone.author.rows)


def one_round(folder: Path) -> dict[str, float]:
    """A new centre, one phone with 10,000 creates, another that pulls them, then 100 changes."""
    found: dict[str, float] = {}
    with served(folder / "data") as centre:
        phone = HttpInstall(centre)
        customer, site, _ = phone.found()
        phone.pull()
        ops = creates(phone, customer, site)
        found["payload"] = statistics.fmean(len(op.payload or b"") for op in ops)
        bodies = [zipped(phone.author.request(part)) for part in parts(ops)]
        used = cpu_s(centre)
        found["push"], answers = timed(phone, bodies)
        found["push_cpu"] = cpu_s(centre) - used
        for answer in answers:
            runs = json.loads(answer)["verdicts"]
            assert [run["v"] for run in runs] == ["applied"], runs[:3]
        found["push_wire"] = sum(map(len, bodies)) + sum(map(len, answers))
        found["replay"], again = timed(phone, bodies)
        assert [json.loads(a)["verdicts"] for a in again] == [json.loads(a)["verdicts"] for a in answers]
        source = folder / "raw-source.db"
        snapshot(centre, source)
        found["raw"] = raw(source, folder / "raw.db")
        found["raw_indexed"] = raw_indexed(source, folder / "indexed" / "sitebook.db")
        fresh = HttpInstall(centre)
        found["pull"], found["pull_wire"], rows = pull_all(fresh)
        assert rows >= OPS
        found["bare_read"] = bare_read(source)
        found |= delta(phone, fresh, ops)
        phone.close()
        fresh.close()
    return found


def snapshot(centre: Centre, target: Path) -> None:
    """A copy of the centre's database, so that its rows can be read without disturbing it."""
    source = sqlite3.connect(f"{(centre.data / 'sitebook.db').as_uri()}?mode=ro", uri=True)
    copy = sqlite3.connect(target)
    source.backup(copy)
    copy.close()
    source.close()


def delta(phone: HttpInstall, fresh: HttpInstall, ops: list[Op]) -> dict[str, float]:
    """100 of the records get a new note; what the other phone's next pull costs."""
    phone.pull()
    chosen = ops[:: OPS // CHANGES]
    acts = [(json.loads(op.header or b"")["r"], {"note": f"已核对 {n}"}, {}) for n, op in enumerate(chosen)]
    phone.push(freeze_all(phone, acts))
    body = zipped(fresh.author.request([], pull=True))
    took: list[float] = []
    wire = 0
    for _ in range(DELTAS):
        begin = time.perf_counter()
        answer, wire = fresh.fetch(body)
        took.append(time.perf_counter() - begin)
        assert sum(len(page["rows"]) for page in json.loads(answer)["pages"]) == CHANGES
    return {"delta": statistics.median(took), "delta_wire": wire + len(body)}


def figure(value: float, unit: str, other: float | None = None, than: str = "", **more: object) -> dict[str, object]:
    """One line of the table; `times` says how many times the other's time it took."""
    found: dict[str, object] = {"value": value, "unit": unit}
    if other is not None:
        found |= {"ratio_to": than, "ratio": round(other / value, 2), "times": round(value / other, 2)}
        found["other"] = round(other, 4)
    return found | more


def run() -> Figures:
    """Medians of three rounds, each in a new centre."""
    rounds: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        with folder() as place:
            rounds.append(one_round(place))
            shutil.rmtree(place / "data", ignore_errors=True)
    middle = {name: statistics.median(found[name] for found in rounds) for name in rounds[0]}
    plain = "raw sqlite3, log + state, one transaction"
    return {
        "sync_push": figure(
            round(middle["push"], 3),
            "s",
            middle["raw"],
            plain,
            payload_bytes=round(middle["payload"]),
            other_indexed=round(middle["raw_indexed"], 3),
            cpu_s=round(middle["push_cpu"], 2),
            load=round(os.getloadavg()[0], 1),
        ),
        "sync_push_wire": figure(round(middle["push_wire"] / 1e6, 3), "MB"),
        "sync_replay": figure(round(middle["replay"], 3), "s", middle["raw"], plain),
        "sync_pull": figure(round(middle["pull"], 3), "s", middle["bare_read"], "one SELECT + json"),
        "sync_pull_wire": figure(round(middle["pull_wire"] / 1e6, 3), "MB"),
        "sync_delta": figure(round(middle["delta"] * 1000, 1), "ms"),
        "sync_delta_wire": figure(round(middle["delta_wire"] / 1000, 1), "KB"),
    }
