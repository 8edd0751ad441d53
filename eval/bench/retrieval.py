"""Nutgraf's index and search against stock LangChain, LlamaIndex and txtai: same articles, model and questions.

    python -m eval.bench.retrieval --data DIR --work DIR [--articles N] [--seed N] [--peers NAME ...] [--reuse-peer]
                                   [--json FILE]

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
import venv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.bench.news import MAX_SHARE, WINDOW, Pool, make_pool, read_dates, read_questions
from eval.bench.recorded import keep
from eval.bench.scoring import Run, compare, measure, summary
from eval.errors import EvalError
from index.errors import NutgrafError

PEERS_FOLDER = Path(__file__).parent / "peers"
PEERS = ("langchain_stock", "llamaindex_stock", "txtai_stock")
OURS = "nutgraf"
RATIOS = (
    "chunks",
    "articles_per_second",
    "index_cpu_seconds",
    "index_peak_rss_mib",
    "peak_rss_mib",
    "disk_mib",
    "query_ms_p50",
    "query_ms_p95",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 when done, 1 with one line on standard error when it could not be."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.articles < 2:
        parser.error("--articles must be at least 2")
    try:
        pool = make_pool(options.data, options.work / f"pool{options.articles}", options.articles, options.seed)
        runs = run_all(pool, options.work, options.peers, reuse=options.reuse_peer)
        result = report(pool, runs, options.seed)
        kept = keep(runs, pool, options.work)
        if options.json:
            options.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    except (NutgrafError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{table(result)}\nruns of the eval: {kept}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.retrieval", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the news files")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="folder for the pool, peers and runs")
    parser.add_argument("--articles", type=int, default=1000, metavar="N", help="size of the pool (default: 1000)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the pool and the bootstrap (default: 0)")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS, metavar="NAME", help="all unless told")
    parser.add_argument("--reuse-peer", action="store_true", help="take a peer's last run on the same pool, if any")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser


def run_all(pool: Pool, work: Path, peers: Sequence[str], *, reuse: bool) -> dict[str, Run]:
    """Run Nutgraf and peers on a pool, one after the other, each in a process of its own; the runs stay in ``work``.

    With ``reuse``, a peer that has a run on the same pool there is not run again. Raises EvalError when a system cannot
    be installed or run.
    """
    paths = {name: work / f"{name}-{pool.fingerprint[:12]}.json" for name in (OURS, *peers)}
    for name in peers:
        if not (reuse and paths[name].exists()):
            _run([peer_python(work, name), PEERS_FOLDER / f"{name}.py"], pool, paths[name])
    _run([sys.executable, "-m", "eval.bench.nutgraf_run"], pool, paths[OURS])
    return {name: Run.load(path) for name, path in paths.items()}


def peer_python(work: Path, name: str) -> Path:
    """The interpreter of a peer's own virtual environment, made in ``work`` when it is not there yet."""
    folder, wanted = work / f"peer-{name}", PEERS_FOLDER / f"{name}.txt"
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    if not installed.exists() or installed.read_text("utf-8") != wanted.read_text("utf-8"):
        venv.create(folder, with_pip=True)
        call([python, "-m", "pip", "install", "--quiet", "-r", wanted], folder / "install.log")
        installed.write_text(wanted.read_text("utf-8"), "utf-8")
    return python


def _run(command: Sequence[str | Path], pool: Pool, result: Path) -> None:
    """Let a system work on the pool in an empty store and write its run to ``result``."""
    with tempfile.TemporaryDirectory(dir=result.parent, prefix="store-") as store:
        call([*command, pool.articles, pool.questions, Path(store) / "index", result], result.with_suffix(".log"))


def call(command: Sequence[str | Path], log: Path, **environment: str) -> None:
    """Run a command with its output in a log file, and without a look at any model hub. Raises EvalError."""
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HF_HUB_OFFLINE": "1", **environment},
            check=False,
        )
    if done.returncode:
        lines = log.read_text("utf-8", errors="replace").strip().splitlines()
        raise EvalError(f"{Path(command[-1]).name}: {lines[-1] if lines else 'no output'}; all of it is in {log}")


def report(pool: Pool, runs: Mapping[str, Run], seed: int) -> dict[str, Any]:
    """All figures of the runs on a pool, as JSON values; comparisons and ratios are ``OURS`` against each peer."""
    questions, dates = read_questions(pool.questions), read_dates(pool.articles)
    measures = {name: measure(run, questions, dates) for name, run in runs.items()}
    cost = {name: run.cost() for name, run in runs.items()}
    peers = [name for name in runs if name != OURS]
    return {
        "benchmark": "retrieval",
        "machine": {"python": platform.python_version(), "system": platform.system(), "cpus": os.cpu_count()},
        "seed": seed,
        "pool": {
            **{key: value for key, value in asdict(pool).items() if not isinstance(value, Path)},
            "window_days": WINDOW.days,
            "max_share": MAX_SHARE,
        },
        "systems": {
            name: {"versions": dict(run.versions), **cost[name], **summary(measures[name])}
            for name, run in runs.items()
        },
        "comparison": {
            peer: {key: compare(measures[OURS][key], measures[peer][key], seed) for key in measures[OURS]}
            for peer in peers
        },
        "ratios": {peer: {key: round(cost[OURS][key] / cost[peer][key], 3) for key in RATIOS} for peer in peers},
    }


def table(result: Mapping[str, Any]) -> str:
    """The figures for a person: a row a figure and a column a system, then ratios and comparisons with each peer."""
    pool, systems, ratios = result["pool"], result["systems"], result["ratios"]
    lines = [
        f"{pool['size']} articles, {pool['usable']} questions ({pool['asked']} asked, {pool['specific']} with a "
        f"specific answer, {pool['labelled']} of them answered in all the data)",
        "",
        _row("", systems),
    ]
    figures = [key for key in next(iter(systems.values())) if key != "versions"]
    lines += [_row(key, [told[key] for told in systems.values()]) for key in figures]
    lines += ["", _row(f"{OURS} / peer", ratios)]
    lines += [_row(key, [told[key] for told in ratios.values()]) for key in RATIOS]
    for peer, pairs in result["comparison"].items():
        lines += ["", f"{OURS} - {peer}, question by question (95 % bootstrap interval; p of the randomisation test)"]
        for key, pair in pairs.items():
            low, high = pair["ci95"]
            lines.append(
                f"{key:22}{pair['difference']:+.4f} ({low:+.4f} .. {high:+.4f}), p = {pair['p']:.2g}: "
                f"better {pair['better']}, worse {pair['worse']}, same {pair['same_right'] + pair['same_wrong']}"
            )
    return "\n".join(lines) + "\n"


def _row(name: str, cells: Iterable[object]) -> str:
    return f"{name:22}" + "".join(f"{cell!s:>18}" for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
