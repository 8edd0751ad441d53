"""Notices of a publisher about its own article: that it was wrong, and when it was corrected or updated."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from .dates import dates_in

_ARTICLE = r"(?:version|article|story|report|post|piece|item|page|headline|caption|column|dispatch)"
_EARLIER = (
    rf"(?:an?|the|our|this)\s+(?:earlier|previous|original|prior|first|initial)\s+(?:online\s+)?{_ARTICLE}"
    r"(?:\s+(?:of|on)\s+this\s+\w+)?"
)
# "Correction: ...", "Clarification, Sept. 30, 2021: ...", "Editor's note: ..." (this one only if it says what changed)
_LABEL = re.compile(
    r"[\[(*]*(?:(?:this\s+(?:is|was)\s+an?\s+)?(?:corrections?|clarifications?|erratum|corrigendum)"
    r"(?:\s+(?:and|&)\s+(?:corrections?|clarifications?))?|corrected)\b"
    r"(?:[^:\n]{0,20}\d[^:\n]{0,20})?\s*(?:[:—–]|[\])*]*$)",
    re.IGNORECASE,
)
_EDITOR = re.compile(r"[\[(*]*editor['’]?s?['’]?\s+note\b", re.IGNORECASE)
_CHANGED = r"(?:\w+ly\s+)?(?:corrected|clarified|amended|retracted|updated\s+to\s+correct)"
_SAYS_SO = re.compile(
    rf"this\s+{_ARTICLE}\s+(?:(?:has|have)\s+(?:since\s+)?been\s+|was\s+|is\s+){_CHANGED}"
    r"|the\s+(?:story|article|headline|caption)\s+(?:has\s+been|was)\s+corrected"
    rf"|this\s+{_ARTICLE}\s+(?:corrects|clarifies)\s"
    rf"|{_EARLIER}\s+(?:(?:has|had|have)\s+been\s+{_CHANGED}|(?:\w+ly\s+)?(?:misstated|misspelled|misidentified"
    r"|misattributed|misquoted|gave\s+(?:the|an?)\s+(?:wrong|incorrect)|contained\s+an?\s+(?:error|incorrect)"
    r"|included\s+an?\s+(?:error|incorrect))|(?:mistakenly|incorrectly|wrongly|erroneously)\s+\w+|\w+\s+\w+ly\s+that)"
    r"|we\s+(?:regret|apologi[sz]e\s+for)\s+the\s+error",
    re.IGNORECASE,
)
_UPDATE = re.compile(
    r"[\[(]?(?:last\s+)?(?:updated|modified|revised)(?:\s+(?:on|at))?\s*:?\s*[^.\n]{0,30}$", re.IGNORECASE
)
_OPENING = "[(*•-– "  # signs before a notice
_VERB = re.compile(r"(?:corrected|amended|clarified|updated|revised)\s+(?:on\s+)?\W*$", re.IGNORECASE)
_LONGEST = 900  # characters


def is_correction(text: str) -> bool:
    """Say whether a paragraph is a notice that the article was wrong ("Correction: ...", "This story was amended")."""
    if len(text) > _LONGEST:
        return False
    opened = text.lstrip(_OPENING)
    return bool(_LABEL.match(text) or _SAYS_SO.match(opened) or (_EDITOR.match(text) and _SAYS_SO.search(text)))


def corrected_on(notices: Iterable[str], published: date | None) -> date | None:
    """Return the latest day that a notice of correction gives for itself; not one before ``published``.

    Only a day in its label, or after "corrected on" and the like, is that of the correction: others are of the events.
    """
    days = []
    for notice in notices:
        label = _LABEL.match(notice)
        for start, _, day in dates_in(notice):
            verb = re.search(
                r"(?:corrected|amended|clarified|updated|revised)\s+(?:on\s+)?\W*$", notice[:start], re.IGNORECASE
            )
            if (verb or (label and start < label.end())) and (published is None or day >= published):
                days.append(day)
    return max(days, default=None)


def updated_on(lines: Iterable[str]) -> date | None:
    """Return the latest day that a line like "Updated 30 September 2021" states."""
    days = [day for line in lines for start, _, day in dates_in(line[:200]) if _UPDATE.search(line[:start])]
    return max(days, default=None)
