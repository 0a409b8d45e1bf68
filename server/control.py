"""How the command line works on a data folder: through the server that runs on it, or by itself when none does.

A command's work is a function `(centre, params, report) -> result`, registered with `@work`. It runs in a thread of the
server, or in the command's own process; either way it is the same function. Between the two: a Unix socket in the data
folder, one JSON line there (`{"work", "params"}`), JSON lines back (`{"progress"}`…, then `{"result"}` or `{"problem"}`).
"""

import asyncio
import contextlib
import importlib
import os
import re
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from server.centre import Centre, open_centre
from server.errors import TABLE, Problem
from server.logs import log
from server.settings import Settings

MAX_LINE: Final = 64 * 1024 * 1024
LONGEST_SOCKET: Final = 100
"""Unix sockets have names of at most 108 bytes; deep data folders get theirs elsewhere and a symbolic link to it."""
NAME: Final = re.compile(r"([a-z][a-z0-9_]*)([.-][a-z][a-z0-9_]*)?")


class Stopped(Exception):
    """Whoever asked for the work no longer waits for it."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a work is. `total` None: unknown. `note` says what is being done."""

    done: int
    total: int | None = None
    note: str = ""


class Report:
    """What a work tells of its progress."""

    def __init__(self, show: Callable[[Progress], None] | None = None) -> None:
        self._show = show
        self._stopped = threading.Event()

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None:
        """Tell how far the work is. Raises `Stopped` when nobody waits any more: clean up and let it through."""
        if self._stopped.is_set():
            raise Stopped
        if self._show is not None:
            self._show(Progress(done=done, total=total, note=note))

    def stop(self) -> None:
        """Make the next report raise `Stopped`."""
        self._stopped.set()


Function = Callable[[Centre, Any, Report], Any]


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A registered work: the struct its parameters are, and the function."""

    params: Any
    run: Function


WORKS: Final[dict[str, Work]] = {}


def work(name: str, params: type[msgspec.Struct]) -> Callable[[Function], Function]:
    """Register a work as `<module>` or `<module>-<verb>`, where the module is the file in `server/commands`."""

    def register(run: Function) -> Function:
        WORKS[name] = Work(params=params, run=run)
        return run

    return register


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """The line a client sends."""

    work: str
    params: msgspec.Raw


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line the server sends."""

    progress: Progress | None = None
    result: msgspec.Raw = msgspec.Raw()
    problem: dict[str, Any] | None = None
    code: str | None = None


def _find(name: str) -> Work:
    match = NAME.fullmatch(name)
    if match is None:
        raise Problem("bad_request", reason=f"no work is called {name!r}")
    if name not in WORKS:
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(f"server.commands.{match[1]}")
    if name not in WORKS:
        raise Problem("bad_request", reason=f"no work is called {name!r}")
    return WORKS[name]


def perform(centre: Centre, request: Request, report: Report) -> bytes:
    """Run a work; its result as JSON. Raises whatever the work raises."""
    found = _find(request.work)
    params = msgspec.json.decode(request.params, type=found.params)
    return msgspec.json.encode(found.run(centre, params, report))


# --- the server's side ---


class ControlServer:
    """Listens on the data folder's socket while the server runs. An async context manager."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._path = centre.settings.control_socket
        self._elsewhere: Path | None = None
        self._reports: set[Report] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "ControlServer":
        # We hold the folder's lock: a socket that is still there is a dead process's.
        self._path.unlink(missing_ok=True)
        path = self._path
        if len(os.fsencode(path)) > LONGEST_SOCKET:
            self._elsewhere = Path(tempfile.mkdtemp(prefix="sitebook-"))
            path = self._elsewhere / "control.sock"
            self._path.symlink_to(path)
        self._server = await asyncio.start_unix_server(self._serve, path, limit=MAX_LINE)
        path.chmod(0o600)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for report in self._reports:
            report.stop()
        self._path.unlink(missing_ok=True)
        if self._elsewhere is not None:
            shutil.rmtree(self._elsewhere, ignore_errors=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()

        def send(reply: Reply) -> None:
            if not writer.is_closing():
                writer.write(msgspec.json.encode(reply) + b"\n")

        def show(progress: Progress) -> None:
            loop.call_soon_threadsafe(send, Reply(progress=progress))

        report = Report(show)
        self._reports.add(report)
        try:
            request = msgspec.json.decode(await reader.readline(), type=Request)
            # The client sends nothing more: the end of its stream means that it has gone.
            gone = asyncio.create_task(reader.read(1))
            gone.add_done_callback(lambda _: report.stop())
            try:
                result = await asyncio.to_thread(perform, self._centre, request, report)
                send(Reply(result=msgspec.Raw(result)))
            except Problem as problem:
                send(Reply(code=problem.code, problem=problem.params))
            except (msgspec.ValidationError, msgspec.DecodeError) as error:
                send(Reply(code="bad_request", problem={"reason": str(error)}))
            except Stopped:
                log.info("command_stopped", work=request.work)
                send(Reply(code="stopping", problem={}))
            except Exception:
                log.error("command_failed", work=request.work, exc_info=True)
                send(Reply(code="internal", problem={"request_id": "control"}))
            finally:
                gone.cancel()
            with contextlib.suppress(ConnectionError):
                await writer.drain()
        except (msgspec.DecodeError, ValueError, ConnectionError):
            pass
        finally:
            self._reports.discard(report)
            writer.close()


# --- the command line's side ---


def call(
    settings: Settings,
    name: str,
    params: msgspec.Struct,
    show: Callable[[Progress], None] | None = None,
) -> Any:
    """Do a work on the data folder of `settings`, wherever it is done; its result as plain JSON values.

    Raises `Problem`: what the work raises, `data_missing`, or `data_in_use` when another command has the folder.
    Interrupted (KeyboardInterrupt), a work in the server stops at its next report.
    """
    request = Request(work=name, params=msgspec.Raw(msgspec.json.encode(params)))
    connection = connect(settings)
    if connection is not None:
        with connection:
            return _ask(connection, request, show)
    if not settings.database.is_file():
        raise Problem("data_missing", folder=str(settings.data))
    centre = open_centre(settings, serving=False)
    try:
        return msgspec.json.decode(perform(centre, request, Report(show)))
    finally:
        centre.close()


def connect(settings: Settings) -> socket.socket | None:
    """A connection to the server that runs on the data folder, None when none answers."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(os.path.realpath(settings.control_socket))
    except OSError:
        connection.close()
        return None
    return connection


def _ask(connection: socket.socket, request: Request, show: Callable[[Progress], None] | None) -> Any:
    connection.sendall(msgspec.json.encode(request) + b"\n")
    with connection.makefile("rb") as lines:
        for line in lines:
            reply = msgspec.json.decode(line, type=Reply)
            if reply.progress is not None:
                if show is not None:
                    show(reply.progress)
            elif bytes(reply.result):
                return msgspec.json.decode(reply.result)
            elif reply.code in TABLE:
                raise Problem(reply.code, **(reply.problem or {}))
    raise Problem("stopping")
