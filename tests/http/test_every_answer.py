"""What every answer carries and what every request goes through."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.security import CSP, HEADERS
from tests.running import INDEX, SCRIPT, build_app, running

PAGE = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Any]]:
    with running(tmp_path_factory.mktemp("answers")) as (opened, app):

        def fail(conn: object) -> None:
            raise RuntimeError("secret detail")

        app.centre.shell.find("/")
        yield opened


ADDRESSES = [
    ("GET", "/", 200),
    ("HEAD", "/", 200),
    ("GET", "/assets/app-1234.js", 200),
    ("GET", "/healthz", 200),
    ("HEAD", "/healthz", 200),
    ("GET", "/api/nothing", 404),
    ("POST", "/api/nothing", 404),
    ("GET", "/nothing.png", 404),
    ("PUT", "/healthz", 405),
    ("DELETE", "/healthz", 405),
    ("GET", "/api/session", 401),
    ("GET", "/a/0123456789AB", 404),
    ("POST", "/api/sync", 400),
]


@pytest.mark.parametrize(("method", "path", "status"), ADDRESSES)
def test_every_answer_is_guarded(client: TestClient[Any], method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == CSP
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["x-request-id"]
    assert "server" not in answer.headers


def test_a_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert "unsafe-inline" not in CSP
    assert "http" not in CSP
    assert "'unsafe-eval'" not in CSP


def test_https_is_pinned_for_a_real_address_only(tmp_path: Path) -> None:
    with running(tmp_path / "real", origin="https://site.example.com") as (client, _):
        assert "max-age=" in client.get("/healthz").headers["strict-transport-security"]
    with running(tmp_path / "trial") as (client, _):
        assert "strict-transport-security" not in client.get("/healthz").headers


def test_a_sane_request_id_is_kept_and_a_strange_one_replaced(client: TestClient[Any]) -> None:
    assert client.get("/healthz", headers={"x-request-id": "abc-12345"}).headers["x-request-id"] == "abc-12345"
    for strange in ("x" * 100, "a b c d e f g", '"}{"injected'):
        assert client.get("/healthz", headers={"x-request-id": strange}).headers["x-request-id"] != strange


@pytest.mark.parametrize(("lang", "detail"), [("zh-CN", "不存在"), ("en-GB", "There is nothing at")])
def test_problems_speak_the_callers_language(client: TestClient[Any], lang: str, detail: str) -> None:
    answer = client.get("/api/nothing", headers={"accept-language": lang})
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in body["detail"]
    assert (body["code"], body["status"]) == ("no_such_page", 404)
    assert body["request_id"] == answer.headers["x-request-id"]


def test_405_says_what_is_allowed(client: TestClient[Any]) -> None:
    answer = client.put("/healthz")
    assert "GET" in answer.headers["allow"]
    assert answer.json()["code"] == "method_not_allowed"


def test_a_bug_tells_the_caller_a_number_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.api import health

    async def broken(centre: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(health, "_check", broken)
    with running(tmp_path) as (client, _):
        answer = client.get("/readyz", headers={"accept-language": "en"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert answer.headers["x-request-id"] in answer.json()["detail"]
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"] == CSP


# --- where writes come from ---


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:9999", "https://localhost"])
def test_a_write_from_a_foreign_page_is_refused(client: TestClient[Any], origin: str) -> None:
    answer = client.post("/api/invitations/inspect", json={"token": "x"}, headers={"origin": origin})
    assert answer.status_code == 403
    assert answer.json()["code"] == "wrong_origin"
    assert answer.json()["expected"] == "http://localhost:8000"


def test_a_write_with_a_cookie_must_say_where_it_comes_from(client: TestClient[Any]) -> None:
    answer = client.post("/api/sign-out", headers={"cookie": "__Host-sitebook=x"})
    assert answer.json()["code"] == "wrong_origin"


@pytest.mark.parametrize("origin", [None, "http://localhost:8000", "http://127.0.0.1:8000"])
def test_a_write_from_here_or_from_a_program_passes(client: TestClient[Any], origin: str | None) -> None:
    headers = {"origin": origin} if origin else {}
    answer = client.post("/api/invitations/inspect", json={"token": "x"}, headers=headers)
    assert answer.json()["code"] == "invitation_unknown"


def test_reading_needs_no_origin(client: TestClient[Any]) -> None:
    assert client.get("/healthz", headers={"origin": "https://evil.example", "cookie": "a=b"}).status_code == 200


# --- bodies ---


def test_a_body_beyond_the_bound_is_refused(client: TestClient[Any]) -> None:
    answer = client.post("/api/invitations/inspect", content=b"x" * 3_000_000)
    assert answer.status_code == 413
    assert (answer.json()["code"], answer.json()["limit"]) == ("too_large", 2_000_000)


def test_a_gzip_bomb_is_refused(client: TestClient[Any]) -> None:
    bomb = gzip.compress(bytes(60_000_000))
    answer = client.post("/api/sync", content=bomb, headers={"content-encoding": "gzip"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_an_unknown_encoding_is_named(client: TestClient[Any]) -> None:
    answer = client.post("/api/sync", content=b"x", headers={"content-encoding": "br"})
    assert (answer.status_code, answer.json()["encoding"]) == (415, "br")


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "bad_json"), (b"", "bad_json"), (b'{"token": 1}', "invalid"), (b'{"token": "x", "more": 1}', "invalid")],
)
def test_a_wrong_body_says_what_is_wrong(client: TestClient[Any], body: bytes, code: str) -> None:
    answer = client.post(
        "/api/invitations/inspect", content=body, headers={"content-type": "application/json", "accept-language": "en"}
    )
    assert answer.json()["code"] == code, answer.text
    assert answer.status_code in (400, 422)


# --- the browser app's files ---


def test_files_with_a_hash_in_their_name_are_kept_and_others_asked_for_again(client: TestClient[Any]) -> None:
    assert "immutable" in client.get("/assets/app-1234.js").headers["cache-control"]
    for path in ("/", "/index.html", "/sw.js"):
        assert client.get(path).headers["cache-control"] == "no-cache"


def test_an_unchanged_file_is_not_sent_again(client: TestClient[Any]) -> None:
    etag = client.get("/sw.js").headers["etag"]
    answer = client.get("/sw.js", headers={"if-none-match": f"W/{etag}"})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["content-security-policy"] == CSP


def test_a_new_build_is_seen_without_a_restart(tmp_path: Path) -> None:
    static = build_app(tmp_path / "static")
    with running(tmp_path, static_dir=static) as (client, _):
        before = client.get("/").headers["etag"]
        (static / "index.html").write_text(INDEX + "<!-- newer -->")
        assert client.get("/").headers["etag"] != before


def test_text_is_compressed_for_who_can_read_it(client: TestClient[Any]) -> None:
    packed = client.get("/assets/app-1234.js", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == SCRIPT
    assert int(packed.headers["content-length"]) < len(SCRIPT) / 5
    plain = client.get("/assets/app-1234.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == SCRIPT


def test_made_answers_are_compressed_too(client: TestClient[Any]) -> None:
    answer = client.get("/api/openapi.json", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert answer.json()["openapi"].startswith("3.1")


def test_head_is_get_without_a_body(client: TestClient[Any]) -> None:
    for path in ("/", "/healthz", "/api/openapi.json"):
        got, head = client.get(path), client.head(path)
        assert head.content == b""
        assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("path", ["/today", "/office/assets/x", "/asset/01a2", "/A/0123456789AB?app"])
def test_a_deep_link_opens_the_app(client: TestClient[Any], path: str) -> None:
    answer = client.get(path, headers=PAGE)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/today", {"accept": "*/*"}), ("/api/nothing", PAGE), ("/api", PAGE), ("/assets/gone.js", {"accept": "*/*"})],
)
def test_what_is_no_navigation_gets_no_app(client: TestClient[Any], path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 404
    assert answer.json()["code"] == "no_such_page"


@pytest.mark.parametrize(
    "path",
    [
        "/../data/sitebook.db",
        "/%2e%2e/data/sitebook.db",
        "/..%2fdata%2fsitebook.db",
        "/assets/../../data/lock",
        "/.hidden",
        "/assets/%00",
        "//etc/passwd",
        "/assets\\..\\..\\data\\lock",
    ],
)
def test_nothing_outside_the_apps_folder_is_served(client: TestClient[Any], path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404


def test_without_a_build_a_person_is_told_what_to_do(tmp_path: Path) -> None:
    with running(tmp_path, static_dir=tmp_path / "absent") as (client, _):
        answer = client.get("/", headers=PAGE | {"accept-language": "en"})
        assert answer.status_code == 503
        assert "make build" in answer.text
        assert client.get("/healthz").status_code == 200


# --- the log ---


def test_the_log_has_one_line_a_request_and_no_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from server.logs import set_up_logs
    from server.settings import Settings

    with running(tmp_path) as (client, _):
        set_up_logs(Settings(log_format="json"))
        client.get("/A/7777777777ZZ?lang=en", headers={"x-request-id": "known-id-1"})
        client.get("/secret/path/7777777777ZZ")
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["route"] for line in requests] == ["/a/{token}", "none"]
    assert requests[0]["request_id"] == "known-id-1"
    assert "7777777777ZZ" not in json.dumps(lines)
    assert "testclient" not in json.dumps(lines)
