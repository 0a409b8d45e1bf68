"""Invitations and enrolment through the real application."""

from __future__ import annotations

import pytest

from server.auth.service import DAY_MS, HOUR_MS, MINUTE_MS
from tests.door import Door, open_door
from tests.passkeys import InstallKey


@pytest.fixture
def door(tmp_path):
    with open_door(tmp_path) as opened:
        yield opened


def test_the_first_administrator_enrols_by_the_printed_link(door: Door) -> None:
    made = door.first_link()
    assert made is not None
    assert made.link == f"https://site.example.com/enrol#{made.token}"
    assert len(made.token) == 22  # 128 bits
    phone = door.phone()
    answer = phone.enrol(made.token)
    assert answer.status_code == 201, answer.text
    me = answer.json()
    assert me["user"]["role"] == "administrator"
    assert me["install"] == phone.key.id
    assert me["centre"] == door.centre.id
    assert me["time"] == door.now
    assert me["rescue_key"].startswith("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE")  # P-256 SubjectPublicKeyInfo
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-sitebook=")
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie
    assert phone.get("/api/session").json()["user"] == me["user"]


def test_the_first_administrator_says_their_name_and_nobody_else_does(door: Door) -> None:
    made = door.first_link()
    assert made is not None
    phone = door.phone()
    assert phone.enrol(made.token, name="  王芳 ").json()["user"]["name"] == "王芳"
    other = door.phone()
    assert other.enrol(phone.invite("李强")["token"], name="Mallory").json()["user"]["name"] == "李强"
    assert door.phone().enrol(phone.invite("A")["token"], name=" ").status_code == 422


def test_enrolment_makes_the_person_active_and_writes_a_device(door: Door) -> None:
    administrator = door.administrator()
    assert door.record(administrator.user).doc["status"] == "active"
    devices = door.records("device")
    assert [device.doc["install"] for device in devices] == [administrator.key.id]
    assert devices[0].doc["user"] == administrator.user
    assert devices[0].doc["status"] == "active"
    people = administrator.get("/api/people").json()
    assert [device["name"] for device in people[0]["devices"]] == ["Test phone"]


def test_there_is_no_first_link_once_an_administrator_can_come_in(door: Door) -> None:
    assert door.first_link() is not None
    door.administrator()
    assert door.first_link() is None


def test_a_new_first_link_does_not_spoil_the_one_printed_before(door: Door) -> None:
    first, second = door.first_link(), door.first_link()
    assert first is not None
    assert second is not None
    assert first.user == second.user
    assert door.phone().enrol(first.token).status_code == 201
    assert door.phone().enrol(second.token).json()["code"] == "invitation_withdrawn"


def test_a_first_link_ends_after_24_hours_and_the_next_is_for_the_same_person(door: Door) -> None:
    first = door.first_link()
    assert first is not None
    door.pass_time(DAY_MS)
    assert door.phone().enrol(first.token).json()["code"] == "invitation_expired"
    again = door.first_link()
    assert again is not None
    assert again.user == first.user


def test_an_administrator_without_any_way_in_left_gets_a_first_link(door: Door) -> None:
    administrator = door.administrator()
    door.pass_time(200 * DAY_MS)
    again = door.first_link()
    assert again is not None
    assert again.user == administrator.user


def test_inspecting_tells_whom_it_invites_and_burns_nothing(door: Door) -> None:
    made = door.administrator().invite("李强", role="engineer")
    phone = door.phone()
    for _ in range(2):
        told = phone.post("/api/invitations/inspect", {"token": made["token"]})
        assert told.status_code == 200
        assert told.json()["name"] == "李强"
        assert told.json()["role"] == "engineer"
        assert told.json()["centre"] == door.centre.id
        assert told.json()["company"]["zh"]
    assert phone.enrol(made["token"]).status_code == 201


