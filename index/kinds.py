"""What one line of a news text is by its own words: a caption, a credit, a byline, headline-like, or plain body.

The patterns are strict: a body line taken for something else costs more than a credit that stays body.
"""

from __future__ import annotations

import re

from .dates import is_date_line
from .schema import ParagraphKind

_AGENCY = (
    r"(?:(?:The )?Associated Press|AP(?: Photos?| Images)?|Reuters|REUTERS|AFP|Agence France-Presse|Getty(?: Images)?"
    r"|EPA(?:-EFE)?|EFE|dpa|DPA|PTI|ANI|IANS|UNI|UPI|Xinhua|KCNA|Yonhap|TASS|Tass|Anadolu(?: Agency)?"
    r"|Bloomberg(?: News)?|Kyodo(?: News)?|CNN|BBC|PA(?: Media| Wire)?|Press Association|Shutterstock|Al Jazeera"
    r"|NurPhoto|(?:Zuma|ZUMA)(?: Press)?|S(?:ipa|IPA)(?: USA)?|Imago|IMAGO|USA T(?:oday|ODAY)(?: Sports| Network)?"
    r"|(?:The )?Canadian Press|Ritzau|NTB|ANSA|Interfax|Alamy|iStock|(?:News )?Agencies)"
)
_NAME = r"[A-Z][\w.'’-]*(?:\s+(?:(?:de|del|der|den|di|da|van|von|al|el|bin|la|le)\s+)*[A-Z][\w.'’-]*){0,4}"

_HAS_AGENCY = re.compile(rf"(?<!\w){_AGENCY}(?!\w)")
_ONLY_AGENCY = re.compile(rf"(?:[—–-]{{1,2}}\s*)?{_AGENCY}(?:\s*(?:[/,&]|and|via)\s*{_AGENCY})*\s*[—–-]{{0,2}}")
_PICTURE = re.compile(
    r"(?:file|handout|pool)(?:\s*[:/,].*|\s+(?:photo|picture|image|via)\b.*)?"
    r"|(?:photo(?:graph)?s?|images?|pictures?|credit)(?:\s+credit)?(?:\s+by\b|\s*:).+"
    r"|(?:(?:photo|image|picture)\s+)?courtesy\b.+"
    r"|screen(?:grab|shot)\b.*",
    re.IGNORECASE,
)
_WHOLE_BRACKET = re.compile(r"[\[(]\s*([^()\[\]]{2,300}?)\s*[\])]\.?")
_LAST_BRACKET = re.compile(r"\S\s*([\[(])\s*([^()\[\]]{2,120}?)\s*[\])]\.?$")
# "... on Monday. Jane Doe/Reuters": without brackets, after the end of the sentence
_SLASHED_AGENCY = re.compile(rf"[.!?][”\"’)]?\s+{_NAME}(?:\s?/\s?\w[\w .&'’-]{{1,40}}?){{0,3}}\s?/\s?{_AGENCY}(?!\w)")
_SLASHED_AT_END = re.compile(
    rf"{_SLASHED_AGENCY.pattern}$|[a-z0-9)”\"’](?<!vs)[.!?][”\"’)]?\s+(?=\w\w){_NAME}(?:/\w[\w .&'’-]{{1,40}}){{1,4}}$"
)
_AGENCY_AT_END = re.compile(rf"[.!?][”\"’)]?\s+{_AGENCY}$")
_FILE_PICTURE = re.compile(
    r"FILE\s*[-–—:]|FILE PHOTO\b|\(FILE\)"
    r"|In this (?:[^.]{0,30}\s)?(?:file |handout )?(?:photo|image)\b"
)
_SIDE = r"(?:(?:far |(?:second|third) from (?:the )?|from )?(?:left|right)|cent(?:re|er)|left to right)"
_POINTING = re.compile(rf"\({_SIDE}\)|[A-Z][\w.'’-]+\s+[A-Z][\w.'’-]+, {_SIDE},?\s(?:and|with|[a-z]+s)\b")

