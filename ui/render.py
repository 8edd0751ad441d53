"""Answers as Markdown for the chat page. Whatever came from an article or a person is text there, never markup.

A citation is the link ``[\\[1\\]](#cite-p12-340-420)``. Its id says where the quote stands (passage, start, end in the
article's text), so the page can show it long after the answer was made, without having kept anything.
"""

from __future__ import annotations

import re

from index.schema import ArticleHead, Passage
from rag.schema import Answer, Citation, Claim, Position, Support

from .wording import DISPUTES, UNDERSTOOD, long_date, position_facts, position_names

NEAREST_PASSAGES = 3
SNIPPET_CHARS = 220
DOUBTS: dict[Support, str] = {"verified": "", "partly": " *(partly supported)*", "unverified": " *(not verified)*"}

_ID = re.compile(r"(p[0-9]{1,17})-([0-9]{1,12})-([0-9]{1,12})", re.ASCII)
# Control characters, and those that turn the direction of the text around them.
INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PUNCTUATION = {ord(sign): f"&#{ord(sign)};" for sign in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}


def escape(text: str) -> str:
    """``text`` so that Markdown and HTML show it as it is, on one line.

    Every ASCII punctuation mark becomes a character reference: CommonMark gives those no structural meaning, so no
    emphasis, link, image, list, code, formula, autolink or tag can come of them.
    """
    return " ".join(INVISIBLE.sub("", text).split()).translate(_PUNCTUATION)


def citation_id(passage_id: str, start: int, end: int) -> str:
    """The id of a quote, e.g. "p12-340-420": passage, and half-open offsets into the text of its article."""
    return f"{passage_id}-{start}-{end}"


def parse_citation_id(text: str) -> tuple[str, int, int] | None:
    """Passage id, start and end of a well-formed id with start < end; else None. Ids come back from the browser."""
    match = _ID.fullmatch(text)
    if match is None:
        return None
    start, end = int(match[2]), int(match[3])
    return (match[1], start, end) if start < end else None


def name_of(article: ArticleHead) -> str:
    """What to call an article: its title, or the last part of its uri (a file name) when it has none."""
    return " ".join(article.title.split()) or article.uri.rstrip("/").rpartition("/")[2]


def certainty_of(answer: Answer) -> str:
    """The confidence in a word and in per cent: "high, 93 %". High from 0.8, fair from 0.5; never 0 % or 100 %."""
    word = "high" if answer.confidence >= 0.8 else "fair" if answer.confidence >= 0.5 else "low"
    return f"{word}, {min(max(round(answer.confidence * 100), 1), 99)}\N{NO-BREAK SPACE}%"


def growing_markdown(answer: Answer) -> str:
    """An answer of which more is to come: its claims so far."""
    return "\n\n".join((*_understood(answer, ""), _claims(answer)))


def answer_markdown(answer: Answer, id: str = "") -> str:
    """A whole answer, a refusal or a failure, each in a block of its own class (styled by assets/page.css).

    With an ``id`` an answer or a refusal ends with thumbs, the links "#up-<id>" and "#down-<id>", the time that was
    understood can be undone with the link "#anytime-<id>", and a follow-up question that was understood in other words
    can be corrected with "#edit-<id>".
    """
    if answer.outcome == "failed":
        body = problem_markdown(answer.why or answer.text)
    elif answer.outcome == "not_in_sources":
        body = _refusal(answer, id)
    else:
        certainty = f"Confidence {certainty_of(answer)}"
        body = "\n\n".join(
            (
                *_understood(answer, id),
                *_bare(answer),
                _claims(answer),
                *_time(answer, id),
                _footer(certainty, answer, id),
            )
        )
    notes = "".join(f"\n\n{_block('ng-note', escape(note))}" for note in answer.notes)
    return body + notes


def _understood(answer: Answer, id: str) -> list[str]:
    """What a follow-up question was understood as, and a link to correct it."""
    if not answer.standalone:
        return []
    edit = f" [Edit](#edit-{id})" if id else ""
    return [_block("ng-understood", f"{UNDERSTOOD} *{escape(answer.standalone)}*{edit}")]


