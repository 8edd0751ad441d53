"""Checks the sentences of one answer against the paragraphs that were shown for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial

from ..settings import RagSettings
from .asking import Allowance, otherwise
from .dates import unsaid_dates
from .names import unnamed
from .numbers import unsaid_numbers
from .opposites import opposite
from .order import turned_around
from .premises import Library, premise_of
from .quotations import unquoted
from .schema import Source, Verdict
from .sources import needed
from .speech import wrongly_attributed
from .text import Stems, Text, plain
from .words import unsupported

Check = Callable[[Text, Sequence[Text]], str]
"""Finds something in a claim that its premises, taken together, do not say; "" when there is nothing."""

# So many shown paragraphs are tried in the place of the cited ones, so many together with one that has the names.
ALONE, WITH_NAMES = 8, 3

# Cheapest and surest first: the first finding is what is told.
CHECKS: tuple[Check, ...] = (
    unquoted, unsaid_numbers, unsaid_dates, unnamed, unsupported, wrongly_attributed, turned_around, opposite,
)  # fmt: skip


def first_finding(claim: Text, premises: Sequence[Text], checks: Sequence[Check] = CHECKS) -> str | None:
    """What the premises do not say of a claim, by the first check that finds something; None when they support it."""
    if not premises:
        return "it cites no source"
    said = {plain(sentence) for premise in premises for sentence in premise.sentences}
    if claim.sentences and said.issuperset(plain(sentence) for sentence in claim.sentences):
        return None  # word for word: no rule may be too clever for that
    return next((found for check in checks if (found := check(claim, premises))), None)


def supported(sentence: str, texts: Sequence[str], stems: Stems) -> bool:
    """Whether texts, of which nothing else is known, support a sentence together."""
    return first_finding(Text(sentence, stems), [Text(text, stems) for text in texts]) is None


class Checker:
    """Made once for an answer, when the model is asked: ``sources`` are all paragraphs that it is shown."""

    def __init__(
        self, sources: Sequence[Source], library: Library, settings: RagSettings, allowance: Allowance | None = None
    ) -> None:
        self.sources = sources
        self.allowance = allowance or Allowance()
        self.library = library
        self.settings = settings
        self._premises: dict[str, Text] = {}

    def check(self, sentence: str, cited: Sequence[Source]) -> Verdict:
        """Whether the cited paragraphs support a sentence, or others that were shown do.

        A sentence that only names what its article names elsewhere is partly supported.
        """
        finding = self._finding(sentence, cited)
        if finding is None:
            return Verdict("verified", "", needed(cited, lambda some: self._finding(sentence, some) is None))
        if self.settings.unsupported == "repair" and (found := self._others(sentence, cited)):
            return Verdict("verified", finding, found, repaired=True)
        if any(self._finding(sentence, [one], self._article_of(one)) is None for one in cited):
            return Verdict("partly", finding, tuple(cited))
        return Verdict("unverified", finding, ())

    def _others(self, sentence: str, cited: Sequence[Source]) -> tuple[Source, ...]:
        """The shown paragraph that supports the sentence, or one with another of its article that has the names that
        it leaves out ("the company"); () for none."""
        ranked = self._by_words(sentence)
        for source in ranked[:ALONE]:
            if self._finding(sentence, [source]) is None:
                return (source,)
        for source in {one.id: one for one in (*cited, *ranked[:WITH_NAMES])}.values():
            beside = [one for one in self.sources if one.passage.uri == source.passage.uri and one is not source]
            if self._finding(sentence, [source], " ".join(one.paragraph.text for one in beside)) is not None:
                continue
            for one in beside:
                if self._finding(sentence, [source], one.paragraph.text) is None:
                    return (source, one)
        return ()

    def _finding(self, sentence: str, cited: Sequence[Source], named: str = "") -> str | None:
        """What the paragraphs, taken together, do not say of a sentence. ``named`` is a text whose names count, too."""
        premises = [self._premise(source) for source in cited]
        if named:
            premises = [replace(one, beside=named) for one in premises]
        published = next((one.published for one in premises if one.published), None)
        return first_finding(Text(sentence, self.library.stems, published=published), premises, self._checks)

    @cached_property
    def _checks(self) -> tuple[Check, ...]:
        """The rules and, behind them where there is one, the reader: it costs most."""
        reader = self.library.crossencoder
        return (*CHECKS, partial(otherwise, network=reader, allowance=self.allowance)) if reader else CHECKS

    def _by_words(self, sentence: str) -> list[Source]:
        """The shown paragraphs, those first that share most words with the sentence; none that shares none."""
        words = Text(sentence, self.library.stems).words
        shares = {source.id: len(words & self._premise(source).known) for source in self.sources}
        return sorted((one for one in self.sources if shares[one.id]), key=lambda one: -shares[one.id])

    def _article_of(self, source: Source) -> str:
        article = self.library.article(source.passage.uri)
        return article.text if article else ""

    def _premise(self, source: Source) -> Text:
        if source.id not in self._premises:
            self._premises[source.id] = premise_of(source, self.library)
        return self._premises[source.id]
