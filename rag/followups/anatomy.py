"""A question taken apart without a grammar: question words, auxiliary, and the rest with its noun phrases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from .words import (
    AUXILIARIES,
    BASE_VERBS,
    BE,
    BREAKS,
    DETERMINERS,
    DO,
    INTRANSITIVE,
    PARTICIPLES,
    PASTS,
    PREPOSITIONS,
    QUESTION_WORDS,
    ing,
)

WORD = re.compile(r"(?:[^\W_]\.){2,}|[^\W_]+(?:[-'’.,][^\W_]+)*")
_OWNS = re.compile(r"['’]s?$")
_FINITE = re.compile(r"(?:ed|[^su]s)$")
_MONTHS = "January February March April May June July August September October November December".split()
_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_YEAR = r"(?:19|20)\d\d"
TIME = re.compile(
    rf"(?:(?:the )?(?:\d{{1,2}}(?:st|nd|rd|th)? )?{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?\b(?!\d))?"
    rf"(?:,? (?:of )?{_YEAR})?"
    rf"|(?:early|late|mid-?)?[ ]?{_YEAR}(?:s\b)?)"
)
_ABOUT = re.compile(r" \(about (.+)\)$")
_IMPERATIVE = re.compile(
    r"^(?:please )?(?:can you |could you )?(?:tell|give|show|explain|describe|compare|summari[sz]e)(?: me| us)?"
    r"(?: more| details)?(?: about| of| on)?(?: |$)",
    re.I,
)
_TELLS_OF = re.compile(r"^(.+) (?:saying|thinking|writing|telling) (?:about|of) (.+)$")
_INSIDE = frozenset(["of", "in", "at"])  # what joins a name to the subject
_TELLING_WHICH = frozenset("for in between with against over".split())  # "the deal with Iran"
_DATED = re.compile(rf"\b(?:(in|on|by|after|before|since|until|during|from|around) )?({TIME.pattern})(?!\w)")


@dataclass(frozen=True, slots=True)
class Word:
    """A word at ``start`` to ``end`` of a text; ``lower`` is without the mark of a possessive."""

    text: str
    lower: str
    start: int
    end: int

    @property
    def is_name(self) -> bool:
        return self.text[:1].isupper()


def words_of(text: str) -> list[Word]:
    """The words of a text in order."""
    return [
        Word(m[0], "May" if m[0] == "May" and m.start() else _OWNS.sub("", m[0]).lower(), *m.span())
        for m in WORD.finditer(text)
    ]


def times_in(text: str) -> list[re.Match[str]]:
    """Months and years with the preposition before them (group 1, may be None); group 2 is the time itself."""
    return list(_DATED.finditer(text))


@dataclass(frozen=True, slots=True)
class Anatomy:
    """``lead`` are the question words with their noun ("How many jobs", "By whom"), "" for a yes-or-no question;
    ``noun`` is that noun ("jobs"); ``auxiliary`` is "" where the question word is the subject ("Who won ...");
    ``rest`` is what follows, without the question mark."""

    lead: str
    noun: str
    auxiliary: str
    rest: str


def core_of(question: str) -> str:
    """A question without its mark and without the topic that was put behind it."""
    return _ABOUT.sub("", question.strip().rstrip("?!. "))


def about_of(question: str) -> str:
    """The topic that was put behind a question: "the election" of "Who won (about the election)?"; or ""."""
    found = _ABOUT.search(question.strip().rstrip("?!. "))
    return found[1] if found else ""


def take_apart(question: str) -> Anatomy:
    """The parts of a question, without a topic put behind it; one that is none is all ``rest``."""
    text = core_of(question)
    words = words_of(text)
    asks = next((n for n, word in enumerate(words[:4]) if word.lower in QUESTION_WORDS), None)
    if asks is None or any(word.lower not in PREPOSITIONS for word in words[:asks]):
        if words and words[0].lower in AUXILIARIES:
            return Anatomy("", "", words[0].text, text[words[0].end :].strip())
        return Anatomy("", "", "", text)
    end = _end_of_lead(words, asks)
    noun_from = asks + 1 + (words[asks].lower == "how")
    noun = text[words[noun_from].start : words[end - 1].end] if noun_from < end else ""
    lead = text[: words[end - 1].end]
    if end < len(words) and words[end].lower in AUXILIARIES:
        return Anatomy(lead, noun, words[end].text, text[words[end].end :].strip())
    return Anatomy(lead, noun, "", text[words[end - 1].end :].strip())


def _end_of_lead(words: list[Word], asks: int) -> int:
    """The number of the word behind the question words and their noun."""
    asked, at = words[asks].lower, asks + 1
    if asked == "how" and at < len(words) and words[at].lower not in AUXILIARIES:
        at += 1
    elif asked not in ("what", "which", "whose"):
        return at
    if asked == "how" and words[at - 1].lower not in ("many", "much"):
        return at
    first = at
    if at < len(words) and _is_past(words[at], words[at - 1]):  # "What caused", "How many died"
        return at
    while at < len(words) and words[at].lower not in BREAKS and words[at].lower not in DETERMINERS:
        if at > first and (words[at].lower in PASTS or _FINITE.search(words[at].lower)):
            following = words[at + 1].lower if at + 1 < len(words) else ""
            if following not in AUXILIARIES:  # "which football clubs did", "how many sales jobs will"
                return at
        at += 1
    if at < len(words) and words[at].lower not in AUXILIARIES and at > first + 1:
        return first + 1
    return at


def is_imperative(text: str) -> bool:
    """Say whether a request is no question: "Tell me more"."""
    return _IMPERATIVE.match(text) is not None


def topic(question: str, *, acted: bool = False) -> str:
    """What a question is about, as a phrase that can follow "about": "Lantrix cutting jobs in January 2023".

    ``acted``: of "Who built the bridge?" it is "the bridge being built", else "the bridge".
    """
    if kept := about_of(question):
        return kept
    parts = take_apart(_IMPERATIVE.sub("", question))
    rest = parts.rest
    if parts.auxiliary.lower() in DO:
        return _TELLS_OF.sub(r"\1 on \2", _with_ing(rest, parts.noun))
    if not parts.auxiliary and parts.lead:
        verb, _, rest = rest.partition(" ")
        has_object = "," not in rest and any(word.lower not in PREPOSITIONS for word in words_of(rest)[:1])
        if acted and has_object and (being := _participle(verb.lower())):
            return f"{rest} being {being}"
    elif parts.auxiliary and parts.auxiliary.lower() not in BE and " " in rest:
        rest = _with_ing(rest, parts.noun)
    words = words_of(rest)
    while words and (words[0].lower in PREPOSITIONS or (is_participle(words[0]) and len(words) > 1)):
        words = words[1:]
    while words and words[-1].lower in PREPOSITIONS:
        rest, words = rest[: words[-1].start].strip(), words[:-1]
    rest = rest[words[0].start :] if words else parts.noun
    return re.sub(r"^(?:it|that|this|there)\b\s*", "", rest)


def is_participle(word: Word) -> bool:
    return word.lower.endswith(("ed", "en", "ing")) and not word.is_name


def _participle(verb: str) -> str:
    """The participle of a past: "took" to "taken"; "" for another form, and where there is no passive."""
    past = verb.endswith("ed") or verb in PASTS
    return PARTICIPLES.get(verb, verb) if past and verb not in INTRANSITIVE else ""


def _with_ing(rest: str, noun: str) -> str:
    """Subject, verb in -ing, the noun that was asked for, and what follows; as it is when no verb is found."""
    words = words_of(rest)
    verb = _verb(words)
    if verb is None:
        return f"{rest}, {noun}" if noun and rest else rest or noun
    word = words[verb]
    return " ".join(filter(None, (rest[: word.start].strip(), ing(word.lower), noun, rest[word.end :].strip())))


def _verb(words: list[Word]) -> int | None:
    """The number of the verb: the last base form of the first run of words that has one behind its first word.

    One behind a name that belongs to the subject counts before it: "the ferry strike in Norvik begin".
    """
    found = None
    for at, word in enumerate(words):
        breaks = word.lower in BREAKS or word.lower in DETERMINERS
        if found is not None and breaks and word.lower not in _INSIDE:
            break
        opens = at == 0 or words[at - 1].lower in DETERMINERS
        if word.lower not in BASE_VERBS or word.is_name or opens:
            continue
        if found is None or words[at - 1].is_name or not any(w.lower in BREAKS for w in words[found:at]):
            found = at
    return found


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase at ``start`` to ``end`` of a question; ``before`` is the word before it, in lower case."""

    text: str
    head: str
    start: int
    end: int
    before: str

    @property
    def definite(self) -> bool:
        return self.text.lower().startswith(("the ", "this ", "that ", "these ", "those "))

    @property
    def bare(self) -> bool:
        """ "The minister": nothing in it but small words tells which."""
        return self.definite and not any(word.is_name or word.text[0].isdigit() for word in words_of(self.text)[1:])

    @property
    def plural(self) -> bool:
        last = self.head
        return (last.endswith("s") and not last.endswith(("ss", "us", "is"))) or last in ("people", "police", "men")


