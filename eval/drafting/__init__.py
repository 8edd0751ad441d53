"""Questions on an article, drafted for a person to confirm.

from eval.drafting import confirmed, draft_cases
for draft in draft_cases(article, limit=5):
    case = confirmed(draft, question="What a person made of it?")

Without a language model rules make them of sentences whose shape they are sure of (people.py, clauses.py, words.py).
Where these leave room, the question word is put in the place of the answer (gaps.py), to be reworded. What a model
writes is checked by code (written.py).
"""

from .drafts import article_end, confirmed, draft_cases, kind_of

__all__ = ["article_end", "confirmed", "draft_cases", "kind_of"]
