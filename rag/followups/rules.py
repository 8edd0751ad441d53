"""Follow-up questions put on their own feet by rules.

Four things make a question lean on what was said before: it is a fragment ("And in 2020?"), a pronoun stands for what
was named ("When did she resign?"), a description does ("the company"), or it tells too little to be about anything
("Who was arrested?"). A fragment takes the place of its like in the earlier question, pronouns and descriptions
become what they mean, and what tells too little gets the earlier topic behind it. A question in which nothing of that
is found stays as it was typed: a wrong change is worse than none.
"""

from __future__ import annotations

import re

from index.speech.words import ROLES

from ..questions import DAYS
from .anatomy import TIME, Word, has_verb, is_imperative, phrases, take_apart, topic, words_of
from .fragments import asked_of_topic, counted, is_asking_fragment, is_fragment, replaced, swapped
from .spoken import Spoken
from .words import AUXILIARIES, BE, BREAKS, CLAUSE_OPENERS, DETERMINERS, DO, KNOWN_TO_ALL, LIGHT, PREPOSITIONS

_OPENER = re.compile(r"^(?:(?:and|but|so|ok|okay|also|well|then|alright|hm+|oh)\b[\s,]*)+", re.I)
_CORRECTS = re.compile(
    r"^(?:(?:no|nope|sorry|oops|actually|wait|rather|oh|ah|not that)\b[\s,.!-]*)*"
    r"(?:i (?:actually )?meant?\b|i (?:was|am) asking about|rather\b|make that)[\s,:]*(?:the one )?(.+)$",
    re.I,
)
_CORRECTS_SHORTLY = re.compile(r"^(?:no|sorry|oops|nope)\b[\s,]+(?!one\b|more\b|longer\b)(.+)$", re.I)
_INSTEAD = re.compile(r"^(.+?),? instead$", re.I)
_NOT_BUT = re.compile(
    r"^(?:no,? )?not (?P<old>[^,]+)(?:, but|,| but) (?P<new>.+)$|^(?P<new2>[^,]+),? not (?P<old2>.+)$", re.I
)
_NOT = re.compile(r",? (?:and )?not (?:the |in )?[^,]+$", re.I)
_WHAT_ABOUT = re.compile(r"^(?:what|how) about\b\s*|^(?:is|was) (?:it|that) the same (?:for|in|with)\s+(?=\S)", re.I)
_TRAILING = re.compile(r"[\s,]*\b(?:too|as well|then|also|either|please|exactly|again)$", re.I)
_ABOUT_THAT = re.compile(
    r"^(?P<ask>(?:when|where|why|how)(?: come)?) (?:was|is|did|were|would) (?:that|this)(?: be| happen)?$", re.I
)
_NAMED_FIRST = re.compile(r"^([^,]{2,60}), (?=(?:what|when|where|why|how|who|did|do|does|is|was|are|were)\b)", re.I)
_GENDER = {"he": -1, "him": -1, "his": -1, "himself": -1, "she": 1, "her": 1, "hers": 1, "herself": 1}
_OWNING = frozenset("his her its their".split())
_PERSONAL = frozenset(_GENDER) | frozenset("it its they them their theirs".split())
# Verbs that want to be told about what: "How did Seoul react?"
_REPLIES = tuple(
    f" {verb}" for verb in "say reply respond decide rule promise think comment demand recommend react do want".split()
)
_HAPPENS = frozenset("happen happened occur occurred".split())  # what was told, not what was named
_NO_NAMES = frozenset(DAYS) | ROLES  # days, and "the CEO"
_FEW = 2  # content words that are too few to say what a question is about


def resolve(text: str, spoken: Spoken) -> str:
    """The question on its own feet; ``text`` itself where nothing leans on what was said."""
    plain = text.strip().rstrip("?!. ")
    corrected = _CORRECTS.match(plain) or _CORRECTS_SHORTLY.match(plain) or _INSTEAD.match(plain)
    bare = _OPENER.sub("", corrected[1] if corrected else plain)
    if understood := _corrected(plain, corrected, spoken) or _from_fragment(text.strip(), bare, spoken):
        return _asked(understood)
    first = _NAMED_FIRST.match(bare)
    question = _with_first(first[1], bare[first.end() :]) if first else bare
    resolved = _with_descriptions(_with_noun(_with_names(question, spoken), spoken), spoken)
    if _tells_too_little(resolved, changed=resolved != question, goes_on=bare != plain):
        resolved = _with_topic(resolved, spoken)
    return text.strip() if resolved == bare else _asked(resolved)


