"""Do paragraphs say what a sentence claims? Checked by code, never by the model that wrote the sentence.

What must stand in the cited paragraphs: every quotation (quotations), number (numbers), date (dates) and name (names),
most of the words (words); and nothing may be turned around: who said it (speech), who did it to whom (order), whether
it is so at all (opposites). What passes all that is read back, where the reader's weights are there: does it find
another name or number in that place (asking)? The longer a model takes, the more of that is done. A sentence that its
paragraphs do not support gets those that do, where there are any (checker).
"""

from __future__ import annotations

from .asking import Allowance
from .checker import Checker, supported
from .premises import Library
from .schema import Source, Verdict
from .sources import best_stretch

__all__ = ["Allowance", "Checker", "Library", "Source", "Verdict", "best_stretch", "supported"]
