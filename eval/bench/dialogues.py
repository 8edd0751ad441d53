"""Do follow-up questions find the paragraph that answers them?

    python -m eval.bench.dialogues [--half measured|chosen|all] [--json FILE] [--show]

The dialogues of eval/dialogues are held with Nutgraf on the articles of eval/newsroom, eval/exercises and seeds/, turn
by turn: what it answered is what the next turn leans on. Each turn is then searched for in several wordings, without
its history:

========== ============================================================================================================
raw        as it was typed
glued      the previous question put before it where it has a pronoun or few words, the simplest thing that could work
rules      on its own feet as the program puts it, after its own answers
rules_gold the same after the right answers
oracle     on its own feet as a person wrote it
========== ============================================================================================================

``recall@5`` and ``recall@1``: share of the turns with a gold paragraph in the first five passages, or the first one.
``changed_wrongly``: share of the turns that stand on their own feet and were changed; ``left_alone_wrongly``: share of
those that do not and were not.
Half of the dialogues, by hash of the id, are for developing the rules, the others only for measuring.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eval.cases import Evidence
from eval.files import write_text
from eval.measures import mean
from index import build_index
from index.stopwords import STOP_WORDS
from rag import Assistant, Request
from rag.followups import standalone

HERE = Path(__file__).parent
CASES = HERE.parent / "dialogues" / "dialogues.jsonl"
ARTICLES = (HERE.parent / "newsroom" / "articles", HERE.parent / "exercises", HERE.parents[1] / "seeds")
RESULTS = HERE / "results" / "dialogues.json"
DEPTH = 5
WORDINGS = ("raw", "glued", "rules", "rules_gold", "oracle")
Half = Literal["chosen", "measured"]
_LEANS = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|that|this|those|these|there|then|one|ones|same)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """``standalone`` is the question itself where it stands on its own feet."""

    question: str
    type: str
    standalone: str
    answer: str
    evidence: tuple[Evidence, ...]

    @property
    def leans(self) -> bool:
        return self.standalone != self.question


@dataclass(frozen=True, slots=True)
class Dialogue:
    id: str
    turns: tuple[Turn, ...]

    @property
    def half(self) -> Half:
        return "chosen" if random.Random(self.id).random() < 0.5 else "measured"  # noqa: S311 - a split


def read_dialogues(file: Path = CASES) -> list[Dialogue]:
    """The dialogues of a JSON lines file (eval/dialogues/README.md describes it)."""
    return [_dialogue(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def _dialogue(row: Mapping[str, Any]) -> Dialogue:
    return Dialogue(
        row["id"],
        tuple(
            Turn(
                turn["question"],
                turn["type"],
                turn.get("standalone", turn["question"]),
                turn["answer"],
                tuple(Evidence(one["article"], one["quote"]) for one in turn["evidence"]),
            )
            for turn in row["turns"]
        ),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """One turn as it went: the wordings that it was searched for in, and at which rank (from 1) each
    found a gold paragraph."""

    dialogue: str
    place: int
    turn: Turn
    wordings: Mapping[str, str]
    ranks: Mapping[str, int | None]


class Holding:
    """Holds dialogues with an assistant; what was searched for once is not searched for again."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._found: dict[str, list[tuple[str, str]]] = {}

    def hold(self, dialogue: Dialogue) -> Iterator[Found]:
        """Each turn after what the program answered to those before it."""
        own: list[tuple[str, str]] = []
        gold: list[tuple[str, str]] = []
        for place, turn in enumerate(dialogue.turns):
            wordings = {
                "raw": turn.question,
                "glued": glued(turn.question, own),
                "rules": standalone(turn.question, own).text,
                "rules_gold": standalone(turn.question, gold).text,
                "oracle": turn.standalone,
            }
            ranks = {name: self._rank(text, turn) for name, text in wordings.items()}
            yield Found(dialogue.id, place, turn, wordings, ranks)
            if place + 1 < len(dialogue.turns):
                own.append((turn.question, self.assistant.ask(turn.question, history=own).text))
                gold.append((turn.question, turn.answer))

    def _rank(self, text: str, turn: Turn) -> int | None:
        for rank, (uri, passage) in enumerate(self._search(text), start=1):
            if any(one.stands_in(uri, passage) for one in turn.evidence):
                return rank
        return None

    def _search(self, text: str) -> list[tuple[str, str]]:
        if text not in self._found:
            steps = self.assistant.steps
            passages = steps.retrieve(steps.understand(Request(text, k=DEPTH))).passages
            self._found[text] = [(passage.uri, passage.text) for passage in passages]
        return self._found[text]


def glued(question: str, history: Sequence[tuple[str, str]]) -> str:
    """The previous question before one that has pronouns or few words."""
    words = [word for word in re.findall(r"\w+", question.lower()) if word not in STOP_WORDS]
    return f"{history[-1][0]} {question}" if history and (_LEANS.search(question) or len(words) < 2) else question


def figures(found: Sequence[Found]) -> dict[str, Any]:
    """Recall of all turns behind the first, and of each type; how often a question was changed that should not be."""
    later = [one for one in found if one.place]
    types = sorted({one.turn.type for one in later})
    return {
        "dialogues": len({one.dialogue for one in found}),
        "turns": len(found),
        "follow_ups": len(later),
        "recall@5": _recall(later),
        "recall@5_all_turns": _recall(found),
        "recall@1": _recall(later, 1),
        "by_type": {kind: _recall([one for one in later if one.turn.type == kind]) for kind in types},
        "stand_alone": sum(not one.turn.leans for one in later),
        "changed_wrongly": mean([_changed(one) for one in later if not one.turn.leans]),
        "left_alone_wrongly": mean([not _changed(one) for one in later if one.turn.leans]),
    }


def _changed(one: Found) -> bool:
    return one.wordings["rules"] != one.turn.question


def _recall(found: Sequence[Found], depth: int = DEPTH) -> dict[str, float | int | None]:
    hits = {name: [(one.ranks[name] or depth + 1) <= depth for one in found] for name in WORDINGS}
    return {"turns": len(found)} | {name: mean(hit) for name, hit in hits.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.dialogues", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--half", choices=("measured", "chosen", "all"), default="measured")
    parser.add_argument("--show", action="store_true", help="each follow-up with what was made of it")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures are written")
    options = parser.parse_args(arguments)
    dialogues = [one for one in read_dialogues() if options.half in ("all", one.half)]
    found: list[Found] = []
    with tempfile.TemporaryDirectory(prefix="nutgraf-bench-") as folder:
        build_index(ARTICLES, store=Path(folder) / "store")
        with Assistant.open(Path(folder) / "store") as assistant:
            holding = Holding(assistant)
            for dialogue in dialogues:
                found += holding.hold(dialogue)
    for one in found if options.show else ():
        marks = "".join(str(one.ranks[name] or "-") for name in WORDINGS)
        sys.stdout.write(f"{one.dialogue} {marks} [{one.turn.type}] {one.turn.question} => {one.wordings['rules']}\n")
    text = json.dumps({"half": options.half, **figures(found)}, indent=1) + "\n"
    write_text(options.json, [text])
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
