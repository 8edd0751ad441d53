"""Does a paragraph say what a sentence claims? Checked by code, never by the model that wrote the sentence.

What must stand in the cited paragraphs: every quotation (verbatim), every number, every proper name. A sentence with a
quotation or a number that is not there, or that shares too few words with them, is unverified; one that only has a name
that is not there is partly supported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index.lexical import content_words
from index.schema import Paragraph
from index.sentences import split_sentences

from .expected import NUMBER_WORDS
from .schema import Support

# Share of a sentence's stems that its paragraphs must hold. A claim in other words still shares its names and nouns.
MIN_OVERLAP = 0.5

_QUOTED = re.compile(r"[\"“]([^\"“”]{3,})[\"”]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)(?<![\"“‘'(])\b[A-Z][\w’'-]+")

Stems = Callable[[str], list[str]]


def plain(text: str) -> str:
    """Lower case, straight quotes, single spaces: what typography should not decide."""
    table = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})
    return " ".join(text.translate(table).lower().split())


def check(sentence: str, context: str, texts: Sequence[str], stems: Stems) -> tuple[Support, str]:
    """(support, why) of a sentence by the texts that it cites. ``context`` (title, date) also counts as said."""
    if not texts:
        return "unverified", "it cites no source"
    said = plain(" ".join(texts))
    known = f"{said} {plain(context)}"
    for match in _QUOTED.finditer(sentence):
        if plain(match.group(1)).rstrip(".,") not in said:
            return "unverified", "a quotation is not in the cited paragraph"
    numbers = {_digits(n) for n in _NUMBER.findall(known)}
    for number in _NUMBER.findall(sentence):
        if _digits(number) not in numbers and not _spelled(number, known):
            return "unverified", f"the number {number} is not in the cited paragraph"
    mine = set(stems(" ".join(content_words(sentence))))
    if mine and len(mine & set(stems(known))) / len(mine) < MIN_OVERLAP:
        return "unverified", "the cited paragraph says something else"
    for match in _NAME.finditer(sentence):
        name = plain(match.group()).removesuffix("'s")
        if name not in known:
            return "partly", f"{match.group()} is not named in the cited paragraph"
    return "verified", ""


def best_stretch(sentence: str, paragraph: Paragraph, stems: Stems) -> tuple[int, int]:
    """Offsets, in the article, of the sentence of ``paragraph`` that shares most with ``sentence``."""
    mine = set(stems(sentence))
    spans = split_sentences(paragraph.text)
    best = max(spans, key=lambda span: (len(mine & set(stems(paragraph.text[span[0] : span[1]]))), -span[0]))
    return paragraph.start + best[0], paragraph.start + best[1]


def _digits(number: str) -> str:
    return number.rstrip(".,").replace(",", "")


def _spelled(number: str, text: str) -> bool:
    """True when a small number stands in the text as a word."""
    return (
        number.isdecimal()
        and int(number) <= 12
        and re.search(rf"\b{NUMBER_WORDS[int(number) - 1]}\b", text) is not None
    )
