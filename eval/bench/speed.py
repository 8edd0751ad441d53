"""How fast Nutgraf, stock LangChain and txtai index, start and search: in turns, several rounds, medians and ratios.

    python -m eval.bench.speed --data DIR --work DIR [--articles N] [--rounds N] [--json FILE]

A round lets each system, in a process of its own, index the pool into an empty folder and answer its questions one at
a time (the measurement of eval.bench.retrieval, without reranking), and then starts it anew COLD times to ask one
question of that index. The order of the systems turns with each round, so that a busy minute hits not always the same.
eval/bench/README.md says what is measured and how.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from eval.bench.news import Pool, make_pool, read_questions
from eval.bench.retrieval import OURS, PEERS_FOLDER, call, peer_python
from eval.bench.scoring import Run
from eval.errors import EvalError
from eval.measures import percentile
from index.errors import NutgrafError
from index.inference import best_numbers

SYSTEMS = (OURS, "langchain_stock", "txtai_stock")
COLD = 3
QUESTIONS = 120

Figures = dict[str, float]
"""articles_per_second, index_peak_rss_mib, search_ms_p50, ..._p95, ..._p99, cold_search_seconds; of Nutgraf also
cold_search_reranked_seconds and cold_ask_seconds."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 when done, 1 with one line on standard error when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the news files")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="folder for the pool, peers and runs")
    parser.add_argument("--articles", type=int, default=300, metavar="N", help="size of the pool (default: 300)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each is measured (default: 3)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the pool (default: 0)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    options = parser.parse_args(arguments)
    try:
        pool = make_pool(options.data, options.work / f"pool{options.articles}", options.articles, options.seed)
        rounds = [measure(pool, options.work, number) for number in range(options.rounds)]
    except (NutgrafError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    result = report(pool, rounds)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    sys.stdout.write(json.dumps({key: result[key] for key in ("systems", "ratios")}, indent=2) + "\n")
    return 0


def measure(pool: Pool, work: Path, number: int) -> dict[str, Figures]:
    """One round: the figures of each system."""
    turn = number % len(SYSTEMS)
    figures = {}
    for name in SYSTEMS[turn:] + SYSTEMS[:turn]:
        with tempfile.TemporaryDirectory(dir=work, prefix="store-") as folder:
            figures[name] = _measure(name, pool, work, Path(folder) / "index")
    return figures


def _measure(name: str, pool: Pool, work: Path, store: Path) -> Figures:
    result, questions = store.with_name("run.json"), store.with_name("questions.jsonl")
    lines = pool.questions.read_text("utf-8").splitlines(keepends=True)
    questions.write_text("".join(lines[:QUESTIONS]), "utf-8")
    if name == OURS:
        command: list[str | Path] = [sys.executable, "-m", "eval.bench.nutgraf_run"]
    else:
        command = [peer_python(work, name), PEERS_FOLDER / f"{name}.py"]
    call([*command, pool.articles, questions, store, result], work / f"speed-{name}.log", NUTGRAF_RERANK="false")
    run = Run.load(result)
    figures = {
        "articles_per_second": run.articles_per_second,
        "index_peak_rss_mib": run.index_peak_rss_mib,
        **{f"search_ms_p{share}": percentile(run.query_ms, share) or 0.0 for share in (50, 95, 99)},
    }
    asked = [question.question for question in read_questions(questions)[:COLD]]
    if name != OURS:
        return figures | {"cold_search_seconds": _cold([*command, "--cold", store], asked)}
    nutgraf: list[str | Path] = [sys.executable, "-m", "ui"]
    return figures | {
        "cold_search_seconds": _cold([*nutgraf, "search", "--no-rerank", "--store", store], asked),
        "cold_search_reranked_seconds": _cold([*nutgraf, "search", "--store", store], asked),
        "cold_ask_seconds": _cold([*nutgraf, "ask", "--store", store], asked),
    }


def _cold(command: Sequence[str | Path], asked: Sequence[str]) -> float:
    """Median seconds of a whole process that answers one question, from its start to its end; files are in memory."""
    taken = []
    for question in asked:
        began = time.perf_counter()
        done = subprocess.run(
            [*map(str, command), question],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            check=False,
        )
        taken.append(time.perf_counter() - began)
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise EvalError(f"{' '.join(map(str, command[:3]))}: failed ({' '.join(last)}); run it by hand")
    return median(taken)


def report(pool: Pool, rounds: Sequence[Mapping[str, Figures]]) -> dict[str, Any]:
    """Medians over the rounds, and Nutgraf's ratio to each peer: the median of the ratios of each round."""
    return {
        "benchmark": "speed",
        "machine": {
            "python": platform.python_version(),
            "system": platform.system(),
            "cpus": os.cpu_count(),
            "numbers": best_numbers(),
        },
        "articles": pool.size,
        "questions": QUESTIONS,
        "rounds": [{name: _rounded(figures) for name, figures in one.items()} for one in rounds],
        "systems": {
            name: _rounded({key: median(one[name][key] for one in rounds) for key in rounds[0][name]})
            for name in SYSTEMS
        },
        "ratios": {peer: _ratios(peer, rounds) for peer in SYSTEMS[1:]},
    }


def _ratios(peer: str, rounds: Sequence[Mapping[str, Figures]]) -> Figures:
    """Ours to the peer's; the colder starts of ours, which do more, to the peer's only one."""
    theirs = {key: key for key in rounds[0][peer]}
    theirs |= dict.fromkeys(("cold_search_reranked_seconds", "cold_ask_seconds"), "cold_search_seconds")
    return _rounded({key: median(one[OURS][key] / one[peer][other] for one in rounds) for key, other in theirs.items()})


def _rounded(figures: Figures) -> Figures:
    return {key: round(value, 3) for key, value in figures.items()}


if __name__ == "__main__":
    sys.exit(main())
