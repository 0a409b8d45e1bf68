"""Health, readiness, and the description of the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.errors import TABLE
from tests.running import running


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Any]]:
    with running(tmp_path_factory.mktemp("centre")) as (opened, _):
        yield opened


def test_health_and_readiness(client: TestClient[Any]) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "checks": {"store": "ok", "disk": "ok", "app": "ok"}}


def test_a_full_disk_makes_the_centre_unready_and_leaves_it_alive(tmp_path: Path) -> None:
    with running(tmp_path, disk_floor_bytes=10**18) as (client, _):
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["checks"] == {"store": "ok", "disk": "failed", "app": "ok"}
        assert client.get("/healthz").status_code == 200


def test_a_stopped_writer_makes_the_centre_unready(tmp_path: Path) -> None:
    with running(tmp_path) as (client, app):
        app.centre.writer.close()
        assert client.get("/readyz").json()["checks"]["store"] == "failed"


def test_every_operation_has_an_id_of_its_own_a_tag_and_a_summary(client: TestClient[Any]) -> None:
    document = client.get("/api/openapi.json").json()
    operations = [
        (path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "head", "post", "put", "patch", "delete")
    ]
    ids = [operation["operationId"] for _, operation in operations]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]+", name) for name in ids)
    assert [path for path, operation in operations if not operation.get("tags")] == []
    assert [path for path, operation in operations if not operation.get("summary")] == []


def test_a_struct_that_forbids_unknown_fields_says_so(client: TestClient[Any]) -> None:
    schemas = client.get("/api/openapi.json").json()["components"]["schemas"]
    closed = [name for name, schema in schemas.items() if schema.get("additionalProperties") is False]
    assert any(name.endswith("Invite") for name in closed)
    assert not any(name.endswith("Health") for name in closed)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_description_can_be_browsed_under_the_strict_policy(client: TestClient[Any], lang: str) -> None:
    text = client.get(f"/api/docs?lang={lang}").text
    document = client.get("/api/openapi.json").json()
    for path, item in document["paths"].items():
        assert path in text
        for operation in item.values():
            assert f'id="{operation["operationId"]}"' in text
    assert "<script" not in text
    assert "<style" not in text
    anchors = set(re.findall(r'id="([^"]+)"', text))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= anchors


def test_every_error_code_can_be_looked_up(client: TestClient[Any]) -> None:
    text = client.get("/api/problems").text
    assert all(f'id="{code}"' in text for code in TABLE)
