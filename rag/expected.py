"""Does a sentence hold the kind of thing that a question asks for: a person, a time, a place, a number, a reason?"""

from __future__ import annotations

import re

from .questions import DAYS, MONTHS, Kind, Question

NUMBER_WORDS = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions
    billion billions dozen dozens half twice once first second third fourth fifth sixth seventh eighth ninth tenth both
""".split()
_MONTHS = "|".join(MONTHS)
_DAYS = "|".join(DAYS)
_UNITS = "second|minute|hour|day|week|month|year|decade|century|centurie"
# Not the figure of a name ("Hwasong-17", "F-16").
_NUMERAL = rf"(?<![^\W\d][-–])(?<!\w)\d[\d,.]*|\b(?:{'|'.join(NUMBER_WORDS)})\b"
_EXPECTED: dict[Kind, re.Pattern[str]] = {
    "how_many": re.compile(_NUMERAL, re.IGNORECASE),
    "how_old": re.compile(r"\b(?:aged?|born|years?[- ]old|\d+-year-old)\b|, \d\d,", re.IGNORECASE),
    "how_much": re.compile(
        r"[$€£¥₩]|\b(?:dollars?|euros?|pounds?|won|yen|rupees?|crowns?|cents?|percent|per cent|million|billion|free)\b",
        re.IGNORECASE,
    ),
    "how_far": re.compile(
        rf"(?:{_NUMERAL})[\s-]+(?:kilomet\w+|km|miles?|met(?:re|er)s?|feet|foot|yards?|tons?|tonnes|kilos?|kg)\b",
        re.IGNORECASE,
    ),
    "how_long": re.compile(
        rf"(?:{_NUMERAL}|\ba|\ban|\bseveral|\bfew)[\s-]+(?:{_UNITS})s?\b"
        rf"|\b(?:for|over|since|until)\b[^.]*\b(?:{_UNITS}|{_DAYS})s?\b",
        re.IGNORECASE,
    ),
    "when": re.compile(
        rf"\b(?:{_MONTHS}|{_DAYS}|today|yesterday|tomorrow|earlier|ago|later|recently|morning|evening|night|noon)\b"
        rf"|\b(?:1[5-9]|20)\d\d\b|\b(?:last|this|next|same|previous|following)\s+(?:{_UNITS})\b"
        rf"|\b(?:a|{_NUMERAL})\s+(?:{_UNITS})s?\s+(?:after|before|earlier|later|ago)\b|\bsince\b",
        re.IGNORECASE,
    ),
    "where": re.compile(
        r"\b(?:in|at|near|from|to|into|towards?|outside|across|on|over|off)\s+(?:the\s+)?[A-Z][\w’'-]+"
    ),
    "who": re.compile(r"\b[A-Z][\w’'-]+"),
    "why": re.compile(
        r"\b(?:because|due to|in order to|so that|so as to|aim\w*|motiv\w*|reason\w*|purpose|caus\w+|after|since|over|"
        r"following|owing to|thanks to|as a result|in response|account for|accus\w+|to [a-z]+)\b",
        re.IGNORECASE,
    ),
}


def has_expected(question: Question, text: str) -> bool:
    """True when ``text`` holds a thing of the kind that is asked for and that the question does not already say."""
    pattern = _EXPECTED.get(question.kind)
    if pattern is None:
        return True
    said = question.text.lower()
    for match in pattern.finditer(text):
        word = match.group()
        if word.lower() in said:
            continue
        if question.kind == "who" and (match.start() == 0 or text[match.start() - 2 : match.start()] in {". ", "“"}):
            following = text[match.end() : match.end() + 2]
            if not (len(following) == 2 and following[1].isupper()):
                continue
        return True
    return False


# What an answer of its own looks like, for the kinds where the text around it says nothing.
_PLAIN: dict[Kind, re.Pattern[str]] = {
    "who": re.compile(r"[A-Z]"),
    "where": re.compile(r"[A-Z]"),
    "when": re.compile(rf"{_EXPECTED['when'].pattern}|\d", re.IGNORECASE),
    "how_long": re.compile(rf"{_NUMERAL}|\b(?:{_UNITS})s?\b", re.IGNORECASE),
    "how_old": re.compile(_NUMERAL, re.IGNORECASE),
    "how_much": re.compile(_NUMERAL, re.IGNORECASE),
    "how_far": re.compile(_NUMERAL, re.IGNORECASE),
    "how_many": re.compile(
        rf"{_NUMERAL}|\b(?:no|none|nobody|nothing|an?|single|several|few|scores?|couple|pair|trio)\b", re.IGNORECASE
    ),
}


_ONE_KIND: frozenset[Kind] = frozenset({"who", "when", "where", "how_much", "how_old"})
_SIZED = rf"(?:tons?|tonnes|kilos?|kg|kilomet\w+|km|miles?|met(?:re|er)s?|feet|(?:{_UNITS})s?)"
# "70 tonnes", "17 percent" and "one in six" are no price.
_NO_MONEY = re.compile(
    rf"(?:{_NUMERAL})(?:[\s-]+(?:{_SIZED}|people|percent|per cent)\b|\s?%|\s(?:in|out of)\s(?:{_NUMERAL}))",
    re.IGNORECASE,
)
# Nor is "600" when "places" follow. A number of millions may be of any currency.
_MONEY = (
    r"(?:dollars|euros|pounds|crowns|yen|won|rupees|francs|yuan|roubles|rubles|pesos|cents|pence|dinars|dirhams|marks|"
    r"kroner|kronor|kronur|liras|rand|reais|shekels|riyals|rials|shillings|florins|guilders|zlotys|forints|guineas)"
)
_NO_WORDS = r"(?:as|is|was|has|this|plus|less|his|its|us|times|across|versus|besides|perhaps|unless|always|towards)"
_COUNTED_AFTER = re.compile(rf" (?!{_MONEY}\b|{_NO_WORDS}\b)(?:[a-z]+s|people|men|women|children)\b")
_BARE = re.compile(rf"(?:(?:some|about|around|nearly|over|more than|at least) )?(?:{_NUMERAL})", re.IGNORECASE)


# Heads are counted whole: "885.0" is how many live on a square mile, "420.8 km 2" how large the place is.
_HEADS = re.compile(r"\b(?:population|inhabitants|residents|people|toll|attendance)\b", re.IGNORECASE)
_NO_HEADS = re.compile(
    r"\d\.\d+(?![\d,]*\s*(?:thousand|million|billion|[mk]\b|bn\b|percent|per cent|%))"
    r"|\b(?:sq|square|km|acres|hectares)\b",
    re.IGNORECASE,
)
# The words around a number that say what it counts: inhabitants, or something else.
_POPULATION = re.compile(r"\b(?:population|inhabitants|residents|liv(?:e|es|ed|ing))\b", re.IGNORECASE)
_HEADS_AFTER = re.compile(
    r"\W{0,3}(?:(?!and\b)\w+ ){0,2}?(?:people|inhabitants|residents|persons|souls|citizens)\b", re.IGNORECASE
)
_POPULATION_BEFORE = re.compile(
    r"\bpopulation(?:\W+(?:of|was|is|were|be|had|has|stood|reached|at|in|as|the|total|estimated|about|around|some|to|"
    r"census|\d{4})\b){0,8}\W*$",
    re.IGNORECASE,
)
_OTHERS_AFTER = re.compile(
    r"\W{0,2}(?:\w+ )?(household|housing|township|square|mile|met(?:re|er)|feet|ft|km|acre|hectare|year|census|percent|"
    r"per cent|vote|seat|point)s?\b|\s*([%°])",
    re.IGNORECASE,
)


# "How many" has a number as its answer; "how often" and "how large" may have other words. A part "of" all may be told
# as a share.
_COUNT = re.compile(
    r"\bhow (?:many (?!of\b)|long\b)|\bin (?:kilomet\w+|miles|met(?:re|er)s|feet|tons|tonnes)\b", re.IGNORECASE
)
# What a count of things is not, by the word or sign that says so: a sum, a share, a size, a span of time.
_NO_COUNT = re.compile(
    rf"([$€£¥₩])\s?\d[\d,.]*\b.*|(?:{_NUMERAL})(?:[\s-](?:{_NUMERAL}))*[\s-]?(%|percent|per cent|{_MONEY}|{_SIZED})",
    re.IGNORECASE,
)
_SPAN = re.compile(rf"(?:.*? )?(?:{_NUMERAL}|an?)[\s-]+(?:{_UNITS})s?(?: old)?", re.IGNORECASE)


def has_one_kind(question: Question) -> bool:
    """True when an answer that is not ``is_expected`` is hardly one; "how far" and "how often" have others too."""
    return question.kind in _ONE_KIND or (
        question.kind in ("how_many", "how_far") and _COUNT.search(question.text) is not None
    )


def is_expected(question: Question, answer: str, after: str = "") -> bool:
    """True when a short answer is a thing of the kind that is asked for; always for "what" and "why".

    ``after``: the words after it, which may say that a number counts something else.
    """
    pattern = _PLAIN.get(question.kind)
    if question.kind == "how_much" and _is_no_money(answer.strip(), after):
        return False
    if (
        question.kind == "how_many"
        and _COUNT.search(question.text)
        and (no_count := _NO_COUNT.fullmatch(answer.strip()))
    ):
        return (no_count[1] or no_count[2]).lower() in question.text.lower()
    if question.kind == "how_far" and "how long" in question.text.lower() and _SPAN.fullmatch(answer.strip()):
        return False
    if _asks_for_heads(question) and (_NO_HEADS.search(answer) or _counts_others(question, after)):
        return False
    return pattern is None or pattern.search(answer) is not None


def _is_no_money(answer: str, after: str) -> bool:
    """True for a number that is a share or a size, or that counts what follows it."""
    return bool(_NO_MONEY.fullmatch(answer) or (_BARE.fullmatch(answer) and _COUNTED_AFTER.match(after)))


def _counts_others(question: Question, after: str) -> bool:
    """True when the words after a number say that it counts something that the question does not name."""
    found = _OTHERS_AFTER.match(after)
    return found is not None and (found[1] or found[2]).lower() not in question.text.lower()


def _asks_for_heads(question: Question) -> bool:
    """True for "what is the population", "how many people"."""
    return question.kind == "how_many" and _HEADS.search(question.text) is not None


def counts_inhabitants(question: Question, before: str, after: str) -> bool:
    """True when a population is asked for, and the words around a number say that it is one."""
    asked = _asks_for_heads(question) and _POPULATION.search(question.text)
    return bool(asked and (_HEADS_AFTER.match(after) or _POPULATION_BEFORE.search(before[-100:])))
