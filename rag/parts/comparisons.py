"""Questions that compare two things, as the same question of each of them."""

from __future__ import annotations

import re

from .comparatives import AMOUNTS, COMPARATIVES, any_of, how_many
from .schema import Measure, Part, Split
from .verbs import base_of, is_base, is_finite, past_of

_AUX = r"(?:did|do|does|was|were|is|are|has|have|had|will|would|can)"
_PREP = r"(?:in|at|on|for|from|by|to|with|of|under|during|near|against)"
_NAME = r"[A-Z0-9][\w’'.&-]*"
# A thing as it is named: "Osk", "the Hesk bridge", "in the north", "Ann Poole's", "the mayor of Lund".
_THING = (
    rf"(?:{_PREP} )?(?:(?:the|his|her|their|its) (?:[\w’'-]+ ){{0,4}}?[\w’'-]+(?: (?:of|in) (?:the )?{_NAME})?"
    rf"|(?:(?:[Mm]ayor|[Pp]resident|[Mm]inister) )?{_NAME}(?: (?:(?:of|and) )?{_NAME}){{0,4}}(?:['’]s?)?)"
)
_EITHER = re.compile(rf"\b(?P<one>{_THING}),? or (?P<other>{_THING})(?=$|[ ,])")
_MORE = any_of(AMOUNTS)
_HOW = any_of(COMPARATIVES)
_DEAR = r"(?:expensive|costly|important|likely|popular|dangerous|common|powerful|than)"
_TRAILING = re.compile(
    r"^(?P<head>(?:(?:in|of|at|for|to|on) )?(?:which|who|what|whose|where|when)\b.+?)\s?[,:–—]\s?"
    r"(?P<one>[^,]{2,60}?),? or (?P<other>[^,]{2,60})$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:of|between|out of) (?P<one>[^,]{2,60}?) and (?P<other>[^,]{2,60}), (?P<head>(?:which|who|what|whose)\b.+)$",
    re.IGNORECASE,
)
_WH_THING = re.compile(
    r"^(?P<wh>which(?: (?:one|of (?:the )?(?:two|them)(?: \w+)?))?|who|whose|what)\b ?(?P<rest>.*)$", re.IGNORECASE
)
_PLACE = re.compile(rf"^(?:where|in which \w+|in what \w+) (?P<clause>{_AUX} .+)$", re.IGNORECASE)

# What is left of a clause when the thing is taken out of it.
_BE_HOW = re.compile(rf"^(?P<be>is|was|are|were|will be) (?:the )?(?P<how>{_HOW})\b ?(?P<rest>.*)$", re.IGNORECASE)
_VERB_MORE = re.compile(
    rf"^(?:(?P<aux>has|have|had|will|would) )?(?P<verb>[a-z]+) (?:the )?(?P<more>{_MORE}) "
    r"(?P<noun>[\w’'-]+(?: [\w’'-]+)?)"
    rf"(?P<rest>(?: {_PREP} .*)?)$",
    re.IGNORECASE,
)
_VERB_WHEN = re.compile(r"^(?P<verb>[a-z]+) (?P<rest>.*?) ?\b(?P<how>first|earlier|sooner|later|last)$", re.IGNORECASE)
_VERB_COST = re.compile(
    r"^(?P<aux>will )?costs? (?:the )?(?P<more>more|less|most|least)\b ?(?P<rest>.*)$", re.IGNORECASE
)

# With an auxiliary before it; SLOT is where the thing stood.
_SLOT = "{}"
_AUX_MORE_SUBJECT = re.compile(
    rf"^(?P<aux>{_AUX}) (?P<there>there )?(?P<more>{_MORE}) (?P<noun>(?!{_DEAR}\b)[\w’'-]+(?: (?!{_AUX}\b)[\w’'-]+)??)"
    rf" (?P<rest>(?:[a-z]+ )*?{re.escape(_SLOT)}.*)$",
    re.IGNORECASE,
)
_AUX_THERE = re.compile(
    rf"^(?P<aux>{_AUX}) (?P<there>there )(?P<more>{_MORE}) (?P<noun>.+?) (?P<rest>{re.escape(_SLOT)}.*)$", re.IGNORECASE
)
_AUX_THING = re.compile(rf"^(?P<aux>{_AUX}) {re.escape(_SLOT)} (?P<rest>.+)$", re.IGNORECASE)
_AUX_HOW = re.compile(rf"^(?P<be>is|was|are|were) (?P<subject>.+?) (?P<how>{_HOW})\b,? ?(?P<rest>.*)$", re.IGNORECASE)
_THAN = re.compile(
    rf"^(?P<left>.+?) (?P<than>than|before|after) (?P<one>(?:that|those|the one|one|it was|it) )?(?P<other>{_THING})$"
)
_HOW_MUCH_MORE = re.compile(
    r"^(?:how (?:much|many|far|long)|by how much|(?:how )?many) (?P<rest>.+)$|^by what margin (?P<margin>.+)$",
    re.IGNORECASE,
)

