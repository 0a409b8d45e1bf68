"""Giving out tokens and codes. Runs inside writer jobs, which come one after another: two callers never get the same.

Invariants:
1. A token is new: no label record and no asset has it.
2. A code is new: no asset of the customer ever had it (`server.store.labels.used_codes`).
3. An asset that has a token or a code keeps it; asking again changes nothing, so a call that was cut off is repeated.
4. An asset for which the pattern gives no code still gets its token; why is said beside it.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from server.errors import Problem
from server.ingest import Ingest, new_id
from server.labels import patterns, tokens
from server.store import labels as store
from server.store import records
from server.store.records import Record
from server.store.writer import Writer
from sync.drafts import Draft

CHUNK = 500
"""Assets in one writer job: others wait for it."""
NO_BUILDING = "D00"
"""Building part of codes of what stands in no building."""


class Refusal(Struct, frozen=True, kw_only=True):
    """Why the pattern gave no code, in both languages."""

    zh: str
    en: str


class Allotted(Struct, frozen=True, kw_only=True):
    """One label. `made`: its token is new."""

    token: str
    made: bool
    asset: str | None = None
    code: str | None = None
    refusal: Refusal | None = None


def give(
    writer: Writer,
    ingest: Ingest,
    *,
    user: str,
    batch: str,
    assets: Sequence[str] = (),
    blank: int = 0,
    holds: Callable[[str], bool] = lambda site: True,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> list[Allotted]:
    """Labels for `assets`, and `blank` ones, in writer jobs of 500; waits for them, so not on the event loop.

    Cut off between two jobs, what was given stays, and asking again goes on. Raises as `allot_assets`.
    """
    given: list[Allotted] = []
    total = len(assets) + blank
    for start in range(0, len(assets), CHUNK):
        some = assets[start : start + CHUNK]
        given += writer.submit(
            lambda conn, some=some: allot_assets(conn, ingest, some, user=user, batch=batch, holds=holds)
        ).result()
        report(len(given), total)
    for start in range(0, blank, CHUNK):
        count = min(CHUNK, blank - start)
        given += writer.submit(
            lambda conn, count=count: allot_blank(conn, ingest, count, user=user, batch=batch)
        ).result()
        report(len(given), total)
    return given


def allot_assets(
    conn: sqlite3.Connection,
    ingest: Ingest,
    assets: Sequence[str],
    *,
    user: str,
    batch: str,
    holds: Callable[[str], bool],
) -> list[Allotted]:
    """A token for each asset that has none, and a code by the company's pattern for each without; in the order asked.

    `holds` says whether the caller may touch a site. Raises `Problem("not_found")` for what is no asset of theirs and
    `label_pattern` for a pattern that can't be read; then nothing was given out.
    """
    held = find_assets(conn, assets, holds)
    coder = Coder(conn)
    ids = rising_ids(ingest, len(held))
    given: list[Allotted] = []
    drafts: list[Draft] = []
    for number, asset in enumerate(held.values()):
        values: dict[str, Any] = {}
        known = newest_token(conn, asset)
        token = known or fresh_token(conn, ingest)
        if known is None:
            values["tokens"] = {"add": [token], "del": []}
            label = {"token": token, "batch": batch, "asset": asset.id}
            drafts.append(Draft(kind="label", record=next(ids), values=label, base={}, group=number))
        code, refusal = coder.code(asset)
        if code is not None and code != asset.doc.get("code"):
            values["code"] = code
            # The claim to the code is made per customer.
            if not asset.doc.get("customer") and (customer := coder.customer_of(asset)):
                values["customer"] = customer
        if values:
            drafts.append(Draft(kind="asset", record=asset.id, values=values, group=number))
        given.append(Allotted(token=token, made=known is None, asset=asset.id, code=code, refusal=refusal))
    ingest.demand(conn, drafts, user)
    return given


def allot_blank(conn: sqlite3.Connection, ingest: Ingest, count: int, *, user: str, batch: str) -> list[Allotted]:
    """Labels without an asset, to be stuck on first and bound by a scan."""
    given: list[Allotted] = []
    drafts: list[Draft] = []
    for id in rising_ids(ingest, count):
        token = fresh_token(conn, ingest)
        values = {"token": token, "batch": batch}
        drafts.append(Draft(kind="label", record=id, values=values, base={}))
        given.append(Allotted(token=token, made=True))
    ingest.demand(conn, drafts, user)
    return given


def find_assets(conn: sqlite3.Connection, ids: Sequence[str], holds: Callable[[str], bool]) -> dict[str, Record]:
    """Id -> asset, in the order asked, each once. Raises `Problem("not_found")` naming the first that isn't there."""
    found = records.get_many(conn, dict.fromkeys(ids))
    for id in ids:
        record = found.get(id)
        if record is None or record.kind != "asset" or record.deleted or not holds(record.doc.get("site", "")):
            raise Problem("not_found", kind="asset", id=id[:40])
    return {id: found[id] for id in dict.fromkeys(ids)}


