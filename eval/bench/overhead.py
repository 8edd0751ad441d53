"""What the pipeline around a language model costs: how long an answer takes beyond the model's own time.

    python -m eval.bench.overhead --data DIR --work DIR [--questions N] [--json FILE]

The model is scripted and runs in this process. It writes the first sentence of each of the first SENTENCES paragraphs
that it is shown, with their ids, a word at a time, so checking and citing have real work; ``reworded``: with a phrase
before each, so that none stands there word for word. ``overhead`` is the time of ``Assistant.ask`` less what the model
took for its words; ``retrieve`` is the part of it that finds the passages. eval/bench/README.md says what the ways are.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.bench.news import is_relevant, read_dates, read_questions
from eval.bench.stores import news_store
from eval.measures import mean, percentile, reciprocal_rank, success_at_k
from index import Index, open_index, store_status
from index.errors import NutgrafError
from index.sentences import split_sentences
from rag import Assistant, RagSettings
from rag.reading import SKIM

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# A pool of so many articles has some 10,000 chunks.
ARTICLES = 1_180
SENTENCES = 3
WARM_UP = 5
WORD_S = 0.01

Figures = dict[str, Any]

_PARAGRAPH = re.compile(r"^\[(?P<id>[0-9a-f]{4}-\d+)\] (?P<text>.+)", re.MULTILINE)


def scripted_model(word_s: float = 0.0, *, reworded: bool = False) -> tuple[BaseChatModel, list[float]]:
    """A chat model that quotes what it is shown, ``word_s`` seconds a word, and the seconds that each reply took it."""
    from langchain_core.language_models import BaseChatModel
    from langchain_core.language_models.chat_models import generate_from_stream
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

    took: list[float] = []

    class Scripted(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "scripted"

        def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
            return generate_from_stream(self._stream(messages))

        def _stream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
            took.append(0.0)
            for word in re.findall(r"\s*\S+", reply(str(messages[-1].content), reworded=reworded)):
                began = time.perf_counter()
                time.sleep(word_s)
                took[-1] += time.perf_counter() - began
                yield ChatGenerationChunk(message=AIMessageChunk(content=word))

    return Scripted(), took


def reply(prompt: str, *, reworded: bool = False) -> str:
    """The first sentence of each of the first paragraphs of a prompt, with its id."""
    found = []
    for paragraph in list(_PARAGRAPH.finditer(prompt))[:SENTENCES]:
        start, end = split_sentences(paragraph["text"])[0]
        sentence = paragraph["text"][start:end]
        if reworded:
            sentence = f"It was reported that {sentence[:1].lower()}{sentence[1:]}"
        found.append(f"{sentence} [{paragraph['id']}]")
    return " ".join(found) + "\n"


def times(
    index: Index, questions: Sequence[str], *, k: int = SKIM.passages, word_s: float = 0.0, reworded: bool = False
) -> Figures:
    """Milliseconds of ``ask`` beyond the model's own, and of finding alone, one warm question at a time."""
    model, took = scripted_model(word_s, reworded=reworded)
    assistant = Assistant(index, RagSettings(k=k), llm=model)
    for question in questions[:WARM_UP]:
        assistant.ask(question)
    took.clear()
    beyond, found, cited = [], [], []
    for question in questions:
        began = time.perf_counter()
        answer = assistant.ask(question)
        beyond.append(1000 * (time.perf_counter() - began - took[-1]))
        found.append(answer.timings["retrieve"])
        cited.append(float(len(answer.citations)))
    return {
        "questions": len(questions),
        "overhead": _spread(beyond),
        "retrieve": _spread(found),
        "beside_retrieve": _spread([one - other for one, other in zip(beyond, found, strict=True)]),
        "model_ms": mean([1000 * one for one in took]),
        "citations": mean(cited),
    }


def passages(index: Index, questions: Sequence[str], relevant: Callable[[int, Any], bool]) -> Figures:
    """What reranking does to the passages of an answer: the same ones in another order."""
    figures: Figures = {}
    sets: list[list[set[str]]] = []
    for way, rerank in (("fused", False), ("reranked", True)):
        gains, ids = [], []
        for number, question in enumerate(questions):
            found = [one.passage for one in index.retrieve(question, k=SKIM.passages, rerank=rerank, skim=SKIM)]
            gains.append([relevant(number, passage) for passage in found])
            ids.append({passage.id for passage in found})
        sets.append(ids)
        figures[way] = {
            f"hit@{SKIM.passages}": mean([success_at_k(one, SKIM.passages) for one in gains]),
            f"mrr@{SKIM.passages}": mean([reciprocal_rank(one, SKIM.passages) for one in gains]),
        }
    same = [one == other for one, other in zip(*sets, strict=True)]
    return {"questions": len(questions), **figures, "same_passages": mean(same)}


def _spread(values: Sequence[float]) -> Figures:
    return {"p50_ms": percentile(values, 50), "p95_ms": percentile(values, 95)}


def measure(data: Path, work: Path, questions: int) -> Figures:
    """All figures, on a store of some 10,000 chunks."""
    pool, store = news_store(data, work, ARTICLES)
    asked = read_questions(pool.questions)[:questions]
    dates = read_dates(pool.articles)
    texts = [one.question for one in asked]
    with open_index(store) as index:
        return {
            "chunks": store_status(store).chunks,
            "instant model": times(index, texts),
            "instant model, reworded": times(index, texts, reworded=True),
            "model of 100 words a second": times(index, texts[: max(1, questions // 4)], word_s=WORD_S),
            "model of 100 words a second, reworded": times(
                index, texts[: max(1, questions // 4)], word_s=WORD_S, reworded=True
            ),
            "instant model, passages reranked": times(index, texts, k=SKIM.passages - 1),
            "passages": passages(index, texts, lambda n, p: is_relevant(asked[n], p.text, dates[p.article.url])),
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 when done, 1 with one line on standard error when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.overhead", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the news files")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="folder for the store; used again")
    parser.add_argument("--questions", type=int, default=150, metavar="N", help="at most so many (150)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    options = parser.parse_args(arguments)
    try:
        figures = _rounded(measure(options.data, options.work, options.questions))
    except (NutgrafError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    machine = {"python": platform.python_version(), "system": platform.system(), "cpus": os.cpu_count()}
    text = json.dumps({"benchmark": "overhead", "machine": machine, **figures}, indent=1) + "\n"
    sys.stdout.write(text)
    if options.json:
        options.json.write_text(text, "utf-8")
    return 0


def _rounded(figures: Mapping[str, Any]) -> Figures:
    return {
        name: _rounded(value) if isinstance(value, Mapping) else round(value, 3) if isinstance(value, float) else value
        for name, value in figures.items()
    }


if __name__ == "__main__":
    sys.exit(main())
