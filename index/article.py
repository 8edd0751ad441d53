"""Makes ``Article`` objects: clean text in, paragraphs and a content hash out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from .dates import dateline_date, url_date
from .language import language_of
from .notices import corrected_on, updated_on
from .paragraphs import find_paragraphs
from .schema import UNKNOWN_DATE, Article, Paragraph, Published

_HEADER = 6  # paragraphs at the top among which lines such as "Updated 30 September 2021" stand
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Control, zero-width, bidirectional and tag characters: they show nothing, and hide instructions or break matching.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def clean_text(text: str) -> str:
    r"""Return ``text`` with ``\n`` as its only line end and without characters that show nothing.

    A text that has none of them comes back unchanged, so offsets into it hold for the original too.
    """
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    return _SURROGATES.sub("\ufffd", text)  # half a pair, which cannot be stored as UTF-8


def make_article(  # noqa: PLR0913 - a parameter a field
    *,
    uri: str,
    text: str,
    title: str = "",
    published: Published = UNKNOWN_DATE,
    source: str = "",
    url: str = "",
    authors: Sequence[str] = (),
    updated: date | None = None,
    corrected: date | None = None,
    language: str = "",
    paragraphs: Sequence[Paragraph] | None = None,
    notes: Sequence[str] = (),
) -> Article:
    """Return an article of clean ``text``; its language is recognised, its paragraphs are found unless they are given.

    Days that are not given are those that the text tells: of publication in a dateline, else in the address, of an
    update in a line for it at the top or the end, of a correction in its notice.
    """
    paragraphs = tuple(find_paragraphs(text) if paragraphs is None else paragraphs)
    updated = updated or updated_on(p.text for p in (*paragraphs[:_HEADER], *paragraphs[_HEADER:][-1:]))
    if not published.date:
        published = _dateline(paragraphs, url, updated)
    notices = [p.text for p in paragraphs if p.kind == "correction"]
    article = Article(
        uri=uri,
        title=title,
        published=published,
        source=source,
        url=url,
        authors=tuple(authors),
        updated=updated if updated != published.date else None,
        corrected=corrected or corrected_on(notices, published.date),
        language=language or language_of(text),
        text=text,
        paragraphs=paragraphs,
        notes=tuple(notes),
    )
    return replace(article, content_sha=content_sha(article))


def _dateline(paragraphs: Sequence[Paragraph], url: str, updated: date | None) -> Published:
    in_url = url_date(url)
    hints = [day for day in (in_url, updated) if day]
    first = next((p.text for p in paragraphs if p.kind == "body"), "")
    if day := dateline_date(first, hints):
        return Published(day, "dateline")
    return Published(in_url, "url") if in_url else UNKNOWN_DATE


def content_sha(article: Article) -> str:
    """Return the SHA-256 (hex) of what ``article`` says, its head and its paragraphs.

    A day that is not known adds nothing, so that an article without such days keeps the checksum that it had before
    they were read, and neither does metadata that is not there. The language follows from the text.
    """
    days = {"updated": article.updated, "corrected": article.corrected}
    known: dict[str, object] = {name: day.isoformat() for name, day in days.items() if day}
    if article.metadata is not None:
        known["metadata"] = dict(article.metadata)
    content = {
        "uri": article.uri,
        "title": article.title,
        "published": [article.published.iso, article.published.provenance],
        "source": article.source,
        "url": article.url,
        "authors": article.authors,
        "text": article.text,
        "paragraphs": [[paragraph.kind, paragraph.start, paragraph.end] for paragraph in article.paragraphs],
        **known,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
