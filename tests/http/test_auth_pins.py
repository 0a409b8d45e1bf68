"""Install key and PIN through the real application."""

from __future__ import annotations

import pytest

from server.auth.pins import TRIES
from server.auth.service import MINUTE_MS
from tests.door import Door, Phone, open_door

PIN = "830274"


@pytest.fixture
def door(tmp_path):
    with open_door(tmp_path) as opened:
        yield opened


@pytest.fixture
def phone(door: Door) -> Phone:
    """The administrator's phone with a PIN, signed out."""
    phone = door.administrator()
    assert phone.put("/api/pin", {"pin": PIN}).status_code == 204
    phone.post("/api/sign-out")
    return phone


def test_the_pin_and_the_install_key_sign_in(phone: Phone) -> None:
    answer = phone.sign_in_by_pin(PIN)
    assert answer.status_code == 200, answer.text
    assert answer.json()["via"] == "pin"
    assert answer.json()["ways"]["pin"] is True
    assert phone.get("/api/session").status_code == 200


def test_wrong_pins_count_down_then_lock_even_the_right_one(door: Door, phone: Phone) -> None:
    left = []
    for _ in range(TRIES - 1):
        refused = phone.sign_in_by_pin("111222")
        assert (refused.status_code, refused.json()["code"]) == (403, "pin_wrong")
        left.append(refused.json()["tries_left"])
    assert left == list(range(TRIES - 1, 0, -1))
    assert phone.sign_in_by_pin("111222").json()["code"] == "pin_locked"
    locked = phone.sign_in_by_pin(PIN)
    assert (locked.status_code, locked.json()["code"]) == (423, "pin_locked")
    assert door.events().count("pin_wrong") == TRIES - 1
    assert "pin_locked" in door.events()


def test_the_right_pin_gives_all_tries_back(phone: Phone) -> None:
    for _ in range(3):
        phone.sign_in_by_pin("111222")
    assert phone.sign_in_by_pin(PIN).status_code == 200
    assert phone.sign_in_by_pin("111222").json()["tries_left"] == TRIES - 1


def test_guesses_at_once_have_no_more_tries_than_one_after_another(door: Door, phone: Phone) -> None:
    def guess() -> str:
        return phone.sign_in_by_pin("111222").json()["code"]

    codes = door.at_once([guess] * (TRIES + 4))
    assert codes.count("pin_wrong") == TRIES - 1
    assert codes.count("pin_locked") == 5


def test_a_passkey_sign_in_unlocks_the_pin(door: Door, phone: Phone) -> None:
    phone.sign_in_by_pin(PIN)
    key = phone.add_passkey()
    for _ in range(TRIES):
        phone.sign_in_by_pin("111222")
    assert phone.sign_in_by_pin(PIN).json()["code"] == "pin_locked"
    assert phone.sign_in_by_passkey(key).status_code == 200
    assert phone.sign_in_by_pin(PIN).status_code == 200


