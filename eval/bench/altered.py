"""Sentences of real articles, said a little differently, and made wrong in one of five ways.

No sentence stays as it was when one of the ways to say it differently applies (``reworded``). What is changed then is
one number, name or date, into another of the same kind, mostly one of the same article; or the citation, to another
paragraph; or a quotation, into words that nobody said.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal

from index.schema import Article, Paragraph, TimeExpression
from index.sentences import split_sentences
from index.speech.people import NAME
from index.speech.words import NOT_NAMES
from index.times import find_times

Kind = Literal["right", "number", "name", "date", "citation", "quotation"]
KINDS: tuple[Kind, ...] = ("right", "number", "name", "date", "citation", "quotation")

_WORDS = range(8, 41)
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve".split()
_NUMBER = re.compile(
    rf"(?<![\w.,$£€-])(?P<sign>[$£€]?)(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?|{'|'.join(_SMALL[2:])})"
    r"(?P<scale>\s(?:hundred|thousand|million|billion))?(?P<unit>\s?%|\spercent|\sper cent)?(?![\w,.]*\d)(?![\w-])",
    re.IGNORECASE,
)
_MONTHS = """
    January February March April May June July August September October November December
""".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_QUOTED = re.compile(r"[“\"]([^“”\"]{12,})[”\"]")
_QUOTE = re.compile(r"[“\"][^“”\"]*[”\"]")
_SAID_BY = re.compile(
    r"^[“\"](?P<words>[^“”\"]{12,}?)[,.?!]?[”\"],? (?P<who>(?:[A-Z][\w’'-]+ ?){1,3}) (?:said|says|told \w+)\.$"
)
_SAYS_THAT = re.compile(
    r"^(?P<who>(?:[A-Z][\w’'-]+ ?){1,3})(?P<said> said)(?: that)? (?P<what>(?:the|a|an|it|he|she|they|there) .+)$"
)
_LATER_SAID = re.compile(r"^(?P<what>[^“”\"]{30,}), (?P<who>(?:[A-Z][\w’'-]+ ?){1,3}) (?:said|says)\.$")
_ASIDE = re.compile(r", (?:who|which|whose|where|including|according to)\b[^,.;:“”\"]{5,90},(?= )")
_TAIL = re.compile(r", (?:according to|adding that|which|while|although|after|because)\b[^,.;“”\"]{10,120}\.$")
_BRACKETS = re.compile(r" \([^()]{2,80}\)")
_SYNONYMS = (
    (r"\bsaid\b", "stated"), (r"\bsaid\b", "noted"), (r"\bmore than\b", "over"), (r"\babout (?=[\d$])", "around "),
    (r"\bbut\b", "though"), (r"\bhowever\b", "though"), (r"\bkids\b", "children"), (r"\bpurchased\b", "bought"),
    (r"\bdue to\b", "because of"), (r"\bin order to\b", "to"), (r"\bapproximately\b", "about"),
    (r"\bbegan\b", "started"),
    (r"\balso\b ", ""), (r"\bwill be able to\b", "can"), (r"\bhelp\b", "assist"), (r"\bnearly\b", "almost"),
    (r"\blarge\b", "big"), (r"\bobtain\b", "get"), (r"\bcurrently\b", "now"), (r"\bseveral\b", "a number of"),
    (r"\bdon['’]t\b", "do not"), (r"\bcan['’]t\b", "cannot"), (r"\bit['’]s\b", "it is"), (r"\bdidn['’]t\b", "did not"),
    (r"\bwasn['’]t\b", "was not"), (r"\bisn['’]t\b", "is not"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with the paragraph of ``article`` that it cites; ``kind`` says whether and how it is wrong."""

    text: str
    article: Article
    cited: Paragraph
    kind: Kind


def generate(articles: Sequence[Article], count: int, rng: random.Random) -> list[Sentence]:
    """``count`` sentences, as many of each kind as of another, no two from one paragraph.

    Raises ValueError when the articles do not hold so many.
    """
    found: list[Sentence] = []
    used: set[tuple[str, int]] = set()
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        for _ in range(2000):
            article = rng.choice(articles)
            made = _one(article, kind, articles, rng)
            if made is not None and (made.article.uri, made.cited.number) not in used:
                used.add((made.article.uri, made.cited.number))
                found.append(made)
                break
        else:
            raise ValueError(f"{len(articles)} articles hold no {count} sentences; take more")
    return found


def _one(article: Article, kind: Kind, articles: Sequence[Article], rng: random.Random) -> Sentence | None:
    """A sentence of that kind from a random paragraph, None when that has none."""
    bodies = [one for one in article.paragraphs if one.kind == "body" and len(one.text) > 60]
    if len(bodies) < 4:
        return None
    cited = rng.choice(bodies)
    spans = split_sentences(cited.text)
    place = rng.randrange(len(spans))
    sentence = cited.text[slice(*spans[place])]
    if len(sentence.split()) not in _WORDS or (not sentence[0].isupper() and sentence[0] not in '“"'):
        return None
    following = cited.text[slice(*spans[place + 1])] if place + 1 < len(spans) else ""
    if kind == "citation":
        others = [one for one in bodies if one is not cited] if rng.random() < 0.5 else []
        if not others:
            article, others = _elsewhere(articles, article, rng)
        return (
            Sentence(reworded(sentence, following, article.published.date, rng), article, rng.choice(others), kind)
            if others
            else None
        )
    text = reworded(sentence, following, article.published.date, rng)
    if kind == "right":
        return Sentence(text, article, cited, kind)
    text = _CHANGES[kind](text, article, cited, rng)
    return Sentence(text, article, cited, kind) if text else None


