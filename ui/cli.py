"""The command line. Heavy modules are imported inside the commands that need them, so that --help answers at once."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from index.errors import NutgrafError, QueryError
from index.model import check_ahead

from .doors_cli import chat, mcp
from .options import ApiKeyFile, From, Host, Json, Limit, Llm, LlmUrl, Quiet, Rerank, Sources, Store, To
from .terminal import (
    answer_lines,
    article_lines,
    fail,
    out,
    out_json,
    out_table,
    passage_lines,
)

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,  # rich would double the time that --help takes
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Mode(StrEnum):
    """Which signals a search uses."""

    hybrid = "hybrid"
    dense = "dense"
    bm25 = "bm25"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 failed, 2 wrong usage, 130 interrupted. Errors of ours are one line each."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file name need not be text, nor a terminal speak UTF-8
            stream.reconfigure(errors="backslashreplace")
    try:
        app(arguments, prog_name="nutgraf")
    except NutgrafError as error:
        fail(str(error))
        sys.exit(1)


@app.callback(invoke_without_command=True)
def nutgraf(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Answers questions from news articles and shows the paragraph behind every sentence.

    Dates are written YYYY-MM-DD. Settings come from nutgraf.toml and NUTGRAF_* too; options win.
    """
    if version:
        from importlib.metadata import version as installed

        out(f"nutgraf {installed('nutgraf')}")
    elif context.invoked_subcommand is None:
        out(context.get_help())


@app.command("index")
def index_paths(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Text, Markdown, HTML, PDF, .docx, .eml, feeds, JSON, CSV, .zip, folders, or URLs of pages and feeds.",
        ),
    ],
    store: Store = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="Embedding model of a new store.")] = None,
    chunk_tokens: Annotated[
        int | None, typer.Option(metavar="N", help="Most tokens of a chunk; 0: as many as the model takes.")
    ] = None,
    limit: Limit = None,
    as_json: Json = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when any input could not be read.")] = False,
    quiet: Quiet = False,
) -> None:
    """Read articles into a store.

    An article that is told is safe on the disk. Run it again at any time: unchanged articles cost nothing, changed
    ones replace the old.
    """
    from index import IndexSettings, build_index
    from index.settings import load_settings

    from .progress import told

    settings = load_settings(
        IndexSettings, "index", store=store, model=model, chunk_tokens=chunk_tokens, feed_entries=limit
    )
    with told(settings.store, as_json=as_json, quiet=quiet) as tally:
        tally.notes = build_index(paths, settings=settings, on_event=tally).notes
    if not tally.articles or (strict and tally.counts["failed"]):
        raise typer.Exit(1)


