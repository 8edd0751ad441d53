"""``nutgraf chat`` and ``nutgraf mcp``: conversations in the terminal, and a server for other programs' assistants."""

from __future__ import annotations

from typing import Annotated

import typer

from index.errors import SettingsError
from index.model import check_ahead

from .options import ApiKeyFile, From, Host, Llm, LlmUrl, Sources, Store, To
from .terminal import out


def chat(
    store: Store = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
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

    with Assistant.open(store, llm=llm, llm_url=llm_url) as assistant:
        filters = Filters(date_from, date_to, as_of, tuple(sources or ()))
        status = Chat(assistant, Screen.here(), filters).run()
    raise typer.Exit(status)


def mcp(
    store: Store = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    http: Annotated[bool, typer.Option("--http", help="Serve streamable HTTP instead of standard input.")] = False,
    host: Host = None,
    port: Annotated[int, typer.Option(metavar="N", help="With --http; 0: any free one.")] = 7861,
    api_key_file: ApiKeyFile = None,
) -> None:
    """Let other programs' assistants ask (an MCP server).

    They can ask, search and read the articles, by the Model Context Protocol: over standard input and output, or over
    HTTP. This computer needs no key; others do, as for nutgraf serve.
    """
    check_ahead()
    try:
        import mcp.server.mcpserver  # noqa: F401 - the package is an extra, and had no such module before its version 2
    except ModuleNotFoundError:
        raise SettingsError("the package mcp 2.3 or newer is missing; run: pip install 'mcp>=2.3,<3'") from None
    from index.settings import load_settings

    from .mcp.serving import serve_http, serve_stdio
    from .settings import UiSettings

    if http:
        settings = load_settings(UiSettings, "ui", host=host, port=port, api_key_file=api_key_file)
        serve_http(store, settings=settings, llm=llm, llm_url=llm_url, on_ready=_ready)
    else:
        serve_stdio(store, llm=llm, llm_url=llm_url)


def _ready(url: str) -> None:
    out(f"Nutgraf's MCP server is at {url} (Ctrl-C stops it)")
