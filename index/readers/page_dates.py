"""The dates of a web page. Neither a modified date nor the day of reading may pass for that of publication.

Sources in the order in which they are believed: JSON-LD of the main article, meta tags, elements marked as the time of
publication, and what is visible between the headline and the first paragraph.
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

_Element = Any  # lxml has no types

_META_DATES = (
    "article:published_time", "og:published_time", "og:article:published_time", "article:published", "datepublished",
    "rnews:datepublished", "originalpublicationdate", "article_date_original", "cxenseparse:recs:publishtime",
    "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "dc.date.created", "dcterms.created", "dc.created",
    "pubdate", "og:pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "publicationdate",
    "published-date", "published_date", "published", "parsely-pub-date", "sailthru.date", "article.published", "ptime",
    "article.created", "bt:pubdate", "prism.publicationdate", "citation_publication_date", "citation_online_date",
    "shareaholic:article_published_time", "vr:published_time", "lw.pubdate", "displaydate", "datecreated", "date",
)  # fmt: skip
_META_UPDATED = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified",
    "article:updated_time", "lastmod", "revision_date",
)  # fmt: skip
_ARTICLE = re.compile(r"Article|Posting|Report|Review$")
# Keys of JSON-LD whose values are other works than the page's own.
_OTHERS = frozenset(
    "itemListElement hasPart relatedLink comment comments isPartOf review mentions citation video subjectOf about "
    "author publisher isBasedOn workExample blogPost".split()
)
_RAW_JSON = re.compile(r'"datePublished"\s*:\s*"([^"]+)"')
_UPDATED = re.compile(r"updat|modif|revis|edited|aktualis|mis à jour|actualiza|aggiorna", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"publi|posted|issued|filed|created|first\s+aired|veröffentlicht|erschienen|pubdate", re.IGNORECASE
)
_PUBLISHED_LABEL = re.compile(
    r"\s*[\[(]?(?:first\s+)?(?:published|posted|publié|veröffentlicht|publicado|pubblicato)\b", re.IGNORECASE
)
_TO_DATE = 25  # characters between such a label and its date, as for the time of day
# Parts of a page that show dates of something else than its article.
_ELSEWHERE_TAG = frozenset(("aside", "footer", "nav", "form", "script", "style", "noscript", "template"))
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:related|comments?|sidebar|widgets?|recirc\w*|recommend\w*|promos?|popular|trending|most-?(?:read|viewed)"
    r"|latest|more-(?:news|stories|from|on)|read-?(?:more|next|also)|teasers?|copyright|site-footer|newsletter|events?|calendar"
    r"|disqus|respond|replies|reply|navbar|menu|breadcrumbs?|ticker|masthead|today|current-?date|wm-ipp\w*|bio|ads?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LEAD = 100  # characters: the first paragraph this long ends the header of an article
_LONGEST_LINE = 160  # characters of a line that tells a date
_MOST_PARTS = 8  # elements in such a line
_MOST_WORDS = 9  # besides dates, times and labels in a line without a label
_NO_WORDS = re.compile(
    r"\d\S*|\b(?:[ap]\.?m|(?-i:[A-Z]{2,4})|by|on|at|min|read|published|posted|updated|last)\b\.?", re.IGNORECASE
)
_LINES = tuple("time span p div li small abbr b strong em i font td dd h2 h3 h4 h5 h6 address center a".split())
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
    """A parsed page, with what tells its own article from the others that it shows."""

    def __init__(self, tree: _Element) -> None:
        self.tree = tree
        language = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip()
        self.day_first = False if _MONTH_FIRST.match(language) else True if _DAY_FIRST.match(language) else None
        title = next((e.text_content() for e in tree.iter("title")), "")
        heads = [head for head in tree.iter("h1") if not self._is_elsewhere(head)]
        in_title = (head for head in heads if (text := _flat(head.text_content())) and text in _flat(title))
        self.headline = next(in_title, heads[0] if heads else None)
        self.names = {_flat(title), *((_flat(self.headline.text_content()),) if self.headline is not None else ())} - {
            ""
        }

    def metas(self) -> dict[str, str]:
        """Return the first content of each named meta element that stands for the page."""
        metas: dict[str, str] = {}
        for meta in self.tree.iter("meta"):
            name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
            if meta.get("content") and not (meta.get("itemprop") and self._is_elsewhere(meta)):
                metas.setdefault(name.lower(), meta.get("content"))
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
            yield articles[0] if not self.names else {}
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
                (element.get("itemprop") or "").lower() in ("datepublished", "datecreated")
                or element.get("pubdate") is not None
                or (element.get("property") or "").lower().endswith("datepublished")
                or (("published" in names or "dt-published" in names) and element.tag in ("time", "abbr"))
            )
            if is_marked and not self._is_elsewhere(element):
                yield element.get("datetime") or element.get("content") or element.get("title") or _line(element)
        for element in self._header("time"):
            around = element.getparent()
            label = " ".join(
                (*element.attrib.values(), element.text or "", around.text or "", around.get("class") or "")
            )
            if not _UPDATED.search(label):
                yield element.get("datetime") or ""

    def header_lines(self) -> Iterator[tuple[bool, date]]:
        """Yield the visible dates of the article's header: whether each is that of an update, and the day."""
        for element in self._header(*_LINES):
            if sum(1 for _ in islice(element.iter(), _MOST_PARTS + 1)) > _MOST_PARTS:
                continue
            if not (line := _line(element)) or len(line) > _LONGEST_LINE:
                continue
            found = dates_in(line, day_first=self.day_first)
            rest = _NO_WORDS.sub("", line)
            end = 0
            for start, stop, day in found:
                label, end = line[end:start], stop
                names = element.get("class") or ""
                is_labelled = _PUBLISHED.search(label) or _UPDATED.search(label)
                if is_labelled or (len(rest.split()) <= _MOST_WORDS and not line.endswith((".", "!", "?"))):
                    is_update = bool(_UPDATED.search(label) or (not is_labelled and _UPDATED.search(names)))
                    yield is_update and not _PUBLISHED.search(label), day

    def labelled_days(self) -> set[date]:
        """Return the day of a line "Published 29 September 2021" anywhere on the page; none if there are several."""
        days = set()
        for element in self.tree.iter(*_LINES):
            if len(element) <= 1 and (label := _PUBLISHED_LABEL.match(element.text_content())):
                line = _line(element)
                found = dates_in(line, day_first=self.day_first) if len(line) <= _LONGEST_LINE else []
                if found and found[0][0] <= len(label[0].strip()) + _TO_DATE and not self._is_elsewhere(element):
                    days.add(found[0][2])
        return days if len(days) == 1 else set()

    def _header(self, *tags: str) -> Iterator[_Element]:
        """Yield the elements between the headline and the first real paragraph, or from the article's top to it."""
        article = next(self.tree.iter("article", "main"), None)
        root = self.tree if self.headline is not None else article
        if root is None:
            return
        is_open = self.headline is None
        for element in root.iter(*tags, "p", "h1"):
            if element is self.headline or (article is not None and element.getparent() is article):
                is_open = True
            if not is_open:
                continue
            if element.tag == "p" and len(element.text_content()) >= _LEAD and not self._is_elsewhere(element):
                return
            if element.tag in tags and not self._is_elsewhere(element):
                yield element

    def _scripts(self) -> Iterator[str]:
        for script in self.tree.iter("script"):
            if "ld+json" in (script.get("type") or "").lower():
                yield re.sub(
                    r"^\s*(?://)?\s*(?:<!\[CDATA\[|<!--)|(?://)?\s*(?:\]\]>|-->)\s*$|;\s*$", "", script.text or ""
                )

    def _is_named(self, node: dict[str, Any]) -> bool:
        headline = _flat(str(node.get("headline") or node.get("name") or ""))
        return bool(headline) and any(headline in name or name in headline for name in self.names)

    def _is_elsewhere(self, element: _Element) -> bool:
        while element is not None and element.tag not in ("article", "main", "body", "html"):
            names = f"{element.get('class') or ''} {element.get('id') or ''}"
            if element.tag in _ELSEWHERE_TAG or _ELSEWHERE.search(names):
                return True
            element = element.getparent()
        return element is not None and element.tag == "article" and bool(_ELSEWHERE.search(element.get("class") or ""))


def _line(element: _Element) -> str:
    return " ".join(element.text_content().split())


def _flat(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
