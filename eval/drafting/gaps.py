"""Questions with the question word in the place of the answer: "The exercise lasts how many days?"

They are drafted where no other rule is sure of a sentence. They can always be understood and answered from it, but a
person will want to put them in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .clauses import without_dateline
from .people import Found, Rule
from .words import COUNT, DATE, MONEY, SHARE, WEEKDAY, YEAR

_UNIT = r"(?:second|minute|hour|day|week|month|year|decade)s"
_FREE = r"(?<![\w.,$£€-])"  # a number starts here
_NO_MOMENT = r"(?! (?:ago|later|earlier|old|after|before|of age)\b)"

# What is asked for, with which words, and by which rule; the first that a sentence holds is taken.
_GAPS: tuple[tuple[re.Pattern[str], str, Rule], ...] = (
    (re.compile(_FREE + MONEY), "how much money", "how_much"),
    (re.compile(_FREE + SHARE), "what percentage", "how_much"),
    (re.compile(rf"{_FREE}{COUNT} (?P<what>{_UNIT})\b{_NO_MOMENT}"), "how many {what}", "how_long"),
    (
        re.compile(rf"{_FREE}{COUNT} (?P<what>(?:[a-z]+ )?(?!{_UNIT})[a-z]{{3,}}(?<![us])s)\b"),
        "how many {what}",
        "how_many",
    ),
    (re.compile(rf"(?<=\b[Oo]n )(?:{DATE}|{WEEKDAY})"), "what day", "when"),
    (re.compile(rf"(?<=\b[Ii]n ){YEAR}\b"), "what year", "when"),
)

# Sentences that lean on what stands before them, or are not told by the article itself.
_LEANS = re.compile(
    r"(?:He|She|It|They|We|I|You|His|Her|Its|Their|Our|My|This|That|These|Those|There|Here|But|And|So|Or|Yet|Then|Still|"
    r"However|Also|Meanwhile|Both|Such|Another|Other|Some|One|If|As|While|When|After|Before|In addition|By contrast)\b"
)
_TROUBLE = re.compile(
    r"[“”‘\"?!:;()\[\]…]|\b(?:he|she|they|his|her|their|it|its|him|them|this|these|those|the (?:latter|former))\b"
)
_BOUND = re.compile(r"\b(?:the|these|those|both|first|last|next|other|[A-Z]\w*[a-z]) $|^The $")  # "the two envoys"
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")


def gaps(sentence: str) -> Iterator[Found]:
    """At most one question on a sentence that names somebody or something and leans on no other."""
    plain = without_dateline(sentence).rstrip()
    if not (40 <= len(plain) <= 200 and plain.endswith(".") and plain[0].isupper()):
        return
    if _LEANS.match(plain) or _TROUBLE.search(plain) or not _NAME.search(plain):
        return
    for pattern, asked, rule in _GAPS:
        match = pattern.search(plain)
        if match and not _BOUND.search(plain[: match.start()]):
            answer = match.group().rstrip(".,")
            what = asked.format(**match.groupdict())
            question = f"{plain[: match.start()]}{what}{plain[match.start() + len(answer) :]}"
            yield Found(question[0].upper() + question[1:].rstrip(".") + "?", answer, rule)
            return
