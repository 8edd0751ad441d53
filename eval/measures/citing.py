"""Citation recall and precision as ALCE defines them (Gao, Yen, Yu & Chen 2023, "Enabling Large Language Models to
Generate Text with Citations", section 3.3, and ``compute_autoais`` of its eval.py).

A statement is *supported* when it cites something and all that it cites together supports it. A citation of a supported
statement is *relevant* unless it is beside the point: it does not support the statement alone, and the others do
without it. ALCE asks a model of textual inference what supports what; here that is any ``Support``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..schema import Cited, Statement

Support = Callable[[str, Sequence[str]], bool]
"""Whether texts, taken together, say what a statement says."""


@dataclass(frozen=True, slots=True)
class CiteCounts:
    """Of one response: recall is ``supported`` / ``statements``, precision ``relevant`` / ``citations``.

    ALCE averages both over responses, and has precision 0 for statements without any citation.
    """

    statements: int
    supported: int
    citations: int
    relevant: int


def cite_counts(statements: Sequence[Statement], citations: Sequence[Cited], support: Support) -> CiteCounts:
    """The counts of a response whose statements point into its ``citations``.

    A statement without citations is not supported and has no citation to count. Nor has one that points to a citation
    that does not exist: ALCE counts none of that statement's citations. What a citation says is its text, with what is
    known of its article in front, as ALCE puts the title in front.
    """
    texts = [f"{cited.context}\n{cited.text}" if cited.context else cited.text for cited in citations]
    supported = counted = relevant = 0
    for statement in statements:
        if not all(0 <= place < len(texts) for place in statement.citations):
            continue
        cited = [texts[place] for place in statement.citations]
        counted += len(cited)
        if cited and support(statement.text, cited):
            supported += 1
            relevant += sum(_is_relevant(statement.text, cited, place, support) for place in range(len(cited)))
    return CiteCounts(len(statements), supported, counted, relevant)


def _is_relevant(statement: str, cited: Sequence[str], place: int, support: Support) -> bool:
    """Of what supports a statement together: whether the text at ``place`` does alone, or is missed by the others."""
    others = [*cited[:place], *cited[place + 1 :]]
    return support(statement, [cited[place]]) or not support(statement, others)


def checked_support() -> Support:
    """The deterministic support: what an answer's sentences are checked by (``rag.checking``). The same verdict every
    time, at no cost.
    """
    import apsw

    from index.lexical import Stemmer
    from rag.checking import supported

    stems = Stemmer(apsw.Connection(":memory:")).stems
    return lambda statement, texts: supported(statement, texts, stems)
