"""Fragments: what of the earlier question a few words take the place of.

"And in 2020?" puts another time where it had one, "and Sweden?" another country, "why?" another question word.
"""

from __future__ import annotations

import re

from index.speech.words import MODIFIERS, ORGANISATIONS, ROLES

from ..places import places
from .anatomy import TIME, Phrase, about_of, core_of, has_verb, phrases, take_apart, times_in, words_of
from .spoken import Spoken
from .words import CLAUSE_OPENERS, DETERMINERS, PREPOSITIONS, QUESTION_WORDS, TIME_PREPOSITIONS

_LIKE = 2.5  # what a phrase has to score to be replaced
_MOST_WORDS = 8  # of a fragment
_SHIFTED = re.compile(
    r"\b(?:an?|one|two|three|\d+|the) (?:day|week|month|year)s? (?:earlier|before|later|after(?:wards)?)$", re.I
)
_MODIFIED_ROLE = re.compile(rf"\b([a-z]+)(?= (?:{'|'.join(sorted((ROLES | ORGANISATIONS) - MODIFIERS))})\b)")


def is_asking_fragment(text: str) -> bool:
    """ "Why", "since when", "for how much", "how many of them", "who else": a question word and hardly more."""
    words = [word.lower for word in words_of(text)]
    if not words or len(words) > 5 or not QUESTION_WORDS & set(words[:3]):
        return False
    parts = take_apart(text)
    if not parts.lead:
        return not has_verb(text) and bool(QUESTION_WORDS & {words[-1]})  # "according to whom"
    return not parts.auxiliary and parts.rest.lower() in ("", "else", "exactly", "so", "come", "not")


def is_fragment(fragment: str, *, goes_on: bool) -> bool:
    """Something short: "in 2020", and where it ``goes_on`` ("and ...", a question mark) any noun phrase.

    Words that were typed without a mark may be a search for something else.
    """
    words = words_of(fragment)
    if not words or words[0].lower in QUESTION_WORDS or len(words) > _MOST_WORDS:
        return False
    return goes_on or words[0].lower in PREPOSITIONS or words[0].lower == "according"


def asked_of_topic(ask: str, spoken: Spoken) -> str:
    """The earlier question with other question words: "Why" of "When did the line open?"; "" where that is not one."""
    parts = take_apart(spoken.question)
    ask = "why" if ask.lower().startswith("how come") else ask
    adverb = parts.lead.lower() in ("when", "where", "why", "how") and parts.auxiliary
    if not adverb or ask.split()[-1].lower() in ("else", "exactly") or about_of(spoken.question):
        return ""
    return f"{ask} {parts.auxiliary} {parts.rest}"


def counted(ask: str, spoken: Spoken) -> str:
    """ "How many" with what was counted before."""
    noun = take_apart(spoken.question).noun
    return f"{ask} {noun}" if noun and ask.lower().endswith(("how many", "which", "which ones")) else ask


def swapped(spoken: Spoken, swap: re.Match[str]) -> str:
    """The last question with one name for another: "not Merkel, Macron"; "" when it does not hold the first."""
    old, new = swap["old"] or swap["old2"], swap["new"] or swap["new2"]
    held = next((p.text for p in phrases(spoken.question, joined=False) if old.lower() in p.text.lower()), "")
    return core_of(spoken.question).replace(held, new) if held and not has_verb(new) else ""


def replaced(spoken: Spoken, fragment: str) -> str:
    """The last question with ``fragment`` in the place of its like: a time for a time, a place for a place.

    "" where there is nothing of its like in it.
    """
    if {word.lower for word in words_of(fragment)} & {"one", "ones"}:
        return ""
    replaced = _in_place(core_of(spoken.question), fragment, spoken)
    about = about_of(spoken.question)
    return f"{replaced} (about {about})" if replaced and about and "(" not in replaced else replaced