def problem_markdown(message: str) -> str:
    """One calm line that says what went wrong."""
    return _block("ng-problem", escape(message))


def _bare(answer: Answer) -> list[str]:
    """The bare answer; what each source says where they differ, for then there is no one answer."""
    if answer.positions:
        listed = "\n".join(f"- {_position(position, answer)}" for position in answer.positions)
        return [_block("ng-positions", f"**{DISPUTES[answer.dispute]}**", listed)]
    return [_block("ng-short", escape(answer.short))] if answer.short else []


def _position(position: Position, answer: Answer) -> str:
    cited = "".join(_cited(citation) for citation in answer.citations if citation.marker in position.markers)
    sources, days = position_facts(position)
    names = position_names(position, answer)
    facts = " · ".join((f"{sources}: {escape(names)}" if names else sources, days))
    return f"**{escape(position.text)}** {cited} *{facts}*"


def _time(answer: Answer, id: str) -> list[str]:
    """How the time in the question was understood, and a link that asks again without it."""
    if answer.time is None:
        return []
    undo = f" [Ask without it](#anytime-{id})" if id else ""
    return [_block("ng-time", escape(answer.time.said) + undo)]


def _claims(answer: Answer) -> str:
    if not answer.claims:
        return escape(answer.text)
    # The extractive reader quotes places that need not follow one another; a language model writes running text.
    return ("\n\n" if answer.answerer == "extractive" else " ").join(_claim(claim) for claim in answer.claims)


def _claim(claim: Claim) -> str:
    markers = "".join(_cited(citation) for citation in claim.citations)
    return f"{escape(claim.text)} {markers}".rstrip() + DOUBTS[claim.support]


def _cited(citation: Citation) -> str:
    """The marker of a citation."""
    return f"[\\[{citation.marker}\\]](#cite-{citation_id(citation.passage_id, citation.start, citation.end)})"


def _refusal(answer: Answer, id: str) -> str:
    parts = [f"**Not in these sources.** {escape(answer.why)}".rstrip()]
    nearest = answer.passages[:NEAREST_PASSAGES]
    if nearest:
        parts.append("Nearest, but not an answer:")
        parts.append("\n".join(_nearest(passage) for passage in nearest))
    footer = _footer(f"Confidence in an answer from these: {certainty_of(answer)}", answer, id)
    return "\n\n".join((*_understood(answer, id), _block("ng-refusal", *parts), *_time(answer, id), footer))


def _nearest(passage: Passage) -> str:
    """A list item: title (linked to the passage), date, and how the passage begins."""
    link = f"[{escape(name_of(passage.article))}](#cite-{citation_id(passage.id, passage.start, passage.end)})"
    return f"- {link}, {long_date(passage.article.published.iso)}: “{escape(snippet_of(passage))}”"


def snippet_of(passage: Passage) -> str:
    """How a passage begins, on one line."""
    text = " ".join(passage.text.split())
    return text if len(text) <= SNIPPET_CHARS else text[:SNIPPET_CHARS].rsplit(" ", 1)[0] + " …"


def _footer(certainty: str, answer: Answer, id: str) -> str:
    facts = [certainty]
    if answer.citations:
        facts.append("1 source" if len(answer.citations) == 1 else f"{len(answer.citations)} sources")
    if "total" in answer.timings:
        facts.append(_duration(answer.timings["total"]))
    if answer.answerer != "extractive":
        facts.append(escape(answer.answerer))
    facts.append("[Copy](#copy)")
    if id:
        facts.append(f"[Good answer](#up-{id}) [Bad answer](#down-{id})")
    return _block("ng-footer", " · ".join(facts))


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _block(css_class: str, *parts: str) -> str:
    """Markdown in a div: blank lines end the HTML, so that what is inside is read as Markdown."""
    inner = "\n\n".join(parts)
    return f'<div class="{css_class}">\n\n{inner}\n\n</div>'
