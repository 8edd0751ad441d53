"""Reads texts for a question: where an answer may stand, whether there is one, how relevant the text is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..inference import Numbers
from ..minilm import load_tokenizer, unchecked_arrays
from ..stopwords import STOP_WORDS
from .network import Logits, Network
from .pairs import (
    MAX_QUESTION_TOKENS,
    Pair,
    Tokens,
    char_span,
    join,
    pad,
    padded,
    room,
    tokenize_all,
    windows,
)
from .weights import read_reader, weights_path

MAX_ANSWER_TOKENS = 24
# Spans of a text that is skimmed: some of them may stand in a headline or a byline.
SKIM_SPANS = 6
# Tokens of a batch, padding included.
BATCH_TOKENS = 3000
_BLANK_LINE = re.compile(r"\n\s*\n")
# Logit of a text without tokens: as sure a no as the network ever gives.
NOTHING = -100.0


@dataclass(frozen=True, slots=True)
class Span:
    """Where an answer may stand: code points [start, end) of the text, at least one, no white space at either end.

    ``score`` is the start logit plus the end logit; ``null`` is the same of [CLS] (no answer) in the same window.
    """

    start: int
    end: int
    score: float
    null: float

    @property
    def margin(self) -> float:
        """How far the answer is above no answer."""
        return self.score - self.null


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network made of one text.

    ``spans``: best margin first, no two overlapping, () for a text without tokens. ``answerable`` and ``relevant`` are
    logits, each the highest over the windows.
    """

    spans: tuple[Span, ...]
    answerable: float
    relevant: float


@dataclass(frozen=True, slots=True)
class _Window:
    """Tokens ``begin`` to ``end`` of the text ``number``, beside the question."""

    number: int
    begin: int
    end: int
    pair: Pair


class CrossEncoder:
    """The reader. Safe in many threads.

    ``path``: weights other than the package's; ``length``: tokens of a row of input at most, by default what the
    weights say. Raises ModelError when the weights are missing, damaged or for another encoder.
    """

    def __init__(self, path: Path | None = None, *, length: int | None = None, _numbers: Numbers | None = None) -> None:
        published, checked = unchecked_arrays()
        values, metadata = read_reader(path or weights_path(), published)
        self.length = length or int(metadata["length"])
        if not 2 * MAX_QUESTION_TOKENS <= self.length <= len(published["positions.weight"]):
            raise ValueError(f"length is {self.length}, but has to be in 96..512")
        self._network = Network({**published, **values}, int(metadata["frozen"]), _numbers)
        self.description = self._network.description
        checked()

    def read(self, question: str, texts: Sequence[str], *, spans: int = 3) -> list[Reading]:
        """A reading of each of ``texts``, in their order, with at most ``spans`` spans of 24 tokens at most.

        A long text is read in windows. Of the question the first MAX_QUESTION_TOKENS tokens count.
        """
        return self._read(question, texts, spans, self.length, None)

    def skim(self, question: str, texts: Sequence[str], *, length: int | None = None) -> list[Reading]:
        """Like ``read``, but of each text only one window, which is what search ranks by.

        It is the window that shares most words with the question, the first of equal ones. ``length``: tokens of the
        window with the question, by default those of ``read``.
        """
        return self._read(question, texts, SKIM_SPANS, length or self.length, 1)

    def _read(self, question: str, texts: Sequence[str], spans: int, length: int, windows: int | None) -> list[Reading]:
        asked, *tokens = tokenize_all([question, *texts])
        size = room(asked, length)
        jobs = [job for number, text in enumerate(tokens) for job in _windows(asked, number, text, size, windows)]
        drafts = [_Draft(*one) for one in zip(texts, tokens, strict=True)]
        for batch in _batches(jobs):
            logits = self._network.infer(*pad([job.pair for job in batch]))
            for job, row in zip(batch, logits.rows(), strict=True):
                drafts[job.number].add(job, row)
        return [draft.reading(spans) for draft in drafts]


def _windows(question: Tokens, number: int, text: Tokens, size: int, most: int | None) -> Iterator[_Window]:
    if not text.ids:
        return
    found = windows(text, size)
    if most is not None and len(found) > most:
        content = _content(question)
        found = sorted(found, key=lambda window: -len(content & set(text.ids[slice(*window)])))[:most]
    for begin, end in found:
        yield _Window(number, begin, end, join(question, text, begin, end))


