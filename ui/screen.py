"""Where a conversation is shown: lines that fit the terminal, in its styles; plain lines as they are elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import typer

from .terminal import safe

LEAST_COLUMNS = 16
_PARTS = re.compile(r"(\s*)((?:\[\d{1,3}\] |- )?)(.*)", re.DOTALL)  # indent, the sign of a list, the rest
# Stand for the ends of what is marked while lines are being filled; two code points that no text uses (Unicode's
# private use area), so they are taken out of what comes in.
_BEGIN, _END = "\ue000", "\ue001"
_STRIP = {ord(sign): None for sign in (_BEGIN, _END)}


@dataclass(frozen=True, slots=True)
class Screen:
    """``terminal``: a person sits there, who types and reads; ``colour``: it shows styles."""

    terminal: bool = False
    colour: bool = False

    @classmethod
    def here(cls) -> Screen:
        """What this process talks to. NO_COLOR (https://no-color.org) and a dumb terminal get no styles."""
        terminal = sys.stdin.isatty() and sys.stdout.isatty()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") in ("dumb", "")
        return cls(terminal, terminal and not plain)

    def show(self, text: str = "", *, bold: bool = False, dim: bool = False) -> None:
        """One line, or more when it is too long for the terminal; those that follow stand under its words."""
        for line in self._marks(self._filled(safe(text))):
            plain = not (self.colour and line and (bold or dim))
            styled = line if plain else typer.style(line, bold=bold or None, dim=dim or None)
            typer.echo(styled, color=self.colour or None)

    def show_all(self, lines: Iterable[str], *, dim: bool = False) -> None:
        for line in lines:
            self.show(line, dim=dim)

    def _filled(self, text: str) -> list[str]:
        if not self.terminal:
            return [text]
        columns = max(shutil.get_terminal_size().columns, LEAST_COLUMNS)
        filled: list[str] = []
        for line in text.split("\n"):
            parts = _PARTS.fullmatch(line)
            assert parts is not None  # noqa: S101 - every part of the pattern may be empty
            indent, sign, rest = parts.groups()
            indent = indent[: columns // 2]
            hanging = " " * len(indent + sign)
            filled += textwrap.wrap(
                rest, columns, initial_indent=indent + sign, subsequent_indent=hanging, break_on_hyphens=False
            ) or [(indent + sign).rstrip()]
        return filled

    def _marks(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines with what ``marked`` marks in bold type, or between >> and << where there is none."""
        if not self.colour:
            yield from (line.replace(_BEGIN, ">>").replace(_END, "<<") for line in lines)
            return
        inside = False
        for line in lines:
            opened = _BEGIN * inside + line
            inside = opened.rfind(_BEGIN) > opened.rfind(_END)
            closed = opened + _END * inside  # every line ends as it began: no style runs on
            yield closed.replace(_BEGIN, "\x1b[1m").replace(_END, "\x1b[22m")


def marked(text: str, part: str) -> str:
    """``text`` on one line with ``part`` of it marked for ``Screen.show``; unmarked when it does not stand there."""
    words, inside = (" ".join(given.translate(_STRIP).split()) for given in (text, part))
    return words.replace(inside, f"{_BEGIN}{inside}{_END}", 1) if inside else words
