"""Days of birth and death that stand beside a name: no answer to when somebody took office, came or won.

"Ines Okoro (12 June 1914 - 2 September 1999) was elected in 1954": a reader takes the first date it sees.
"""

from __future__ import annotations

import re

_BEFORE_BIRTH = re.compile(r"\b(?:born|b\.)\s[^.;()]{0,40}$")
_YEARS = re.compile(r"\((?P<born>[^()]*?(\d{4}))\s?[–—-]\s?(?P<died>[^()]*?(\d{4}))\)")
# Brackets with two years less far apart tell of a tour or a term.
_YOUNGEST = 15
_ASKS_BIRTH = re.compile(r"\b(?:born|birth\w*)\b", re.IGNORECASE)
_ASKS_DEATH = re.compile(r"\b(?:die[sd]?|dead|deaths?|killed|passed? away)\b", re.IGNORECASE)

Stretch = tuple[int, int]


def without_life(question: str, text: str, start: int, end: int) -> Stretch | None:
    """Of a date at ``start`` to ``end`` of ``text`` the part that can answer a question for a time.

    Of a life in brackets that is the day of birth or of death where one of them is asked for. None when nothing of it
    can; all of what tells no birth and no life.
    """
    birth, death = _ASKS_BIRTH.search(question), _ASKS_DEATH.search(question)
    for life in _YEARS.finditer(text):
        if life.start() < end and start < life.end() and int(life[4]) - int(life[2]) >= _YOUNGEST:
            asked = life.span("born") if birth else life.span("died") if death else None
            return asked if asked is None or not (asked[0] <= start and end <= asked[1]) else (start, end)
    if not birth and _BEFORE_BIRTH.search(text, max(0, start - 50), start):
        return None
    return start, end
