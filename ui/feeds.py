"""``nutgraf follow`` and ``nutgraf refresh``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from index import IndexSettings, follow_feeds, refresh_feeds
from index.settings import load_settings
from index.web.feedbook import Feed, FeedBook

from .progress import told
from .terminal import fail, out, out_json, out_table


def follow(urls: Sequence[str], store: Path | None, limit: int | None, *, as_json: bool, quiet: bool) -> None:
    """Read feeds and remember them; exits with 1 when one of them is none."""
    settings = load_settings(IndexSettings, "index", store=store, feed_entries=limit)
    feeds: list[Feed] = []
    with told(settings.store, as_json=as_json, quiet=quiet) as tally:
        feeds, report = follow_feeds(urls, settings=settings, on_event=tally)
        tally.notes = [*report.notes, *(f"following {feed.url} {feed.title}".rstrip() for feed in feeds)]
    if len(feeds) < len(set(urls)):
        raise typer.Exit(1)


def refresh(store: Path | None, limit: int | None, *, as_json: bool, quiet: bool) -> None:
    """Read what is new in the followed feeds; exits with 1 when none of them could be read."""
    settings = load_settings(IndexSettings, "index", store=store, feed_entries=limit)
    with told(settings.store, as_json=as_json, quiet=quiet) as tally:
        tally.notes = refresh_feeds(settings=settings, on_event=tally).notes
    if tally.counts["failed"] and not tally.articles:
        raise typer.Exit(1)


def show(store: Path | None, *, as_json: bool) -> None:
    """List the followed feeds: when they were read last, their title, their URL."""
    feeds = FeedBook(load_settings(IndexSettings, "index", store=store).store).feeds()
    if as_json:
        out_json({"feeds": [{"url": feed.url, "title": feed.title, "checked": feed.checked} for feed in feeds]})
    elif feeds:
        out_table(("checked", "title", "url"), [(feed.checked, feed.title, feed.url) for feed in feeds])
    else:
        out("No feeds are followed; begin with: nutgraf follow URL")


def unfollow(urls: Sequence[str], store: Path | None, *, as_json: bool) -> None:
    """Forget feeds; their articles stay. Exits with 1 when one of them is not followed."""
    settings = load_settings(IndexSettings, "index", store=store)
    removed = FeedBook(settings.store).remove(urls)
    missing = [url for url in urls if url not in removed]
    for url in missing:
        fail(f"{url}: is not followed; see what is with: nutgraf follow --list")
    if as_json:
        out_json({"removed": removed, "missing": missing})
    else:
        for url in removed:
            out(f"no longer followed: {url}")
    if missing:
        raise typer.Exit(1)
