"""What ``nutgraf index`` (``follow``, ``refresh``) tells while it works: a bar, lines in a pipe, or JSON lines."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from index.errors import NothingToIndexError

from .terminal import fail, out, out_json, remark

if TYPE_CHECKING:
    from index import IngestEvent

Show = Callable[["IngestEvent"], None]


class Tally:
    """Counts events and passes each on to ``show``; problems and notes go to standard error at once."""

    def __init__(self, store: Path, show: Show) -> None:
        self.store = store
        self.show = show
        self.counts: Counter[str] = Counter()
        self.chunks = 0
        self.notes: list[str] = []

    def __call__(self, event: IngestEvent) -> None:
        self.counts[event.kind] += 1
        self.chunks += event.chunks
        if event.problem is not None:
            fail(str(event.problem))
        for note in event.notes:
            remark(f"{event.uri}: {note}")
        self.show(event)

    @property
    def articles(self) -> int:
        """Articles that were read, changed or not."""
        return self.counts.total() - self.counts["failed"]

    def line(self) -> str:
        """ "2 articles added, 0 updated, 0 unchanged, 1 input could not be read (12 chunks) -> DIR"."""
        added, failed = self.counts["added"], self.counts["failed"]
        parts = [
            f"{added} article{'' if added == 1 else 's'} added",
            f"{self.counts['updated']} updated",
            f"{self.counts['unchanged']} unchanged",
        ]
        if failed:
            parts.append(f"{failed} input{'' if failed == 1 else 's'} could not be read")
        return f"{', '.join(parts)} ({self.chunks} chunk{'' if self.chunks == 1 else 's'}) -> {self.store}"

    def to_dict(self) -> dict[str, object]:
        """The last line of ``nutgraf index --json``."""
        counts = {kind: self.counts[kind] for kind in ("added", "updated", "unchanged", "failed")}
        return {"event": "summary", "store": str(self.store), **counts, "chunks": self.chunks, "notes": self.notes}


@contextmanager
def told(store: Path, *, as_json: bool, quiet: bool) -> Iterator[Tally]:
    """A listener to what is done within, which sums it up at the end. Exits when stopped by Ctrl-C."""
    with shown(as_json=as_json, quiet=quiet) as show:
        tally = Tally(store, show)
        try:
            yield tally
        except NothingToIndexError:
            if not tally.counts["failed"]:  # otherwise the reasons have been told one by one
                raise
        except KeyboardInterrupt:
            fail("stopped; what was reported as stored is kept, and the same command goes on from there")
            raise typer.Exit(130) from None
    if as_json:
        out_json(tally.to_dict(), indent=None)
    elif not quiet:
        if tally.articles or not tally.counts["failed"]:
            out(tally.line())
        for note in tally.notes:
            out(f"note: {note}")


@contextmanager
def shown(*, as_json: bool, quiet: bool) -> Iterator[Show]:
    """The way to show events that fits where the output goes."""
    if as_json:
        yield _json_line
    elif quiet:
        yield lambda event: None
    elif sys.stdout.isatty() and sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield _line


def _json_line(event: IngestEvent) -> None:
    problem = {} if event.problem is None else {"error": str(event.problem)}
    notes = {"notes": list(event.notes)} if event.notes else {}
    out_json({"event": event.kind, "uri": event.uri, "chunks": event.chunks, **problem, **notes}, indent=None)


def _line(event: IngestEvent) -> None:
    if event.kind in {"added", "updated"}:
        out(f"{event.kind:<8} {event.uri}")


@contextmanager
def _bar() -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[articles]} articles"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("indexing", total=None, articles=0)
        articles = 0

        def show(event: IngestEvent) -> None:
            nonlocal articles
            articles += event.kind != "failed"
            progress.update(task, completed=event.done, total=event.total, articles=articles)

        yield show
