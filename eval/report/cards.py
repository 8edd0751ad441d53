"""The cases of a run as HTML: what was asked, expected, given, cited and retrieved, failures first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..judge import CaseResult
from ..results import EvalResult
from ..schema import Cited, Found
from .catalogue import names
from .markup import details, marked, safe
from .text import SHOWN_CHARS, clean, duration, excerpt, figure, highlighted, plural, shorten
from .verdicts import KINDS, MARKS, expected, given, kind, kind_anchor, marks, places, wanted

PASSED_SHOWN = 300
"""So many passed cases are shown; the JSON report has all."""

WHOLE_PASSAGES = 200
"""The passages of so many failed cases can be opened in full: a page of thousands stays light."""

PASSAGES_SHOWN = 10
"""So many passages of a case are shown, and those after them that hold something needed."""

LONGEST = 6_000
"""Characters at which even a whole passage or answer ends."""

LONGEST_NAME = 80
"""Characters of the name of an article that are shown, the last ones."""

OTHER_CHARS = 200
"""So much of what another run gave is shown."""

Others = Sequence[tuple[str, Mapping[str, CaseResult]]]


def anchors(result: EvalResult) -> dict[str, str]:
    """The place on the page of each case (by id); passed ones that are not shown have none."""
    passed, found = 0, {}
    for number, row in enumerate(result.rows, 1):
        passed += row.passed is not False
        if row.passed is False or passed <= PASSED_SHOWN:
            found[row.id] = f"case-{number}"
    return found


def failed_cases(result: EvalResult, others: Sequence[EvalResult]) -> str:
    """Every failed case, by what went wrong with it."""
    ids, beside = anchors(result), _beside(result, others)
    light = {row.id for row in result.failures[WHOLE_PASSAGES:]}
    parts = []
    for name in KINDS:
        rows = [row for row in result.failures if kind(row) == name]
        cards = "".join(
            f'<article class="case" id="{ids[row.id]}" {_data(row)}><h4>{safe(row.question)}</h4>{_facts(row)}'
            f"{_body(row, beside, whole=row.id not in light)}</article>"
            for row in rows
        )
        if rows:
            head = f'<h3>{safe(name)} <span class="count">{len(rows)}</span></h3>'
            parts.append(f'<section class="kind" id="{kind_anchor(name)}">{head}{cards}</section>')
    return "".join(parts)


def passed_cases(result: EvalResult, others: Sequence[EvalResult]) -> str:
    """The cases that did not fail, closed, PASSED_SHOWN at most."""
    ids, beside = anchors(result), _beside(result, others)
    rows = [row for row in result.rows if row.passed is not False]
    parts = [
        # The place is within what is closed: browsers open it for those who follow a link there.
        f'<details class="case" {_data(row)}><summary>{safe(row.question)}</summary>'
        f'<div class="place" id="{ids[row.id]}">{_facts(row)}{_body(row, beside, whole=False)}</div></details>'
        for row in rows[:PASSED_SHOWN]
    ]
    if len(rows) > PASSED_SHOWN:
        parts.append(
            f'<p class="note">{plural(len(rows) - PASSED_SHOWN, "more case")} not shown; the JSON report has all.</p>'
        )
    return "".join(parts)


def _beside(result: EvalResult, others: Sequence[EvalResult]) -> Others:
    """The rows of the other runs by id, under the names that these have beside the first."""
    _, *told = names([result, *others])
    return [(name, {row.id: row for row in other.rows}) for name, other in zip(told, others, strict=True)]


def _data(row: CaseResult) -> str:
    """What the filter goes by."""
    tags = "&#10;".join(map(safe, row.tags))
    return f'data-type="{safe(row.type)}" data-tags="{tags}"'


def _facts(row: CaseResult) -> str:
    """Id, type, tags, time, confidence and tokens, in a line."""
    response = row.response
    facts = [safe(row.id), safe(row.type), *map(safe, row.tags), duration(row.latency_ms)]
    if response.confidence is not None:
        facts.append(f"confidence {response.confidence:.2f}")
    if response.tokens_in is not None or response.tokens_out is not None:
        facts.append(plural((response.tokens_in or 0) + (response.tokens_out or 0), "token"))
    return f'<p class="facts">{" · ".join(facts)}</p>'


def _body(row: CaseResult, others: Others, *, whole: bool) -> str:
    """Everything about a case but its question."""
    answer = _long(given(row), row)
    pairs = [("Expected", safe(expected(row))), ("Given", answer)]
    if row.outcome == "not_in_sources" and row.response.why and row.response.text:
        pairs.append(("In words", safe(shorten(row.response.text, LONGEST))))
    if row.rankings:
        pairs.append(("Retrieved", ", ".join(places(row))))
    pairs += [(safe(name), _other(rows[row.id])) for name, rows in others if row.id in rows]
    history = row.history
    turns = "".join(f"<li><b>{safe(asked)}</b> {safe(shorten(said, SHOWN_CHARS))}</li>" for asked, said in history)
    before = f'<div class="history"><p>Said before</p><ol>{turns}</ol></div>' if turns else ""
    listed = "".join(f"<div><dt>{name}</dt><dd>{told}</dd></div>" for name, told in pairs)
    return f"{before}<dl>{listed}</dl>{_citations(row, whole)}{_passages(row, whole)}"


def _other(row: CaseResult) -> str:
    verdict = kind(row)
    css = {"passed": "good", "not judged": "quiet"}.get(verdict, "bad")
    return f'<span class="{css}">{safe(verdict)}</span> {safe(shorten(given(row), OTHER_CHARS))}'


def _long(text: str, row: CaseResult) -> str:
    """An answer with the expected words marked; what is beyond LONGEST is left out."""
    shown = shorten(text, LONGEST)
    return marked(highlighted(shown, [words for group in row.expected for words in group]))


def _citations(row: CaseResult, whole: bool) -> str:
    cited = row.response.citations
    if not cited:
        return ""
    held = [marks(row, place) for place in cited]
    items = "".join(f"<li>{_place(row, place, signs, whole)}</li>" for place, signs in zip(cited, held, strict=True))
    return details(f"{plural(len(cited), 'citation')}{_hits(held, row)}", f"<ol>{items}</ol>")


def _passages(row: CaseResult, whole: bool) -> str:
    """The passages, best first; those beyond PASSAGES_SHOWN only when they hold something needed."""
    found = row.response.passages
    if not found:
        return ""
    held = [marks(row, passage) for passage in found]
    items = [
        f'<li value="{number}">{_place(row, passage, signs, whole)}</li>'
        for number, (passage, signs) in enumerate(zip(found, held, strict=True), 1)
        if number <= PASSAGES_SHOWN or signs
    ]
    left = len(found) - len(items)
    more = f'<p class="note">{plural(left, "more passage")} without anything needed.</p>' if left else ""
    return details(f"{plural(len(found), 'passage')}{_hits(held, row)}", f"<ol>{''.join(items)}</ol>{more}")


def _hits(held: Sequence[Sequence[str]], row: CaseResult) -> str:
    """How many hold what, where something is needed."""
    counts = Counter(sign for signs in held for sign in signs)
    if counts:
        told = ", ".join(f"{counts[sign]} × {sign}" for sign in MARKS if counts[sign])
        return f': <span class="good">{told}</span>'
    return ': <span class="bad">none with anything needed</span>' if row.evidence or row.expected else ""


def _place(row: CaseResult, place: Found | Cited, held: Sequence[str], whole: bool) -> str:
    """A passage or citation: whose it is, what it holds, and its words around those that matter."""
    signs = "".join(f' <span class="mark">{mark}</span>' for mark in held)
    quote = place.quote if isinstance(place, Cited) else ""
    facts = [f'<span class="article">{_article(place.article)}</span>']
    if isinstance(place, Found) and place.score is not None:
        facts.append(f"score {figure(place.score)}")
    if isinstance(place, Cited) and place.verbatim is not None:
        facts.append("quoted word for word" if place.verbatim else '<span class="bad">not quoted word for word</span>')
    text = clean(place.text)
    parts = highlighted(text[:LONGEST], [quote] if quote else wanted(row))
    shown = excerpt(parts)
    rest = details("whole text", f'<p class="words">{marked(parts)}</p>') if whole and shown != parts else ""
    return f'<p class="facts">{" · ".join(facts)}{signs}</p><p class="words">{marked(shown)}</p>{rest}'


def _article(name: str) -> str:
    """The end of a long name: that of a file, or of an address."""
    name = clean(name)
    return safe(name if len(name) <= LONGEST_NAME else f"…{name[-LONGEST_NAME:]}") or "(article not told)"
