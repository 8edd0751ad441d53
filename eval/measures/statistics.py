"""Means, percentiles, intervals and tests over the values of many cases; the same values give the same figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

RESAMPLES = 10_000
"""Draws of a bootstrap interval and of a randomisation test that is not exact."""

EXACT_UP_TO = 14
"""Differences whose 2^n sign patterns are all tried: at most 16,384, about as many as are drawn otherwise."""

_AT_ONCE = 1 << 20  # drawn numbers held at a time: 8 MB


def share(part: int, whole: int) -> float | None:
    """part / whole, or None when there is nothing to take a share of."""
    return part / whole if whole else None


def mean(values: Sequence[float]) -> float | None:
    """The mean, or None of nothing."""
    return math.fsum(values) / len(values) if values else None


def percentile(values: Sequence[float], q: float) -> float:
    """The q-th percentile (q in 0..100), linear between neighbours (Hyndman & Fan's type 7, numpy's default)."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * q / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def bootstrap_interval(
    values: Sequence[float], level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """The percentile bootstrap interval of the mean (Efron 1979) of at least one value.

    Cases are drawn with replacement; ``level`` is the share of the drawn means that lies inside.
    """
    import numpy as np

    drawn = np.random.default_rng(seed)
    given = np.asarray(values, dtype=np.float64)
    means = np.concatenate(
        [
            given[drawn.integers(0, len(given), size=(rows, len(given)))].mean(axis=1)
            for rows in _batches(resamples, len(given))
        ]
    )
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)


def paired_randomisation(differences: Sequence[float], resamples: int = RESAMPLES, seed: int = 0) -> float:
    """Two-sided p-value of the mean of paired differences, had each been as likely with the other sign.

    Fisher's randomisation test (recommended for retrieval measures by Smucker, Allan & Carterette 2007): the share of
    sign patterns whose mean is as far from 0 as the one observed. All patterns are tried for up to ``EXACT_UP_TO``
    differences other than 0 (those of 0 change nothing). Beyond, ``resamples`` are drawn and p is (as far + 1) /
    (drawn + 1), which is never 0 and never too small (Phipson & Smyth 2010). 1 when nothing differs.
    """
    import numpy as np

    given = np.asarray([abs(difference) for difference in differences if difference], dtype=np.float64)
    least = abs(math.fsum(differences)) - 1e-9 * given.sum()  # equal sums differ in the last digits
    if len(given) <= EXACT_UP_TO:
        patterns = np.arange(1 << len(given))[:, None] >> np.arange(len(given)) & 1
        return float((abs((2 * patterns - 1) @ given) >= least).mean())
    drawn = np.random.default_rng(seed)
    as_far = sum(
        int((abs((2 * drawn.integers(0, 2, size=(rows, len(given)), dtype=np.int8) - 1) @ given) >= least).sum())
        for rows in _batches(resamples, len(given))
    )
    return (as_far + 1) / (resamples + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for being several, in the order given (Holm 1979).

    Rejecting those at most a threshold keeps the chance of any false rejection under it, whatever their dependence.
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def _batches(rows: int, columns: int) -> list[int]:
    """``rows`` in batches small enough to hold in memory with that many columns."""
    size = max(1, _AT_ONCE // max(1, columns))
    return [min(size, rows - start) for start in range(0, rows, size)]
