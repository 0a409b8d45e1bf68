"""Answers made outside of any route: problems for programs (RFC 9457) and for people (a page)."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from server.errors import Lang, Problem, choose_lang, problem_body, title
from server.pages import page

PROBLEM_TYPE: Final = "application/problem+json"
HTML_TYPE: Final = "text/html; charset=utf-8"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer: status, headers as lower-case names and values, body."""

    status: int
    headers: dict[str, str]
    body: bytes


def read_headers(scope: Mapping[str, Any]) -> dict[str, str]:
    """The headers of an ASGI request: lower-case name -> value; of repeated ones the last, cookies joined."""
    found: dict[str, str] = {}
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}; {value}" if name == "cookie" and name in found else value
    return found


def request_id(scope: Mapping[str, Any]) -> str:
    """The number of a request, as its answer and the log carry it."""
    return str(scope.get("request_id", ""))


def request_lang(scope: Mapping[str, Any]) -> Lang:
    """The caller's language: `?lang=`, else Accept-Language, else Chinese."""
    query: bytes = scope.get("query_string", b"")
    wanted = parse_qs(query.decode("latin-1")).get("lang", [""])[0] if b"lang=" in query else None
    return choose_lang(read_headers(scope).get("accept-language"), wanted)


def is_navigation(scope: Mapping[str, Any]) -> bool:
    """Whether a person's browser asks for a page: GET or HEAD, wants HTML, not below /api."""
    path: str = scope["path"]
    if scope["method"] not in ("GET", "HEAD") or path == "/api" or path.startswith("/api/"):
        return False
    headers = read_headers(scope)
    mode = headers.get("sec-fetch-mode")
    return "text/html" in headers.get("accept", "") and mode in (None, "navigate")


def problem_answer(problem: Problem, scope: Mapping[str, Any]) -> Answer:
    """A problem as a page for a navigating person, as problem+json for everybody else; in the caller's language."""
    lang = request_lang(scope)
    headers = {"content-language": "zh-CN" if lang == "zh" else "en", "vary": "Accept, Accept-Language"}
    headers["cache-control"] = "no-store"
    if problem.status in (429, 503):
        headers["retry-after"] = str(problem.params["retry_after"])
    if problem.status == 405 and problem.params.get("allow"):
        headers["allow"] = str(problem.params["allow"])
    if problem.status == 401:
        headers["www-authenticate"] = 'Session realm="sitebook"'
    number = request_id(scope)
    members = problem_body(problem, lang, number)
    if is_navigation(scope):
        headers["content-type"] = HTML_TYPE
        word = "编号" if lang == "zh" else "Number"
        body = (
            f"<h1>{escape(title(problem.status, lang))}</h1>\n<p>{escape(problem.text(lang))}</p>\n"
            f'<p class="second">{word} <span class="code">{escape(number)}</span></p>'
        )
        content = page(lang=lang, title=title(problem.status, lang), body=body, path=scope["path"])
    else:
        headers["content-type"] = PROBLEM_TYPE
        content = msgspec.json.encode(members)
    return Answer(status=problem.status, headers=headers, body=content)
