"""Which parts of a web page are its own article: the headline, the lines around it, and what belongs to others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice, takewhile
from typing import Any

_Element = Any  # lxml has no types

# Parts of a page that show something else than its article.
_ELSEWHERE_TAG = frozenset(("aside", "footer", "nav", "form", "script", "style", "noscript", "template"))
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:related|comments?|sidebar|widgets?|recirc\w*|recommend\w*|promos?|popular|trending|most-?(?:read|viewed)"
    r"|latest|more-(?:news|stories|from|on)|read-?(?:more|next|also)|teasers?|copyright|site-footer|newsletter|events?|calendar"
    r"|disqus|respond|replies|reply|navbar|menu|breadcrumbs?|ticker|masthead|today|current-?date|wm-ipp\w*|bio|ads?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OUTERMOST = ("article", "main", "body", "html")
_THREAD = re.compile(r"comment|respond|repl(?:y|ies)|disqus", re.IGNORECASE)
_OWN_HEADER = re.compile(r"article|post|entry|story|content|detail|title|headline", re.IGNORECASE)
_OWN_ASIDE = re.compile(
    r"meta|byline|date|info|(?:article|post|entry|story|blog)-?(?:data|details?|header)", re.IGNORECASE
)
_LEAD = 100  # characters of a real paragraph: between the first two of an article stand only lines that say so
_LEADS = 2
_HEAD_LINE = re.compile(r"date|time|byline|meta|publi|posted", re.IGNORECASE)
_HEADINGS = ("h1", "h2", "h3", "h4")
_PLAIN = ("p", "div", "td", "span", "b", "strong", "font")  # what pages without headings use
_SHORTEST = 10  # characters of a headline that is known by the title of the page only
_ALIKE = 4  # words that a headline shares with the title
_SPECIFIC = 20  # characters of a headline that is about one article
_START = 400  # characters in which a label with its date, or a headline, stands
_NEAR = 5  # levels up from a headline, to the line above it
_ENTRY = 6  # levels up from a date, to the entry of a list that it belongs to
_BESIDE = 20  # neighbours that are compared on each side
_ENTRY_TAGS = ("li", "article", "tr", "dl")  # entries even without a class
_LINK = 3  # words in a link beside its date: it points to another article


class PageParts:
    """A parsed page; ``names`` are its title and headline in plain words, to recognise what is about it."""

    def __init__(self, tree: _Element) -> None:
        self.tree = tree
        self._lengths: dict[_Element, int] = {}
        entries = tree.xpath("//*[contains(concat(' ', normalize-space(@class), ' '), ' hentry ')]")  # microformat
        self._around_entry = set(entries[0].iterancestors()) if len(entries) == 1 else set()
        self.title: str = next((element.text_content() for element in tree.iter("title")), "")
        told = next((meta.get("content") for meta in tree.iter("meta") if meta.get("property") == "og:title"), None)
        self._titles = {flat(self.title), flat(told or "")} - {""}
        self.headline = self._find_headline()
        words = flat(line_of(self.headline))
        # The headline of an article is its title; that of a front page names the site.
        self.is_article = len(words) >= _SPECIFIC and (
            self._is_in_title(self.headline) or self._is_like_title(self.headline)
        )
        self.names = (self._titles | {words}) - {""}
        above = self.headline.iterancestors() if self.headline is not None else ()
        self._around_headline = {self.headline, *above}

    def header(self, *tags: str) -> Iterator[_Element]:
        """Yield the elements between the headline and the first real paragraph, or from the article's top to it."""
        yield from (element for element in self._walk(*tags) if element.tag in tags and not self._is_lead(element))

    def lead(self) -> _Element | None:
        """Return the first real paragraph after the headline."""
        return next((element for element in self._walk() if self._is_lead(element)), None)

    def above_headline(self) -> _Element | None:
        """Return what stands right above the headline, within a few levels of blocks."""
        block = self.headline
        for _ in range(_NEAR):
            parent = block.getparent() if block is not None else None
            if block is None or parent is None or parent.tag == "body" or block.tag in ("article", "main"):
                return None  # above these stands what the site shows on each page, such as the day
            before = block.getprevious()
            while before is not None and not line_of(before):
                before = before.getprevious()
            if before is not None:
                return None if self.is_elsewhere(before) else before
            block = parent
        return None

    def is_elsewhere(self, element: _Element, *, is_marked: bool = False) -> bool:
        """Say whether ``element`` belongs to something else; ``is_marked`` if it says itself that it dates the article.

        What links with its text to another page is elsewhere too.
        """
        return self._is_boxed(element, is_marked=is_marked) or any(
            block.tag in ("a", "header") and self._is_of_site(block) for block in _within_article(element)
        )

    def is_entry(self, element: _Element) -> bool:
        """Say whether ``element`` dates one entry of a list: blocks like its own stand beside it, with other dates."""
        kind = (element.tag, element.get("class"))
        line = line_of(element)
        block = element
        for _ in range(_ENTRY):
            if block is None or block in self._around_headline:
                return False
            classes = _classes(block)
            beside = (islice(block.itersiblings(block.tag, preceding=way), _BESIDE) for way in (False, True))
            for other in chain.from_iterable(beside):
                if classes & _classes(other) or (block.tag in _ENTRY_TAGS and not classes | _classes(other)):
                    dated = (one for one in other.iter(kind[0]) if one.get("class") == kind[1])
                    if any(line_of(one) != line and re.search(r"\d", line_of(one)) for one in dated):
                        return True
            block = block.getparent()
        return False

    def _walk(self, *tags: str) -> Iterator[_Element]:
        """Yield the elements of those tags from the headline on, to the first real paragraph, which is the last."""
        article = next(self.tree.iter("article", "main"), None)
        root = self.tree if self.headline is not None else article
        if root is None:
            return
        is_open = self.headline is None
        opening = () if self.headline is None else (self.headline.tag, "article")
        own = None if self.headline is None else next(self.headline.iterancestors("article"), None)
        leads = 0
        for element in root.iter(*tags, "p", *opening):
            if element in (self.headline, own) or (article is not None and element.getparent() is article):
                is_open = True
            if not is_open or self.is_elsewhere(element) or (leads and not self._is_of_head(element)):
                continue
            yield element
            leads += self._is_lead(element)
            if leads == (_LEADS if self.is_article else 1):
                return

    def _is_of_head(self, element: _Element) -> bool:
        """Say whether an element after the first paragraph, which may be a summary, still belongs to the header."""
        is_named = any(_HEAD_LINE.search(_names(one)) for one in (element, element.getparent()))
        stands_alone = element.tag == "time" and start_of(element).split() == start_of(element.getparent()).split()
        return is_named or stands_alone or self._is_lead(element)

    def _is_lead(self, element: _Element) -> bool:
        return element.tag == "p" and len(element.text_content()) >= _LEAD

    def _find_headline(self) -> _Element | None:
        heads = [head for head in self.tree.iter("h1") if line_of(head) and not self._is_boxed(head)]
        # The name of the site may be a heading too, and stand in the title; the headline is the longer one.
        named = [head for head in self.tree.iter(*_HEADINGS) if self._is_in_title(head) and not self._is_boxed(head)]
        named = [head for head in named if head.tag == "h1" or len(line_of(head)) >= _SHORTEST]
        if named:
            longest = max(len(line_of(head)) for head in named)
            return min((head for head in named if 2 * len(line_of(head)) > longest), key=lambda head: str(head.tag))
        alike = [head for head in self.tree.iter("h1", "h2") if self._is_like_title(head) and not self._is_boxed(head)]
        if heads or alike:
            return (alike or heads)[0]
        plain = (part for part in self.tree.iter(*_PLAIN) if _SHORTEST <= len(start_of(part)) < _START)
        return next(
            (part for part in plain if len(part) <= 1 and self._is_in_title(part) and not self._is_boxed(part)), None
        )

    def _is_in_title(self, element: _Element) -> bool:
        text = flat(line_of(element))
        return bool(text) and any(text in title for title in self._titles)

    def _is_like_title(self, element: _Element) -> bool:
        """Say whether a heading has most of its words in the title of the page, which may be a shorter one."""
        words = set(flat(line_of(element)).split())
        return any(len(words & set(title.split())) >= max(_ALIKE, 0.6 * len(words)) for title in self._titles)

    def _is_boxed(self, element: _Element, *, is_marked: bool = False) -> bool:
        """Say whether ``element`` stands in a part of the page that is not its article, whatever it links to."""
        for block in _within_article(element):
            names = _names(block)
            is_own_footer = (
                block.tag == "footer" and is_marked and next(block.iterancestors("article"), None) is not None
            )
            is_own = is_own_footer or (block.tag == "aside" and _OWN_ASIDE.search(names))
            is_named = _ELSEWHERE.search(names) or (block.tag in _ELSEWHERE_TAG and not is_own)
            if is_named and (_THREAD.search(names) or not self._is_most(block)):
                return True
        article = next((one for one in chain((element,), element.iterancestors()) if one.tag in _OUTERMOST), None)
        return article is not None and article.tag == "article" and bool(_ELSEWHERE.search(article.get("class") or ""))

    def _is_of_site(self, element: _Element) -> bool:
        """Say whether a link tells of another article, or a header is that of the site."""
        if element in self._around_headline:
            return False
        if element.tag == "header":
            return next(element.iterancestors("article", "main"), None) is None and not _OWN_HEADER.search(
                _names(element)
            )
        return len(re.findall(r"[^\W\d_]{3,}", line_of(element))) > _LINK + 1

    def _is_most(self, element: _Element) -> bool:
        return element in self._around_entry or 2 * self._length(element) > self._length(self.tree)

    def _length(self, element: _Element) -> int:
        if element not in self._lengths:
            texts = element.xpath(".//text()[not(ancestor::a or parent::script or parent::style or parent::noscript)]")
            self._lengths[element] = sum(len(text.strip()) for text in texts)
        return self._lengths[element]


def line_of(element: _Element | None) -> str:
    """Return the text of an element as one line."""
    return " ".join(element.text_content().split()) if element is not None else ""


def start_of(element: _Element) -> str:
    """Return the first few hundred characters of an element, which may hold the whole page."""
    text = ""
    for part in element.itertext():
        text += part
        if len(text) > _START:
            break
    return text[:_START]


def flat(text: str) -> str:
    """Return the words of ``text`` in small letters, without punctuation."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _within_article(element: _Element) -> Iterator[_Element]:
    """Yield the element and what it stands in, up to its article or the whole page, which is left out."""
    return takewhile(lambda block: block.tag not in _OUTERMOST, chain((element,), element.iterancestors()))


def _names(element: _Element) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def _classes(element: _Element) -> set[str]:
    return set((element.get("class") or "").split())
