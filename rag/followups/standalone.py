"""A question on its own feet, as it is searched for and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .rules import resolve
from .spoken import Spoken

TURNS = 6  # earlier turns that are looked at; nobody's "he" is further back


@dataclass(frozen=True, slots=True)
class Standalone:
    """``text`` is the question on its own feet; ``by`` says what put it there, "" where it stood there already."""

    text: str
    by: Literal["", "rules", "model"] = ""


def standalone(question: str, history: Sequence[tuple[str, str]]) -> Standalone:
    """What a question asks after ``history``, (question, answer) pairs, oldest first.

    The earlier questions may be as they were typed: each is put on its own feet in turn.
    """
    turns: list[tuple[str, str]] = []
    for earlier, answer in history[-TURNS:]:
        turns.append((resolve(earlier, Spoken(turns)) if turns else earlier, answer))
    if not turns:
        return Standalone(question)
    text = resolve(question, Spoken(turns))
    return Standalone(text, "rules") if text != question.strip() else Standalone(question)
