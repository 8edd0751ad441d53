"""The measures: pure functions, each with its convention and source. All but percentiles lie in 0..1, higher is better.

A ranking is a list of booleans, best first: whether the item at that rank is relevant. ``total`` is the number of
relevant items that exist, retrieved or not (at least 1). An empty ranking scores 0: no question is ever dropped.
"""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

# -- ranking


def recall_at_k(ranking: Sequence[bool], total: int, k: int) -> float:
    """Share of the relevant items that stand within the first k (trec_eval's ``recall_k``, ir-measures' ``R@k``)."""
    return sum(ranking[:k]) / total


def success_at_k(ranking: Sequence[bool], k: int) -> float:
    """1 when a relevant item stands within the first k, else 0 (trec_eval's ``success_k``; also called hit rate)."""
    return float(any(ranking[:k]))


def reciprocal_rank(ranking: Sequence[bool], k: int) -> float:
    """1 / rank of the first relevant item, 0 when none stands within the first k; the mean is MRR@k (MS MARCO)."""
    return next((1 / rank for rank, relevant in enumerate(ranking[:k], 1) if relevant), 0.0)


def ndcg_at_k(ranking: Sequence[bool], total: int, k: int) -> float:
    """nDCG@k with gain 1 or 0 and discount log2(rank + 1) (Järvelin & Kekäläinen 2002, as trec_eval's ``ndcg_cut_k``).

    The ideal ranking has all ``total`` relevant items first.
    """
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(total, k) + 1))
    return sum(1 / math.log2(rank + 1) for rank, relevant in enumerate(ranking[:k], 1) if relevant) / ideal


# -- answer texts

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def squad_normalise(text: str) -> str:
    """Lower case, no ASCII punctuation, no a/an/the, single spaces (``normalize_answer`` of SQuAD's own script)."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(text: str, gold: Iterable[str]) -> float:
    """1 when the text equals a gold answer after SQuAD normalisation, else 0."""
    return float(any(squad_normalise(text) == squad_normalise(answer) for answer in gold))


def token_f1(text: str, gold: Iterable[str]) -> float:
    """Highest F1 of the text's tokens with those of a gold answer, as SQuAD's ``compute_f1`` has it.

    Meant for short answers: a right answer of one sentence scores low against a gold answer of two words.
    """
    return max((_f1(squad_normalise(text).split(), squad_normalise(answer).split()) for answer in gold), default=0.0)


def _f1(given: list[str], gold: list[str]) -> float:
    if not given or not gold:  # SQuAD: without tokens only another text without tokens is right
        return float(given == gold)
    same = sum((Counter(given) & Counter(gold)).values())
    return 2 * same / (len(given) + len(gold))


def holds_answer(text: str, groups: Iterable[Iterable[str]]) -> bool:
    """True when the text contains a gold answer of every group: its words in a row, as whole words.

    Words are runs of letters and digits after NFKC and case folding, a/an/the left out: quotes, hyphens and the 's of
    a name make no difference, and "six" is not in "sixty". The usual "answer string" criterion of open-domain question
    answering (``has_answer`` of DPR, Karpukhin et al. 2020), here on the answer instead of a passage.
    """
    given = _words(text)
    return all(any(_contains(given, _words(answer)) for answer in group) for group in groups)


def _words(text: str) -> list[str]:
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    return [word for word in words if word not in {"a", "an", "the"}]


def _contains(words: list[str], run: list[str]) -> bool:
    return bool(run) and any(words[i : i + len(run)] == run for i in range(len(words) - len(run) + 1))


# -- rates


def share(part: int, whole: int) -> float | None:
    """part / whole, or None when there is nothing to take a share of."""
    return part / whole if whole else None


def mean(values: Sequence[float]) -> float | None:
    """The mean, or None of nothing."""
    return math.fsum(values) / len(values) if values else None


def abstention(answerable: Sequence[bool], refused: Sequence[bool]) -> tuple[float | None, float | None]:
    """Precision and recall of refusing, where refusing is right for what is not answerable.

    Precision: share of the refusals that are right (0 when there should have been some and were none). Recall: share of
    the unanswerable questions that are refused. None when there is nothing to refuse (and, for precision, nothing was).
    """
    right = sum(no and not yes for yes, no in zip(answerable, refused, strict=True))
    unanswerable = len(answerable) - sum(answerable)
    precision = share(right, sum(refused))
    if precision is None and unanswerable:
        precision = 0.0
    return precision, share(right, unanswerable)


def percentile(values: Sequence[float], q: float) -> float:
    """The q-th percentile (q in 0..100), linear between neighbours (Hyndman & Fan's type 7, numpy's default)."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * q / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