def _in_place(question: str, fragment: str, spoken: Spoken) -> str:  # noqa: PLR0911 - a return a kind of fragment
    words = words_of(fragment)
    preposition = words[0].lower if words[0].lower in PREPOSITIONS else ""
    if fragment.lower().startswith("according to"):
        head = re.sub(r",? according to .*$", "", question, flags=re.I)
        return f"{head}, {fragment}"
    if shifted := _SHIFTED.search(fragment):
        return _shifted(question, shifted[0])
    if len(words) == 1 and not words[0].is_name and (roles := [*_MODIFIED_ROLE.finditer(question)]):
        role = roles[-1]
        return f"{question[: role.start()]}{fragment}{question[role.end() :]}"  # "transport" for "finance minister"
    if (times := times_in(fragment)) and len(words) <= 5:
        return _with_time(question, fragment, times[0])
    if preposition:
        return _with_place(question, fragment, preposition)
    found = phrases(question, joined=False)
    like = _most_like(fragment, found, spoken)
    if like is None:
        return ""
    owns = "'s" if question[like.end : like.end + 2] in ("'s", "’s") else ""
    return f"{question[: like.start]}{fragment}{owns}{question[like.end + len(owns) :]}"


def _with_place(question: str, fragment: str, preposition: str) -> str:
    """What follows the same preposition, or another of place, replaced: "of Sweden" for "of Norway"."""
    found = phrases(question, joined=False)
    same = [p for p in found if p.before == preposition and not TIME.fullmatch(p.text)]
    same = same or [
        p for p in found if {p.before, preposition} <= {"in", "at", "near", "on"} and not TIME.match(p.text)
    ]
    if not same:
        return f"{_without_tail(question, preposition)} {fragment}"
    start = question.lower().rfind(same[-1].before, 0, same[-1].start)
    after = question[same[-1].end :]
    after = "" if words_of(after)[:1] and words_of(after)[0].lower in CLAUSE_OPENERS else after
    return f"{question[:start]}{fragment}{after}"


def _without_tail(question: str, preposition: str) -> str:
    """A question before what a fragment with this preposition takes the place of: "say after ..." for "about ..."."""
    if preposition != "about":
        return question
    match = re.search(r"\b(?:say|said|think|thought|write|wrote|tell|told|know|announce|claim)\b", question)
    return question[: match.end()] if match else question


def _shifted(question: str, shift: str) -> str:
    """ "A week earlier" than the time of the question: "a week before 27 February"."""
    earlier = times_in(question)
    if not earlier:
        return f"{question} {shift}"
    old, span = earlier[-1], re.sub(r" \w+$", "", shift)
    word = "before" if shift.lower().endswith(("earlier", "before")) else "after"
    return f"{question[: old.start()]}{span} {word} {old[2].strip()}{question[old.end() :]}"


def _with_time(question: str, fragment: str, time: re.Match[str]) -> str:
    """Another month or year in the place of that of the question; a month keeps the question's year."""
    earlier = times_in(question)
    if not earlier:
        lead = "" if words_of(fragment)[0].lower in TIME_PREPOSITIONS else "in "
        return f"{question} {lead}{fragment}"
    old = earlier[-1]
    new = time[2].strip()
    year = re.search(r"(?:19|20)\d\d", old[2])
    if year and not re.search(r"(?:19|20)\d\d", new):
        new = f"{new} {year[0]}"
    before = time[1] or old[1]
    if old[1] is None:  # "the poll of May 2022"
        return f"{question[: old.start(2)]}{new}{question[old.end(2) :]}"
    return f"{question[: old.start()]}{before + ' ' if before else ''}{new}{question[old.end() :]}"


def _most_like(fragment: str, found: list[Phrase], spoken: Spoken) -> Phrase | None:
    """The phrase that a noun phrase takes the place of: of the same kind, the subject before others."""
    if not found:
        return None
    words = {word.lower for word in words_of(fragment)}
    named = any(word.is_name for word in words_of(fragment))
    person = spoken.person_named(fragment)
    known = person is not None or fragment in spoken.text
    best: tuple[float, Phrase] | None = None
    for place, phrase in enumerate(found):
        if TIME.fullmatch(phrase.text):
            continue
        theirs = any(word.is_name for word in words_of(phrase.text))
        score = 2.0 * (named == theirs) - 0.3 * place
        score += 1.5 * (known and bool(person) == bool(spoken.person_named(phrase.text)))
        score += 1.5 * (bool(places(fragment)) == bool(places(phrase.text)))
        score += 2.0 * bool(words & {word.lower for word in words_of(phrase.text)} - DETERMINERS)
        score -= 1.5 * (phrase.before in ("in", "at", "near") and fragment.lower().startswith("the "))
        if best is None or score > best[0]:
            best = (score, phrase)
    return best[1] if best and best[0] >= _LIKE else None
