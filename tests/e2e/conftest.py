"""A real centre, real browser profiles, and a camera that sees what a test shows it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.e2e.support import DESKTOP, PHONE, ROOT, Camera, Centre, browser_flags, find_chromium

NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Camera:
    """What every camera of the browser sees: `camera.show(picture)` before the page opens it."""
    return Camera(tmp_path_factory.mktemp("camera") / "view.mjpeg")


@pytest.fixture(scope="session")
def browser_type_launch_args(camera: Camera) -> dict[str, Any]:
    """Launches the machine's Chromium, headless, its network calls off, its camera fed from `camera`."""
    return {"executable_path": find_chromium(), "args": browser_flags(camera.path), "headless": True}


@pytest.fixture(scope="session")
def make_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Centre]]:
    """Makes further centres, `make_server(demo=True)`: initialised, started; ended cleanly after the session."""
    if not (ROOT / "server" / "static" / "index.html").is_file():
        pytest.fail("the browser app is not built: run `make build`")
    centres: list[Centre] = []

    def make(*, demo: bool = False, start: bool = True, settings: dict[str, str] | None = None) -> Centre:
        centre = Centre(tmp_path_factory.mktemp("centre") / "data", settings)
        centre.cli("init", *(["--demo"] if demo else []))
        centres.append(centre)
        if start:
            centre.start()
        return centre

    yield make
    for centre in centres:
        centre.stop()


@pytest.fixture(scope="session")
def server(make_server: Callable[..., Centre]) -> Centre:
    """One centre for the session, empty at its start. A test may kill and restart it, and leaves it running."""
    return make_server()


@pytest.fixture
def make_phone(new_context: NewContext, server: Centre) -> Callable[..., BrowserContext]:
    """Makes phones: browser profiles of 390 × 844 with touch, each with a storage of its own, in Chinese."""

    def make(base_url: str = server.origin, **options: Any) -> BrowserContext:
        return new_context(**(PHONE | {"base_url": base_url} | options))

    return make


@pytest.fixture
def phone(make_phone: Callable[..., BrowserContext]) -> BrowserContext:
    """One phone whose addresses are relative to `server`."""
    return make_phone()


@pytest.fixture
def desktop(new_context: NewContext, server: Centre) -> BrowserContext:
    """An office browser of 1,440 × 900, in English, whose addresses are relative to `server`."""
    return new_context(**(DESKTOP | {"base_url": server.origin}))


@pytest.fixture
def screenshots() -> Path:
    """Where a test leaves the pictures that people look at: build/screenshots."""
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
