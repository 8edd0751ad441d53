"""The MCP server on standard input and output, or on an address of this computer."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import anyio

from index.errors import SettingsError
from rag import Assistant

from ..server import listen, url_of
from ..server import make_server as bind
from ..settings import LOOPBACK, UiSettings
from ..terminal import remark
from ..warming import warming
from .server import make_server

PATH = "/mcp"


def serve_stdio(store: str | Path | None, *, llm: str | None = None) -> None:
    """Serve the client at the other end of standard input and output until it closes them.

    Nothing but the protocol goes to standard output: whatever writes there is led to standard error. Raises StoreError,
    LlmSetupError, SettingsError.
    """
    # The thread that waits for input cannot be told to stop, so Ctrl-C ends the process: nothing is being written.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with _assistant(store, llm) as assistant:
        if sys.stdin.isatty():
            remark("an MCP client is expected on standard input, not a person; Ctrl-C leaves")
        anyio.run(make_server(assistant).run_stdio_async)


def serve_http(
    store: str | Path | None,
    *,
    host: str = "127.0.0.1",
    port: int = 7861,
    llm: str | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve streamable HTTP at /mcp until interrupted; ``on_ready`` is told its URL when it can be asked.

    Requests that name another host, or come from a page of another site, are refused. Raises SettingsError for a host
    that others could reach or a port that cannot be had, StoreError, LlmSetupError.
    """
    from mcp.server.transport_security import TransportSecuritySettings

    if host not in LOOPBACK:
        raise SettingsError(
            f"host is {host!r}; the MCP server has no logins, so it serves this computer only: "
            f"leave --host out, or give one of {', '.join(LOOPBACK)}"
        )
    with listen(UiSettings(host, port)) as listener, _assistant(store, llm) as assistant:
        url, number = url_of(host, listener), listener.getsockname()[1]
        hosts = [f"[{name}]" if ":" in name else name for name in LOOPBACK]
        names = [*hosts, *(f"{name}:{number}" for name in hosts)]
        security = TransportSecuritySettings(allowed_hosts=names, allowed_origins=[f"http://{name}" for name in names])
        app = make_server(assistant).streamable_http_app(streamable_http_path=PATH, transport_security=security)

        def ready() -> None:
            if on_ready:
                on_ready(url + PATH)

        with suppress(KeyboardInterrupt):
            bind(app, ready).run(sockets=[listener])


@contextmanager
def _assistant(store: str | Path | None, llm: str | None) -> Iterator[Assistant]:
    """An assistant that is warming up, in a process that logs to standard error."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s: %(message)s")
    with Assistant.open(store, llm=llm) as assistant, warming(assistant):
        yield assistant