_AGENCY_INPUTS = re.compile(
    r"with\s+agenc(?:y|ies)\s+inputs?|from\s+(?:(?:staff|wire|agency)\s+(?:and\s+)?){1,2}reports", re.IGNORECASE
)
# Credits that are told from a sentence only by naming nothing but names; the group holds what must be names.
_NAMED_CREDIT = re.compile(
    r"(?:with\s+)?(?:additional\s+)?(?:inputs?|files?|reporting)\s+(?:from|by)\s+(.+)"
    r"|(?:(?:additional|further)\s+)?(?:reporting|writing|written|editing|edited)\s+by\s+(.+)"
    r"|(?:contributing|sources?|(?:(?:photo|image|picture)\s+)?credits?|photo(?:graph)?s?|images?|pictures?)\s*:\s*(.+)"
    r"|(?:photo(?:graph)?s?|images?|pictures?)\s+(?:by|courtesy(?:\s+of)?|via)\s+(.+)"
    r"|from\s+(.+)\s+reports"
    r"|(?:[—–-]+\s*)?(.+?)\s+contributed\s+(?:reporting|to\s+(?:this|the)\s+(?:report|story|article))\.?"
    r"|(?:©|copyright\b)\s*(.+)",
    re.IGNORECASE,
)
_SOURCE_LINE = re.compile(r"[\[(]?\s*sources?\s*:\s*(.+?)\s*[\])]?", re.IGNORECASE)
_SMALL_WORDS = """
additional agencies agency all and at based bureau by company compiled contributed correspondent correspondents data
del desk editing edited files for from government in inputs la news of office on or our police reporting reports
research reserved rights staff the to via wire with writing written
"""
_SMALL = frozenset(_SMALL_WORDS.split())
# "Jane Doe and John Roe, Associated Press" without a "by": at least two names, or a name and an agency
_FULL_NAME = r"[A-Z][\w.'’-]+(?:\s+[A-Z][\w.'’-]*){1,3}"
_BARE_BYLINE = re.compile(
    rf"{_FULL_NAME}(?:(?:,?\s+and\s+|,\s+){_FULL_NAME}){{0,5}}(?:,?\s+and\s+{_FULL_NAME}|,\s+{_AGENCY})"
)
_BYLINE = re.compile(
    rf"(?:By|BY|by)\s+{_NAME}(?:(?:\s*[,|&—–]\s*|\s+(?:and|AND|for|of|in)\s+)(?:and\s+|the\s+)?{_NAME}){{0,6}}"
)
_SIGNATURE = re.compile(r"(?:[—–]|--)\s*[A-Z][\w.'’-]+(?:\s+[A-Z][\w.'’-]+){1,3}(?:,\s*[A-Z][\w .]{1,30})?")

_TOP = 6
_LONGEST_HEADLINE = 150
_LONGEST_CREDIT = 300
_LONGEST_POINTING = 400
_HEADLINE_START = re.compile(r"[\"'“‘¿¡(\[]*[^\W_a-z]")
_HEADLINE_END = re.compile(r"(?:(?:\w|[%)\]]|[A-Z]\.[A-Z]\.)[\"'”’]*|[?!])$")
_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’)\]]*$")
_NO_HEADLINE = re.compile(
    r"[^:]{2,60}:[^\s\d]|(?:more|read|read more|related|see also|watch|listen|video|podcasts?)\s*:"  # links
    r"|(?:Q|A|(?-i:[A-Z][A-Z.'’ -]+))\s*:|.*(?:https?:|www\.|@)"  # speakers, addresses
    r"|(?-i:[A-Z][A-Z.'’ ]+)(?:,[^—–]{1,30})?\s(?:\(\w+\)\s)?[—–-]{1,2}\s",  # datelines
    re.IGNORECASE,
)


