"""What labels need of the store: codes that were ever used, and the label records of tokens."""

import sqlite3
from collections.abc import Iterable

from server.store.records import Record, chunks, get_many


def used_codes(conn: sqlite3.Connection, customer: str) -> set[str]:
    """Every code that an asset of the customer ever had, deleted assets and earlier codes too.

    Those of assets without a customer are among them: they may turn out to be this one's.
    """
    rows = conn.execute("SELECT code FROM used_codes WHERE customer IN (?, '')", (customer,))
    return {row[0] for row in rows}


def of_tokens(conn: sqlite3.Connection, tokens: Iterable[str]) -> dict[str, Record]:
    """Token -> its label record, for tokens that the centre issued."""
    owners: dict[str, str] = {}
    for chunk in chunks(f"label:{token}" for token in tokens):
        marks = ",".join("?" * len(chunk))
        for key, record in conn.execute(f"SELECT key, record FROM claims WHERE key IN ({marks})", chunk):
            owners[key.removeprefix("label:")] = record
    found = get_many(conn, owners.values())
    return {token: found[id] for token, id in owners.items() if id in found}


def of_batch(conn: sqlite3.Connection, batch: str) -> list[Record]:
    """The label records of a batch, in the order in which they were made."""
    rows = conn.execute(
        "SELECT id FROM records WHERE kind = 'label' AND doc ->> 'batch' = ? AND NOT deleted ORDER BY n", (batch,)
    )
    ids = [row[0] for row in rows]
    found = get_many(conn, ids)
    return [found[id] for id in ids if id in found]


def is_taken(conn: sqlite3.Connection, token: str) -> bool:
    """Whether a token was issued, or stands on an asset."""
    keys = (f"label:{token}", f"token:{token}")
    return conn.execute("SELECT EXISTS (SELECT 1 FROM claims WHERE key IN (?, ?))", keys).fetchone()[0] == 1


def assets_of_site(conn: sqlite3.Connection, site: str) -> list[tuple[str, str | None]]:
    """(id, code) of a site's assets, in order of code, then name: as they are stuck on, room by room."""
    rows = conn.execute(
        "SELECT id, doc ->> 'code' AS code FROM records WHERE kind = 'asset' AND doc ->> 'site' = ? AND NOT deleted "
        "ORDER BY code IS NULL, code, doc ->> 'name', id",
        (site,),
    )
    return [(row["id"], row["code"]) for row in rows]


def with_token(conn: sqlite3.Connection, assets: Iterable[str]) -> int:
    """How many of the assets have a token."""
    return sum(bool(record.doc.get("tokens")) for record in get_many(conn, assets).values())


def printed(conn: sqlite3.Connection, tokens: Iterable[str]) -> set[str]:
    """Those of the tokens whose label was printed."""
    return {token for token, record in of_tokens(conn, tokens).items() if record.doc.get("printed_at")}


def sites(conn: sqlite3.Connection, wanted: str) -> list[str]:
    """Ids of the sites with that id or name."""
    rows = conn.execute(
        "SELECT id FROM records WHERE kind = 'site' AND NOT deleted AND (id = ? OR doc ->> 'name' = ?) ORDER BY id",
        (wanted, wanted),
    )
    return [row[0] for row in rows]
