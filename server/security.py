"""What every answer goes through, whoever makes it: the app's routes, files, 404, 405 and 500 alike.

Litestar's own response headers miss static files and its middleware misses 405, so this wraps the whole application.
"""

import asyncio
import gzip
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import structlog

from server.answers import Answer, problem_answer, read_headers
from server.errors import Problem
from server.logs import elapsed_ms, log
from server.settings import Settings
from server.shell import Asset, Shell

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CSP: Final = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "object-src 'none'"
)
HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
HSTS: Final = "max-age=31536000"
SAFE_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS"))
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
COMPRESSIBLE: Final = re.compile(
    r"text/(?!event-stream)|application/(json|x-ndjson|javascript|xml|[\w.-]+\+json)|image/svg"
)
SMALLEST_COMPRESSED: Final = 1_000
THREAD_FROM: Final = 256 * 1024
OWN_HEAD: Final = ("/api/blobs/",)
"""Routes that answer HEAD themselves; everywhere else HEAD is GET without its body."""
PRINTED: Final = ("/A/", "/C/", "/V/")
"""Addresses of labels, customers' copies and verification pages as QR codes hold them."""
QUIET: Final = frozenset(("/healthz", "/metrics", "/readyz"))


class Shield:
    """An ASGI application around another one, and the browser app's files beside it.

    Every answer carries the security headers and a request id; writes from foreign origins are refused; text is
    compressed; nothing that fails inside reaches the caller but as a problem; one log line per request holds no
    address, token or name.
    """

    def __init__(self, app: App, *, settings: Settings, shell: Shell) -> None:
        self._app = app
        self._settings = settings
        self._shell = shell
        self._fixed = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        if settings.secure and not settings.trial:
            # A trial's address is localhost or a number: pinning https on it would break other programs there.
            self._fixed.append((b"strict-transport-security", HSTS.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(PRINTED):
            # What a QR code holds is upper case throughout; the routes are lower case.
            scope["path"] = scope["path"][:3].lower() + scope["path"][3:]
        began = time.perf_counter()
        headers = read_headers(scope)
        wanted = headers.get("x-request-id", "")
        request_id = wanted if REQUEST_ID.fullmatch(wanted) else secrets.token_hex(8)
        scope["request_id"] = request_id
        reply = _Reply(scope, send, self._fixed, request_id, "gzip" in headers.get("accept-encoding", ""))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        method: str = scope["method"]
        try:
            self.check_origin(method, headers)
            asset = self._asset(method, scope["path"])
            if asset is not None:
                await reply.answer(asset_answer(asset, headers))
            else:
                if method == "HEAD" and not scope["path"].startswith(OWN_HEAD):
                    scope["method"] = "GET"
                await self._app(scope, receive, reply.send)
        except Exception as error:
            if isinstance(error, Problem):
                problem = error
            else:
                problem = Problem("internal", request_id=request_id)
                log.error("failed", path=scope.get("path_template", ""), exc_info=True)
            if not reply.started:
                await reply.answer(problem_answer(problem, scope))
            else:
                raise
        finally:
            scope["method"] = method
            write = log.debug if scope["path"] in QUIET else log.info
            write(
                "request",
                method=method,
                # The pattern, never the path itself: paths hold tokens.
                route=scope.get("path_template") or ("file" if reply.is_file else "none"),
                status=reply.status,
                size_bytes=reply.size_bytes,
                took_ms=elapsed_ms(began),
            )

    def check_origin(self, method: str, headers: dict[str, str]) -> None:
        """Refuse a write that comes from a foreign page, and one with a cookie that doesn't say where it comes from.

        Browsers put Origin on every write; programs come without cookies, by an API token.
        """
        if method in SAFE_METHODS:
            return
        origin = headers.get("origin")
        if origin is None and "cookie" not in headers:
            return
        if origin not in self._settings.accepted_origins:
            raise Problem("wrong_origin", actual=(origin or "–")[:200], expected=self._settings.address)

    def _asset(self, method: str, path: str) -> Asset | None:
        if method not in ("GET", "HEAD") or path.startswith("/api/"):
            return None
        return self._shell.find(path)


def asset_answer(asset: Asset, headers: dict[str, str]) -> Answer:
    """A file of the browser app as an answer to a request with these headers: conditional, compressed where wanted."""
    answer = {"etag": asset.etag, "cache-control": asset.cache, "vary": "Accept-Encoding"}
    if asset.etag in headers.get("if-none-match", "").replace("W/", ""):
        return Answer(status=304, headers=answer, body=b"")
    answer["content-type"] = asset.media_type
    if asset.packed is not None and "gzip" in headers.get("accept-encoding", ""):
        answer["content-encoding"] = "gzip"
        return Answer(status=200, headers=answer, body=asset.packed)
    return Answer(status=200, headers=answer, body=asset.content)


class _Reply:
    """The answer on its way out: adds headers, drops the body of HEAD, compresses."""

    def __init__(
        self, scope: Scope, send: Send, fixed: list[tuple[bytes, bytes]], request_id: str, gzip_wanted: bool
    ) -> None:
        self._head = scope["method"] == "HEAD"
        self._api = scope["path"].startswith("/api/")
        self._send = send
        self._fixed = fixed
        self._request_id = request_id
        self._gzip_wanted = gzip_wanted
        self._start: Message | None = None
        self.started = False
        self.status = 0
        self.size_bytes = 0
        self.is_file = False

    async def answer(self, answer: Answer) -> None:
        """Send a whole answer."""
        self.is_file = "etag" in answer.headers
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        if answer.status != 304:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await self.send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": answer.body, "more_body": False})

    async def send(self, message: Message) -> None:
        """ASGI `send`. The start waits for the first piece of the body, which decides about compression."""
        kind = message["type"]
        if kind == "http.response.start":
            self.status = message["status"]
            if not _is_event_stream(message):
                self._start = message
                return
            # Its first event may be minutes away; the browser must learn now that the stream is open.
            self.started = True
            message = {**message, "headers": self._headers(list(message["headers"]))}
        if kind == "http.response.body" and self._start is not None:
            start, self._start = self._start, None
            headers = self._headers(list(start.get("headers", ())))
            body: bytes = message.get("body", b"")
            more: bool = message.get("more_body", False)
            if not more and self._worth_compressing(headers, body):
                body = await _compress(body)
                headers = _compressed(headers, len(body))
            self.started = True
            await self._send({**start, "headers": headers})
            message = {"type": kind, "body": body, "more_body": more}
        if kind == "http.response.body":
            self.size_bytes += len(message.get("body", b""))
            if self._head:
                if not message.get("more_body", False):
                    await self._send({"type": kind, "body": b"", "more_body": False})
                return
        await self._send(message)

    def _headers(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        headers = [(name.lower(), value) for name, value in headers]
        present = {name for name, _ in headers}
        headers.extend((name, value) for name, value in self._fixed if name not in present)
        # Policies add up: a route may only tighten ours.
        headers.append((b"content-security-policy", CSP.encode()))
        headers.append((b"x-request-id", self._request_id.encode()))
        if self._api and b"cache-control" not in present:
            headers.append((b"cache-control", b"no-store"))
        return headers

    def _worth_compressing(self, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        if not self._gzip_wanted or len(body) < SMALLEST_COMPRESSED or self.status in (204, 206, 304):
            return False
        found = dict(headers)
        if b"content-encoding" in found or b"no-transform" in found.get(b"cache-control", b""):
            return False
        return COMPRESSIBLE.match(found.get(b"content-type", b"").decode("latin-1")) is not None


def _is_event_stream(start: Message) -> bool:
    headers: list[tuple[bytes, bytes]] = list(start.get("headers", ()))
    return any(n.lower() == b"content-type" and v.startswith(b"text/event-stream") for n, v in headers)


async def _compress(body: bytes) -> bytes:
    if len(body) < THREAD_FROM:
        return gzip.compress(body, 5, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, 5, mtime=0)


def _compressed(headers: list[tuple[bytes, bytes]], size: int) -> list[tuple[bytes, bytes]]:
    """Headers of the compressed form: its length and encoding; a strong ETag becomes a weak one (RFC 9110 §8.8.1)."""
    changed: list[tuple[bytes, bytes]] = []
    vary = [b"Accept-Encoding"]
    for name, value in headers:
        if name == b"content-length":
            continue
        if name == b"vary":
            vary.insert(0, value)
            continue
        if name == b"etag" and not value.startswith(b"W/"):
            value = b"W/" + value
        changed.append((name, value))
    return [
        *changed,
        (b"vary", b", ".join(vary)),
        (b"content-encoding", b"gzip"),
        (b"content-length", str(size).encode()),
    ]
