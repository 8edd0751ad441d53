"""Makes ``Article`` objects: clean text in, paragraphs and a content hash out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from .language import language_of
from .paragraphs import find_paragraphs
from .schema import UNKNOWN_DATE, Article, Paragraph, Published

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


def make_article(
    *,
    uri: str,
    text: str,
    title: str = "",
    published: Published = UNKNOWN_DATE,
    source: str = "",
    url: str = "",
    authors: Sequence[str] = (),
    language: str = "",
    paragraphs: Sequence[Paragraph] | None = None,
) -> Article:
    """Return an article of clean ``text``; its language is recognised, its paragraphs are found unless given."""
    article = Article(
        uri=uri,
        title=title,
        published=published,
        source=source,
        url=url,
        authors=tuple(authors),
        language=language or language_of(text),
        text=text,
        paragraphs=tuple(find_paragraphs(text) if paragraphs is None else paragraphs),
    )
    return replace(article, content_sha=content_sha(article))


def content_sha(article: Article) -> str:
    """Return the SHA-256 (hex) of everything in ``article`` that a reader of the index could see."""
    content = {
        "uri": article.uri,
        "title": article.title,
        "published": [article.published.iso, article.published.provenance],
        "source": article.source,
        "url": article.url,
        "authors": article.authors,
        "text": article.text,
        "paragraphs": [[paragraph.kind, paragraph.start, paragraph.end] for paragraph in article.paragraphs],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
