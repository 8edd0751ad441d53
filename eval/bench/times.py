"""How many expressions of time in news are resolved to the right days.

    python -m eval.bench.times [--json FILE] [--show]

Three lists: sentences that the rules were written with and as many that they were not (eval/bench/times), and the
expressions of the newsroom (eval/newsroom/truth.json). An expression counts as right when the one that is found at its
place means exactly its days; as wrong when that means others; unresolved or not found otherwise. In the sentences of
eval/bench/times all expressions are listed, so one that is resolved where none is listed is wrong as well.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from index.schema import TimeExpression
from index.times import find_times

_LISTS = Path(__file__).with_name("times")
_NEWSROOM = Path(__file__).parent.parent / "newsroom" / "truth.json"

Find = Callable[[str, date | None], Sequence[TimeExpression]]


@dataclass(frozen=True, slots=True)
class Case:
    """A text with the expressions in it and their days; ``whole``: all expressions of the text are listed."""

    text: str
    published: date | None
    expected: tuple[tuple[str, date | None, date | None], ...]
    whole: bool


@dataclass(slots=True)
class Figures:
    """How often an expression was right, wrong or open (unresolved, not found); ``misses`` tells of the last two."""

    expressions: int = 0
    right: int = 0
    wrong: int = 0
    open: int = 0
    misses: list[str] | None = None

    def to_dict(self) -> dict[str, float]:
        shares = {name: round(getattr(self, name) / self.expressions, 4) for name in ("right", "wrong", "open")}
        return {"expressions": self.expressions, **shares}


def read_list(name: str) -> Iterator[Case]:
    """The cases of a list of eval/bench/times."""
    for line in (_LISTS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        times = tuple((time["text"], _day(time["first"]), _day(time["last"])) for time in row["times"])
        yield Case(row["text"], _day(row["published"]), times, whole=True)


def read_newsroom() -> Iterator[Case]:
    """The expressions of the newsroom, one a case; its times are those of the last version of an article."""
    truth = json.loads(_NEWSROOM.read_text(encoding="utf-8"))
    for row in truth["times"]:
        article = truth["articles"][row["file"]]
        published = article["updated"] if article["version_of"] and article["updated"] else article["published"]
        expected = ((row["expression"], _day(row.get("from")), _day(row.get("to"))),)
        yield Case(row["sentence"], _day(published), expected, whole=False)


def measure(cases: Iterator[Case], find: Find) -> Figures:
    """Figures of ``find`` over the cases."""
    figures = Figures(misses=[])
    for case in cases:
        _add(figures, case, find(case.text, case.published))
    return figures


def _add(figures: Figures, case: Case, found: Sequence[TimeExpression]) -> None:
    rest, at = list(found), 0
    for text, first, last in case.expected:
        figures.expressions += 1
        at = max(case.text.find(text, at), 0) or case.text.index(text)
        near = [one for one in found if one.start < at + len(text) and at < one.end]
        at += len(text)
        rest = [one for one in rest if one not in near]
        if any((one.first, one.last) == (first, last) for one in near) or (not near and not (first or last)):
            figures.right += 1
            continue
        wrong = any(one.first or one.last for one in near)
        figures.wrong += wrong
        figures.open += not wrong
        _note(figures, "WRONG" if wrong else "open", case, f"{text!r} is {first}..{last}", near)
    if case.whole and (more := [one for one in rest if one.first or one.last]):
        figures.wrong += len(more)
        _note(figures, "WRONG", case, "not listed", more)


def _note(figures: Figures, verdict: str, case: Case, what: str, found: Sequence[TimeExpression]) -> None:
    said = ", ".join(f"{one.text!r} {one.first}..{one.last}" for one in found) or "nothing"
    assert figures.misses is not None  # noqa: S101 - measure() made it
    figures.misses.append(f"{verdict}: {what}; found {said} | {case.published} | {case.text}")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.times", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--show", choices=("development", "held_out", "newsroom"), help="list what is not right")
    chosen = parser.parse_args(arguments)
    results = {
        "development": measure(read_list("development"), find_times),
        "held_out": measure(read_list("held_out"), find_times),
        "newsroom": measure(read_newsroom(), find_times),
    }
    if chosen.show:
        sys.stderr.write("\n".join(results[chosen.show].misses or ()) + "\n")
    figures = json.dumps({name: result.to_dict() for name, result in results.items()}, indent=2) + "\n"
    sys.stdout.write(figures)
    if chosen.json:
        chosen.json.write_text(figures, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
