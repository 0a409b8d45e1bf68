"""Request bodies, bounded twice: as they come, and as they inflate."""

import asyncio
import zlib
from typing import Any, Final

from litestar import Request
from litestar.exceptions import ClientException

from server.errors import Problem

THREAD_FROM: Final = 64 * 1024
"""Bodies from this size are inflated off the event loop."""


def inflate(body: bytes, limit: int) -> bytes:
    """The content of a gzip body, which may be several members in a row (RFC 1952).

    Never makes more than `limit` bytes, whatever the body claims. Raises `Problem` `too_large` or `bad_encoding`.
    """
    parts: list[bytes] = []
    left = limit
    rest = body
    while rest:
        member = zlib.decompressobj(wbits=31)
        try:
            # One byte more than allowed tells "exactly at the limit" from "beyond it".
            part = member.decompress(rest, left + 1)
        except zlib.error as error:
            raise Problem("bad_encoding", reason=str(error)) from None
        left -= len(part)
        if left < 0:
            raise Problem("too_large", limit=limit)
        if not member.eof:
            raise Problem("bad_encoding", reason="the gzip stream is cut off")
        parts.append(part)
        rest = member.unused_data
    return b"".join(parts)


async def read_body(request: Request[Any, Any, Any], limit: int) -> bytes:
    """The body of a request, inflated if it is gzip, at most `limit` bytes before and after.

    The route's own `request_max_body_size` must be at least `limit`.
    Raises `Problem` `too_large`, `bad_encoding` or `unsupported_encoding`.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise Problem("too_large", limit=limit)
            parts.append(part)
    except ClientException as error:
        if error.status_code == 413:
            raise Problem("too_large", limit=limit) from None
        raise
    body = b"".join(parts)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise Problem("unsupported_encoding", encoding=encoding[:40])
    if not body:
        raise Problem("bad_encoding", reason="the body is empty")
    if len(body) < THREAD_FROM:
        return inflate(body, limit)
    return await asyncio.to_thread(inflate, body, limit)
