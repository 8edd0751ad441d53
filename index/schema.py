"""The types that every layer shares: articles, paragraphs, chunks, passages.

Plain frozen dataclasses: no numpy, FAISS, LangChain or Gradio object crosses a package boundary.

Offsets are counted in Unicode code points (Python string indices), half open, into ``Article.text``:
``article.text[x.start:x.end] == x.text`` holds for every ``Paragraph`` and ``Chunk``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

ParagraphKind = Literal["body", "headline", "caption", "credit", "byline", "correction"]
"""What a paragraph is. ``credit`` covers picture and agency credits; ``headline`` also covers subheadings;
``correction`` is a publisher's notice that the article was wrong ("An earlier version said ...")."""

Provenance = Literal["json-ld", "meta", "feed", "dateline", "header", "file-given", "url", "unknown"]
"""Where a publication date was found. ``url``: in the address alone, the weakest evidence."""


@dataclass(frozen=True, slots=True)
class Published:
    """A publication date and where it was found. Never the time of reading the file.

    ``date`` is None exactly when ``provenance`` is "unknown".
    """

    date: date | None = None
    provenance: Provenance = "unknown"

    def __post_init__(self) -> None:
        if (self.date is None) != (self.provenance == "unknown"):
            raise ValueError(f"a date needs a provenance and the other way round: {self.date}, {self.provenance}")

    @property
    def iso(self) -> str | None:
        """The date as YYYY-MM-DD, or None when it is unknown."""
        return _iso(self.date)


UNKNOWN_DATE = Published()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of an article; ``number`` counts from 0 within the article."""

    number: int
    text: str
    kind: ParagraphKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ArticleHead:
    """What is known about an article without its text.

    ``uri`` identifies it in a store: the absolute path of its file, its URL, or ``path#id`` for a record of a file.
    ``updated`` and ``corrected`` are the days on which the publisher says that it was changed or corrected; both may be
    unknown. ``language`` is its ISO 639-1 code ("en"), "" when it could not be told.
    """

    uri: str
    title: str = ""
    published: Published = UNKNOWN_DATE
    source: str = ""
    url: str = ""
    authors: tuple[str, ...] = ()
    updated: date | None = None
    corrected: date | None = None
    language: str = ""

    def to_dict(self) -> dict[str, object]:
        """The JSON form of an article of ``nutgraf list --json``; days are YYYY-MM-DD or null."""
        return {
            "uri": self.uri,
            "title": self.title,
            "published": self.published.iso,
            "provenance": self.published.provenance,
            "updated": _iso(self.updated),
            "corrected": _iso(self.corrected),
            "source": self.source,
            "url": self.url,
            "authors": list(self.authors),
            "language": self.language,
        }


@dataclass(frozen=True, slots=True)
class Article(ArticleHead):
    """An article as read: its head, its text and the paragraphs found in the text.

    ``content_sha`` is the SHA-256 (hex) of everything that a reader of the index could see: head, text, paragraphs.
    ``metadata`` is what a program attached to an article that it gave, JSON values by name; it is stored and handed
    back as it was, None when there is none.
    ``notes`` are words for the person who indexes, such as that a date was refused; they are not stored.
    """

    text: str = ""
    paragraphs: tuple[Paragraph, ...] = ()
    content_sha: str = ""
    metadata: Mapping[str, object] | None = field(default=None, hash=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    def to_dict(self) -> dict[str, object]:
        """The JSON form of ``nutgraf show --json``: the head, the text and its paragraphs."""
        paragraphs = [
            {"number": p.number, "kind": p.kind, "start": p.start, "end": p.end, "text": p.text}
            for p in self.paragraphs
        ]
        found = {**ArticleHead.to_dict(self), "text": self.text, "paragraphs": paragraphs}
        return found if self.metadata is None else {**found, "metadata": dict(self.metadata)}


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of one article, at most as long as the encoder can take.

    ``id`` is given by the store and never used again after a delete. ``first_paragraph`` and ``last_paragraph`` are
    the numbers of the paragraphs that it touches (inclusive).
    """

    id: int
    text: str
    start: int
    end: int
    first_paragraph: int
    last_paragraph: int


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """Words of an article that say when ("last month"), and the days that they mean, ``first`` to ``last`` inclusive.

    One end alone is open ("since March" has no last day). Both None: it could not be resolved, mostly because the
    article has no date. ``start`` and ``end`` count in the article's text.
    """

    start: int
    end: int
    text: str
    first: date | None = None
    last: date | None = None

    def to_dict(self) -> dict[str, object]:
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "first": _iso(self.first),
            "last": _iso(self.last),
        }


@dataclass(frozen=True, slots=True)
class Speech:
    """Words that an article gives as said by somebody; ``text`` stands at ``start`` to ``end`` of the article's text.

    ``speaker`` is the fullest name that the article gives ("Kim Yo-jong" for a later "Kim said"), or the description
    of one who is not named ("a spokesman for the ministry"); "" when unknown. ``direct``: it is a quotation.
    """

    start: int
    end: int
    text: str
    speaker: str
    direct: bool

    def to_dict(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that a search returned. ``rank`` counts from 1; ``score`` orders the list (higher is better).

    ``scores`` holds the signals behind it, those that exist: ``dense`` (cosine, -1..1), ``bm25`` (>= 0), and
    ``relevance`` (0..1, only of a passage that was read for reranking). ``times`` and ``speech`` are those of its
    article that touch it. ``copies`` are the other articles of the store that carry the same story, such as other
    outlets' prints of one agency report: they are no sources of their own. ``superseded_by`` is a later version of
    the same article. ``story`` is the same for all passages of articles that copy one another or are versions of one:
    so many stories, so many independent sources. It is the uri of one of these articles, "" when it was not looked up.
    """

    chunk: Chunk
    article: ArticleHead
    paragraphs: tuple[Paragraph, ...]
    score: float
    rank: int
    scores: Mapping[str, float] = field(default_factory=dict)
    times: tuple[TimeExpression, ...] = ()
    speech: tuple[Speech, ...] = ()
    copies: tuple[ArticleHead, ...] = ()
    superseded_by: ArticleHead | None = None
    story: str = ""

    @property
    def id(self) -> str:
        """Opaque id of the passage, stable as long as its article is unchanged."""
        return f"p{self.chunk.id}"

    @property
    def uri(self) -> str:
        return self.article.uri

    @property
    def text(self) -> str:
        return self.chunk.text

    @property
    def start(self) -> int:
        return self.chunk.start

    @property
    def end(self) -> int:
        return self.chunk.end

    def to_dict(self) -> dict[str, object]:
        """The JSON form of ``nutgraf search --json``."""
        return {
            "id": self.id,
            "uri": self.uri,
            "title": self.article.title,
            "source": self.article.source,
            "url": self.article.url,
            "published": self.article.published.iso,
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "paragraphs": [self.chunk.first_paragraph, self.chunk.last_paragraph],
            "score": round(self.score, 6),
            "scores": {name: round(value, 6) for name, value in self.scores.items()},
            "rank": self.rank,
            "story": self.story,
            "times": [time.to_dict() for time in self.times],
            "copies": [copy.to_dict() for copy in self.copies],
            "superseded_by": self.superseded_by.to_dict() if self.superseded_by else None,
        }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
