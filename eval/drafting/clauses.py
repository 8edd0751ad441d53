"""Questions about what happened: a main clause is taken apart, and the question asks for one of its parts.

No parser stands behind this. A sentence counts only when its shape is certain: a subject of a few words, a verb that is
known, and an answer that can be taken out of what follows, up to where another clause begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rag.expected import NUMBER_WORDS
from rag.places import places
from rag.questions import MONTHS

from .people import Found, Known
from .words import (
    ABOUT,
    AUXILIARIES,
    CHANGES,
    COUNT,
    DATE,
    END,
    INTRANSITIVE,
    MEASURES,
    MODALS,
    MONEY,
    NAME,
    PARTICIPLE,
    PAST,
    PREPOSITIONS,
    ROLES,
    SHARE,
    SPENDING,
    STATE,
    STATES,
    THINGS,
    TITLE,
    VENUE,
    WEEKDAY,
    WHEN,
    WORD,
    YEAR,
)

_MARKS = re.compile(r"[\"“”?!:\[\]…]|n[’']t\b|\b(?:not|never|no)\b")
_FULL_STOP = re.compile(r"(?<!\b[A-Za-z])\.$")
_DATELINE = re.compile(r"^[A-Z][A-Z. ]*[A-Z](?:, [A-Z][\w. ]{1,30})? [—–-]+ ")
_ABOUT = re.compile(rf"{ABOUT}(?={COUNT}\b|\d)", re.IGNORECASE)
_LINK = re.compile(r"^(?:But|And|Still,|However,|Meanwhile,|Also,|According to [^,]+,) ")
_TOLD = re.compile(
    rf"^[^,“\"]{{3,60}} (?:said|says|announced|reported|reports|confirmed)(?: (?:on )?{WEEKDAY})?"
    r"(?: that)? (?=[A-Z\d]|the |an? )"
)
_FRONT = re.compile(rf"(?:On|In) (?:{DATE}|{YEAR}), ")

# A subject with one of these is more than a name for something, or says it only by what stood before.
_BLOCKED = frozenset(
    """
    he she it they we i you this that these those there here who which what when where why how if because as after
    before since while although though despite under during like unlike among amid or so now then according no one ones
    another others once even just still yet said says say than through about his her their its our my your meanwhile
    however neither either nor each every but told reported found show shows
    """.split()
)
_NO_OPENER = _BLOCKED | frozenset("in on at by for from with to and but both also following only not".split())
_NESTED = re.compile(r"\w [a-z]+(?:s|ed) (?:[A-Z]|the |an? )|\b(?:of|in|at|for)$")  # "the paper reports the bill ..."

# Where another clause begins: one that can be left out, or one that cannot.
_CUT = re.compile(
    r"(?P<good>[,;] | -- | [–—-] |[–—]|(?:(?: nearly| about| just)? \w+ (?:day|week|month|year|hour)s?)? (?:and|but"
    r"|while|after|before|because|when|amid|following|although|though|despite|since|until|so)\b)"
    r"|(?P<bad> (?:that|as|which|who|whom|whose|where|if|unless|whether|or|how|why|what|including|than)\b)"
)
_NO_CUT = re.compile(rf", (?:(?:{STATE})\b|\d{{4}}\b|{DATE}),?|(?:since|until|before|after) (?:{DATE}|\d{{4}}\b)")
_DANGLING = PREPOSITIONS | frozenset("the a an its their his her and or more about between be being been".split())
_OBJECT = re.compile(rf"(?:the|an?|his|her|their|its|more|at|about|nearly|some|[$£€\d]|[A-ZÀ-Þ]|{COUNT}\b)")

# What leans on something said before: words that point back, and "the company" with nothing that says which.
_LEANS = re.compile(
    r"\b(?:he|she|it|they|them|him|we|us|you|me|my|our|your|his|her|their|its|i|this|that|these|those|there|here|then|last"
    r"|next|earlier|ago|yesterday|today|tomorrow|tonight|now|currently|recently|later|same|such|others?|another|former|also"
    r"|still|already|too|only|even|just|nearby|half|quarter|both)\b",
    re.IGNORECASE,
)
_POINTERS = """
    administration agency agreement announcement area attack ban bill board book building case city club company
    complaint contract council country couple court crash crew dam day deal decision department district drug election
    event family film fire game group house incident investigation job judge jury law lawsuit letter man match measure
    meeting men mission move movie network office officers? operation order organization outbreak pair panel plan plane
    players? podcast police post product program project property race region report resolution role rule ruling school
    season series session ship shooting show singer song state statement storm study suspect system team test town
    track trial trio two vaccine victims? video virus vote woman women world
