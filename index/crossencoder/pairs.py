"""(question, text) to what the reader's network sees: token ids, token kinds, windows.

The network reads ``[CLS] question [SEP] window of the text [SEP]``. The tokenizer is uncased, so each token carries a
kind (0 to 7) beside its id, a sum of three bits that the network looks up in a small table:

- TEXT: it stands in the text (not in the question, no special token)
- SHARED: the other side has the same token (the "exact match" feature of DrQA, Chen et al. 2017)
- CAPITAL: its word begins with an upper-case letter or a digit
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..minilm import load_tokenizer

if TYPE_CHECKING:
    from tokenizers import Encoding

CLS, SEP, PAD = 101, 102, 0
TEXT, SHARED, CAPITAL = 1, 2, 4
KINDS = 8
MAX_QUESTION_TOKENS = 48
SPECIAL_TOKENS = 3
_STOPS = frozenset({".", "!", "?"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """A tokenized text. ``spans`` are code-point offsets in it; ``starts`` are the tokens that begin a sentence."""

    ids: list[int]
    spans: list[tuple[int, int]]
    capitals: list[bool]
    starts: list[int]


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of input. The text's token ``t`` stands at position ``t + shift``; position 0 is [CLS]."""

    ids: tuple[int, ...]
    kinds: tuple[int, ...]
    shift: int


def tokenize(text: str) -> Tokens:
    """Tokens of ``text`` without special tokens."""
    return tokenize_all([text])[0]


def tokenize_all(texts: Sequence[str]) -> list[Tokens]:
    """Tokens of each text, on all cores."""
    encodings = load_tokenizer().encode_batch(list(texts), add_special_tokens=False)
    return [_tokens(text, encoding) for text, encoding in zip(texts, encodings, strict=True)]


def _tokens(text: str, encoding: Encoding) -> Tokens:
    spans: list[tuple[int, int]] = encoding.offsets
    capitals: list[bool] = []
    starts = [0]
    for number, (begin, end) in enumerate(spans):
        inside_word = number > 0 and spans[number - 1][1] == begin and text[begin].isalnum() and capitals
        first = text[begin]
        capitals.append(capitals[-1] if inside_word else first.isupper() or first.isdigit())
        opens = number > 0 and spans[number - 1][1] < begin and not first.islower()
        if opens and text[spans[number - 1][0] : spans[number - 1][1]] in _STOPS and end > begin:
            starts.append(number)
    return Tokens(encoding.ids, spans, capitals, starts)


def join(question: Tokens, text: Tokens, begin: int, end: int) -> Pair:
    """The question with the tokens ``begin`` to ``end`` of the text."""
    asked = question.ids[:MAX_QUESTION_TOKENS]
    window = text.ids[begin:end]
    in_question, in_window = set(asked), set(window)
    first = [
        SHARED * (token in in_window) + CAPITAL * capital
        for token, capital in zip(asked, question.capitals[: len(asked)], strict=True)
    ]
    second = [
        TEXT + SHARED * (token in in_question) + CAPITAL * capital
        for token, capital in zip(window, text.capitals[begin:end], strict=True)
    ]
    ids = (CLS, *asked, SEP, *window, SEP)
    return Pair(ids, (0, *first, 0, *second, 0), len(asked) + 2 - begin)


def room(question: Tokens, length: int) -> int:
    """How many tokens of text fit beside the question in ``length`` tokens."""
    return length - SPECIAL_TOKENS - min(len(question.ids), MAX_QUESTION_TOKENS)


def window_end(text: Tokens, begin: int, size: int) -> int:
    """End of the window of at most ``size`` tokens that begins at ``begin``: the last sentence end that fits."""
    limit = begin + size
    if limit >= len(text.ids):
        return len(text.ids)
    last = text.starts[bisect_right(text.starts, limit) - 1]
    return last if last > begin else limit


def windows(text: Tokens, size: int) -> list[tuple[int, int]]:
    """Windows of at most ``size`` tokens over the whole text, each of which goes further than the one before.

    A window repeats the last sentence of the one before, or a quarter of a window where that is too long to repeat.
    """
    found: list[tuple[int, int]] = []
    begin = 0
    while True:
        end = window_end(text, begin, size)
        found.append((begin, end))
        if end >= len(text.ids):
            return found
        last = text.starts[bisect_left(text.starts, end) - 1]
        begin = next(
            follower
            for follower in (last, end - size // 4, end)
            if follower > begin and window_end(text, follower, size) > end
        )


def char_span(text: Tokens, first: int, last: int) -> tuple[int, int]:
    """Code points [start, end) that the tokens ``first`` to ``last`` (inclusive) cover."""
    return text.spans[first][0], text.spans[last][1]


def token_span(text: Tokens, start: int, end: int) -> tuple[int, int] | None:
    """First and last token of the code points [start, end), or None when they cover no token."""
    inside = [number for number, (begin, stop) in enumerate(text.spans) if begin < end and stop > start]
    return (inside[0], inside[-1]) if inside else None


def padded(length: int, step: int = 16) -> int:
    """``length`` rounded up to a multiple of ``step``: few shapes, so the allocator reuses its blocks."""
    return -(-length // step) * step


def pad(pairs: Sequence[Pair]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """(ids, kinds, mask) of shape (rows, length), zero-padded to a multiple of 16 tokens."""
    length = padded(max(len(pair.ids) for pair in pairs))
    ids, kinds = np.zeros((2, len(pairs), length), np.int64)
    mask = np.zeros(ids.shape, np.bool_)
    for number, pair in enumerate(pairs):
        ids[number, : len(pair.ids)] = pair.ids
        kinds[number, : len(pair.ids)] = pair.kinds
        mask[number, : len(pair.ids)] = True
    return ids, kinds, mask
