"""Blobs: resumable upload at the address of their content (tus 1.0 core, docs/protocol.md §9), and download.

A blob is spoken of only to whoever may know of it: `HEAD` and `PATCH` serve the install whose op names it, `GET` whoever
reads a site where it has arrived. To everybody else it does not exist. An install shows itself by its session or, when that
has ended, by a signature of its key; what one that was shut out delivers is kept in quarantine.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from litestar import Request, Response, get, head, patch, route
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from msgspec import Struct

from server.auth import installs
from server.auth.access import EVERYBODY, IN_PERSON, PUBLIC, Access, check, resolve
from server.auth.caller import Caller
from server.centre import Centre
from server.errors import Problem
from server.media.blobs import MAX_BYTES, MAX_DECLARED_BYTES, SHA256
from server.store import media
from server.store.log import centre_id
from server.store.media import Naming

VERSION: Final = "1.0.0"
CONTENT_TYPE: Final = "application/offset+octet-stream"
TUS: Final = {"Tus-Resumable": VERSION}
PIECE_BYTES: Final = 256 * 1024
"""Bytes gathered before they are written to disk."""

INLINE: Final = frozenset(("image/jpeg", "image/png", "image/webp"))
"""Types of photos that a browser may show; known by their content, never by what the sender says."""


READERS: Final = Access(roles=EVERYBODY, kind="photo")
"""A token that reads photos; blobs of other kinds are looked at one by one."""


class Sender(Struct, frozen=True, kw_only=True):
    """The install that uploads. `active` is False for one that was shut out."""

    install: str
    active: bool


class Standing(Struct, frozen=True, kw_only=True):
    """Where the upload of one blob by one install stands. `length` is None until somebody says it."""

    offset: int
    length: int | None
    whole: bool


@route(
    "/api/blobs",
    http_method=[HttpMethod.OPTIONS],
    operation_id="describeUploads",
    status_code=204,
    opt={"access": PUBLIC},
    include_in_schema=False,
)
async def describe_uploads() -> Response[None]:
    """What this server speaks."""
    return Response(
        content=None, status_code=204, headers={**TUS, "Tus-Version": VERSION, "Tus-Max-Size": str(MAX_BYTES)}
    )


@route(
    "/api/blobs/{sha256:str}",
    http_method=[HttpMethod.OPTIONS],
    operation_id="describeUpload",
    status_code=204,
    opt={"access": PUBLIC},
    include_in_schema=False,
)
async def describe_upload(sha256: FromPath[str]) -> Response[None]:
    """The same at the address of an upload."""
    return Response(
        content=None, status_code=204, headers={**TUS, "Tus-Version": VERSION, "Tus-Max-Size": str(MAX_BYTES)}
    )


@head("/api/blobs/{sha256:str}", operation_id="findUpload", opt={"access": PUBLIC}, tags=["blobs"])
async def find_upload(
    request: Request[Any, Any, Any], sha256: FromPath[str], centre: NamedDependency[Centre]
) -> Response[None]:
    """How much of a blob is here. 404 unless an op held by the centre, parked or not, names it for this install.

    By session, or signed by the install's key (docs/protocol.md §9).
    """
    sender = await find_sender(request, centre)
    standing = await asyncio.to_thread(stand, centre, sender, sha256)
    headers = {**TUS, "Upload-Offset": str(standing.offset), "Cache-Control": "no-store"}
    if standing.length is None:
        headers["Upload-Defer-Length"] = "1"
    else:
        headers["Upload-Length"] = str(standing.length)
    return Response(content=None, status_code=200, headers=headers)


@patch(
    "/api/blobs/{sha256:str}",
    operation_id="continueUpload",
    status_code=204,
    opt={"access": PUBLIC},
    request_max_body_size=MAX_BYTES,
    tags=["blobs"],
)
async def continue_upload(
    request: Request[Any, Any, Any],
    sha256: FromPath[str],
    centre: NamedDependency[Centre],
) -> Response[None]:
    """Append bytes at `Upload-Offset`. Whatever came before a connection broke is kept.

    The last byte has the whole hashed, synced to disk and stored: 204 then means that the centre has it.
    By session, or signed by the install's key (docs/protocol.md §9).
    """
    sender = await find_sender(request, centre)
    check_protocol(request)
    standing = await asyncio.to_thread(stand, centre, sender, sha256)
    offset = whole_number(request, "upload-offset")
    if offset is None:
        raise Problem("bad_request", reason="Upload-Offset is missing")
    if offset != standing.offset:
        raise Problem("blob_offset", actual=offset, expected=standing.offset)
    if standing.whole:
        return Response(content=None, status_code=204, headers={**TUS, "Upload-Offset": str(offset)})
    install = sender.install
    length = await asyncio.to_thread(agree_length, centre, install, sha256, request, standing)
    announced = whole_number(request, "content-length")
    if announced is not None and offset + announced > length:
        raise Problem("too_large", limit=length - offset)
    await asyncio.to_thread(centre.media.blobs.check_room, length - offset)
    offset, whole = await receive(request, centre, install, sha256, offset, length)
    if whole:
        await deliver(centre, sender, sha256)
    return Response(content=None, status_code=204, headers={**TUS, "Upload-Offset": str(offset)})


@get(
    "/api/blobs/{sha256:str}",
    operation_id="readBlob",
    opt={"access": READERS},
    media_type="*/*",
    tags=["blobs"],
)
async def read_blob(
    request: Request[Any, Any, Any],
    sha256: FromPath[str],
    centre: NamedDependency[Centre],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The bytes of a blob, for whoever reads a site where it has arrived.

    Only pictures, known as such by their content, and the centre's own PDFs are shown in a browser; all else is
    downloaded, whatever its sender calls it.
    """
    media_type = await asyncio.to_thread(readable_type, centre, caller, sha256)
    headers = {
        "ETag": f'"{sha256}"',
        "Cache-Control": "private, max-age=31536000, immutable",
        "Vary": "Cookie",
        "X-Content-Type-Options": "nosniff",
    }
    if f'"{sha256}"' in request.headers.get("if-none-match", ""):
        return Response(content=b"", status_code=304, headers=headers)
    inline = media_type in INLINE or media_type == "application/pdf"
    if media_type != "application/pdf":
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    name = f"{sha256[:16]}{EXTENSIONS.get(media_type, '.bin')}"
    headers["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    content = await asyncio.to_thread(centre.media.blobs.read, sha256)
    return Response(content=content, media_type=media_type, headers=headers)


EXTENSIONS: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "image/avif": ".avif",
    "application/pdf": ".pdf",
    "application/json": ".json",
}