def _elsewhere(articles: Sequence[Article], article: Article, rng: random.Random) -> tuple[Article, list[Paragraph]]:
    other = rng.choice([one for one in articles if one is not article])
    return other, [one for one in other.paragraphs if one.kind == "body" and len(one.text) > 60]


# -- the same in other words


def reworded(sentence: str, following: str, published: date | None, rng: random.Random) -> str:
    """The sentence in other words that say the same: up to three of the ways that apply."""
    ways: list[Callable[[str], str]] = [
        _front_speaker, _that_said, _according, _without_aside, _without_tail, _other_marks,
        _other_numbers, _other_per_cent, lambda text: _full_date(text, published, rng),
        lambda text: _synonyms(text, rng), lambda text: _fused(text, following),
    ]  # fmt: skip
    rng.shuffle(ways)
    done = 0
    for way in ways:
        new = way(sentence)
        if new != sentence and done < 3:
            sentence, done = new, done + 1
    return sentence


def _front_speaker(text: str) -> str:
    return _SAID_BY.sub(lambda m: f"{m['who'].strip()} said: “{m['words']}.”", text)


def _that_said(text: str) -> str:
    return _LATER_SAID.sub(lambda m: f"{m['who'].strip()} said that {_lowered(m['what'])}.", text)


def _according(text: str) -> str:
    return _SAYS_THAT.sub(lambda m: f"According to {m['who'].strip()}, {m['what']}", text)


def _without_aside(text: str) -> str:
    return _outside(text, lambda part: _BRACKETS.sub("", _ASIDE.sub("", part)))


def _without_tail(text: str) -> str:
    short = _TAIL.sub(".", text)
    return short if len(short.split()) >= 8 else text


def _other_marks(text: str) -> str:
    return text.translate(str.maketrans("“”’", '""\''))


def _other_numbers(text: str) -> str:
    def other(match: re.Match[str]) -> str:
        number = match["number"].lower()
        if match["sign"] or match["scale"]:
            return match.group()
        if number in _SMALL:
            return f"{_SMALL.index(number)}{match['unit'] or ''}"
        if number.isdecimal() and 1 < int(number) < len(_SMALL) and not match["unit"]:
            return _SMALL[int(number)]
        if number.replace(",", "").endswith("00000") and "," in number:
            return f"{int(number.replace(',', '')) / 1e6:g} million"
        return match.group().replace(",", "")

    quoted = [match.span() for match in _QUOTE.finditer(text)]
    kept = [*quoted, *((one.start, one.end) for one in find_times(text, None))]
    return _NUMBER.sub(
        lambda m: m.group() if any(a < m.end() and m.start() < b for a, b in kept) or _is_age(text, m) else other(m),
        text,
    )


def _is_age(text: str, match: re.Match[str]) -> bool:
    return text[match.end() : match.end() + 1] in ("-", ",") or text[: match.start()].endswith(", ")


def _other_per_cent(text: str) -> str:
    return _outside(text, _swap_per_cent)


def _swap_per_cent(text: str) -> str:
    return (
        re.sub(r"(?<=\d)%", " percent", text) if "%" in text else re.sub(r"(?<=\d) (?:percent|per cent)\b", "%", text)
    )


def _full_date(text: str, published: date | None, rng: random.Random) -> str:
    for one in find_times(text, published):
        if one.first and one.first == one.last and re.fullmatch(rf"(?:on )?(?:{'|'.join(_DAYS)})", one.text):
            words = rng.choice(
                (f"{one.first.day} {one.first:%B %Y}", f"{one.first:%B} {one.first.day}, {one.first.year}")
            )
            on = "on " if one.text.startswith("on ") else ""
            return f"{text[: one.start]}{on}{words}{text[one.end :]}"
    return text


def _synonyms(text: str, rng: random.Random) -> str:
    """Words outside quotations for others."""
    found = [(pattern, new) for pattern, new in _SYNONYMS if re.search(pattern, text)]
    for pattern, new in rng.sample(found, min(2, len(found))):
        text = _outside(text, partial(re.sub, pattern, new, count=1))
    return text


def _outside(text: str, change: Callable[[str], str]) -> str:
    """The text changed outside its quotations."""
    parts = _QUOTE.split(text)
    quoted = [match.group() for match in _QUOTE.finditer(text)]
    return "".join(change(part) + quote for part, quote in zip(parts, [*quoted, ""], strict=True))


