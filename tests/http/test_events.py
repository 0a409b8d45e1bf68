"""The poke: who is told, when, and that nothing hangs on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from server.events import MAX_PER_SESSION, Events
from server.ingest import new_id
from tests.documents.signed import SignedRound
from tests.door import ORIGIN, Phone, open_door

WAIT_S = 20


@pytest.fixture
def field(tmp_path: Path) -> Iterator[SignedRound]:
    with open_door(tmp_path) as door:
        door.centre.events.pause_s = 0.05
        yield SignedRound(door)


class Stream:
    """One open stream, read from the application itself."""

    def __init__(self, field: SignedRound, phone: Phone, last: str = "") -> None:
        cookie = "; ".join(f"{name}={value}" for name, value in phone.client.cookies.items())
        headers = {"cookie": cookie, "origin": ORIGIN, "accept": "text/event-stream", "accept-encoding": "gzip"}
        headers |= {"last-event-id": last} if last else {}
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "https",
            "path": "/api/events",
            "raw_path": b"/api/events",
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("site.example.com", 443),
        }
        self.app = field.door.app
        self.sent: asyncio.Queue[Any] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.status = 0

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.sent.put_nowait(message)

    async def text(self) -> str:
        message = await asyncio.wait_for(self.sent.get(), WAIT_S)
        return message["body"].decode() if message["body"] else ""

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncGenerator[Stream]:
        task = asyncio.create_task(self.app(self.scope, self.receive, self.send))  # type: ignore[arg-type]
        try:
            yield self
        finally:
            self.gone.set()
            await asyncio.wait_for(task, WAIT_S)


def play(job: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(_run(job), 60))


async def _run(job: Callable[[], Awaitable[None]]) -> None:
    await job()


def rename(field: SignedRound, name: str, asset: int = 0) -> None:
    field.write("asset", field.assets[asset], name=name)


def test_a_change_in_ones_own_site_is_told_and_one_elsewhere_is_not(field: SignedRound) -> None:
    async def job() -> None:
        async with Stream(field, field.engineer).open() as stream:
            assert (await stream.text()).startswith("retry: ")
            assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
            assert stream.headers["cache-control"] == "no-store"
            assert "content-encoding" not in stream.headers
            await asyncio.to_thread(field.write, "asset", new_id(), site=field.elsewhere, name="别处")
            await asyncio.to_thread(rename, field, "甲")
            told = await stream.text()
            assert told.startswith("event: pull\nid: ")
            # The one about the other site would have come before.
            top = field.centre.reader().execute("SELECT value FROM meta WHERE key = 'top'").fetchone()[0]
            assert f"id: {top}\n" in told
            assert "甲" not in told
        assert field.centre.events.streams == 0

    play(job)


def test_many_changes_are_one_event(field: SignedRound) -> None:
    field.centre.events.pause_s = 2.0

    async def job() -> None:
        async with Stream(field, field.engineer).open() as stream:
            await stream.text()
            for n in range(10):
                await asyncio.to_thread(rename, field, f"名{n}")
            first = await stream.text()
            second = await stream.text()
            assert first.startswith("event: pull")
            assert second.startswith("event: pull")
            assert stream.sent.empty()

    play(job)


def test_what_was_missed_between_two_streams_is_told_at_once(field: SignedRound) -> None:
    async def job() -> None:
        async with Stream(field, field.engineer).open() as stream:
            last = (await stream.text()).split("id: ")[1].strip()
        await asyncio.to_thread(rename, field, "乙")
        async with Stream(field, field.engineer, last).open() as stream:
            await stream.text()
            assert (await stream.text()).startswith("event: pull")

    play(job)


def test_a_stream_ends_with_its_session(field: SignedRound) -> None:
    async def job() -> None:
        async with Stream(field, field.engineer).open() as stream:
            await stream.text()
            revoke = f"/api/devices/{field.engineer.key.id}/revoke"
            assert (await asyncio.to_thread(field.administrator.post, revoke)).status_code == 204
            assert await stream.text() == ""

    play(job)


def test_a_silent_stream_shows_that_it_lives(field: SignedRound) -> None:
    field.centre.events.heartbeat_s = 0.05

    async def job() -> None:
        async with Stream(field, field.engineer).open() as stream:
            await stream.text()
            assert await stream.text() == ": here\n\n"

    play(job)


def test_streams_are_bounded_and_all_end_when_the_centre_stops(field: SignedRound) -> None:
    async def job() -> None:
        async with contextlib.AsyncExitStack() as stack:
            opened = [
                await stack.enter_async_context(Stream(field, field.engineer).open()) for _ in range(MAX_PER_SESSION)
            ]
            for stream in opened:
                await stream.text()
            async with Stream(field, field.engineer).open() as more:
                assert "busy" in await more.text()
                assert more.status == 503
            async with Stream(field, field.administrator).open() as other:
                assert (await other.text()).startswith("retry: ")
            field.centre.events.close()
            for stream in opened:
                assert await stream.text() == ""

    play(job)


def test_without_a_session_there_is_no_stream(field: SignedRound) -> None:
    assert field.door.phone().get("/api/events").status_code == 401
    token = field.administrator.post("/api/tokens", {"name": "x", "scopes": ["read:*"]}).json()["token"]
    answer = field.door.phone().get("/api/events", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["code"] == "token_refused"
    assert isinstance(field.centre.events, Events)
