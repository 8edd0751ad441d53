"""Where the reader finds answers in the retrieved passages, as places in the articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.searcher import Skim

from .evidence import Sentence
from .expected import is_expected
from .questions import Question
from .spans import answer_key, same_answer, whole

if TYPE_CHECKING:
    from index.crossencoder import CrossEncoder, Reading
    from index.schema import Passage

# An answer waits for what is read: about a sixth of what search reads keeps it at about a quarter of a second. Shorter
# rows rank a little worse (hit@1 0.83 against 0.85 on 300 questions) and take two thirds of the time.
SKIM = Skim(passages=8, row_tokens=144)
# So many of the best passages are read whole, of the others the window that fits the question best.
READ_WHOLE = 2
SPANS = 6
# Sentences that are looked at closely: those of the best spans, and the neighbours of each.
CLOSE_SENTENCES = 4
# Logits are divided by this and cut to -1..1, so that the features are of one size.
LOGIT_SCALE = 10.0
FEATURES = ("margin", "answerable", "relevant")


@dataclass(frozen=True, slots=True)
class Hit:
    """A span that may be the answer: ``start`` and ``end`` count in the article's text.

    ``margin`` is the logit of the span over that of no answer in the same stretch of text, the one scale on which the
    spans of all passages compete.
    """

    passage: Passage
    start: int
    end: int
    text: str
    margin: float

    @property
    def key(self) -> str:
        return answer_key(self.text)

    @property
    def before(self) -> str:
        """What stands before it in the passage."""
        return self.passage.text[: self.start - self.passage.start]

    @property
    def after(self) -> str:
        """What stands after it in the passage."""
        return self.passage.text[self.end - self.passage.start :]


@dataclass(frozen=True, slots=True)
class ReaderFeatures:
    """What the reader says of a sentence, each within -1..1 unless told.

    ``margin``: of the best span in it, -1 without one. ``behind``: how far that is from the best margin of all, at most
    0. ``relevant``, ``answerable``: of its passage; ``ranked``: the passage's score, 0..1. ``typed``: 1 when
    the best span is the kind of thing that is asked for. ``agreement``: how many other stories give the same answer,
    0, 1/2, 2/3, 3/4 ...
    """

    margin: float
    behind: float
    relevant: float
    answerable: float
    ranked: float
    typed: float
    agreement: float


def read_passages(
    question: str, passages: Sequence[Passage], readings: Sequence[Reading | None], network: CrossEncoder
) -> list[Reading]:
    """A reading of each passage: the best ones whole, the others as search left them (or their best window)."""
    whole_texts = [passage.text for passage in passages[:READ_WHOLE]]
    found = network.read(question, whole_texts, spans=SPANS)
    rest = list(readings[READ_WHOLE:])
    unread = [number for number, reading in enumerate(rest) if reading is None]
    texts = [passages[READ_WHOLE + number].text for number in unread]
    for number, reading in zip(unread, network.skim(question, texts, length=SKIM.row_tokens), strict=True):
        rest[number] = reading
    return [*found, *(reading for reading in rest if reading is not None)]


def hits_of(passages: Sequence[Passage], readings: Sequence[Reading], sentences: Sequence[Sentence]) -> list[Hit]:
    """All spans within one of the sentences, made whole, each place once, best margin first.

    What stands in a headline or a byline cannot be quoted; it must not hide what the text says.
    """
    inside: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        inside.setdefault(sentence.passage.uri, []).append(sentence)
    found: dict[tuple[str, int, int], Hit] = {}
    for passage, reading in zip(passages, readings, strict=True):
        for span in reading.spans:
            start, end = whole(passage.text, span.start, span.end)
            hit = Hit(passage, passage.start + start, passage.start + end, passage.text[start:end], span.margin)
            key = (passage.uri, hit.start, hit.end)
            quotable = any(_holds(sentence, hit) for sentence in inside.get(passage.uri, ()))
            if quotable and (key not in found or found[key].margin < hit.margin):
                found[key] = hit
    return sorted(found.values(), key=lambda hit: -hit.margin)


def hits_in(sentence: Sentence, hits: Sequence[Hit]) -> list[Hit]:
    """The hits within a sentence, in their order, whichever passage of the article they were read in."""
    return [hit for hit in hits if hit.passage.uri == sentence.passage.uri and _holds(sentence, hit)]


def _holds(sentence: Sentence, hit: Hit) -> bool:
    """Whether a hit in the same article stands within a sentence."""
    return sentence.start <= hit.start and hit.end <= sentence.end


def close_sentences(sentences: Sequence[Sentence], hits: Sequence[Hit]) -> list[Sentence]:
    """The sentences of the best hits and their neighbours in the passage, in the order given."""
    held: dict[int, float] = {}
    for number, sentence in enumerate(sentences):
        if inside := hits_in(sentence, hits):
            held[number] = inside[0].margin
    best = sorted(held, key=lambda number: -held[number])[:CLOSE_SENTENCES]
    kept = {near for number in best for near in (number - 1, number, number + 1) if 0 <= near < len(sentences)}
    return [sentences[number] for number in sorted(kept)]


def reader_features(
    question: Question,
    sentences: Sequence[Sentence],
    passages: Sequence[Passage],
    readings: Sequence[Reading],
    hits: Sequence[Hit],
) -> list[ReaderFeatures]:
    """One for each sentence."""
    read = {passage.id: reading for passage, reading in zip(passages, readings, strict=True)}
    best: dict[str, str] = {}  # of each story, because copies of one agree without knowing more
    for hit in hits:
        best.setdefault(_story(hit.passage), hit.key)
    found = []
    for sentence in sentences:
        reading = read[sentence.passage.id]
        inside = hits_in(sentence, hits)
        own = _story(sentence.passage)
        agreeing = 0
        if inside:
            agreeing = sum(same_answer(inside[0].key, key) for story, key in best.items() if story != own)
        found.append(
            ReaderFeatures(
                margin=scaled(inside[0].margin) if inside else -1.0,
                behind=scaled(inside[0].margin - hits[0].margin) if inside else -1.0,
                relevant=scaled(reading.relevant),
                answerable=scaled(reading.answerable),
                ranked=sentence.passage.score,
                typed=float(bool(inside) and is_expected(question, inside[0].text, inside[0].after)),
                agreement=agreeing / (agreeing + 1),
            )
        )
    return found


def _story(passage: Passage) -> str:
    """What a passage is not independent of: its story, or its article where nobody looked for copies."""
    return passage.story or passage.uri


def scaled(logit: float) -> float:
    return max(-1.0, min(1.0, logit / LOGIT_SCALE))


def span_features(margin: float, reading: Reading) -> dict[str, float]:
    """What tells whether a span with this margin answers: three logits, each cut and scaled to -1..1."""
    return dict(zip(FEATURES, map(scaled, (margin, reading.answerable, reading.relevant)), strict=True))
