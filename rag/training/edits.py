"""Questions that look answerable and are not: one detail of the question, or of the text, is changed.

SQuAD 2's unanswerable questions were written so (Rajpurkar, Jia & Liang 2018: another name, an opposite, a negation,
an impossible condition). The same change made on both sides keeps a question answerable; training on those too
teaches to compare question and text rather than to spot odd wordings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from index.minilm import load_tokenizer
from index.stopwords import STOP_WORDS

from .data import Row

_OPPOSITES = """
first last; before after; largest smallest; biggest smallest; highest lowest; most least; more less; more fewer;
longest shortest; oldest youngest; earliest latest; best worst; increase decrease; increased decreased; rise fall;
rose fell; north south; east west; northern southern; eastern western; early late; earlier later; above below;
higher lower; larger smaller; older younger; longer shorter; better worse; begin end; began ended; start end;
started ended; win lose; won lost; gain loss; gained lost; buy sell; bought sold; import export; imports exports;
male female; men women; man woman; boy girl; father mother; son daughter; brother sister; husband wife; king queen;
public private; domestic foreign; internal external; major minor; maximum minimum; success failure; support oppose;
supported opposed; accept reject; accepted rejected; allow forbid; allowed banned; join leave; joined left; open close;
opened closed; old new; modern ancient; young old; black white; rich poor; strong weak; hot cold; winter summer;
day night; war peace; life death; born died; positive negative; legal illegal; always never; all none; many few;
inside outside; upper lower; left right; create destroy; created destroyed; include exclude; arrive depart; love hate;
like dislike; easy difficult; cheap expensive; light heavy; fast slow; advantage disadvantage; similar different;
single multiple; urban rural; formal informal; natural artificial; majority minority; attack defend; true false
"""
_NEGATED = {
    "is": "isn't", "was": "wasn't", "are": "aren't", "were": "weren't", "did": "didn't", "does": "doesn't",
    "do": "don't", "can": "can't", "could": "couldn't", "has": "hasn't", "have": "haven't", "had": "hadn't",
    "will": "won't", "would": "wouldn't", "should": "shouldn't",
}  # fmt: skip
_NAME = re.compile(r"(?:(?<=\w\s)|(?<=,\s)|(?<=[(“\"]))[A-Z][\w’'.-]*\w(?:\s(?:(?:of|the|de)\s)?[A-Z][\w’'-]*\w)*")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*\d|(?<![\w.,])\d(?![\w])")
_WORD = re.compile(r"\b[a-z]{3,}\b")
# Nearest words that are left out, and where the used ones end.
NEAREST, LAST_NEAR = 10, 30
# How often each sort of change is tried first.
_SORTS = {"name": 0.3, "number": 0.2, "opposite": 0.2, "word": 0.22, "negation": 0.08}


def _opposites() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in _OPPOSITES.split(";"):
        one, other = pair.split()
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


OPPOSITES = _opposites()


@dataclass(frozen=True, slots=True)
class Edit:
    """``old`` stands in the question; ``new`` takes its place."""

    old: str
    new: str

    def on(self, text: str) -> str:
        """``text`` with every whole ``old`` replaced."""
        return self._pattern().sub(lambda _: self.new, text)

    def touches(self, text: str) -> bool:
        return self._pattern().search(text) is not None

    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w){re.escape(self.old)}(?!\w)")


def find_edit(row: Row, neighbours: Neighbours, rng: Random) -> Edit | None:
    """A change of one detail of the question, or None when there is nothing to change."""
    sorts = sorted(_SORTS, key=lambda sort: rng.random() ** (1 / _SORTS[sort]), reverse=True)
    for sort in sorts:
        if edit := _try(sort, row, neighbours, rng):
            return edit
    return None


def _try(sort: str, row: Row, neighbours: Neighbours, rng: Random) -> Edit | None:
    question, answer = row.question, row.answer[1].lower()
    if sort == "name":
        return _swap(_NAME.findall(question), _NAME.findall(row.text), answer, rng)
    if sort == "number":
        return _swap(_NUMBER.findall(question), _numbers(row.text, question, rng), answer, rng)
    if sort == "negation":
        words = [word for word in re.findall(r"[a-z]+", question) if word in _NEGATED]
        return Edit(words[0], _NEGATED[words[0]]) if words else None
    near = {word: OPPOSITES.get(word, []) if sort == "opposite" else neighbours.of(word) for word in words_of(question)}
    old = [word for word, others in near.items() if others]
    if not old:
        return None
    chosen = rng.choice(old)
    return Edit(chosen, rng.choice(near[chosen]))


def words_of(question: str) -> list[str]:
    return list(dict.fromkeys(_WORD.findall(question)))


def _swap(old: Sequence[str], new: Sequence[str], answer: str, rng: Random) -> Edit | None:
    """One of ``old`` for one of ``new`` that neither is nor holds it; the answer itself is spared."""
    if not old:
        return None
    chosen = rng.choice(old)
    known = {word.lower() for one in old for word in one.split()}
    others = [one for one in new if not known & set(one.lower().split()) and one.lower() not in answer]
    return Edit(chosen, rng.choice(others)) if others else None


def _numbers(text: str, question: str, rng: Random) -> list[str]:
    """Numbers of the text, and the question's own a little changed."""
    moved = [
        str(max(1, int(number) + rng.choice((-20, -10, -3, -2, -1, 1, 2, 3, 10, 20))))
        for number in _NUMBER.findall(question)
        if number.isdecimal() and len(number) < 10
    ]
    return [*_NUMBER.findall(text), *moved]


def apply_both(edit: Edit, row: Row) -> Row | None:
    """The row with the change made in question and text, or None when the answer would change or nothing would."""
    start, answer = row.answer
    if edit.touches(answer) or not edit.touches(row.text):
        return None
    before, after = edit.on(row.text[:start]), edit.on(row.text[start + len(answer) :])
    text = before + answer + after
    return Row(row.id, row.title, text, edit.on(row.question), ((len(before), answer),), row.source)


def apply_text(edit: Edit, row: Row) -> Row | None:
    """The row with the change made in the text only: its question has no answer there any more."""
    both = apply_both(edit, row)
    return both and Row(row.id, row.title, both.text, row.question, both.answers, row.source)


def apply_question(edit: Edit, row: Row) -> Row:
    """The row with the change made in the question only."""
    return Row(row.id, row.title, row.text, edit.on(row.question), row.answers, row.source)


class Neighbours:
    """Words of like meaning, but neither synonyms nor forms of the same word.

    ``word_vectors`` has one row a token of the tokenizer. The nearest NEAREST words are mostly synonyms and are left
    out; the next ones (army: artillery; children: parents) make false questions of the same form.
    """

    def __init__(self, word_vectors: NDArray[np.float32]) -> None:
        vocabulary: dict[str, int] = load_tokenizer().get_vocab()
        self._words = sorted(word for word in vocabulary if _WORD.fullmatch(word))
        self._numbers = {word: number for number, word in enumerate(self._words)}
        rows = word_vectors[[vocabulary[word] for word in self._words]]
        self._table = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        self._known: dict[str, list[str]] = {}

    def of(self, word: str) -> list[str]:
        """Neighbours of a lower-case word; none of a stop word or one that the vocabulary does not have whole."""
        if word not in self._numbers or word in STOP_WORDS:
            return []
        if word not in self._known:
            scores = self._table @ self._table[self._numbers[word]]
            near = np.argpartition(-scores, (NEAREST, LAST_NEAR))[NEAREST:LAST_NEAR]
            self._known[word] = [self._words[i] for i in near if self._words[i][:4] != word[:4]]
        return self._known[word]
