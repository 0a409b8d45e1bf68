"""Small parts of the door: secrets, keys, browser names, access rules."""

from __future__ import annotations

import re

import pytest

from server.auth.access import EVERYBODY, IN_PERSON, MANAGERS, Access, check
from server.auth.agents import summarise
from server.auth.caller import Caller
from server.auth.keys import open_keys
from server.auth.secret import b64, draw, unb64
from server.auth.service import Auth
from server.errors import TABLE, Problem

CHROME = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        (CHROME, "Chrome · Android"),
        (IPHONE, "Safari · iOS"),
        (CHROME + " MicroMessenger/8.0.50", "WeChat · Android"),
        (CHROME + " EdgA/140", "Edge · Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        ("curl/8.1", ""),
        ("", ""),
        (None, ""),
        ("x" * 100_000 + "Chrome", ""),
    ],
)
def test_a_browser_is_named_in_two_words(agent, shown) -> None:
    assert summarise(agent) == shown


def test_a_secret_is_as_long_as_asked_and_never_the_same() -> None:
    assert len(unb64(draw(16))) == 16
    assert len({draw(16) for _ in range(100)}) == 100


@pytest.mark.parametrize("text", ["AA==", "A", "AB", "A+", "A/", "AA AA", "AA\n", "é", "AAA\u0661"])
def test_base64url_has_one_form_only(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        unb64(text)


def test_base64url_round_trips() -> None:
    for size in range(40):
        data = bytes(range(200, 200 + size))
        assert unb64(b64(data)) == data


def test_keys_are_made_once_and_kept(tmp_path) -> None:
    first, second = open_keys(tmp_path / "keys"), open_keys(tmp_path / "keys")
    assert first.rescue_spki == second.rescue_spki
    assert first.pin == second.pin
    assert open_keys(tmp_path / "other").pin != first.pin
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_a_damaged_key_is_named_and_not_replaced(tmp_path) -> None:
    open_keys(tmp_path)
    (tmp_path / "pin.key").write_bytes(b"short")
    with pytest.raises(RuntimeError, match=r"pin\.key"):
        open_keys(tmp_path)


@pytest.mark.parametrize(
    ("origin", "rp_id"),
    [
        ("https://site.example.com", "site.example.com"),
        ("https://site.example.com:8443", "site.example.com"),
        ("http://localhost:8000", "localhost"),
        ("http://127.0.0.1:8000", None),
        ("https://192.168.1.5:8000", None),
        ("https://[::1]:8000", None),
    ],
)
def test_passkeys_belong_to_the_host_name(origin: str, rp_id: str | None) -> None:
    auth = Auth.__new__(Auth)
    object.__setattr__(auth, "origin", origin)
    assert auth.rp_id == rp_id


def caller(role: str = "manager", scopes: frozenset[str] | None = None) -> Caller:
    return Caller(
        user="u", role=role, sites=frozenset("a"), all_sites=False, install="i", session="s", via="pin", scopes=scopes
    )


def refusal(access: Access, who: Caller, method: str = "GET") -> str | None:
    try:
        check(access, who, method)
    except Problem as problem:
        return problem.code
    return None


def test_a_role_outside_the_declared_ones_is_refused() -> None:
    assert refusal(Access(roles=MANAGERS), caller()) is None
    assert refusal(Access(roles=MANAGERS), caller("engineer")) == "forbidden"
    assert refusal(Access(roles=frozenset()), caller("administrator")) == "forbidden"
    assert refusal(Access(roles=EVERYBODY), caller("")) == "forbidden"


@pytest.mark.parametrize(
    ("scopes", "access", "method", "code"),
    [
        ({"read:*"}, Access(roles=MANAGERS, kind="asset"), "GET", None),
        ({"read:asset"}, Access(roles=MANAGERS, kind="asset"), "HEAD", None),
        ({"read:asset"}, Access(roles=MANAGERS, kind="site"), "GET", "token_scope"),
        ({"read:asset"}, Access(roles=MANAGERS), "GET", "token_scope"),
        ({"read:*"}, Access(roles=MANAGERS, kind="asset"), "POST", "token_scope"),
        ({"read:*"}, Access(roles=MANAGERS, kind="asset", action="read"), "POST", None),
        ({"write:asset"}, Access(roles=MANAGERS, kind="asset"), "POST", None),
        ({"write:*"}, Access(roles=MANAGERS, kind="asset"), "GET", "token_scope"),
        ({"read:*", "write:*"}, IN_PERSON, "GET", "token_refused"),
    ],
)
def test_scopes_of_a_token_are_held_against_what_the_route_declares(scopes, access, method, code) -> None:
    assert refusal(access, caller(scopes=frozenset(scopes)), method) == code


def test_a_person_sees_the_sites_they_are_assigned_to() -> None:
    assert caller().holds("a")
    with pytest.raises(Problem, match="forbidden_site"):
        caller().require_site("b")
    with pytest.raises(Problem, match="forbidden"):
        caller().require("administrator")


def test_every_code_this_room_raises_is_in_the_table(repo_root) -> None:
    sources = [*(repo_root / "server" / "auth").glob("*.py"), repo_root / "server" / "api" / "auth.py"]
    codes = {code for path in sources for code in re.findall(r'Problem\("([a-z_]+)"', path.read_text())}
    assert codes - set(TABLE) == set()
    assert len(codes) > 20
