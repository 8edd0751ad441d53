"""How search scales: stores of 10^4, 10^5 and 10^6 chunks, real questions, the encoding of the question included.

    python -m eval.bench.scaling --data DIR --work DIR --json scaling.json

The stores are grown from a pool of dated news (eval/bench/grown.py); they are kept in the work folder, a million chunks
takes some 7 GB and half an hour. Each is measured in a process of its own, one question at a time, without reranking
(which costs the same at any size). What is measured stands in eval/bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench.grown import grow
from eval.bench.news import read_questions
from eval.bench.peers.harness import disk_mib, peak_rss_mib
from eval.bench.stores import news_store
from index import Index, open_index, store_status
from index.searcher import CANDIDATES, Mode
from index.view import nearest_of_all, read_vectors
from index.writer import Writer

SIZES = (10_000, 100_000, 1_000_000)
WARM_UP = 20
PIECE = 1 << 22  # bytes of a file that are read at once
QUESTIONS = 300
FILTERED = 100  # questions that are also asked as of a day
DAY = date(2023, 1, 1)  # the first of those days; the news are of that year

Row = dict[str, Any]


def make_store(real: Path, folder: Path, chunks: int, seed: int) -> Row:
    """A store of so many chunks in ``folder`` unless it is there; says what it took to write it."""
    told = folder / "made.json"
    if not told.exists():
        shutil.rmtree(folder / "store", ignore_errors=True)  # half of one, from a call that was stopped
        began = time.perf_counter()
        from_news = grow(real, folder / "store", chunks, seed)
        written = time.perf_counter()
        with Writer(folder / "store", None) as writer:
            writer.finish()
        told.write_text(
            json.dumps(
                {
                    "real_chunks": from_news,
                    "write_seconds": written - began,
                    "snapshot_seconds": time.perf_counter() - written,
                }
            )
        )
    made: Row = json.loads(told.read_text("utf-8"))
    return made


def measure(store: Path, questions: Path) -> Row:
    """The figures of one store. Call it in a fresh process: its memory is measured.

    Its files are read once before, so that they come from the system's cache, as with a store that is in use.
    """
    for path in (one for one in store.rglob("*") if one.is_file()):
        with path.open("rb") as file:
            while file.read(PIECE):
                pass
    asked = read_questions(questions)[: QUESTIONS + WARM_UP]
    began = time.perf_counter()
    with open_index(store, rerank=False) as index:
        index.search(asked[0].question, mode="bm25")  # loads the snapshot, not yet the encoder
        opened = time.perf_counter() - began
        index.search(asked[0].question)
        ready = time.perf_counter() - began
        for question in asked[:WARM_UP]:
            index.search(question.question)
        texts = [question.question for question in asked[WARM_UP:]]
        modes: tuple[Mode, ...] = ("hybrid", "dense", "bm25")
        found: dict[str, Row] = {}
        for mode in modes:
            found[mode] = timings([(text, None) for text in texts], index, mode)
        # What a filter leaves is remembered: looked up anew for every day, and for the same day again and again.
        days = [(text, DAY + timedelta(3 * number)) for number, text in enumerate(texts[:FILTERED])]
        found["hybrid, each as of another day"] = timings(days, index, "hybrid")
        found["hybrid, all as of one day"] = timings([(text, days[-1][1]) for text, _ in days], index, "hybrid")
        served, peak = resident_mib(), peak_rss_mib()
        result = {
            "open_seconds": opened,
            "open_and_first_search_seconds": ready,
            "ms": found,
            "resident_mib": served,
            "peak_rss_mib": peak,
            **recall(index, texts),
        }
    status = store_status(store)
    return {
        "chunks": status.chunks, "articles": status.articles, "disk_mib": disk_mib(store), "vectors": status.vectors,
        "recall_in_status": status.recall, **result,
    }  # fmt: skip


def timings(asked: Sequence[tuple[str, date | None]], index: Index, mode: Mode) -> dict[str, float]:
    """Milliseconds of one search of ten passages."""
    taken = []
    for text, day in asked:
        began = time.perf_counter()
        index.search(text, k=10, as_of=day, mode=mode)
        taken.append(1000 * (time.perf_counter() - began))
    return {f"p{share}": float(np.percentile(taken, share)) for share in (50, 95, 99)}


def recall(index: Index, texts: list[str]) -> dict[str, float]:
    """The share of the truly nearest chunks (all vectors compared) that dense search finds, mean over the questions.

    ``recall@10`` of a search of ten passages, ``recall@100`` of the candidates that hybrid search takes.
    """
    queries = index.encoder.encode(texts, "query")
    near = [[p.chunk.id for p in index.search(text, k=CANDIDATES, mode="dense")] for text in texts]
    with index.store.reading():
        batches = ((ids, vectors) for ids, _, vectors in read_vectors(index.store))
        best = nearest_of_all(queries, batches, CANDIDATES).tolist()
    shares = {}
    for k in (10, CANDIDATES):
        hits = [len(set(got[:k]) & set(true[:k])) / k for got, true in zip(near, best, strict=True)]
        shares[f"recall@{k}"] = float(np.mean(hits))
    return shares


def resident_mib() -> float:
    """This process's resident memory now (Linux only)."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def scale(data: Path, work: Path, articles: int, sizes: list[int], seed: int) -> Row:
    """Makes the stores that are not there yet, measures each in a process of its own, and returns all figures."""
    pool, real = news_store(data, work, articles, seed)
    found: Row = {"pool_articles": pool.size, "pool_fingerprint": pool.fingerprint, "seed": seed, "sizes": {}}
    for size in sizes:
        folder = work / f"grown-{articles}-{seed}-{size}"
        folder.mkdir(parents=True, exist_ok=True)
        result = folder / "measured.json"
        command = [sys.executable, "-m", "eval.bench.scaling", "--store", str(folder / "store")]
        make = [sys.executable, "-m", "eval.bench.scaling", "--make", str(folder), "--real", str(real)]
        subprocess.run([*make, "--sizes", str(size), "--seed", str(seed)], check=True)
        subprocess.run([*command, "--questions", str(pool.questions), "--json", str(result)], check=True)
        found["sizes"][str(size)] = json.loads((folder / "made.json").read_text()) | json.loads(result.read_text())
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.scaling", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with the news articles and questions")
    parser.add_argument("--work", type=Path, help="folder for the pool and the stores; used again")
    parser.add_argument("--articles", type=int, default=2000, help="real articles that the stores grow from")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="chunks of each store")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the result to this file")
    one = parser.add_argument_group("one step alone, in its own process")
    one.add_argument("--make", type=Path, help="only make a store in this folder, out of --real")
    one.add_argument("--real", type=Path)
    one.add_argument("--store", type=Path, help="only measure this store with --questions")
    one.add_argument("--questions", type=Path)
    arguments = parser.parse_args()
    if arguments.make:
        result = make_store(arguments.real, arguments.make, arguments.sizes[0], arguments.seed)
    elif arguments.store:
        result = measure(arguments.store, arguments.questions)
    elif arguments.data and arguments.work:
        result = scale(arguments.data, arguments.work, arguments.articles, arguments.sizes, arguments.seed)
    else:
        parser.error("give --data and --work")
    text = json.dumps(result, indent=2) + "\n"
    sys.stdout.write(text)
    if arguments.json:
        arguments.json.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
