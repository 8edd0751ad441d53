"""The benchmark of what the pipeline costs: its scripted model is answered from, and its figures add up."""

import json
from pathlib import Path

import pytest

from eval.bench import overhead
from index import open_index

QUESTIONS = ["Who received Sung Kim in Seoul?", "How long does the joint exercise last?"]
RESULTS = Path(overhead.__file__).parent / "results" / "overhead.json"


def test_the_model_quotes_what_it_is_shown():
    prompt = "=====\n\nArticle: A\n\n[ab12-1] It rained. It froze.\n\n[ab12-2] Wheat fell.\n\n=====\n\nQuestion: [x] y"
    assert overhead.reply(prompt) == "It rained. [ab12-1] Wheat fell. [ab12-2]\n"


def test_the_time_of_the_model_is_not_that_of_the_pipeline(seeds_store):
    with open_index(seeds_store) as index:
        instant = overhead.times(index, QUESTIONS)
        slow = overhead.times(index, QUESTIONS[:1], word_s=0.01)
        found = overhead.passages(index, QUESTIONS, lambda number, passage: number == 0)
    assert instant["questions"] == 2
    assert instant["citations"] >= 1
    assert slow["model_ms"] > 10
    assert 0 < instant["retrieve"]["p50_ms"] < instant["overhead"]["p50_ms"]
    assert found["same_passages"] == 1  # the claim that reranking for a language model only changes the order
    assert found["fused"]["hit@8"] == found["reranked"]["hit@8"] == 0.5


def test_the_figures_in_the_repository_keep_to_the_bar():
    figures = json.loads(RESULTS.read_text("utf-8"))
    assert figures["chunks"] >= 10_000
    assert figures["instant model"]["overhead"]["p50_ms"] <= 50
    assert figures["passages"]["same_passages"] == pytest.approx(1)
