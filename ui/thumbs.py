"""Thumbs: what a person thinks of an answer on the page goes to the feedback of the store (eval/feedback.py).

Each whole answer ends with two links, "#up-<id>" and "#down-<id>". assets/page.js draws them as buttons and writes what
was pressed ("<id> up", "<id> down", or "<id> withdrawn" when pressed again) into a text box that nobody sees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from eval.feedback import Verdict, feedback_on, record
from index import NutgrafError
from rag import Answer

from .render import escape

HISTORY_TURNS = 6  # earlier turns handed to the assistant, enough for "and when did he say that?"
MAX_COMMENT_CHARS = 2_000

SAID: dict[Verdict, str] = {
    "up": "Noted as a good answer to",
    "down": "Noted as a bad answer to",
    "withdrawn": "No longer noted:",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its whole answer. ``limits`` says which articles it was asked of, "" for all; ``history`` are the
    (question, answer) pairs that it was asked after."""

    id: str
    answer: Answer
    limits: str = ""
    history: tuple[tuple[str, str], ...] = ()


def history_of(turns: Sequence[Turn]) -> tuple[tuple[str, str], ...]:
    """The latest (question, answer) pairs, as the assistant takes them: questions as they were understood."""
    latest = (turn.answer for turn in turns[-HISTORY_TURNS:])
    return tuple((answer.standalone or answer.question, answer.text) for answer in latest)


def turn_of(turns: Sequence[Turn], id: str) -> Turn | None:
    """The turn of that id, which comes from the browser; None when this session has no such turn."""
    return next((turn for turn in turns if turn.id == id), None)


def keep(store: Path, turns: Sequence[Turn], id: str, verdict: Any, comment: str = "") -> str:
    """Record a verdict on one of the turns; returns what to say about it as Markdown.

    What comes from the browser is not trusted: only an answer that this session was given can be judged.
    """
    turn = turn_of(turns, id)
    if turn is None or verdict not in get_args(Verdict):
        return "That answer is gone, so nothing was noted."
    judged = feedback_on(turn.answer, verdict, id=id, history=turn.history, comment=comment, limits=turn.limits)
    try:
        record(store, judged)
    except NutgrafError as error:
        return escape(str(error))
    said = f"{SAID[judged.verdict]} “{escape(turn.answer.question)}”"
    return f"{said}, with your comment." if comment else said


@dataclass(frozen=True, slots=True)
class Thumbs:
    """Parts of the page that say what was noted and take a comment, and the function whose outputs empty them."""

    parts: list[Any]
    close: Callable[[], tuple[Any, ...]]


def add_thumbs(gr: ModuleType, store: Path, turns: Any) -> Thumbs:
    """Put the parts where this is called; ``turns`` is the component that holds the turns of a session."""
    judged = gr.State("")  # the id of the answer that the comment is about
    pressed = gr.Textbox(elem_id="pressed", visible="hidden", max_length=100)
    with gr.Column(elem_id="feedback"):
        note = gr.Markdown(elem_id="feedback-note")
        comment = gr.Textbox(
            elem_id="comment",
            elem_classes="field",
            label="What should it have said?",
            show_label=False,
            container=False,
            placeholder="What should it have said? (optional)",
            visible=False,
            max_length=MAX_COMMENT_CHARS,
            max_lines=3,
            submit_btn="Send",
        )

    def close() -> tuple[str, Any]:
        return "", gr.Textbox(value="", visible=False)

    def press(text: str, so_far: list[Turn]) -> tuple[str, Any, str]:
        id, _, verdict = text.partition(" ")
        said = keep(store, so_far, id, verdict)
        return said, gr.Textbox(value="", visible=verdict == "down"), id

    def explain(text: str, so_far: list[Turn], id: str) -> tuple[str, Any]:
        if not text.strip():
            return close()
        return keep(store, so_far, id, "down", text), close()[1]

    silent = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    pressed.change(press, [pressed, turns], [note, comment, judged], **silent)
    comment.submit(explain, [comment, turns, judged], [note, comment], **silent)
    return Thumbs([note, comment], close)