def phrases(question: str, *, joined: bool = True) -> list[Phrase]:
    """The noun phrases of a question, without those of the question words; "of", "in" and "for" join two into one, if
    ``joined``."""
    parts = take_apart(question)
    offset = len(core_of(question)) - len(parts.rest) + (len(question) - len(question.lstrip()))
    words = words_of(parts.rest)
    verb = _verb(words) if parts.auxiliary and parts.auxiliary.lower() not in BE else None
    if not parts.auxiliary and parts.lead:
        verb = 0
    found: list[Phrase] = []
    run: list[Word] = []
    for at, word in enumerate(words):
        skipped = word.lower in BREAKS or at == verb or (at > 0 and _is_past(word, words[at - 1]))
        new = word.lower in DETERMINERS or (run and "," in parts.rest[run[-1].end : word.start])
        if run and (skipped or new):
            found.append(_phrase(parts.rest, run, words, offset))
            run = []
        if not skipped:
            run.append(word)
    if run:
        found.append(_phrase(parts.rest, run, words, offset))
    found = [p for p in found if len(p.text) > 1 and not is_participle(words_of(p.text)[-1])]
    return _joined(question, found) if joined else found


def _is_past(word: Word, last: Word) -> bool:
    """Say whether a word after ``last`` is a verb in the past: "the bank asked", but not "the proposed law"."""
    past = word.lower in PASTS or (word.lower.endswith("ed") and len(word.lower) > 4)
    return past and not word.is_name and last.lower not in DETERMINERS


