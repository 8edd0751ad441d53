"""What is noted about an article beside its text: when, who said what, and what finds its copies.

All of it follows from the article alone, so it can be made again at any time, without embedding anything.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from .copies import Hashes, signature
from .schema import Article, Speech, TimeExpression

ANNOTATOR = "3"
"""Changes when any of the rules does: articles noted by another one are noted again by the next ``nutgraf index``."""


@dataclass(frozen=True, slots=True)
class Annotations:
    """What ``annotate`` found; ``signature`` samples the hashed runs of words of the article's opening."""

    times: tuple[TimeExpression, ...]
    speech: tuple[Speech, ...]
    signature: Hashes

    def sha(self, language: str) -> bytes:
        """Checksum of the stored rows, and of the language that the article is in."""
        content = [
            language,
            [[t.start, t.end, t.first and t.first.isoformat(), t.last and t.last.isoformat()] for t in self.times],
            [[s.start, s.end, s.speaker, s.direct] for s in self.speech],
            self.signature.tolist(),
        ]
        return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).digest()


def annotate(article: Article) -> Annotations:
    """The annotations of an article. Its times count from its last update, as that is what was written last."""
    from .speech import find_speech  # searches read what was noted, and start sooner without the rules
    from .times import find_times

    times = {(t.start, t.end): t for t in find_times(article.text, article.updated or article.published.date)}
    speech = {(s.start, s.end): s for s in find_speech(article)}
    return Annotations(
        tuple(times[place] for place in sorted(times)),
        tuple(speech[place] for place in sorted(speech)),
        signature(article),
    )
