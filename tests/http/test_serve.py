"""The real process: `sitebook serve` and the commands beside it."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.commands.serve import bind
from server.settings import Settings

SITEBOOK = Path(sys.executable).with_name("sitebook")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SITEBOOK_")} | {"LC_ALL": "C"}


def sitebook(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SITEBOOK, *arguments], env=ENVIRONMENT | environment, capture_output=True, text=True, timeout=60, check=False
    )


@contextmanager
def serve(data: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The process, and what it printed until it was ready."""
    process = subprocess.Popen(
        [SITEBOOK, "serve", "--data", data, "--port", "0", *arguments],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line.rstrip())
            if lines[-1] == "Stop with Ctrl-C":
                break
        yield process, lines
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        process.stdout.close()


def address_of(lines: list[str]) -> str:
    return lines[0].removeprefix("Sitebook is running at ")


def read(url: str, context: ssl.SSLContext | None = None) -> bytes:
    with urllib.request.urlopen(url, timeout=10, context=context) as answer:
        return answer.read()


def test_it_serves_prints_the_first_link_and_ends_cleanly_in_time(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serve(data) as (process, lines):
        origin = address_of(lines)
        assert json.loads(read(f"{origin}/readyz"))["status"] == "ready"
        assert any(line.startswith(f"{origin}/enrol#") for line in lines)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - began < 3
    assert not (data / "control.sock").exists()
    assert sorted(path.name for path in data.glob("sitebook.db*")) == ["sitebook.db"]


def test_an_open_connection_does_not_delay_the_end(tmp_path: Path) -> None:
    with serve(tmp_path / "data") as (process, lines):
        port = int(address_of(lines).rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)) as idle:
            idle.sendall(b"POST /api/sync HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
            assert time.monotonic() - began < 3


def test_commands_go_through_the_running_server(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serve(data) as (_, lines):
        made = sitebook("invite", "--data", data, "--name", "Li", "--role", "engineer", "--json")
        assert made.returncode == 0, made.stderr
        assert json.loads(made.stdout)["link"].startswith(f"{address_of(lines)}/enrol#")
        second = sitebook("serve", "--data", data, "--port", "0")
        assert second.returncode == 1
        assert "in use by process" in second.stderr
        wrong = sitebook("invite", "--data", data, "--name", "Li")
        assert (wrong.returncode, "Traceback" in wrong.stderr) == (1, False)
        assert "--role" in wrong.stderr


def test_commands_work_without_a_server(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert "sitebook init" in sitebook("invite", "--data", data, "--name", "Li", "--role", "engineer").stderr
    assert sitebook("init", "--data", data, "--company", "Beichen").returncode == 0
    again = sitebook("init", "--data", data)
    assert again.returncode == 1
    assert "already holds data" in again.stderr
    made = sitebook("invite", "--data", data, "--name", "Li", "--role", "engineer", "--json")
    assert json.loads(made.stdout)["role"] == "engineer"


def test_small_answers_are_not_held_back_by_nagles_algorithm() -> None:
    sockets = bind(Settings(port=0))
    try:
        assert all(listener.proto == socket.IPPROTO_TCP for listener in sockets)
        assert len({listener.getsockname()[1] for listener in sockets}) == 1
    finally:
        for listener in sockets:
            listener.close()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = sitebook("serve", "--data", tmp_path / "data", "--port", str(port))
    assert ended.returncode == 1
    assert f"port {port} is already taken" in ended.stderr


def test_errors_speak_the_consoles_language(tmp_path: Path) -> None:
    ended = sitebook("invite", "--data", tmp_path / "no", "--name", "Li", "--role", "viewer", LC_ALL="zh_CN.UTF-8")
    assert "不是数据目录" in ended.stderr


def test_a_real_address_is_kept_and_remembered(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert sitebook("init", "--data", data, SITEBOOK_ORIGIN="https://site.example.com").returncode == 0
    invited = sitebook("invite", "--data", data, "--name", "Li", "--role", "engineer", "--json")
    assert json.loads(invited.stdout)["link"].startswith("https://site.example.com/enrol#")


@pytest.mark.parametrize("origin", ["ftp://x", "https://site.example.com/path", "http://site.example.com"])
def test_a_wrong_address_is_explained(tmp_path: Path, origin: str) -> None:
    ended = sitebook("serve", "--data", tmp_path / "data", "--origin", origin)
    assert ended.returncode == 1
    assert "SITEBOOK_ORIGIN" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_phone_that_trusts_the_printed_ca_reaches_the_trial(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serve(data, "--tls", "--host", "127.0.0.1") as (_, lines):
        port = address_of(lines).rsplit(":", 1)[1]
        trusting = ssl.create_default_context(cafile=str(data / "tls" / "ca.crt"))
        for host in ("localhost", "127.0.0.1"):
            assert json.loads(read(f"https://{host}:{port}/healthz", trusting))["status"] == "ok"
        assert read(f"https://localhost:{port}/ca.crt", trusting) == (data / "tls" / "ca.crt").read_bytes()
        with pytest.raises(urllib.error.URLError):
            read(f"https://localhost:{port}/healthz")
        assert any("/ca.crt" in line for line in lines)
        assert any("fingerprint" in line for line in lines)


def test_every_command_has_help_in_both_languages() -> None:
    listed = sitebook("--help").stdout
    names = [line.split()[0] for line in listed.partition("Commands:")[2].splitlines() if line.startswith("  ")]
    assert {"serve", "init", "invite"} <= set(names)
    for name in names:
        text = sitebook(name, "--help").stdout
        assert "--data" in text, name
        assert any("\u4e00" <= char <= "\u9fff" for char in text), name
