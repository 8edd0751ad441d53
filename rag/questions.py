"""What a question asks for: the kind of answer, and the names it gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from index.lexical import content_words
from index.stopwords import STOP_WORDS

Kind = Literal["who", "when", "where", "how_many", "how_long", "how_old", "how_much", "how_far", "why", "what"]

# "What was decided when they met?" asks for no time: what is asked for comes before it.
_NO_QUESTION_WORD_BEFORE = r"^(?:(?!\b(?:who(?:m|se)?|what|which|where|when|why|how)\b).)*"
# "How large was the loan?" asks for a sum of money.
_SUM = (
    r"(?:loan|debt|fine|bail|ransom|bonus|salary|wage|fee|payout|grant|gift|donation|budget|bill|sum|compensation|"
    r"prize|reward|fare)"
)
# "How long is the bridge?" asks for no time, "How long was the bridge closed?" does.
_LENGTHY = (
    r"(?:bridge|tunnel|road|motorway|railway|route|wall|fence|runway|river|canal|border|cable|pipeline|pipe|ship|ferry|"
    r"yacht|coast|coastline|track|trail|path|dam|dyke|pier|quay|breakwater|train|crack|hose|rope|net|snake)"
)
_IN_NAME = r"(?!(?:of|at|in|by|on|to|from|with|for|than)\b)[\w’'-]+"
_HOW_LONG_A_THING = (
    rf"(?<!for )\bhow long (?:is|was|are|were|will) (?:the|an?|its|this|that|each)(?: {_IN_NAME}){{0,4}}? {_LENGTHY}s?"
    r"(?: be)?(?: (?:at(?! a)|in|of|between|across|over|on|near|through|under|that|which|now|today)\b"
    r"(?!.*ed\b).*|\W*)$"
)
# The first pattern that matches names the kind.
_KINDS: dict[Kind, re.Pattern[str]] = {
    "how_old": re.compile(r"\bhow old\b|\b(?:what|which) age\b", re.I),
    "how_much": re.compile(
        r"\bhow much\b.*\b(?:cost|pay|paid|spen[dt]|price|worth|money|earn|budget)"
        rf"|\bhow (?:large|big|high|great)(?: {_IN_NAME}){{0,4}}? {_SUM}s?\b"
        r"|\b(?:what|which) (?:price|cost|budget|sum)\b|\bwhat (?:did|do|does|will|would)\b.*\b(?:cost|sell for)\b"
        r"|\bwhat(?:['’]s| is| was| are| were) \S.*\bworth\b(?! \w+ing\b)"
        r"|\bwhat(?:['’]s| is| was| are| were| will be) (?:the|its|their) (?:[\w-]+ ){0,2}?"
        r"(?:price|cost|salary|fare)\b",
        re.I,
    ),
    "how_far": re.compile(
        r"\bhow (?:far|tall|high|wide|deep|heavy)\b"
        r"|\bhow many (?:kilomet\w+|miles?|met(?:re|er)s?|feet|tons?|tonnes)\b"
        r"|\b(?:what|which) (?:range|distance|height|depth|width|weight)\b"
        rf"|{_HOW_LONG_A_THING}",
        re.I,
    ),
    "how_long": re.compile(
        r"\bhow long\b|\b(?:what|which) (?:length|duration)\b|\bhow many (?:days|weeks|months|years|hours)\b", re.I
    ),
    "how_many": re.compile(
        r"\bhow (?:many|much|often|large|big)\b|\bwhat (?:number|percentage|share)\b"
        r"|\bwhat(?:['’]s| is| was| were| are| will be| has been) (?:the|its|their) (?:[\w-]+ ){0,2}?"
        r"(?:population|number of|death toll|toll|attendance|headcount)\b",
        re.I,
    ),
    "when": re.compile(
        rf"{_NO_QUESTION_WORD_BEFORE}\bwhen\b|\b(?:what|which) (?:date|day|weekday|month|year|time|week)\b", re.I
    ),
    "where": re.compile(
        rf"{_NO_QUESTION_WORD_BEFORE}\bwhere\b"
        r"|\b(?:what|which) (?:city|country|place|location|capital|town|region|venue)\b",
        re.I,
    ),
    "why": re.compile(
        r"\bwhy\b|\bhow come\b|\bfor what reason\b|\b(?:what|which) (?:reason|cause|motive|purpose|motivation)", re.I
    ),
    "who": re.compile(
        r"\bwho(?:m|se)?\b|\bname of\b|\b(?:what|which) (?:person|people|officials?|leaders?|photographer|agency|"
        r"agencies|envoy|minister|diplomats?|analysts?|experts?|politician|president)\b",
        re.I,
    ),
}
_FIRST_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\b(?:[A-Za-z]\.){2,}|\b[A-Z][\w’'-]*")
# Times are not names: an article of "last month" does not say which month that was.
MONTHS = "january february march april may june july august september october november december".split()
DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_CALENDAR = frozenset(MONTHS + DAYS)
_TIME = re.compile(rf"\b(?:{'|'.join(MONTHS + DAYS)}|(?:19|20)\d\d)\b", re.I)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LEANS = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|that|this|those|these|there|then|one|ones|same)\b",
    re.I,
)
_YES_OR_NO = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|should|may|might|must)(?:n['’]t)?\b", re.I
)
# Questions that every source may answer in its own way.
_OPEN = re.compile(
    r"\bwhy\b|\bhow (?:did|do|does|is|are|was|were|has|have|can|could|will|would|should|come)\b|\bwhat (?:happen|else)"
    r"|\bwhat (?:did|do|does|has|have|had|will|would|is|was|are|were)\b.*\b(?:sa(?:y|id|ying)|t(?:ell|old|elling)|"
    r"do(?:ne|ing)?|th(?:ink|ought)|want(?:ed)?|promised?|mean|describ(?:e|ed|ing)|accused?|demand(?:ed)?|"
    r"ask(?:ed|ing)?|happen(?:ed)?)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart, in lower case: its capitalised words, those that are all capitals, its figures, and the
    months, days of the week and years that it names."""

    text: str
    kind: Kind
    names: frozenset[str]
    acronyms: frozenset[str]
    numbers: frozenset[str]
    times: frozenset[str] = frozenset()


