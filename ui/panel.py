"""The side panel: from the id of a quote to its paragraph, for any answer of any age.

Ids come from the browser, so nothing about them is trusted: what does not parse, is not in the store (any more) or
points outside of its article gives a source that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from urllib.parse import urlsplit

from index import Index
from index.schema import Article, ArticleHead, Paragraph, ParagraphKind, Passage

from .render import name_of, parse_citation_id
from .wording import long_date, meanings, superseded, version_day

MAX_IDS = 50
# Text shown before and after a quote; real paragraphs are shorter, a file without line breaks is one of megabytes.
CONTEXT_CHARS = 2_000

KIND_NAMES: dict[ParagraphKind, str] = {
    "body": "",
    "headline": "headline",
    "caption": "photo caption",
    "credit": "credit",
    "byline": "byline",
    "correction": "correction",
}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A paragraph around a quote: ``before + quote + after`` is its text (long ends cut, shown by an ellipsis)."""

    kind: str
    before: str
    quote: str
    after: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another article: what to call it, and its address on the web or ""."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Source:
    """What the panel shows for one id; ``found`` is False when the quote is not in the store (any more).

    ``speaker`` and ``times`` are about the quote, ``copies`` carry the same story, ``later`` is a newer version of the
    article and ``superseded`` says so. ``changes`` are "updated" and "corrected" with their days, ``corrections`` the
    publisher's notices.
    """

    id: str
    found: bool
    title: str = ""
    source: str = ""
    date: str = ""
    iso_date: str = ""
    file: str = ""
    url: str = ""
    excerpts: tuple[Excerpt, ...] = ()
    speaker: str = ""
    times: tuple[str, ...] = ()
    copies: tuple[Other, ...] = ()
    superseded: str = ""
    later: Other | None = None
    changes: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()


def look_up(index: Index, ids: Sequence[str]) -> list[dict[str, object]]:
    """The sources of at most MAX_IDS ids, in their order, as JSON objects. Raises StoreError."""
    return [asdict(_source(index, text)) for text in ids[:MAX_IDS]]


def _source(index: Index, text: str) -> Source:
    parsed = parse_citation_id(text)
    passage = index.passage(parsed[0]) if parsed else None
    article = index.article(passage.uri) if passage else None
    if parsed is None or passage is None or article is None:
        return Source(text, found=False)
    _, start, end = parsed
    later = passage.superseded_by
    excerpts = tuple(_excerpt(p, start, end) for p in article.paragraphs if p.start < end and start < p.end)
    if end > len(article.text) or not excerpts:
        return Source(text, found=False)
    return Source(
        id=text,
        found=True,
        title=name_of(article),
        source=article.source,
        date=long_date(article.published.iso),
        iso_date=article.published.iso or "",
        file=_file_name(article),
        url=_web_address(article.url) or _web_address(article.uri),
        excerpts=excerpts,
        speaker=_speakers(passage, start, end),
        times=tuple(
            meanings(
                (time for time in passage.times if start <= time.start and time.end <= end),
                dated=article.published.date is not None,
            )
        ),
        copies=tuple(_other(copy) for copy in passage.copies),
        superseded=f"Superseded {superseded(version_day(later))}" if later else "",
        later=_other(later) if later else None,
        changes=_changes(article),
        corrections=_corrections(article, start, end),
    )


def _speakers(passage: Passage, start: int, end: int) -> str:
    """Who speaks between two offsets, each once, in their order."""
    inside = (speech.speaker for speech in passage.speech if speech.start < end and start < speech.end)
    return ", ".join(dict.fromkeys(" ".join(name.split()) for name in inside if name.strip()))


def _corrections(article: Article, start: int, end: int) -> tuple[str, ...]:
    """The publisher's notices, but for one that the quote itself is of."""
    notices = (p for p in article.paragraphs if p.kind == "correction")
    return tuple(" ".join(p.text.split()) for p in notices if p.end <= start or end <= p.start)


def _changes(article: ArticleHead) -> tuple[str, ...]:
    days = (("Updated", article.updated), ("Corrected", article.corrected))
    return tuple(f"{what} {long_date(day)}" for what, day in days if day)


def _other(article: ArticleHead) -> Other:
    parts = (name_of(article), " ".join(article.source.split()), long_date(article.published.iso))
    return Other(", ".join(filter(None, parts)), _web_address(article.url) or _web_address(article.uri))


def _excerpt(paragraph: Paragraph, start: int, end: int) -> Excerpt:
    first = max(start - paragraph.start, 0)
    last = min(end, paragraph.end) - paragraph.start
    before, after = paragraph.text[:first], paragraph.text[last:]
    if len(before) > CONTEXT_CHARS:
        before = "… " + before[-CONTEXT_CHARS:]
    if len(after) > CONTEXT_CHARS:
        after = after[:CONTEXT_CHARS] + " …"
    return Excerpt(KIND_NAMES[paragraph.kind], before, paragraph.text[first:last], after)


def _file_name(article: Article) -> str:
    """The name of the article's file (with the record's id, if it is one of many), unless the panel shows it anyway."""
    return PurePath(article.uri).name if article.title and not _web_address(article.uri) else ""


def _web_address(url: str) -> str:
    """``url`` when it is an absolute http(s) address, else "": nothing else may become a link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""
