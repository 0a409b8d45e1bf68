"""Sessions, API tokens and who may open what, through the real application."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler
from litestar.testing import TestClient

from server.auth.access import Access, guard
from server.auth.service import DAY_MS, HOUR_MS
from tests.door import ORIGIN, Door, Phone, open_door


@pytest.fixture
def door(tmp_path):
    with open_door(tmp_path) as opened:
        yield opened


def bearer(door: Door, token: str) -> Any:
    client = door.new_client()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def test_without_a_session_one_is_asked_to_sign_in(door: Door) -> None:
    answer = door.phone().get("/api/session")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_a_made_up_cookie_is_no_session(door: Door) -> None:
    phone = door.phone()
    for value in ("x", "A" * 43, "A" * 5000):
        phone.client.cookies.set("__Host-sitebook", value, domain="site.example.com")
        assert phone.get("/api/session").json()["code"] == "unauthenticated"


def test_a_session_slides_with_use_and_ends_without(door: Door) -> None:
    phone = door.administrator()
    length = door.centre.auth.session_ms
    for _ in range(3):
        door.pass_time(length - HOUR_MS)
        assert phone.get("/api/session").status_code == 200
        door.settle()
    door.pass_time(length)
    assert phone.get("/api/session").json()["code"] == "session_expired"


def test_the_cookie_is_renewed_when_the_app_asks_who_it_is(door: Door) -> None:
    phone = door.administrator()
    before = phone.client.cookies["__Host-sitebook"]
    answer = phone.get("/api/session")
    assert answer.headers["set-cookie"].startswith(f"__Host-sitebook={before};")


def test_sessions_are_listed_and_one_can_be_ended(door: Door) -> None:
    phone = door.administrator()
    key = phone.add_passkey()
    desktop = door.phone()
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
    desktop.client.headers["user-agent"] = agent
    door.pass_time(1000)
    desktop.sign_in_by_passkey(key)
    listed = phone.get("/api/sessions").json()
    assert [(row["install"], row["current"], row["agent"], row["via"]) for row in listed] == [
        (desktop.key.id, False, "Chrome · Linux", "passkey"),
        (phone.key.id, True, "", "invitation"),
    ]
    assert [row["device"] for row in listed] == ["Test phone", "Test phone"]
    assert phone.delete(f"/api/sessions/{listed[0]['id']}").status_code == 204
    assert desktop.get("/api/session").json()["code"] == "session_expired"
    assert phone.delete(f"/api/sessions/{listed[0]['id']}").status_code == 404


def test_all_other_sessions_can_be_ended_at_once(door: Door) -> None:
    phone = door.administrator()
    key = phone.add_passkey()
    others = [door.phone(), door.phone()]
    for other in others:
        other.sign_in_by_passkey(key)
    assert phone.post("/api/sessions/revoke-others").json() == {"ended": 2}
    assert [other.get("/api/session").status_code for other in others] == [401, 401]
    assert phone.get("/api/session").status_code == 200


def test_nobody_ends_another_persons_session(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    session = administrator.get("/api/session").json()["session"]
    assert engineer.delete(f"/api/sessions/{session}").status_code == 404
    assert administrator.get("/api/session").status_code == 200


def test_signing_out_ends_the_session_and_takes_the_cookie(door: Door) -> None:
    phone = door.administrator()
    token = phone.client.cookies["__Host-sitebook"]
    answer = phone.post("/api/sign-out")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    phone.client.cookies.set("__Host-sitebook", token, domain="site.example.com")
    assert phone.get("/api/session").json()["code"] == "session_expired"


def test_a_write_from_a_foreign_page_is_refused(door: Door) -> None:
    phone = door.administrator()
    answer = phone.post("/api/sign-out", headers={"Origin": "https://evil.example"})
    assert answer.json()["code"] == "wrong_origin"
    assert phone.get("/api/session").status_code == 200


# --- access ------------------------------------------------------------------------------------------------------


def test_every_route_declares_who_may_open_it(door: Door) -> None:
    undeclared = {
        route.path
        for route in door.app.litestar.routes
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)])
        if isinstance(handler, HTTPRouteHandler)
        and handler.http_methods != {"OPTIONS"}
        and not isinstance(handler.opt.get("access"), Access)
    }
    assert undeclared == set()


def test_the_framework_serves_no_pages_of_its_own(door: Door) -> None:
    administrator = door.administrator()
    for path in ("/api/schema", "/api/schema/openapi.json", "/api/schema/swagger"):
        assert administrator.get(path).json()["code"] == "no_such_page"


def test_nothing_about_people_and_credentials_is_public(door: Door) -> None:
    public = {
        route.path
        for route in door.app.litestar.routes
        for handler in getattr(route, "route_handlers", [])
        if getattr(handler.opt.get("access"), "public", False)
    }
    private = ("/api/people", "/api/tokens", "/api/passkeys", "/api/pin", "/api/sessions", "/api/audit", "/api/devices")
    assert [path for path in public if path.startswith(private)] == []
    assert {"/api/enrol", "/api/invitations/inspect", "/api/sign-in/pin"} <= public


def test_a_route_that_declares_nothing_opens_for_nobody(door: Door) -> None:
    from server.api.problems import EXCEPTION_HANDLERS

    @get("/open", sync_to_thread=False)
    def forgotten() -> str:
        return "data"

    app = Litestar([forgotten], guards=[guard], exception_handlers=EXCEPTION_HANDLERS)
    with TestClient(app) as client:
        answer = client.get("/open")
    assert (answer.status_code, answer.json()["code"]) == (403, "access_undeclared")


@pytest.mark.parametrize(
    ("role", "listing", "inviting"),
    [
        ("manager", 200, 403),
        ("dispatcher", 403, 403),
        ("engineer", 403, 403),
        ("viewer", 403, 403),
        ("customer", 403, 403),
    ],
)
def test_roles_are_enforced(door: Door, role: str, listing: int, inviting: int) -> None:
    phone = door.person(door.administrator(), role)
    assert phone.get("/api/session").status_code == 200
    assert phone.get("/api/people").status_code == listing
    refused = phone.post("/api/people", {"name": "x", "role": "administrator"})
    assert refused.status_code == inviting
    assert refused.json()["code"] == "forbidden"


def test_a_role_taken_away_is_gone_with_the_next_request(door: Door) -> None:
    administrator = door.administrator()
    manager = door.person(administrator, "manager")
    assert manager.get("/api/people").status_code == 200
    administrator.patch(f"/api/people/{manager.user}", {"role": "engineer"})
    assert manager.get("/api/people").json()["code"] == "forbidden"


def test_a_revoked_person_is_out_with_the_next_request(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    assert administrator.post(f"/api/people/{engineer.user}/revoke").json()["status"] == "revoked"
    assert engineer.get("/api/session").status_code in (401, 403)


def test_a_person_revoked_by_an_op_alone_is_out_too(door: Door) -> None:
    """Administrators also write people from their phones: no session table is asked then."""
    from sync.drafts import Draft

    engineer = door.person(door.administrator(), "engineer")
    draft = Draft(kind="user", record=engineer.user, values={"status": "revoked"})
    door.centre.writer.submit(lambda conn: door.centre.ingest.demand(conn, [draft])).result()
    assert engineer.get("/api/session").json()["code"] == "person_revoked"


def test_a_revoked_device_is_out_with_the_next_request(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    assert administrator.post(f"/api/devices/{engineer.key.id}/revoke").status_code == 204
    assert engineer.get("/api/session").status_code == 401
    device = next(d for d in door.records("device") if d.doc["install"] == engineer.key.id)
    assert device.doc["status"] == "revoked"
    assert (
        door.centre.reader().execute("SELECT status FROM installs WHERE id = ?", (engineer.key.id,)).fetchone()[0]
        == "revoked"
    )
    assert administrator.post(f"/api/devices/{door.centre.id}/revoke").status_code == 404


# --- API tokens --------------------------------------------------------------------------------------------------


def make_token(phone: Phone, **body: Any) -> dict[str, Any]:
    answer = phone.post("/api/tokens", {"name": "script", "scopes": ["read:*"], **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_an_api_token_reads_for_its_person(door: Door) -> None:
    administrator = door.administrator()
    made = make_token(administrator)
    assert made["token"].startswith("sbk_")
    client = bearer(door, made["token"])
    assert client.get("/api/people").status_code == 200
    me = client.get("/api/session").json()
    assert (me["via"], me["session"], me["install"]) == ("token", None, None)
    listed = administrator.get("/api/tokens").json()
    assert listed[0]["name"] == "script"
    assert "token" not in listed[0]


def test_an_api_token_does_no_more_than_its_scopes(door: Door) -> None:
    administrator = door.administrator()
    assert bearer(door, make_token(administrator, scopes=["read:user"])["token"]).get("/api/people").status_code == 200
    refused = bearer(door, make_token(administrator, scopes=["read:asset"])["token"]).get("/api/people")
    assert (refused.status_code, refused.json()["code"]) == (403, "token_scope")


def test_an_api_token_does_no_more_than_its_person(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    made = make_token(administrator, user=engineer.user)
    assert bearer(door, made["token"]).get("/api/people").json()["code"] == "forbidden"


def test_credentials_are_managed_in_person_only(door: Door) -> None:
    client = bearer(door, make_token(door.administrator(), scopes=["read:*", "write:*"])["token"])
    assert client.get("/api/tokens").json()["code"] == "token_refused"
    assert client.get("/api/passkeys").json()["code"] == "token_refused"
    assert client.post("/api/people", json={"name": "x", "role": "viewer"}).json()["code"] == "token_refused"


def test_an_api_token_expires_and_can_be_revoked(door: Door) -> None:
    administrator = door.administrator()
    made = make_token(administrator, days=1)
    revoked = make_token(administrator)
    assert administrator.delete(f"/api/tokens/{revoked['id']}").status_code == 204
    assert bearer(door, revoked["token"]).get("/api/session").json()["code"] == "token_invalid"
    door.pass_time(DAY_MS)
    refused = bearer(door, made["token"]).get("/api/session")
    assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")


@pytest.mark.parametrize("value", ["Bearer sbk_x", "Bearer", "Bearer ", "Basic eDp5", "Bearer sbk_" + "A" * 9000])
def test_a_made_up_authorization_is_refused_even_beside_a_good_cookie(door: Door, value: str) -> None:
    phone = door.administrator()
    assert phone.get("/api/session", headers={"Authorization": value}).json()["code"] == "token_invalid"


def test_a_token_of_a_revoked_person_is_dead(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    made = make_token(administrator, user=engineer.user)
    administrator.post(f"/api/people/{engineer.user}/revoke")
    assert bearer(door, made["token"]).get("/api/session").json()["code"] == "token_invalid"


@pytest.mark.parametrize("scopes", [[], ["read"], ["read:nothing"], ["admin:*"], ["read:*; drop"]])
def test_scopes_that_mean_nothing_are_refused(door: Door, scopes: list[str]) -> None:
    answer = door.administrator().post("/api/tokens", {"name": "x", "scopes": scopes})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_answers_are_in_the_callers_language(door: Door) -> None:
    phone = door.phone()
    assert phone.get("/api/session", headers={"Accept-Language": "zh-CN"}).json()["detail"].startswith("请先登录")
    assert ORIGIN.startswith("https")
