"""Proves a data folder: every chain, the log, every signature, every blob."""

import sqlite3
from collections.abc import Callable
from hashlib import sha256

import msgspec

from server.ingest import verify_signature
from server.media.blobs import Blobs
from sync.chain import LOG_GENESIS, link, log_head

Tell = Callable[[int, int | None, str], None]
MAX_FAULTS = 100


class Findings(msgspec.Struct, kw_only=True):
    """What was looked at, and what is wrong (at most 100 lines)."""

    ops: int = 0
    erased: int = 0
    installs: int = 0
    heads: int = 0
    blobs: int = 0
    missing_blobs: int = 0
    """Named by an op and not here yet: pending on a phone, not a fault."""
    faults: list[str] = []

    def fault(self, text: str) -> None:
        """Note a fault."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(text)


def verify(conn: sqlite3.Connection, blobs: Blobs, tell: Tell) -> Findings:
    """Walk the whole installation. `faults` empty: everything is as it was signed."""
    found = Findings()
    _verify_ops(conn, found, tell)
    _verify_heads(conn, found)
    _verify_blobs(conn, blobs, found, tell)
    return found


def _verify_ops(conn: sqlite3.Connection, found: Findings, tell: Tell) -> None:
    starts = {row[0]: row[1] for row in conn.execute("SELECT id, genesis FROM installs")}
    found.installs = len(starts)
    total = conn.execute("SELECT count(*) FROM ops").fetchone()[0]
    hashes: set[bytes] = set()
    verdicts = {row["seq"]: row for row in conn.execute("SELECT seq, h, verdict, log_head FROM rejudged")}
    log = LOG_GENESIS

    def advance(seq: int, h: bytes, verdict: str, stated: bytes) -> bytes:
        head = log_head(log, seq, h, verdict)
        if head != stated:
            found.fault(f"log: seq {seq} does not follow from the one before it")
        return stated

    for row in conn.execute("SELECT * FROM ops ORDER BY seq"):
        for seq in sorted(seq for seq in verdicts if seq < row["seq"]):
            later = verdicts.pop(seq)
            log = advance(seq, later["h"], later["verdict"], later["log_head"])
        where = f"op {row['n']} of install {row['install']}"
        if row["header"] is not None and sha256(row["header"]).digest() != row["header_hash"]:
            found.fault(f"{where}: the header was changed")
        if row["payload"] is None:
            found.erased += 1
        elif sha256(row["salt"] + row["payload"]).digest() != row["pc"]:
            found.fault(f"{where}: the payload was changed")
        if link(row["prev"], row["header_hash"], row["pc"]) != row["h"]:
            found.fault(f"{where}: its hash does not follow from its content")
        if row["prev"] not in hashes and row["prev"] != starts.get(row["install"]):
            found.fault(f"{where}: the op before it is missing")
        hashes.add(row["h"])
        log = advance(row["seq"], row["h"], row["first_verdict"] or row["verdict"], row["log_head"])
        found.ops += 1
        if found.ops % 1000 == 0:
            tell(found.ops, total, "ops")
    for seq in sorted(verdicts):
        log = advance(seq, verdicts[seq]["h"], verdicts[seq]["verdict"], verdicts[seq]["log_head"])
    stated = conn.execute("SELECT value FROM meta WHERE key = 'log_head'").fetchone()[0]
    if stated != log:
        found.fault("log: its end was cut off or replaced")


def _verify_heads(conn: sqlite3.Connection, found: Findings) -> None:
    keys = {row[0]: row[1] for row in conn.execute("SELECT id, spki FROM installs")}
    for row in conn.execute("SELECT n, install, head, signature FROM heads"):
        found.heads += 1
        if not verify_signature(keys.get(row["install"], b""), row["head"], row["signature"]):
            found.fault(f"head {row['n']} of install {row['install']}: the signature does not hold")
    for row in conn.execute(
        "SELECT install, max(n) AS n FROM ops WHERE install <> (SELECT value FROM meta WHERE key = 'centre') GROUP BY install"
    ):
        last = conn.execute("SELECT max(head ->> '$.n') FROM heads WHERE install = ?", (row["install"],)).fetchone()[0]
        if last is None or int(last) < row["n"]:
            found.fault(f"install {row['install']}: no signed head covers its op {row['n']}")


def _verify_blobs(conn: sqlite3.Connection, blobs: Blobs, found: Findings, tell: Tell) -> None:
    names = [row[0] for row in conn.execute("SELECT DISTINCT sha256 FROM op_blobs ORDER BY sha256")]
    for done, name in enumerate(names):
        if done % 50 == 0:
            tell(done, len(names), "blobs")
        if not blobs.exists(name):
            found.missing_blobs += 1
            continue
        found.blobs += 1
        digest = sha256()
        with blobs.open(name) as handle:
            while piece := handle.read(1 << 20):
                digest.update(piece)
        if digest.hexdigest() != name:
            found.fault(f"blob {name}: its bytes were changed")
