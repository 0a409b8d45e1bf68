"""Document numbers such as `WBXJ-2026-000123`: by the company's pattern, in one run per kind and year, never twice.

A pattern is literal text (letters, digits, `- . _ /`) with `{kind}` (WBXJ, FWBG), `{year}`, `{month}` and one running
number: `{n}`, or `{n:6}` with at least six digits. Numbers run separately for each combination of the other values.
"""

import re
import sqlite3
from datetime import datetime

import msgspec

from server.store import meta

DEFAULT = "{kind}-{year}-{n:6}"
LETTERS = {"inspection_record": "WBXJ", "service_report": "FWBG"}
"""What `{kind}` stands for: 维保巡检, 服务报告."""
LONGEST = 60
SKIP_AFTER_RESTORE = 1_000
"""Numbers left out after a restore: those that were given out since the backup are on paper somewhere."""

PART = re.compile(r"\{(kind|year|month)\}|\{(n)(?::([1-9]))?\}|([A-Za-z0-9\-._/]+)")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """The last number of one run, and the epoch (count of restores) in which it was given."""

    last: int
    epoch: int


def is_pattern(text: str) -> bool:
    """Whether numbers can be made by `text`."""
    parts = list(PART.finditer(text))
    whole = "".join(part[0] for part in parts) == text
    return whole and 0 < len(text) <= LONGEST and sum(1 for part in parts if part[2]) == 1


def split(pattern: str, kind: str, day: datetime) -> tuple[str, int, str]:
    """What stands before and after the running number, and its least width. An unfit pattern counts as the default."""
    values = {"kind": LETTERS[kind], "year": f"{day:%Y}", "month": f"{day:%m}"}
    sides, width = [""], 1
    for part in PART.finditer(pattern if is_pattern(pattern) else DEFAULT):
        if part[2]:
            width = int(part[3] or 1)
            sides.append("")
        else:
            sides[-1] += values[part[1]] if part[1] else part[4]
    return sides[0], width, sides[1]


def take(conn: sqlite3.Connection, pattern: str, kind: str, day: datetime) -> str:
    """The next number of `kind` on a civil day. Only inside a writer job: there is one writer, so nobody else gets it.

    1. Each run counts upwards; the count outlives the documents, so a deleted one's number does not come back.
    2. A number that a document already claims is left out, whatever the count says.
    3. After a restore the count jumps, because what was issued since the backup is unknown here.
    """
    before, width, after = split(pattern, kind, day)
    key = f"document_number:{before}#{after}"
    epoch = int(meta.get(conn, "epoch") or 1)
    known = meta.get(conn, key)
    run = msgspec.json.decode(known, type=Run) if known else Run(last=0, epoch=epoch)
    n = run.last + 1 + (SKIP_AFTER_RESTORE if run.epoch != epoch else 0)
    while is_claimed(conn, number := f"{before}{n:0{width}}{after}"):
        n += 1
    meta.put(conn, key, msgspec.json.encode(Run(last=n, epoch=epoch)).decode())
    return number


def is_claimed(conn: sqlite3.Connection, number: str) -> bool:
    """Whether a document has this number."""
    return conn.execute("SELECT 1 FROM claims WHERE key = ?", (f"number:{number}",)).fetchone() is not None
