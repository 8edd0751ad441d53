"""``nutgraf eval``: its options. Without the name of a command it runs the gold questions.

argparse instead of typer: ``run`` has more options than a function should have parameters.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

COMMANDS = {
    "run": "ask every question, show the figures, hold them against the floors (the default command)",
    "compare": "two runs question by question: differences, intervals, p-values, what flipped",
    "report": "one report of one run or several: .html, .md or .json",
    "runs": "list the runs that were kept",
    "new": "draft questions on an article, for you to confirm",
    "add": "make a question of what somebody thought of an answer in the chat",
    "import": "read questions and articles of SQuAD, BEIR, MultiHop-RAG, RealTimeQA, RAGAS, DeepEval",
    "export": "write a run for trec_eval, RAGAS or a spreadsheet",
}
_HOME = {"new": "eval_cases", "add": "eval_cases", "import": "eval_cases", "export": "eval_cases"}


def main(arguments: Sequence[str]) -> int:
    """Run a command; the exit status: 0, or 1 when a floor is broken. Raises NutgrafError; argparse may exit."""
    given = list(arguments)
    if not given or (given[0] not in COMMANDS and given[0] not in ("-h", "--help")):
        given.insert(0, "run")
    options = _parser().parse_args(given)
    module = import_module(f"ui.{_HOME.get(options.command, 'eval_runs')}")
    return int(getattr(module, f"{options.command}_command")(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nutgraf eval", description="Measure answers to questions with known ones. Without a command: run."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, told in COMMANDS.items():
        added = commands.add_parser(name, help=told, description=f"{told[0].upper()}{told[1:]}.")
        _OPTIONS[name](added)
    return parser


def _run(parser: argparse.ArgumentParser) -> None:
    _what_is_asked(parser.add_argument_group("what is asked"))
    _what_is_measured(parser.add_argument_group("what is measured"))
    _how(parser.add_argument_group("how"))
    _what_is_written(parser.add_argument_group("what is written and held against floors"))


def _what_is_asked(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--cases", type=Path, metavar="FILE", help="questions, one JSON object a line (default: those on the seeds)")
    add("--sample", type=_positive, metavar="N", help="ask so many of them, drawn at random")
    add("--seed", type=int, default=0, metavar="N", help="of the sample (default: 0)")


def _what_is_measured(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--system",
        default="nutgraf",
        metavar="NAME",
        help="nutgraf (default), module:name of a function, a LangChain retriever or chain, or the URL of an endpoint",
    )
    place = group.add_mutually_exclusive_group()
    place.add_argument(
        "--articles", "--seeds", type=Path, metavar="PATH", help="index and ask these articles (default: the seeds)"
    )
    place.add_argument("--store", type=Path, metavar="DIR", help="ask this store instead")
    add(
        "--corpus",
        type=Path,
        metavar="PATH",
        help="articles of a system that cannot show its own: quotes are looked up",
    )
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting, as rag.k=12; repeatable")
    add("--llm", metavar="PROVIDER:MODEL", help="answer with this chat model")
    add(
        "--header",
        action="append",
        default=[],
        metavar="NAME:VALUE",
        help="sent to the endpoint, never kept; repeatable",
    )


def _how(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--k", type=_positive, default=10, metavar="N", help="cut the rankings at N passages (default: 10)")
    add(
        "--jobs",
        type=_positive,
        default=1,
        metavar="N",
        help="ask so many at a time (default: 1; latencies are then fair)",
    )
    add("--timeout", type=_seconds, metavar="S", help="a question that takes longer than S seconds is a miss")
    add("--judge", metavar="PROVIDER:MODEL", help="let this chat model say what citations support (default: code does)")
    add("--price", type=_prices, metavar="IN,OUT", help="price of a million tokens read and written, for the cost")


def _what_is_written(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--out", type=Path, metavar="DIR", help="keep the run there (default: a new folder in .nutgraf-eval)")
    add("--resume", action="store_true", help="with --out: go on with a run that was cut off")
    add("--json", type=Path, metavar="FILE", help="write all that was measured")
    add(
        "--report",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="write a report: .html, .md; repeatable",
    )
    add("--show-failures", action="store_true", help="list the questions that went wrong, with what was expected")
    add(
        "--check",
        action=argparse.BooleanOptionalAction,
        help="hold the figures against the floors (default: unless something else is asked or measured)",
    )
    add("--floors", type=Path, metavar="FILE", help="file of floors (default: the one for the seeds); implies --check")
    add("--update-floors", action="store_true", help="raise the floors to what is measured, less a small margin")
    add("--lower-floors", action="store_true", help="with --update-floors: lower those that are broken")
    add("--reason", metavar="TEXT", default="", help="with --lower-floors: why; the file of floors keeps it")


def _compare(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("a", metavar="A", help="a run: its folder, or its name as `nutgraf eval runs` lists it")
    add("b", metavar="B", help="the run that is held against it")
    add("--measure", action="append", metavar="NAME", help="compare this measure; repeatable (default: the usual ones)")
    add("--seed", type=int, default=0, metavar="N", help="of the bootstrap and the randomisation test (default: 0)")
    add("--json", action="store_true", help="print JSON")
    add("--report", action="append", type=Path, default=[], metavar="FILE", help="write a report of both: .html, .md")
    _root(parser)


def _report(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "runs",
        nargs="+",
        metavar="RUN",
        help="folders or names of runs; the first is the subject, others stand beside it",
    )
    add(
        "--to",
        action="append",
        type=Path,
        required=True,
        metavar="FILE",
        help="the report: .html, .md, .json; repeatable",
    )
    add("--floors", type=Path, metavar="FILE", help="show these floors beside the figures")
    _root(parser)


def _runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")
    _root(parser)


def _new(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("article", metavar="ARTICLE", help="uri of an article in the store, or a file")
    add("--to", type=Path, required=True, metavar="FILE", help="add the questions to this file")
    add("--store", type=Path, metavar="DIR", help="folder of the store; .nutgraf unless set otherwise")
    add("--limit", type=_positive, default=10, metavar="N", help="at most so many questions (default: 10)")
    add("--llm", metavar="PROVIDER:MODEL", help="let this chat model write the questions; answers are still looked up")
    add("--draft", action="store_true", help="confirm nothing now: keep all as drafts, which are not asked")


def _add(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("id", nargs="?", metavar="ID", help="which answer; without it those with a thumb are listed")
    add("--to", type=Path, metavar="FILE", help="add the question to this file")
    add("--store", type=Path, metavar="DIR", help="folder of the store; .nutgraf unless set otherwise")
    add("--answer", action="append", default=[], metavar="TEXT", help="a right answer; repeatable")
    add("--unanswerable", action="store_true", help="the articles do not hold the answer")
    add("--article", metavar="URI", help="the article that holds the answer, when it is not the one that was cited")
    add("--quote", metavar="TEXT", help="with --article: words of the paragraph that holds it")


def _import(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("path", type=Path, metavar="PATH", help="a file, or the folder of BEIR or MultiHop-RAG")
    add("--to", type=Path, required=True, metavar="DIR", help="write cases.jsonl and articles.jsonl there")
    add("--format", metavar="NAME", help="squad, beir, multihop, realtimeqa, ragas or deepeval (default: as it looks)")
    add("--split", metavar="NAME", help="of BEIR: test, dev or train (default: test)")
    add("--articles", type=Path, metavar="FILE", help="of RealTimeQA: the articles")
    add("--overwrite", action="store_true", help="replace what was imported there before")


def _export(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("run", metavar="RUN", help="folder or name of a run")
    add("--format", required=True, choices=("trec", "ragas", "csv"), help="trec writes run.txt and qrels.txt")
    add("--to", type=Path, required=True, metavar="PATH", help="a file; for trec a folder")
    add("--level", default="paragraph", choices=("article", "paragraph", "answer"), help="of trec (default: paragraph)")
    _root(parser)


def _root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--root", type=Path, metavar="DIR", help="where runs are kept (default: .nutgraf-eval)")


_OPTIONS = {
    "run": _run,
    "compare": _compare,
    "report": _report,
    "runs": _runs,
    "new": _new,
    "add": _add,
    "import": _import,
    "export": _export,
}


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a whole number above 0")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("give seconds above 0")
    return number


def _prices(text: str) -> tuple[float, float]:
    try:
        read, written = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("give two numbers, as 0.15,0.60") from None
    return read, written
