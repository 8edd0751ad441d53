"""What the reader does for search and answers: ranking with and without it, open answers, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from eval.bench import news, scoring
from eval.bench.reading_given import TEST_FILE, Figures, best_span, network, sample
from eval.bench.stores import news_store, paragraph_store
from eval.measures import exact_match, mean, percentile, reciprocal_rank, success_at_k
from index import Index, Passage, open_index, store_status
from rag import Assistant
from rag.training.data import Row, read_rows

# A pool of so many articles has some 10,000 chunks.
LATENCY_ARTICLES = 1_180
WARM_UP = 5

WAYS = {"fused": False, "reranked": True}
"""Search without and with the cross-encoder."""


def measures(gains: Sequence[Sequence[int]]) -> scoring.Measures:
    """hit@1, hit@5 and MRR@10 of each question's ranking."""
    return {
        "hit@1": [success_at_k(one, 1) for one in gains],
        "hit@5": [success_at_k(one, 5) for one in gains],
        "mrr@10": [reciprocal_rank(one, scoring.DEPTH) for one in gains],
    }


def ranked(index: Index, questions: Sequence[str], relevant: Callable[[int, Passage], bool]) -> dict[str, Any]:
    """Measures of search by WAYS; ``relevant`` tells of the number of a question and a passage whether it is right.

    Besides the means: the gain of reranking, relative to the fused ranking, and the two compared in pairs.
    """
    found = {
        way: measures(
            [
                [relevant(number, passage) for passage in index.search(question, k=scoring.DEPTH, rerank=rerank)]
                for number, question in enumerate(questions)
            ]
        )
        for way, rerank in WAYS.items()
    }
    means = {way: scoring.summary(one) for way, one in found.items()}
    return {
        "questions": len(questions),
        **means,
        "relative_gain": {
            name: round(means["reranked"][name] / value - 1, 4) if value else 0.0
            for name, value in means["fused"].items()
        },
        "comparison": {
            name: scoring.compare(found["reranked"][name], found["fused"][name], seed=0) for name in found["fused"]
        },
    }


def open_answers(data: Path, work: Path, questions: int) -> dict[str, Any]:
    """Search and answers over all paragraphs of the SQuAD file: which is the right one is not told.

    ``answer``: exact match of the answer as a whole, a refusal being wrong, and of what is answered alone;
    ``first_passage``: exact match of the best span of the passage that search ranks first.
    """
    rows = list(read_rows(data / TEST_FILE))
    store, uris = paragraph_store(rows, work / "squad")
    asked = sample(rows, questions)
    with open_index(store) as index:
        ranking = ranked(index, [row.question for row in asked], lambda n, p: p.uri == uris[asked[n].text])
        return {**ranking, "exact_match": _exact(index, asked)}


def _exact(index: Index, rows: Sequence[Row]) -> Figures:
    assistant = Assistant(index)
    answers, spans, golds = [], [], []
    for row in rows:
        (best,) = index.search(row.question, k=1, rerank=True)
        spans.append(best_span(best.text, network().read(row.question, [best.text], spans=1)[0]))
        answers.append(assistant.ask(row.question).short)
        golds.append([answer for _, answer in row.answers])
    right = [exact_match(*pair) for pair in zip(answers, golds, strict=True)]
    return {
        "answer": mean(right) or 0.0,
        "answered_alone": mean([one for one, answer in zip(right, answers, strict=True) if answer]) or 0.0,
        "answered": mean([bool(answer) for answer in answers]) or 0.0,
        "first_passage": mean([exact_match(*pair) for pair in zip(spans, golds, strict=True)]) or 0.0,
    }


def dated_news(data: Path, work: Path, questions: int) -> dict[str, Any]:
    """Search for dated news questions on a pool of 1,000 articles; eval/bench/news.py says what is relevant."""
    pool, store = news_store(data, work)
    asked, dates = news.read_questions(pool.questions)[:questions], news.read_dates(pool.articles)
    with open_index(store) as index:
        return ranked(
            index,
            [one.question for one in asked],
            lambda n, p: news.is_relevant(asked[n], p.text, dates[p.article.url]),
        )


def latency(data: Path, work: Path, questions: int) -> dict[str, Any]:
    """Milliseconds of one warm question at a time on a store of some 10,000 chunks: search by WAYS, and ``ask``."""
    pool, store = news_store(data, work, LATENCY_ARTICLES)
    asked = [one.question for one in news.read_questions(pool.questions)[:questions]]
    with open_index(store) as index:
        assistant = Assistant(index)
        return {
            "chunks": store_status(store).chunks,
            "search, fused": _timed(lambda question: index.search(question, rerank=False), asked),
            "search, reranked": _timed(lambda question: index.search(question, rerank=True), asked),
            "ask": _timed(assistant.ask, asked),
        }


def _timed(run: Callable[[str], object], questions: Sequence[str]) -> Figures:
    for question in questions[:WARM_UP]:
        run(question)
    took = []
    for question in questions:
        began = time.perf_counter()
        run(question)
        took.append(1000 * (time.perf_counter() - began))
    return {"p50_ms": percentile(took, 50), "p95_ms": percentile(took, 95), "questions": len(took)}