def analyse(text: str) -> Question:
    """Kind, names and numbers of a question."""
    kind: Kind = next((kind for kind, pattern in _KINDS.items() if pattern.search(text)), "what")
    first = _FIRST_WORD.search(text)
    names, acronyms = set(), set()
    for match in _NAME.finditer(text):
        written = match.group().replace("’", "'").removesuffix("'s").strip("'-.")
        if written[:-1].isupper() and written.endswith("s"):  # several ICBMs
            written = written[:-1]
        word = written.lower()
        at_start = first is not None and match.start() == first.start()
        if not word or word in STOP_WORDS or word in _CALENDAR or (at_start and _ordinary(text, match.group())):
            continue
        names.add(word)
        if written.isupper() and len(word) > 2:
            acronyms.add(word)
    numbers = frozenset(match.group() for match in _NUMBER.finditer(text))
    times = frozenset(match.group().lower() for match in _TIME.finditer(text) if match.group() != "may")
    return Question(text, kind, frozenset(names), frozenset(acronyms), numbers, times)


def _ordinary(text: str, word: str) -> bool:
    """A capital at the start of a sentence tells nothing, unless the next word has one too ("North Korea fired...")."""
    rest = text[text.index(word) + len(word) :].lstrip()
    return not rest[:1].isupper() and not word.isupper()


def is_yes_or_no(text: str) -> bool:
    """True for "Did they meet?", but not for "Did they meet in Geneva or in Vienna?"."""
    return _YES_OR_NO.search(text) is not None and not offers_choice(text)


def offers_choice(text: str) -> bool:
    """True for a question that names the answers to choose from: "Did they meet in Geneva or in Vienna?"."""
    return " or " in text.lower()


def words_asked(question: Question) -> frozenset[str]:
    """The words that tell nothing as an answer, because the question says them; none where it offers a choice."""
    return frozenset() if offers_choice(question.text) else frozenset(content_words(question.text))


def is_open(text: str) -> bool:
    """True for what has several answers beside each other: why, how, what somebody said or did."""
    return _OPEN.search(text) is not None


def leans(text: str) -> bool:
    """True for what has a pronoun, which may mean something of an earlier question."""
    return _LEANS.search(text) is not None
