"""RSS and Atom to articles, one an entry. Only bytes are parsed: nothing here opens a file or an address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import unescape
from io import BytesIO

from ..article import clean_text, make_article
from ..dates import parse_date
from ..errors import SourceError
from ..paragraphs import find_paragraphs
from ..schema import UNKNOWN_DATE, Article, Paragraph, Published
from .fields import one_line, split_names
from .html import lay_out_markup

_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
# What may stand before the root element besides a DOCTYPE.
_COMMENT = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ROOT = re.compile(rb"<[A-Za-z_]")
_TAG = re.compile("<[^<>]*>")
# How the start of an article ends that goes on elsewhere: an ellipsis, a link to the rest.
_CUT_OFF = re.compile(
    r"(?:\.\.\.|…)[\W_]*$|\b(?:read|see) (?:more|on|the (?:full|whole|rest))\b.{0,80}$"
    r"|\b(?:continue|keep) reading\b.{0,80}$|\bread full (?:article|story)\b.{0,80}$",
    re.IGNORECASE | re.DOTALL,
)
_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed. ``text`` is laid out as an article's, with its ``paragraphs``; both may be empty.

    ``is_full`` says that the feed gave the content of the entry, not only a summary; a feed may still call its first
    lines the content. ``is_cut_off`` says that what it gave ends like the start of something longer ("Read more").
    ``url`` is http(s) or "".
    """

    url: str
    id: str
    title: str
    published: Published
    updated: date | None
    authors: tuple[str, ...]
    text: str
    paragraphs: tuple[Paragraph, ...]
    is_full: bool
    is_cut_off: bool


@dataclass(frozen=True, slots=True)
class FeedContents:
    """A feed: its title, the web page that it belongs to (or ""), and its entries in its own order."""

    title: str
    url: str
    entries: tuple[FeedEntry, ...]


def parse_feed(data: bytes, where: str) -> FeedContents:
    """Return what an RSS or Atom feed holds. Raises SourceError when it is none, or declares entities of its own."""
    import feedparser

    if has_document_type(data):
        raise SourceError(where, "declares a DOCTYPE, which may hide an attack", "save it without the DOCTYPE")
    # Sanitising is for showing the markup, and relative addresses for following them: neither is done with it.
    # As a stream, since feedparser opens the file that bytes name.
    feed = feedparser.parse(BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version") and not feed.entries:
        raise SourceError(where, "is not an RSS or Atom feed", "give a feed, or save what it shows as a web page")
    about = feed.feed
    publisher = _plain(one_line(about.get("title"))) or one_line(about.get("publisher"))
    # Plain dicts, because those of feedparser give one date for another that is missing.
    return FeedContents(
        publisher, _web_address(about.get("link")), tuple(_entry(dict(entry)) for entry in feed.entries)
    )


def read_feed(data: bytes, uri: str, where: str) -> Iterator[Article | SourceError]:
    """Yield the article of each entry of a feed, and a SourceError for each without text."""
    feed = parse_feed(data, where)
    if not feed.entries:
        raise SourceError(where, "is a feed without entries", "fetch it again later")
    for number, entry in enumerate(feed.entries):
        if entry.text:
            yield article_of(entry, feed, f"{uri}#{entry.id or number}")
        else:
            yield SourceError(f"{where}[{number}]", "has no text", "index the page that it links to")


def article_of(entry: FeedEntry, feed: FeedContents, unnamed: str) -> Article:
    """Return the article of an entry with text; its uri is its url, or ``unnamed`` when it has none."""
    return make_article(
        uri=entry.url or unnamed,
        text=entry.text,
        title=entry.title,
        published=entry.published,
        updated=entry.updated,
        source=feed.title,
        url=entry.url,
        authors=entry.authors,
        paragraphs=entry.paragraphs,
    )


def has_document_type(data: bytes) -> bool:
    """Say whether an XML document has a DOCTYPE or ENTITY declaration, the way into every attack by entities."""
    prolog = _COMMENT.sub(b"", data.replace(b"\0", b""))  # without zero bytes UTF-16 reads as ASCII here
    root = _ROOT.search(prolog)
    return bool(_DECLARATION.search(prolog, 0, root.start() if root else len(prolog)))


def _entry(entry: Mapping[str, object]) -> FeedEntry:
    contents = [part for part in _list(entry.get("content")) if isinstance(part, Mapping)]
    content = max(contents, key=lambda part: len(str(part.get("value", ""))), default=None)
    is_full = content is not None and bool(str(content.get("value", "")).strip())
    markup = str((content or {}).get("value", "") if is_full else entry.get("summary", ""))
    text, paragraphs = _lay_out(markup)
    published = parse_date(entry.get("published")) or parse_date(entry.get("created"))
    updated = parse_date(entry.get("updated"))
    # Atom demands only <updated>: where nothing else is given, it is the day of publication.
    day, updated = (published, updated) if published else (updated, None)
    return FeedEntry(
        url=_web_address(entry.get("link")),
        id=one_line(entry.get("id")),
        title=_plain(str(entry.get("title", ""))),
        published=Published(day, "feed") if day else UNKNOWN_DATE,
        updated=updated if updated != day else None,
        authors=split_names([one_line(author) for author in _list(entry.get("authors")) or [entry.get("author")]]),
        text=text,
        paragraphs=paragraphs,
        is_full=is_full,
        is_cut_off=bool(_CUT_OFF.search(" ".join(unescape(_TAG.sub(" ", markup[-2000:])).split())[-200:])),
    )


def _lay_out(markup: str) -> tuple[str, tuple[Paragraph, ...]]:
    if "<" in markup:
        return lay_out_markup(markup)
    text = clean_text(unescape(markup)).strip()
    return text, find_paragraphs(text)


def _plain(markup: str) -> str:
    """Return a title, which may hold markup, as one line."""
    return " ".join(_lay_out(markup)[0].split())


def _web_address(value: object) -> str:
    address = one_line(value)
    return address if _WEB.fullmatch(address) else ""


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
