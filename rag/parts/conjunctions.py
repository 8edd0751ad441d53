"""Questions beside each other in one: "who won and by how much", "before and after it", "supporters and critics"."""

from __future__ import annotations

import re
from itertools import takewhile

from .schema import ANSWER, MOST_PARTS, Part, Split
from .verbs import base_of, is_base, is_finite, is_participle

_AUX = r"(?:did|do|does|was|were|is|are|has|have|had|will|would|can|could|should)"
_WH = r"(?:who|whom|whose|what|which|when|where|why|how)"
_BEFORE_WH = r"(?:by|for|in|at|with|from|to|on|since|until|against|under)"
_ASKS = rf"(?:{_BEFORE_WH} )?{_WH}\b"
_BEGINS = re.compile(rf"(?:and |so )?{_ASKS}|{_AUX}\b", re.IGNORECASE)
_JOINT = re.compile(
    rf"(?P<comma>,)? (?:and|but) (?:then )?(?={_ASKS})|\? +(?:and )?(?={_ASKS}|{_AUX}\b)", re.IGNORECASE
)
_TWO_WH = re.compile(
    rf"^(?P<one>when|where|why|how) and (?P<other>when|where|why|how) (?P<rest>{_AUX} .+)$", re.IGNORECASE
)
# A question word without a verb: "why", "by how much", "for how long", "how many jobs", "at what price".
_BARE = re.compile(
    r"(?:when|where|why|how|who|how (?:many|much|long|often|old|far|badly|soon)|(?:by|for|at|in|to|with|from|under) "
    r"(?:how (?:much|many|long)|what|which|whom)(?: [\w-]+){0,2}|how (?:many|much) [\w-]+)",
    re.IGNORECASE,
)
# "How many at the worst point", after "how many schools were shut on 27 February".
_PHRASE = re.compile(r"(?:how (?:many|much)|what|who) (?=(?:in|on|at|before|after|during|by|under) )", re.IGNORECASE)
_LAST_PHRASE = re.compile(r"(?P<clause>.+) (?:in|on|at|before|after|during|by|under) .+$", re.IGNORECASE)
_COMPARE_WHAT = re.compile(rf"^compare (?P<one>{_WH} .+?) (?:with|to|and) (?P<other>{_WH} .+)$", re.IGNORECASE)
_ADJUNCT_HEAD = re.compile(
    rf"^(?:when|where|why|how(?: (?:long|often|soon|far|badly))?|(?:{_BEFORE_WH}) [\w ]+?) (?P<rest>{_AUX} .+)$",
    re.IGNORECASE,
)
_OBJECT_HEAD = re.compile(
    rf"^(?:what|who|whom|which|how (?:many|much)|(?:what|which|how (?:many|much)) (?P<noun>[\w’' -]+?)) "
    rf"(?P<aux>{_AUX}) (?P<rest>.+)$",
    re.IGNORECASE,
)
_SUBJECT_HEAD = re.compile(r"^(?:who|which [\w-]+|what) (?P<verb>[a-z]+)\b ?(?P<rest>.*)$", re.IGNORECASE)
_PREPOSITION = r"(?:in|at|on|of|for|over|by|with|from|near|against|between|about)"
_OBJECT = re.compile(r"^who (?P<verb>[a-z]+) (?P<object>(?:the |an? )?.+)$", re.IGNORECASE)
_NAMES = re.compile(r"(?:\b[tT]he )?(?:[A-Z][\w’'.-]*(?: (?:of|de|van) (?=[A-Z]))?(?: (?=[A-Z]))?)+")
_PRONOUN = re.compile(
    rf"(?<!\w){_AUX} (?P<word>(?P<he>he|she)|(?P<his>his|her)|(?P<its>its|their)|(?P<it>it|they))\b"
    r"|\b(?P<him>him|her)$|\b(?P<them>it|them)$"
)
_WHO = re.compile(r"who\b", re.IGNORECASE)
_ASKED_NOUN = re.compile(r"(?:[a-z]+ )?(?:which|what) (?P<noun>[a-z]+)\b", re.IGNORECASE)
_AFTER_AUX = re.compile(
    rf"^(?:{_ASKS}(?: [\w’'-]+)*?) {_AUX} (?P<rest>(?:(?:the|an?|its|his|her|their)\b|(?-i:[A-Z])).+)$", re.IGNORECASE
)
_DETERMINERS = frozenset(("the", "a", "an", "its", "his", "her", "their"))
# A subject of more words is more than a subject.
MOST_WORDS = 8
_LEANS = re.compile(
    r"\b(?:he|she|him|his|her|it|its|they|them|their|this|that|these|those|there|then|next)\b", re.IGNORECASE
)
_EMBEDDED = re.compile(
    rf"^{_ASKS}.*\b(?:about|know|knew|say|said|ask|asked|tell|told|explain|explained|decide|of) {_WH}\b", re.IGNORECASE
)

