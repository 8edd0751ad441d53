"""Quotes that stand in one passage: the sentences of an article, as the index will cut it."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from index.article import clean_text
from index.paragraphs import find_paragraphs
from index.readers.html import is_markup, lay_out_markup
from index.sentences import split_sentences

_WORD = re.compile(r"\S+")

# Characters. A sentence of a thousand or so is longer than a passage may be, and cut in two. Of one above the first
# figure only what stands around the answer is quoted.
_LONGEST = 500
_BEFORE, _AFTER = 100, 200


class Sentences:
    """The sentences of an article. The index never cuts one in two, unless it alone is longer than a passage may be."""

    def __init__(self, text: str) -> None:
        self._is_laid_out = is_markup(text)
        self.text = lay_out_markup(text)[0] if self._is_laid_out else clean_text(text)

    def at(self, offset: int) -> str:
        """The sentence that goes on at ``offset`` of the cleaned text; "" for HTML, whose text is laid out anew."""
        number = bisect_right(self._spans, offset, key=lambda span: span[1])
        if self._is_laid_out or number == len(self._spans):
            return ""
        return self._part(*self._spans[number], offset)

    def quote(self, words: str) -> str:
        """``words`` as a quote, "" when they do not stand in the article; white space does not matter.

        Of words that run over several sentences, the longest part inside one: a passage may end between them.
        """
        pattern = r"\s+".join(map(re.escape, clean_text(words).split()))
        if not pattern or not (found := re.search(pattern, self.text)):
            return ""
        first, last = found.span()
        within = [(max(start, first), min(end, last)) for start, end in self._spans if start < last and end > first]
        start, end = max(within, key=lambda span: span[1] - span[0])
        return self._part(start, end, start)

    def _part(self, start: int, end: int, offset: int) -> str:
        """A stretch of the text on one line; of a long one the words around ``offset``."""
        first, last = (offset - _BEFORE, offset + _AFTER) if end - start > _LONGEST else (start, end)
        words = _WORD.finditer(self.text, start, end)
        return " ".join(word[0] for word in words if word.end() > first and word.start() < last)

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        """Half-open offsets in ``text``, ascending; every character that is not white space is in one."""
        return [
            (paragraph.start + start, paragraph.start + end)
            for paragraph in find_paragraphs(self.text)
            for start, end in split_sentences(paragraph.text)
        ]
