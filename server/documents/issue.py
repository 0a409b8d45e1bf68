"""Issuing a document: a number and a token for ever, then its bytes.

1. One signature, kind, language (and inspection) has one document, however often and by however many it is asked for.
2. The record with number, token and time is written before the document is typeset; should the centre stop in between,
   the next request typesets it with the same number. The record is whole once it names its file.
3. Nothing is issued from a statement that differs from its ops, nor, unless asked for, while photos are on their way.
"""

import sqlite3
from datetime import datetime
from typing import Any

import msgspec

from server.centre import Centre
from server.documents import numbering, sources
from server.documents.context import Context, Issue, Kind, build_record, build_report, zone
from server.documents.render import render
from server.documents.sources import Signed
from server.documents.words import Lang
from server.errors import Problem
from server.ingest import CENTRE_USER, new_id
from server.labels import tokens
from server.store import records
from server.store.records import Record
from sync.drafts import Draft


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which document: of a signature, and for an inspection record of which inspection (record ids)."""

    kind: Kind
    signature: str
    lang: Lang
    inspection: str | None = None


def issue(centre: Centre, wanted: Wanted, *, user: str = CENTRE_USER, incomplete: bool = False) -> Record:
    """The document, issued now or before. Takes up to seconds: call from a worker thread.

    `incomplete` issues it although photos are missing, with frames that say so; that is final. Raises `Problem`:
    `not_found`, `statement_pending`, `statement_mismatch`, `document_pending`.
    """
    conn = centre.reader()
    found = existing(conn, wanted)
    if found is not None and found.doc.get("blob"):
        return found
    signature = records.get(conn, wanted.signature)
    if signature is None or signature.kind != "signature" or signature.deleted:
        raise Problem("not_found", kind="signature", id=wanted.signature[:40])
    signed = sources.read(centre, conn, signature)
    visit = visit_of(signed, wanted)
    missing = signed.pending(visit)
    if missing and not incomplete:
        total = sum(1 for photo in signed.photos if visit in (None, photo.visit))
        raise Problem("document_pending", missing=len(missing), total=total)
    drawing = sources.drawing(centre, signature)
    reserved = found or centre.writer.submit(lambda c: reserve(centre, c, signed, wanted, user)).result()
    context = build(centre, conn, signed, wanted, visit=visit, reserved=reserved, drawing=drawing)
    sha256 = centre.blobs.put(pdf := render(wanted.kind, context, wanted.lang))
    finish = Draft(kind="document", record=reserved.id, values={"blob": sha256, "size": len(pdf)}, blobs=(sha256,))
    centre.writer.submit(lambda c: centre.ingest.demand(c, [finish], user)).result()
    made = records.get(centre.reader(), reserved.id)
    assert made is not None
    return made


def existing(conn: sqlite3.Connection, wanted: Wanted) -> Record | None:
    """The document that was issued, or at least numbered, before."""
    signature = records.get(conn, wanted.signature)
    round = signature.doc.get("round") if signature is not None else None
    for found in records.find(conn, "document", "round", round) if round else ():
        doc = found.doc
        if (doc.get("kind"), doc.get("signature"), doc.get("lang"), doc.get("inspection")) == (
            wanted.kind,
            wanted.signature,
            wanted.lang,
            wanted.inspection,
        ):
            return found
    return None


def visit_of(signed: Signed, wanted: Wanted) -> str | None:
    """Full hash of the inspection op that the document is about; None for the whole round."""
    if wanted.kind == "service_report":
        return None
    for ref, record in signed.inspections.items():
        if record == wanted.inspection:
            return ref
    raise Problem("not_found", kind="inspection", id=(wanted.inspection or "–")[:40])


def reserve(centre: Centre, conn: sqlite3.Connection, signed: Signed, wanted: Wanted, user: str) -> Record:
    """Inside a writer job: the record with its number, unless somebody was faster."""
    found = existing(conn, wanted)
    if found is not None:
        return found
    now = centre.ingest.clock()
    day = datetime.fromtimestamp(now / 1000, zone(signed.statement.tz))
    pattern = next((record.doc.get("document_pattern") for record in records.all_of(conn, "company")), None)
    inspection = records.get(conn, wanted.inspection) if wanted.inspection else None
    values: dict[str, Any] = {
        "site": signed.signature.doc["site"],
        "kind": wanted.kind,
        "number": numbering.take(conn, pattern or numbering.DEFAULT, wanted.kind, day),
        "lang": wanted.lang,
        "round": signed.signature.doc["round"],
        "signature": wanted.signature,
        "token": draw_token(centre, conn),
        "issued_at": now,
    }
    if inspection is not None:
        values |= {"inspection": inspection.id, "asset": inspection.doc["asset"]}
    id = new_id(now, centre.ingest.random)
    centre.ingest.demand(conn, [Draft(kind="document", record=id, values=values)], user)
    made = records.get(conn, id)
    assert made is not None
    return made


def draw_token(centre: Centre, conn: sqlite3.Connection) -> str:
    """A verification token that no document has."""
    while records.claimed(conn, f"document:{(token := tokens.draw(centre.ingest.random))}"):
        pass
    return token


def build(
    centre: Centre,
    conn: sqlite3.Connection,
    signed: Signed,
    wanted: Wanted,
    *,
    visit: str | None,
    reserved: Record,
    drawing: bytes | None,
) -> Context:
    """The context of a numbered document."""
    statement = sources.in_language(conn, signed, wanted.lang)
    doc = signed.signature.doc
    data = Issue(
        number=reserved.doc["number"],
        token=reserved.doc["token"],
        origin=centre.settings.address,
        sha256=signed.sha256,
        issued_at=reserved.doc["issued_at"],
        issuer=sources.issuer(centre, conn),
        trial=centre.settings.trial,
        typed=bool(doc.get("typed")),
        reason=doc.get("reason") or "",
        signed_lang=signed.statement.lang if statement.lang != signed.statement.lang else None,
    )
    photos = sources.pictures(centre, conn, signed, wanted.lang, visit)
    if visit is None:
        return build_report(statement, pictures=photos, strokes=drawing, issue=data)
    return build_record(statement, visit=visit, pictures=photos, strokes=drawing, issue=data)
