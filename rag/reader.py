"""The reader for texts of your own: a span of each, and whether it answers the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import QueryError
from index.reranking import logistic

from .extractive import linear, load_text_weights
from .reading import span_features
from .spans import whole

if TYPE_CHECKING:
    from index.crossencoder import CrossEncoder, Reading


@dataclass(frozen=True, slots=True)
class ReaderSpan:
    """The best answer in one text: ``text`` stands at ``start`` to ``end`` (code points) of it.

    ``score`` is the logit of the span over that of no answer, comparable between texts of the same question;
    ``answerable`` (0..1) is the chance that the text answers the question at all. A text without words has the empty
    span at 0.
    """

    text: str
    start: int
    end: int
    score: float
    answerable: float

    def to_dict(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


class Reader:
    """Reads short answers out of texts, without an index and without a language model. Safe in many threads.

        Reader().read("Who met in Seoul?", ["The envoys Noh and Kim met in Seoul on Monday."])

    ``weights``: another file of weights than the one that comes with Nutgraf. Raises ModelError when it cannot be used.
    """

    def __init__(self, weights: str | Path | None = None) -> None:
        from index.crossencoder import CrossEncoder

        self._network: CrossEncoder = CrossEncoder(Path(weights) if weights else None)

    def read(self, question: str, texts: Sequence[str]) -> list[ReaderSpan]:
        """One span for each of ``texts``, in their order; long texts are read whole, in windows.

        Raises QueryError for an empty question, and TypeError for one text instead of several.
        """
        if not question.strip():
            raise QueryError("the question is empty; type a question")
        if isinstance(texts, str):
            raise TypeError("texts is one text; give a list of them")
        found = []
        for text, reading in zip(texts, self._network.read(question, texts, spans=1), strict=True):
            answerable = answerable_of(reading, load_text_weights())
            if not reading.spans:
                found.append(ReaderSpan("", 0, 0, reading.answerable, 0.0))
                continue
            start, end = whole(text, reading.spans[0].start, reading.spans[0].end)
            found.append(ReaderSpan(text[start:end], start, end, reading.spans[0].margin, answerable))
        return found


def text_features(reading: Reading) -> dict[str, float]:
    """What tells whether a text answers: that of its best span."""
    return span_features(reading.spans[0].margin if reading.spans else reading.answerable, reading)


def answerable_of(reading: Reading, weights: Mapping[str, float]) -> float:
    """The chance that a text answers, by the weights that ``python -m eval.bench.fit_answerable`` fits."""
    return logistic(linear(weights, text_features(reading)))
