"""Hard negatives: texts that keyword search returns for a question and that do not hold its answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.minilm import load_tokenizer

from .data import Row

Scores = NDArray[np.float32]

DEPTH = 16
K1, B = 1.2, 0.75


class Bm25:
    """BM25 (Robertson, Sparck Jones) over word pieces, in memory."""

    def __init__(self, documents: Sequence[Sequence[int]]) -> None:
        lengths = np.array([len(document) for document in documents], np.float32)
        norm = K1 * (1 - B + B * lengths / lengths.mean())
        counted = [np.unique(np.asarray(document, np.int32), return_counts=True) for document in documents]
        terms = np.concatenate([term for term, _ in counted])
        holders = np.repeat(np.arange(len(documents)), [len(term) for term, _ in counted])
        counts = np.concatenate([count for _, count in counted]).astype(np.float32)
        order = np.argsort(terms, kind="stable")
        self._terms, self._holders = terms[order], holders[order]
        self._weights = (counts * (K1 + 1) / (counts + norm[holders]))[order].astype(np.float32)
        self._size = len(documents)

    def scores(self, query: Sequence[int]) -> Scores:
        """Score of each document, shape (documents,)."""
        found = np.zeros(self._size, np.float32)
        for term in set(query):
            low, high = np.searchsorted(self._terms, np.array([term, term + 1], np.int32))
            idf = np.log(1 + (self._size - (high - low) + 0.5) / (high - low + 0.5))
            if idf > 1:  # words of every third text only cost time
                found[self._holders[low:high]] += idf * self._weights[low:high]
        return found


class HardNegatives:
    """Keyword search over the different texts of ``rows``."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._texts = list(dict.fromkeys(row.text for row in rows))
        self._lowered = [text.lower() for text in self._texts]
        encodings = load_tokenizer().encode_batch_fast(self._texts, add_special_tokens=False)
        self._bm25 = Bm25([encoding.ids for encoding in encodings])

    def of(self, row: Row) -> list[str]:
        """The texts that search returns first for the question, best first, without those that hold an answer."""
        scores = self._bm25.scores(load_tokenizer().encode(row.question, add_special_tokens=False).ids)
        depth = min(DEPTH, len(scores))
        best = np.argpartition(-scores, depth - 1)[:depth]
        answers = {answer.lower() for _, answer in row.answers}
        ranked = best[np.argsort(-scores[best], kind="stable")]
        return [self._texts[i] for i in ranked if not any(answer in self._lowered[i] for answer in answers)]
