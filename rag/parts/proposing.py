"""The parts of a question as a language model proposes them; what it writes is checked, and rules stand behind it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.schema import Passage

from ..errors import LlmCallError
from ..questions import analyse
from .schema import ANSWER, MOST_PARTS, Kind, Part, Split

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

logger = logging.getLogger(__name__)

PROMPT = """Split the question into the smallest questions whose answers together answer it: {least} to {most}, \
one a line, nothing else. Each must be understood alone. Use no names or numbers but those of the question. \
Where a later question needs the answer of the first, write {answer} in its place. If it asks for one thing, \
write only: ONE"""
# What takes longer to propose is better taken apart by rules.
SECONDS = 10.0
# Longer is no question of a part; a reply of more lines than parts is no list of them.
MOST_CHARS = 200

_CUE = re.compile(
    r"\b(?:both|compared?|differs?|difference|versus|vs|respectively|as well as|each of|either side|two sides)\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)]|[a-d][.)])\s+")
_WORD = re.compile(r"\w[\w.-]*\w|\w")


@dataclass(frozen=True, slots=True)
class Proposal:
    """How to take a question apart, and the tokens that asking cost."""

    split: Split | None
    tokens: Mapping[str, int] = field(default_factory=dict)


def may_propose(question: str, ruled: Split | None) -> bool:
    """Whether a model is asked at all: rules found parts without a figure to compute with, or something sounds like
    several things. Other questions cost no call."""
    if ruled is None or ruled.kind == "list":
        return _CUE.search(question) is not None
    return ruled.measure is None


def propose(question: str, ruled: Split | None, passages: Sequence[Passage], model: BaseChatModel) -> Proposal:
    """The parts that ``model`` proposes, else those of the rules: when it fails or what it writes does not stand.

    ``passages`` are what was found for the whole question: names and numbers may come from them and from the question.
    """
    from langchain_core.messages import HumanMessage, SystemMessage

    from ..llm.asking import ask_aside

    prompt = PROMPT.format(least=2, most=MOST_PARTS, answer=ANSWER)
    messages = [SystemMessage(prompt), HumanMessage(question)]
    try:
        (reply,) = ask_aside(lambda: [model.invoke(messages)], model, SECONDS)
    except LlmCallError as error:
        logger.warning("the language model proposed no parts: %s", error)
        return Proposal(ruled)
    usage = getattr(reply, "usage_metadata", None)
    tokens = {name: int(usage[f"{name}_tokens"]) for name in ("input", "output")} if usage else {}
    return Proposal(checked(question, str(reply.text), passages) or ruled, tokens)


def checked(question: str, reply: str, passages: Sequence[Passage]) -> Split | None:
    """The parts that a reply lists; None when it is not two to MOST_PARTS plain questions, whose names and numbers
    stand in the question or in what was found."""
    lines = [_BULLET.sub("", line).strip() for line in reply.splitlines() if line.strip()]
    if not 2 <= len(lines) <= MOST_PARTS or len(set(lines)) < len(lines) or ANSWER in lines[0]:
        return None
    known = " ".join((question, *(f"{p.article.title} {p.text} {p.article.published.iso or ''}" for p in passages)))
    words = {word.lower().removesuffix("'s") for word in _WORD.findall(known.replace("’", "'"))}
    for line in lines:
        asked = analyse(line.replace(ANSWER, ""))
        if not line.endswith("?") or len(line) > MOST_CHARS or not asked.names | asked.numbers <= words:
            logger.info("a proposed part does not stand: it is no question, or has a name or number of its own")
            return None
    kind: Kind = "bridge" if ANSWER in lines[-1] else "conjunction"
    return Split(kind, tuple(Part(line) for line in lines))