_OPINION = r"(?:positions?|views?|stances?|opinions?|arguments?|statements?|accounts?|reactions?|versions? of events)"
_DIFFER = re.compile(
    rf"^(?:how|in what way|where) (?:do|did|does) (?P<one>{_THING}) and (?P<other>{_THING}) "
    r"(?:differ|disagree|diverge)\b ?(?:on|over|about|in|regarding)? ?(?P<topic>.*)$",
    re.IGNORECASE,
)
_OWNED = re.compile(
    rf"^(?:how (?:do|did|does)|compare|what (?:is|are|was|were) the differences? between) (?P<one>.+?)(?:['’]s?)? and "
    rf"(?P<other>.+?)(?:['’]s?)? (?P<noun>{_OPINION})\b ?(?:(?:on|about|over|of|regarding) )?(?P<topic>.*?)"
    r"(?: (?:differ|compare|diverge))?$",
    re.IGNORECASE,
)
_OWN_THING = re.compile(
    r"^(?:how do (?P<one>.+?)['’]s? and (?P<other>.+?)['’]s? (?P<what>.+) differ"
    rf"|what (?:is|are|was|were) the differences? between (?P<first>(?:the )?{_NAME})(?:['’]s?)? and "
    rf"(?P<second>(?:the )?{_NAME})(?:['’]s?)? (?P<whats>[a-z].+))$",
    re.IGNORECASE,
)
_OF_EACH = re.compile(
    rf"^(?:compare|what (?:is|was|are|were) the differences? (?:in|between)) (?P<np>.+) (?P<one>{_PREP} .+?) and "
    rf"(?P<other>(?:{_PREP} )?.+)$",
    re.IGNORECASE,
)
_DIFFER_BY = re.compile(
    rf"^(?:by how much|how(?: much)?) (?:do|did|does) (?P<np>.+?) (?P<one>{_PREP} \S.*?) "
    rf"(?:differ from|compare (?:with|to)) (?:(?:that|those|the one|it) )?(?P<other>(?:{_PREP} )?.+)$",
    re.IGNORECASE,
)


def comparison(text: str) -> Split | None:
    """The parts of a question that compares two things, None for another question; ``text`` has no question mark."""
    return _of_which(text) or _than(text) or _either(text) or _in_words(text)


def _both(one: str, other: str, questions: tuple[str, str] | None, measure: Measure | None) -> Split | None:
    if questions is None or one.lower() == other.lower():
        return None
    parts = tuple(Part(question, thing) for question, thing in zip(questions, (one, other), strict=True))
    return Split("comparison", parts, measure, opposed=measure is None)


# -- "which is longer, A or B", "of A and B, which is longer"


def _of_which(text: str) -> Split | None:
    found = _TRAILING.match(text) or _LEADING.match(text)
    if found is None:
        return None
    one, other = found["one"].strip(), found["other"].strip()
    if place := _PLACE.match(found["head"]):
        return _slotted(f"{place['clause']} {_SLOT}", one, other)
    head = _WH_THING.match(found["head"])
    if head is None:
        return None
    words = head["rest"].split()
    # Of "which bridge is longer" the noun goes: the first word that a clause can begin with is the verb.
    for begin in range(min(len(words), 4)):
        if asked := _clause(" ".join(words[begin:])):
            question, measure = asked
            noun = " ".join(words[:begin]) if head["wh"].lower() == "whose" else ""
            things = (f"{one} {noun}".strip(), f"{other} {noun}".strip())
            return _both(*things, (question.replace(_SLOT, things[0]), question.replace(_SLOT, things[1])), measure)
    return None


