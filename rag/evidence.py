"""Sentences as evidence: which sentences were retrieved, and how well each one fits a question."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.schema import Paragraph, Passage
from index.sentences import split_sentences

from .questions import Kind, Question

if TYPE_CHECKING:
    from index import Index

# Only so many sentences are embedded for a question: those of the best passages. A sentence takes about 2 ms.
MAX_SENTENCES = 64

NUMBER_WORDS = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions
    billion billions dozen dozens half twice once first second third fourth fifth sixth seventh eighth ninth tenth both
""".split()
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_UNITS = "second|minute|hour|day|week|month|year|decade|century|centurie"
_NUMERAL = rf"\d[\d,.]*|\b(?:{'|'.join(NUMBER_WORDS)})\b"
_EXPECTED: dict[Kind, re.Pattern[str]] = {
    "how_many": re.compile(_NUMERAL, re.IGNORECASE),
    "how_long": re.compile(
        rf"(?:{_NUMERAL}|\ba|\ban|\bseveral|\bfew)[\s-]+(?:{_UNITS})s?\b"
        rf"|\b(?:for|over|since|until)\b[^.]*\b(?:{_UNITS}|{_DAYS})s?\b",
        re.IGNORECASE,
    ),
    "when": re.compile(
        rf"\b(?:{_MONTHS}|{_DAYS}|today|yesterday|tomorrow|earlier|ago|later|recently|morning|evening|night|noon)\b"
        rf"|\b(?:1[5-9]|20)\d\d\b|\b(?:last|this|next|same|previous|following)\s+(?:{_UNITS})\b"
        rf"|\b(?:a|{_NUMERAL})\s+(?:{_UNITS})s?\s+(?:after|before|earlier|later|ago)\b|\bsince\b",
        re.IGNORECASE,
    ),
    "where": re.compile(
        r"\b(?:in|at|near|from|to|into|towards?|outside|across|on|over|off)\s+(?:the\s+)?[A-Z][\w’'-]+"
    ),
    "who": re.compile(r"\b[A-Z][\w’'-]+"),
    "why": re.compile(
        r"\b(?:because|due to|in order to|so that|so as to|aim\w*|motiv\w*|reason\w*|purpose|caus\w+|after|since|over|"
        r"following|owing to|thanks to|as a result|in response|account for|accus\w+|to [a-z]+)\b",
        re.IGNORECASE,
    ),
}
_CREDIT_WORDS = re.compile(
    r"\b(?:photo\w*|picture\w*|image\w*|credit\w*|agenc\w+|source\w*|caption\w*|camera\w*|supplied|took|taken|shot|"
    r"snapped|inputs?|written|wrote|author|byline|contribut\w+|publish\w*|report\w*|wire\w*)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w’'-]+")


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
    """How well a sentence fits a question, each 0..1 (cosines may be slightly negative).

    ``cosine``: of question and sentence. ``passage``: of question and passage, its best signal. ``coverage``: share of
    the question's content words (weighted by rarity among the candidates) in the sentence; ``context``: the same in the
    sentence, its neighbours in the passage and the title. ``expected``: 1 when the sentence holds the kind of thing
    that the question asks for, other than what the question itself says. ``names``: share of the question's names and
    numbers found in the passage or title (1 when it has none).
    """

    cosine: float
    passage: float
    coverage: float
    context: float
    expected: float
    names: float


def sentences_of(passages: Sequence[Passage], question: Question) -> list[Sentence]:
    """The sentences of the passages in order of rank, each once, at most MAX_SENTENCES.

    Credits and bylines are left out unless the question is about pictures, agencies or authors.
    """
    wanted = {"body", "caption", "headline"}
    if _CREDIT_WORDS.search(question.text):
        wanted |= {"credit", "byline"}
    seen: set[tuple[str, int]] = set()
    found: list[Sentence] = []
    for passage in passages:
        for paragraph in passage.paragraphs:
            if paragraph.kind not in wanted:
                continue
            for begin, finish in split_sentences(paragraph.text):
                start, end = paragraph.start + begin, paragraph.start + finish
                inside = passage.start <= start and end <= passage.end
                if inside and (passage.uri, start) not in seen:
                    seen.add((passage.uri, start))
                    found.append(Sentence(passage, paragraph, start, end, paragraph.text[begin:finish]))
    return found[:MAX_SENTENCES]


def measure(question: Question, sentences: Sequence[Sentence], index: Index) -> list[Features]:
    """Features of every sentence for the question."""
    if not sentences:
        return []
    query = index.encode_query(question.text)
    cosines = index.encoder.encode([sentence.text for sentence in sentences]) @ query
    stems = [frozenset(index.stems(sentence.text)) for sentence in sentences]
    weights = _weights(frozenset(index.term_weights(question.text)), stems)
    features = []
    for number, sentence in enumerate(sentences):
        around = _around(number, sentences)
        context = frozenset().union(*(stems[i] for i in around), index.stems(sentence.passage.article.title))
        features.append(
            Features(
                cosine=float(cosines[number]),
                passage=sentence.passage.scores.get("dense", 0.0),
                coverage=_share(weights, stems[number]),
                context=_share(weights, context),
                expected=float(has_expected(question, sentence.text)),
                names=_names_found(question, sentence),
            )
        )
    return features


def _around(number: int, sentences: Sequence[Sentence]) -> list[int]:
    """The sentence and its neighbours within the same passage."""
    passage = sentences[number].passage.id
    near = range(max(0, number - 1), min(len(sentences), number + 2))
    return [i for i in near if sentences[i].passage.id == passage]


def _weights(terms: frozenset[str], stems: Sequence[frozenset[str]]) -> dict[str, float]:
    """Rarity of each term among the candidate sentences (the BM25 idf)."""
    counts = Counter(term for group in stems for term in group & terms)
    return {term: math.log(1 + (len(stems) - counts[term] + 0.5) / (counts[term] + 0.5)) for term in terms}


def _share(weights: dict[str, float], present: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in present) / total if total else 0.0


def has_expected(question: Question, text: str) -> bool:
    """True when ``text`` holds a thing of the kind that is asked for and that the question does not already say."""
    pattern = _EXPECTED.get(question.kind)
    if pattern is None:
        return True
    said = question.text.lower()
    for match in pattern.finditer(text):
        word = match.group()
        if word.lower() in said:
            continue
        if question.kind == "who" and (match.start() == 0 or text[match.start() - 2 : match.start()] in {". ", "“"}):
            following = text[match.end() : match.end() + 2]
            if not (len(following) == 2 and following[1].isupper()):
                continue
        return True
    return False


def _names_found(question: Question, sentence: Sentence) -> float:
    """Share of the question's names and numbers that the passage, its title or its date mention."""
    asked = question.names | question.numbers
    if not asked:
        return 1.0
    article = sentence.passage.article
    text = f"{sentence.passage.text} {article.title} {article.source} {article.published.iso or ''}".lower()
    words = {word.replace("’", "'").removesuffix("'s").strip("'-") for word in _WORD.findall(text)}
    words |= {part for word in words for part in word.split("-")}
    compact = text.replace(".", "")
    return sum(name in words or name.replace(".", "") in compact.split() or name in text for name in asked) / len(asked)
