"""One URL to articles: those of the page, or of the feed, that it turns out to be."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from ..article import content_sha
from ..errors import SourceError
from ..readers import feed_contents, read_data
from ..readers.feeds import FeedContents, FeedEntry, article_of
from ..schema import Article
from .addresses import is_same_site, parse_url, tidy
from .content import FEED, feeds_of_page, suffix_of
from .feedbook import Feed
from .fetching import Fetched, Fetcher
from .politeness import LONGEST_WAIT_S

Found = Article | SourceError

# A feed's text of an entry counts as the article when it is not cut off at its end and this long (characters): what the
# feed calls the content, and what it calls a summary.
_CONTENT, _WHOLE = 250, 800
# Charsets of the web. Python has other codecs too, and some of them take quadratic time.
_CHARSET = re.compile(
    r"utf-?16(?:le|be)?|iso-?8859-?\d+|windows-?\d+|cp\d+|koi8-?[ru]|gb(?:2312|k|18030)|big5(?:-hkscs)?"
    r"|euc-?(?:jp|kr)|shift[_-]?jis|iso-2022-jp",
    re.IGNORECASE,
)
_LATIN_1 = re.compile(r"iso-?8859-?1|latin-?1|(?:us-)?ascii", re.IGNORECASE)  # on the web these mean windows-1252


class WebSource:
    """Articles behind a URL, read when they are asked for.

    Of a feed, at most ``limit`` entries are taken, and only those that are new or changed since it was as ``feed``
    says. Afterwards ``feed`` says how it is now, or is None when nothing is known or the URL is that of a page;
    ``notes`` say what was left out. ``fetched`` is the answer to a request already made.
    """

    def __init__(
        self, url: str, fetcher: Fetcher, limit: int, *, feed: Feed | None = None, fetched: Fetched | None = None
    ) -> None:
        self.url = url
        self.feed: Feed | None = None
        self.notes: list[str] = []
        self._fetcher = fetcher
        self._limit = limit
        self._is_followed = feed is not None
        self._before = feed or Feed(url)
        self._fetched = fetched

    def read(self, max_bytes: int) -> Iterator[Found]:
        """Yield the articles, and a SourceError for the URL or each entry that cannot be read."""
        try:
            before = self._before
            fetched = self._fetched or self._fetcher.get(self.url, etag=before.etag, last_modified=before.last_modified)
            if fetched.data is None:
                self.feed = replace(before, checked=_time(), not_before="")
            elif suffix_of(fetched.data, fetched.content_type, fetched.url) == FEED:
                yield from self._entries(fetched, feed_contents(fetched.data, self.url), max_bytes)
            else:
                yield from read_fetched(fetched, self.url, max_bytes)
        except SourceError as problem:
            if self._is_followed and (wait := self._fetcher.wait(self.url)) > LONGEST_WAIT_S:
                self.feed = replace(self._before, not_before=_time(wait))
            yield problem

    def _entries(self, fetched: Fetched, contents: FeedContents, max_bytes: int) -> Iterator[Found]:
        seen: dict[str, str] = {}
        taken, left_out, failed = 0, 0, False
        for entry in _newest_first(contents.entries):
            link = _link(entry)
            uri = link or f"{fetched.url}#{entry.id or entry.title}"
            checksum = _checksum(entry)
            if uri in seen or self._before.seen.get(uri) == checksum:
                seen[uri] = checksum
                continue
            if taken == self._limit:
                seen[uri] = checksum
                left_out += 1
                continue
            taken += 1
            found = list(self._entry(entry, contents, link, uri, max_bytes))
            if any(isinstance(one, SourceError) for one in found):
                failed = True
            else:
                seen[uri] = checksum
            yield from found
        if left_out:
            self.notes.append(f"{self.url}: {left_out} older entries left out; --limit {taken + left_out} takes them")
        # Without its marks the whole feed is fetched again next time, and with it what failed now.
        marks = ("", "") if failed else (fetched.etag, fetched.last_modified)
        self.feed = Feed(self.url, contents.title, _time(), *marks, seen=seen)

    def _entry(self, entry: FeedEntry, feed: FeedContents, link: str, uri: str, max_bytes: int) -> Iterator[Found]:
        """Yield the article of an entry: from the feed when that has all of it, else from the page that it links to.

        What a feed says counts as the text of a page of its own site only: else it could put words into another's
        mouth.
        """
        has_all = is_whole(entry) and is_same_site(_host(link), _host(self.url)) if link else entry.text
        try:
            if has_all:
                article = article_of(entry, feed, uri)
                source = article.source or _host(self.url).removeprefix("www.")
                yield _changed(article, uri=uri, url=link, source=source, updated=entry.updated)
            elif not link:
                raise SourceError(uri, "has neither a text nor a link", "leave it out")
            else:
                for found in read_fetched(self._fetcher.get(link), link, max_bytes):
                    yield found if isinstance(found, SourceError) else _with_entry(found, entry)
        except SourceError as problem:
            yield problem


def open_sources(urls: Sequence[str], allow_hosts: str, limit: int) -> list[WebSource]:
    """The sources of ``urls``, each once, which share what is known about hosts."""
    fetcher = Fetcher(allow_hosts)
    return [WebSource(url, fetcher, limit) for url in dict.fromkeys(urls)]


def read_fetched(fetched: Fetched, url: str, max_bytes: int) -> Iterator[Found]:
    """Yield the articles of a page or file, under its canonical URL: read as the same bytes in a file would be.

    Raises SourceError when it is of no kind that is read, or a feed.
    """
    data = fetched.data or b""
    suffix = suffix_of(data, fetched.content_type, fetched.url)
    if suffix == FEED:
        raise SourceError(url, "is a feed, not an article", f"to read it: nutgraf follow {url}")
    text = _in_utf8(data, fetched.charset) if suffix in (".html", ".txt", ".md") else data
    for found in read_data(text, suffix, fetched.url, url, max_bytes):
        if isinstance(found, Article):
            yield _placed(found, fetched.url)
            continue
        feeds = feeds_of_page(data, fetched.url) if suffix == ".html" else []
        hint = f"for the articles of its feed: nutgraf follow {feeds[0]}" if feeds else found.hint
        yield SourceError(found.where, found.what, hint)


def _in_utf8(data: bytes, charset: str) -> bytes:
    """``data`` in UTF-8, if it is not so already but in the ``charset`` that the server names, else as it is.

    What the server names goes before what a page says of itself.
    """
    try:
        data.decode()
    except UnicodeDecodeError:
        named = "windows-1252" if _LATIN_1.fullmatch(charset) else charset
        if _CHARSET.fullmatch(named):
            with suppress(LookupError, UnicodeError):
                return data.decode(named).encode("utf-8-sig")
    return data


def _placed(article: Article, url: str) -> Article:
    """``article``, which was found at ``url``, as it is known in a store.

    Its uri is its canonical URL, so that it is stored once however it is reached; but only one of the site that it came
    from, and not the front page, which careless sites name on every page.
    """
    record = article.uri.removeprefix(url)  # "" for a page, "#id" for one of several records
    home = tidy(url)
    if _is_canonical(article.url, url):
        uri = tidy(article.url)
    else:
        uri = f"{home}#{record.removeprefix('#')}" if record else home
    source = article.source or _host(url).removeprefix("www.")
    return _changed(article, uri=uri, url=(article.url or uri) if record else uri, source=source)


def _is_canonical(claimed: str, url: str) -> bool:
    """Say whether what was found at ``url`` may be known by the URL that it claims."""
    try:
        parts = parse_url(claimed)
    except SourceError:
        return False
    is_front_page = parts.target == "/" != parse_url(url).target
    return is_same_site(parts.host, _host(url)) and not is_front_page


def _with_entry(article: Article, entry: FeedEntry) -> Article:
    """``article`` with what it does not tell itself, but the feed does."""
    return _changed(
        article,
        title=article.title or entry.title,
        published=article.published if article.published.date else entry.published,
        authors=article.authors or entry.authors,
        updated=article.updated or entry.updated,
    )


def _changed(article: Article, **fields: object) -> Article:
    changed = replace(article, **fields)  # type: ignore[arg-type]
    return replace(changed, content_sha=content_sha(changed))


def is_whole(entry: FeedEntry) -> bool:
    """Say whether the text that a feed has of an entry seems to be the whole article, not the start of it."""
    return not entry.is_cut_off and len(entry.text) >= (_CONTENT if entry.is_full else _WHOLE)


def _newest_first(entries: Sequence[FeedEntry]) -> list[FeedEntry]:
    """``entries`` by day, newest first, where all have one; else in the order of the feed, which usually is that."""
    if any(entry.published.date is None for entry in entries):
        return list(entries)
    return sorted(entries, key=lambda entry: entry.published.date or date.min, reverse=True)


def _link(entry: FeedEntry) -> str:
    """The URL that an entry links to, tidied; "" when it links to none that could be fetched."""
    try:
        return tidy(entry.url)
    except SourceError:
        return ""


def _checksum(entry: FeedEntry) -> str:
    return hashlib.sha256(repr((entry.title, entry.published, entry.updated, entry.text)).encode()).hexdigest()[:16]


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _time(seconds: float = 0.0) -> str:
    """The time in so many seconds, in ISO 8601."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds")
