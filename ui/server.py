"""The web server: the chat page and the HTTP API, for this computer unless there are keys."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import webbrowser
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import NutgrafError, SettingsError
from rag import Assistant

from .page import build_page, import_gradio
from .panel import look_up
from .settings import UiSettings
from .theme import page_theme

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI
    from langchain_core.language_models import BaseChatModel
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.types import ASGIApp

logger = logging.getLogger(__name__)

ASSETS = Path(__file__).parent / "assets"
HEAD = (
    '<link rel="icon" type="image/svg+xml" href="/nutgraf/icon.svg">'
    '<meta name="color-scheme" content="light dark">'
    '<script src="/nutgraf/page.js" defer></script>'
)


def serve(
    store: str | Path | None,
    *,
    settings: UiSettings | None = None,
    llm: str | BaseChatModel | None = None,
    open_browser: bool = False,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve page and API over a store until interrupted; ``on_ready`` is told the URL when it can be opened.

    Raises SettingsError for a port that cannot be had or a file of keys that cannot be read, StoreError, LlmSetupError.
    """
    settings = settings or UiSettings()
    with listen(settings) as listener, Assistant.open(store, llm=llm) as assistant:
        url = url_of(settings.host, listener)
        _ = assistant.pipeline  # imports LangChain now, so that the first question does not wait for it
        app = make_app(assistant, settings)

        def ready() -> None:
            logger.info("serving %s", url)
            if on_ready:
                on_ready(url)
            if open_browser:
                webbrowser.open(url)

        with closing(app.state.api), suppress(KeyboardInterrupt):
            # the streams that open pages hold
            make_server(app, ready, app.state.gradio.stop_event.set).run(sockets=[listener])


def make_app(assistant: Assistant, settings: UiSettings | None = None) -> FastAPI:
    """Page, its look-up of citations and API as an ASGI application. Not to be called where an event loop runs.

    ``app.state.api`` holds threads, which its ``close`` ends.
    """
    import_gradio()
    from starlette.responses import JSONResponse
    from starlette.staticfiles import StaticFiles

    from .api.app import make_api

    def citations(request: Request) -> JSONResponse:
        try:
            return JSONResponse(look_up(assistant.index, request.query_params.getlist("id")))
        except NutgrafError as error:
            return JSONResponse({"error": str(error)}, status_code=503)

    app = make_api(assistant, settings or UiSettings())
    app.add_route("/nutgraf/citations", citations)
    app.mount("/nutgraf", StaticFiles(directory=ASSETS))
    # Without a running event loop Gradio makes one for each of its locks, and closes none of them.
    asyncio.run(_mount_page(app, assistant))
    return app


async def _mount_page(app: FastAPI, assistant: Assistant) -> None:
    gr = import_gradio()
    from starlette.routing import Mount

    gr.mount_gradio_app(
        app,
        build_page(assistant),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=page_theme(),
        css_paths=ASSETS / "page.css",
        head=HEAD,
    )
    (app.state.gradio,) = (route.app for route in app.routes if isinstance(route, Mount) and route.path == "")


def listen(settings: UiSettings) -> socket.socket:
    """A socket at the host and port of the settings. Raises SettingsError when they cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise SettingsError(
            f"port {settings.port} of {settings.host} cannot be had ({os.strerror(error.errno or 0)}); "
            f"give another one, such as --port {settings.port % 65_535 + 1}"
        ) from error


def url_of(host: str, listener: socket.socket) -> str:
    """The URL at which a listening socket is found."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


def make_server(
    app: ASGIApp, on_ready: Callable[[], None], on_stop: Callable[[], None] | None = None
) -> uvicorn.Server:
    """A server for an application, to be run with a listening socket; it tells when it answers.

    When it stops, ``on_stop`` is to close what streams without an end; running answers have two seconds to end.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            on_ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            if on_stop:
                on_stop()
            await super().shutdown(sockets)

    return Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_graceful_shutdown=2,
        )
    )
