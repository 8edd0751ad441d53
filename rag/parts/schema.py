"""What a question of several parts is taken apart into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["comparison", "bridge", "list", "conjunction"]
"""The terms of multi-hop question answering (HotpotQA, Yang et al. 2018; DecompRC, Min et al. 2019), of TREC for lists:

=========== ==========================================================================================================
comparison  the same is asked of two things, and how the answers relate: "Did more people leave Norvik or Osk?"
bridge      the answer of one part is needed to ask the next: "Who leads the party that won in Osk?"
list        one question with an answer in several articles: "Which towns saw protests?"
conjunction questions beside each other: "Who won and by how much?", "before and after", "supporters and critics"
=========== ==========================================================================================================
"""

MOST_PARTS = 4
ANSWER = "#1"
"""Stands in a part for the answer of the first one, as in QDMR (Break, Wolfson et al. 2020)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A question to be asked on its own; it may hold ANSWER.

    ``label`` names the thing that a comparison is about ("in Osk"). ``search`` is what is searched instead of a
    question that leans on the one before it ("what did it cost"), "" when it stands alone.
    """

    question: str
    label: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is compared by number or day: ``word`` ("more", "earlier") is said of the larger one when ``larger``.

    ``claims`` is the number of the part that the question says it of ("Was A longer than B?"), None when it asks which.
    ``difference``: it asks by how much. ``age``: years that answer are years of birth or building.
    """

    word: str
    larger: bool
    claims: int | None = None
    difference: bool = False
    age: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a question: one of a "list", two to MOST_PARTS of the others.

    ``opposed``: what answers one part is no answer to another, as for "before" and "after", or two speakers.
    """

    kind: Kind
    parts: tuple[Part, ...]
    measure: Measure | None = None
    opposed: bool = False
