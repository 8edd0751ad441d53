"""``nutgraf chat`` and ``nutgraf mcp``: conversations in the terminal, and a server for other programs' assistants."""

from __future__ import annotations

from typing import Annotated

import typer

from index.errors import SettingsError
from index.model import check_ahead

from .options import From, Llm, Sources, Store, To
from .terminal import out


def chat(
    store: Store = None,
    llm: Llm = None,
    date_from: From = None,
    date_to: To = None,
    sources: Sources = None,
    as_of: Annotated[str | None, typer.Option(metavar="DATE", help="Answer as if asked on this day.")] = None,
) -> None:
    """Ask one question after the other, in the terminal.

    Answers appear as they are checked; /help lists what else can be typed. Questions may also come from a pipe, one a
    line; the status is then 1 when one of them failed.
    """
    check_ahead()
    from rag import Assistant

    from .chat import Chat, Filters
    from .screen import Screen

    with Assistant.open(store, llm=llm) as assistant:
        filters = Filters(date_from, date_to, as_of, tuple(sources or ()))
        status = Chat(assistant, Screen.here(), filters).run()
    raise typer.Exit(status)


def mcp(
    store: Store = None,
    llm: Llm = None,
    http: Annotated[bool, typer.Option("--http", help="Serve streamable HTTP instead of standard input.")] = False,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="With --http.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="With --http; 0: any free one.")] = 7861,
) -> None:
    """Let other programs' assistants ask (an MCP server).

    They can ask, search and read the articles, by the Model Context Protocol: over standard input and output, or over
    HTTP for programs on this computer.
    """
    check_ahead()
    try:
        import mcp.server.mcpserver  # noqa: F401 - the package is an extra, and had no such module before its version 2
    except ModuleNotFoundError:
        raise SettingsError("the package mcp 2.3 or newer is missing; run: pip install 'mcp>=2.3,<3'") from None
    from .mcp.serving import serve_http, serve_stdio

    if http:
        serve_http(store, host=host, port=port, llm=llm, on_ready=_ready)
    else:
        serve_stdio(store, llm=llm)


def _ready(url: str) -> None:
    out(f"Nutgraf's MCP server is at {url} (Ctrl-C stops it)")
