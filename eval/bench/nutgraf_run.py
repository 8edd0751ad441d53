"""Nutgraf's side of the retrieval benchmark, in a process of its own so that its time and memory are its own.

    python -m eval.bench.nutgraf_run ARTICLES QUESTIONS STORE RESULT

The same measurement as that of the scripts in ``peers/``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eval.bench.peers.harness import DEPTH, main

if TYPE_CHECKING:
    from index import Index


class Nutgraf:
    """All settings at their defaults, so search reranks. Raises what ``index`` raises."""

    packages = ("nutgraf", "openvino", "tokenizers", "faiss-cpu", "apsw")

    def __init__(self) -> None:
        # What is imported here is part of the time to load; index() and search() find it loaded.
        from index import build_index, open_index  # noqa: F401

        self._opened: Index | None = None

    def index(self, articles: Path, store: Path) -> tuple[int, int]:
        """Raises EvalError when an article could not be read."""
        from eval.errors import EvalError
        from index import build_index

        report = build_index([articles], store=store)
        if report.problems:
            raise EvalError(f"{articles}: {len(report.problems)} articles not indexed; the first: {report.problems[0]}")
        self._store = store
        return report.articles, report.chunks

    def open(self, store: Path) -> None:
        from index import open_index

        self._opened = open_index(store)

    def search(self, question: str) -> list[dict[str, str]]:
        if self._opened is None:
            self.open(self._store)
        found = self._opened.search(question, k=DEPTH) if self._opened else []
        return [{"url": passage.article.url, "text": passage.text} for passage in found]

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()


if __name__ == "__main__":
    main(Nutgraf)
