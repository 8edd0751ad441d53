"""What a model wrote as plain text: no markup, no images, no links, and no address but one of the cited paragraphs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from index.article import clean_text

_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)?|\[[^\]]*\])?")
_LINK = re.compile(r"\[(?P<words>[^\[\]]*)\]\([^)]*\)?")
_DEFINITION = re.compile(r"\[[^\[\]]*\]:\s*\S*[/:]\S*")
_TAG = re.compile(r"<(?=[a-z/!?])[^<>]*>?", re.IGNORECASE)
# Schemes without "//" that a browser or a phone acts on.
_ACTIVE = r"(?:(?:java|vb)script:\s*|mailto:(?=\S)|\b(?:data|blob|file|about|tel|sms|intent|view-source):(?=\S))"
# A bare name counts as an address with one of these endings, all small or all capital, or with a path: "said.It" lacks
# a space.
_ENDINGS = """
    com org net edu gov mil int info biz name io co ai app dev xyz top site online shop club live news blog tech store
    me tv cc ly gl us uk eu de fr it es nl be ch at se no fi dk pl cz ru ua cn jp kr in au nz ca br mx za ir il tr
""".split()
_ENDING = "|".join([*_ENDINGS, *map(str.upper, _ENDINGS)])
_ADDRESS = re.compile(
    rf"""(?:[a-z][a-z0-9+.-]*:/{{1,2}}[^\s<>"“”]+
    |{_ACTIVE}[^\s<>"“”]*
    |(?<![:\w])//[\w-]+\.[^\s<>"“”]+
    |www\.[^\s<>"“”]+
    |[\w.+-]+@[\w-]+(?:\.[\w-]+)+
    |\b(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?::\d+)?(?:/[^\s<>"“”]*)?
    |\b(?:[\w-]+\.)+(?:(?-i:{_ENDING})\b(?:[:/?\#][^\s<>"“”]*)?|[a-z]{{2,}}[/?\#][^\s<>"“”]+))""",
    re.IGNORECASE | re.VERBOSE,
)
_TRAILING = re.compile(r"[.,;:!?'’\"\]]+$")
# What looks like a marker: markers are given by code alone.
_MARKER = re.compile(r"\[[\s\d,;.-]*(?:\]|$)", re.MULTILINE)
_MARKS = re.compile(r"(\*\*|__|`+|~~)|^\s*(?:#{1,6}|>|[-*+•]|\d{1,2}[.)])\s+", re.MULTILINE)
_BEFORE_POINT = re.compile(r"\s+(?=[.,;!?](?:\s|$))")
_EMPTY = re.compile(r"\(\s*\)|\[\s*\]|“\s*”|\"\s*\"")


def plain_text(written: str, cited: Iterable[str] = ()) -> tuple[str, int]:
    """The text without markup, and how many images, links, tags and addresses were taken out.

    Words of a link stay, and so does an address that stands in one of the texts ``cited``. The result is one line.
    """
    known = " ".join(cited).casefold()
    text, removed = clean_text(html.unescape(written)), 0
    while True:  # what was taken out may have stood within something else; each turn makes the text shorter
        before = text
        text, number = _without_links(text, known)
        text = _EMPTY.sub("", _MARKER.sub("", _MARKS.sub("", text)))
        text = _BEFORE_POINT.sub("", " ".join(text.split()))
        removed += number
        if text == before:
            return text, removed


def _without_links(text: str, known: str) -> tuple[str, int]:
    removed = 0

    def without(match: re.Match[str]) -> str:
        nonlocal removed
        removed += 1
        return f"{match['words']} " if "words" in match.re.groupindex else " "

    def foreign(match: re.Match[str]) -> str:
        nonlocal removed
        address = _TRAILING.sub("", match.group())
        if address.endswith(")") and "(" not in address:
            address = address[:-1]
        if address.casefold() in known:
            return match.group()
        removed += 1
        return " " + match.group()[len(address) :]

    for pattern in (_IMAGE, _LINK, _DEFINITION, _TAG):
        text = pattern.sub(without, text)
    return _ADDRESS.sub(foreign, text), removed
