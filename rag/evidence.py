"""Sentences as evidence: which sentences were retrieved, and how well each one fits a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.lexical import content_words, idf
from index.schema import Paragraph, Passage
from index.sentences import split_sentences

from .expected import has_expected
from .places import places
from .questions import DAYS, MONTHS, Question

if TYPE_CHECKING:
    from index import Index
    from index.encoder import Vectors, WordVectors

_CREDIT_WORDS = re.compile(
    r"\b(?:photo\w*|picture\w*|image\w*|credit\w*|agenc\w+|source\w*|caption\w*|camera\w*|supplied|took|taken|shot|"
    r"snapped|inputs?|written|wrote|author|byline|contribut\w+|publish\w*|report\w*|wire\w*)\b",
    re.IGNORECASE,
)
_MAKER_WORDS = re.compile(
    r"\b(?:who(?:se|m)?|by|credit\w*|agenc\w+|source\w*|supplied|inputs?|author|byline|contribut\w+|wire\w*|service)\b",
    re.I,
)
_HEADLINE_WORDS = re.compile(r"\b(?:head(?:line|ing)|title|subhead\w*)", re.IGNORECASE)
_QUESTION_WORDS = re.compile(
    r"\bhow (?:long|many|much|old|far|often)\b|\b(?:who|whom|whose|when|where|why|how)\b", re.I
)
_WORD = re.compile(r"[\w’'-]+")

Named = list[tuple[int, int, str]]
"""Countries named in a text, as ``places`` gives them."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a retrieved passage; offsets count in the article's text."""

    passage: Passage
    paragraph: Paragraph
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Features:
    """How well a sentence fits a question, each about 0..1 (cosines may be slightly negative).

    ``cosine``: of question and sentence. ``passage``: of question and passage. ``coverage``: share of the question's
    content words in the sentence, by rarity among the candidates; ``context``: the same in the sentence, its neighbours
    in the passage and the title. ``meaning``, ``meaning_context``: like these two, but a word counts by its nearest
    token's cosine, so that "stay" finds "visit" (the recall of BERTScore, Zhang et al., ICLR 2020). ``weakest``: the
    least of these cosines over the content words, in context. ``asked``: the same for the question's own question words
    ("how long" finds "five-day"). ``expected``: 1 when the sentence holds the kind of thing that is asked for.
    ``names``: share of the question's names and numbers in the passage or title (1 when it has none). ``times``: share
    of its months, weekdays and years that the passage or the date of the article confirms (1 when it has none).
    ``picture``: 1 for a caption when the question is about a picture or an agency, and for a credit or byline when it
    asks who made or brought something.
    """

    cosine: float
    passage: float
    coverage: float
    context: float
    meaning: float
    meaning_context: float
    weakest: float
    asked: float
    expected: float
    names: float
    times: float
    picture: float


def sentences_of(passages: Sequence[Passage], question: Question, *, titles: bool = False) -> list[Sentence]:
    """The sentences of the passages in order of rank, each once.

    Credits and bylines are left out unless the question is about pictures, agencies or authors, headlines unless it is
    about them: they repeat the text in fewer words, and count as context anyway. ``titles``: with the headline that is
    the title of the article.
    """
    wanted = {"body", "caption"}
    if _HEADLINE_WORDS.search(question.text):
        wanted |= {"headline"}
    if _CREDIT_WORDS.search(question.text):
        wanted |= {"credit", "byline"}
    seen: set[tuple[str, int]] = set()
    found: list[Sentence] = []
    for passage in passages:
        for paragraph in passage.paragraphs:
            titled = titles and paragraph.kind == "headline" and paragraph.text == passage.article.title
            if paragraph.kind not in wanted and not titled:
                continue
            for begin, finish in split_sentences(paragraph.text):
                # A sentence longer than a passage is cut.
                start = max(paragraph.start + begin, passage.start)
                end = min(paragraph.start + finish, passage.end)
                if start < end and (passage.uri, start) not in seen:
                    seen.add((passage.uri, start))
                    text = paragraph.text[start - paragraph.start : end - paragraph.start]
                    found.append(Sentence(passage, paragraph, start, end, text))
    return found


def measure(question: Question, sentences: Sequence[Sentence], index: Index) -> list[Features]:
    """Features of every sentence for the question."""
    if not sentences:
        return []
    vectors, words = index.encoder.encode_words([question.text, *(sentence.text for sentence in sentences)])
    cosines = vectors[1:] @ vectors[0]
    stems = [_terms(sentence.text, index) for sentence in sentences]
    named = places(question.text)
    same = {stem: country for start, end, country in named for stem in index.stems(question.text[start:end])}
    weights = _weights(frozenset(index.stems(" ".join(content_words(question.text)))), stems, same)
    terms = _Terms.of(question, words[0], weights, named, index)
    passages = {sentence.passage.id: sentence.passage for sentence in sentences}
    titles = {key: _terms(passage.article.title, index) for key, passage in passages.items()}
    names = {key: names_found(question, passage) for key, passage in passages.items()}
    times = {key: times_found(question, passage) for key, passage in passages.items()}
    # shape (sentences, tokens of the question)
    nearest = np.stack([terms.nearest(*found) for found in zip(words[1:], stems, strict=True)])
    pictured = _CREDIT_WORDS.search(question.text) is not None
    telling = {"caption", "credit", "byline"} if _MAKER_WORDS.search(question.text) else {"caption"}
    features = []
    for number, sentence in enumerate(sentences):
        around = _around(number, sentences)
        context = titles[sentence.passage.id].union(*(stems[i] for i in around))
        wide = nearest[around].max(axis=0)
        features.append(
            Features(
                cosine=float(cosines[number]),
                passage=sentence.passage.scores.get("dense", 0.0),
                coverage=_share(weights, stems[number], same),
                context=_share(weights, context, same),
                meaning=terms.mean(nearest[number]),
                meaning_context=terms.mean(wide),
                weakest=terms.weakest(wide),
                asked=terms.asked(nearest[number]),
                expected=float(has_expected(question, sentence.text)),
                names=names[sentence.passage.id],
                times=times[sentence.passage.id],
                picture=float(pictured and sentence.paragraph.kind in telling),
            )
        )
    return features


