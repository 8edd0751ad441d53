"""What is checked against what, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from index.schema import Paragraph, Passage

from ..schema import Support


@dataclass(frozen=True, slots=True)
class Source:
    """A paragraph shown to the model under an id of this request."""

    id: str
    passage: Passage
    paragraph: Paragraph


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far ``sources`` support a sentence, and ``why`` not further, "" when they do.

    ``sources`` are those to be cited: of the cited ones those that are needed, or, when ``repaired``, the paragraphs
    that support it instead. () for a sentence that nothing supports.
    """

    support: Support
    why: str
    sources: tuple[Source, ...]
    repaired: bool = False
