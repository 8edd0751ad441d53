"""The dates of a web page. Neither a modified date nor the day of reading may pass for that of publication.

Sources in the order in which they are believed: JSON-LD of the main article, meta tags, elements marked as the time of
publication, what is visible between the headline and the first paragraph, a line that says "published", the line above
the headline or in the title, a day that all scripts agree on, and the day on which the record was made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from ..dates import dates_in, parse_date, refusal
from ..schema import UNKNOWN_DATE, Provenance, Published
from .page_parts import PageParts, flat, line_of, start_of

_Element = Any  # lxml has no types

_META_DATES = (
    "article:published_time", "og:published_time", "og:article:published_time", "article:published", "datepublished",
    "rnews:datepublished", "originalpublicationdate", "article_date_original", "cxenseparse:recs:publishtime",
    "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date",
    "pubdate", "og:pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "publicationdate",
    "published-date", "published_date", "published", "parsely-pub-date", "sailthru.date", "article.published", "ptime",
    "bt:pubdate", "prism.publicationdate", "citation_publication_date", "citation_online_date",
    "shareaholic:article_published_time", "vr:published_time", "lw.pubdate", "displaydate", "date",
    "article:published_date", "article:publicationdate", "article:post_date", "article_publish_date", "citation_date",
    "date_published", "dateposted", "dc.date.publication", "dc:date", "og:article:published", "og:datepublished",
    "og:publish_date", "og:regdate", "pdate", "pub_date", "publish_time", "published_time", "publisheddate",
    "rbpubdate", "mediator_published_time", "twt-published-at", "analyticsattributes.articledate",
    "dcsext.articlefirstpublished",
)  # fmt: skip
# The day on which the file or record was made, which can be that of a move to another system.
_META_CREATED = (
    "dc.date.created",
    "dcterms.created",
    "dc.created",
    "article.created",
    "datecreated",
    "dc:created",
    "date_created",
    "created",
)
_META_UPDATED = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified",
    "article:updated_time", "lastmod", "revision_date", "article:modified", "article:modified_date", "dc.modified",
    "bt:moddate", "last-modified", "lastmodified", "modified", "modified_time", "og:modified_time", "updated_time",
)  # fmt: skip
_ARTICLE = re.compile(r"Article|Posting|Report|Review$")
# Keys of JSON-LD whose values are other works than the page's own.
_OTHERS = frozenset(
    "itemListElement hasPart relatedLink comment comments isPartOf review mentions citation video subjectOf about "
    "author publisher isBasedOn workExample blogPost".split()
)
_RAW_JSON = re.compile(r'"datePublished"\s*:\s*"?([^",}\s]+)')
_IN_SCRIPT = re.compile(
    r"""(?<![A-Za-z])(?:date_?published|(?:first_?)?publi(?:sh(?:ed)?|cation)_?(?:date|at|time)|pub_?date)
    \\?["']?\s*[:=]\s*\\?["']([^"'\\]{8,40})""",
    re.IGNORECASE | re.VERBOSE,
)
_UPDATED = re.compile(r"updat|modif|revis|edited|aktualis|mis à jour|actualiza|aggiorna", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"publi|posted|issued|filed|created|first\s+aired|veröffentlicht|erschienen|pubdate", re.IGNORECASE
)
_PUBLISHED_LABEL = re.compile(
    r"\s*[\[(]?(?:(?:(?:first|originally)\s+)?(?:published|posted|publié|veröffentlicht|erschienen|erstellt|publicado|pubblicato)"
    r"|this\s+(?:entry|post|article)\s+was\s+(?:first\s+)?(?:posted|published|written)"
    r"|dieser\s+(?:artikel|beitrag|eintrag)\s+wurde(?:\s+vor)?\s+am"
    r"|(?:submitted|gespeichert|eingereicht)\s+(?:by|von)\s+\S+(?:\s\S+){0,3}?\s+(?:on|am)"
    r"|(?:date|datum|fecha)(?=\W{1,3}(?:\w{3,10},?\s)?\d[^a-z]{7,9}$))\b",
    re.IGNORECASE,
)
_TO_DATE = 25  # characters between such a label and its date, as for the time of day
_LONGEST_LINE = 160  # characters of a line that tells a date
_MOST_PARTS = 8  # elements in such a line
_MOST_WORDS = 9  # besides dates, times and labels in a line without a label
_NO_WORDS = re.compile(
    r"\d\S*|\b(?:[ap]\.?m|(?-i:[A-Z]{2,4})|by|on|at|min|read|published|posted|updated|last)\b\.?", re.IGNORECASE
)
_LINES = tuple("time span p div li small abbr b strong em i font td dd h2 h3 h4 h5 h6 address center a".split())
_LONGEST_ABOVE = 60  # characters of a line above the headline that is a date
_MONTHS = 12
_RANGE = re.compile(r"\s*(?:[–—-]|to|until|bis)\s*$", re.IGNORECASE)
_TO_ANOTHER = re.compile(r"\s*[–—-][^\d\n]{0,20}\d{1,2}\D{1,3}\d{4}")  # the end of a range
_OPENS = re.compile(r"\s*[)\]:–—-]")  # between the date and the text of a first paragraph
_TITLE_PARTS = re.compile(r"\s[|–—-]\s")
_DOTTED = re.compile(r"(?<![\d.])\d{1,2}\.\d{1,2}\.\d{2}")
_SHORT_YEAR = re.compile(r"(?<![\w./:-])(\d{1,2})[./](\d{1,2})[./]([012]\d)(?![\w/:-]|\.\d)")
_NUMERIC = re.compile(r"(?<![\w./-])(\d{1,2})[./-](\d{1,2})[./-](?:19|20)\d\d(?![\w/-])")
_MONTH_FIRST = re.compile(r"en[-_](?:us|ph)\b|es[-_]us\b", re.IGNORECASE)
_DAY_FIRST = re.compile(
    r"en[-_](?:gb|uk|ie|au|nz|in|za|sg|my|hk|ng|ke|pk)\b|(?:de|fr|es|it|pt|nl|pl|ru)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class PageDates:
    """What a page tells of its dates; ``notes`` name a date that was refused."""

    published: Published = UNKNOWN_DATE
    updated: date | None = None
    notes: tuple[str, ...] = ()


def find_dates(tree: _Element) -> PageDates:
    """Return the dates that a page gives for its article; ``updated`` only if it is after publication."""
    page = _Page(tree)
    linked = list(page.linked())
    metas = page.metas()
    lines = list(page.header_lines())
    published = UNKNOWN_DATE
    notes: tuple[str, ...] = ()
    sources: tuple[tuple[Provenance, Iterator[object]], ...] = (
        ("json-ld", (node["datePublished"] for node in linked if "datePublished" in node)),
        ("json-ld", iter(page.unparsed())),
        ("meta", (metas[name] for name in _META_DATES if name in metas)),
        ("meta", page.marked_times()),
        ("header", (day for is_update, day in lines if not is_update)),
        ("header", iter(page.labelled_days())),
        ("header", page.lines_beside()),
        ("meta", iter(page.scripted_days())),
        ("meta", (metas[name] for name in _META_CREATED if name in metas and page.parts.is_article)),
    )
    for provenance, values in sources:
        for value in values:
            if found := parse_date(value, day_first=page.day_first):
                published = published if published.date else Published(found, provenance)
            elif why := refusal(value):
                notes = (f"a date was refused: {why}",)
    changes: list[object] = [node.get("dateModified") for node in linked]
    changes += [metas.get(name) for name in _META_UPDATED]
    days = [day for value in changes if (day := parse_date(value))] or [day for is_update, day in lines if is_update]
    updated = days[0] if days and (published.date is None or days[0] > published.date) else None
    return PageDates(published, updated, notes)


class _Page:
    """A parsed page, with what tells the dates of its own article from those of others that it shows."""

    def __init__(self, tree: _Element) -> None:
        self.tree = tree
        self.parts = PageParts(tree)
        self.day_first = _order_shown(tree)
        if self.day_first is None:
            language = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip()
            self.day_first = False if _MONTH_FIRST.match(language) else True if _DAY_FIRST.match(language) else None

    def metas(self) -> dict[str, str]:
        """Return the first content of each named meta element that stands for the page."""
        metas: dict[str, str] = {}
        for meta in self.tree.iter("meta"):
            name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
            content = meta.get("content") or meta.get("value")
            if content and not (meta.get("itemprop") and self.parts.is_elsewhere(meta, is_marked=True)):
                metas.setdefault(name.lower(), content)
        return metas

    def linked(self) -> Iterator[dict[str, Any]]:
        """Yield the nodes of JSON-LD about the page's own article, best first; none if it cannot be told apart."""
        articles: list[dict[str, Any]] = []
        pages: list[dict[str, Any]] = []
        for script in self._scripts():
            try:
                queue = [json.loads(script, strict=False)]
            except (ValueError, RecursionError):
                continue
            while queue:
                node = queue.pop(0)
                if isinstance(node, list):
                    queue.extend(node)
                elif isinstance(node, dict):
                    kind = str(node.get("@type"))
                    if {"datePublished", "dateModified"} & node.keys():
                        (articles if _ARTICLE.search(kind) else pages if "Page" in kind else []).append(node)
                    queue.extend(value for key, value in node.items() if key not in _OTHERS)
        named = [node for node in articles if self._is_named(node)]
        if named or len({str(node.get("datePublished"))[:10] for node in articles}) < 2:
            yield from named or articles
        else:
            yield articles[0] if not self.parts.names else {}
        yield from pages

    def unparsed(self) -> list[str]:
        """Return the one datePublished of JSON-LD that is no JSON; nothing if there are several."""
        found: set[str] = set()
        for script in self._scripts():
            try:
                json.loads(script, strict=False)
            except RecursionError:
                continue
            except ValueError:
                found.update(_RAW_JSON.findall(script))
        return list(found) if len(found) == 1 else []

    def marked_times(self) -> Iterator[str]:
        """Yield the times of elements marked as publication, then of those in the header of the article."""
        for element in self.tree.iter("time", "span", "abbr", "p", "div", "b"):
            names = (element.get("class") or "").lower().split()
            is_marked = (
                (element.get("itemprop") or "").lower() == "datepublished"
                or element.get("pubdate") is not None
                or (element.get("property") or "").lower().endswith("datepublished")
                or (("published" in names or "dt-published" in names) and element.tag in ("time", "abbr"))
            )
            if is_marked and not self.parts.is_elsewhere(element, is_marked=True) and not self.parts.is_entry(element):
                yield element.get("datetime") or element.get("content") or element.get("title") or line_of(element)
        for element in self.parts.header("time"):
            around = element.getparent()
            label = " ".join(
                (*element.attrib.values(), element.text or "", around.text or "", around.get("class") or "")
            )
            if not _UPDATED.search(label) and not self.parts.is_entry(element):
                yield element.get("datetime") or ""

    def header_lines(self) -> Iterator[tuple[bool, date]]:
        """Yield the visible dates of the article's header: whether each is that of an update, and the day."""
        for element in self.parts.header(*_LINES):
            for line in _lines(element):
                found = self._dates_in(line)
                if not found or _RANGE.fullmatch(_between(line, found)) or self.parts.is_entry(element):
                    continue
                rest = _NO_WORDS.sub("", line)
                end = 0
                for start, stop, day in found:
                    label, end = line[end:start], stop
                    names = element.get("class") or ""
                    is_labelled = _PUBLISHED.search(label) or _UPDATED.search(label)
                    if is_labelled or (len(rest.split()) <= _MOST_WORDS and not line.endswith((".", "!", "?"))):
                        is_update = bool(_UPDATED.search(label) or (not is_labelled and _UPDATED.search(names)))
                        yield is_update and not _PUBLISHED.search(label), day

    def lines_beside(self) -> Iterator[date]:
        """Yield the day right above the headline, that which the first paragraph opens with, and that in the title."""
        above = self.parts.above_headline()
        if above is not None and not self.parts.is_entry(above):
            line = line_of(above)
            found = self._dates_in(line) if len(line) <= _LONGEST_ABOVE else []
            if len(found) == 1 and not _UPDATED.search(line):
                yield found[0][2]
        lead = line_of(self.parts.lead()).lstrip("([")
        if (found := self._dates_in(lead[:_LONGEST_ABOVE])) and found[0][0] == 0 and _OPENS.match(lead, found[0][1]):
            yield found[0][2]
        last = _TITLE_PARTS.split(self.parts.title)[-1].strip()
        if (found := self._dates_in(last)) and found[0][:2] == (0, len(last)) and last != self.parts.title.strip():
            yield found[0][2]

    def labelled_days(self) -> set[date]:
        """Return the day of a line "Published 29 September 2021" anywhere on the page; none if there are several."""
        days = set()
        for element in self.tree.iter(*_LINES, "br"):
            for text in (start_of(element), element.tail):
                if text and (label := _PUBLISHED_LABEL.match(text)):
                    line = " ".join(text[: len(label[0]) + _LONGEST_LINE].split())
                    found = self._dates_in(line)
                    if (
                        found
                        and found[0][0] <= len(label[0].strip()) + _TO_DATE
                        and not self.parts.is_elsewhere(element, is_marked=True)
                    ):
                        days.add(found[0][2])
        return days if len(days) == 1 else set()

    def _dates_in(self, line: str) -> list[tuple[int, int, date]]:
        """Return the dates of a line; those with dots have the day first, and a year of two digits is a recent one."""
        day_first = self.day_first
        if day_first is None and _DOTTED.search(line):
            day_first = True
        if found := dates_in(line, day_first=day_first):
            return found
        short = _SHORT_YEAR.search(line)
        if short is not None and int(short[1]) <= _MONTHS < int(short[2]):
            day_first = False
        if short is None or day_first is None:
            return []
        day = parse_date(f"{short[1]}/{short[2]}/20{short[3]}", day_first=bool(day_first))
        return [(*short.span(), day)] if day else []

    def scripted_days(self) -> set[date]:
        """Return the day that scripts and JSON in meta elements give as that of publication; none if several."""
        texts = [script.text or "" for script in self.tree.iter("script")]
        texts += [meta.get("content") for meta in self.tree.iter("meta") if "{" in (meta.get("content") or "")]
        days = {day for text in texts for value in _IN_SCRIPT.findall(text) if (day := parse_date(value))}
        return days if len(days) == 1 and self.parts.is_article else set()

    def _scripts(self) -> Iterator[str]:
        for script in self.tree.iter("script"):
            if "ld+json" in (script.get("type") or "").lower():
                yield re.sub(
                    r"^\s*(?://)?\s*(?:<!\[CDATA\[|<!--)|(?://)?\s*(?:\]\]>|-->)\s*$|;\s*$", "", script.text or ""
                )

    def _is_named(self, node: dict[str, Any]) -> bool:
        headline = flat(str(node.get("headline") or node.get("name") or ""))
        return bool(headline) and any(headline in name or name in headline for name in self.parts.names)


def _lines(element: _Element) -> Iterator[str]:
    """Yield the lines that an element of a header shows: its own if it is small, and what follows it in its parent."""
    own = line_of(element) if sum(1 for _ in islice(element.iter(), _MOST_PARTS + 1)) <= _MOST_PARTS else ""
    if _TO_ANOTHER.match(element.tail or ""):
        return
    for text in (own or element.text or "", element.tail or ""):
        line = " ".join(text.split())
        if line and len(line) <= _LONGEST_LINE and not line.startswith(("–", "—", "-")):  # the rest of a range
            yield line


def _between(line: str, found: list[tuple[int, int, date]]) -> str:
    return line[found[0][1] : found[1][0]] if len(found) > 1 else ""


def _order_shown(tree: _Element) -> bool | None:
    """Say whether the numeric dates of a page have the day first, as one of them with a number above 12 shows."""
    pairs = _NUMERIC.findall(" ".join(tree.itertext()))
    is_day_first = any(int(first) > _MONTHS >= int(second) for first, second in pairs)
    is_month_first = any(int(second) > _MONTHS >= int(first) for first, second in pairs)
    return is_day_first if is_day_first != is_month_first else None
