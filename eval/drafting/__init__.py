"""Questions on an article, drafted for a person to confirm.

from eval.drafting import confirmed, draft_cases
for draft in draft_cases(article, limit=5):
    case = confirmed(draft, question="What a person made of it?")

Without a language model rules make them of sentences whose shape they are sure of (people.py, clauses.py, words.py);
a few good drafts are worth more than many poor ones, so many articles give fewer than asked for. With one, whatever it
writes is checked by code (written.py).
"""

from .drafts import article_end, confirmed, draft_cases, kind_of

__all__ = ["article_end", "confirmed", "draft_cases", "kind_of"]
