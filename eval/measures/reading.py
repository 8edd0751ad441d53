"""Measures of an answer's text against gold answers. All lie in 0..1, higher is better.

``exact_match`` and ``token_f1`` are SQuAD's, character for character. Those called ``aware`` and ``holds_answer``
compare numbers, money, percentages and dates by value instead (rag/canonical.py says what is equal to what).

No answer is the empty text, as in SQuAD 2.0: gold answers without any word are left out, and where none is left, only a
text without words is right.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from rag.canonical import Token, parts, says, tokens

_Answer = TypeVar("_Answer", str, tuple[Token, ...])

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def squad_normalise(text: str) -> str:
    """Lower case, no ASCII punctuation, no a/an/the, single spaces (``normalize_answer`` of SQuAD's own scripts)."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(text: str, gold: Iterable[str]) -> float:
    """1 when the text equals a gold answer after SQuAD normalisation, else 0 (Rajpurkar et al. 2016 and 2018)."""
    given = squad_normalise(text)
    return float(any(given == answer for answer in _told(map(squad_normalise, gold), "")))


def token_f1(text: str, gold: Iterable[str]) -> float:
    """Highest F1 of the text's tokens with those of a gold answer, as SQuAD 2.0's ``compute_f1`` has it.

    SQuAD 1.1 differs only where a gold answer has no token, which its data never do. Meant for short answers: a right
    answer of one sentence scores low against a gold answer of two words.
    """
    given = squad_normalise(text).split()
    return max(_f1(given, answer.split()) for answer in _told(map(squad_normalise, gold), ""))


def exact_match_aware(text: str, gold: Iterable[str]) -> float:
    """1 when the text has the tokens of a gold answer, else 0: "Sept. 28" is "28 September", "six" is "6".

    Punctuation separates and never joins: unlike in SQuAD's normalisation, "1.5" is not "15". A unit counts: "5" is not
    "$5".
    """
    given = tokens(text)
    return float(any(given == answer for answer in _told(map(tokens, gold), ())))


def token_f1_aware(text: str, gold: Iterable[str]) -> float:
    """Highest F1 of the text's tokens with those of a gold answer, in any order, as in ``token_f1``.

    A date counts as its day, month and year, a quantity as its number and its unit: to be right in part counts in part.
    """
    given = _parts(tokens(text))
    return max(_f1(given, _parts(answer)) for answer in _told(map(tokens, gold), ()))


def holds_answer(text: str, groups: Iterable[Iterable[str]]) -> bool:
    """True when the text says a gold answer of every group: its tokens in a row, each said in full or in more detail.

    Quotes, hyphens and the 's of a name make no difference; "six" is not in "sixty", "500" not in "500,000"; "September
    28" and "2021" are in "28 September 2021", which is not in "September 28". The usual "answer string" criterion of
    open-domain question answering (``has_answer`` of DPR, Karpukhin et al. 2020), on a passage or on an answer.
    """
    given = tokens(text)
    return all(any(_contains(given, tokens(answer)) for answer in group) for group in groups)


def _told(answers: Iterable[_Answer], nothing: _Answer) -> list[_Answer]:
    """The gold answers that say anything, or no answer when there is none."""
    return [answer for answer in answers if answer] or [nothing]


def _parts(given: Sequence[Token]) -> list[str | Decimal]:
    return [part for token in given for part in parts(token)]


def _f1(given: Sequence[Hashable], gold: Sequence[Hashable]) -> float:
    if not given or not gold:  # no answer is right only where none is wanted
        return float(given == gold)
    same = sum((Counter(given) & Counter(gold)).values())
    return 2 * same / (len(given) + len(gold))


def _contains(given: Sequence[Token], run: Sequence[Token]) -> bool:
    starts = range(len(given) - len(run) + 1)
    return bool(run) and any(all(map(says, given[start:], run)) for start in starts if says(given[start], run[0]))
