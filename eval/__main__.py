"""``nutgraf eval``, also as ``python -m eval``: ask all questions, show the figures, hold them against the floors."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from index.errors import NutgrafError

from .cases import GOLD_FILE, file_sha256, folder_sha256, load_cases, seeds_folder
from .gate import FLOORS_FILE, NO_FLOORS, check, load_floors, save_floors, updated
from .report import show, write_json

if TYPE_CHECKING:
    from rag import Assistant

    from .results import EvalResult


def main(argv: Sequence[str]) -> int:
    """Run the command line; the exit status: 0, 1 when a floor is broken, 2 when it could not be done."""
    options = _parser().parse_args(argv)
    try:
        return _evaluate(options, Console())
    except NutgrafError as error:
        Console(stderr=True).print(f"nutgraf eval: {error}", markup=False, highlight=False, soft_wrap=True)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nutgraf eval", description="Measure answers to questions with known ones.")
    add = parser.add_argument
    add("--cases", type=Path, metavar="FILE", help="questions, one JSON object a line (default: those on the seeds)")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--seeds", type=Path, metavar="DIR", help="index and ask these articles (default: the seeds)")
    place.add_argument("--store", type=Path, metavar="DIR", help="ask this store instead")
    add("--llm", metavar="PROVIDER:MODEL", help="answer with this chat model")
    add("--k", type=_positive, metavar="N", help="retrieve N passages and cut rankings there (default: cut at 10)")
    add("--json", type=Path, metavar="FILE", help="write all that was measured")
    add("--show-failures", action="store_true", help="list the questions that went wrong, with what was expected")
    add(
        "--check",
        action=argparse.BooleanOptionalAction,
        help="hold the figures against the floors (default: unless --cases, --seeds, --store, --llm or --k is given)",
    )
    add("--floors", type=Path, metavar="FILE", help="file of floors (default: the one for the seeds); implies --check")
    add("--update-floors", action="store_true", help="raise the floors to what is measured, less a small margin")
    add("--lower-floors", action="store_true", help="with --update-floors: lower those that are broken")
    add("--reason", metavar="TEXT", default="", help="with --lower-floors: why; the file of floors keeps it")
    return parser


def _evaluate(options: argparse.Namespace, console: Console) -> int:
    changed = any((options.cases, options.seeds, options.store, options.llm, options.k))
    checking = options.check if options.check is not None else bool(options.floors) or not changed
    path = options.floors or FLOORS_FILE
    floors = None
    if options.update_floors and not path.exists():
        floors = NO_FLOORS
    elif options.update_floors or checking:
        floors = load_floors(path)
    result = _measure(options)
    if options.json:
        write_json(result, options.json)
    if floors and options.update_floors:
        floors = updated(floors, result, lower=options.lower_floors, reason=options.reason)
        save_floors(floors, path)
    violations = check(result, floors) if floors and checking else []
    show(console, result, floors=floors, violations=violations, failures=options.show_failures)
    return 1 if violations else 0


def _measure(options: argparse.Namespace) -> EvalResult:
    from .run import run_eval

    path = options.cases or GOLD_FILE
    cases = load_cases(path)
    screen = Console(stderr=True)
    with (
        _system(options) as (assistant, corpus),
        Progress(console=screen, transient=True, disable=not screen.is_terminal) as progress,
    ):
        task = progress.add_task("asking", total=len(cases))
        return run_eval(
            assistant,
            cases,
            k=options.k,
            cases_sha256=file_sha256(path),
            corpus_sha256=corpus,
            on_case=lambda row: progress.advance(task),
        )


@contextmanager
def _system(options: argparse.Namespace) -> Iterator[tuple[Assistant, str]]:
    """The assistant to measure, and the sum of the articles it answers from."""
    from rag import Assistant

    from .run import articles_sha256, seeds_assistant

    if options.store:
        with Assistant.open(options.store, llm=options.llm) as assistant:
            yield assistant, articles_sha256(assistant.index)
    else:
        folder = options.seeds or seeds_folder()
        with seeds_assistant(folder, llm=options.llm) as assistant:
            yield assistant, folder_sha256(folder)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number above 0")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
