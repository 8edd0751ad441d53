"""What are answers about time worth without the awareness of time?

    python -m eval.bench.time_off [--json FILE]

The questions of the newsroom and of eval/dated that ask about a time or have no answer, asked with the setting
``time_aware`` and without it. Share right: an answer and a citation that are right (``answered_right``), of a question
without an answer a refusal.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.cases import Case, load_cases
from eval.files import write_text
from eval.judge import CaseResult
from eval.measures import mean
from eval.run import run_eval
from index import build_index
from rag import Assistant
from rag.settings import RagSettings

RESULTS = Path(__file__).parent / "results" / "time_off.json"
EVAL = Path(__file__).parents[1]
# The questions, and the articles, of each set.
SETS = {
    "newsroom": (EVAL / "newsroom" / "gold.jsonl", EVAL / "newsroom" / "articles"),
    "dated": (EVAL / "dated" / "gold.jsonl", EVAL / "dated" / "articles.json"),
}
TYPES = ("temporal", "latest", "unanswerable", "false_premise")


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the questions of one type: how many, and the share right with the setting and without it."""

    questions: int
    time_on: float | None
    time_off: float | None


def measure(cases: Sequence[Case], articles: Path) -> dict[str, Figures]:
    """The figures by type of question, in the order of TYPES."""
    asked = [case for case in cases if case.type in TYPES]
    with TemporaryDirectory(prefix="nutgraf-bench-") as store:
        build_index([articles], store=store)
        on, off = (_right(asked, store, time_aware) for time_aware in (True, False))
    return {kind: Figures(len(on[kind]), mean(on[kind]), mean(off[kind])) for kind in TYPES if kind in on}


def _right(cases: Sequence[Case], store: str, time_aware: bool) -> dict[str, list[bool]]:
    """Whether each question went right, by type."""
    with Assistant.open(store, settings=RagSettings(time_aware=time_aware)) as assistant:
        rows = run_eval(assistant, cases).rows
    found: dict[str, list[bool]] = {}
    for row in rows:
        found.setdefault(row.type, []).append(went_right(row))
    return found


def went_right(row: CaseResult) -> bool:
    """A right answer with a right citation, or a refusal where there is no answer."""
    return row.measures["answered_right"] == 1 if row.answerable else row.right


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.time_off", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures are written")
    options = parser.parse_args(arguments)
    told = {
        name: {kind: asdict(found) for kind, found in measure(load_cases(questions), articles).items()}
        for name, (questions, articles) in SETS.items()
    }
    text = json.dumps(told, indent=1) + "\n"
    write_text(options.json, [text])
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