def test_unknown_used_expired_and_withdrawn_invitations_are_told_apart(door: Door) -> None:
    administrator = door.administrator()
    used = administrator.invite("A")
    assert door.phone().enrol(used["token"]).status_code == 201
    withdrawn = administrator.invite("B")
    administrator.post(f"/api/people/{withdrawn['user']}/invitations", {})
    expired = administrator.invite("C", hours=1)
    door.pass_time(HOUR_MS)
    tokens = {
        "invitation_unknown": "A" * 22,
        "invitation_used": used["token"],
        "invitation_withdrawn": withdrawn["token"],
        "invitation_expired": expired["token"],
    }
    for code, token in tokens.items():
        phone = door.phone()
        told = phone.post("/api/invitations/inspect", {"token": token})
        assert (told.json()["code"], told.status_code) == (code, 404 if code == "invitation_unknown" else 410)
        assert phone.enrol(token).json()["code"] == code


def test_an_invitation_enrols_one_of_two_phones_that_come_at_once(door: Door) -> None:
    made = door.administrator().invite("A")
    phones = [door.phone() for _ in range(4)]
    codes = door.at_once([lambda phone=phone: phone.enrol(made["token"]).status_code for phone in phones])
    assert sorted(codes) == [201, 410, 410, 410]


def test_a_phone_whose_answer_was_lost_enrols_again_within_ten_minutes(door: Door) -> None:
    administrator = door.administrator()
    made = administrator.invite("A")
    phone = door.phone()
    assert phone.enrol(made["token"]).status_code == 201
    phone.client.cookies.clear()  # the answer never came
    ops = door.centre.reader().execute("SELECT count(*) FROM ops").fetchone()[0]
    door.pass_time(10 * MINUTE_MS - 1)
    told = phone.post("/api/invitations/inspect", {"token": made["token"], "install": phone.key.id})
    assert (told.status_code, told.json()["name"]) == (200, "A")
    again = phone.enrol(made["token"])
    assert again.status_code == 201, again.text
    assert again.json()["install"] == phone.key.id
    assert phone.get("/api/session").json()["user"]["id"] == made["user"]
    assert len(door.records("device")) == 2  # the administrator's and this one
    assert door.centre.reader().execute("SELECT count(*) FROM ops").fetchone()[0] == ops
    assert door.events()[-1] == "enrolled_again"


def test_nobody_else_and_no_later_try_profits_from_a_lost_answer(door: Door) -> None:
    administrator = door.administrator()
    made = administrator.invite("A")
    phone, thief = door.phone(), door.phone()
    assert phone.enrol(made["token"]).status_code == 201
    assert thief.enrol(made["token"]).json()["code"] == "invitation_used"
    # The install's id is known to others, its key is not.
    own, thief.key.id = thief.key.id, phone.key.id
    assert thief.enrol(made["token"]).json()["code"] == "install_taken"
    assert phone.enrol(made["token"], proof=thief.key.sign(b"x")).json()["code"] == "proof_wrong"
    thief.key.id = own
    door.pass_time(10 * MINUTE_MS)
    assert phone.enrol(made["token"]).json()["code"] == "invitation_used"
    told = phone.post("/api/invitations/inspect", {"token": made["token"], "install": phone.key.id})
    assert told.json()["code"] == "invitation_used"


def test_a_revoked_device_does_not_come_back_by_a_lost_answer(door: Door) -> None:
    administrator = door.administrator()
    made = administrator.invite("A")
    phone = door.phone()
    phone.enrol(made["token"])
    assert administrator.post(f"/api/devices/{phone.key.id}/revoke").status_code == 204
    assert phone.enrol(made["token"]).json()["code"] == "install_revoked"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"install": "short"}, "install_invalid"),
        ({"install": "?" * 22}, "install_invalid"),
        ({"spki": "AAAA"}, "key_invalid"),
        ({"spki": ""}, "key_invalid"),
        ({"proof": "A" * 86}, "proof_wrong"),
        ({"proof": "!!"}, "proof_wrong"),
        ({"proof": ""}, "proof_wrong"),
    ],
)
def test_a_claim_that_is_not_in_order_is_refused_and_the_invitation_lives(door: Door, change, code) -> None:
    made = door.administrator().invite("A")
    phone = door.phone()
    assert phone.enrol(made["token"], **change).json()["code"] == code
    assert phone.enrol(made["token"]).status_code == 201


