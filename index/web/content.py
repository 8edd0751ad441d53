"""What fetched bytes are: a page, a feed, a PDF ...; and the feeds that a page names."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from ..errors import SourceError

FEED = ".xml"

_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/json": ".json",
    "application/ld+json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/rss+xml": FEED,
    "application/atom+xml": FEED,
    "application/rdf+xml": FEED,
    "application/xml": FEED,
    "text/xml": FEED,
    "text/plain": ".txt",
    "text/markdown": ".md",
}
_UNTOLD = {"", "application/octet-stream", "binary/octet-stream"}  # the server does not know either

# Servers often call feeds text/html or text/plain, and PDFs octet-stream.
_PROLOGUE = r"(?:\s|<\?.{0,500}?\?>|<!--.{0,4000}?-->)*"
_FEED = re.compile(rf"{_PROLOGUE}<(?:\w+:)?(?:rss|feed|rdf)\b".encode(), re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(rf"{_PROLOGUE}<(?:!doctype\s+html|html|head|body)\b".encode(), re.IGNORECASE | re.DOTALL)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HEAD = 500_000  # characters of a page among which its links to feeds are looked for
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_FEED_TYPES = {"application/rss+xml", "application/atom+xml"}


def check_type(content_type: str, where: str) -> None:
    """Raise SourceError when a MIME type is one that no reader takes, such as that of a film."""
    if content_type not in _SUFFIXES and content_type not in _UNTOLD:
        raise SourceError(
            where, f"is of a kind that is not read ({content_type})", "give the address of an article or a feed"
        )


def suffix_of(data: bytes, content_type: str, where: str) -> str:
    """The suffix that a file of ``data`` would have; FEED for RSS and Atom.

    What the bytes show goes before what the server calls them. Raises SourceError when neither tells.
    """
    start = _without_mark(data)
    if _FEED.match(start):
        return FEED
    if data.startswith(b"%PDF-"):
        return ".pdf"
    told = _SUFFIXES.get(content_type, "")
    if told and told != FEED:
        return told
    if _PAGE.match(start):
        return ".html"
    if told:
        raise SourceError(where, "is XML, but no feed", "give the address of an article, or of an RSS or Atom feed")
    by_name = "." + urlsplit(where).path.rpartition(".")[2].lower()
    if by_name in _SUFFIXES.values():
        return by_name
    raise SourceError(where, "does not tell what kind it is", "save it under a name such as .html and index the file")


def _without_mark(data: bytes) -> bytes:
    """The start of ``data`` without byte order mark and the zero bytes of UTF-16."""
    start = data[:10_000]
    for mark in _MARKS:
        start = start.removeprefix(mark)
    return start.replace(b"\0", b"")


def feeds_of_page(markup: str, url: str) -> list[str]:
    """The feeds that a page names for itself (<link rel="alternate">), as absolute URLs; those of comments last."""
    finder = _FeedLinks()
    finder.feed(markup[:_HEAD])
    base = urljoin(url, finder.base)
    found = sorted(finder.found, key=lambda link: "comment" in f"{link[0]} {link[1]}".lower())
    return list(dict.fromkeys(urljoin(base, href) for href, _ in found))


class _FeedLinks(HTMLParser):
    """Collects (href, title) of the links to feeds."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}  # of two, the first counts
        if tag == "base":
            self.base = self.base or given.get("href", "")
        elif tag == "link" and mime_type(given.get("type", "")) in _FEED_TYPES:
            href = given.get("href", "").strip()
            if href and "alternate" in given.get("rel", "").lower().split():
                self.found.append((href, given.get("title", "")))


def mime_type(content_type: str) -> str:
    """The type in a Content-Type header, such as "text/html", or ""."""
    return content_type.partition(";")[0].strip().lower()


def charset_of(content_type: str) -> str:
    """The charset parameter of a Content-Type header, or ""."""
    found = _CHARSET.search(content_type)
    return found[1] if found else ""
