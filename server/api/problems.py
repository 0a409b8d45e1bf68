"""Whatever goes wrong in a route becomes a problem of the error table; and a page that lists them all."""

from html import escape
from typing import Any, cast

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from server.answers import Answer, is_navigation, problem_answer, read_headers, request_lang
from server.auth.access import PUBLIC
from server.centre import Centre
from server.errors import TABLE, Problem
from server.logs import log
from server.pages import page
from server.security import asset_answer

AnyRequest = Request[Any, Any, Any]


def to_response(answer: Answer) -> Response[bytes]:
    """An answer as Litestar wants it."""
    headers = dict(answer.headers)
    media_type = headers.pop("content-type", "text/plain")
    return Response(content=answer.body, status_code=answer.status, headers=headers, media_type=media_type)


def handle_problem(request: AnyRequest, error: Problem) -> Response[bytes]:
    """A Problem raised by a route."""
    return to_response(problem_answer(error, request.scope))


def handle_http(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """What Litestar itself refuses. An unknown page asked for by a person is one of the browser app's own addresses."""
    if error.status_code == 404 and is_navigation(request.scope):
        centre = cast("Centre", request.app.state.centre)
        return shell_response(centre, request)
    return handle_problem(request, http_problem(request, error))


def handle_error(request: AnyRequest, error: Exception) -> Response[bytes]:
    """A bug, or something that broke: logged in full, told in general."""
    if isinstance(error, msgspec.ValidationError):
        return handle_problem(request, validation_problem(error))
    if isinstance(error, msgspec.DecodeError):
        return handle_problem(request, Problem("bad_json", reason=str(error)))
    log.error("failed", exc_info=error)
    return handle_problem(request, Problem("internal"))


def shell_response(centre: Centre, request: AnyRequest) -> Response[bytes]:
    """The browser app's start page, for any of its addresses; a page that says what to do when it isn't built."""
    asset = centre.shell.find("/")
    if asset is not None:
        return to_response(asset_answer(asset, read_headers(request.scope)))
    lang = request_lang(request.scope)
    if lang == "zh":
        title, text = (
            "应用尚未构建",
            "服务器正在运行，但浏览器应用尚未构建。请在源代码目录运行 make build，然后刷新本页。",
        )
    else:
        title = "The app is not built yet"
        text = "The server is running, but the browser app has not been built. Run make build, then reload this page."
    body = f"<h1>{escape(title)}</h1>\n<p>{escape(text)}</p>"
    headers = {"cache-control": "no-store"}
    content = page(lang=lang, title=title, body=body, path=request.scope["path"])
    return Response(content=content, status_code=503, headers=headers, media_type=MediaType.HTML)


def http_problem(request: AnyRequest, error: HTTPException) -> Problem:
    """Litestar's own exceptions as codes of our table."""
    status = error.status_code
    path = request.scope["path"][:200]
    if isinstance(error, ValidationException):
        return _parameter_problem(error)
    cause = error.__cause__ or error.__context__
    if isinstance(cause, msgspec.ValidationError):
        return validation_problem(cause)
    if isinstance(cause, SerializationException | msgspec.DecodeError):
        return Problem("bad_json", reason=str(cause.__cause__ or cause))
    if status == 404:
        return Problem("no_such_page", path=path)
    if status == 405:
        allow = (error.headers or {}).get("allow") or (error.headers or {}).get("Allow")
        return Problem("method_not_allowed", method=request.method, allow=allow)
    if status == 413:
        return Problem("too_large", limit=_body_limit(request))
    if status == 415:
        media = request.headers.get("content-type", "–")[:100]
        return Problem("unsupported_media", media=media, expected="application/json")
    if status == 401:
        return Problem("unauthenticated")
    if status == 503:
        return Problem("busy")
    if status >= 500:
        log.error("failed", exc_info=error)
        return Problem("internal")
    return Problem("bad_request", reason=error.detail or str(status))


def validation_problem(error: msgspec.ValidationError) -> Problem:
    """msgspec's `Expected ... - at `$.field`` as field and reason."""
    reason, _, place = str(error).partition(" - at `")
    return Problem("invalid", field=place.rstrip("`").removeprefix("$.") or "$", reason=reason)


def _parameter_problem(error: ValidationException) -> Problem:
    extra = error.extra
    first: Any = extra[0] if isinstance(extra, list) and extra else {}
    if isinstance(first, dict):
        known = cast("dict[str, Any]", first)
        if known.get("source") == "body" and known.get("message") == "'data'":
            return Problem("bad_json", reason="the body is empty")
        return Problem("invalid", field=str(known.get("key", "?")), reason=str(known.get("message", error.detail)))
    return Problem("invalid", field="?", reason=error.detail)


def _body_limit(request: AnyRequest) -> int | None:
    try:
        limit = request.route_handler.resolve_request_max_body_size()
    except Exception:
        return None
    return limit if isinstance(limit, int) else None


@get(
    "/api/problems",
    operation_id="listProblems",
    tags=["centre"],
    summary="Every error code",
    media_type=MediaType.HTML,
    opt={"access": PUBLIC},
)
async def list_problems(request: AnyRequest) -> Response[bytes]:
    """The error table as a page; the `type` of every problem points into it."""
    lang = request_lang(request.scope)
    heads = ("代码", "状态", "说明") if lang == "zh" else ("Code", "Status", "Text")
    rows = "\n".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td>{row.status}</td><td>{escape(row.zh)}<br>{escape(row.en)}</td></tr>'
        for code, row in sorted(TABLE.items())
    )
    title = "错误代码" if lang == "zh" else "Error codes"
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = f"<h1>{title}</h1>\n<table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"
    return Response(page(lang=lang, title=title, body=body, path="/api/problems", wide=True), media_type=MediaType.HTML)


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    Problem: handle_problem,
    HTTPException: handle_http,
    Exception: handle_error,
}

handlers = [list_problems]
