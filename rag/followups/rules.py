"""Follow-up questions put on their own feet by rules.

Four things make a question lean on what was said before: it is a fragment ("And in 2020?"), a pronoun stands for what
was named ("When did she resign?"), a description does ("the company"), or it tells too little to be about anything
("Who was arrested?"). A fragment takes the place of its like in the earlier question, pronouns and descriptions
become what they mean, and what tells too little gets the earlier topic behind it. A question in which nothing of that
is found stays as it was typed: a wrong change is worse than none.
"""

from __future__ import annotations

import re

from index.speech.words import ORGANISATIONS, ROLES

from .anatomy import TIME, Phrase, Word, about_of, core_of, has_verb, phrases, take_apart, times_in, topic, words_of
from .spoken import Spoken
from .words import (
    AUXILIARIES,
    BE,
    BREAKS,
    CLAUSE_OPENERS,
    DETERMINERS,
    KNOWN_TO_ALL,
    LIGHT,
    PREPOSITIONS,
    QUESTION_WORDS,
    TIME_PREPOSITIONS,
)

_OPENER = re.compile(r"^(?:(?:and|but|so|ok|okay|also|well|then|alright|hm+|oh)\b[\s,]*)+", re.I)
_CORRECTS = re.compile(
    r"^(?:(?:no|nope|sorry|oops|actually|wait|rather|oh|ah|not that)\b[\s,.!-]*)*"
    r"(?:i (?:actually )?mean(?:t)?\b|i was asking about|i am asking about|rather\b|make that)[\s,:]*(?:the one )?(.+)$",
    re.I,
)
_CORRECTS_SHORTLY = re.compile(r"^(?:no|sorry|oops|nope)\b[\s,]+(?!one\b|more\b|longer\b)(.+)$", re.I)
_INSTEAD = re.compile(r"^(.+?),? instead$", re.I)
_NOT = re.compile(r",? (?:and )?not (?:the |in )?[^,]+$", re.I)
_WHAT_ABOUT = re.compile(r"^(?:what|how) about\b\s*|^(?:is|was) (?:it|that) the same (?:for|in|with)\s+(?=\S)", re.I)
_TRAILING = re.compile(r"[\s,]*\b(?:too|as well|then|also|either|please|exactly|again)$", re.I)
_ABOUT_THAT = re.compile(r"^(?P<ask>(?:when|where|why|how)(?: come)?) (?:was|is|did|were|would) (?:that|this)(?: be| happen)?$", re.I)
_SHIFTED = re.compile(
    r"\b(?:an?|one|two|three|\d+|the) (?:day|week|month|year)s? (?:earlier|before|later|after(?:wards)?)$", re.I
)
_NAMED_FIRST = re.compile(r"^([^,]{2,60}), (?=(?:what|when|where|why|how|who|did|do|does|is|was|are|were)\b)", re.I)
_MODIFIED_ROLE = re.compile(rf"\b([a-z]+)(?= (?:{'|'.join(sorted(ROLES | ORGANISATIONS))})\b)")
_GENDER = {"he": -1, "him": -1, "his": -1, "himself": -1, "she": 1, "her": 1, "hers": 1, "herself": 1}
_OWNING = frozenset("his her its their".split())
_PERSONAL = frozenset(_GENDER) | frozenset("it its they them their theirs".split())
_FEW = 2  # content words that are too few to say what a question is about


def resolve(text: str, spoken: Spoken) -> str:
    """The question on its own feet; ``text`` itself where nothing leans on what was said."""
    plain = text.strip().rstrip("?!. ")
    corrected = _CORRECTS.match(plain) or _CORRECTS_SHORTLY.match(plain) or _INSTEAD.match(plain)
    if corrected and not has_verb(corrected[1]):
        return _asked(_replaced(spoken, _NOT.sub("", corrected[1])))
    bare = _OPENER.sub("", corrected[1] if corrected else plain)
    fragment = _WHAT_ABOUT.sub("", _TRAILING.sub("", bare)).strip(" ,")
    about = _ABOUT_THAT.match(fragment)
    if about or _is_asking_fragment(fragment):
        return _asked(_asked_of_topic(about["ask"] if about else fragment, spoken))
    if fragment and not has_verb(fragment) and _is_fragment(fragment, plain, bare):
        return _asked(_replaced(spoken, fragment))
    if first := _NAMED_FIRST.match(bare):
        bare = _with_first(first[1], bare[first.end() :])
    resolved = _with_descriptions(_with_names(bare, spoken), spoken)
    if _tells_too_little(resolved, bare):
        resolved = f"{resolved} (about {_topic(spoken)})" if _topic(spoken) else resolved
    unchanged = resolved == bare and not first
    return text.strip() if unchanged else _asked(resolved)


def _asked(text: str) -> str:
    text = " ".join(text.split())
    return f"{text[:1].upper()}{text[1:]}?"