def _clause(clause: str) -> tuple[str, Measure] | None:
    """A question with a slot for the thing that the clause says something of, and what is compared."""
    if found := _BE_HOW.match(clause):
        return _asked_how(found["be"].lower(), found["how"].lower(), found["rest"])
    if found := _VERB_COST.match(clause):
        larger = AMOUNTS[found["more"].lower()]
        aux = "will" if found["aux"] else "does"
        return _tidy(f"How much {aux} {_SLOT} cost {found['rest']}"), Measure(found["more"].lower(), larger)
    if (found := _VERB_MORE.match(clause)) and (is_finite(found["verb"]) or is_base(found["verb"])):
        word = found["more"].lower()
        asked = f"{how_many(found['noun']).capitalize()} "
        if found["aux"]:
            asked += f"{found['aux']} {_SLOT} {found['verb']} {found['rest']}"
        else:
            asked += f"{_do(found['verb'])} {_SLOT} {base_of(found['verb'])} {found['rest']}"
        return _tidy(asked), Measure(word, AMOUNTS[word])
    if (found := _VERB_WHEN.match(clause)) and is_finite(found["verb"]):
        word = found["how"].lower()
        passive = found["verb"].lower() in ("was", "were", "is")
        asked = f"{found['verb']} {_SLOT}" if passive else f"{_do(found['verb'])} {_SLOT} {base_of(found['verb'])}"
        return _tidy(f"When {asked} {found['rest']}"), Measure(word, COMPARATIVES[word].larger)
    return None


def _do(verb: str) -> str:
    """The form of "do" that a question with this verb takes."""
    low = verb.lower()
    if is_base(low) and base_of(low) == low and low not in ("cut", "hit", "put", "set", "shut", "cost"):
        return "do"
    return "does" if low.endswith("s") and is_base(base_of(low)) and low != "was" else "did"


def _asked_how(be: str, how: str, rest: str) -> tuple[str, Measure]:
    """ "was", "older": "How old was {}"."""
    found = COMPARATIVES[how]
    measure = Measure(how, found.larger, age=found.asked == "how old")
    if found.asked == "how much":
        do = {"is": "does", "are": "do"}.get(be, "did")
        return _tidy(f"How much {do} {_SLOT} cost {rest}"), measure
    return _tidy(f"{found.asked.capitalize()} {be} {_SLOT} {rest}"), measure


# -- with an auxiliary first: "did more people leave A or B", "was A longer than B"


def _either(text: str) -> Split | None:
    if not re.match(rf"{_AUX}\b|where\b", text, re.IGNORECASE):
        return None
    found = _EITHER.search(text, text.find(" ") + 1)  # "Did" is no name
    if found is None or re.match(r" [A-Z]", text[found.end() :]):  # the name goes on
        return None
    if (prep := re.match(rf"{_PREP} ", found["other"])) and not found["one"].startswith(prep.group()):
        return None
    frame = f"{text[: found.start()]}{_SLOT}{text[found.end() :]}"
    if place := _PLACE.match(frame):
        frame = place["clause"]
    return _slotted(frame, found["one"], found["other"])


def _slotted(frame: str, one: str, other: str, *, claims: int | None = None, difference: bool = False) -> Split | None:
    """The two questions of a clause with an auxiliary first, whose things stood at SLOT."""
    asked = _auxiliary(" ".join(frame.split()))
    if asked is None:
        return None
    question, measure = asked
    whole = Measure(measure.word, measure.larger, claims, difference, measure.age)
    shared = other if re.match(rf"{_PREP} ", other) else _with_preposition(one, other)
    return _both(one, shared, (question.replace(_SLOT, one), question.replace(_SLOT, shared)), whole)


def _with_preposition(one: str, other: str) -> str:
    """ "in Norvik", "Osk": "in Osk"."""
    found = re.match(rf"{_PREP} ", one)
    return f"{found.group()}{other}" if found else other


def _auxiliary(frame: str) -> tuple[str, Measure] | None:
    if found := _AUX_THERE.match(frame) or _AUX_MORE_SUBJECT.match(frame):
        word = found["more"].lower()
        aux, rest = f"{found['aux'].lower()} {found['there'] or ''}", found["rest"]
        verb, _, after = rest.partition(" ")
        if aux in ("did ", "do ") and is_base(verb):  # how many people left
            aux, rest = "", f"{past_of(verb) if aux == 'did ' else verb} {after}"
        asked = f"{how_many(found['noun']).capitalize()} {aux}{rest}"
        return _tidy(asked), Measure(word, AMOUNTS[word])
    if found := _AUX_HOW.match(frame):
        question, measure = _asked_how(found["be"].lower(), found["how"].lower(), found["rest"])
        return question.replace(_SLOT, found["subject"], 1), measure
    if found := _AUX_THING.match(frame):
        return _of_thing(found["aux"].lower(), found["rest"])
    return None


