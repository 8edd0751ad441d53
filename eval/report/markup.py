"""Pieces of HTML. What comes from elsewhere passes through ``safe``; everything else here is HTML already."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .text import Part, clean


def safe(text: str) -> str:
    """Any text as HTML that shows it on one line, in an element or an attribute."""
    return escape(clean(text), quote=True)


def marked(parts: Sequence[Part]) -> str:
    """A text with its wanted parts marked."""
    return "".join(f"<mark>{safe_part(part)}</mark>" if hit else safe_part(part) for part, hit in parts)


def safe_part(text: str) -> str:
    """A part of a text that is clean already: its white space counts."""
    return escape(text, quote=True)


def table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, css: str = "", show: bool = False
) -> str:
    """A table of HTML cells; the first of each row names it. The caption is for screen readers unless ``show`` is set.

    It scrolls by itself when it is too wide, also by keyboard.
    """
    head = "".join(f'<th scope="col">{cell}</th>' for cell in heads)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows
    )
    unseen = "" if show else ' class="unseen"'
    kind = f' class="{css}"' if css else ""
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{safe(caption)}"><table{kind}>'
        f"<caption{unseen}>{safe(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def details(summary: str, inside: str, *, shown: bool = False, css: str = "") -> str:
    """Something to open; both texts are HTML."""
    kind = f' class="{css}"' if css else ""
    return f"<details{kind}{' open' if shown else ''}><summary>{summary}</summary>{inside}</details>"


def unseen(text: str) -> str:
    """Words for screen readers only; the text is HTML."""
    return f'<span class="unseen">{text}</span>'
