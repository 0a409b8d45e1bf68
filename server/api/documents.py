"""Documents: issuing and reading them, the page behind their QR code, and the customer's private copy."""

import asyncio
import hashlib
import re
from html import escape
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.answers import request_lang
from server.auth.access import EVERYBODY, PLANNERS, PUBLIC, Access
from server.auth.caller import Caller
from server.centre import Centre
from server.documents import pages, sources
from server.documents.issue import Wanted, issue
from server.documents.words import TITLES, Lang
from server.errors import Problem
from server.labels import tokens
from server.limits import client_key
from server.pages import page
from server.store import records
from server.store.records import Record
from sync.model.documents import Document
from sync.model.fields import Id

AnyRequest = Request[Any, Any, Any]

ISSUERS: Final = Access(roles=PLANNERS | {"engineer", "supervisor"}, kind="document")
READERS: Final = Access(roles=EVERYBODY, kind="document")
COPY_TOKEN: Final = re.compile(rf"[{tokens.ALPHABET}]{{26}}")
COPY_FILE: Final = re.compile(r"(report|[0-9a-f-]{36})-(zh|en)\.pdf")
PRIVATE: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow"}


class DocumentCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which document to issue: `round` for a service report, `inspection` for an inspection record."""

    kind: Literal["inspection_record", "service_report"]
    lang: Literal["zh", "en"]
    round: Id | None = None
    inspection: Id | None = None
    incomplete: bool = False
    """Issue it although photos have not arrived; their places say so, for ever."""


class IssuedDocument(Document, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document with its id."""

    id: Id


