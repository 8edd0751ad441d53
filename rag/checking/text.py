"""A text taken apart for checking: its clauses, words, numbers and times, each found once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from index.lexical import content_words
from index.schema import Speech, TimeExpression
from index.sentences import split_sentences
from index.times import find_times

from .figures import Figure, figures_of
from .forms import BASE

Stems = Callable[[str], list[str]]

_STRAIGHT = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "‑": "-"}
    | {"\u00a0": " ", "\u2009": " ", "\u202f": " "}
)
_BREAK = re.compile(
    r"[;:!?()\[\]“”\"…]|,(?=\s)|\.(?=\s|$)|\s[–—-]\s|—"
    r"|(?<!hundred )(?<!thousand )(?<!million )\band\b|\b(?:but|while|whereas|after|before|when|as|from)\b",
    re.IGNORECASE,
)


def plain(text: str, *, lower: bool = True) -> str:
    """Straight quotes, plain dashes, single spaces, lower case: what typography should not decide."""
    even = " ".join(text.translate(_STRAIGHT).split())
    return even.lower() if lower else even


@dataclass(frozen=True)
class Text:
    """A claim, or a premise that it is checked against.

    ``context`` is known beside the text: title, source and date of its article. ``published`` is the day that relative
    times are seen from. ``times`` and ``speech`` are found in the text unless they are given, with offsets in it.
    ``names`` are others that the text is about without naming them: who speaks, full names from other paragraphs.
    ``beside`` is a text of the same article whose names count as named, and nothing else of it.
    """

    text: str
    stems_of: Stems
    context: str = ""
    published: date | None = None
    stored_times: tuple[TimeExpression, ...] | None = None
    speech: tuple[Speech, ...] = ()
    names: tuple[str, ...] = ()
    beside: str = ""

    @cached_property
    def times(self) -> tuple[TimeExpression, ...]:
        return tuple(find_times(self.text, self.published)) if self.stored_times is None else self.stored_times

    @cached_property
    def timeless(self) -> str:
        """The text with every expression of time blanked out, so that offsets stay."""
        text = self.text
        for one in self.times:
            text = text[: one.start] + "," + " " * (one.end - one.start - 1) + text[one.end :]
        return text

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        return tuple(self.text[start:end] for start, end in split_sentences(self.text))

    @cached_property
    def clauses(self) -> tuple[str, ...]:
        """The text without its times, cut at punctuation and at the words that join clauses."""
        return tuple(part.strip() for part in _BREAK.split(self.timeless) if part.strip())

    @cached_property
    def figures(self) -> list[Figure]:
        """The numbers that are no part of a time."""
        return figures_of(self.clauses, self.stems)

    @cached_property
    def words(self) -> frozenset[str]:
        """Stems of the content words."""
        return self.stems(self.text)

    @cached_property
    def known(self) -> frozenset[str]:
        """Stems of the text and of all that is known beside it."""
        return self.words | self.stems(" ".join((self.context, *self.names)))

    def nearest_sentence(self, claim: Text) -> tuple[int, int]:
        """Offsets of the sentence that shares most words with a claim, the first of equal ones."""
        return max(split_sentences(self.text), key=lambda span: len(claim.words & self.stems(self.text[slice(*span)])))

    def stems(self, text: str) -> frozenset[str]:
        return frozenset(self.stems_of(" ".join(BASE.get(word, word) for word in content_words(text))))

    def seen_from(self, published: date | None) -> Text:
        """The same text with its times resolved against another day."""
        return self if published == self.published else replace(self, published=published)
