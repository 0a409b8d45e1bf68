"""`sitebook token` on a data folder without a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import group
from server.ingest import now_ms
from tests.door import open_door


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with open_door(tmp_path) as door:
        door.person(door.administrator(), "manager")
    return tmp_path / "data"


def run(data: Path, *arguments: str) -> Result:
    return CliRunner(env={"LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8"}).invoke(
        group, ["token", "--data", str(data), *arguments], catch_exceptions=False
    )


def test_a_token_is_made_for_a_person_by_name_and_opens_the_api(data: Path) -> None:
    made = run(data, "--user", "A manager", "--name", "nightly", "--days", "30")
    assert made.exit_code == 0, made.output
    token = made.stdout.split()[-1]
    assert token.startswith("sbk_")
    with open_door(data.parent) as door:
        client = door.new_client()
        client.headers["Authorization"] = f"Bearer {token}"
        door.now = now_ms()
        assert client.get("/api/people").status_code == 200


def test_tokens_are_listed_and_ended(data: Path) -> None:
    made = json.loads(run(data, "--user", "A manager", "--name", "nightly", "--scope", "read:asset", "--json").stdout)
    assert made["scopes"] == ["read:asset"]
    listed = json.loads(run(data, "--list", "--json").stdout)
    assert [(row["id"], row["name"], row["revoked_at"]) for row in listed] == [(made["id"], "nightly", None)]
    assert made["token"] not in run(data, "--list").stdout
    assert run(data, "--revoke", made["id"]).exit_code == 0
    assert json.loads(run(data, "--list", "--json").stdout)[0]["revoked_at"] is not None
    assert "ended" in run(data, "--list").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--user", "Nobody", "--name", "x"),
        ("--name", "x"),
        ("--user", "A manager", "--name", "x", "--scope", "everything"),
        ("--user", "A manager", "--name", "x", "--days", "0"),
        ("--revoke", "unknown"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(data: Path, arguments: tuple[str, ...]) -> None:
    result = run(data, *arguments)
    assert result.exit_code in (1, 2)
    assert result.stderr
    assert "Traceback" not in result.stderr