handlers: Final = [describe_uploads, describe_upload, find_upload, continue_upload, read_blob]


# --- who may ---------------------------------------------------------------------------------------------------------


async def find_sender(request: Request[Any, Any, Any], centre: Centre) -> Sender:
    """The install that a request to upload comes from: by its signature where it brings one, else by its session.

    Raises as `installs.prove_blob`, or what the session lacks. Nobody but an install uploads: its ops name the blobs.
    """
    headers = request.headers
    if "sitebook-signature" in headers:
        active = await asyncio.to_thread(
            installs.prove_blob,
            centre.auth,
            install=headers.get("sitebook-install", ""),
            method=request.method,
            path=request.scope["path"],
            offset=headers.get("upload-offset", ""),
            time=headers.get("sitebook-time", ""),
            signature=headers["sitebook-signature"],
        )
        return Sender(install=headers["sitebook-install"], active=active)
    caller = await resolve(request)
    if caller is None:
        raise Problem("unauthenticated")
    check(IN_PERSON, caller, request.method)
    if caller.install is None:
        raise Problem("forbidden", needed="install")
    return Sender(install=caller.install, active=True)


def own_namings(centre: Centre, sender: Sender, sha256: str) -> list[Naming]:
    """Ops of the sending install that name the blob. Raises `Problem("blob_unknown")` when there are none."""
    if SHA256.fullmatch(sha256):
        namings = media.namings(centre.reader(), sha256)
        if mine := [naming for naming in namings if naming.install == sender.install]:
            return mine
    raise Problem("blob_unknown", sha256=sha256[:64])


def places(sender: Sender, namings: Sequence[Naming]) -> set[str]:
    """For which sites the blob is delivered; quarantine instead of those that the sender may not deliver to."""
    aside = media.quarantine_of(sender.install)
    return {naming.site if sender.active and not naming.quarantined else aside for naming in namings}


def stand(centre: Centre, sender: Sender, sha256: str) -> Standing:
    """Where the sender's upload stands. Raises `blob_unknown`, and `too_large` for what its op says is too large.

    A blob that has come for the same site already, from whomever, is whole. One that only other sites have has to be
    sent: its hash alone proves nothing.
    """
    namings = own_namings(centre, sender, sha256)
    blobs, install = centre.media.blobs, sender.install
    sites = places(sender, namings)
    arrived = media.receipts(centre.reader(), sha256)
    if blobs.exists(sha256) and arrived:
        missing = sites - {receipt.site for receipt in arrived}
        if missing and any(receipt.install == install for receipt in arrived):
            rows = centre.media.arrivals.receipts(sha256, sorted(missing), install)
            centre.writer.submit(lambda conn: media.add_receipts(conn, rows)).result()
            missing = set[str]()
        if not missing:
            blobs.discard(install, sha256)
            # A second photo of the same bytes has nobody else to speak for it.
            centre.media.arrivals.notice(sha256)
            size = blobs.size(sha256)
            return Standing(offset=size, length=size, whole=True)
    length = max((naming.size for naming in namings if naming.size is not None), default=None)
    if length is not None and length > MAX_BYTES:
        centre.media.arrivals.refuse_large(sha256)
        raise Problem("too_large", limit=MAX_BYTES)
    if length is None:
        length = blobs.declared(install, sha256)
    offset = blobs.offset(install, sha256)
    if length is not None and offset >= length > 0:
        # The last byte came just before a crash.
        if blobs.settle(install, sha256, length).whole:
            record_receipts(centre, install, sha256, sites)
        return Standing(offset=length, length=length, whole=True)
    return Standing(offset=offset, length=length, whole=False)


