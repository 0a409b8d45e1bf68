"""Passkeys through the real application, with an authenticator in software."""

from __future__ import annotations

import pytest

from server.auth.service import MINUTE_MS
from tests.door import ORIGIN, Door, open_door
from tests.passkeys import Authenticator, b64


@pytest.fixture
def door(tmp_path):
    with open_door(tmp_path) as opened:
        yield opened


def test_a_passkey_signs_in_on_the_same_phone(door: Door) -> None:
    phone = door.administrator()
    key = phone.add_passkey("My phone")
    phone.post("/api/sign-out")
    assert phone.get("/api/session").status_code == 401
    answer = phone.sign_in_by_passkey(key)
    assert answer.status_code == 200, answer.text
    assert answer.json()["via"] == "passkey"
    assert answer.json()["ways"] == {"passkeys": 1, "pin": False}
    assert len(door.records("device")) == 1


def test_a_passkey_enrols_a_new_browser_profile(door: Door) -> None:
    phone = door.administrator()
    key = phone.add_passkey()
    desktop = door.phone()
    answer = desktop.sign_in_by_passkey(key)
    assert answer.status_code == 200, answer.text
    assert answer.json()["install"] == desktop.key.id
    assert answer.json()["rescue_key"]
    assert {device.doc["install"] for device in door.records("device")} == {phone.key.id, desktop.key.id}
    assert phone.get("/api/session").status_code == 200


def test_options_ask_for_a_discoverable_passkey_and_exclude_the_ones_there_are(door: Door) -> None:
    phone = door.administrator()
    key = phone.add_passkey()
    options = phone.post("/api/passkeys/options").json()["options"]
    assert options["rp"]["id"] == "site.example.com"
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "preferred",
    }
    assert options["attestation"] == "none"
    assert [(c["id"], c["transports"]) for c in options["excludeCredentials"]] == [(b64(key.id), ["internal"])]
    asking = phone.post("/api/sign-in/passkey/options").json()["options"]
    assert asking["rpId"] == "site.example.com"
    assert asking.get("allowCredentials", []) == []


def test_several_passkeys_are_listed_renamed_and_removed_but_not_the_last_way_in(door: Door) -> None:
    phone = door.administrator()
    first, second = phone.add_passkey("One"), phone.add_passkey("Two")
    assert [row["name"] for row in phone.get("/api/passkeys").json()] == ["One", "Two"]
    assert phone.patch(f"/api/passkeys/{b64(second.id)}", {"name": "Key ring"}).status_code == 204
    assert phone.delete(f"/api/passkeys/{b64(first.id)}").status_code == 204
    assert [row["name"] for row in phone.get("/api/passkeys").json()] == ["Key ring"]
    assert phone.delete(f"/api/passkeys/{b64(second.id)}").json()["code"] == "last_way_in"
    assert phone.put("/api/pin", {"pin": "830274"}).status_code == 204
    assert phone.delete(f"/api/passkeys/{b64(second.id)}").status_code == 204
    assert phone.delete("/api/pin").json()["code"] == "last_way_in"
    assert door.phone().sign_in_by_passkey(first).json()["code"] == "passkey_unknown"


def test_another_persons_passkey_can_be_neither_renamed_nor_removed(door: Door) -> None:
    administrator = door.administrator()
    key = b64(administrator.add_passkey().id)
    engineer = door.person(administrator, "engineer")
    assert engineer.delete(f"/api/passkeys/{key}").json()["code"] == "passkey_unknown"
    assert engineer.patch(f"/api/passkeys/{key}", {"name": "x"}).json()["code"] == "passkey_unknown"


def test_a_wrong_passkey_is_refused(door: Door) -> None:
    phone = door.administrator()
    key = phone.add_passkey()
    stranger = Authenticator(ORIGIN)
    assert phone.sign_in_by_passkey(stranger).json()["code"] == "passkey_unknown"
    stranger.id = key.id  # the right name, another key
    refused = phone.sign_in_by_passkey(stranger)
    assert (refused.status_code, refused.json()["code"]) == (403, "passkey_failed")
    assert "passkey_refused" in door.events()


def test_an_answer_for_another_site_is_refused(door: Door) -> None:
    phone = door.administrator()
    key = phone.add_passkey()
    key.origin = "https://site.example.com.evil.example"
    assert phone.sign_in_by_passkey(key).json()["code"] == "passkey_failed"


def test_a_passkey_that_names_another_person_is_refused(door: Door) -> None:
    phone = door.administrator()
    key = phone.add_passkey()
    key.user_handle = b"somebody else"
    assert phone.sign_in_by_passkey(key).json()["code"] == "passkey_failed"


