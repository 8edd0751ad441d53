"""Leads and headlines: the sentence of a report that says what the news is.

Reports put what happened first ("inverted pyramid"), so "What did the board decide last week?" is answered by the lead
of a report of last week, in whatever words. Magazines and tabloids set a scene first; what the news is then stands a
little later (the "nut graf") and is told from the rest by its likeness to the headline.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.nearness import Asked
from index.schema import Passage

from .evidence import Sentence, sentences_of
from .questions import Question
from .reading import Hit, hits_in
from .when import fits_of

if TYPE_CHECKING:
    from index import Index

# A lead speaks for itself when its article is of the time asked about, or nearly so. So many of them are looked at.
LEAST_FIT, LEADS = 0.5, 2
# Among so many first sentences the lead is looked for: another than the first has to be so like the headline (cosine),
# and so much more than the first. Read off 101 articles of several styles; below 0.4 the choice is mostly a wrong one.
HEAD, LEAST_LIKE, MORE_LIKE = 6, 0.4, 0.1
# A first sentence less like the headline sets a scene.
UNLIKE = 0.3
# What happened, what somebody decided: the first sentence of a report says it ("inverted pyramid").
_NEWS = re.compile(
    r"\bwhat\b(?!\s+(?:time|date|day|year|number|share))[^?]*\b(?:happen\w*|decide[ds]?|decision|announce\w*|learn\w*|"
    r"agree\w*|approve\w*|reveal\w*|discover\w*|f(?:i|ou)nd\s+out|propose\w*|rule[ds]?|claim\w*|result|outcome|score)\b"
    r"|\bwhat\s+(?:did|has|have|had|was|were|is|are)\b[^?]*\b(?:do|done)\b"
    r"|\bhow\s+did\b[^?]*\bend\b",
    re.IGNORECASE,
)


def asks_news(question: str) -> bool:
    """True for "What did the board decide?" and "What happened in Orlen?": what a report begins with."""
    return _NEWS.search(question) is not None


def leads_of(sentences: Sequence[Sentence], asked: Asked | None, index: Index) -> list[Sentence]:
    """The sentence that says what the news is of each of the best articles of the time asked about; [] when none is.

    ``sentences`` come in order of rank. Mostly it is the first of the article. After an opening that sets a scene ("The
    third crate would not empty.") it is a later one, which says what the headline does.
    """
    if asked is None or not asked.bounded:
        return []
    heads: dict[str, list[Sentence]] = {}
    titles: dict[str, Sentence] = {}
    for sentence in sentences:
        if sentence.paragraph.kind == "headline":
            titles.setdefault(sentence.passage.uri, sentence)
        elif sentence.passage.chunk.first_paragraph == 0 and sentence.paragraph.kind == "body":
            heads.setdefault(sentence.passage.uri, []).append(sentence)
    firsts = [head[0] for head in heads.values()]
    fitting = [first for first, fit in zip(firsts, fits_of(firsts, asked), strict=True) if fit >= LEAST_FIT]
    uris = [first.passage.uri for first in fitting[:LEADS]]
    return [_lead(heads[uri][:HEAD], titles.get(uri), index) for uri in uris]


def _lead(head: Sequence[Sentence], title: Sentence | None, index: Index) -> Sentence:
    """The lead among the first sentences of an article; its headline where none of them says what it does."""
    words = head[0].passage.article.title
    if not words:
        return head[0]
    vectors = index.encoder.encode([words, *(sentence.text for sentence in head)])
    likeness = (vectors[1:] @ vectors[0]).tolist()
    best = max(range(len(head)), key=likeness.__getitem__)
    if likeness[best] >= max(LEAST_LIKE, likeness[0] + MORE_LIKE):
        return head[best]
    return title if title is not None and likeness[0] < UNLIKE else head[0]


def with_leads(close: Sequence[Sentence], sentences: Sequence[Sentence], leads: Sequence[Sentence]) -> list[Sentence]:
    """``close`` and ``leads`` in the order of ``sentences``."""
    kept = {place(one) for one in (*close, *leads)}
    return [one for one in sentences if place(one) in kept]


def place(sentence: Sentence) -> tuple[str, int]:
    """What tells one sentence from all others."""
    return sentence.passage.uri, sentence.start


def with_text(
    sentence: Sentence, passages: Sequence[Passage], question: Question, hits: Sequence[Hit]
) -> list[Sentence]:
    """The sentence, and where it is a headline with an answer the first one of its article that says the same: mostly
    it says it more exactly."""
    answer = next(iter(hits_in(sentence, hits)), None) if sentence.paragraph.kind == "headline" else None
    if answer is None:
        return [sentence]
    words = answer.text.lower()
    own = [passage for passage in passages if passage.uri == sentence.passage.uri]
    body = [one for one in sentences_of(own, question) if one.paragraph.kind == "body"]
    return [sentence, *[one for one in body if words in one.text.lower()][:1]]