def _phrase(text: str, run: list[Word], words: list[Word], offset: int) -> Phrase:
    at = words.index(run[0])
    before = words[at - 1].lower if at else ""
    start, end = run[0].start, run[-1].end
    return Phrase(text[start:end], run[-1].lower, start + offset, end + offset, before)


def _joined(question: str, found: list[Phrase]) -> list[Phrase]:
    """ "The mayor" and "Norvik" of "the mayor of Norvik" are one phrase, with the head of the first."""
    joined: list[Phrase] = []
    for phrase in found:
        last = joined[-1] if joined else None
        pair = last and phrase.before == "and" and " between " in last.text and " and " not in last.text
        if last and pair:
            joined[-1] = Phrase(question[last.start : phrase.end], last.head, last.start, phrase.end, last.before)
            continue
        if last and question[last.end : phrase.start].split() == [phrase.before] and not TIME.match(phrase.text):
            named = _named(phrase.text) and last.text.lower().startswith("the ")
            if phrase.before == "of" or (named and phrase.before in _TELLING_WHICH):
                text = question[last.start : phrase.end]
                joined[-1] = Phrase(text, last.head, last.start, phrase.end, last.before)
                continue
        joined.append(phrase)
    return joined


def _named(text: str) -> bool:
    return any(word.is_name for word in words_of(text.removeprefix("the "))[:1])


def has_verb(text: str) -> bool:
    """Say whether something in ``text`` makes it a clause: an auxiliary, or a question word that is a subject."""
    words = words_of(text)
    if any(word.lower in AUXILIARIES for word in words):
        return True
    return any(one.lower in ("who", "what", "which") and not _is_end(two) for one, two in pairwise(words))


def _is_end(word: Word) -> bool:
    return word.lower in ("else", "about", "exactly") or word.lower in PREPOSITIONS
