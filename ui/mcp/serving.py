"""The MCP server on standard input and output, or over HTTP."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import anyio

from rag import Assistant

from ..server import listen, url_of
from ..server import make_server as bind
from ..settings import UiSettings
from ..terminal import remark
from ..warming import warming
from .server import make_server

PATH = "/mcp"


def serve_stdio(store: str | Path | None, *, llm: str | None = None, llm_url: str | None = None) -> None:
    """Serve the client at the other end of standard input and output until it closes them.

    Nothing but the protocol goes to standard output: whatever writes there is led to standard error. Raises StoreError,
    LlmSetupError, SettingsError.
    """
    # The thread that waits for input cannot be told to stop, so Ctrl-C ends the process: nothing is being written.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with _assistant(store, llm, llm_url) as assistant:
        if sys.stdin.isatty():
            remark("an MCP client is expected on standard input, not a person; Ctrl-C leaves")
        anyio.run(make_server(assistant).run_stdio_async)


def serve_http(
    store: str | Path | None,
    *,
    settings: UiSettings,
    llm: str | None = None,
    llm_url: str | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve streamable HTTP at /mcp until interrupted; ``on_ready`` is told its URL when it can be asked.

    Keys, limits and what is refused are those of the HTTP API. Raises SettingsError for a port that cannot be had or a
    file of keys that cannot be read, StoreError, LlmSetupError.
    """
    from mcp.server.transport_security import TransportSecuritySettings

    from ..guard import add_guards

    with listen(settings) as listener, _assistant(store, llm, llm_url) as assistant:
        url = url_of(settings.host, listener)
        # The guards know by which names this server may be called; the SDK would have to be told them again.
        unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        app = make_server(assistant).streamable_http_app(streamable_http_path=PATH, transport_security=unchecked)
        add_guards(app, settings)

        def ready() -> None:
            if on_ready:
                on_ready(url + PATH)

        with suppress(KeyboardInterrupt):
            bind(app, ready).run(sockets=[listener])


@contextmanager
def _assistant(store: str | Path | None, llm: str | None, llm_url: str | None) -> Iterator[Assistant]:
    """An assistant that is warming up, in a process that logs to standard error."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s: %(message)s")
    with Assistant.open(store, llm=llm, llm_url=llm_url) as assistant, warming(assistant):
        yield assistant