def rising_ids(ingest: Ingest, count: int) -> Iterator[str]:
    """Ids for new labels, in the order in which they are given out, which is that of printing."""
    now = ingest.clock()
    return iter(sorted(new_id(now, ingest.random) for _ in range(count)))


def fresh_token(conn: sqlite3.Connection, ingest: Ingest) -> str:
    """A token that nobody has. 60 random bits hardly ever meet; what is printed and sold by the roll is checked anyway."""
    while store.is_taken(conn, token := tokens.draw(ingest.random)):
        pass
    return token


def newest_token(conn: sqlite3.Connection, asset: Record) -> str | None:
    """The token to print for an asset: of several the one whose label was issued last; None without any."""
    bound: list[str] = asset.doc.get("tokens") or []
    if len(bound) < 2:
        return bound[0] if bound else None
    issued = store.of_tokens(conn, bound)
    return max(bound, key=lambda token: (issued[token].id if token in issued else "", token))


def new_batch(ingest: Ingest, zone: str) -> str:
    """A name for what is allotted together: the civil day and four characters, as `20260314-7K3M`."""
    day = datetime.fromtimestamp(ingest.clock() / 1000, UTC).astimezone(ZoneInfo(zone))
    return f"{day:%Y%m%d}-{tokens.draw(ingest.random)[:4]}"


def read_pattern(conn: sqlite3.Connection) -> patterns.Pattern:
    """The company's code pattern, the house rule where none is set. Raises `Problem("label_pattern")`."""
    companies = records.all_of(conn, "company")
    source = next((text for company in companies if (text := company.doc.get("code_pattern"))), patterns.HOUSE)
    try:
        return patterns.parse(source)
    except patterns.PatternError as error:
        raise Problem("label_pattern", reason_zh=error.zh, reason_en=error.en) from None


class Coder:
    """Codes for assets by the company's pattern, one after another; reads what it needs of the tree once."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._pattern = read_pattern(conn)
        self._numbers: dict[str, patterns.Numbers] = {}
        self._records: dict[str, Record | None] = {}

    def code(self, asset: Record) -> tuple[str | None, Refusal | None]:
        """(the code it has, or the next one), or (None, why the pattern gives none)."""
        if asset.doc.get("code"):
            return str(asset.doc["code"]), None
        customer = self.customer_of(asset)
        if customer not in self._numbers:
            self._numbers[customer] = patterns.Numbers(self._pattern, store.used_codes(self._conn, customer))
        try:
            return self._numbers[customer].next(self.values(asset)), None
        except patterns.PatternError as error:
            return None, Refusal(zh=error.zh, en=error.en)

    def customer_of(self, asset: Record) -> str:
        """The id of the asset's customer, its site's where it names none itself; empty without."""
        site = self._get(asset.doc.get("site"))
        return str(asset.doc.get("customer") or (site.doc.get("customer") if site else "") or "")

    def values(self, asset: Record) -> Mapping[str, str]:
        """Placeholder -> value for one asset.

        Without a room the floor stands for it (`0200`), without a floor `0000`; without a building `D00`.
        """
        found: dict[str, str] = {}
        space = self._get(asset.doc.get("space"))
        for _ in range(20):  # a tree that was knotted by concurrent moves must not hang us
            if space is None:
                break
            found.setdefault(space.doc.get("type") or "", str(space.doc.get("code") or space.doc.get("name") or ""))
            space = self._get(space.doc.get("parent"))
        customer, site, category = (
            self._get(self.customer_of(asset)),
            self._get(asset.doc.get("site")),
            self._get(asset.doc.get("category")),
        )
        floor = found.get("floor", "")
        return {
            "customer": str(customer.doc.get("short_name") or customer.doc.get("name") or "") if customer else "",
            "site": str(site.doc.get("name") or "") if site else "",
            "category": str(category.doc.get("key") or "") if category else "",
            "building": found.get("building") or NO_BUILDING,
            "floor": floor or "00",
            "room": found.get("room") or found.get("area") or f"{floor or '00'}00",
            "rack": found.get("rack", ""),
        }

    def _get(self, id: str | None) -> Record | None:
        if not id:
            return None
        if id not in self._records:
            self._records[id] = records.get(self._conn, id)
        return self._records[id]
