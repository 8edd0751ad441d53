"""The candidates for a large store, side by side: codes of the vector index, and engines of keyword search.

    python -m eval.bench.choices --store DIR --questions FILE --json choices.json

The store is one of eval.bench.scaling. Vector indexes are compared by what the nearest neighbours of real questions
are found of, at the settings of index/vectors.py, and by milliseconds and size. Keyword engines are compared by
milliseconds and by how much of FTS5's own ten best they find; Tantivy is measured if it is installed
(pip install tantivy), on the very tokens of the other two.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from eval.bench.news import read_questions
from eval.bench.peers.harness import disk_mib
from index import vectors
from index.encoder import Encoder
from index.lexical import TITLE_WEIGHT, TOKENIZER, Stemmer, query_words
from index.searcher import CANDIDATES
from index.snapshot import current_view
from index.store import Store
from index.vectors import TRAINING, lists, train_ivf
from index.view import nearest_of_all, read_vectors, stored_rows

CODES = ("SQ8", "SQfp16", "SQ4", "RaBitQ", "PQ96x4fs")
REFINES = (1, 2, 3, 5, 10)
PROBES = (16, 32, 48, 64, 96)
QUESTIONS = 100
CAP = 0.02  # postings that capped FTS5 may read, as a share of the chunks

Row = dict[str, Any]
Ranked = list[tuple[int, float]]
Words = dict[str, list[str]]


def percentiles(taken: Sequence[float]) -> Row:
    return {f"ms_p{share}": 1000 * float(np.percentile(taken, share)) for share in (50, 99)}


def compare_vectors(store: Store, texts: list[str], codes: Sequence[str], report: Callable[[Row], None]) -> None:
    """Recall of the 10 and the 100 nearest, and time, of one index for each of ``codes``."""
    queries = Encoder(store.model().name).encode(texts, "query")
    batches = list(read_halves(store))
    count = sum(len(ids) for ids, _ in batches)
    true = nearest_of_all(queries, ((ids, half.astype(np.float32)) for ids, half in batches), CANDIDATES).tolist()
    sample = np.concatenate([half[:: max(count // (TRAINING * lists(count)), 1)] for _, half in batches])
    for code in codes:
        vectors.CODES = code
        began = time.perf_counter()
        index = train_ivf(sample.astype(np.float32), ((ids, half.astype(np.float32)) for ids, half in batches), count)
        built = time.perf_counter() - began
        size = len(index.to_bytes()) / 2**20
        for probes, refine in [(p, vectors.REFINE) for p in PROBES] + [(vectors.PROBES, r) for r in REFINES]:
            vectors_probes, vectors_refine = vectors.PROBES, vectors.REFINE
            vectors.PROBES, vectors.REFINE = probes, refine
            taken, hits = [], []
            for query, wanted in zip(queries, true, strict=True):
                begin = time.perf_counter()
                rows, _ = index.search(query, CANDIDATES, None, partial(stored_rows, store, index.ids))
                taken.append(time.perf_counter() - begin)
                found = index.ids[rows].tolist()
                hits.append([len(set(found[:k]) & set(wanted[:k])) / k for k in (10, CANDIDATES)])
            vectors.PROBES, vectors.REFINE = vectors_probes, vectors_refine
            at10, at100 = np.mean(hits, axis=0)
            report(
                {"codes": code, "probes": probes, "refine": refine, "recall@10": at10, "recall@100": at100,
                 "build_seconds": built, "mib": size, **percentiles(taken)}
            )  # fmt: skip


def read_halves(store: Store) -> Iterable[tuple[Any, Any]]:
    for ids, _, some in read_vectors(store):
        yield ids, some.astype(np.float16)


def compare_keywords(store: Store, texts: list[str], folder: Path, report: Callable[[Row], None]) -> None:
    """Time, and agreement with FTS5 without a cap, of each engine."""
    stemmer = Stemmer(store.connection)
    view = current_view(store, None)
    frequencies = view.document_frequencies
    words = [query_words(text, stemmer, frequencies) for text in texts]
    fts5, built_fts5 = fts5_engine(store, folder / "fts5.db")

    def capped(question: Words) -> Ranked:
        """The rarest words, as many as the budget of postings allows, at least one."""
        counts = frequencies(stem for stems in question.values() for stem in stems)
        rarest = sorted(question, key=lambda word: min((counts[stem] for stem in question[word]), default=0))
        cost = np.cumsum([min((counts[stem] for stem in question[word]), default=0) for word in rarest])
        fits = max(int(np.searchsorted(cost, CAP * view.count, "right")), 1)
        return fts5({word: question[word] for word in rarest[:fits]})

    engines: dict[str, Callable[[Words], Ranked]] = {
        "FTS5": fts5,
        f"FTS5, rarest words up to {CAP:.0%}": capped,
        "posting lists": lambda question: view.matches(list(question.values()), CANDIDATES),
    }
    built: dict[str, Row] = {"FTS5": built_fts5}
    if importlib.util.find_spec("tantivy"):
        (folder / "tantivy").mkdir()
        engines["Tantivy"], built["Tantivy"] = tantivy_engine(store, stemmer, folder / "tantivy")
    best: list[list[int]] = []
    for name, search in engines.items():
        taken, found = [], []
        for question in words:
            begin = time.perf_counter()
            found.append([chunk_id for chunk_id, _ in search(question)][:10])
            taken.append(time.perf_counter() - begin)
        best = best or found
        overlap = [len(set(a) & set(b)) / max(len(a), 1) for a, b in zip(best, found, strict=True)]
        report({"engine": name, "overlap@10": float(np.mean(overlap)), **percentiles(taken), **built.get(name, {})})


def fts5_engine(store: Store, path: Path) -> tuple[Callable[[Words], Ranked], Row]:
    """SQLite's FTS5 over the same texts in a database of its own at ``path``, and a search with its bm25()."""
    began = time.perf_counter()
    connection = apsw.Connection(str(path))
    connection.execute(f"CREATE VIRTUAL TABLE fts USING fts5(title, body, tokenize='{' '.join(TOKENIZER)}')")
    with connection:
        connection.executemany("INSERT INTO fts(rowid, title, body) VALUES (?, ?, ?)", _texts(store))
    built = {"build_seconds": time.perf_counter() - began, "mib": path.stat().st_size / 2**20}

    def search(question: Words) -> Ranked:
        quoted = " OR ".join('"' + word.replace('"', '""') + '"' for word in question)
        rows = connection.execute(
            "SELECT rowid, -bm25(fts, ?, 1.0) AS score FROM fts WHERE fts MATCH ? ORDER BY score DESC, rowid LIMIT ?",
            (TITLE_WEIGHT, quoted, CANDIDATES),
        )
        return [(int(chunk_id), float(score)) for chunk_id, score in rows] if question else []

    return search, built


