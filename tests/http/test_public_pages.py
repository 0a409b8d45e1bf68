"""What anybody's phone sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.app import Application
from server.ingest import new_id
from sync.drafts import Draft
from tests.door import open_door
from tests.running import INDEX, running

TOKEN = "0123456789AB"
SECRET = "交警支队机房 UPS 主机"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient[Any], Application]]:
    with running(tmp_path_factory.mktemp("public")) as (client, app):
        centre = app.centre
        ids = [new_id() for _ in range(5)]
        name = {"zh": "北辰运维", "en": "Beichen Services"}
        drafts = [
            Draft(kind="company", record=ids[0], values={"name": name, "hotline": "400-123-4567"}),
            Draft(kind="customer", record=ids[1], values={"name": SECRET}),
            Draft(kind="label", record=ids[2], values={"token": TOKEN}),
        ]
        centre.writer.submit(lambda conn: centre.ingest.demand(conn, drafts)).result()
        yield client, app


def test_a_label_shows_company_and_hotline_in_both_languages(site: tuple[TestClient[Any], Application]) -> None:
    client, _ = site
    zh = client.get(f"/A/{TOKEN}", headers={"accept-language": "zh-CN"})
    en = client.get(f"/A/{TOKEN}?lang=en")
    assert zh.status_code == en.status_code == 200
    assert "北辰运维" in zh.text
    assert "Beichen Services" in en.text
    for answer in (zh, en):
        assert 'href="tel:4001234567"' in answer.text
        assert f'href="/a/{TOKEN}?app"' in answer.text
        assert answer.headers["cache-control"] == "no-store"
    assert '<html lang="zh-CN">' in zh.text
    assert 'lang="en"' in en.text


def test_a_label_shows_nothing_private_and_runs_nothing(site: tuple[TestClient[Any], Application]) -> None:
    client, _ = site
    text = client.get(f"/A/{TOKEN}").text
    assert SECRET not in text
    assert "<script" not in text
    assert "style=" not in text
    assert not re.search(r'(src|href)="(?!/|tel:|data:,")', text)


@pytest.mark.parametrize("typed", ["0123456789ab", "O123456789AB", "0I23456789AB", "0123-4567-89AB"])
def test_a_token_is_read_as_people_type_it(site: tuple[TestClient[Any], Application], typed: str) -> None:
    client, _ = site
    assert client.get(f"/a/{typed}").status_code == 200


def test_an_unknown_label_still_leads_to_the_hotline(site: tuple[TestClient[Any], Application]) -> None:
    client, _ = site
    answer = client.get("/a/ZZZZZZZZZZZZ?lang=en")
    assert answer.status_code == 404
    assert "not registered here" in answer.text
    assert "400-123-4567" in answer.text


@pytest.mark.parametrize("typed", ["x", "0123456789ABC", "<script>alert(1)</script>", "%22onload=%22", "中文"])
def test_what_is_no_token_is_told_and_never_echoed(site: tuple[TestClient[Any], Application], typed: str) -> None:
    client, _ = site
    answer = client.get(f"/a/{typed}", headers={"accept": "text/html"})
    assert "alert(1)" not in answer.text
    assert 'onload="' not in answer.text


def test_a_session_that_does_not_hold_changes_nothing(site: tuple[TestClient[Any], Application]) -> None:
    client, _ = site
    answer = client.get(f"/a/{TOKEN}", headers={"cookie": "__Host-sitebook=" + "A" * 43})
    assert "北辰运维" in answer.text


def test_people_who_are_signed_in_get_the_app(tmp_path: Path) -> None:
    with open_door(tmp_path) as door:
        phone = door.administrator()
        stranger = door.new_client().get(f"/A/{TOKEN}?lang=en")
        signed_in = phone.get(f"/A/{TOKEN}")
        assert "Engineers: open in the app" in stranger.text
        assert "Engineers: open in the app" not in signed_in.text
        assert signed_in.status_code == (200 if door.centre.shell.built else 503)


def test_the_app_opens_where_it_is_asked_for(site: tuple[TestClient[Any], Application]) -> None:
    client, _ = site
    assert client.get(f"/a/{TOKEN}?app").text == INDEX


def test_label_pages_are_rate_limited_and_say_so_as_a_page(tmp_path: Path) -> None:
    with running(tmp_path) as (client, _):
        answers = [client.get("/a/ZZZZZZZZZZZZ", headers={"accept": "text/html"}) for _ in range(80)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert int(refused[0].headers["retry-after"]) >= 1
        assert refused[0].headers["content-type"].startswith("text/html")
        assert client.get("/a/ZZZZZZZZZZZZ?app").status_code == 200


def test_a_trial_says_so(tmp_path: Path, site: tuple[TestClient[Any], Application]) -> None:
    client, _ = site
    assert "试用" in client.get(f"/a/{TOKEN}?lang=zh").text
    with running(tmp_path, origin="https://site.example.com") as (real, _):
        assert "试用" not in real.get(f"/a/{TOKEN}?lang=zh").text


def test_the_pages_stylesheet_is_ours(site: tuple[TestClient[Any], Application]) -> None:
    client, _ = site
    answer = client.get("/pages.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "url(" not in answer.text


def test_there_is_no_certificate_to_fetch_without_our_own_ca(site: tuple[TestClient[Any], Application]) -> None:
    client, _ = site
    assert client.get("/ca.crt").status_code == 404


def test_search_engines_are_turned_away(site: tuple[TestClient[Any], Application]) -> None:
    client, _ = site
    assert "Disallow: /" in client.get("/robots.txt").text
