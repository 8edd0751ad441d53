"""The words of texts and questions as the keyword index sees them (index/keywords.py).

The tokens are those of SQLite's FTS5. Stop words of a question are dropped, and of a very long one only the rarest
words are kept, because the cost of a query is the length of the posting lists that it reads.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import apsw

from .stopwords import STOP_WORDS

MAX_TERMS = 24
# Of an occurrence in the title; of 0.5, 1, 2 and 4 the best on news questions: python -m eval.bench.fusion
TITLE_WEIGHT = 0.5
TOKENIZER = ("porter", "unicode61", "remove_diacritics", "2")

Frequencies = Callable[[Iterable[str]], dict[str, int]]
"""In how many chunks each of some stems occurs."""

Condition = tuple[str, tuple[object, ...]]
"""A filter: SQL over the table article, and the values in it."""

_WORD = re.compile(r"\w+(?:['’.&-]\w+)*")


def content_words(text: str) -> list[str]:
    """The words of ``text`` that are not stop words, lower case, each once, in order."""
    words = (match.group().lower().replace("’", "'") for match in _WORD.finditer(text))
    return list(dict.fromkeys(w for w in (word.removesuffix("'s") for word in words) if w not in STOP_WORDS))


class Stemmer:
    """The tokens that the keyword index makes of a text: lower case, no diacritics, Porter stems."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._tokenize = connection.fts5_tokenizer(TOKENIZER[0], list(TOKENIZER[1:]))

    def stems(self, text: str) -> list[str]:
        """Stems in order of the text, with repetitions."""
        found: Any = self._tokenize(
            text.encode(), apsw.FTS5_TOKENIZE_DOCUMENT, None, include_offsets=False, include_colocated=False
        )
        return list(found)


def idf(documents: int, frequency: int) -> float:
    """Inverse document frequency as in BM25 (Robertson, Sparck Jones), never below 0."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


def query_words(question: str, stemmer: Stemmer, frequencies: Frequencies) -> dict[str, list[str]]:
    """The words of a question that are searched for, each with its stems; of a very long one the rarest."""
    stems = {word: stemmer.stems(word) for word in content_words(question)}
    if len(stems) <= MAX_TERMS:
        return stems
    counts = frequencies(stem for group in stems.values() for stem in group)
    known = {word: group for word, group in stems.items() if any(counts[stem] for stem in group)}
    rarest = sorted(known, key=lambda word: min(counts[stem] for stem in known[word]))
    return {word: known[word] for word in rarest[:MAX_TERMS]}
