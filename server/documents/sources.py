"""From the store to a context: the signature, its statement, the photos that the signed results name, the strokes.

Everything that was signed comes from the statement and the ops it names, never from merged state. Merged records tell
only whether a photo's bytes have arrived, and the words of its watermark.
"""

import hashlib
import sqlite3

import msgspec

from server.centre import Centre
from server.documents import strokes
from server.documents.context import Issuer, Picture
from server.documents.words import Lang
from server.domain import statements
from server.errors import Problem
from server.media.captions import photo_caption
from server.media.verify import PRINT
from server.store import media, records
from server.store.records import Record
from sync import statement
from sync.ops import read_header, read_payload
from sync.statement import Load, Statement


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """One photo of the statement: who names it, and whether it can be shown yet."""

    record: str
    sha256: str
    visit: str
    """Full hash of the inspection op."""
    item: str
    taken_at: int | None
    state: str
    """arrived, pending, refused."""


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A signature with what it covers, checked. `photos` are in the statement's order."""

    signature: Record
    data: bytes
    statement: Statement
    inspections: dict[str, str]
    """Full hash of an inspection op -> id of its record."""
    photos: tuple[Photo, ...]

    @property
    def sha256(self) -> str:
        """Of the bytes that were signed."""
        return hashlib.sha256(self.data).hexdigest()

    def pending(self, visit: str | None = None) -> list[Photo]:
        """Photos that have not arrived, of one inspection or of all."""
        return [photo for photo in self.photos if photo.state == "pending" and visit in (None, photo.visit)]


def of_round(conn: sqlite3.Connection, round: str) -> Record:
    """The newest signature of a round. Raises `Problem("document_unsigned")`."""
    found = [
        record for record in records.find(conn, "signature", "round", round) if record.doc.get("statement") is not None
    ]
    if not found:
        raise Problem("document_unsigned")
    return max(found, key=lambda record: (record.doc.get("signed_at") or 0, record.id))


def by_copy(conn: sqlite3.Connection, sha256: str) -> Record | None:
    """The signature whose private copy has this token hash."""
    found = records.find(conn, "signature", "copy", sha256)
    return found[0] if found else None


def read(centre: Centre, conn: sqlite3.Connection, signature: Record) -> Signed:
    """What a signature covers.

    Raises `Problem("statement_pending")` while its bytes are on the way and `statement_mismatch` when they are not what
    the ops say: nothing is ever printed from such a statement.
    """
    sha256 = signature.doc.get("statement")
    if not sha256 or not centre.blobs.exists(sha256) or media.is_shut_away(conn, sha256):
        raise Problem("statement_pending")
    data = centre.blobs.read(sha256)
    verified = signature.doc.get("verified") or ("mismatch" if statements.check(conn, data, signature) else "match")
    if verified != "match":
        raise Problem("statement_mismatch")
    load = statements.loader(conn)
    given = statement.read(data)
    inspections: dict[str, str] = {}
    photos: list[Photo] = []
    for inspected in statement.find_sources(given, load).inspections:
        inspections[inspected.op], items = look_at(load, inspected.op)
        for ref in inspected.photos:
            photos.append(look_at_photo(conn, load, ref, visit=inspected.op, items=items))
    return Signed(signature=signature, data=data, statement=given, inspections=inspections, photos=tuple(photos))


def look_at(load: Load, ref: str) -> tuple[str, dict[str, str]]:
    """The record of an inspection op, and per photo record the item that names it first."""
    op = load(ref)
    assert op is not None
    assert op.header is not None
    assert op.payload is not None
    items: dict[str, str] = {}
    for result in read_payload(op.payload).v.get("results") or ():
        for photo in result.get("photos", ()):
            items.setdefault(photo, result["item"])
    return read_header(op.header).r, items


def look_at_photo(conn: sqlite3.Connection, load: Load, ref: str, *, visit: str, items: dict[str, str]) -> Photo:
    """A photo op, and whether its bytes are here."""
    op = load(ref)
    assert op is not None
    assert op.header is not None
    assert op.payload is not None
    id, values = read_header(op.header).r, read_payload(op.payload).v
    merged = records.get(conn, id)
    doc = merged.doc if merged is not None else {}
    return Photo(
        record=id,
        sha256=values["blob"],
        visit=visit,
        item=items.get(id, values.get("item") or ""),
        taken_at=values.get("taken_at"),
        state="refused" if doc.get("refused") else "arrived" if doc.get("arrived_at") else "pending",
    )


def in_language(conn: sqlite3.Connection, signed: Signed, lang: Lang) -> Statement:
    """The statement in `lang`, rebuilt from its ops; as it was signed where an op of it was erased since."""
    if signed.statement.lang == lang:
        return signed.statement
    try:
        return statement.translate(signed.data, statements.loader(conn), lang)
    except statement.Mismatch:
        return signed.statement


def pictures(
    centre: Centre, conn: sqlite3.Connection, signed: Signed, lang: Lang, visit: str | None = None
) -> list[Picture]:
    """The photos with their bytes, reduced and watermarked; of one inspection, or of all. For worker threads."""
    return [
        Picture(
            sha256=photo.sha256,
            visit=photo.visit,
            item=photo.item,
            taken_at=photo.taken_at,
            data=None if photo.state == "pending" else derivative(centre, conn, photo, lang),
        )
        for photo in signed.photos
        if visit in (None, photo.visit)
    ]


def derivative(centre: Centre, conn: sqlite3.Connection, photo: Photo, lang: Lang) -> bytes:
    """The JPEG for print; empty where the photo was refused."""
    merged = records.get(conn, photo.record)
    if merged is None or photo.state == "refused":
        return b""
    words = photo_caption(conn, merged, zone=centre.settings.time_zone, lang=lang)
    try:
        return centre.media.pictures.marked(photo.sha256, PRINT, words).read_bytes()
    except Problem as problem:
        if problem.code == "photo_refused":
            return b""
        raise


def drawing(centre: Centre, signature: Record) -> bytes | None:
    """The signature as SVG; None where none was drawn, or the file is no signature.

    Raises `Problem("statement_pending")` while the strokes are on the way.
    """
    sha256 = signature.doc.get("strokes")
    if not sha256:
        return None
    if not centre.blobs.exists(sha256) or media.is_shut_away(centre.reader(), sha256):
        raise Problem("statement_pending")
    try:
        return strokes.draw(strokes.read(centre.blobs.read(sha256)))
    except strokes.StrokesUnreadable:
        return None


def issuer(centre: Centre, conn: sqlite3.Connection) -> Issuer:
    """The company as the header shows it."""
    name = centre.auth.company_name(conn)
    company = next(iter(records.all_of(conn, "company")), None)
    return Issuer(
        zh=name["zh"],
        en=name["en"],
        hotline=(company.doc.get("hotline") or "") if company is not None else "",
        address=(company.doc.get("address") or "") if company is not None else "",
    )
