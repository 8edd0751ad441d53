"""The parts of a question, each searched for as a question of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.schema import Passage

from ..citing import Draft, DraftPart
from ..evidence import names_found
from ..questions import analyse
from .schema import ANSWER, Part

if TYPE_CHECKING:
    from ..pipeline import State, Steps

_NOBODY = "the person"


@dataclass(slots=True)
class Found:
    """A part, the passages found for it (``state``), and what was read in them, once it was read."""

    part: Part
    state: State
    draft: Draft | None = None

    def read(self, steps: Steps) -> Draft:
        """What the passages answer; read once."""
        if self.draft is None:
            self.draft = steps.read(self.state)
        return self.draft

    def drafted(self, steps: Steps) -> DraftPart:
        """The part as it goes into the answer."""
        return DraftPart(self.part.question, self.read(steps), self.state.question.kind == "when")


def find_parts(steps: Steps, state: State) -> State:
    """Search for each part of a question that was taken apart; a part may wait for the answer of the first.

    A bridge of which a part has no answer is given up: the question is then searched for whole.
    """
    if state.split is None:
        raise ValueError("the question was not taken apart")
    found: list[Found] = []
    waits = ANSWER not in state.question.text
    for part in state.split.parts:
        if found and waits and ANSWER in part.question:
            answer = _bare_answer(found[0].read(steps))
            if not answer and state.split.kind == "bridge":
                return _whole(steps, state)
            part = replace(part, question=part.question.replace(ANSWER, answer or _NOBODY))  # noqa: PLW2901
        found.append(_find(steps, state, part))
    if state.split.kind == "bridge" and found[-1].read(steps).outcome != "answered":
        return _whole(steps, state)
    state.parts = found
    state.passages = interleaved([one.state.passages for one in found])
    state.readings = [None] * len(state.passages)
    times = {one.state.time for one in found}
    state.time = times.pop() if len(times) == 1 else None
    return state


def _find(steps: Steps, state: State, part: Part) -> Found:
    """Search for a part; one that leans on the others is searched for in the words of the whole."""
    request = replace(state.request, question=part.question, history=())
    found = steps.understand_one(part.search or part.question, request)
    steps.find(found)
    if part.search:
        whole = analyse(state.question.text)
        found.question = replace(analyse(part.question), names=whole.names, acronyms=whole.acronyms)
        found.passages = [passage for passage in found.passages if names_found(whole, passage) > 0]
        found.readings = [None] * len(found.passages)  # those were of other words
    return Found(part, found)


def _whole(steps: Steps, state: State) -> State:
    whole = steps.understand_one(state.question.text, state.request)
    whole.tokens = state.tokens
    steps.find(whole)
    return whole


def _bare_answer(draft: Draft) -> str:
    if draft.outcome != "answered" or not draft.short:
        return ""
    answer = " ".join(draft.short[0].quote.split())
    return f"the {answer[4:]}" if answer.startswith("The ") else answer


def interleaved(lists: Sequence[Sequence[Passage]]) -> list[Passage]:
    """The passages of all lists, each once: the first of each, then the second of each; ranks count anew."""
    once: dict[str, Passage] = {}
    for place in range(max(map(len, lists), default=0)):
        for passages in lists:
            if place < len(passages):
                once.setdefault(passages[place].id, passages[place])
    return [replace(passage, rank=rank) for rank, passage in enumerate(once.values(), 1)]