def _of_thing(aux: str, rest: str) -> tuple[str, Measure] | None:
    """What follows "did {}", "is {}"."""
    if found := re.match(rf"(?:an? |the )?(?P<how>{_HOW})\b ?(?P<rest>.*)$", rest, re.IGNORECASE):
        if aux in ("is", "was", "are", "were"):
            return _asked_how(aux, found["how"].lower(), found["rest"])
        return None
    if found := re.match(
        rf"(?P<verb>[a-z]+(?: been)?(?: [a-z]+)?) (?P<more>{_MORE})"
        rf"(?: (?P<noun>(?!{_DEAR}\b)[\w’'-]+(?: (?!{_PREP}\b)[\w’'-]+)?))?"
        rf"(?P<rest>(?: {_PREP} .*)?)$",
        rest,
        re.IGNORECASE,
    ):
        word = found["more"].lower()
        much = how_many(found["noun"]) if found["noun"] else "how much"
        return _tidy(f"{much.capitalize()} {aux} {_SLOT} {found['verb']} {found['rest']}"), Measure(word, AMOUNTS[word])
    if found := re.match(
        r"(?P<verb>\w+(?: [\w’'-]+){0,5}?) (?P<how>first|earlier|sooner|later|last|before|after)$", rest, re.IGNORECASE
    ):
        word = found["how"].lower()
        return _tidy(f"When {aux} {_SLOT} {found['verb']}"), Measure(_DAYS.get(word, word), COMPARATIVES[word].larger)
    return None


_DAYS = {"before": "earlier", "after": "later"}


def _than(text: str) -> Split | None:
    """ "Was A longer than B?", "Did more people leave A than B?", "How many more people left A than B?"."""
    found = _THAN.match(text)
    if found is None:
        return None
    left, other, by_time = found["left"], found["other"], found["than"] != "than"
    how_much = None if by_time else _HOW_MUCH_MORE.match(left)
    if how_much:
        return _how_much_more(how_much["rest"] or how_much["margin"], other)
    if not re.match(rf"{_AUX} ", left, re.IGNORECASE):
        return None
    if found["one"] and (prep := re.match(rf"{_PREP} ", other)):  # a ticket for A ... than one for B
        same = re.search(rf"(?<= ){prep.group()}{_THING}(?= (?:{_MORE}|{_HOW})\b)", left)
        frame = f"{left[: same.start()]}{_SLOT}{left[same.end() :]}" if same else ""
        return _slotted(frame, same.group(), other, claims=0) if same else None
    return _claimed(f"{left} {found['than']}" if by_time else left, other, by_time=by_time)


def _claimed(left: str, other: str, *, by_time: bool, difference: bool = False) -> Split | None:
    claims = None if difference else 0
    subject = re.match(rf"(?P<aux>{_AUX}) (?P<thing>{_THING})(?= )", left, re.IGNORECASE)
    last = re.search(rf" (?P<thing>{_THING})$", left)
    prep = re.match(rf"{_PREP} ", other)
    if last and not by_time and (prep is None or last["thing"].startswith(prep.group())):
        frame = f"{left[: last.start('thing')]}{_SLOT}"
        if found := _slotted(frame, last["thing"], other, claims=claims, difference=difference):
            return found
    if subject is None or re.match(rf"(?:{_MORE}|there)\b", subject["thing"], re.IGNORECASE):
        return None
    # "the" takes as few words as it can; what follows has to be what is compared.
    ends = _ends(left, subject.start("thing"))
    if by_time:  # up to the word that both end in
        ends = [end for end in ends if _last(left[:end]) == _last(other)] or ends[:1]
    for end in ends:
        frame = f"{left[: subject.start('thing')]}{_SLOT}{left[end:]}"
        one = left[subject.start("thing") : end]
        if found := _slotted(frame, one, other, claims=claims, difference=difference):
            return found if not by_time or _alike(one, other) else None
    return None


