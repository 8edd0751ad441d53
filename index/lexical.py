"""Keyword search: questions to FTS5 queries, ranked by BM25.

A question's words are joined by OR; BM25 (k1 = 1.2, b = 0.75, SQLite's own) puts those chunks first that have the
rare ones. Stop words are dropped and only the rarest terms are kept, because the cost of a query is the length of the
posting lists that it reads.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import apsw

from .stopwords import STOP_WORDS

MAX_TERMS = 24
TITLE_WEIGHT = 0.5  # of 0.5, 1, 2 and 4 the best on news questions: python -m eval.bench.fusion
TOKENIZER = ("porter", "unicode61", "remove_diacritics", "2")

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
        found = self._tokenize(text.encode(), apsw.FTS5_TOKENIZE_DOCUMENT, None, include_offsets=False)
        return [str(token) for group in found for token in group]


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


def match_expression(connection: apsw.Connection, stemmer: Stemmer, question: str) -> str:
    """FTS5 MATCH expression for a question, or "" when it has only stop words. Every term is quoted: no operators."""
    words = content_words(question)
    if len(words) > MAX_TERMS:
        stems = {word: stemmer.stems(word) for word in words}
        counts = document_frequencies(connection, (s for group in stems.values() for s in group))
        rarest = sorted(words, key=lambda w: min((counts[s] for s in stems[w]), default=0))
        kept = {w for w in rarest if any(counts[s] for s in stems[w])}
        words = [w for w in rarest if w in kept][:MAX_TERMS]
    return " OR ".join('"' + word.replace('"', '""') + '"' for word in words)


def bm25_search(
    connection: apsw.Connection, expression: str, k: int, condition: str = "", values: Sequence[object] = ()
) -> list[tuple[int, float]]:
    """The best ``k`` chunks as (chunk id, BM25 score > 0), best first.

    ``condition`` is SQL over the tables chunk and article that must hold (a pre-filter: it never costs a result).
    """
    if not expression:
        return []
    join = "JOIN chunk ON chunk.id = fts.rowid JOIN article ON article.id = chunk.article_id" if condition else ""
    where = f"AND {condition}" if condition else ""
    rows = connection.execute(
        f"SELECT fts.rowid, -bm25(fts, ?, 1.0) AS score FROM fts {join} "  # noqa: S608 - built from constants
        f"WHERE fts MATCH ? {where} ORDER BY score DESC, fts.rowid LIMIT ?",
        (TITLE_WEIGHT, expression, *values, k),
    )
    return [(int(chunk_id), float(score)) for chunk_id, score in rows]
