"""The office's list of people, through the real application."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from tests.door import Door, open_door

NOBODY = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def door(tmp_path):
    with open_door(tmp_path) as opened:
        yield opened


def decode_svg(svg: str) -> str:
    """Rasterise a QR made of one path of squares and read it."""
    import re

    side = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])  # type: ignore[index]
    scale = 10
    picture = Image.new("L", (round(side * scale), round(side * scale)), 255)
    for x, y, width, height in re.findall(r"M\s*([\d.]+)[ ,]([\d.]+)\s*H\s*([\d.]+)\s*V\s*([\d.]+)", svg):
        x, y, right, bottom = (round(float(v) * scale) for v in (x, y, width, height))
        picture.paste(0, (x, y, right, bottom))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return zxingcpp.read_barcodes(picture)[0].text


def test_an_invitation_comes_as_link_and_qr(door: Door) -> None:
    made = door.administrator().invite("李强", role="engineer", lang="zh")
    assert made["link"] == f"https://site.example.com/enrol#{made['token']}"
    assert decode_svg(made["qr_svg"]) == made["link"]
    record = door.record(made["user"])
    assert record.doc["status"] == "invited"
    assert record.doc["name"] == "李强"


def test_people_are_listed_with_status_devices_sessions_and_invitation(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    engineer.put("/api/pin", {"pin": "830274"})
    engineer.add_passkey()
    administrator.invite("Waiting")
    listed = {person["name"]: person for person in administrator.get("/api/people").json()}
    assert len(listed) == 3
    waiting, here = listed["Waiting"], listed["A engineer"]
    assert (waiting["status"], waiting["invitation"]["state"], waiting["devices"]) == ("invited", "open", [])
    assert (here["status"], here["invitation"]["state"], here["passkeys"]) == ("active", "used", 1)
    assert [(d["install"], d["status"], d["pin"]) for d in here["devices"]] == [(engineer.key.id, "active", "set")]
    assert [s["install"] for s in here["sessions"]] == [engineer.key.id]
    assert here["seen_at"] == door.now


def test_role_name_and_sites_change(door: Door) -> None:
    administrator = door.administrator()
    sites = door.make_sites(2)
    person = administrator.invite("A", sites=[sites[0]])["user"]
    assert administrator.get(f"/api/people/{person}").json()["sites"] == [sites[0]]
    changed = administrator.patch(f"/api/people/{person}", {"role": "supervisor", "name": "B", "sites": [sites[1]]})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["role"], changed.json()["name"], changed.json()["sites"]) == ("supervisor", "B", [sites[1]])


def test_an_unknown_site_or_person_is_refused(door: Door) -> None:
    administrator = door.administrator()
    assert administrator.post("/api/people", {"name": "A", "role": "engineer", "sites": [NOBODY]}).status_code == 409
    assert administrator.get(f"/api/people/{NOBODY}").status_code == 404
    assert administrator.post(f"/api/people/{NOBODY}/invitations", {}).status_code == 404
    assert administrator.post(f"/api/people/{NOBODY}/revoke").status_code == 404
    assert administrator.post("/api/devices/AAAAAAAAAAAAAAAAAAAAAA/revoke").status_code == 404
    assert len(administrator.get("/api/people").json()) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "role": "engineer"},
        {"name": "  ", "role": "engineer"},
        {"name": "A", "role": "emperor"},
        {"name": "A", "role": "engineer", "sites": ["x"]},
        {"name": "A", "role": "engineer", "hours": 0},
        {"name": "A", "role": "engineer", "status": "active"},
        {"name": "A" * 201, "role": "engineer"},
        {"role": "engineer"},
    ],
)
def test_a_bad_invitation_is_refused_in_words(door: Door, body) -> None:
    answer = door.administrator().post("/api/people", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_the_last_administrator_stays(door: Door) -> None:
    administrator = door.administrator()
    path = f"/api/people/{administrator.user}"
    assert administrator.post(f"{path}/revoke").json()["code"] == "last_administrator"
    assert administrator.patch(path, {"role": "viewer"}).json()["code"] == "last_administrator"
    administrator.invite("Not enrolled yet", role="administrator")
    assert administrator.post(f"{path}/revoke").json()["code"] == "last_administrator"
    second = door.person(administrator, "administrator")
    assert second.post(f"{path}/revoke").status_code == 200


def test_a_revoked_person_can_be_invited_back(door: Door) -> None:
    administrator = door.administrator()
    engineer = door.person(administrator, "engineer")
    open_one = administrator.post(f"/api/people/{engineer.user}/invitations", {}).json()
    administrator.post(f"/api/people/{engineer.user}/revoke")
    assert engineer.enrol(open_one["link"].partition("#")[2]).json()["code"] == "invitation_withdrawn"
    again = administrator.post(f"/api/people/{engineer.user}/invitations", {}).json()
    assert administrator.get(f"/api/people/{engineer.user}").json()["status"] == "invited"
    assert engineer.enrol(again["link"].partition("#")[2]).status_code == 201
    assert administrator.get(f"/api/people/{engineer.user}").json()["status"] == "active"


def test_what_happened_is_told_without_secrets_and_names(door: Door) -> None:
    administrator = door.administrator()
    made = administrator.invite("李强")
    phone = door.phone()
    phone.enrol(made["token"])
    phone.put("/api/pin", {"pin": "830274"})
    phone.sign_in_by_pin("830274")
    administrator.post(f"/api/people/{phone.user}/revoke")
    trail = administrator.get(f"/api/audit?user={phone.user}").json()
    assert [line["event"] for line in trail] == [
        "person_revoked",
        "signed_in",
        "pin_set",
        "enrolled",
        "install_added",
        "invitation_made",
    ]
    text = administrator.get("/api/audit").text
    for secret in (made["token"], "李强", "830274", phone.client.cookies.get("__Host-sitebook") or "-"):
        assert secret not in text
    newest = trail[0]["n"]
    assert all(line["n"] < newest for line in administrator.get(f"/api/audit?before={newest}&limit=3").json())
    assert phone.get("/api/audit").status_code in (401, 403)


def test_every_act_is_an_op_of_the_log(door: Door) -> None:
    administrator = door.administrator()
    made = administrator.invite("A")
    rows = (
        door.centre.reader()
        .execute("SELECT user, install, verdict FROM ops WHERE record = ?", (made["user"],))
        .fetchall()
    )
    assert [tuple(row) for row in rows] == [(administrator.user, door.centre.id, "applied")]