def _fused(text: str, following: str) -> str:
    if not following or len(text.split()) + len(following.split()) > 40 or text[-1] != "." or "“" in text + following:
        return text
    return (
        f"{text[:-1]}, and {_lowered(following)}"
        if following.split(maxsplit=1)[0] in ("The", "It", "He", "She", "They", "This", "A")
        else text
    )


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:] if text.split(maxsplit=1)[0].lower() in NOT_NAMES else text


# -- wrong


def _change_number(text: str, article: Article, cited: Paragraph, rng: random.Random) -> str:
    """Another number in the place of one: digits changed, or one of the same article."""
    times = [(one.start, one.end) for one in find_times(text, article.published.date)]
    places = [m for m in _NUMBER.finditer(text) if not any(a < m.end() and m.start() < b for a, b in times)]
    if not places:
        return ""
    match = rng.choice(places)
    number = match["number"]
    if number.lower() in _SMALL:
        new = rng.choice([word for word in _SMALL[2:] if word != number.lower()])
    elif rng.random() < 0.4 and (others := _other_numbers_of(article.text, number)):
        new = rng.choice(others)
    else:
        places_of_digits = [at for at, letter in enumerate(number) if letter.isdecimal()]
        at = rng.choice(places_of_digits)
        new = number[:at] + rng.choice([digit for digit in "123456789" if digit != number[at]]) + number[at + 1 :]
    return text[: match.start("number")] + new + text[match.end("number") :]


def _other_numbers_of(text: str, number: str) -> list[str]:
    same = [m["number"] for m in _NUMBER.finditer(text)]
    return sorted(
        {one for one in same if one[0].isdecimal() and one.replace(",", "") != number.replace(",", "") and len(one) > 1}
    )


def _change_name(text: str, article: Article, cited: Paragraph, rng: random.Random) -> str:
    """Another name in the place of one, mostly from the same article but another paragraph."""
    mine = _names(text)
    if not mine:
        return ""
    start, end, name = rng.choice(mine)
    held = cited.text
    others = sorted(
        {one for _, _, one in _names(article.text) if one not in held and not set(one.split()) & set(held.split())}
    )
    same_length = [one for one in others if (" " in one) == (" " in name)]
    if not same_length:
        return ""
    return text[:start] + rng.choice(same_length) + text[end:]


def _names(text: str) -> list[tuple[int, int, str]]:
    """Names in the midst of sentences."""
    found = []
    for match in NAME.finditer(text):
        before, words = text[: match.start()].rstrip(), match.group().split()
        inside = before and before[-1] not in ".!?:“\"'‘(\n"
        if inside and len(match.group()) > 3 and not NOT_NAMES & {word.lower() for word in words}:
            found.append((*match.span(), match.group()))
    return found


def _change_date(text: str, article: Article, cited: Paragraph, rng: random.Random) -> str:
    """Another day, month or year in the place of one that is told."""
    times = [one for one in find_times(text, article.published.date) if one.first or one.last]
    rng.shuffle(times)
    for one in times:
        new = _moved(one, rng)
        if new != one.text and new not in cited.text:
            return text[: one.start] + new + text[one.end :]
    return ""


def _moved(time: TimeExpression, rng: random.Random) -> str:
    for words in (_DAYS, _MONTHS):
        named = [word for word in words if re.search(rf"\b{word}\b", time.text)]
        if named:
            return time.text.replace(named[0], rng.choice([word for word in words if word not in named]))
    years = re.findall(r"\b(?:19|20)\d\d\b", time.text)
    if years:
        return time.text.replace(years[0], str(int(years[0]) + rng.choice((-9, -3, -2, -1, 1, 2, 5))))
    return time.text


def _change_quotation(text: str, article: Article, cited: Paragraph, rng: random.Random) -> str:
    """A quotation with a word or the end of it replaced, or one that is put where nobody is quoted."""
    match = _QUOTED.search(text)
    if match is not None:
        words = match.group(1).split()
        if len(words) < 4:
            return ""
        at = rng.choice([number for number, word in enumerate(words) if len(word) >= 3])
        others = [word for word in re.findall(r"\b[a-z]{4,9}\b", article.text) if word not in cited.text]
        if not others:
            return ""
        if rng.random() < 0.5:
            words[at] = rng.choice(others)
        else:
            words = [*words[: len(words) // 2], *rng.sample(others, min(4, len(others)))]
        return text[: match.start(1)] + " ".join(words) + text[match.end(1) :]
    others = [one for one in article.paragraphs if one.kind == "body" and one is not cited]
    quoted = [found for one in others for found in _QUOTED.findall(one.text) if found not in cited.text]
    quoted = [" ".join(one.rstrip(",.?!").split()[:12]) for one in quoted if len(one.split()) > 3]
    if not quoted or text[-1] != ".":
        return ""
    return f"{text[:-1]}, calling it “{rng.choice(quoted)}”."


_CHANGES: dict[str, Callable[[str, Article, Paragraph, random.Random], str]] = {
    "number": _change_number,
    "name": _change_name,
    "date": _change_date,
    "quotation": _change_quotation,
}
