"""The command line's way to a data folder: through the running server, or by itself."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from server.centre import Centre, open_centre
from server.control import WORKS, ControlServer, Progress, Report, Stopped, call, connect, work
from server.errors import Problem
from server.settings import Settings


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """What the works of these tests are told."""

    number: int = 0


STOPPED = threading.Event()


@pytest.fixture(autouse=True)
def works() -> Iterator[None]:
    before = dict(WORKS)

    @work("tests-double", Params)
    def double(centre: Centre, params: Params, report: Report) -> dict[str, int]:
        report(1, 2, "half")
        stored = centre.writer.submit(lambda conn: conn.execute("SELECT 21").fetchone()[0]).result()
        return {"double": params.number * 2, "stored": stored, "pid": os.getpid()}

    @work("tests-refuse", Params)
    def refuse(centre: Centre, params: Params, report: Report) -> None:
        raise Problem("not_found", kind="asset", id="x")

    @work("tests-break", Params)
    def break_down(centre: Centre, params: Params, report: Report) -> None:
        raise RuntimeError("a bug")

    @work("tests-endless", Params)
    def endless(centre: Centre, params: Params, report: Report) -> None:
        try:
            while True:
                report(1)
                threading.Event().wait(0.005)
        except Stopped:
            STOPPED.set()
            raise

    assert all((double, refuse, break_down, endless))
    yield
    WORKS.clear()
    WORKS.update(before)


@contextmanager
def serving(settings: Settings) -> Iterator[Centre]:
    """A centre with its control socket, on a loop of its own thread."""
    centre = open_centre(settings)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = ControlServer(centre)
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(5)
    try:
        yield centre
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        centre.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.mark.parametrize("through_server", [True, False])
def test_a_work_does_the_same_with_and_without_a_server(settings: Settings, through_server: bool) -> None:
    steps: list[Progress] = []
    open_centre(settings).close()
    if through_server:
        with serving(settings):
            result = call(settings, "tests-double", Params(number=4), steps.append)
    else:
        result = call(settings, "tests-double", Params(number=4), steps.append)
    assert result == {"double": 8, "stored": 21, "pid": os.getpid()}
    assert steps == [Progress(done=1, total=2, note="half")]


@pytest.mark.parametrize("through_server", [True, False])
def test_a_problem_arrives_with_its_parameters(settings: Settings, through_server: bool) -> None:
    open_centre(settings).close()
    if through_server:
        with serving(settings), pytest.raises(Problem) as raised:
            call(settings, "tests-refuse", Params())
    else:
        with pytest.raises(Problem) as raised:
            call(settings, "tests-refuse", Params())
    assert (raised.value.code, raised.value.params) == ("not_found", {"kind": "asset", "id": "x"})


def test_a_bug_in_a_work_does_not_end_the_server(settings: Settings) -> None:
    with serving(settings):
        with pytest.raises(Problem) as raised:
            call(settings, "tests-break", Params())
        assert raised.value.code == "internal"
        assert call(settings, "tests-double", Params(number=1))["double"] == 2


@pytest.mark.parametrize(
    "line",
    [b"not json\n", b'{"work": "../../etc", "params": {}}\n', b'{"work": "tests-double", "params": []}\n', b"\n"],
)
def test_nonsense_on_the_socket_is_refused(settings: Settings, line: bytes) -> None:
    with serving(settings):
        connection = connect(settings)
        assert connection is not None
        with connection, connection.makefile("rb") as answers:
            connection.sendall(line)
            answer = answers.read()
        assert b"result" not in answer
        assert call(settings, "tests-double", Params())["double"] == 0


def test_a_work_nobody_waits_for_stops(settings: Settings) -> None:
    STOPPED.clear()
    with serving(settings):
        connection = connect(settings)
        assert connection is not None
        connection.sendall(b'{"work": "tests-endless", "params": {}}\n')
        connection.recv(10)
        connection.close()
        assert STOPPED.wait(5)


def test_an_absent_data_folder_is_named_with_the_command_that_makes_one(settings: Settings) -> None:
    with pytest.raises(Problem) as raised:
        call(settings, "tests-double", Params())
    assert raised.value.code == "data_missing"
    assert f"sitebook init --data {settings.data}" in raised.value.text("en")


def test_the_socket_is_for_its_owner_only_and_goes_with_the_server(settings: Settings) -> None:
    with serving(settings):
        assert settings.control_socket.stat().st_mode & 0o077 == 0
    assert not settings.control_socket.exists()
    assert connect(settings) is None


def test_a_socket_left_by_a_killed_server_is_replaced(settings: Settings) -> None:
    open_centre(settings).close()
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(settings.control_socket))
    left.close()
    assert call(settings, "tests-double", Params(number=1))["double"] == 2
    with serving(settings):
        assert call(settings, "tests-double", Params(number=2))["double"] == 4


def test_a_deep_data_folder_has_its_socket_elsewhere(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / ("deep" * 10) / ("deeper" * 10))
    with serving(settings):
        assert call(settings, "tests-double", Params(number=3))["double"] == 6
    assert not settings.control_socket.is_symlink()
