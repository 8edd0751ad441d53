"""What the words of an answer tell where a system says no more than a text: refusals, and citations like [1]."""

from __future__ import annotations

import re
from bisect import bisect_right

from index.sentences import split_sentences

from ..schema import Statement

# -- refusals

_SOURCES = (
    r"(?:(?:the|these|this|those|your|given|provided|retrieved|available|above|any|of) )*"
    r"(?:context|sources?|documents?|articles?|passages?|texts?|information|excerpts?|search results)"
    r"(?: (?:given|provided|retrieved|available|above))?"
)
_IN = rf"(?:in|from|by|with|using|given|on|based on|according to) {_SOURCES}"
_LEAD_IN = re.compile(rf"(?:{_IN},? |(?:i am |we are )?(?:very )?(?:sorry|afraid),? (?:but )?|unfortunately,? )*")
_NONE = "(?:no|not enough|insufficient)"
# A sentence without an answer: in lower case, "not" in full, without its lead-in ("Unfortunately, ...").
_REFUSAL = re.compile(
    "|".join(
        (
            r"(?:i|we) (?:do not know|(?:am|are) not (?:sure|able to))\b.*",
            r"(?:i|we) (?:can|could) not (?:answer|say|tell|determine|find)\b.*",
            rf"(?:i|we) (?:do not have|lack|have {_NONE}) (?:any |enough |sufficient )?(?:information|answer|idea)\b.*",
            r"(?:i|we) (?:am|are) unable to (?:answer|say|tell|determine|find)\b.*",
            rf"{_SOURCES} (?:do|does|did) not (?:say|mention|state|specify|contain|include|provide|give|tell)\b.*",
            rf"{_SOURCES} (?:is|are) (?:insufficient|not (?:enough|sufficient))\b.*",
            rf"there is {_NONE} (?:answer|mention|information)(?: .*)? {_IN}(?: (?:about|on|regarding) .*)?",
            rf"there is {_NONE} (?:answer|information)(?: to answer\b.*)?",
            rf"(?:it|(?:the|this|that)(?: question| answer)?) can not be (?:answered|determined|found)(?: {_IN})?",
            rf"(?:(?:it|this|that|the answer|the information) is )?not (?:found |mentioned |stated )?in {_SOURCES}",
            rf"{_NONE} (?:answer|information|context)(?: (?:found|available|to answer\b.*))?(?: {_IN})?",
            "no idea|unanswerable|not answerable|not available|unknown|n/a",
        )
    )
)
_TURN = re.compile(r"\b(?:but|however|although|though)\b")


def is_refusal(text: str) -> bool:
    """True when a text says nothing but that there is no answer, or is empty: "I don't know.", "Not in these sources.",
    "Insufficient information.", "Sorry, but the provided documents do not mention who paid."

    For systems that give no outcome. Each sentence must be such a one as a whole: "I don't know, but it may have been
    Kim" and "Not in these sources. It was Kim." are answers, and so is a refusal in words that are not known here.
    """
    plain = " ".join(text.replace("’", "'").lower().split())
    plain = re.sub(r"\bcan(?:not|'t)\b", "can not", plain)
    plain = re.sub(r"n't\b", " not", plain).replace("i'm ", "i am ")
    sentences = [sentence.strip(" .!*") for sentence in re.split(r"(?<=[.!?])\s", plain)]
    bare = [_LEAD_IN.sub("", sentence, count=1) for sentence in sentences if sentence]
    return all(_REFUSAL.fullmatch(sentence) and not _TURN.search(sentence) for sentence in bare)


# -- markers

_MARKERS = re.compile(r"\s*\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")


def without_markers(text: str) -> str:
    """The text without its [1] and [2, 3], on one line."""
    return " ".join(_MARKERS.sub("", text).split())


def statements_of(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """The sentences of a text without their markers, each with the numbers of its markers in order, once each.

    A marker belongs to the sentence that it stands in or right behind: "It rained [1]." and "It rained. [1] Then".
    """
    bare, marks, done = "", [], 0
    for match in _MARKERS.finditer(text):
        bare += text[done : match.start()]
        done = match.end()
        numbers = [int(number) for number in re.findall(r"\d+", match[1])]
        marks.append((len(bare.rstrip()) - 1, numbers))
    bare += text[done:]
    spans = split_sentences(bare)
    if not spans:
        return []
    of: list[list[int]] = [[] for _ in spans]
    starts = [start for start, _ in spans]
    for place, numbers in marks:
        of[max(0, bisect_right(starts, place) - 1)] += numbers
    return [
        (" ".join(bare[start:end].split()), tuple(dict.fromkeys(numbers)))
        for (start, end), numbers in zip(spans, of, strict=True)
    ]


def marked(text: str, citations: int) -> tuple[Statement, ...]:
    """The statements of a text whose markers count its ``citations`` from 1; markers of none are dropped."""
    return tuple(
        Statement(sentence, tuple(number - 1 for number in numbers if 1 <= number <= citations))
        for sentence, numbers in statements_of(text)
    )