def _content(question: Tokens) -> set[int]:
    """The tokens that say what a question is about: no stop words, no punctuation."""
    words = {token: load_tokenizer().id_to_token(token) or "" for token in question.ids[:MAX_QUESTION_TOKENS]}
    return {token for token, word in words.items() if word not in STOP_WORDS and any(map(str.isalnum, word))}


def _batches(jobs: Sequence[_Window]) -> Iterator[list[_Window]]:
    """Windows of like length together, at most BATCH_TOKENS tokens with padding."""
    batch: list[_Window] = []
    for job in sorted(jobs, key=lambda job: len(job.pair.ids)):
        if batch and (len(batch) + 1) * padded(len(job.pair.ids)) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(job)
    if batch:
        yield batch


class _Draft:
    """The reading of one text while its windows come in, in any order.

    ``margins[t, n]`` is that of the span of the tokens t to t + n, the highest over the windows that hold it, -inf
    where none does; ``nulls[t, n]`` is the null score of that window.
    """

    def __init__(self, text: str, tokens: Tokens) -> None:
        self.text, self.tokens = text, tokens
        self.margins = np.full((len(tokens.ids), MAX_ANSWER_TOKENS), -np.inf, np.float32)
        self.nulls = np.zeros_like(self.margins)
        self.answerable = self.relevant = NOTHING
        self.across = _across_paragraphs(text, tokens)

    def add(self, job: _Window, logits: Logits) -> None:
        """Take in the row of logits of the window ``job``."""
        low, high = job.begin + job.pair.shift, job.end + job.pair.shift
        start, end = logits.start, logits.end
        null = start[0] + end[0]
        ends = np.pad(end[low:high], (0, MAX_ANSWER_TOKENS - 1), constant_values=-np.inf)
        margins = start[low:high, None] + sliding_window_view(ends, MAX_ANSWER_TOKENS) - null
        known = slice(job.begin, job.end)
        better = (margins > self.margins[known]) & ~self.across[known]
        self.margins[known][better] = margins[better]
        self.nulls[known][better] = null
        self.answerable = max(self.answerable, float(logits.answerable))
        self.relevant = max(self.relevant, float(logits.relevant))

    def reading(self, spans: int) -> Reading:
        """With the best ``spans`` spans. Uses up the margins."""
        return Reading(tuple(islice(self._spans(), spans)), self.answerable, self.relevant)

    def _spans(self) -> Iterator[Span]:
        """The spans by margin, each without a token of those before it."""
        while self.margins.size:
            first, extra = divmod(int(self.margins.argmax()), MAX_ANSWER_TOKENS)
            margin, null = float(self.margins[first, extra]), float(self.nulls[first, extra])
            if margin == -np.inf:
                return
            start, end = _stripped(self.text, *char_span(self.tokens, first, first + extra))
            self._forbid(first, first + extra)
            if start < end:
                yield Span(start, end, margin + null, null)

    def _forbid(self, first: int, last: int) -> None:
        """No span may hold one of the tokens ``first`` to ``last`` any more."""
        self.margins[first : last + 1] = -np.inf
        for before in range(max(0, first - MAX_ANSWER_TOKENS + 1), first):
            self.margins[before, first - before :] = -np.inf


def _across_paragraphs(text: str, tokens: Tokens) -> NDArray[np.bool_]:
    """Whether a blank line stands within the tokens t to t + n, which no answer has; (tokens, MAX_ANSWER_TOKENS)."""
    if not tokens.spans:
        return np.zeros((0, MAX_ANSWER_TOKENS), bool)
    breaks = [found.start() for found in _BLANK_LINE.finditer(text)]
    paragraph = np.searchsorted(breaks, [start for start, _ in tokens.spans])
    last = np.pad(paragraph, (0, MAX_ANSWER_TOKENS - 1), constant_values=len(breaks))
    across: NDArray[np.bool_] = sliding_window_view(last, MAX_ANSWER_TOKENS) != paragraph[:, None]
    return across


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) without the white space at its ends."""
    part = text[start:end]
    return end - len(part.lstrip()), start + len(part.rstrip())
