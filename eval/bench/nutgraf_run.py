"""Nutgraf's side of the retrieval benchmark, in a process of its own so that its time and memory are its own.

    python -m eval.bench.nutgraf_run ARTICLES QUESTIONS STORE RESULT

The same arguments and the same JSON as the scripts in ``peers/``: see ``eval.bench.scoring.Run``.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

DEPTH = 10
WARM_UP = 5
PACKAGES = ("nutgraf", "openvino", "tokenizers", "faiss-cpu", "apsw")


def run(articles: Path, questions: Path, store: Path) -> dict[str, object]:
    """Index the articles, search every question, and return what ``scoring.Run`` holds.

    Raises EvalError when an article could not be read, and what ``index`` raises.
    """
    started = time.perf_counter()
    from eval.errors import EvalError
    from index import build_index, open_index

    loaded = time.perf_counter()
    report = build_index([articles], store=store)
    indexed = time.perf_counter()
    index_cpu, index_rss = time.process_time(), peak_rss_mib()
    if report.problems:
        raise EvalError(f"{articles}: {len(report.problems)} articles not indexed; the first: {report.problems[0]}")

    rows = [json.loads(line) for line in questions.read_text("utf-8").split("\n") if line]
    rankings, latencies = {}, []
    with open_index(store) as index:
        for row in rows[:WARM_UP]:
            index.search(row["question"], k=DEPTH)
        for row in rows:
            begun = time.perf_counter()
            found = index.search(row["question"], k=DEPTH)
            latencies.append(1000 * (time.perf_counter() - begun))
            rankings[row["id"]] = [{"url": passage.article.url, "text": passage.text} for passage in found]
    return {
        "versions": {name: version(name) for name in PACKAGES},
        "articles": report.articles,
        "chunks": report.chunks,
        "load_seconds": loaded - started,
        "index_seconds": indexed - loaded,
        "index_cpu_seconds": index_cpu,
        "index_peak_rss_mib": index_rss,
        "peak_rss_mib": peak_rss_mib(),
        "disk_mib": disk_mib(store),
        "query_ms": latencies,
        "rankings": rankings,
    }


def peak_rss_mib() -> float:
    """This process's own peak (Linux only); what getrusage says may be the parent's, from before exec."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def disk_mib(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


def main(articles: str, questions: str, store: str, result: str) -> None:
    done = run(Path(articles), Path(questions), Path(store))
    Path(result).write_text(json.dumps(done, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
