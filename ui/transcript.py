"""A conversation as a Markdown file. What came from articles or a person is text in it, never markup."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.errors import QueryError

from .render import INVISIBLE
from .thumbs import Turn
from .wording import long_date

_SIGNS = re.compile(r"[\\`*_\[\]<>#|!~$&{}]")
_START = re.compile(r"^(\d*)([-+=.)])")  # of a list, or the line under a heading


def export(turns: Sequence[Turn], path: Path) -> None:
    """Write the questions and answers to a new file. Raises QueryError when there are none, or it cannot be written."""
    if not turns:
        raise QueryError("there is no answer to export yet; ask a question first")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for turn in turns for line in turn_lines(turn))
    except FileExistsError:
        raise QueryError(f"{path}: is there already; give another name") from None
    except OSError as error:
        raise QueryError(f"{path}: cannot be written ({os.strerror(error.errno or 0)}); give another name") from None


def turn_lines(turn: Turn) -> Iterator[str]:
    """A question, its answer and the quotes behind it, as lines of Markdown."""
    answer = turn.answer
    yield from (f"## {plain(answer.question)}", "")
    if answer.short and not answer.positions:
        yield from (f"**{plain(answer.short)}**", "")
    yield from (plain(answer.text), "")
    for citation in answer.citations:
        facts = (citation.title or "(no title)", citation.source, long_date(citation.published), citation.uri)
        head = " · ".join(plain(fact) for fact in (*facts, f"paragraph {citation.paragraph}") if fact)
        yield from (f"{plain(f'[{citation.marker}]')} {head}", "", f"> “{plain(citation.quote)}”", "")
    limits = [f"Asked of articles {turn.limits} only."] * bool(turn.limits)
    for note in (*answer.notes, *limits):
        yield from (f"Note: {plain(note)}", "")


def plain(text: str) -> str:
    """``text`` on one line so that Markdown shows it as it is: no emphasis, link, image, list, heading, HTML."""
    line = " ".join(INVISIBLE.sub("", text).split())
    return _START.sub(r"\1\\\2", _SIGNS.sub(r"\\\g<0>", line))
