"""Are sources that differ told apart, and those that agree left alone?

    python -m eval.bench.disagreement --data DIR --work DIR [--half measured|chosen] [--json FILE]

Cases are those of RAMDocs (Wang et al. 2025): a question and documents with the answer that each gives, or "unknown".
The documents of a case are indexed as articles of a store of their own, the question is asked as ``rag.ask`` asks it.
The stores are kept in --work, and so is what the reader read, until there is another reader.

======== ==============================================================================================================
found    cases with several answers: share of those where two positions or more give different ones of them
alarms   share with positions of the cases with one answer (and documents without any), and of the documents that give
         the same answer, taken alone, where several of a case do ("agreeing texts")
======== ==============================================================================================================

The weights are fitted on half of the cases, by hash of the question (``eval.bench.fit_positions``); the others are only
measured.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import pickle
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from eval.files import write_text
from eval.measures import holds_answer, mean
from index import Index, build_index, open_index
from index.crossencoder.weights import weights_path
from index.model import file_sha
from index.schema import Passage
from rag.citing import cite
from rag.extractive import Candidates, candidates, draft
from rag.questions import analyse
from rag.reading import SKIM
from rag.schema import Answer
from rag.settings import RagSettings

CASES_FILE = "conflicting_sources.jsonl.gz"
RESULTS = Path(__file__).parent / "results" / "disagreement.json"
Half = Literal["chosen", "measured"]


@dataclass(frozen=True, slots=True)
class Case:
    """A question, the texts, and the answer that each gives; "" for none."""

    question: str
    texts: tuple[str, ...]
    answers: tuple[str, ...]

    @property
    def half(self) -> Half:
        return "chosen" if random.Random(self.question).random() < 0.5 else "measured"  # noqa: S311 - a split

    @property
    def golds(self) -> tuple[str, ...]:
        """The different answers."""
        return tuple(dict.fromkeys(filter(None, self.answers)))

    def agreeing(self) -> Iterator[frozenset[str]]:
        """The uris of the texts that give one answer, for each answer that several texts give."""
        for gold in self.golds:
            uris = frozenset(f"doc:{number}" for number, answer in enumerate(self.answers) if answer == gold)
            if len(uris) > 1:
                yield uris


def read_cases(file: Path) -> list[Case]:
    """The cases of a file in the form of RAMDocs."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Case(
            row["question"],
            tuple(document["text"] for document in row["documents"]),
            tuple("" if document["type"] == "noise" else document["answer"] for document in row["documents"]),
        )
        for row in rows
    ]


Read = tuple[list[Passage], Candidates]
"""The passages that were found, and what the reader makes of them."""


class Asking:
    """Asks cases; ``work`` keeps the stores, and what the reader that ships read."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._file = work / f"disagreement-{file_sha(weights_path())[:12]}.pickle"
        self._read: dict[str, Read] = {}
        if self._file.exists():
            self._read = pickle.loads(self._file.read_bytes())  # noqa: S301 - written by this program

    def ask(self, case: Case, uris: frozenset[str] | None = None) -> Answer:
        """The answer from the case's texts, or from those of ``uris`` alone."""
        passages, found = self.read(case, uris)
        return cite(case.question, draft(analyse(case.question), passages, found, RagSettings()), passages)

    def read(self, case: Case, uris: frozenset[str] | None = None) -> Read:
        """The passages found in a store of the case's texts, all or those of ``uris``, as they are read."""
        key = "\n".join((case.question, *case.texts))
        if key not in self._read:
            store = self._work / "cases" / hashlib.sha256(key.encode()).hexdigest()[:16]
            self._read[key] = _read(case, store)
        passages, found = self._read[key]
        return (passages, found) if uris is None else _only(passages, found, uris)

    def save(self) -> None:
        self._file.write_bytes(pickle.dumps(self._read))


def _read(case: Case, store: Path) -> Read:
    if not store.exists():
        store.mkdir(parents=True)
        articles = store / "articles.jsonl"
        rows = [{"uri": f"doc:{number}", "text": text} for number, text in enumerate(case.texts)]
        articles.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        build_index([articles], store=store / "store")
    with open_index(store / "store") as index:
        return ask(index, case.question)


def ask(index: Index, question: str) -> Read:
    """A question as ``rag.ask`` searches and reads for it."""
    found = index.retrieve(question, k=RagSettings().k, skim=SKIM)
    passages = [one.passage for one in found]
    readings = [one.reading for one in found]
    return passages, candidates(analyse(question), passages, readings, index, index.crossencoder)


def _only(passages: list[Passage], found: Candidates, uris: frozenset[str]) -> Read:
    """What was read, without the texts that are not of ``uris``."""

    def kept(passage: Passage) -> bool:
        return any(passage.uri.endswith(uri) for uri in uris)

    close = [one for one in zip(found.sentences, found.features, found.fits, strict=True) if kept(one[0].passage)]
    return [passage for passage in passages if kept(passage)], replace(
        found,
        sentences=[sentence for sentence, _, _ in close],
        features=[features for _, features, _ in close],
        fits=[fit for _, _, fit in close],
        hits=[hit for hit in found.hits if kept(hit.passage)],
        readings={p.id: found.readings[p.id] for p in passages if kept(p)},
    )


def given(case: Case, answer: Answer) -> set[str]:
    """The answers of the case that a position of the answer gives."""
    return {gold for gold in case.golds for position in answer.positions if gives(position.text, gold)}


def gives(said: str, gold: str) -> bool:
    """True when one holds the other: "2,500 people" and "2,500", "American football" and "football"."""
    said = said.replace("_", " ")
    return holds_answer(said, [(gold,)]) or holds_answer(gold, [(said,)])


def measure(cases: Sequence[Case], asking: Asking) -> dict[str, float | int | None]:
    """The figures of some cases."""
    several = [case for case in cases if len(case.golds) > 1]
    one = [case for case in cases if len(case.golds) == 1]
    found = [given(case, asking.ask(case)) for case in several]
    alarms = [bool(asking.ask(case).positions) for case in one]
    alarms_alike = [bool(asking.ask(case, uris).positions) for case in cases for uris in case.agreeing()]
    return {
        "found": mean([len(answers) > 1 for answers in found]),
        "all_found": mean([len(answers) == len(c.golds) for answers, c in zip(found, several, strict=True)]),
        "several_answers": len(several),
        "alarms": mean([*alarms, *alarms_alike]),
        "alarms_one_answer": mean(alarms),
        "one_answer": len(one),
        "alarms_agreeing_texts": mean(alarms_alike),
        "agreeing_texts": len(alarms_alike),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m eval.bench.disagreement", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--data", type=Path, required=True, help=f"folder of {CASES_FILE}")
    parser.add_argument("--work", type=Path, required=True, help="folder for what was read; used again")
    parser.add_argument("--half", choices=("measured", "chosen"), default="measured")
    parser.add_argument("--cases", type=int, help="only so many of the half")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures are written")
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    asking = Asking(options.work)
    cases = [case for case in read_cases(options.data / CASES_FILE) if case.half == options.half][: options.cases]
    told = {"half": options.half, **measure(cases, asking)}
    asking.save()
    text = json.dumps(told, indent=1) + "\n"
    write_text(options.json, [text])
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
