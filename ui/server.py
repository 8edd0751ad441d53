"""The web server of the chat page, for this computer only."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import NutgrafError, SettingsError
from rag import Assistant

from .guard import Guard
from .page import build_page, import_gradio
from .panel import look_up
from .settings import LOOPBACK, UiSettings
from .theme import page_theme

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI
    from langchain_core.language_models import BaseChatModel
    from starlette.requests import Request
    from starlette.responses import JSONResponse

logger = logging.getLogger(__name__)

ASSETS = Path(__file__).parent / "assets"
HEAD = (
    '<link rel="icon" type="image/svg+xml" href="/nutgraf/icon.svg">'
    '<meta name="color-scheme" content="light dark">'
    '<script src="/nutgraf/page.js" defer></script>'
)
# Names by which a browser on this computer calls it. Any other is a foreign site whose name was pointed at us.
HOSTS = [f"[{host}]" if ":" in host else host for host in LOOPBACK]


def serve(
    store: str | Path | None,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    llm: str | BaseChatModel | None = None,
    llm_url: str | None = None,
    open_browser: bool = False,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the chat page over a store until interrupted; ``on_ready`` is told its URL when it can be opened.

    Port 0 takes any free port. Raises SettingsError for a host that others could reach or a port that cannot be had,
    StoreError, LlmSetupError.
    """
    settings = UiSettings(host, port)
    with _listen(settings) as listener, Assistant.open(store, llm=llm, llm_url=llm_url) as assistant:
        url = _url(settings.host, listener)
        _ = assistant.pipeline  # imports LangChain now, so that the first question does not wait for it

        def ready() -> None:
            logger.info("serving %s", url)
            if on_ready:
                on_ready(url)
            if open_browser:
                webbrowser.open(url)

        with suppress(KeyboardInterrupt):
            make_server(make_app(assistant), ready).run(sockets=[listener])


def make_app(assistant: Assistant) -> FastAPI:
    """The page and its look-up of citations as an ASGI application. Not to be called where an event loop runs."""
    import_gradio()
    from fastapi import FastAPI
    from fastapi.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import JSONResponse
    from starlette.staticfiles import StaticFiles

    def citations(request: Request) -> JSONResponse:
        try:
            return JSONResponse(look_up(assistant.index, request.query_params.getlist("id")))
        except NutgrafError as error:
            return JSONResponse({"error": str(error)}, status_code=503)

    app = FastAPI(title="Nutgraf", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_route("/nutgraf/citations", citations)
    app.mount("/nutgraf", StaticFiles(directory=ASSETS))
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False)
    app.add_middleware(Guard)
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


def _listen(settings: UiSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise SettingsError(
            f"port {settings.port} of {settings.host} cannot be had ({os.strerror(error.errno or 0)}); "
            f"give another one, such as --port {settings.port % 65_535 + 1}"
        ) from error


def _url(host: str, listener: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


def make_server(app: FastAPI, on_ready: Callable[[], None]) -> uvicorn.Server:
    """A server for ``make_app``'s application, to be run with a listening socket; it tells when it answers.

    When it stops, the streams that open pages hold are closed, and running answers have two seconds to end.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            on_ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.gradio.stop_event.set()
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
