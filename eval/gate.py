"""Floors under the measures, so that a change that makes answers worse does not pass unseen.

eval/floors.json holds a floor a measure, with the SHA-256 sums of the questions and articles that it was measured on.
Floors follow measured values upward. They come down only on demand and with a reason, which the file keeps. Of a
measure where less is better (ece) the floor is the most that it may be, and everything is the other way round.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import FloorsError
from .judge import LEVELS
from .results import LOWER_IS_BETTER, EvalResult

FLOORS_FILE = Path(__file__).parent / "floors.json"

MARGIN = 0.02
"""How far below its measured value a floor lies: CPUs round differently, and one case in a hundred may tip over."""

EXACT = frozenset({"quote_verbatim"})
"""Measures without a margin: code guarantees them, whatever the CPU."""

_ANSWERS = (
    "answered_right",
    "answer_recall",
    "citation_recall",
    "citation_precision",
    "gold_citation_recall",
    "gold_citation_precision",
    "quote_verbatim",
    "crag_score",
    "abstention_precision",
    "abstention_recall",
    "auroc",
    "ece",
)
_RANKINGS = ("success@1", "recall@{k}", "mrr@{k}", "ndcg@{k}")


UPDATE = "nutgraf eval --update-floors"
LOWER = 'nutgraf eval --update-floors --lower-floors --reason "..."'


SAMPLED = "only a sample of the questions was asked"


@dataclass(frozen=True, slots=True)
class Lowering:
    """Floors that were lowered on purpose: measure -> (from, to), and why."""

    reason: str
    measures: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Floors:
    """The lowest value that each measure may have, what they were measured on, and what was ever lowered."""

    cases_sha256: str
    corpus_sha256: str
    floors: Mapping[str, float]
    lowered: tuple[Lowering, ...] = ()


NO_FLOORS = Floors("", "", {})


def load_floors(path: Path = FLOORS_FILE) -> Floors:
    """Read a file of floors. Raises FloorsError."""
    try:
        stored = json.loads(path.read_text("utf-8"))
        lowered = tuple(
            Lowering(str(item["reason"]), {name: (float(a), float(b)) for name, (a, b) in item["measures"].items()})
            for item in stored["lowered"]
        )
        floors = {str(name): float(floor) for name, floor in stored["floors"].items()}
        return Floors(str(stored["cases_sha256"]), str(stored["corpus_sha256"]), floors, lowered)
    except OSError as error:
        raise FloorsError(f"{path}: cannot be read ({error.strerror}); write it with: {UPDATE}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FloorsError(f"{path}: is no file of floors ({error!r}); bring the last good one back") from None


def pinned(result: EvalResult) -> dict[str, float]:
    """The measures that get a floor, with their values: one a question that a change could make worse.

    Left out are those that say the same again, and those that a longer, better sentence lowers (F1, exact match).
    """
    names = [*_ANSWERS, *(f"{level}_{name.format(k=result.k)}" for level in LEVELS for name in _RANKINGS)]
    return {name: value for name in names if (value := result.overall.get(name)) is not None}


def check(result: EvalResult, floors: Floors) -> list[str]:
    """What is wrong, a line each that says what to type; empty when every floor holds."""
    wrong = [f"{SAMPLED}; ask all of them"] if result.info.sample is not None else []
    for name, measured, meant in (
        ("questions", result.info.cases_sha256, floors.cases_sha256),
        ("articles", result.info.corpus_sha256, floors.corpus_sha256),
    ):
        if measured != meant:
            wrong.append(f"the {name} are not those that the floors were measured on; if that is meant, type: {UPDATE}")
    for name, floor in floors.floors.items():
        if not holds(result, name, floor):
            wrong.append(f"{name} is {_told(result, name)}, its floor {floor:.3f}; mend it, or type: {LOWER}")
    return wrong


def holds(result: EvalResult, name: str, floor: float) -> bool:
    """True when the measure has a value that is not worse than the floor."""
    value = result.overall.get(name)
    return value is not None and (value <= floor if name in LOWER_IS_BETTER else value >= floor)


def updated(floors: Floors, result: EvalResult, *, lower: bool = False, reason: str = "") -> Floors:
    """New floors from measured values: raised to what is measured less a margin, never lowered unless told to.

    A floor that still holds stays or rises. One that is broken, or whose measure is gone, is an error, unless ``lower``
    is set with a ``reason``: then it comes down, and the file keeps the reason. Raises FloorsError.
    """
    if result.info.sample is not None:
        raise FloorsError(f"{SAMPLED}, so no floors are set; ask all of them")
    reachable = {name: _beside(name, value) for name, value in pinned(result).items()}
    broken = {name: floor for name, floor in floors.floors.items() if not holds(result, name, floor)}
    if broken and not (lower and reason.strip()):
        told = ", ".join(f"{name} ({_told(result, name)}, floor {floor:.3f})" for name, floor in broken.items())
        raise FloorsError(f"floors would be lowered: {told}; mend what made them worse, or type: {LOWER}")
    new = {}
    for name, value in reachable.items():
        old = value if name in broken else floors.floors.get(name, value)
        new[name] = min(value, old) if name in LOWER_IS_BETTER else max(value, old)
    history = floors.lowered
    if broken:
        worst = {name: float(name in LOWER_IS_BETTER) for name in broken}  # of a measure that is gone
        measures = {name: (floor, new.get(name, worst[name])) for name, floor in broken.items()}
        history += (Lowering(reason.strip(), measures),)
    return Floors(result.info.cases_sha256, result.info.corpus_sha256, new, history)


def save_floors(floors: Floors, path: Path = FLOORS_FILE) -> None:
    """Write a file of floors, the same bytes for the same floors. Raises FloorsError."""
    try:
        path.write_text(json.dumps(asdict(floors), indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise FloorsError(f"{path}: cannot be written ({error.strerror}); choose another place") from None


def _told(result: EvalResult, name: str) -> str:
    value = result.overall.get(name)
    return "not measured" if value is None else f"{value:.4f}"


def _beside(name: str, value: float) -> float:
    """The value less the margin, to three decimals on the safe side (to 1e-9, so that 0.91 - 0.02 is 0.89)."""
    margin = 0.0 if name in EXACT else MARGIN
    if name in LOWER_IS_BETTER:
        return math.ceil((value + margin) * 1000 - 1e-6) / 1000
    return max(min(value, 0.0), math.floor((value - margin) * 1000 + 1e-6) / 1000)
