"""Figures for monitoring."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from server.commands.backup import Params, backup
from server.control import Report
from server.ingest import new_id
from tests.documents.signed import SignedRound
from tests.door import ORIGIN, open_door


@pytest.fixture
def field(tmp_path: Path) -> Iterator[SignedRound]:
    with open_door(tmp_path) as door:
        yield SignedRound(door)


def figures(field: SignedRound) -> dict[str, float]:
    answer = field.administrator.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found: dict[str, float] = {}
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            match = re.fullmatch(r'sitebook_(\w+(?:\{\w+="[^"]*"\})?) (\S+)', line)
            assert match, line
            found[match[1]] = float(match[2])
    return found


def sync(field: SignedRound, *ops: Any, **change: Any) -> None:
    field.install.base = 1 << 50
    body = field.install.request(list(ops), **change)
    assert field.engineer.request("POST", "/api/sync", content=body).status_code == 200


def test_only_this_machine_and_administrators_read_them(field: SignedRound) -> None:
    door = field.door
    assert door.phone().get("/metrics").status_code == 401
    assert field.engineer.get("/metrics").json()["code"] == "forbidden"
    for scopes, status in ((["read:*"], 200), (["read:asset"], 403)):
        token = field.administrator.post("/api/tokens", {"name": "watch", "scopes": scopes}).json()["token"]
        answer = door.phone().get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
    for host, headers, status in (
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.5"}, 401),
        ("203.0.113.5", {}, 401),
    ):
        assert asyncio.run(ask_from(field, host, headers)) == status, (host, headers)


async def ask_from(field: SignedRound, host: str, headers: dict[str, str]) -> int:
    transport = httpx.ASGITransport(app=cast(Any, field.door.app), client=(host, 1))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        return (await client.get("/metrics", headers=headers)).status_code


def test_they_tell_what_waits_and_where(field: SignedRound) -> None:
    before = figures(field)
    assert before["parked"] == before["conflicts"] == before["undelivered_oldest_seconds"] == 0
    assert before["backup_age_seconds"] == float("inf")
    assert before["disk_free_bytes"] > 0
    assert before["ops"] == field.centre.reader().execute("SELECT count(*) FROM ops").fetchone()[0]
    op = field.install.act("asset", new_id(), {"site": field.elsewhere, "name": "别处"})
    sync(field, op, stats={"tip": 5, "blobs": 2, "bytes": 700})
    field.door.pass_time(7_200_000)
    after = figures(field)
    assert after["parked"] == 1
    assert after['undelivered{what="ops"}'] == 4
    assert after['undelivered{what="blobs"}'] == 2
    assert after['undelivered{what="bytes"}'] == 700
    assert after["undelivered_oldest_seconds"] == 7_200
    assert after['installs{within_seconds="86400"}'] == 1
    assert after['installs{within_seconds="never"}'] == 1
    assert after["ops"] > before["ops"]
    sync(field, stats={"tip": "many", "blobs": -1, "bytes": {}})
    assert figures(field)["undelivered_oldest_seconds"] == 0


def test_they_tell_of_photos_that_have_not_come(field: SignedRound) -> None:
    values = {"site": field.site, "asset": field.assets[0], "blob": "a" * 64, "mime": "image/jpeg", "size": 10}
    sync(field, field.install.act("photo", new_id(), values, blobs=["a" * 64]))
    field.door.pass_time(60_000)
    found = figures(field)
    assert (found["photos_waiting"], found["photos_waiting_oldest_seconds"]) == (1, 60)


def test_they_tell_how_old_the_last_backup_is(field: SignedRound, tmp_path: Path) -> None:
    backup(field.centre, Params(to=str(tmp_path / "backups"), passphrase=None), Report(None))
    field.door.pass_time(90_000)
    assert figures(field)["backup_age_seconds"] == 90


def test_they_name_nobody(field: SignedRound) -> None:
    text = field.administrator.get("/metrics").text
    for secret in (field.engineer.user, field.engineer.key.id, "江城", field.centre.id):
        assert secret not in text