@dataclass(frozen=True, slots=True)
class _Terms:
    """The tokens of a question, row by row: vector, weight (0 without content), the country that it names or ""."""

    vectors: Vectors
    weights: Vectors
    countries: list[str]
    question_words: list[int]

    @classmethod
    def of(
        cls, question: Question, words: WordVectors, weights: dict[str, float], named: Named, index: Index
    ) -> _Terms:
        found = np.zeros(len(words.spans), np.float32)
        for match in _WORD.finditer(question.text):
            parts = _inside(words.spans, match.span())
            weight = max((weights.get(stem, 0.0) for stem in index.stems(match.group())), default=0.0)
            found[parts] = weight / max(len(parts), 1)
        countries = [""] * len(words.spans)
        for start, end, country in named:
            for row in _inside(words.spans, (start, end)):
                countries[row] = country
        asking = [row for m in _QUESTION_WORDS.finditer(question.text) for row in _inside(words.spans, m.span())]
        return cls(words.vectors, found, countries, asking)

    def nearest(self, words: WordVectors, terms: frozenset[str]) -> Vectors:
        """For each token of the question the highest cosine to a token of ``words``; 1 for a country it names too."""
        if not len(words.spans):
            return np.zeros(len(self.weights), np.float32)
        best: Vectors = (self.vectors @ words.vectors.T).max(axis=1)
        best[[row for row, country in enumerate(self.countries) if country in terms]] = 1.0
        return best

    def mean(self, nearest: Vectors) -> float:
        total = float(self.weights.sum())
        return float(self.weights @ nearest) / total if total else 0.0

    def weakest(self, nearest: Vectors) -> float:
        content = self.weights > 0
        return float(nearest[content].min()) if content.any() else 0.0

    def asked(self, nearest: Vectors) -> float:
        return float(nearest[self.question_words].mean()) if self.question_words else 0.0


def _inside(spans: Sequence[tuple[int, int]], outer: tuple[int, int]) -> list[int]:
    """Numbers of the spans that lie within ``outer``."""
    return [row for row, (start, end) in enumerate(spans) if outer[0] <= start and end <= outer[1]]


def _around(number: int, sentences: Sequence[Sentence]) -> list[int]:
    """The sentence and its neighbours within the same passage."""
    passage = sentences[number].passage.id
    near = range(max(0, number - 1), min(len(sentences), number + 2))
    return [i for i in near if sentences[i].passage.id == passage]


def _terms(text: str, index: Index) -> frozenset[str]:
    """The stems of a text and the countries that it names."""
    return frozenset(index.stems(text)) | {country for _, _, country in places(text)}


def _present(term: str, terms: frozenset[str], same: dict[str, str]) -> bool:
    return term in terms or same.get(term) in terms


def _weights(terms: frozenset[str], found: Sequence[frozenset[str]], same: dict[str, str]) -> dict[str, float]:
    """Rarity of each term among the candidate sentences (the BM25 idf)."""
    counts = {term: sum(_present(term, group, same) for group in found) for term in terms}
    return {term: idf(len(found), n) for term, n in counts.items()}


def _share(weights: dict[str, float], present: frozenset[str], same: dict[str, str]) -> float:
    total = sum(weights.values())
    return sum(w for term, w in weights.items() if _present(term, present, same)) / total if total else 0.0


def names_found(question: Question, passage: Passage) -> float:
    """Share of the question's names and numbers that the passage, its title, source or date mention."""
    asked = question.names | question.numbers
    if not asked:
        return 1.0
    article = passage.article
    text = f"{passage.text} {article.title} {article.source} {article.published.iso or ''}"
    countries = {country for _, _, country in places(text)}
    for start, end, country in places(question.text):
        if country in countries:
            text += f" {question.text[start:end]}"
    lower = text.lower()
    words = {word.replace("’", "'").removesuffix("'s").strip("'-") for word in _WORD.findall(lower)}
    words |= {part for word in words for part in word.split("-")}
    found = [
        name in words or ("." in name and name in lower) or (name in question.acronyms and _spelled_out(name, lower))
        for name in asked
    ]
    return sum(found) / len(asked)


def times_found(question: Question, passage: Passage) -> float:
    """Share of the question's months, weekdays and years that the passage says or its article was published in."""
    if not question.times:
        return 1.0
    text = passage.text.lower()
    day = passage.article.published.date
    published = {MONTHS[day.month - 1], DAYS[day.weekday()], str(day.year)} if day else set()
    said = [time in published or re.search(rf"\b{time}\b", text) is not None for time in question.times]
    return sum(said) / len(said)


def _spelled_out(acronym: str, text: str) -> bool:
    """True when ``text`` says what the letters stand for: "icbm" in "intercontinental ballistic missile"."""
    return re.search(r"\b" + r"\w*?[\s-]?".join(map(re.escape, acronym)) + r"\w*", text) is not None