def _with_first(name: str, question: str) -> str:
    """"Holt, what did he say?" as "what did Holt say"; as it was where there is no pronoun."""
    for word in words_of(question):
        if word.lower in _PERSONAL and word.lower not in _OWNING:
            return f"{question[: word.start]}{name}{question[word.end :]}"
    return f"{name}, {question}"


def _topic(spoken: Spoken) -> str:
    """What was spoken of last, with who it was where the last question asked for somebody."""
    about, focus = topic(spoken.question), spoken.answer_focus()
    return ", ".join(part for part in (focus, about) if part and part not in about[: len(part)] or part == about)


# Fragments


def _is_asking_fragment(text: str) -> bool:
    """"Why", "since when", "for how much", "how many of them", "who else": a question word and hardly more."""
    words = [word.lower for word in words_of(text)]
    if not words or len(words) > 5 or not QUESTION_WORDS & set(words[:2]):
        return False
    parts = take_apart(text)
    return bool(parts.lead) and not parts.auxiliary and parts.rest.lower() in ("", "else", "exactly", "so", "come", "not")


def _is_fragment(fragment: str, plain: str, bare: str) -> bool:
    """Something without a verb, short, and marked as going on: "and ...", "what about ...", "in ...", or a bare name."""
    words = words_of(fragment)
    continues = plain != bare or fragment != bare
    opens = words[0].lower in PREPOSITIONS or fragment.lower().startswith("according to")
    if words[0].lower in QUESTION_WORDS or len(words) > 8:
        return False
    return continues or opens or len(words) <= 3


def _asked_of_topic(ask: str, spoken: Spoken) -> str:
    """The earlier question with other question words: "Why" of "When did the line open?"."""
    parts = take_apart(spoken.question)
    first = parts.lead.lower().split()
    if ask.lower().startswith("how come"):
        ask = "why"
    if parts.auxiliary and first and first[0] in ("when", "where", "why", "how") and not parts.noun and len(first) == 1:
        if ask.split()[-1].lower() not in ("else", "exactly"):
            return f"{ask} {parts.auxiliary} {parts.rest}"
    noun = parts.noun if parts.noun and parts.noun not in ask else ""
    if ask.lower().endswith(("how many", "how much", "which", "which ones")) and noun:
        ask = f"{ask} {noun}"
    return f"{ask} (about {_topic(spoken)})"


def _replaced(spoken: Spoken, fragment: str) -> str:
    """The last question with ``fragment`` in the place of its like: a time for a time, a place for a place."""
    replaced = _in_place(core_of(spoken.question), fragment, spoken)
    about = about_of(spoken.question)
    return f"{replaced} (about {about})" if about and "(" not in replaced else replaced


def _in_place(question: str, fragment: str, spoken: Spoken) -> str:
    words = words_of(fragment)
    preposition = words[0].lower if words[0].lower in PREPOSITIONS else ""
    if fragment.lower().startswith("according to"):
        head = re.sub(r",? according to .*$", "", question, flags=re.I)
        return f"{head}, {fragment}"
    if shifted := _SHIFTED.search(fragment):
        return _shifted(question, shifted[0])
    if len(words) == 1 and not words[0].is_name and (role := _MODIFIED_ROLE.search(question)):
        return f"{question[: role.start()]}{fragment}{question[role.end() :]}"  # "transport" for "finance minister"
    if (times := times_in(fragment)) and len(words) <= 5:
        return _with_time(question, fragment, times[0])
    found = phrases(question)
    if preposition:
        same = [p for p in found if p.before == preposition and not TIME.fullmatch(p.text)]
        same = same or [p for p in found if {p.before, preposition} <= {"in", "at", "near", "on"}]
        if not same:
            return f"{_without_tail(question, preposition)} {fragment}"
        start = question.rfind(same[-1].before, 0, same[-1].start)
        after = question[same[-1].end :]
        after = "" if words_of(after)[:1] and words_of(after)[0].lower in CLAUSE_OPENERS else after
        return f"{question[:start]}{fragment}{after}"
    like = _most_like(fragment, found, spoken)
    if like is None:
        return f"{question} (and {fragment})"
    owns = "'s" if question[like.end : like.end + 2] in ("'s", "’s") else ""
    return f"{question[: like.start]}{fragment}{owns}{question[like.end + len(owns) :]}"


def _without_tail(question: str, preposition: str) -> str:
    """A question before what a fragment with this preposition takes the place of: "say after ..." for "about ..."."""
    if preposition != "about":
        return question
    match = re.search(r"\b(?:say|said|think|thought|write|wrote|tell|told|know|announce|claim)\b", question)
    return question[: match.end()] if match else question


def _shifted(question: str, shift: str) -> str:
    """"A week earlier" than the time of the question: "a week before 27 February"."""
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
        score += 2.0 * bool(words & {word.lower for word in words_of(phrase.text)} - DETERMINERS)
        if best is None or score > best[0]:
            best = (score, phrase)
    return best[1] if best else None


# Pronouns and descriptions