def kind_of_line(line: str, number: int) -> ParagraphKind:
    """Return the kind that the words of a stripped ``line`` show: never "headline", and "body" when in doubt.

    ``number`` is its place in the text, from 0: bylines and dates stand near the top.
    """
    if len(line) <= _LONGEST_CREDIT:
        whole = _WHOLE_BRACKET.fullmatch(line)
        if is_credit(line) or (whole and (is_credit(whole[1]) or is_picture_credit(whole[1]))):
            return "credit"
        near_top = number < _TOP and (_BYLINE.fullmatch(line) or is_date_line(line))
        if near_top or (number < 2 and _BARE_BYLINE.fullmatch(line)) or _SIGNATURE.fullmatch(line):
            return "byline"
    return "caption" if _is_caption(line) else "body"


def is_credit(text: str) -> bool:
    """Say whether ``text`` (without brackets) does nothing but name agencies, sources or contributors."""
    if len(text) > _LONGEST_CREDIT:
        return False
    if _ONLY_AGENCY.fullmatch(text) or _AGENCY_INPUTS.fullmatch(text):
        return True
    named = _NAMED_CREDIT.fullmatch(text)
    return bool(named and _only_names(named[named.lastindex or 0]))


def is_agency(text: str) -> bool:
    """Say whether ``text`` is the name of a news or picture agency."""
    return bool(_ONLY_AGENCY.fullmatch(text))


def source_of(line: str) -> str:
    """Return what a line "Source: ..." names, or ""."""
    source = _SOURCE_LINE.fullmatch(line)
    return source[1] if source else ""


def is_picture_credit(text: str) -> bool:
    """Say whether ``text`` is what stands in the brackets of a picture credit: "Jane Doe/Pool via AP Photo"."""
    if len(text) > 120:
        return False
    return bool(
        _PICTURE.fullmatch(text)
        or (";" not in text and _HAS_AGENCY.search(text) and re.search(r"/|\bvia\b|Photo|Images", text))
    )


def is_headline_like(line: str, fewest_words: int = 2) -> bool:
    """Say whether ``line`` could be a headline: short, starts like one, does not end like a sentence."""
    return (
        len(line) <= _LONGEST_HEADLINE
        and len(line.split()) >= fewest_words
        and bool(_HEADLINE_START.match(line))
        and ends_like_headline(line)
        and not _NO_HEADLINE.match(line)
    )


def ends_like_sentence(line: str) -> bool:
    """Say whether ``line`` ends with the punctuation of a sentence, a colon or a semicolon."""
    return bool(_SENTENCE_END.search(line[-5:]))


def ends_like_headline(line: str) -> bool:
    """Say whether ``line`` ends as a headline does: with a word, or with a question or exclamation mark."""
    return bool(_HEADLINE_END.search(line[-5:]))


def _is_caption(line: str) -> bool:
    tail = line[-200:]
    if tail.rstrip(".")[-1:] in ("]", ")") and (bracket := _LAST_BRACKET.search(tail)):
        is_agency_in_square_bracket = bracket[1] == "[" and is_agency(bracket[2])
        if is_agency_in_square_bracket or is_picture_credit(bracket[2]):
            return True
    if tail[-1].isalnum() and (_SLASHED_AT_END.search(tail) or _AGENCY_AT_END.search(tail)):
        return True
    if _FILE_PICTURE.match(line) or (len(line) <= _LONGEST_POINTING and _POINTING.search(line)):
        return True
    # a picture gallery run together: caption, credit, caption, credit ...
    return "/" in line and len(_SLASHED_AGENCY.findall(line)) >= 2


def _only_names(text: str) -> bool:
    """Say whether all words but a few small ones are capitalised."""
    words = re.findall(r"[^\W\d_][\w'’.-]*", text)
    named = [word[0].isupper() for word in words]
    return any(named) and all(is_name or word.lower() in _SMALL for is_name, word in zip(named, words, strict=True))