def test_a_fresh_invitation_is_the_way_back_from_a_forgotten_pin(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    engineer.put("/api/pin", {"pin": PIN})
    for _ in range(TRIES):
        engineer.sign_in_by_pin("111222")
    again = administrator.post(f"/api/people/{engineer.user}/invitations", {}).json()["link"].partition("#")[2]
    assert engineer.enrol(again).status_code == 201
    assert engineer.sign_in_by_pin(PIN).json()["code"] == "pin_unset"
    assert engineer.put("/api/pin", {"pin": "740281"}).status_code == 204
    assert engineer.sign_in_by_pin("740281").status_code == 200


def test_the_key_is_asked_before_the_pin_so_a_stranger_spends_no_tries(door: Door, phone: Phone) -> None:
    stranger = door.phone()
    for _ in range(3):
        challenge = stranger.post("/api/sign-in/pin/challenge", {"install": phone.key.id}).json()["challenge"]
        body = {"install": phone.key.id, "user": phone.user, "pin": "111222", "challenge": challenge}
        body["proof"] = stranger.key.prove("sitebook-sign-in-1", door.centre.id, challenge)
        assert stranger.post("/api/sign-in/pin", body).json()["code"] == "proof_wrong"
    assert phone.sign_in_by_pin("111222").json()["tries_left"] == TRIES - 1


def test_a_challenge_is_good_once(door: Door, phone: Phone) -> None:
    challenge = phone.post("/api/sign-in/pin/challenge", {"install": phone.key.id}).json()["challenge"]
    body = {"install": phone.key.id, "user": phone.user, "pin": PIN, "challenge": challenge}
    body["proof"] = phone.key.prove("sitebook-sign-in-1", door.centre.id, challenge)
    assert phone.post("/api/sign-in/pin", body).status_code == 200
    assert phone.post("/api/sign-in/pin", body).json()["code"] == "challenge_expired"


def test_a_challenge_of_another_install_is_refused(door: Door, phone: Phone) -> None:
    other = door.person(door.administrator_again(phone, PIN), "engineer")
    challenge = other.post("/api/sign-in/pin/challenge", {"install": other.key.id}).json()["challenge"]
    proof = phone.key.prove("sitebook-sign-in-1", door.centre.id, challenge)
    assert phone.sign_in_by_pin(PIN, challenge=challenge, proof=proof).json()["code"] == "challenge_expired"


def test_a_proof_made_to_enrol_does_not_sign_in(door: Door, phone: Phone) -> None:
    challenge = phone.post("/api/sign-in/pin/challenge", {"install": phone.key.id}).json()["challenge"]
    proof = phone.key.prove("sitebook-enrol-1", door.centre.id, challenge)
    assert phone.sign_in_by_pin(PIN, challenge=challenge, proof=proof).json()["code"] == "proof_wrong"


def test_a_pin_belongs_to_one_device(door: Door, phone: Phone) -> None:
    stranger = door.phone()
    assert stranger.sign_in_by_pin(PIN, user=phone.user).json()["code"] == "install_unknown"


def test_a_pin_belongs_to_one_person(door: Door, phone: Phone) -> None:
    phone.sign_in_by_pin(PIN)
    made = phone.invite("Second")
    first = phone.user
    phone.enrol(made["token"])
    assert phone.sign_in_by_pin(PIN).json()["code"] == "pin_unset"
    assert phone.sign_in_by_pin(PIN, user=first).status_code == 200


@pytest.mark.parametrize(
    "pin",
    [
        "12345",
        "1234567890123",
        "abcdef",
        "12345６",
        "000000",
        "111111",
        "123456",
        "654321",
        "012345",
        "987654",
        "121212",
        "123123",
        "112233",
        "123321",
        "520520",
        "5201314",
        "147258",
        "900101",
        "19900101",
        "135790",
        "246802",
    ],
)
def test_a_pin_that_is_tried_first_is_refused(door: Door, pin: str) -> None:
    phone = door.administrator()
    assert phone.put("/api/pin", {"pin": pin}).json()["code"] == "pin_weak"


def test_changing_the_pin_later_needs_the_current_one(door: Door, phone: Phone) -> None:
    phone.sign_in_by_pin(PIN)
    assert phone.put("/api/pin", {"pin": "740281"}).json()["code"] == "pin_current_needed"
    assert phone.put("/api/pin", {"pin": "740281", "current": "111222"}).json()["code"] == "pin_wrong"
    assert phone.put("/api/pin", {"pin": "740281", "current": PIN}).status_code == 204
    assert phone.sign_in_by_pin("740281").status_code == 200


def test_a_fresh_passkey_sign_in_may_change_the_pin_for_ten_minutes(door: Door, phone: Phone) -> None:
    phone.sign_in_by_pin(PIN)
    key = phone.add_passkey()
    phone.sign_in_by_passkey(key)
    assert phone.put("/api/pin", {"pin": "740281"}).status_code == 204
    door.pass_time(10 * MINUTE_MS)
    assert phone.put("/api/pin", {"pin": "620194"}).json()["code"] == "pin_current_needed"


def test_a_revoked_device_and_a_revoked_person_do_not_come_in(door: Door) -> None:
    administrator = door.administrator()
    one, two = door.person(administrator, "engineer"), door.person(administrator, "engineer")
    for phone in (one, two):
        phone.put("/api/pin", {"pin": PIN})
    administrator.post(f"/api/devices/{one.key.id}/revoke")
    assert one.sign_in_by_pin(PIN).json()["code"] == "install_revoked"
    administrator.post(f"/api/people/{two.user}/revoke")
    assert two.sign_in_by_pin(PIN).json()["code"] in ("pin_unset", "person_revoked")
