"""Every number of a sentence must be said of the same thing by what it cites, in figures or in words.

"A dozen" is 12, "1.2 million" 1,200,000, "a fifth" and "one in five" are 20 per cent, "doubled" is two times; "12 km"
does not support "12 people". A number that the sentence rounds ("about 18,000") may differ as far as rounding goes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .figures import Figure, figures_of
from .text import Text

# "About 1,200" may be so much more or less where it has fewer figures than what it rounds.
ABOUT = 0.1
# "More than 1,000" may be so much more, "less than" so much less; below a number of two figures it has to be that.
BEYOND, LEAST_ROUNDED = 0.3, 20
# A share in words ("a third") may be off by so many per cent points.
SHARE = 0.5
# A length or time told in another unit is rounded: 200 km are "about 125 miles".
CONVERTED = 0.02


def unsaid_numbers(claim: Text, premises: Sequence[Text]) -> str:
    """The first number of the claim that the premises do not say, or say of something else."""
    said = [figure for premise in premises for figure in premise.figures]
    known = [*said, *(figure for premise in premises for figure in figures_of([premise.context], premise.stems))]
    for figure in claim.figures:
        matches = [one for one in known if same(figure, one)]
        if figure.value == 1 and figure.dimension in ("", "place"):  # "one of them", "first of all"
            if (other := _more_than_one(figure, said)) is not None and not matches:
                return f"the cited paragraph says {other.text}, not {figure.text}, of the same thing"
            continue
        if not matches and not _worked_out(figure, said):
            return f"the number {figure.text} is not in the cited paragraph"
        if matches and all(_contradicts(figure, one) for one in matches):
            return f"the number {figure.text} has another limit in the cited paragraph"
        if (other := rival(figure, matches, said)) is not None:
            return f"the cited paragraph says {other.text}, not {figure.text}, of the same thing"
    return ""


def rival(figure: Figure, matches: Sequence[Figure], said: Sequence[Figure]) -> Figure | None:
    """Another number that the premises give for what the claim's number is said of, None when there is none."""
    if not figure.counted or not matches or any(not one.counted or one.counted & figure.counted for one in matches):
        return None
    return next(
        (
            one
            for one in said
            if one.counted & figure.counted and one.dimension == figure.dimension and not same(figure, one)
        ),
        None,
    )


def _more_than_one(figure: Figure, said: Sequence[Figure]) -> Figure | None:
    """Another number of what the claim has one of."""
    return next((one for one in said if figure.counted and one.counted and figure.counted <= one.counted), None)


def same(claim: Figure, premise: Figure) -> bool:
    """Whether a number of a premise is the one of the claim, as far as that rounds it."""
    if not _comparable(claim, premise):
        return False
    if claim.dimension == "figures":
        return claim.text == premise.text
    low = high = claim.value
    if claim.bound and (premise.value >= LEAST_ROUNDED or claim.dimension) and _exact(claim) < _exact(premise):
        rounded = min(ABOUT * high, _half_step(claim))
        low -= {"about": rounded, "most": BEYOND * high}.get(claim.bound, 0)
        high += {"about": rounded, "least": BEYOND * high}.get(claim.bound, 0)
    slack = 1e-6 * abs(high) + (SHARE if claim.dimension == "%" and claim.value % 5 and "per cent" in claim.text else 0)
    if claim.dimension in ("length", "mass", "speed") and claim.text.split()[-1:] != premise.text.split()[-1:]:
        slack += CONVERTED * abs(high)
    return low - slack <= premise.value <= high + slack


def _exact(figure: Figure) -> int:
    """How many figures the number is given with: 18,000 with two."""
    return len(re.sub(r"\D", "", figure.text.split()[0]).strip("0")) or 1


def _half_step(figure: Figure) -> float:
    """A little less than half of what the last figure that is not 0 counts: 1,800 may stand for more than 1,750."""
    return 0.499 * 10.0 ** (len(str(int(abs(figure.value)))) - _exact(figure))


def _comparable(claim: Figure, premise: Figure) -> bool:
    one, other = claim.dimension, premise.dimension
    if one == other:
        return True
    if "figures" in (one, other) or "place" in (one, other):
        return False
    if "times" in (one, other):
        return "" in (one, other)
    # A number without a unit and without a noun leaves open what it counts ("from 25 to 100 percent", "aged 52").
    bare = [figure for figure in (claim, premise) if not figure.dimension]
    return bool(bare) and all(not figure.counted for figure in bare)


def _contradicts(claim: Figure, premise: Figure) -> bool:
    return {claim.bound, premise.bound} == {"least", "most"}


def _worked_out(figure: Figure, said: Sequence[Figure]) -> bool:
    """Whether "doubled", "three times" follows from two numbers of one kind."""
    if figure.dimension != "times":
        return False
    values = [(one.value, other.value) for one in said for other in said if one.dimension == other.dimension]
    return any(other and abs(one / other / figure.value - 1) < ABOUT / 2 for one, other in values)
