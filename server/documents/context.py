"""What a document is made from, and nothing else: the statement, its photos, its strokes and the data of its issue.

One builder per document. A context holds no word of either language but those of the statement; `server.documents.tree`
adds the words.
"""

from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from server.documents import outline
from server.documents.outline import Outline, Reading, Visit
from server.documents.words import Lang
from sync.statement import Statement

Kind = Literal["inspection_record", "service_report"]
State = Literal["normal", "abnormal", "na", "skipped"]


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """The company that issues: what the header says of it."""

    zh: str = ""
    en: str = ""
    hotline: str = ""
    address: str = ""

    def name(self, lang: Lang) -> str:
        """The name in `lang`, else in the other language."""
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """The data of one issue. `sha256` is of the bytes that were signed; `origin` has no path and no final slash."""

    number: str
    token: str
    origin: str
    sha256: str
    issued_at: int
    """Milliseconds UTC; also the date inside the PDF."""
    issuer: Issuer = Issuer()
    trial: bool = False
    typed: bool = False
    """The signer typed the name instead of drawing it."""
    reason: str = ""
    """Why nobody signed, as the engineer noted it."""
    signed_lang: Lang | None = None
    """Language of the signed text where the statement at hand is a translation of it."""

    @property
    def address(self) -> str:
        """Where the document can be checked; upper case keeps the QR code small."""
        return f"{self.origin}/V/{self.token}".upper()


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One photo that the statement names, in the statement's order.

    `data` is a JPEG or PNG of about 1,024 px with its watermark burnt in; `None` while the bytes have not arrived.
    """

    sha256: str
    visit: str = ""
    """Full hash of the inspection op whose results name the photo."""
    item: str = ""
    taken_at: int | None = None
    data: bytes | None = None


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """The end of the document: who signed, when, and the drawing."""

    name: str
    role: str
    outcome: str
    at: int
    strokes: bytes | None = None
    """An SVG; `None` where nothing was drawn or the points have not arrived."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One abnormal reading, numbered through the document."""

    n: int
    visit: Visit
    reading: Reading


class RecordContext(msgspec.Struct, frozen=True, kw_only=True):
    """One asset's inspection."""

    statement: Statement
    outline: Outline
    visit: Visit
    findings: list[Finding]
    pictures: list[Picture]
    signed: Signed
    issue: Issue


class ReportContext(msgspec.Struct, frozen=True, kw_only=True):
    """A whole round."""

    statement: Statement
    outline: Outline
    findings: list[Finding]
    pictures: list[Picture]
    signed: Signed
    issue: Issue


Context = RecordContext | ReportContext


class NotInStatement(LookupError):
    """The statement has no such inspection."""


def build_record(
    statement: Statement, *, visit: str, pictures: list[Picture], strokes: bytes | None, issue: Issue
) -> RecordContext:
    """Context of an inspection record. `visit` is the full hash of the inspection op; raises NotInStatement."""
    found = outline.read(statement)
    chosen = next((each for each in found.visits if each.ref == visit), None)
    if chosen is None:
        raise NotInStatement(visit)
    return RecordContext(
        statement=statement,
        outline=found,
        visit=chosen,
        findings=number([chosen]),
        pictures=[picture for picture in pictures if picture.visit == visit],
        signed=sign(statement, strokes),
        issue=issue,
    )


def build_report(
    statement: Statement, *, pictures: list[Picture], strokes: bytes | None, issue: Issue
) -> ReportContext:
    """Context of a service report: the whole statement."""
    found = outline.read(statement)
    return ReportContext(
        statement=statement,
        outline=found,
        findings=number(found.visits),
        pictures=pictures,
        signed=sign(statement, strokes),
        issue=issue,
    )


def number(visits: list[Visit]) -> list[Finding]:
    """The abnormal readings in reading order, counted from 1."""
    found = [(visit, reading) for visit in visits for reading in visit.abnormal]
    return [Finding(n=n, visit=visit, reading=reading) for n, (visit, reading) in enumerate(found, 1)]


def sign(statement: Statement, strokes: bytes | None) -> Signed:
    """The signer as the statement names them."""
    signer = statement.signer
    return Signed(name=signer.name, role=signer.role, outcome=signer.outcome, at=statement.at, strokes=strokes)


def zone(name: str) -> ZoneInfo:
    """The statement's time zone; UTC where this machine has never heard of it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


Tree = dict[str, Any]
"""JSON-ready data for a template."""
