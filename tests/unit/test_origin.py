"""The address of an installation: remembered, adopted, refused."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.errors import Problem
from server.origin import settle_origin
from server.settings import Settings
from server.store import meta

REAL = "https://site.example.com"


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:")
    opened.executescript(
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT; CREATE TABLE installs (id TEXT);"
        "CREATE TABLE records (kind TEXT, deleted INTEGER, doc TEXT); INSERT INTO meta VALUES ('centre', 'c');"
        "INSERT INTO installs VALUES ('c')"
    )
    yield opened
    opened.close()


def settings(origin: str = "", **more: object) -> Settings:
    return Settings(data=Path("data"), origin=origin, **more)  # pyright: ignore[reportArgumentType]


def test_an_address_may_change_while_nothing_hangs_on_it(conn: sqlite3.Connection) -> None:
    settle_origin(conn, settings())
    assert settle_origin(conn, settings(REAL)).address == REAL
    assert meta.get(conn, "origin") == REAL


@pytest.mark.parametrize(
    "thing", ["INSERT INTO records VALUES ('label', 0, '{}')", "INSERT INTO installs VALUES ('phone')"]
)
def test_a_label_or_a_phone_makes_the_address_final(conn: sqlite3.Connection, thing: str) -> None:
    settle_origin(conn, settings(REAL))
    conn.execute(thing)
    settle_origin(conn, settings(REAL))
    with pytest.raises(Problem) as refused:
        settle_origin(conn, settings("https://other.example.com"))
    assert refused.value.code == "origin_changed"
    assert REAL in refused.value.text("en")
    assert meta.get(conn, "origin") == REAL


def test_the_address_is_remembered_when_none_is_given(conn: sqlite3.Connection) -> None:
    settle_origin(conn, settings(REAL))
    adopted = settle_origin(conn, settings())
    assert (adopted.address, adopted.trial) == (REAL, False)


def test_a_trial_may_move_between_trial_addresses(conn: sqlite3.Connection) -> None:
    settle_origin(conn, settings())
    conn.execute("INSERT INTO records VALUES ('label', 0, '{}')")
    assert settle_origin(conn, settings(port=9000)).trial
    assert settle_origin(conn, settings("https://192.168.1.5:8443", tls=True)).trial


def test_a_trial_does_not_become_real_once_labels_exist(conn: sqlite3.Connection) -> None:
    settle_origin(conn, settings())
    conn.execute("INSERT INTO records VALUES ('label', 0, '{}')")
    with pytest.raises(Problem) as refused:
        settle_origin(conn, settings(REAL))
    assert refused.value.code == "origin_trial"


def test_a_command_beside_the_server_takes_the_remembered_address(conn: sqlite3.Connection) -> None:
    settle_origin(conn, settings("https://192.168.1.5:8443", tls=True))
    adopted = settle_origin(conn, settings(), serving=False)
    assert (adopted.address, adopted.trial) == ("https://192.168.1.5:8443", True)
    settle_origin(conn, settings(port=9000))
    adopted = settle_origin(conn, settings(), serving=False)
    assert (adopted.address, adopted.trial) == ("http://localhost:9000", True)