def _corrected(plain: str, corrected: re.Match[str] | None, spoken: Spoken) -> str:
    """The last question with a name that was meant instead; "" when this is no correction."""
    if (swap := _NOT_BUT.match(plain)) and (other := swapped(spoken, swap)):
        return other
    if not corrected or has_verb(corrected[1]):
        return ""
    fragment = _NOT.sub("", corrected[1])
    return replaced(spoken, fragment) or _with_topic(fragment, spoken)


def _from_fragment(text: str, bare: str, spoken: Spoken) -> str:
    """The last question with what a fragment puts into it; "" when this is none.

    ``bare`` is the text without its mark and an opening "and".
    """
    fragment = _WHAT_ABOUT.sub("", _TRAILING.sub("", bare)).strip(" ,")
    if that := _ABOUT_THAT.match(fragment):
        return asked_of_topic(that["ask"], spoken) or _with_topic(fragment, spoken)
    if is_asking_fragment(fragment):
        return asked_of_topic(fragment, spoken) or _with_topic(counted(fragment, spoken), spoken)
    goes_on = text.endswith("?") or fragment != text.rstrip("?!. ")
    if has_verb(fragment) or is_imperative(fragment) or not is_fragment(fragment, goes_on=goes_on):
        return ""
    return replaced(spoken, _with_names(fragment, spoken)) or _with_topic(text.rstrip("?!. "), spoken)


def _with_topic(text: str, spoken: Spoken) -> str:
    """A question with what was spoken of last behind it, and with who it was where somebody was asked for."""
    focus = spoken.answer_focus()
    about = topic(spoken.question, acted=not focus)
    told = ", ".join(part for part in (focus if focus not in text + about else "", about) if part)
    return f"{text} (about {told})" if told else text


def _asked(text: str) -> str:
    text = " ".join(text.split())
    return f"{text[:1].upper()}{text[1:]}{'.' if is_imperative(text) else '?'}"


def _with_first(name: str, question: str) -> str:
    """ "Holt, what did he say?" as "what did Holt say"; as it was where there is no pronoun."""
    for word in words_of(question):
        if word.lower in _PERSONAL and word.lower not in _OWNING:
            return f"{question[: word.start]}{name}{question[word.end :]}"
    return f"{name}, {question}"


def _with_names(text: str, spoken: Spoken) -> str:
    """Each pronoun that means something outside of the question, once, as what it means."""
    words = words_of(text)
    done: set[str] = set()
    pieces: list[str] = []
    at = 0
    for number, word in enumerate(words):
        meant = _meant(words, number, "".join([*pieces, text[at:]]), spoken, done)
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


def _meant(words: list[Word], number: int, so_far: str, spoken: Spoken, done: set[str]) -> str:
    """What the word means; "" when it is no pronoun, or means something in the question itself."""
    pronoun = words[number].lower
    kind = _class(pronoun)
    before = words[number - 1].lower if number else ""
    after = words[number + 1].lower if number + 1 < len(words) else ""
    if pronoun in _PERSONAL:
        if kind in done or _is_bound(words, number, spoken) or (pronoun == "it" and _is_empty(before, after, so_far)):
            return ""
        owner = pronoun in ("his", "its", "their") or (pronoun == "her" and after not in BREAKS and after != "")
        if pronoun in _GENDER:
            name = spoken.person(_GENDER[pronoun])
        else:
            plural = kind == "they"
            name = (spoken.both() if plural else "") or spoken.thing(plural=plural, owner=owner, other_than=so_far)
        return f"{name}{_possessive(name)}" if name and owner else name
    if pronoun == "there" and before not in AUXILIARIES and after not in AUXILIARIES:
        return spoken.place()
    if pronoun == "then" and not after and number > 1:
        return spoken.time()
    return ""


def _possessive(name: str) -> str:
    return "'" if name.endswith("s") and " of " not in name and name[-2:-1] not in ("s", "u", "i") else "'s"