""".split()
_POINTS = re.compile(rf"\bthe (?:{'|'.join(_POINTERS)})\b(?! (?:of|for|at|to|between|on|against|in(?! {YEAR}))\b)")
_UNIQUE = r"(?:world|moon|sun|internet|economy|pandemic|coronavirus|presidency|first|second|third|most)\b"
_BARE_END = re.compile(
    rf"\bthe (?!{_UNIQUE})[a-z][\w’'-]*(?: (?!(?:{'|'.join(sorted(PREPOSITIONS))})\b)[a-z][\w’'-]*)*\?$"
)
_REPORTING = re.compile(
    r"(?:\w+ly )?(?:said|maintained|claimed|argued|told|reported|suggested|warned|shown|found|admitted) "
    r"(?:[A-Z]|the |an? )"
)
_BARE_COUNT = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)})\?$")  # "scored five"
_VAGUE = re.compile(r"(?:When|Where|How m\w+ [\w -]+?) (?:did|was|were|is|are|will|has|have) (?:an?|[a-z]+s) ")


@dataclass(frozen=True, slots=True)
class Clause:
    """A main clause. ``said`` is its verb as it stands; ``helper`` and ``base`` are that verb as a question has it.

    "The storm killed 60 people": said "killed", helper "did", base "kill". "has killed 60": said "has", helper "has",
    base "". The helper is "" where a question would be odd ("When was she a nurse?"). ``rest`` follows the verb; a time
    that stood before it is ``front``.
    """

    subject: str
    said: str
    helper: str
    base: str
    rest: str
    front: str

    def asked(self, wh: str, *rest: str) -> str:
        return _squeezed(f"{wh} {self.helper} {self.subject} {self.base} {' '.join(rest)}") + "?"


def without_dateline(sentence: str) -> str:
    """The sentence without "SEOUL, South Korea — " before it."""
    return _DATELINE.sub("", sentence)


def what_happened(sentence: str, known: Known) -> Iterator[Found]:
    """The questions on the main clause of a sentence, if its shape is certain."""
    clause = parse(sentence, known) or parse(_TOLD.sub("", sentence), known)
    if clause is None:
        return
    # Weekdays mean nothing to who does not know the week, so only an answer may have one.
    rest = _squeezed(re.sub(rf"(?:\b(?:early|late) )?\b(?:on )?{WEEKDAY}", "", clause.rest))
    rules = [_who(clause, rest, known), _how_many_did(clause, rest)]
    if clause.helper:
        rules += [_when(clause, rest), _where(clause, rest), _how_long(clause, rest)]
        rules += [_how_many(clause, rest), _how_much(clause, rest)]
    for rule in rules:
        yield from (found for found in rule if _stands_alone(found))


def parse(sentence: str, known: Known) -> Clause | None:
    """The main clause of a sentence; None unless its shape is certain."""
    text = _FULL_STOP.sub("", re.sub(r" \([^()]*\)", "", sentence))
    text = _LINK.sub("", without_dateline(text))
    front = _FRONT.match(text)
    time = front[0].rstrip(", ") if front else ""
    text = text[front.end() :] if front else text
    about = _ABOUT.match(text)
    words = text[about.end() if about else 0 :].split(" ")
    place = _verb_place(words, known)
    subject, said, rest = " ".join(words[:place]), words[place], _up_to_next_clause(" ".join(words[place + 1 :]))
    if not place or not rest or words[0].lower().strip(",") in _NO_OPENER or _MARKS.search(f"{subject} {rest}"):
        return None
    if apposition := re.fullmatch(r"([^,]+), (?!and\b)[^,]+(?:, \w+)?,", subject):
        subject = apposition[1]
    if weekday := re.search(rf" (?:on )?{WEEKDAY}$", subject):
        subject, time = subject[: weekday.start()], time or weekday[0].strip()
    verb = _as_asked(subject, said, rest)
    if verb is None or "," in subject or len(subject) > 70 or any(word.lower() in _BLOCKED for word in subject.split()):
        return None
    subject = _lowered(subject, known)
    if not subject or _points_back(subject) or _NESTED.search(subject):
        return None
    return Clause(subject, said, *verb, rest, time)


def _points_back(subject: str) -> bool:
    """ "the ship", "the Czech winger": known only to who has read on from the start."""
    words = subject.split()
    if words[0] != "the" or re.search(" (?:of|for|in|at|from|on|to) ", subject):
        return False
    if words[1:] in (["Democrat"], ["Republican"]):
        return True
    return not re.search(r"[A-Z\d]", subject) or words[-1] in ROLES or (words[-1].islower() and bool(places(words[1])))


def _verb_place(words: list[str], known: Known) -> int:
    """Where the verb stands: an auxiliary, a known past tense, or what ends in "ed" after a person; 0 when nowhere."""
    person = re.match(rf"(?:{TITLE} )?({NAME}|{WORD}) \w+ed ", " ".join(words[:8]))
    if person and known.person(person[1]):
        return len(person[0].split()) - 1
    return next((n for n, word in enumerate(words[:14]) if word in AUXILIARIES or word in PAST), 0)


def _as_asked(subject: str, said: str, rest: str) -> tuple[str, str] | None:
    """Helper and base of the verb ``said``; None when it may be no main verb."""
    if said in PAST:
        complete = (
            not rest.startswith("to ")
            and not re.search(r"\w+ed$", rest)
            and not any(word in PAST for word in rest.split())
        )
        finite = said in INTRANSITIVE or _OBJECT.match(rest) or re.fullmatch(rf"(?:The )?{WORD}(?: {WORD})*", subject)
        return ("did", PAST[said]) if complete and finite else None
    if said in ("have", "has", "had") and re.match(rf"{ABOUT}{COUNT}\b|(?:an?|the) ", rest):
        return {"have": "do", "has": "does", "had": "did"}[said], "have"
    if said not in AUXILIARIES:
        return "", ""
    if _REPORTING.match(rest):
        return None
    if said == "had":  # "had won" was true before something that the sentence does not tell
        return None
    odd = said in MODALS or (said in ("is", "are", "was", "were") and not re.match(PARTICIPLE, rest))
    return "" if odd else said, ""


def _up_to_next_clause(rest: str) -> str:
    """``rest`` up to where another clause begins; "" when that cannot be left out, or a list would be torn."""
    hidden = _NO_CUT.sub(lambda match: "_" * len(match[0]), rest)
    for start, end, _ in places(rest):
        if rest[:start].endswith(", "):  # Gdansk, Poland
            hidden = hidden[: start - 2] + "_" * (end + 3 - start) + hidden[end + 1 :]
    cut = _CUT.search(hidden)
    kept = _FULL_STOP.sub("", rest[: cut.start() if cut else len(rest)].strip(" ,"))
    words = kept.split(" ")
    if cut:
        goes_on = cut[0] in (", ", " and") and re.match(rf" ?(?!According)(?:[A-Z\d]|{COUNT}\b)", rest[cut.end() :])
        torn = cut[0] == " and" and (len(words) == 1 or re.match(r"[A-Z\d]", words[-1]))
        if cut["bad"] or goes_on or torn:
            return ""
    finite = any(word in AUXILIARIES - {"have"} and before != "to" for before, word in pairwise(words))
    return "" if finite or words[-1].lower() in _DANGLING or kept.endswith("-") else kept


def _lowered(subject: str, known: Known) -> str:
    """Without the capital that only opens the sentence; "" when it is not clear whether the first word is a name."""
    first, _, others = subject.partition(" ")
    common, named = first.lower() in known.common, first in known.names
    if first in ("The", "A", "An") or re.fullmatch(COUNT, first.lower()):
        common, named = True, False
    elif others[:1].isupper() or first.isupper() or re.match(TITLE, subject) or known.person(first) or places(first):
        common, named = False, True
    elif not first[0].isupper():
        return subject
    if common == named:
        return ""
    return subject if named else first.lower() + subject[len(first) :]


# -- one rule each


def _who(clause: Clause, rest: str, known: Known) -> Iterator[Found]:
    name = re.fullmatch(rf"(?:.*\b{TITLE} )?({NAME}|{WORD})", clause.subject)
    if name and known.person(name[1]):
        yield Found(f"Who {clause.said} {rest}?", name[1], "who")
    if [place[2] for place in places(clause.subject)] == [clause.subject]:
        yield Found(f"Which country {clause.said} {rest}?", clause.subject, "country")


def _how_many_did(clause: Clause, rest: str) -> Iterator[Found]:
    things = rf"(?:[a-z][\w-]+ ){{0,3}}{THINGS}(?: (?:in|at|of|from) .+)?"
    if count := re.fullmatch(rf"({COUNT}) ({things})", clause.subject, re.IGNORECASE):
        yield Found(f"How many {count[2]} {clause.said} {rest}?", count[1], "how_many")
    if share := re.fullmatch(rf"({SHARE}) of (.+)", clause.subject):
        yield Found(f"What percentage of {share[2]} {clause.said} {rest}?", share[1], "how_many")


def _when(clause: Clause, rest: str) -> Iterator[Found]:
    times = list(re.finditer(WHEN, clause.rest))
    if clause.front and not times:
        yield Found(clause.asked("When", rest), clause.front, "when")
    elif len(times) == 1 and not clause.front:
        before, after = clause.rest[: times[0].start()], clause.rest[times[0].end() :]
        if not re.search(r"\b(?:after|before|since|until)\b", before):  # the time may be that of the other event
            yield Found(clause.asked("When", before, after), times[0][0], "when")


def _where(clause: Clause, rest: str) -> Iterator[Found]:
    land = rf"(?:{WORD}(?: {WORD}){{0,2}}, )?(?:the )?(?P<land>{WORD}(?: {WORD}){{0,2}})"
    venue = rf"(?:the )?(?:{WORD} ){{1,4}}{VENUE}(?: in {WORD}(?: {WORD})?(?:, (?:{STATE}))?)?"
    spots = list(re.finditer(rf"\b(?:in (?P<place>{land})|at (?P<venue>{venue})),?{END}", rest))
    if len(spots) != 1:
        return
    spot = spots[0]
    before, after = rest[: spot.start()], rest[spot.end() :]
    certain = spot["venue"] or spot["land"] in STATES or [found[2] for found in places(spot["land"])] == [spot["land"]]
    if certain and not re.search(r"\b(?:in|at|near)\b", before + after):
        yield Found(clause.asked("Where", before, after), spot["place"] or spot["venue"], "where")


def _how_long(clause: Clause, rest: str) -> Iterator[Found]:
    spans = list(re.finditer(rf"\bfor {ABOUT}({COUNT} (?:decades|years|months|weeks|days|hours|minutes)){END}", rest))
    if len(spans) == 1:
        yield Found(clause.asked("How long", rest[: spans[0].start()], rest[spans[0].end() :]), spans[0][1], "how_long")


def _how_many(clause: Clause, rest: str) -> Iterator[Found]:
    things = rf"(?:(?!(?:{'|'.join(sorted(PREPOSITIONS))}|and|or)\b)[a-z][\w-]+ ){{0,2}}?{THINGS}"
    many = re.search(rf"(?:^|(?P<before>\S*[a-z]) ){ABOUT}\b({COUNT}) ({things}){END}(?! of\b)", rest)
    if not many or len(re.findall(rf"\b{COUNT}\b", rest)) > 1 or re.search(MEASURES, many[3]):
        return
    if many["before"] not in PREPOSITIONS | {"after", "all", "before", "first", "last", "the", "its", "their"}:
        around = (rest[: many.start()], many["before"] or "", rest[many.end() :])
        yield Found(clause.asked(f"How many {many[3]}", *around), many[2], "how_many")


def _how_much(clause: Clause, rest: str) -> Iterator[Found]:
    if len(re.findall(MONEY, rest)) == 1 and (much := re.search(rf"(?:^| ){ABOUT}({MONEY}){END}", rest)):
        before, after = rest[: much.start()], rest[much.end() :]
        if spending := re.search(SPENDING, f"{clause.base} {before}"):
            wh = "How much" if spending[0] == "cost" else "How much money"
            yield Found(clause.asked(wh, before, after), much[1], "how_much")
    change = re.match(rf"(?:by )?{ABOUT}({SHARE}){END}", rest)
    if change and clause.base in CHANGES and len(re.findall(SHARE, rest)) == 1:
        yield Found(clause.asked("By how much", rest[change.end() :]), change[1], "how_much")


def _stands_alone(found: Found) -> bool:
    """Whether the question names something, and leans on nothing that was said before it."""
    question = found.question
    names = [word for word in re.findall(r"[A-ZÀ-Þ][\w’'-]+", question)[1:] if word.lower() not in MONTHS]
    numbers = re.findall(r"\d[\d,]{2,}", question)
    leans = any(pattern.search(question) for pattern in (_LEANS, _POINTS, _BARE_END, _BARE_COUNT))
    enough = names and len(names + numbers) > (1 if found.rule == "who" or _VAGUE.match(question) else 0)
    said = found.answer.lower() in question.lower()
    return bool(enough) and not leans and not said and 6 <= len(question.split()) <= 26


def _squeezed(text: str) -> str:
    return re.sub(r" +(?=,)", "", re.sub(r"\s+", " ", text)).strip(" ,")