def _with_names(text: str, spoken: Spoken) -> str:
    """Each pronoun that means something outside of the question, once, as what it means."""
    words = words_of(text)
    done: set[str] = set()
    pieces: list[str] = []
    at = 0
    for number, word in enumerate(words):
        meant = _meant(words, number, text, spoken, done)
        if not meant:
            continue
        done.add(_class(word.lower))
        pieces += [text[at : word.start], meant]
        at = word.end
    return "".join([*pieces, text[at:]])


def _class(pronoun: str) -> str:
    if pronoun in _GENDER:
        return str(_GENDER[pronoun])
    return "it" if pronoun in ("it", "its") else pronoun if pronoun in ("there", "then", "that", "this") else "they"


def _meant(words: list[Word], number: int, text: str, spoken: Spoken, done: set[str]) -> str:
    """What the word means; "" when it is no pronoun, or means something in the question itself."""
    pronoun = words[number].lower
    kind = _class(pronoun)
    before = words[number - 1].lower if number else ""
    after = words[number + 1].lower if number + 1 < len(words) else ""
    if pronoun in _PERSONAL:
        if kind in done or (pronoun == "it" and _is_empty_it(before, after)) or _is_bound(words, number, text, spoken):
            return ""
        owner = pronoun in ("his", "its", "their") or (pronoun == "her" and after not in BREAKS and after != "")
        if pronoun in _GENDER:
            name = spoken.person(_GENDER[pronoun])
        else:
            plural = kind == "they"
            name = (spoken.both() if plural else "") or spoken.thing(plural=plural, owner=owner)
        return f"{name}{_possessive(name)}" if name and owner else name
    if pronoun == "there" and before not in AUXILIARIES and after not in AUXILIARIES:
        return spoken.place()
    if pronoun == "then" and not after and number > 1:
        return spoken.time()
    return ""


def _possessive(name: str) -> str:
    return "'" if name.endswith("s") and " of " not in name and name[-2:-1] not in ("s", "u", "i") else "'s"


def _is_empty_it(before: str, after: str) -> bool:
    """"How long does it take to ...", "is it true that ...": it stands for what follows."""
    return after in ("true", "possible", "likely", "take", "rain", "snow", "said", "clear", "known") and before != ""


def _is_bound(words: list[Word], number: int, text: str, spoken: Spoken) -> bool:
    """Say whether what a pronoun means stands before it in the question: in a clause before, or as whose it is."""
    pronoun, earlier = words[number].lower, words[:number]
    new_clause = any(word.lower in CLAUSE_OPENERS and n > 0 for n, word in enumerate(earlier))
    new_clause = new_clause or (pronoun in ("he", "she", "they") and number > 2 and earlier[-1].lower not in AUXILIARIES)
    gap = text[earlier[-1].end : words[number].start] if earlier else ""
    named = [word for word in earlier[1:] if word.is_name and not TIME.match(word.text)]
    named += [word for word in earlier[:1] if word.is_name and word.lower not in LIGHT]
    nouns = [w for n, w in enumerate(earlier) if n and w.lower not in LIGHT and earlier[n - 1].lower in DETERMINERS]
    if pronoun in _GENDER:
        persons = [word for word in named if (one := spoken.person_named(word.text)) and one.may_be(_GENDER[pronoun])]
        unknown = [word for word in named if spoken.person_named(word.text) is None]
        inside = bool(persons or unknown)
        return inside and (new_clause or pronoun in _OWNING or "," in gap)
    inside = bool(named or nouns)
    directly = bool(earlier) and earlier[-1].lower in (*CLAUSE_OPENERS, *LIGHT) and earlier[-1].lower not in PREPOSITIONS
    return inside and (new_clause or (pronoun in ("its", "their") and not earlier[-1].lower in BE and directly))


def _with_descriptions(text: str, spoken: Spoken) -> str:
    """"The company" as the company that was spoken of, where the question itself does not say which."""
    for phrase in reversed(phrases(text)):
        words = [word.lower for word in words_of(phrase.text)]
        follows = words_of(text[phrase.end :])[:1]
        described = phrase.bare and len(words) <= 3 and words[-1] not in KNOWN_TO_ALL
        told = follows and (follows[0].lower in ("of", "for", "in", "at", "on", "to", "that", "who", "which", "behind"))
        if not described or told or (phrase.before == "of" and len(words) < 2):
            continue
        if meant := spoken.called(phrase):
            text = f"{text[: phrase.start]}{meant}{text[phrase.end :]}"
    return text


def _tells_too_little(resolved: str, bare: str) -> bool:
    """Say whether a question names nobody and nothing that it could be about."""
    words = words_of(resolved)
    leans = re.search(r"\b(?:that|this|those|these|one|ones|it|they|them)$", resolved, re.I)
    named = [word for word in words[1:] if word.is_name and not TIME.fullmatch(word.text)]
    if named and not leans:
        return False
    content = [word for word in words if word.lower not in LIGHT and word.lower not in BREAKS]
    if leans or len(content) <= _FEW:
        return True
    described = [p for p in phrases(resolved) if p.bare and p.head not in KNOWN_TO_ALL]
    return len(content) == _FEW + 1 and bool(described)
