"""How well the reader reads, ranks and answers, and how long it takes; what ships is measured.

    python -m eval.bench.reading --data DIR --work DIR [--part NAME ...] [--questions N] [--json FILE]

| part | question it answers |
|---|---|
| squad | how good is the span in the right paragraph, and how long should a row of input be? |
| answerable | does the reader know where there is no answer? |
| open | does reranking find the right paragraph, and is the answer right when nobody says where it stands? |
| news | does reranking help on dated news questions? |
| latency | what does it cost? |

Parts that are in FILE already and were measured with the same weights stay in it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.bench import reading_found, reading_given
from index.crossencoder import weights_path
from index.errors import NutgrafError
from index.model import file_sha

PARTS: dict[str, Callable[[Path, Path, int], Mapping[str, Any]]] = {
    "squad": lambda data, work, questions: reading_given.squad(data, questions),
    "answerable": reading_given.answerable,
    "open": reading_found.open_answers,
    "news": reading_found.dated_news,
    "latency": reading_found.latency,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 when done, 1 with one line on standard error when it could not be."""
    options = _parser().parse_args(arguments)
    try:
        weights = file_sha(weights_path())
        parts = _measured(options.json, weights) if options.json else {}
        for name in options.part:
            parts[name] = _rounded(PARTS[name](options.data, options.work, options.questions))
            sys.stdout.write(table(name, parts[name]))
            if options.json:
                _write(options.json, weights, parts)
    except (NutgrafError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.reading", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the data files")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="folder for the stores; used again")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS), metavar="NAME", help="all unless told")
    parser.add_argument("--questions", type=int, default=1000, metavar="N", help="at most so many a part (1000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser


def _measured(path: Path, weights: str) -> dict[str, Any]:
    """The parts in the file, when they are of the same weights."""
    if not path.exists():
        return {}
    before = json.loads(path.read_text("utf-8"))
    return dict(before["parts"]) if before["weights_sha256"] == weights else {}


def _write(path: Path, weights: str, parts: Mapping[str, Any]) -> None:
    machine = {"python": platform.python_version(), "system": platform.system(), "cpus": os.cpu_count()}
    result = {"benchmark": "reading", "machine": machine, "weights_sha256": weights, "parts": parts}
    path.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def _rounded(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Floats with four digits."""
    return {
        name: _rounded(value) if isinstance(value, Mapping) else round(value, 4) if isinstance(value, float) else value
        for name, value in figures.items()
    }


def table(part: str, figures: Mapping[str, Any]) -> str:
    """The figures of a part for a person, a line each."""
    return "".join(f"{part:12}{name:56}{value}\n" for name, value in _flat(figures))


def _flat(figures: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}: ")
        else:
            yield above + name, value


if __name__ == "__main__":
    sys.exit(main())
