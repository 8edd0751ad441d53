"""Which fusion of dense and keyword ranking is best on dated news questions.

    python -m eval.bench.fusion --data DIR --work DIR [--articles 1000] [--seed 0] [--json FILE]

Indexes the pool of eval/bench/news.py once, takes the first 100 of each ranking for every question, and scores every
fusion on the same rankings: reciprocal rank fusion with several k and weights, min-max fusion with several weights, and
each ranking alone. The title weight of BM25 is varied too. The figure that decides is MRR@10, then hit@5.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.bench import scoring
from eval.bench.news import Question, is_relevant, make_pool, read_dates, read_questions
from eval.measures import reciprocal_rank, success_at_k
from index import Index, build_index, lexical, open_index
from index.fusion import Ranking, min_max
from index.fusion import reciprocal_rank as rank_fusion
from index.searcher import CANDIDATES, DENSE_WEIGHT

DENSE_WEIGHTS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
RRF_K = (5.0, 20.0, 60.0)
TITLE_WEIGHTS = (0.5, 1.0, 2.0, 4.0)

Right = dict[int, bool]


def rankings(index: Index, text: str) -> tuple[Ranking, Ranking]:
    """(dense, keyword) rankings of a question as (chunk id, score)."""
    dense = index.search(text, k=CANDIDATES, mode="dense")
    keyword = index.search(text, k=CANDIDATES, mode="bm25")
    return (
        [(p.chunk.id, p.scores["dense"]) for p in dense],
        [(p.chunk.id, p.scores["bm25"]) for p in keyword],
    )


def relevance(index: Index, question: Question, ids: Sequence[int], dates: dict[str, Any]) -> Right:
    found = {}
    for chunk_id in ids:
        passage = index.passage(f"p{chunk_id}")
        if passage is not None:
            found[chunk_id] = is_relevant(question, passage.text, dates[passage.article.url])
    return found


def score(fused: Sequence[Sequence[tuple[int, float]]], right: Sequence[Right]) -> scoring.Measures:
    hits = [[r[item] for item, _ in ranking[: scoring.DEPTH]] for ranking, r in zip(fused, right, strict=True)]
    return {
        "hit@1": [success_at_k(h, 1) for h in hits],
        "hit@5": [success_at_k(h, 5) for h in hits],
        "mrr@10": [reciprocal_rank(h, scoring.DEPTH) for h in hits],
    }


def compare(index: Index, questions: Sequence[Question], dates: dict[str, Any]) -> dict[str, Any]:
    """Scores by fusion, and the best min-max against the best reciprocal rank fusion in pairs."""
    found = [rankings(index, question.question) for question in questions]
    right = [
        relevance(index, question, list({i for ranking in pair for i, _ in ranking}), dates)
        for question, pair in zip(questions, found, strict=True)
    ]
    all_scores: dict[str, scoring.Measures] = {}
    for weight in DENSE_WEIGHTS:
        weights = [weight, 1 - weight]
        all_scores[f"min-max, dense {weight}"] = score([min_max(pair, weights) for pair in found], right)
        for k in RRF_K:
            fused = [rank_fusion(pair, weights, k) for pair in found]
            all_scores[f"RRF k={k:.0f}, dense {weight}"] = score(fused, right)
    summaries = {name: scoring.summary(measures) for name, measures in all_scores.items()}
    best = {
        kind: max((n for n in summaries if n.startswith(kind)), key=lambda n: (summaries[n]["mrr@10"], n))
        for kind in ("min-max", "RRF")
    }
    pairs = {
        name: scoring.compare(all_scores[best["min-max"]][name], all_scores[best["RRF"]][name], seed=0)
        for name in ("hit@5", "mrr@10")
    }
    return {"scores": summaries, "best": best, "best_min_max_against_best_rrf": pairs}


def title_weights(index: Index, questions: Sequence[Question], dates: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Scores of the shipped fusion with other weights of the title in BM25."""
    shipped = lexical.TITLE_WEIGHT
    scores = {}
    for weight in TITLE_WEIGHTS:
        lexical.TITLE_WEIGHT = weight
        found = [rankings(index, question.question) for question in questions]
        fused = [min_max(pair, [DENSE_WEIGHT, 1 - DENSE_WEIGHT])[: scoring.DEPTH] for pair in found]
        right = [
            relevance(index, q, [i for i, _ in ranking], dates) for q, ranking in zip(questions, fused, strict=True)
        ]
        scores[str(weight)] = scoring.summary(score(fused, right))
    lexical.TITLE_WEIGHT = shipped
    return scores


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder with the news articles and questions")
    parser.add_argument("--work", type=Path, required=True, help="folder for the pool and the store; used again")
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    folder = options.work / f"pool-{options.articles}-{options.seed}"
    pool = make_pool(options.data, folder, options.articles, options.seed)
    build_index([pool.articles], store=folder / "store")
    questions, dates = read_questions(pool.questions), read_dates(pool.articles)
    with open_index(folder / "store") as index:
        result = {
            "questions": len(questions),
            "articles": options.articles,
            "seed": options.seed,
            **compare(index, questions, dates),
            "bm25_title_weight": title_weights(index, questions, dates),
        }
    text = json.dumps(result, indent=1) + "\n"
    if options.json:
        options.json.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