@post("/api/documents", operation_id="issueDocument", opt={"access": ISSUERS}, tags=["documents"])
async def issue_document(
    data: JSONBody[DocumentCreate], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> IssuedDocument:
    """Issue a document of a signed round. Asking again gives the same one.

    Problems: `not_found`, `forbidden_site`, `document_unsigned`, `document_pending`, `statement_pending`,
    `statement_mismatch`.
    """
    made = await asyncio.to_thread(create, centre, caller, data)
    return msgspec.convert({**made.doc, "id": made.id}, IssuedDocument)


def create(centre: Centre, caller: Caller, data: DocumentCreate) -> Record:
    """`issue_document`, for a worker thread."""
    conn = centre.reader()
    about = data.round if data.kind == "service_report" else data.inspection
    expected = "round" if data.kind == "service_report" else "inspection"
    if about is None:
        raise Problem("invalid", field=expected, reason=f"a {data.kind} needs the id of a record of kind {expected}")
    record = records.get(conn, about)
    if record is None or record.kind != expected or record.deleted:
        raise Problem("not_found", kind=expected, id=about)
    caller.require_site(record.doc["site"])
    round = about if expected == "round" else record.doc["round"]
    wanted = Wanted(
        kind=data.kind,
        signature=sources.of_round(conn, round).id,
        lang=data.lang,
        inspection=about if expected == "inspection" else None,
    )
    return issue(centre, wanted, user=caller.user, incomplete=data.incomplete)


@get(
    "/api/documents/{name:str}",
    operation_id="readDocument",
    opt={"access": READERS},
    media_type="application/pdf",
    tags=["documents"],
)
async def read_document(
    request: AnyRequest, name: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The file of a document (`<id>.pdf`), for people of its site. `?inline` shows it instead of saving it."""
    id, dot, ending = name.partition(".")
    if not dot or ending != "pdf":
        raise Problem("not_found", kind="document", id=name[:40])
    document = await asyncio.to_thread(find_document, centre, caller, id)
    return await pdf_answer(request, centre, document, inline="inline" in request.query_params)


def find_document(centre: Centre, caller: Caller, id: str) -> Record:
    """A document that the caller may see and whose file is there; raises `not_found`."""
    found = records.get(centre.reader(), id)
    if (
        found is None
        or found.kind != "document"
        or found.deleted
        or not found.doc.get("blob")
        or not caller.holds(found.doc.get("site", ""))
    ):
        raise Problem("not_found", kind="document", id=id[:40])
    return found


async def pdf_answer(request: AnyRequest, centre: Centre, document: Record, *, inline: bool = False) -> Response[bytes]:
    """The PDF as a conditional answer under its own name."""
    sha256: str = document.doc["blob"]
    name = await asyncio.to_thread(file_name, centre, document)
    plain = f"{document.doc['number']}.pdf".replace("/", "-")
    headers = {
        "etag": f'"{sha256}"',
        "cache-control": "private, no-cache",
        "content-disposition": f"{'inline' if inline else 'attachment'}; "
        f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
    }
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(content=b"", status_code=304, headers=headers)
    content = await asyncio.to_thread(centre.blobs.read, sha256)
    return Response(content=content, media_type="application/pdf", headers=headers)


def file_name(centre: Centre, document: Record) -> str:
    """`维保巡检记录表 D010210-009 WBXJ-2026-000123.pdf`, without what file systems refuse."""
    doc = document.doc
    asset = records.get(centre.reader(), doc.get("asset") or "")
    code = (asset.doc.get("code") or "") if asset is not None else ""
    parts = (TITLES[doc["kind"]][0 if doc["lang"] == "zh" else 1], code, doc["number"])
    text = " ".join(part for part in parts if part)
    return "".join("-" if char in '/\\:*?"<>|' or not char.isprintable() else char for char in text)[:120] + ".pdf"


# --- anybody: is this document genuine? ---


@get(
    "/v/{token:str}",
    operation_id="verifyDocument",
    tags=["public"],
    summary="What a document's QR code opens",
    media_type=MediaType.HTML,
    opt={"access": PUBLIC},
)
async def verify_document(
    request: AnyRequest, token: FromPath[str], centre: NamedDependency[Centre]
) -> Response[bytes]:
    """What the document is, its number, date and hashes; nothing of its content."""
    limit(request, centre)
    lang = request_lang(request.scope)
    canonical = tokens.normalise(token)
    body = await asyncio.to_thread(verification_body, centre, canonical, lang)
    title = pages.text("genuine" if body else "unknown_document", lang)
    return html(request, centre, lang, title, body or pages.no_document(lang), f"/v/{canonical}", 200 if body else 404)


def verification_body(centre: Centre, token: str | None, lang: Lang) -> str | None:
    """The page of a document's token; None for any other."""
    conn = centre.reader()
    found = records.claimed(conn, f"document:{token}") if token else []
    if not found:
        return None
    doc = found[0].doc
    signature = records.get(conn, doc.get("signature") or "")
    site = records.get(conn, doc.get("site") or "")
    checked = pages.Checked(
        document=found[0],
        signed_sha256=(signature.doc.get("statement") or "–") if signature is not None else "–",
        tz=(site.doc.get("tz") if site is not None else None) or centre.settings.time_zone,
    )
    return pages.verification(checked, sources.issuer(centre, conn), lang)


# --- the customer: their own copy ---


@get(
    "/c/{token:str}",
    operation_id="openCopy",
    tags=["public"],
    summary="The customer's private copy of a signed round",
    media_type=MediaType.HTML,
    opt={"access": PUBLIC},
)
async def open_copy(request: AnyRequest, token: FromPath[str], centre: NamedDependency[Centre]) -> Response[bytes]:
    """Without an account: whoever has the link. The centre knows only its hash."""
    limit(request, centre)
    lang = request_lang(request.scope)
    canonical = normalise_copy(token)
    body = await asyncio.to_thread(copy_body, centre, canonical, lang)
    title = pages.text("copy" if body else "no_copy", lang)
    # A wrong link gets the same page in the same words, whatever is wrong with it, and no link to itself.
    path = f"/c/{canonical}" if body else ""
    return html(request, centre, lang, title, body or pages.no_copy(lang), path, 200 if body else 404)


@get(
    "/c/{token:str}/{file:str}",
    operation_id="readCopy",
    media_type="application/pdf",
    tags=["public"],
    opt={"access": PUBLIC},
)
async def read_copy(
    request: AnyRequest, token: FromPath[str], file: FromPath[str], centre: NamedDependency[Centre]
) -> Response[bytes]:
    """A PDF of the private copy, issued at the first request: `report-zh.pdf`, `<inspection>-en.pdf`."""
    limit(request, centre)
    lang = request_lang(request.scope)
    document = await asyncio.to_thread(copy_document, centre, normalise_copy(token), file)
    if document is None:
        return html(request, centre, lang, pages.text("no_copy", lang), pages.no_copy(lang), "", 404)
    answer = await pdf_answer(request, centre, document)
    answer.headers.update(PRIVATE)
    return answer


def normalise_copy(token: str) -> str | None:
    """The copy token that somebody meant; None for what cannot be one."""
    text = "".join(token.split()).replace("-", "").upper().translate(tokens.LOOKALIKES)
    return text if COPY_TOKEN.fullmatch(text) else None


def find_copy(centre: Centre, token: str | None) -> Record | None:
    """The signature whose copy the token opens."""
    if token is None:
        return None
    return sources.by_copy(centre.reader(), hashlib.sha256(token.encode()).hexdigest())


def copy_body(centre: Centre, token: str | None, lang: Lang) -> str | None:
    """The page of a private copy; None where there is none."""
    signature = find_copy(centre, token)
    if signature is None:
        return None
    conn = centre.reader()
    issuer = sources.issuer(centre, conn)
    try:
        signed = sources.read(centre, conn, signature)
    except Problem as problem:
        return pages.waiting(problem.code, issuer, lang)
    return pages.copy(signed, sources.in_language(conn, signed, lang), issuer, lang, f"/c/{token}")


def copy_document(centre: Centre, token: str | None, file: str) -> Record | None:
    """The document that a file name of a private copy means, issued if need be; None where there is none."""
    signature = find_copy(centre, token)
    match = COPY_FILE.fullmatch(file)
    if signature is None or match is None:
        return None
    lang: Lang = "zh" if match[2] == "zh" else "en"
    wanted = (
        Wanted(kind="service_report", signature=signature.id, lang=lang)
        if match[1] == "report"
        else Wanted(kind="inspection_record", signature=signature.id, lang=lang, inspection=match[1])
    )
    try:
        return issue(centre, wanted)
    except Problem as problem:
        if problem.code == "not_found":
            return None
        raise


def limit(request: AnyRequest, centre: Centre) -> None:
    """Count one public page for the caller's address; raises `rate_limited`."""
    centre.limits.page.take(client_key(request.client.host if request.client else None))


def html(
    request: AnyRequest, centre: Centre, lang: Lang, title: str, body: str, path: str, status: int
) -> Response[bytes]:
    """A page that nobody may keep or index."""
    content = page(lang=lang, title=title, body=body, path=escape(path), trial=centre.settings.trial)
    headers = {**PRIVATE, "vary": "Accept-Language", "content-language": "zh-CN" if lang == "zh" else "en"}
    return Response(content, status_code=status, headers=headers, media_type=MediaType.HTML)


handlers = [issue_document, read_document, verify_document, open_copy, read_copy]
