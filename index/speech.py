"""What an article gives as said, and by whom."""

from __future__ import annotations

import re

from .schema import Article, Speech

_QUOTATION = re.compile('“[^“”\n]+”|"[^"\n]+"')


def find_speech(article: Article) -> list[Speech]:
    """The quotations of an article, whose speakers are left unknown."""
    return [Speech(m.start(), m.end(), m.group(), "", True) for m in _QUOTATION.finditer(article.text)]