def _texts(store: Store) -> apsw.Cursor:
    """(chunk id, title, text) of all chunks."""
    return store.connection.execute(
        "SELECT chunk.id, title, chunk.text FROM chunk JOIN article ON article.id = article_id ORDER BY chunk.id"
    )


def tantivy_engine(store: Store, stemmer: Stemmer, folder: Path) -> tuple[Callable[[Words], Ranked], Row]:
    """A Tantivy index of the same stems in ``folder``, and a search with the title weighed as elsewhere."""
    tantivy: Any = importlib.import_module("tantivy")
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", stored=True)
    for field in ("title", "body"):
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    schema = builder.build()
    began = time.perf_counter()
    index = tantivy.Index(schema, path=str(folder))
    writer = index.writer(200_000_000, 2)
    rows = _texts(store)
    while batch := list(islice(rows, 10_000)):
        for chunk_id, title, text in batch:
            stems = {"title": " ".join(stemmer.stems(title)), "body": " ".join(stemmer.stems(text))}
            writer.add_document(tantivy.Document(id=chunk_id, **stems))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    built = {"build_seconds": time.perf_counter() - began, "mib": disk_mib(folder)}
    should = tantivy.Occur.Should

    def term(stem: str) -> Any:
        body = tantivy.Query.term_query(schema, "body", stem, "freq")
        title = tantivy.Query.boost_query(tantivy.Query.term_query(schema, "title", stem, "freq"), TITLE_WEIGHT)
        return tantivy.Query.boolean_query([(should, body), (should, title)])

    def search(question: Words) -> Ranked:
        must = tantivy.Occur.Must
        groups = [
            term(stems[0]) if len(stems) == 1 else tantivy.Query.boolean_query([(must, term(stem)) for stem in stems])
            for stems in question.values()
            if stems
        ]
        hits = searcher.search(tantivy.Query.boolean_query([(should, group) for group in groups]), CANDIDATES).hits
        return [(searcher.doc(address)["id"][0], score) for score, address in hits]

    return search, built


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.choices", description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, required=True, help="a store of eval.bench.scaling")
    parser.add_argument("--questions", type=Path, required=True, help="the questions of its pool")
    parser.add_argument("--codes", nargs="*", default=list(CODES), help="codes of the vector index; none to skip it")
    parser.add_argument("--no-keywords", action="store_true", help="only the vector indexes")
    parser.add_argument("--json", type=Path, help="also write the result to this file")
    arguments = parser.parse_args()
    texts = [question.question for question in read_questions(arguments.questions)[:QUESTIONS]]
    rows: list[Row] = []

    def report(row: Row) -> None:
        rows.append(row)
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()

    store = Store(arguments.store)
    with store.reading():
        if not arguments.no_keywords:
            with tempfile.TemporaryDirectory(dir=arguments.store.parent) as folder:
                compare_keywords(store, texts, Path(folder), report)
        compare_vectors(store, texts, arguments.codes, report)
    store.close()
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
