"""What the systems that are not ours have in common."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace

from ..schema import Corpus, Description, Question, Response
from .corpus import ArticleCorpus
from .replies import to_response
from .versions import short_sum, versions


class Adapter(ABC):
    """A ``System`` around something else. ``corpus`` holds its articles, when they are given.

    ``settings`` is what can be told of it: plain values, no secrets. ``closing`` is closed with it.
    """

    packages: tuple[str, ...] = ()

    def __init__(self, name: str, corpus: Corpus | None, settings: Mapping[str, str]) -> None:
        self.name = name
        self.corpus = corpus
        self.settings = dict(settings)
        self.closing = ExitStack()

    @abstractmethod
    def call(self, question: Question) -> object:
        """Put the question; whatever comes back. This is what is timed."""

    def read(self, value: object) -> Response:
        """The response that came back."""
        return to_response(value, self.corpus)

    def ask(self, question: Question) -> Response:
        began = time.perf_counter()
        value = self.call(question)
        latency_ms = (time.perf_counter() - began) * 1000
        response = self.read(value)
        return response if response.latency_ms is not None else replace(response, latency_ms=latency_ms)

    def describe(self) -> Description:
        corpus_sha256 = self.corpus.sha256() if isinstance(self.corpus, ArticleCorpus) else ""
        mark = short_sum(self.settings) if self.settings else ""
        return Description(self.settings, mark, corpus_sha256=corpus_sha256, versions=versions(*self.packages))

    def close(self) -> None:
        self.closing.close()