def test_a_proof_over_another_centre_is_refused(door: Door) -> None:
    made = door.administrator().invite("A")
    phone = door.phone()
    proof = phone.key.prove("sitebook-enrol-1", "A" * 22, made["token"])
    assert phone.enrol(made["token"], proof=proof).json()["code"] == "proof_wrong"


def test_a_key_of_another_curve_is_refused(door: Door) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    from tests.passkeys import b64

    made = door.administrator().invite("A")
    for key in (ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()):
        spki = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        assert door.phone().enrol(made["token"], spki=b64(spki)).json()["code"] == "key_invalid"


def test_an_install_id_cannot_be_taken_over_with_another_key(door: Door) -> None:
    administrator = door.administrator()
    thief = door.phone()
    thief.key.id = administrator.key.id
    made = administrator.invite("A")
    assert thief.enrol(made["token"]).json()["code"] == "install_taken"


def test_the_centres_own_install_cannot_be_taken_or_signed_in_on(door: Door) -> None:
    made = door.administrator().invite("A")
    thief = door.phone()
    thief.key.id = door.centre.id
    assert thief.enrol(made["token"]).json()["code"] == "install_taken"
    assert thief.post("/api/sign-in/pin/challenge", {"install": door.centre.id}).json()["code"] == "install_unknown"


def test_a_fresh_invitation_lets_the_same_phone_back_in(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    engineer.post("/api/sign-out", None)
    again = administrator.post(f"/api/people/{engineer.user}/invitations", {}).json()
    assert engineer.enrol(again["link"].partition("#")[2]).status_code == 201
    assert len(door.records("device")) == 2


def test_secrets_are_nowhere_in_the_data_folder(door: Door, tmp_path) -> None:
    made = door.administrator().invite("A")
    phone = door.phone()
    phone.enrol(made["token"])
    phone.put("/api/pin", {"pin": "830274"})
    cookie = phone.client.cookies["__Host-sitebook"]
    door.close()
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for text in (made["token"], cookie, "830274"):
        assert text.encode() not in content


def test_keys_are_for_their_owner_only(door: Door, tmp_path) -> None:
    for path in (tmp_path / "data" / "keys").iterdir():
        assert path.stat().st_mode & 0o077 == 0


def test_extra_fields_are_refused(door: Door) -> None:
    made = door.administrator().invite("A")
    answer = door.phone().enrol(made["token"], administrator=True)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_too_many_invitations_tried_from_one_address_are_slowed(door: Door) -> None:
    phone = door.phone()
    codes = [phone.post("/api/invitations/inspect", {"token": "x"}).json()["code"] for _ in range(25)]
    assert codes[0] == "invitation_unknown"
    assert codes[-1] == "rate_limited"


def test_an_install_key_survives_two_people(door: Door) -> None:
    """A shared phone: both may write from it, each with their own session."""
    administrator = door.administrator()
    first = door.person(administrator, "engineer")
    made = administrator.invite("Second", role="engineer")
    assert first.enrol(made["token"]).status_code == 201
    assert first.get("/api/session").json()["user"]["id"] == made["user"]
    assert len(door.records("device")) == 2
    assert isinstance(first.key, InstallKey)


def test_a_refused_enrolment_leaves_a_trace_without_the_token(door: Door) -> None:
    door.phone().enrol("A" * 22)
    row = door.centre.reader().execute("SELECT event, user, detail FROM audit ORDER BY n DESC").fetchone()
    assert tuple(row) == ("enrolment_refused", None, "invitation_unknown")
