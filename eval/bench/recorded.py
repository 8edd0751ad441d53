"""What the pipelines found, as runs of the eval: judged, compared and shown by the same code as everything else.

    nutgraf eval compare WORK/eval-POOL/langchain_stock WORK/eval-POOL/nutgraf

Nothing is asked again: a ``Recorded`` system says what a pipeline found when it was measured, and how long it took.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from eval.bench.news import Pool, cases
from eval.bench.scoring import DEPTH, Run
from eval.cases import Case
from eval.runner import run_cases
from eval.schema import Description, Found, Question, Response
from eval.systems import read_corpus


class Recorded:
    """An ``eval.schema.System`` that gives for each case of a pool what a pipeline found when it was measured.

    Cases that ask the same on the same day (with other answers) were searched for alike, and share what was found.
    """

    corpus = None

    def __init__(self, name: str, run: Run, asked: Sequence[Case], corpus_sha256: str = "") -> None:
        self.name = name
        self._run = run
        self._corpus_sha256 = corpus_sha256
        self._ids = {(case.question, case.as_of): case.id for case in asked}
        self._latencies = dict(zip(run.rankings, run.query_ms, strict=True))

    def ask(self, question: Question) -> Response:
        """Raises KeyError for a question that the pipeline was not asked."""
        case = self._ids[question.text, question.as_of]
        found = tuple(Found(passage["url"], passage["text"]) for passage in self._run.rankings[case])
        return Response("retrieved", passages=found, latency_ms=self._latencies[case])

    def describe(self) -> Description:
        return Description(corpus_sha256=self._corpus_sha256, versions=self._run.versions)

    def close(self) -> None:
        """Nothing to close."""


def keep(runs: Mapping[str, Run], pool: Pool, work: Path) -> Path:
    """Write the folder of a run for each pipeline below a folder in ``work``, which is returned.

    It bears the pool's fingerprint; what an earlier call left in it is replaced. Raises EvalError.
    """
    asked = cases(pool)
    corpus_sha256 = read_corpus(pool.articles).sha256()
    folder = work / f"eval-{pool.fingerprint[:12]}"
    shutil.rmtree(folder, ignore_errors=True)
    for name, run in runs.items():
        run_cases(Recorded(name, run, asked, corpus_sha256), asked, depth=DEPTH, folder=folder / name)
    return folder
