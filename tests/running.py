"""The real application on a folder of its own, with a small built app beside it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from litestar.testing import TestClient

from server.app import Application, create_app
from server.settings import Settings

INDEX = "<!doctype html><title>Sitebook</title><script type=module src=/assets/app-1234.js></script>"
SCRIPT = "console.log('app');\n" * 100


def build_app(folder: Path) -> Path:
    """A folder as the build of the browser app leaves it."""
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "sw.js").write_text("self.skipWaiting()")
    (folder / "assets" / "app-1234.js").write_text(SCRIPT)
    return folder


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[tuple[TestClient[Any], Application]]:
    """A client of the running application; its address is the application's."""
    static = settings.pop("static_dir", None) or build_app(folder / "static")
    app = create_app(Settings(data=folder / "data", static_dir=static, **settings))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The base_url")
        made: TestClient[Any] = TestClient(
            cast(Any, app), base_url=app.centre.settings.address, raise_server_exceptions=False
        )
    with made as client:
        yield client, app