def test_a_counter_that_goes_back_is_refused(door: Door) -> None:
    phone = door.administrator()
    key = phone.add_passkey()
    assert phone.sign_in_by_passkey(key).status_code == 200
    key.count = 0
    assert phone.sign_in_by_passkey(key).json()["code"] == "passkey_failed"


def test_an_answer_is_good_once_and_for_five_minutes(door: Door) -> None:
    phone = door.administrator()
    key = phone.add_passkey()
    options = phone.post("/api/sign-in/passkey/options").json()["options"]
    body = phone.key.claim(door.centre.id, options["challenge"], credential=key.get(options))
    assert phone.post("/api/sign-in/passkey", body).status_code == 200
    assert phone.post("/api/sign-in/passkey", body).json()["code"] == "challenge_expired"
    options = phone.post("/api/sign-in/passkey/options").json()["options"]
    body = phone.key.claim(door.centre.id, options["challenge"], credential=key.get(options))
    door.pass_time(5 * MINUTE_MS)
    assert phone.post("/api/sign-in/passkey", body).json()["code"] == "challenge_expired"


def test_a_challenge_given_for_adding_does_not_sign_in(door: Door) -> None:
    phone = door.administrator()
    key = phone.add_passkey()
    options = phone.post("/api/passkeys/options").json()["options"]
    credential = key.get({"rpId": "site.example.com", "challenge": options["challenge"]})
    body = phone.key.claim(door.centre.id, options["challenge"], credential=credential)
    assert phone.post("/api/sign-in/passkey", body).json()["code"] == "challenge_expired"


def test_a_challenge_given_to_another_person_adds_no_passkey(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    options = administrator.post("/api/passkeys/options").json()["options"]
    credential = Authenticator(ORIGIN).create(options)
    refused = engineer.post("/api/passkeys", {"name": "x", "credential": credential})
    assert refused.json()["code"] == "challenge_expired"


def test_a_passkey_is_registered_once(door: Door) -> None:
    administrator = door.administrator()
    key = administrator.add_passkey()
    options = administrator.post("/api/passkeys/options").json()["options"]
    again = administrator.post("/api/passkeys", {"name": "x", "credential": key.create(options)})
    assert again.json()["code"] == "passkey_taken"


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"response": []},
        {"response": {"clientDataJSON": "!!"}},
        {"response": {"clientDataJSON": 7}},
        {"response": {"clientDataJSON": b64(b"[]")}},
        {"response": {"clientDataJSON": b64(b'{"challenge": 5}')}},
        {"id": None, "response": {"clientDataJSON": b64(b"\xff")}},
    ],
)
def test_malformed_answers_are_refused_in_words(door: Door, credential) -> None:
    phone = door.administrator()
    body = phone.key.claim(door.centre.id, "x", credential=credential)
    assert phone.post("/api/sign-in/passkey", body).json()["code"] == "passkey_failed"
    assert phone.post("/api/passkeys", {"name": "x", "credential": credential}).json()["code"] == "passkey_failed"


@pytest.mark.parametrize("part", ["attestationObject", "authenticatorData", "signature", "userHandle"])
def test_answers_with_a_damaged_part_are_refused_in_words(door: Door, part: str) -> None:
    phone = door.administrator()
    key = phone.add_passkey()
    if part == "attestationObject":
        credential = Authenticator(ORIGIN).create(phone.post("/api/passkeys/options").json()["options"])
        credential["response"][part] = b64(b"\xa1")
        answer = phone.post("/api/passkeys", {"name": "x", "credential": credential})
    else:
        options = phone.post("/api/sign-in/passkey/options").json()["options"]
        credential = key.get(options)
        credential["response"][part] = b64(b"\x01\x02")
        body = phone.key.claim(door.centre.id, options["challenge"], credential=credential)
        answer = phone.post("/api/sign-in/passkey", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "passkey_failed")


def test_a_revoked_person_cannot_come_in_by_passkey(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    key = engineer.add_passkey()
    administrator.post(f"/api/people/{engineer.user}/revoke")
    assert engineer.sign_in_by_passkey(key).json()["code"] == "person_revoked"


def test_a_revoked_device_cannot_come_back_by_passkey(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    key = engineer.add_passkey()
    administrator.post(f"/api/devices/{engineer.key.id}/revoke")
    assert engineer.sign_in_by_passkey(key).json()["code"] == "install_revoked"
    assert door.phone().sign_in_by_passkey(key).status_code == 200
