"""Follow feeds, fetch them again for what is new, and stop following them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..errors import NothingToIndexError, SourceError
from ..ingest import IngestReport, Listener, ingest
from ..settings import IndexSettings, load_settings
from .content import FEED, feeds_of_page, suffix_of
from .feedbook import Feed, FeedBook
from .fetching import Fetcher
from .source import WebSource


def follow_feeds(
    urls: Sequence[str],
    *,
    store: str | Path | None = None,
    settings: IndexSettings | None = None,
    on_event: Listener | None = None,
    fetcher: Fetcher | None = None,
) -> tuple[list[Feed], IngestReport]:
    """Read feeds, or the feeds that pages name, into the store, and remember them there for ``refresh_feeds``.

    Returns the feeds that could be read, which are followed now, and what became of their entries; those of ``urls``
    that lead to none are among its problems. Raises StoreError.
    """
    settings = settings or load_settings(IndexSettings, "index", store=store)
    fetcher = fetcher or Fetcher(settings.web_allow_hosts)
    sources: list[WebSource] = []
    problems: list[SourceError] = []
    for url in dict.fromkeys(urls):
        try:
            sources.append(_find_feed(url, fetcher, settings.feed_entries))
        except SourceError as problem:
            problems.append(problem)
    report = ingest(sources, settings, on_event, problems=problems)
    return _remember(sources, settings), report


def refresh_feeds(
    *,
    store: str | Path | None = None,
    settings: IndexSettings | None = None,
    on_event: Listener | None = None,
    fetcher: Fetcher | None = None,
) -> IngestReport:
    """Read what is new or changed in the followed feeds of a store.

    Raises NothingToIndexError when it follows none, and StoreError.
    """
    settings = settings or load_settings(IndexSettings, "index", store=store)
    feeds = FeedBook(settings.store).feeds()
    if not feeds:
        raise NothingToIndexError(f"{settings.store}: follows no feeds; begin with: nutgraf follow URL")
    fetcher = fetcher or Fetcher(settings.web_allow_hosts)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    problems = [
        SourceError(feed.url, f"may not be asked for before {feed.not_before}, says its site", "refresh it after that")
        for feed in feeds
        if feed.not_before > now
    ]
    sources = [
        WebSource(feed.url, fetcher, settings.feed_entries, feed=feed) for feed in feeds if feed.not_before <= now
    ]
    report = ingest(sources, settings, on_event, problems=problems)
    _remember(sources, settings)
    return report


def _find_feed(url: str, fetcher: Fetcher, limit: int) -> WebSource:
    """The feed at ``url``, or the first that the page there names. Raises SourceError when there is none."""
    fetched = fetcher.get(url)
    data = fetched.data or b""
    suffix = suffix_of(data, fetched.content_type, fetched.url)
    if suffix == FEED:
        return WebSource(url, fetcher, limit, fetched=fetched)
    named = feeds_of_page(data, fetched.url) if suffix == ".html" else []
    if not named:
        raise SourceError(url, "is no feed, and names none", "give the address of an RSS or Atom feed")
    fetched = fetcher.get(named[0])
    if suffix_of(fetched.data or b"", fetched.content_type, fetched.url) != FEED:
        raise SourceError(named[0], "is named as a feed, but is none", "give the address of an RSS or Atom feed")
    return WebSource(named[0], fetcher, limit, fetched=fetched)


def _remember(sources: Sequence[WebSource], settings: IndexSettings) -> list[Feed]:
    """Keep how the feeds are now. Only after their articles are durable: a crash before it fetches them once more."""
    feeds = [source.feed for source in sources if source.feed]
    if feeds:
        FeedBook(settings.store).put(feeds)
    return feeds
