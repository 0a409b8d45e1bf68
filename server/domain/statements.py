"""Checks the statement under a signature against the ops it names, once its bytes have arrived. Promise 5."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import structlog

from server.store.log import centre_id, op_by_hash
from server.store.records import Record, find
from sync import statement
from sync.chain import unb64
from sync.drafts import Draft
from sync.ops import Op, read_header

log = structlog.stdlib.get_logger("statements")


class Ingests(Protocol):
    """The one way to write records; `server.ingest.Ingest`."""

    def write(self, conn: sqlite3.Connection, drafts: Sequence[Draft]) -> Sequence[Any]:
        """Turn drafts into ops of the centre."""
        ...


def loader(conn: sqlite3.Connection) -> statement.Load:
    """Op name (12 characters) or full hash (64) -> the op."""

    def load(ref: str) -> Op | None:
        try:
            h = bytes.fromhex(ref) if len(ref) == 64 else unb64(ref)
        except ValueError:
            return None
        return op_by_hash(conn, h) if len(h) in (9, 32) else None

    return load


def waiting(conn: sqlite3.Connection, sha256: str) -> list[Record]:
    """Signatures over a statement that nobody has checked yet."""
    return [found for found in find(conn, "signature", "statement", sha256) if not found.doc.get("verified")]


def unchecked(conn: sqlite3.Connection) -> list[str]:
    """SHA-256 of statements under signatures that were not checked; for the start."""
    rows = conn.execute(
        "SELECT DISTINCT doc ->> 'statement' FROM records WHERE kind = 'signature' AND NOT deleted "
        "AND doc ->> 'statement' IS NOT NULL AND doc ->> 'verified' IS NULL"
    )
    return [row[0] for row in rows]


def check(conn: sqlite3.Connection, data: bytes, signature: Record) -> str:
    """ "" when the statement says what its ops say and is signed as its signature record says; else the difference."""
    centre = centre_id(conn) or ""
    try:
        given = statement.verify(data, loader(conn), centre)
    except statement.Mismatch as mismatch:
        return str(mismatch)
    signer: dict[str, str] = signature.doc.get("signer") or {}
    if (given.signer.name, given.signer.role) != (signer.get("name", ""), signer.get("role", "")):
        return "the statement names another signer than the signature"
    sources = statement.find_sources(given, loader(conn))
    for ref, field in ((sources.round, "round"), (sources.site, "site")):
        op = loader(conn)(ref)
        if op is None or op.header is None or read_header(op.header).r != signature.doc.get(field):
            return f"the statement is of another {field} than the signature"
    if given.signer.outcome != signature.doc.get("outcome"):
        return "the statement has another outcome than the signature"
    return ""


def settle(conn: sqlite3.Connection, ingest: Ingests, read: Callable[[str], bytes], sha256: str) -> None:
    """Check every signature over this statement and say `match` or `mismatch` on its record. Inside a writer job."""
    found = waiting(conn, sha256)
    if not found:
        return
    data = read(sha256)
    for signature in found:
        difference = check(conn, data, signature)
        if difference:
            log.warning("statement differs from its ops", signature=signature.id, reason=difference)
        ingest.write(
            conn,
            [
                Draft(
                    kind="signature",
                    record=signature.id,
                    values={"verified": "mismatch" if difference else "match"},
                )
            ],
        )