def readable_type(centre: Centre, caller: Caller, sha256: str) -> str:
    """The media type under which this caller may read a blob. Raises `Problem("blob_unknown")`."""
    conn = centre.reader()
    namings = media.namings(conn, sha256) if SHA256.fullmatch(sha256) else []
    arrived = media.sites_arrived(conn, sha256)
    own_work = centre_id(conn)
    readable = [
        naming
        for naming in namings
        if not naming.quarantined
        and (naming.install == own_work or naming.site in arrived)
        and (caller.holds(naming.site) if naming.site else naming.install == caller.install)
        and caller.may("read", naming.kind)
    ]
    if not readable or not centre.media.blobs.exists(sha256):
        raise Problem("blob_unknown", sha256=sha256[:64])
    if any(naming.kind == "document" and naming.install == own_work for naming in readable):
        return "application/pdf"
    known = media.checked(conn, sha256)
    if known is not None and known.mime:
        return known.mime
    return "application/octet-stream"


# --- upload ----------------------------------------------------------------------------------------------------------


def check_protocol(request: Request[Any, Any, Any]) -> None:
    """Raise unless the request is a tus 1.0 PATCH; a client that names no version is taken for one."""
    version = request.headers.get("tus-resumable", VERSION)
    if version != VERSION:
        raise Problem("tus_version", actual=version[:20], expected=VERSION)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != CONTENT_TYPE:
        raise Problem("unsupported_media", media=media_type[:80], expected=CONTENT_TYPE)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem("unsupported_encoding", encoding=request.headers["content-encoding"][:40])


def whole_number(request: Request[Any, Any, Any], name: str) -> int | None:
    """A header that is a non-negative whole number; None where it is missing. Raises `Problem("bad_request")`."""
    text = request.headers.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Problem("bad_request", reason=f"{name} is {text[:40]!r}, expected a whole number")
    return int(text)


def agree_length(centre: Centre, install: str, sha256: str, request: Request[Any, Any, Any], standing: Standing) -> int:
    """The length of the blob: by its op, else by this upload's first request. Raises `Problem("blob_length")`."""
    said = whole_number(request, "upload-length")
    if standing.length is not None:
        if said is not None and said != standing.length:
            raise Problem("blob_length", reason=f"{said} != {standing.length}")
        return standing.length
    if said is None or said == 0:
        raise Problem("blob_length", reason=f"1–{MAX_DECLARED_BYTES}")
    centre.media.blobs.declare(install, sha256, said)
    return said


async def receive(
    request: Request[Any, Any, Any], centre: Centre, install: str, sha256: str, offset: int, length: int
) -> tuple[int, bool]:
    """Append the body as it comes; what came before the connection broke is kept. New offset, and whether it is whole."""
    pieces = bytearray()
    whole = False

    async def flush() -> None:
        nonlocal offset, whole
        content = bytes(pieces)
        pieces.clear()
        progress = await asyncio.to_thread(centre.media.blobs.append, install, sha256, offset, content, length)
        offset, whole = progress.offset, progress.whole

    try:
        async for piece in request.stream():
            pieces += piece
            if offset + len(pieces) > length:
                raise Problem("too_large", limit=length)
            if len(pieces) >= PIECE_BYTES:
                await flush()
    except HTTPException as error:
        if error.status_code == 413:
            raise Problem("too_large", limit=MAX_BYTES) from None
        if pieces:
            await flush()
        raise Problem("bad_request", reason="the connection ended before the body did") from None
    if pieces:
        await flush()
    return offset, whole


async def deliver(centre: Centre, sender: Sender, sha256: str) -> None:
    """Note that a blob is whole for every site the sender's ops name it for, and have its photos looked at."""
    namings = await asyncio.to_thread(own_namings, centre, sender, sha256)
    await asyncio.to_thread(record_receipts, centre, sender.install, sha256, places(sender, namings))


def record_receipts(centre: Centre, install: str, sha256: str, sites: Sequence[str] | set[str]) -> None:
    """Write the receipts durably, then have the photos looked at."""
    rows = centre.media.arrivals.receipts(sha256, sorted(sites), install)
    centre.writer.submit(lambda conn: media.add_receipts(conn, rows)).result()
    centre.media.arrivals.notice(sha256)
