"""Which of the paragraphs that a sentence cites it needs, and which stretch of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.schema import Paragraph
from index.sentences import split_sentences

from .schema import Source
from .text import Stems


def needed(cited: Sequence[Source], support: Callable[[Sequence[Source]], bool]) -> tuple[Source, ...]:
    """Of paragraphs that support a sentence together those that do so alone, or else those that cannot be missed."""
    if len(cited) < 2:
        return tuple(cited)
    if alone := tuple(source for source in cited if support([source])):
        return alone
    kept = list(cited)
    for source in cited:
        rest = [one for one in kept if one is not source]
        if rest and support(rest):
            kept = rest
    return tuple(kept)


def best_stretch(sentence: str, paragraph: Paragraph, stems: Stems) -> tuple[int, int]:
    """Offsets, in the article, of the sentence of ``paragraph`` that shares most with ``sentence``."""
    mine = set(stems(sentence))
    spans = split_sentences(paragraph.text)
    best = max(spans, key=lambda span: (len(mine & set(stems(paragraph.text[span[0] : span[1]]))), -span[0]))
    return paragraph.start + best[0], paragraph.start + best[1]
