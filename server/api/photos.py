"""Photos as people see them: small, upright, without metadata, with their watermark; and the evidence itself."""

import asyncio
from pathlib import Path
from typing import Any, Final, Literal

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.answers import request_lang
from server.api.blobs import EXTENSIONS, INLINE
from server.auth.access import EVERYBODY, Access
from server.auth.caller import Caller
from server.centre import Centre
from server.errors import Lang, Problem
from server.media.captions import photo_caption
from server.media.verify import SCREEN, THUMB
from server.store import media, records
from server.store.records import Record

READERS: Final = Access(roles=EVERYBODY, kind="photo")
Size = Literal["thumb", "screen"]
EDGES: Final[dict[Size, int]] = {"thumb": THUMB, "screen": SCREEN}
CACHE: Final = "private, max-age=86400"
"""A derivative may change with the names in its watermark, the evidence never."""


@get(
    "/api/photos/{id:str}/thumb.jpg",
    operation_id="readPhotoThumb",
    opt={"access": READERS},
    media_type="image/jpeg",
    tags=["photos"],
)
async def read_thumb(
    request: Request[Any, Any, Any], id: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """At most 320 px long, with the watermark in its short form."""
    return await derivative(request, centre, caller, id, "thumb")


@get(
    "/api/photos/{id:str}/screen.jpg",
    operation_id="readPhotoScreen",
    opt={"access": READERS},
    media_type="image/jpeg",
    tags=["photos"],
)
async def read_screen(
    request: Request[Any, Any, Any], id: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """At most 1600 px long, with the watermark."""
    return await derivative(request, centre, caller, id, "screen")


@get(
    "/api/photos/{id:str}/original.jpg",
    operation_id="readPhotoOriginal",
    opt={"access": READERS},
    media_type="*/*",
    tags=["photos"],
)
async def read_original(
    request: Request[Any, Any, Any], id: FromPath[str], centre: NamedDependency[Centre], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The evidence: the bytes whose hash the photo's op names, under the type that they have, never altered."""
    photo, mime = await asyncio.to_thread(arrived_photo, centre, caller, id)
    sha256: str = photo.doc["blob"]
    etag = f'"{sha256}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, max-age=31536000, immutable",
        "Vary": "Cookie",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Disposition": f"{'inline' if mime in INLINE else 'attachment'}; "
        f'filename="{id}{EXTENSIONS.get(mime, ".bin")}"',
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(content=b"", status_code=304, headers=headers)
    content = await asyncio.to_thread(centre.media.blobs.read, sha256)
    return Response(content=content, media_type=mime, headers=headers)


handlers: Final = [read_thumb, read_screen, read_original]


async def derivative(
    request: Request[Any, Any, Any], centre: Centre, caller: Caller, id: str, size: Size
) -> Response[bytes]:
    """A watermarked derivative as a conditional answer."""
    path = await asyncio.to_thread(make, centre, caller, id, size, request_lang(request.scope))
    etag = f'"{path.parent.name[:16]}-{path.stem}"'
    headers = {"ETag": etag, "Cache-Control": CACHE, "Vary": "Accept-Language, Cookie", "Content-Disposition": "inline"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(content=b"", status_code=304, headers=headers)
    content = await asyncio.to_thread(path.read_bytes)
    return Response(content=content, media_type="image/jpeg", headers=headers)


def make(centre: Centre, caller: Caller, id: str, size: Size, lang: Lang) -> Path:
    """The file of a derivative, made if need be. Raises as `arrived_photo`."""
    photo, _ = arrived_photo(centre, caller, id)
    words = photo_caption(centre.reader(), photo, zone=centre.settings.time_zone, lang=lang)
    return centre.media.pictures.marked(photo.doc["blob"], EDGES[size], words)


def arrived_photo(centre: Centre, caller: Caller, id: str) -> tuple[Record, str]:
    """A photo whose bytes are here, and their media type.

    Raises `not_found` (none, or outside the caller's sites), `photo_pending` and `photo_refused`.
    """
    conn = centre.reader()
    photo = records.get(conn, id)
    if photo is None or photo.kind != "photo" or photo.deleted or not caller.holds(photo.doc.get("site", "")):
        raise Problem("not_found", kind="photo", id=id[:40])
    if photo.doc.get("refused"):
        raise Problem("photo_refused", reason=photo.doc["refused"])
    sha256: str = photo.doc["blob"]
    if not photo.doc.get("arrived_at") or not centre.media.blobs.exists(sha256):
        raise Problem("photo_pending")
    found = media.checked(conn, sha256)
    return photo, (found.mime if found and found.mime else "application/octet-stream")
