"""A question on its own feet, as it is searched for and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.filters import MAX_QUERY_CHARS

from .rewriting import Model, rewrite
from .rules import resolve
from .spoken import Spoken

TURNS = 4  # earlier turns that are looked at; nobody's "he" is further back


@dataclass(frozen=True, slots=True)
class Standalone:
    """``text`` is the question on its own feet; ``by`` says what put it there, "" where it stood there already."""

    text: str
    by: Literal["", "rules", "model"] = ""


def standalone(question: str, history: Sequence[tuple[str, str]], model: Model | None = None) -> Standalone:
    """What a question asks after ``history``, (question, answer) pairs, oldest first.

    The earlier questions may be as they were typed: each is put on its own feet in turn. With a language model it is
    asked first; where it fails, or writes what the conversation does not bear out, the rules decide.
    """
    turns = _on_their_feet(history)
    if not turns or not question.strip():
        return Standalone(question)
    if model is not None and (text := rewrite(question, turns, model)):
        return Standalone(question) if _same(text, question) else Standalone(text, "model")
    text = resolve(question, Spoken(turns))
    unchanged = _same(text, question) or len(text) > MAX_QUERY_CHARS
    return Standalone(question) if unchanged else Standalone(text, "rules")


def _on_their_feet(history: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    turns: list[tuple[str, str]] = []
    for question, answer in history[-TURNS:]:
        if question.strip():
            turns.append((resolve(question, Spoken(turns)) if turns else question.strip(), answer))
    return turns


def _same(one: str, other: str) -> bool:
    return one.strip().rstrip("?!. ").casefold() == other.strip().rstrip("?!. ").casefold()
