"""``nutgraf chat``: questions and answers in a terminal, or through a pipe.

The conversation is kept in memory only. What is typed is a question, or a command when it begins with a slash.
"""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from index import Index
from index.errors import NutgrafError, QueryError
from index.filters import conditions_of
from rag import Answer, Assistant, Citation

from .render import DOUBTS
from .screen import Screen, marked
from .terminal import about, bare_lines, citation_lines, fail, nearest_lines, note_lines, out_json
from .thumbs import Turn, history_of
from .transcript import export
from .warming import warming
from .wording import UNDERSTOOD, count, store_summary

History = tuple[tuple[str, str], ...]

PROMPT = "> "
INTERRUPTED = 130  # exit status, as a shell gives it


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles are asked, and as of which day; None and () stand for all and for today."""

    date_from: str | None = None
    date_to: str | None = None
    as_of: str | None = None
    sources: tuple[str, ...] = ()

    def checked(self, index: Index) -> Filters:
        """These filters. Raises QueryError for a date that is none and a source that no article has."""
        conditions_of(self.date_from, self.date_to, self.sources, self.as_of)
        known = index.sources()
        for name in self.sources:
            if name.casefold() not in {source.casefold() for source in known}:
                raise QueryError(f"no article is by {name!r}; sources are: {', '.join(known) or 'none'}")
        return self

    def __str__(self) -> str:
        dates = {"from": self.date_from, "to": self.date_to, "as of": self.as_of}
        said = [f"{name} {day}" for name, day in dates.items() if day]
        return " ".join(said + [f"by {' or '.join(self.sources)}"] * bool(self.sources))


class Chat:
    """One conversation. ``run`` reads questions and commands until there are no more."""

    def __init__(self, assistant: Assistant, screen: Screen, filters: Filters | None = None) -> None:
        self.assistant = assistant
        self.screen = screen
        self.filters = (filters or Filters()).checked(assistant.index)
        self.turns: list[Turn] = []
        self.failed = False
        self.commands: dict[str, tuple[Callable[[str], None], str, str]] = {
            "help": (self.help, "", "this list"),
            "sources": (self.sources, "", "the sources of the last answer with what they say"),
            "source": (self.source, "N", "the whole paragraph of source N, its quote marked"),
            "filter": (
                self.filter,
                "[from=DATE] [to=DATE] [source=NAME] [as_of=DATE] | clear",
                "ask only these articles; without anything: which are asked",
            ),
            "anytime": (self.anytime, "", "ask the last question without regard to the time in it"),
            "new": (self.new, "", "forget the conversation; the filter stays"),
            "json": (self.json, "", "the last answer as JSON"),
            "export": (self.export, "FILE.md", "write the conversation to a file"),
            "quit": (self.quit, "", "leave (or Ctrl-D)"),
        }

    def run(self) -> int:
        """The exit status: 0; without a terminal 1 when a question or command failed; INTERRUPTED after Ctrl-C twice.

        Ctrl-C stops an answer that is being made.
        """
        with warming(self.assistant) if self.screen.terminal else nullcontext():
            self._begin()
            return self._take_all()

    def _take_all(self) -> int:
        interrupted = False
        while True:
            try:
                self.take(self._read())
                interrupted = False
            except EOFError:
                return int(self.failed and not self.screen.terminal)
            except KeyboardInterrupt:
                if interrupted or not self.screen.terminal:
                    return INTERRUPTED
                interrupted = True
                self.screen.show("\n(Ctrl-C once more leaves, and so does Ctrl-D.)")

    def take(self, line: str) -> None:
        """Answer a question or do a command; what goes wrong is told in a line. Raises EOFError to leave."""
        try:
            name, _, rest = line.strip().partition(" ")
            if name.startswith("/"):
                self._command(name[1:], rest.strip())
            elif line.strip():
                self.ask(line.strip())
        except NutgrafError as error:
            fail(str(error))
            self.failed = True

    # -- questions

    def ask(self, question: str) -> None:
        """Show the answer to a question after those before it. Raises QueryError, StoreError, KeyboardInterrupt."""
        history = history_of(self.turns)
        answers = self.assistant.stream(question, history=history, **asdict(self.filters))
        self._answer(answers, history)

    def _answer(self, answers: Iterator[Answer], history: History) -> None:
        """Show sentences as they are found to be supported, then their sources; keep the whole answer as a turn."""
        shown: list[str] = []
        understood = False
        answer = None
        try:
            for answer in answers:
                if answer.standalone and not understood:
                    understood = True
                    self.screen.show(f"{UNDERSTOOD} {answer.standalone}", dim=True)
                if answer.answerer != "extractive":  # the reader has all at once, and its bare answer goes before
                    lines = list(_claim_lines(answer))
                    self.screen.show_all(lines[len(shown) :])
                    shown = lines
        except KeyboardInterrupt:
            self.screen.show("\nStopped.")
            raise
        assert answer is not None  # noqa: S101 - every answerer yields at least once
        if answer.outcome == "failed":
            fail(answer.why or answer.text)
            self.failed = True
            return
        if not shown or shown != list(_claim_lines(answer)):
            self._whole(answer, again=bool(shown))
        self._below(answer)
        self.turns.append(Turn("", answer, str(self.filters), history))

    def _whole(self, answer: Answer, *, again: bool) -> None:
        """An answer of which nothing, or something else, has been shown."""
        if again:
            self.screen.show_all(("", "What stands above does not hold; the answer is:", ""))
        for line in bare_lines(answer):
            self.screen.show(line, bold=True)
        self.screen.show_all(list(_claim_lines(answer)) or [answer.text])

    def _below(self, answer: Answer) -> None:
        for lines in (
            nearest_lines(answer),
            (_source_line(citation) for citation in answer.citations),
            note_lines(answer, "/anytime"),
            [f"Asked of articles {self.filters} only."] * bool(str(self.filters)),
        ):
            if told := list(lines):
                self.screen.show()
                self.screen.show_all(told, dim=True)
        self.screen.show()

    # -- commands

    def _command(self, name: str, rest: str) -> None:
        if name not in self.commands:
            raise QueryError(f"/{name}: is no command; see /help")
        self.commands[name][0](rest)

    def help(self, _: str) -> None:
        for name, (_do, given, told) in self.commands.items():
            self.screen.show(f"/{name} {given}".rstrip())
            self.screen.show(f"    {told}")

    def sources(self, _: str) -> None:
        for citation in self._last().answer.citations:
            self.screen.show_all(citation_lines(citation))

    def source(self, number: str) -> None:
        citations = {str(citation.marker): citation for citation in self._last().answer.citations}
        wanted = citations.get(number.strip("[]"))
        if wanted is None:
            raise QueryError(f"/source {number}: the last answer has the sources {', '.join(citations) or 'none'}")
        self.screen.show_all(citation_lines(wanted, marked(wanted.paragraph_text, wanted.quote)))

    def filter(self, given: str) -> None:
        if given == "clear":
            self.filters = Filters()
        elif given:
            self.filters = parse_filters(given, self.filters).checked(self.assistant.index)
        self.screen.show(f"Asking articles {self.filters}." if str(self.filters) else "Asking all articles.")

    def anytime(self, _: str) -> None:
        last = self._last()
        answers = self.assistant.stream(
            last.answer.question, history=last.history, time_aware=False, **asdict(self.filters)
        )
        self._answer(answers, last.history)

    def new(self, _: str) -> None:
        self.turns.clear()
        self.screen.show("A new conversation.")

    def json(self, _: str) -> None:
        out_json(self._last().answer.to_dict())

    def export(self, name: str) -> None:
        if not name:
            raise QueryError("/export: name a file, such as /export answers.md")
        path = Path(name).expanduser()
        export(self.turns, path)
        self.screen.show(f"Written to {path}: {count(len(self.turns), 'answer')}.")

    def quit(self, _: str) -> None:
        raise EOFError

    def _last(self) -> Turn:
        if not self.turns:
            raise QueryError("there is no answer yet; ask a question first")
        return self.turns[-1]

    # -- the keyboard, or the pipe

    def _begin(self) -> None:
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")
        if not self.screen.terminal:
            return
        _edit_lines([f"/{name}" for name in self.commands])
        self.screen.show(f"Nutgraf · {store_summary(self.assistant.index)} · /help lists commands, Ctrl-D leaves")
        self.filter("")

    def _read(self) -> str:
        """The next line. Raises EOFError behind the last one."""
        if self.screen.terminal:
            try:
                return input(PROMPT)
            except EOFError:
                self.screen.show()  # what follows begins on a line of its own
                raise
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        if line.strip():
            self.screen.show(PROMPT + line.strip())
        return line


def parse_filters(given: str, before: Filters) -> Filters:
    """``before`` with what ``given`` sets, such as ``from=2021-09-01 source="Harbour Post"``; an empty value takes a
    filter away, several sources are allowed together. Raises QueryError."""
    names = {"from": "date_from", "to": "date_to", "as_of": "as_of"}
    try:
        parts = [part.partition("=") for part in shlex.split(given)]
    except ValueError as error:
        raise QueryError(f'/filter {given}: cannot be read ({error}); quote names like source="Harbour Post"') from None
    changes: dict[str, Any] = {}
    for name, separator, value in parts:
        if name == "source" and separator:
            changes["sources"] = (*changes.get("sources", ()), *([value] if value else []))
        elif name in names and separator:
            changes[names[name]] = value or None
        else:
            raise QueryError(f"/filter {name}: give from=DATE, to=DATE, source=NAME, as_of=DATE, or clear")
    return replace(before, **changes)


def _claim_lines(answer: Answer) -> Iterator[str]:
    """The sentences of an answer with their markers, and what is not certain about one."""
    for claim in answer.claims:
        markers = "".join(f"[{citation.marker}]" for citation in claim.citations)
        yield f"{' '.join(claim.text.split())} {markers}".rstrip() + DOUBTS[claim.support].replace("*", "")


def _source_line(citation: Citation) -> str:
    head = about(" ".join(citation.title.split()), citation.source, citation.published)
    return f"[{citation.marker}] {head} · paragraph {citation.paragraph}"


def _edit_lines(words: list[str]) -> None:
    """Editing of the line, earlier lines with the arrow keys, and Tab for ``words``; nothing is written to disk."""
    import readline

    def complete(text: str, number: int) -> str | None:
        return [*(word for word in words if word.startswith(text)), None][number]

    readline.set_completer(complete)
    readline.set_completer_delims(" ")
    readline.parse_and_bind("tab: complete")
