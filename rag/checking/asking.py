"""What the reader answers from the cited paragraphs when it is asked for a name or a number of the sentence.

A sentence without one of its names is a question: "Norlux shares lost 1.1 percent" asks who lost them. Where the
margin of another span over no answer is far above that of the sentence's own, the paragraphs say something else, with
the same names and numbers, which is what rules find least. After QAGS (Wang, Cho and Lewis 2020), which writes the
questions with a language model; a "who" or "how many" in the gap is enough here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..places import places
from .order import names_in
from .text import Text

if TYPE_CHECKING:
    from index.crossencoder import CrossEncoder, Span

# The other answer has to be as sure as this, and so much surer than the sentence's own (logits). Measured on the
# development halves: python -m eval.bench.checking.
SURE, AHEAD = 5.0, 2.5
# So many questions are asked about a sentence, each of so many tokens with the best part of the paragraphs.
QUESTIONS, ROW_TOKENS = 4, 144
# A question takes 12 ms. So many are asked about an answer in any case, and one more for each so many seconds of its
# writing.
AT_ONCE, EARNED_IN = 1, 0.03

_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:[.,]\d+)*(?![\w-]|[.,]\d)")
# Between two words for one thing: "the Kenyan, Paul Kiptoo", "the African Development Bank (AfDB)".
_BESIDE = re.compile(r"[\s,(“”\"–-]*(?:(?:a|an|the|of|its|their)\s+)?")


@dataclass(slots=True)
class Allowance:
    """How many questions may be asked about an answer: more, the longer the model takes to write it. So they never cost
    more than a share of its time, and an answer that comes at once is not held up."""

    at_once: int = AT_ONCE
    began: float = field(default_factory=time.monotonic)
    _taken: int = 0

    def take(self, wanted: int) -> int:
        """How many of the wanted ones may be asked now."""
        earned = self.at_once + int((time.monotonic() - self.began) / EARNED_IN)
        given = max(0, min(wanted, earned - self._taken))
        self._taken += given
        return given


@dataclass(frozen=True, slots=True)
class _Item:
    """A name or a number at ``start`` to ``end``, with what it may be known by."""

    start: int
    end: int
    keys: frozenset[str]


def otherwise(claim: Text, premises: Sequence[Text], network: CrossEncoder, allowance: Allowance) -> str:
    """The first name or number of the claim that the premises have something else for."""
    text = "\n\n".join(premise.text for premise in premises)
    timeless = "\n\n".join(premise.timeless for premise in premises)
    questions: list[tuple[_Item, str, list[_Item], bool]] = []
    for word, find in (("how many", _numbers), ("who", _names)):
        told = list(find(timeless))
        for item in find(claim.timeless):
            others = [one for one in told if not one.keys & item.keys]
            called = claim.text[item.start : item.end]
            vague = word == "who" and (_is_place(called) or _opens(item, called, text))
            if others and len(others) < len(told) and not vague:
                asked = f"{claim.text[: item.start]}{word}{claim.text[item.end :].rstrip('. ')}?"
                questions.append((item, asked, told, word == "who"))
    for item, asked, told, name in questions[: allowance.take(min(QUESTIONS, len(questions)))]:
        (reading,) = network.skim(asked, [text], length=ROW_TOKENS)
        if other := _better(item, reading.spans, told, text, name):
            return f"the cited paragraph says {other} there, not {claim.text[item.start : item.end]}"
    return ""


def _better(item: _Item, spans: Sequence[Span], told: Sequence[_Item], text: str, name: bool) -> str:
    """The answer that is surely another than the item, "" for none."""
    own = [one for one in told if one.keys & item.keys]
    best = max((span.margin for span in spans if any(_meet(span, one) for one in own)), default=None)
    if best is None:
        return ""
    for span in spans:
        if span.margin < max(SURE, best + AHEAD):
            return ""
        inside = [one for one in told if _meet(span, one)]
        beside = any(_BESIDE.fullmatch(text[low:high]) for one in own for low, high in _gaps(span, one))
        vague = name and all(_is_place(text[one.start : one.end]) for one in inside)
        if inside and not beside and not vague and not any(one in own for one in inside):
            return " ".join(text[span.start : span.end].split())
    return ""


def _names(text: str) -> Iterator[_Item]:
    yield from (_Item(start, end, keys) for start, end, keys in names_in(text))


def _numbers(text: str) -> Iterator[_Item]:
    for match in _NUMBER.finditer(text):
        yield _Item(*match.span(), frozenset((match.group().replace(",", ""),)))


def _opens(item: _Item, word: str, text: str) -> bool:
    """Whether a word has its capital only because it opens the sentence."""
    return item.start == 0 and " " not in word and re.search(rf"\b{re.escape(word.lower())}\b", text) is not None


def _meet(span: Span, item: _Item) -> bool:
    return span.start < item.end and item.start < span.end


def _gaps(span: Span, item: _Item) -> Iterator[tuple[int, int]]:
    if span.end <= item.start:
        yield span.end, item.start
    if item.end <= span.start:
        yield item.end, span.start


def _is_place(text: str) -> bool:
    """Whether a name is a country's alone: it may stand for people ("the Kenyan") and for a government."""
    name = text.removeprefix("The ")
    return any((low, high) == (0, len(name)) for low, high, _ in places(name))
