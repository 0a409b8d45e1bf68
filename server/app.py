"""The application: the only place where the parts are put together."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from server.api import (
    auth,
    blobs,
    docs,
    documents,
    events,
    exports,
    health,
    imports,
    labels,
    metrics,
    people,
    photos,
    problems,
    public,
    sync,
)
from server.auth.access import guard, provide_caller, provide_visitor
from server.centre import Centre, open_centre
from server.openapi import StrictStructs, Unserved
from server.security import App, Receive, Scope, Send, Shield
from server.settings import Settings

HANDLERS: list[ControllerRouterHandler] = [
    *auth.handlers,
    *blobs.handlers,
    *docs.handlers,
    *documents.handlers,
    *events.handlers,
    *exports.handlers,
    *health.handlers,
    *imports.handlers,
    *labels.handlers,
    *metrics.handlers,
    *people.handlers,
    *photos.handlers,
    *problems.handlers,
    *public.handlers,
    *sync.handlers,
]


class Application:
    """The ASGI application: Litestar inside the shield. `state.centre` holds the services."""

    def __init__(self, litestar: Litestar, centre: Centre) -> None:
        self.litestar = litestar
        self.centre = centre
        self.state: State = litestar.state
        self._shield = Shield(_asgi(litestar), settings=centre.settings, shell=centre.shell)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._shield(scope, receive, send)


def create_app(settings: Settings, centre: Centre | None = None) -> Application:
    """The application on one data folder, on a centre that is open, or one that it opens and closes itself.

    Raises what `open_centre` raises.
    """
    opened = centre or open_centre(settings)
    settings = opened.settings

    async def provide_centre() -> Centre:
        return opened

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        await asyncio.to_thread(opened.start)
        try:
            yield
        finally:
            if centre is None:
                await asyncio.to_thread(opened.close)

    litestar = Litestar(
        route_handlers=HANDLERS,
        dependencies={
            "centre": Provide(provide_centre),
            "caller": Provide(provide_caller),
            "visitor": Provide(provide_visitor),
        },
        guards=[guard],
        exception_handlers=problems.EXCEPTION_HANDLERS,
        request_max_body_size=settings.max_body_bytes,
        openapi_config=OpenAPIConfig(
            title="Sitebook",
            version=health.VERSION,
            openapi_router=Unserved("/api/schema", route_handlers=[]),
            render_plugins=[],
            use_handler_docstrings=True,
        ),
        plugins=[StrictStructs()],
        logging_config=None,
        lifespan=[lifespan],
        state=State({"centre": opened}),
        debug=False,
    )
    return Application(litestar, opened)


def _asgi(litestar: Any) -> App:
    """Litestar's own types are narrower than ASGI's."""
    return litestar