@app.command("follow")
def follow(
    urls: Annotated[list[str] | None, typer.Argument(metavar="URL", help="A feed, or a page that names one.")] = None,
    store: Store = None,
    limit: Limit = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the feeds that are followed.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Stop following; articles stay.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read RSS or Atom feeds, now and whenever refresh is run.

    A page stands for the first feed that it names. The feeds are remembered in the store.
    """
    from . import feeds

    if show_list or not urls:
        feeds.show(store, as_json=as_json)
    elif remove:
        feeds.unfollow(urls, store, as_json=as_json)
    else:
        feeds.follow(urls, store, limit, as_json=as_json, quiet=quiet)


@app.command("refresh")
def refresh(store: Store = None, limit: Limit = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """Read what is new or changed in the followed feeds."""
    from . import feeds

    feeds.refresh(store, limit, as_json=as_json, quiet=quiet)


@app.command("ask")
def ask(  # noqa: PLR0913, PLR0917 - a parameter an option
    question: Annotated[str, typer.Argument(metavar="QUESTION")],
    store: Store = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    date_from: From = None,
    date_to: To = None,
    sources: Sources = None,
    as_of: Annotated[str | None, typer.Option(metavar="DATE", help="Answer as if asked on this day.")] = None,
    k: Annotated[int | None, typer.Option("-k", min=1, metavar="N", help="Passages to look at.")] = None,
    rerank: Rerank = None,
    time_aware: Annotated[
        bool | None,
        typer.Option("--time/--no-time", help="Whether the time asked about counts.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Answer a question, with the source of every sentence."""
    check_ahead()
    from rag import Assistant

    with Assistant.open(store, llm=llm, llm_url=llm_url, rerank=rerank) as assistant:
        answer = assistant.ask(
            question,
            date_from=date_from,
            date_to=date_to,
            sources=sources,
            as_of=as_of,
            k=k,
            time_aware=time_aware,
        )
    if as_json:
        out_json(answer.to_dict())
    elif answer.outcome == "failed":
        fail(answer.why or answer.text)
    else:
        for line in answer_lines(answer):
            out(line)
    if answer.outcome == "failed":
        raise typer.Exit(1)


app.command("chat")(chat)


@app.command("search")
def search(
    query: Annotated[str, typer.Argument(metavar="QUERY")],
    store: Store = None,
    k: Annotated[int, typer.Option("-k", min=1, metavar="N", help="How many passages.")] = 10,
    date_from: From = None,
    date_to: To = None,
    sources: Sources = None,
    mode: Annotated[Mode, typer.Option(help="By meaning (dense), by words (bm25), or both.")] = Mode.hybrid,
    rerank: Rerank = None,
    as_json: Json = False,
) -> None:
    """Find the passages nearest to a query, best first."""
    check_ahead()
    from index import open_index

    with open_index(store) as opened:
        found = opened.search(
            query, k=k, date_from=date_from, date_to=date_to, sources=sources, mode=mode.value, rerank=rerank
        )
    if as_json:
        out_json({"query": query, "passages": [passage.to_dict() for passage in found]})
        return
    for passage in found:
        for line in passage_lines(passage):
            out(line)
    if not found:
        out("No passages: the filters leave nothing to search.")


@app.command("show")
def show(
    uri: Annotated[str, typer.Argument(metavar="URI", help="As listed, or the path of its file.")],
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Print a stored article with its paragraphs numbered."""
    from index import open_index

    with open_index(store) as opened:
        article = opened.article(uri) or opened.article(str(Path(uri).resolve()))
        if article is None:
            raise QueryError(f"{uri}: is not in the store; see what is with: nutgraf list")
        copies, versions = opened.relatives(article.uri)
        times, speech = opened.noted(article.uri)
    if as_json:
        others = {"copies": [head.uri for head in copies], "versions": [head.uri for head in versions]}
        noted = {"times": [time.to_dict() for time in times], "speech": [words.to_dict() for words in speech]}
        out_json({**article.to_dict(), **others, **noted})
        return
    for line in article_lines(article, copies, versions, times, speech):
        out(line)


@app.command("list")
def list_articles(store: Store = None, as_json: Json = False) -> None:
    """List the stored articles: date, source, title, uri."""
    from index import open_index

    with open_index(store) as opened:
        heads = list(opened.articles())
    if as_json:
        out_json({"articles": [head.to_dict() for head in heads]})
        return
    rows = [(head.published.iso or "unknown", head.source, head.title, head.uri) for head in heads]
    out_table(("date", "source", "title", "uri"), rows)


@app.command("remove")
def remove(
    uris: Annotated[list[str], typer.Argument(metavar="URI", help="As listed, or paths of files.")],
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Delete articles and everything made of them."""
    from index import remove_articles

    removed, missing = remove_articles(uris, store=store)
    for uri in missing:
        fail(f"{uri}: is not in the store; see what is with: nutgraf list")
    if as_json:
        out_json({"removed": removed, "missing": missing})
    else:
        for uri in removed:
            out(f"removed  {uri}")
    if missing:
        raise typer.Exit(1)


@app.command("status")
def status(store: Store = None, as_json: Json = False) -> None:
    """Say what is in a store and which model made it."""
    from index import store_status

    found = store_status(store)
    if as_json:
        out_json(asdict(found))
        return
    rows = asdict(found) | {
        "first_date": found.first_date or "none",
        "last_date": found.last_date or "none",
        "sources": ", ".join(f"{name} ({number})" for name, number in found.sources.items()) or "none",
    }
    out_table(("what", "value"), [(name.replace("_", " "), str(value)) for name, value in rows.items()])


@app.command("verify")
def verify(store: Store = None, as_json: Json = False) -> None:
    """Check that a store holds what was written.

    Damaged files that can be made from the database are made again; damage to the database is told.
    """
    from index import verify_store

    report = verify_store(store)
    if as_json:
        out_json({"ok": report.ok, **asdict(report)})
    else:
        for problem in report.problems:
            fail(problem)
        for healed in report.healed:
            out(f"made again: {healed}")
        counts = f"{report.articles} articles, {report.chunks} chunks, {report.embedded_again} embedded again"
        out(f"{'ok' if report.ok else 'damaged'}: {counts}")
    if not report.ok:
        raise typer.Exit(1)


@app.command(
    "eval",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def evaluate(context: typer.Context) -> None:
    """Measure answers on questions with known answers."""
    from .eval_cli import main as run

    raise typer.Exit(run(context.args))


@app.command("serve")
def serve(
    host: Host = None,
    port: Annotated[int | None, typer.Option(metavar="N", help="7860 unless set otherwise; 0: any free one.")] = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    store: Store = None,
    api_key_file: ApiKeyFile = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Serve the chat page, and an HTTP API to programs.

    This computer needs no key; others do. The page /docs lists all that the API can.
    """
    from index.settings import load_settings

    from .server import serve as run
    from .settings import UiSettings

    settings = load_settings(UiSettings, "ui", host=host, port=port, api_key_file=api_key_file)

    def ready(url: str) -> None:
        out(f"Nutgraf is at {url} (Ctrl-C stops it)")

    run(store, settings=settings, llm=llm, llm_url=llm_url, open_browser=open_browser, on_ready=ready)


app.command("mcp")(mcp)


@app.command("doctor")
def doctor(store: Store = None, as_json: Json = False) -> None:
    """Say what is installed and what is missing.

    Which model and engine are used, whether they are whole and work, which store is there, and what to type next.
    """
    from .doctor import examine

    checks = examine(store)
    healthy = all(check.state != "missing" for check in checks)
    if as_json:
        out_json({"ok": healthy, "checks": [asdict(check) for check in checks]})
    else:
        out_table(("", "what", "found", "to do"), [(c.state, c.what, c.found, c.to_do) for c in checks])
    if not healthy:
        raise typer.Exit(1)
