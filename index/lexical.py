"""Keyword search: questions to FTS5 queries, ranked by BM25.

A question's words are joined by OR; BM25 (k1 = 1.2, b = 0.75, SQLite's own) puts those chunks first that have the
rare ones. Stop words are dropped, and of a very long question only the rarest words are kept, because the cost of a
query is the length of the posting lists that it reads. A large store has lists of its own (index/keywords.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import apsw

from .stopwords import STOP_WORDS

MAX_TERMS = 24
TITLE_WEIGHT = 0.5  # of 0.5, 1, 2 and 4 the best on news questions: python -m eval.bench.fusion
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


def document_frequencies(connection: apsw.Connection, stems: Iterable[str]) -> dict[str, int]:
    """In how many chunks each stem occurs."""
    found = {}
    for stem in set(stems):
        row = connection.execute("SELECT doc FROM fts_vocab WHERE term = ?", (stem,)).fetchone()
        found[stem] = int(row[0]) if row else 0
    return found


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


def match_expression(words: Iterable[str]) -> str:
    """FTS5 MATCH expression for some words, or "" when there are none. Every term is quoted: no operators."""
    return " OR ".join('"' + word.replace('"', '""') + '"' for word in words)


def bm25_search(
    connection: apsw.Connection, expression: str, k: int, conditions: Sequence[Condition] = ()
) -> list[tuple[int, float]]:
    """The best ``k`` chunks as (chunk id, BM25 score > 0), best first.

    All ``conditions`` must hold, and hold before the best are taken: a filter never costs a result.
    """
    if not expression:
        return []
    join = "JOIN chunk ON chunk.id = fts.rowid JOIN article ON article.id = chunk.article_id" if conditions else ""
    where = "".join(f" AND {sql}" for sql, _ in conditions)
    values = [value for _, some in conditions for value in some]
    rows = connection.execute(
        f"SELECT fts.rowid, -bm25(fts, ?, 1.0) AS score FROM fts {join} "  # noqa: S608 - built from constants
        f"WHERE fts MATCH ?{where} ORDER BY score DESC, fts.rowid LIMIT ?",
        (TITLE_WEIGHT, expression, *values, k),
    )
    return [(int(chunk_id), float(score)) for chunk_id, score in rows]
