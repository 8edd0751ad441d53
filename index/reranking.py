"""The order of what search found, once the cross-encoder has read it.

A logistic model over the fused score and what the cross-encoder made of the text. Its weights stand in
crossencoder/ranking.json, written by ``python -m eval.bench.fit_reader``.
"""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from .crossencoder import CrossEncoder, Reading, weights_path
from .errors import ModelError

logger = logging.getLogger(__name__)

_LOADING = threading.Lock()

# Logits count up to here: a text without tokens has an extreme one, which no weight should see.
LIMIT = 20.0
UNDATED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Features:
    """What a candidate is ordered by; for each of them more is better.

    - ``fused``: 0..1, its score as a share of the best candidate's, so that one signal alone spans as much as two
    - ``relevant``: logit of the reading, cut off at -20 and 20
    - ``margin``: logits of the likeliest answer above "no answer", cut off alike; -20 for a text without tokens
    - ``likeliest``: 0..1, how its margin compares with the best one of all: 1 for the best, 1/e for one logit less
    - ``recent``: -log(1 + days) from the article to the day of the question, 0 when that day was not told; an article
      without a date counts as UNDATED_DAYS old
    """

    fused: float
    relevant: float
    margin: float
    likeliest: float
    recent: float = 0.0


@cache
def load_weights() -> Mapping[str, float]:
    """The fitted weights that ship with the package, by the names of ``Features`` and "bias"."""
    text = files("index").joinpath("crossencoder", "ranking.json").read_text(encoding="utf-8")
    stored: dict[str, float] = json.loads(text)
    return stored


def shared_cross_encoder() -> CrossEncoder | None:
    """The cross-encoder of the package, one for the whole process, loaded by the first call.

    None when its weights are missing, and when they are damaged, which is logged once.
    """
    with _LOADING:
        return _load(weights_path())


def load_ahead() -> None:
    """Begin to load the cross-encoder in another thread, so that a first search waits less for it."""
    if not _load.cache_info().currsize:
        threading.Thread(target=shared_cross_encoder, name="load-reader").start()


@cache
def _load(path: Path) -> CrossEncoder | None:
    if not path.exists():
        return None
    try:
        return CrossEncoder(path)
    except ModelError as error:
        logger.warning("answering without the reader: %s", error)
        return None


def features(
    fused: Sequence[float], readings: Sequence[Reading], days: Sequence[int | None] | None = None
) -> list[Features]:
    """The features of the candidates that were read: the first ``len(readings)`` of ``fused``, which is best first.

    ``days``: how long before the question each article was published, None where that is not known.
    """
    best = max(fused, default=0.0) or 1.0
    recent = (
        [0.0] * len(fused) if days is None else [-math.log1p(UNDATED_DAYS if n is None else max(0, n)) for n in days]
    )
    margins = [_cut(reading.spans[0].margin) if reading.spans else -LIMIT for reading in readings]
    most = max(margins, default=0.0)
    return [
        Features(score / best, _cut(reading.relevant), margin, math.exp(margin - most), day)
        for score, reading, margin, day in zip(fused[: len(readings)], readings, margins, recent, strict=False)
    ]


def rerank(
    fused: Sequence[float], readings: Sequence[Reading], days: Sequence[int | None] | None = None
) -> list[float]:
    """Final scores in 0..1 of candidates with the scores ``fused`` (>= 0, best first), of which the first were read.

    Those that were not read keep their order behind all others: each gets, of the lowest score of a read one, the share
    that its fused score is of the best. Where scores are equal, the order of ``fused`` holds.
    """
    weights = load_weights()
    read = [logistic(_linear(weights, candidate)) for candidate in features(fused, readings, days)]
    best, lowest = max(fused, default=0.0) or 1.0, min(read, default=1.0)
    return read + [lowest * (score / best) for score in fused[len(read) :]]  # at most the lowest, exactly


def logistic(x: float) -> float:
    """Logit to probability, without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _linear(weights: Mapping[str, float], candidate: Features) -> float:
    return math.fsum([weights["bias"], *(weights[name] * value for name, value in asdict(candidate).items())])


def _cut(logit: float) -> float:
    return min(max(logit, -LIMIT), LIMIT)
