"""What fetched bytes are: a page, a feed, a PDF ...; and the feeds that a page names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
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
_PROLOGUE = r"(?>\s+|<\?.*?\?>|<!--.*?-->)*+"
_FEED = re.compile(rf"{_PROLOGUE}<(?:\w+:)?(?:rss|feed|rdf)\b".encode(), re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(rf"{_PROLOGUE}<(?:!doctype\s+html|html|head|body)\b".encode(), re.IGNORECASE | re.DOTALL)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HEAD = 500_000  # bytes of a page among which its links to feeds are looked for
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_TAG = re.compile(r"<(link|base)\b([^<>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
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


def feeds_of_page(page: bytes, url: str) -> list[str]:
    """The feeds that a page names for itself (<link rel="alternate">), as absolute URLs; those of comments last."""
    base = url
    found: list[tuple[bool, str]] = []
    for tag, attributes in _tags(page[:_HEAD].decode(errors="replace")):
        href = attributes.get("href", "").strip()
        if tag == "base":
            base = _joined(url, href)
            continue
        is_alternate = "alternate" in attributes.get("rel", "").lower().split()
        if href and is_alternate and mime_type(attributes.get("type", "")) in _FEED_TYPES:
            found.append(("comment" in f"{href} {attributes.get('title', '')}".lower(), href))
    found.sort(key=lambda feed: feed[0])
    return list(dict.fromkeys(filter(None, (_joined(base, href) for _, href in found))))


def _tags(markup: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the <link> and <base> tags outside of comments, with their attributes; takes time linear in the length.

    Not by html.parser, whose time is quadratic in what hostile markup leaves open, and which fails on some of it.
    """
    before, *commented = markup.split("<!--")
    for part in (before, *(rest.partition("-->")[2] for rest in commented)):
        for tag, inside in _TAG.findall(part):
            found: dict[str, str] = {}
            for name, *values in _ATTRIBUTE.findall(inside):
                found.setdefault(name.lower(), unescape("".join(values)))
            yield tag.lower(), found


def _joined(base: str, href: str) -> str:
    """``href`` as an absolute URL; "" when it is none."""
    try:
        return urljoin(base, href)
    except ValueError:
        return ""


def mime_type(content_type: str) -> str:
    """The type in a Content-Type header, such as "text/html", or ""."""
    return content_type.partition(";")[0].strip().lower()


def charset_of(content_type: str) -> str:
    """The charset parameter of a Content-Type header, or ""."""
    found = _CHARSET.search(content_type)
    return found[1] if found else ""