_SIDES = re.compile(
    r"\b(?:(?:for|in favou?r of) and against|with and without|inside and outside|before and (?:after|during)"
    r"|during and after"
    r"|before, during,? and after)\b(?! (?:who|which|what|when|how)\b)(?= \S)",
    re.IGNORECASE,
)
_BEFORE_IT = re.compile(
    r"\b(?P<one>before|for) (?P<what>(?:the |his |her |their )?[\w’' -]{2,50}?),? and "
    r"(?P<other>after|against)(?: (?:it|that|them))?(?P<rest>$|[ ,].*)",
    re.IGNORECASE,
)
_ARGUMENTS = re.compile(
    r"^what (?:are|were) the (?:main )?(?:(?:arguments|reasons|case) (?:for|in favou?r of) and against"
    r"|(?:pros and cons|advantages and disadvantages|benefits and (?:drawbacks|risks)|upsides and downsides) of) ",
    re.IGNORECASE,
)
_SIDED = r"(?:supporters|backers|proponents|advocates|defenders|opponents|critics|detractors|those (?:for|against))"
_SPEAK = (
    r"(?:say|said|think|thought|argue|argued|claim|claimed|see|saw|view|viewed|feel|felt|want|wanted|demand|propose)"
)
_SPEAKER = r"(?:[tT]he )?[\w’'-]+(?: (?!and\b|say\b)[\w’'-]+){0,3}?"
_SPEAKERS = re.compile(
    rf"^(?P<wh>what|how|why) (?P<aux>do|did|does|have|has) (?P<one>{_SPEAKER}) and (?P<other>{_SPEAKER}) "
    rf"(?P<rest>{_SPEAK}\b.*)$",
    re.IGNORECASE,
)
_WHO_AND_WHO = re.compile(r"^who (?P<one>\w+)(?P<prep> \w+)? and who (?P<other>\w+) (?P<rest>.+)$", re.IGNORECASE)
_CHANGE = re.compile(
    r"^how (?:much )?(?:did|has|have) (?P<what>.+?) (?:changed?|develop(?:ed)?|moved?) (?:between|from|since) "
    r"(?P<one>.+?) (?:and|to) (?P<other>.+)$",
    re.IGNORECASE,
)
_TIMED = re.compile(
    r"\b(?:in|on|at|for|under) (?P<one>[A-Z0-9][\w’' -]*?),? and "
    r"(?P<prep>in|on|at|for|under) (?P<other>[A-Z0-9][\w’' -]*)$"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def conjunction(text: str) -> Split | None:
    """The questions beside each other in ``text``, which has no question mark at its end; None for a single one."""
    opposed = _sides(text)
    found = opposed or _times(text) or _questions(text)
    if found is None or not 2 <= len(found) <= MOST_PARTS:
        return None
    return Split("conjunction", tuple(found), opposed=opposed is not None)


# -- one question of two things


def _sides(text: str) -> list[Part] | None:
    return _prepositions(text) or _speakers(text)


def _prepositions(text: str) -> list[Part] | None:
    """ "Before and after the vote", "before the vote and after it", "for and against the dam"."""
    if found := _ARGUMENTS.search(text):
        return _parts(*(f"What do {side} of {text[found.end() :]} say" for side in ("supporters", "critics")))
    if found := _SIDES.search(text):
        sides = [word for word in re.split(r",? and |, ", found.group().lower()) if word]
        return _parts(*(f"{text[: found.start()]}{side}{text[found.end() :]}" for side in sides))
    if (found := _BEFORE_IT.search(text)) and (found["one"].lower(), found["other"].lower()) in _OPPOSED:
        begin = text[: found.start()]
        return _parts(*(f"{begin}{found[side]} {found['what']}{found['rest']}" for side in ("one", "other")))
    return None


def _speakers(text: str) -> list[Part] | None:
    """ "What do supporters and critics say", "who supports and who opposes it"."""
    if found := _WHO_AND_WHO.match(text):
        rest = f"{found['prep'] or ''} {found['rest']}"
        if is_finite(found["one"]) and is_finite(found["other"]):
            return _parts(f"Who {found['one']}{rest}", f"Who {found['other']} {found['rest']}")
    if found := re.search(rf"\b(?P<one>{_SIDED}) and (?P<other>{_SIDED})\b", text, re.IGNORECASE):
        return _parts(*(f"{text[: found.start()]}{found[side]}{text[found.end() :]}" for side in ("one", "other")))
    if (found := _SPEAKERS.match(text)) and (found["one"].lower(), found["other"].lower()) != ("men", "women"):
        asks = f"{found['wh']} {found['aux']}"
        return _parts(*(f"{asks} {found[side]} {found['rest']}" for side in ("one", "other")))
    return None


_OPPOSED = {("before", "after"), ("for", "against")}


def _times(text: str) -> list[Part] | None:
    """ "How did the rate change between March and June", "what was it in March and in June"."""
    if found := _CHANGE.match(text):
        one, other = _with_year(found["one"], found["other"])
        what = found["what"]
        if number := re.match(r"the numbers? of (.+)$", what, re.IGNORECASE):
            return _parts(*(f"How many {number[1]} were there {_in(day)}" for day in (one, other)))
        return _parts(*(f"What was {what} {_in(day)}" for day in (one, other)))
    found = _TIMED.search(text)
    if found and re.match(r"(?:how (?:many|much|high|large)|what|who)\b", text, re.IGNORECASE):
        prep = text[found.start() : found.start("one")].strip()
        if prep.lower() != found["prep"].lower():
            return None
        one, other = _with_year(found["one"], found["other"])
        return _parts(*(f"{text[: found.start()]}{prep} {day}" for day in (one, other)))
    return None


def _with_year(one: str, other: str) -> tuple[str, str]:
    """ "March", "June 2024": the year is that of both."""
    year = _YEAR.search(other)
    return (one if _YEAR.search(one) or year is None else f"{one} {year.group()}"), other


def _in(day: str) -> str:
    return day if re.match(r"(?:in|on|at|before|after|last|this)\b", day) else f"in {day}"


# -- two questions


def _questions(text: str) -> list[Part] | None:
    if found := _COMPARE_WHAT.match(text):
        text = f"{found['one']} and {found['other']}"
    if found := _TWO_WH.match(text):
        return _parts(*(f"{found[side]} {found['rest']}" for side in ("one", "other")))
    joints = [joint for joint in _JOINT.finditer(text) if joint.start() > 2]
    if not joints or not _BEGINS.match(text) or _EMBEDDED.match(text):
        return None
    ends = [0, *(joint.end() for joint in joints)]
    stops = [*(joint.start() for joint in joints), len(text)]
    pieces = [text[start:stop].strip(" ,?") for start, stop in zip(ends, stops, strict=True)]
    head = pieces[0]
    if len(head.split()) < 2:
        return None
    parts = [Part(_asked(head))]
    for piece in pieces[1:]:
        tail = _tail(head, piece, text)
        if tail is None:
            return None
        parts.append(tail)
    return parts


def _tail(head: str, piece: str, text: str) -> Part | None:
    """A later question on its own feet; None when it is no question of its own."""
    if _BARE.fullmatch(piece) and not _ends_in_verb(piece):
        filled = _elliptic(head, piece)
        return Part(_asked(filled)) if filled else None
    if _PHRASE.match(piece) and (cut := _LAST_PHRASE.match(head)):
        phrase = _PHRASE.sub("", piece)
        return Part(_asked(f"{cut['clause']} {phrase}"))
    resolved = _resolved(head, piece)
    leans = resolved == piece and (_LEANS.search(piece) or (_NAMES.search(head[1:]) and not _NAMES.search(piece[1:])))
    return Part(_asked(resolved), search=_asked(text) if leans else "")


def _ends_in_verb(piece: str) -> bool:
    return " " in piece and is_finite(piece.rsplit(maxsplit=1)[-1])


def _elliptic(head: str, bare: str) -> str | None:
    """What stands in the head is asked with another question word: "why did the strike start"."""
    if found := _ADJUNCT_HEAD.match(head):
        return f"{bare} {found['rest']}"
    found = _OBJECT_HEAD.match(head)
    if found and not (found["noun"] is None and head.lower().startswith("how")):
        noun = found["noun"]
        if found["aux"].lower() in ("did", "do", "does", "will", "would"):
            return f"{bare} {found['aux']} {found['rest']}{f' {noun}' if noun else ''}"
        if noun:  # "how many jobs are going at Ford": "when are jobs going at Ford"
            return f"{bare} {found['aux']} {noun} {found['rest']}"
        if found["aux"].lower() in ("has", "have", "had", "was", "were", "is", "are"):
            return f"{bare} {found['aux']} they {found['rest']}" if head.lower().startswith("who") else None
    found = _SUBJECT_HEAD.match(head)
    if found and is_finite(found["verb"]):
        do = "does" if found["verb"].lower().endswith("s") and is_base(base_of(found["verb"])) else "did"
        who = "they" if do == "did" else "it"
        return f"{bare} {do} {who} {base_of(found['verb'])} {found['rest']}".rstrip()
    return None


def _resolved(head: str, piece: str) -> str:
    """The pronoun of a later question by what the head names: its one name, its subject, or what answers it.

    Only a pronoun that is the subject, the last word, or owns what is asked for: another may mean something else.
    """
    if (noun := _ASKED_NOUN.match(head)) and (
        said := re.search(rf"\b(?:that|this) {noun['noun']}\b", piece, re.IGNORECASE)
    ):
        return f"{piece[: said.start()]}{ANSWER}{piece[said.end() :]}"
    found = _PRONOUN.search(piece)
    if found is None:
        return piece
    if found["he"] or found["his"] or found["him"]:
        meant = _person(head)
    else:
        named = _named(head)
        meant = _subject(head) or _object(head) or (named[0] if len(named) == 1 and not _WHO.match(head) else "")
    if not meant or ("the" in (found["it"] or found["them"] or "") and not _subject(head)):
        return piece
    start, end = found.span("word") if found["word"] else found.span()
    owns = "'s" if found["his"] or found["its"] else ""
    return f"{piece[:start]}{meant}{owns}{piece[end:]}"


def _named(head: str) -> list[str]:
    return [match.group().strip() for match in _NAMES.finditer(head) if match.start() > 0]


def _person(head: str) -> str:
    """Whom "he" or "she" means: who answers the head, its subject ("the club's captain"), or its one name."""
    if _WHO.match(head) and not re.match(r"[Ww]ho (?:is|was) [A-Z]", head):
        return ANSWER
    named = _named(head)
    return _subject(head) or (named[0] if len(named) == 1 else "")


def _subject(head: str) -> str:
    """What stands between the auxiliary of a question and its verb: "the strike at the mill"; "" when unsure."""
    found = _AFTER_AUX.match(head)
    if found is None:
        return ""
    words = found["rest"].split()
    owner = words[0].endswith(("'s", "’s"))
    if words[0][0].isupper() and not owner:  # a name ends where its capitals end
        return " ".join(takewhile(lambda word: word[0].isupper(), words))
    least = 2 if owner or words[0].lower() in _DETERMINERS else 1
    verbs = [
        number
        for number, word in enumerate(words)
        if number >= least and (is_base(word) or is_participle(word) or word.endswith("ing"))
    ]
    # "The dock strike in Pargate begin": what a preposition follows is a noun, unless there is no other verb.
    sure = [number for number in verbs if not re.fullmatch(_PREPOSITION, " ".join(words[number + 1 : number + 2]))]
    end = (sure or verbs[-1:] or [0])[0]
    if 0 < end <= MOST_WORDS:
        return " ".join(words[:end])
    whole = re.match(r"(?:who|what) (?:is|was|are|were)\b", head, re.IGNORECASE)
    return found["rest"] if whole and len(words) <= MOST_WORDS else ""


def _object(head: str) -> str:
    """ "the ferry Tern" of "who owns the ferry Tern"; "" when the head has another shape."""
    found = _OBJECT.match(head)
    return found["object"] if found and is_finite(found["verb"]) and found["verb"].lower() not in ("is", "was") else ""


def _parts(*questions: str) -> list[Part]:
    return [Part(_asked(question)) for question in questions]


def _asked(text: str) -> str:
    """With a capital and a question mark."""
    plain = " ".join(text.split()).strip(" ,?")
    return f"{plain[:1].upper()}{plain[1:]}?"