def _is_empty(before: str, after: str, asked: str) -> bool:
    """Say whether "it" names nothing: "is it true that ...", "when did it happen", "which court was it"."""
    follows = after in ("true", "possible", "likely", "take", "rain", "snow", "said", "clear", "known") and before != ""
    return follows or after in _HAPPENS or (not after and before in BE and bool(take_apart(asked).noun))


def _is_bound(words: list[Word], number: int, spoken: Spoken) -> bool:
    """Say whether what a pronoun means stands before it in the question: in a clause before, or as whose it is."""
    pronoun, earlier = words[number].lower, words[:number]
    new_clause = any(word.lower in CLAUSE_OPENERS and n > 0 for n, word in enumerate(earlier))
    new_clause = new_clause or (
        pronoun in ("he", "she", "they") and number > 2 and earlier[-1].lower not in AUXILIARIES
    )
    named = [word for word in earlier[1:] if word.is_name and not TIME.match(word.text)]
    named += [word for word in earlier[:1] if word.is_name and word.lower not in LIGHT]
    nouns = [w for n, w in enumerate(earlier) if n and w.lower not in LIGHT and earlier[n - 1].lower in DETERMINERS]
    if pronoun in _GENDER:
        persons = [word for word in named if (one := spoken.person_named(word.text)) and one.may_be(_GENDER[pronoun])]
        unknown = [word for word in named if spoken.person_named(word.text) is None]
        inside = bool(persons or unknown)
        return inside and (new_clause or pronoun in _OWNING)
    inside = bool(named or nouns)
    directly = (
        bool(earlier) and earlier[-1].lower in (*CLAUSE_OPENERS, *LIGHT) and earlier[-1].lower not in PREPOSITIONS
    )
    return inside and (new_clause or (pronoun in ("its", "their") and earlier[-1].lower not in BE and directly))


def _with_descriptions(text: str, spoken: Spoken) -> str:
    """ "The company" as the company that was spoken of, where the question itself does not say which."""
    for phrase in reversed(phrases(text)):
        words = [word.lower for word in words_of(phrase.text)]
        follows = words_of(text[phrase.end :])[:1]
        described = phrase.bare and len(words) in (2, 3) and words[-1] not in KNOWN_TO_ALL
        told = follows and (follows[0].lower in ("of", "for", "in", "at", "on", "to", "that", "who", "which", "behind"))
        if not described or told or (phrase.before == "of" and len(words) < 2):
            continue
        if meant := spoken.called(phrase):
            text = f"{text[: phrase.start]}{meant}{text[phrase.end :]}"
    return text


def _with_noun(text: str, spoken: Spoken) -> str:
    """ "How many did she lose" with what was counted before: "how many seats"."""
    parts, earlier = take_apart(text), take_apart(spoken.question)
    noun = earlier.noun if earlier.lead.lower().startswith("how many") else ""
    if parts.lead.lower() != "how many" or not noun or not parts.auxiliary:
        return text
    return f"{parts.lead} {noun} {text[len(parts.lead) :].lstrip()}"


def _tells_too_little(resolved: str, *, changed: bool, goes_on: bool) -> bool:
    """Say whether a question names nobody and nothing that it could be about.

    ``changed``: something of the conversation stands in it already. ``goes_on``: it began with "and" or the like.
    """
    parts = take_apart(resolved)
    if not (parts.lead or parts.auxiliary or is_imperative(resolved)):
        return False  # no question: words to search for
    words = words_of(resolved)
    leans = re.search(r"\b(?:that|this|those|these|there|one|ones|it|they|them)$", resolved, re.I)
    if leans or (re.search(r"\b(?:they|them)\b", resolved) and not changed):
        return True
    named = [w for w in words[1:] if w.is_name and not TIME.fullmatch(w.text) and w.lower not in _NO_NAMES]
    content = [w for w in words if w.lower not in LIGHT and w.lower not in BREAKS and w not in named]
    if named:
        parts = take_apart(resolved)
        says = (
            parts.lead.lower() in ("what", "how")
            and parts.auxiliary.lower() in DO
            and parts.rest.lower().endswith(_REPLIES)
        )
        return not changed and (says or goes_on) and len(content) <= 1
    if len(content) <= _FEW:
        return True
    described = [p for p in phrases(resolved) if p.bare and p.head not in KNOWN_TO_ALL]
    return len(content) == _FEW + 1 and bool(described)