def _ends(text: str, start: int) -> list[int]:
    """Where a thing that begins at ``start`` may end: after each of its first words."""
    return [match.end() for match in re.finditer(r"[\w’'.&-]+", text[: start + 80]) if match.start() >= start][:8]


def _last(text: str) -> str:
    return text.rsplit(maxsplit=1)[-1].lower()


def _alike(one: str, other: str) -> bool:
    """Two things of one kind, "the Hesk bridge" and "the Lorne bridge", or two names; no thing and an event."""
    same = _last(one) == _last(other)
    return same or all(word[0].isupper() for thing in (one, other) for word in thing.split())


def _how_much_more(rest: str, other: str) -> Split | None:
    if re.match(rf"{_AUX} ", rest, re.IGNORECASE):  # by how much was A longer
        return _claimed(rest, other, by_time=False, difference=True)
    if inverted := re.match(
        rf"(?P<how>{_HOW}|{_MORE}(?: [\w’'-]+)?) (?P<aux>{_AUX}) (?P<thing>.+)$", rest, re.IGNORECASE
    ):
        # how much longer was A: was A longer; how many more seats did A win: did A win more seats
        swapped = f"{inverted['aux']} {inverted['thing']} {inverted['how']}"
        return _claimed(swapped, other, by_time=False, difference=True)
    found = re.match(
        rf"(?P<more>{_MORE}) (?P<noun>[\w’'-]+(?: [\w’'-]+)?) (?P<verb>[a-z]+) (?P<middle>.*?)(?P<one>{_THING})$", rest
    )
    if found is None or not is_finite(found["verb"]):
        return None
    word = found["more"].lower()
    aux = found["verb"].lower()
    asked = how_many(found["noun"]).capitalize()
    clause = f"{aux} {found['middle']}" if re.fullmatch(_AUX, aux) else f"{found['verb']} {found['middle']}"
    second = _with_preposition(found["one"], other) if not re.match(rf"{_PREP} ", other) else other
    questions = tuple(_tidy(f"{asked} {clause} {thing}") for thing in (found["one"], second))
    measure = Measure(word, AMOUNTS[word], difference=True)
    return _both(found["one"], second, (questions[0], questions[1]), measure)


# -- where words, not figures, are compared


def _in_words(text: str) -> Split | None:
    return _opinions(text) or _figures(text)


def _opinions(text: str) -> Split | None:
    """What each of two says, or has of its own."""
    if found := _OWNED.match(text) or _DIFFER.match(text):
        one, other = (re.sub(r"['’]s?$", "", found[name].strip()) for name in ("one", "other"))
        about = f" about {found['topic']}" if found["topic"] else ""
        return _both(one, other, (f"What did {one} say{about}?", f"What did {other} say{about}?"), None)
    if found := _OWN_THING.match(text):
        one, other = (found["one"], found["other"]) if found["one"] else (found["first"], found["second"])
        what, own = (found["what"], "'s") if found["what"] else (found["whats"], "")
        questions = (f"What are {one}{own} {what}?", f"What are {other}{own} {what}?")
        return _both(one, other, questions, None)
    return None


def _figures(text: str) -> Split | None:
    """One figure of two places or times."""
    if found := _DIFFER_BY.match(text):
        one, other = found["one"], _with_preposition(found["one"], found["other"])
        other = found["other"] if re.match(rf"{_PREP} ", found["other"]) else other
        questions = (f"What was {found['np']} {one}?", f"What was {found['np']} {other}?")
        return _both(one, other, questions, Measure("higher", True, difference=True))
    if found := _OF_EACH.match(text):
        other = _with_preposition(found["one"], found["other"])
        asked = found["np"]
        if number := re.match(r"the numbers? of (.+)$", asked, re.IGNORECASE):
            many = how_many(number[1]).capitalize()
            questions = (f"{many} were there {found['one']}?", f"{many} were there {other}?")
            return _both(found["one"], other, questions, Measure("more", True))
        be = "were" if _last(asked).endswith("s") else "was"
        questions = (f"What {be} {asked} {found['one']}?", f"What {be} {asked} {other}?")
        return _both(found["one"], other, questions, Measure("higher", True))
    return None


def _tidy(question: str) -> str:
    return " ".join(question.split()).rstrip(" ,") + "?"
