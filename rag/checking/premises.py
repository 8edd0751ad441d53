"""A shown paragraph as what a sentence is checked against."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from index.schema import Article, TimeExpression
from index.speech.people import NAME

from .schema import Source
from .text import Text

if TYPE_CHECKING:
    from index.crossencoder import CrossEncoder


class Library(Protocol):
    """What the checker needs of an ``Index``."""

    @property
    def crossencoder(self) -> CrossEncoder | None: ...

    def stems(self, text: str) -> list[str]: ...

    def article(self, uri: str) -> Article | None: ...


def premise_of(source: Source, library: Library) -> Text:
    """The paragraph with what its article tells of it: title and source, its times and who speaks in it, and the full
    names of those whom it names in part."""
    head, paragraph, passage = source.passage.article, source.paragraph, source.passage
    whole = passage.start <= paragraph.start and paragraph.end <= passage.end
    times = tuple(_moved(one, paragraph.start) for one in passage.times if _inside(one, paragraph.start, paragraph.end))
    speech = tuple(
        replace(one, start=one.start - paragraph.start, end=one.end - paragraph.start)
        for one in passage.speech
        if one.start < paragraph.end and paragraph.start < one.end
    )
    article = library.article(head.uri)
    full = _full_names(article.text, paragraph.text) if article else ()
    return Text(
        paragraph.text,
        library.stems,
        context=" ".join((head.title, ".", head.source)),
        published=head.published.date,
        stored_times=times if whole and times else None,
        speech=speech,
        names=(*dict.fromkeys(one.speaker for one in speech if one.speaker), *full),
    )


def _inside(one: TimeExpression, start: int, end: int) -> bool:
    return start <= one.start and one.end <= end


def _moved(one: TimeExpression, start: int) -> TimeExpression:
    return replace(one, start=one.start - start, end=one.end - start)


def _full_names(article: str, paragraph: str) -> tuple[str, ...]:
    """The names in an article that end like one in the paragraph: "Ana Lindqvist" where that has "Lindqvist"."""
    ends = {match.group().split()[-1] for match in NAME.finditer(paragraph)}
    runs = dict.fromkeys(match.group() for match in NAME.finditer(article))
    return tuple(run for run in runs if " " in run and run.split()[-1] in ends and run not in paragraph)
