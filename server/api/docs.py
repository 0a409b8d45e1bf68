"""The API described: for programs, and for people."""

import threading
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get

from server.answers import request_lang
from server.auth.access import PUBLIC
from server.openapi import TEXTS, describe, docs_body
from server.pages import page

AnyRequest = Request[Any, Any, Any]
_guard = threading.Lock()


@get("/api/openapi.json", operation_id="readOpenapi", tags=["centre"], summary="This description", sync_to_thread=True,
     opt={"access": PUBLIC}, media_type="application/vnd.oai.openapi+json")  # fmt: skip
def read_openapi(request: AnyRequest) -> Response[bytes]:
    """OpenAPI 3.1."""
    return Response(msgspec.json.encode(_document(request)), media_type="application/vnd.oai.openapi+json")


@get("/api/docs", operation_id="readDocs", tags=["centre"], summary="This description as a page", sync_to_thread=True,
     opt={"access": PUBLIC}, media_type=MediaType.HTML)  # fmt: skip
def read_docs(request: AnyRequest) -> Response[bytes]:
    """Every operation, to read and to print."""
    lang = request_lang(request.scope)
    body = docs_body(_document(request), lang)
    content = page(lang=lang, title=TEXTS[lang]["title"], body=body, path="/api/docs", wide=True)
    return Response(content, media_type=MediaType.HTML)


def _document(request: AnyRequest) -> dict[str, Any]:
    # Litestar builds it at the first asking and keeps it; two at once would build on one registry.
    with _guard:
        return describe(request.app.openapi_schema.to_schema())


handlers = [read_openapi, read_docs]
