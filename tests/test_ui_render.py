"""Answers as Markdown: what comes from articles and people is text, markers lead to their quotes."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index.schema import ArticleHead, Chunk, Passage, Published
from rag.schema import Answer, AnswerSpan, Citation, Claim
from ui.render import (
    answer_markdown,
    citation_id,
    escape,
    growing_markdown,
    long_date,
    name_of,
    parse_citation_id,
    problem_markdown,
)
from ui.terminal import answer_lines

HOSTILE = "<img src=x onerror=alert(1)> **b** [x](javascript:alert(1)) ![i](http://evil.example/i.png) `c` $$x$$ ${y}"
HEAD = ArticleHead("/news/a.txt", HOSTILE, Published(date(2021, 9, 29), "header"), HOSTILE)
PASSAGE = Passage(Chunk(7, HOSTILE * 5, 0, 5 * len(HOSTILE), 0, 0), HEAD, (), 0.5, 1)


def citation(marker: int, start: int) -> Citation:
    text = "Talks began. They went on."
    return Citation(
        marker, "p7", HEAD.uri, HOSTILE, HOSTILE, "", "2021-09-29", 0, "body", text, text[:12], start, start + 12
    )


ONE, TWO = citation(1, 0), citation(2, 40)
ANSWERED = Answer(
    question="What began?",
    text="Talks began. [1] They went on. [1][2]",
    outcome="answered",
    claims=(Claim("Talks began.", (ONE,), "verified"), Claim("They went on.", (ONE, TWO), "verified")),
    citations=(ONE, TWO),
    passages=(PASSAGE,),
    confidence=0.934,
    timings={"total": 41.7},
)
REFUSED = Answer("Why?", "Not in these sources.", "not_in_sources", (), (), (PASSAGE,), 0.12, f"Because {HOSTILE}")


@given(st.text())
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    plain = " ".join(re.sub("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text).split())
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(escape(text))
    assert rendered == (f"<p>{html.escape(plain).replace('&#x27;', chr(39))}</p>\n" if plain else "")


@given(st.text(alphabet="<>[]()!*_`~#&;:/\\$\"'=-+.|ahrefsc0 \n\t", max_size=60))
def test_escaped_text_holds_nothing_that_could_be_markup(text: str) -> None:
    assert re.fullmatch(r"(?:[\w ]|&#\d+;)*", escape(text))


@given(st.integers(0, 10**12), st.integers(0, 10**9), st.integers(1, 10**6))
def test_ids_come_back_as_they_went(chunk: int, start: int, length: int) -> None:
    assert parse_citation_id(citation_id(f"p{chunk}", start, start + length)) == (f"p{chunk}", start, start + length)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p1",
        "p1-2",
        "p1-5-5",
        "p1-9-2",
        "p1--1-4",
        "q1-0-4",
        "p1-0-4 ",
        "p1-0-4\n",
        "p1-0-0x4",
        "p٣-0-4",
        "p1-0-" + "9" * 13,
    ],
)
def test_ids_that_are_none(text: str) -> None:
    assert parse_citation_id(text) is None


def test_markers_lead_to_their_quotes() -> None:
    markdown = answer_markdown(ANSWERED)
    one, two = "[\\[1\\]](#cite-p7-0-12)", "[\\[2\\]](#cite-p7-40-52)"
    assert markdown.startswith(f"Talks began&#46; {one}\n\nThey went on&#46; {one}{two}\n\n")
    assert MarkdownIt().render(markdown).count('<a href="#cite-p7-0-12">[1]</a>') == 2
    assert "Confidence high, 93 % · 2 sources · 42 ms · [Copy](#copy)" in markdown


def test_the_bare_answer_stands_above_its_sentences_as_text() -> None:
    spans = (AnswerSpan("*Noh*", 1, 0, 5), AnswerSpan("Kim", 1, 9, 12))
    markdown = answer_markdown(replace(ANSWERED, spans=spans))
    assert markdown.startswith('<div class="ng-short">\n\n&#42;Noh&#42;&#59; Kim\n\n</div>\n\nTalks began')
    assert "ng-short" not in answer_markdown(ANSWERED)


def test_the_terminal_shows_the_bare_answer_first_and_what_came_nearest_to_none() -> None:
    answered = list(answer_lines(replace(ANSWERED, spans=(AnswerSpan("Noh", 1, 0, 3),))))
    assert answered[:3] == ["Noh", "", ANSWERED.text]
    refused = list(answer_lines(REFUSED))
    assert refused[0] == REFUSED.text
    assert refused[1:3] == ["", "Nearest, but not an answer:"]
    assert PASSAGE.uri in refused[3]
    assert "Nearest" not in " ".join(answer_lines(replace(REFUSED, passages=())))


def test_a_growing_answer_has_no_footer() -> None:
    partial = growing_markdown(replace(ANSWERED, claims=ANSWERED.claims[:1]))
    assert partial == "Talks began&#46; [\\[1\\]](#cite-p7-0-12)"


def test_sentences_of_a_language_model_run_on_and_show_their_doubts() -> None:
    claims = (
        ANSWERED.claims[0],
        replace(ANSWERED.claims[1], support="partly"),
        Claim("All was well.", (), "unverified"),
    )
    markdown = answer_markdown(replace(ANSWERED, claims=claims, answerer="openai:some_model"))
    first = markdown.partition("\n\n")[0]
    assert first.endswith("[\\[2\\]](#cite-p7-40-52) *(partly supported)* All was well&#46; *(not verified)*")
    assert "openai&#58;some&#95;model" in markdown


def test_a_refusal_looks_different_and_offers_the_nearest_passages() -> None:
    markdown = answer_markdown(REFUSED)
    assert markdown.startswith('<div class="ng-refusal">\n\n**Not in these sources.** Because')
    assert f"](#cite-p7-0-{len(PASSAGE.text)}), 29 September 2021: “" in markdown
    assert "Confidence in an answer from these: low, 12 %" in markdown
    assert "Nearest" not in answer_markdown(replace(REFUSED, passages=()))


@pytest.mark.parametrize(
    "markdown",
    [
        answer_markdown(REFUSED),
        answer_markdown(replace(REFUSED, outcome="failed")),
        answer_markdown(
            replace(ANSWERED, claims=(Claim(HOSTILE, (ONE,), "verified"),), notes=(HOSTILE,), answerer=HOSTILE)
        ),
        answer_markdown(replace(ANSWERED, claims=(), text=HOSTILE)),
        problem_markdown(HOSTILE),
    ],
)
def test_only_our_own_markup_comes_out(markdown: str) -> None:
    rendered = MarkdownIt("commonmark", {"html": True}).render(markdown)
    assert "onerror=alert(1)" in html.unescape(rendered)  # shown, not lost
    tags = set(re.findall(r"<[^>]*>", rendered))
    ours = r'</?(?:p|ul|li|strong|em|div)>|<div class="ng-[a-z]+">|<a href="#(?:cite-p7-\d+-\d+|copy)">|</a>'
    assert not [tag for tag in tags if not re.fullmatch(ours, tag)]


@pytest.mark.parametrize(
    ("confidence", "words"), [(1.0, "high, 99 %"), (0.8, "high, 80 %"), (0.5, "fair, 50 %"), (0.0, "low, 1 %")]
)
def test_confidence_in_words_and_per_cent(confidence: float, words: str) -> None:
    assert f"Confidence {words}" in answer_markdown(replace(ANSWERED, confidence=confidence))


def test_dates_and_names() -> None:
    assert long_date("2021-09-09") == "9 September 2021"
    assert long_date(None) == "date unknown"
    assert name_of(ArticleHead("/news/a.txt", "")) == "a.txt"
    assert name_of(ArticleHead("/news/a.txt", " Two \n words ")) == "Two words"


@pytest.mark.parametrize("answer", [ANSWERED, REFUSED])
def test_what_a_follow_up_was_understood_as_stands_first_and_is_text(answer: Answer) -> None:
    asked = replace(answer, standalone=f"Who {HOSTILE}?")
    shown = answer_markdown(asked, "1f")
    assert shown.startswith('<div class="ng-understood">')
    assert f"Understood as: *{escape(asked.standalone)}* [Edit](#edit-1f)" in shown
    assert "understood" not in answer_markdown(answer, "1f")
    assert "Understood as:" in growing_markdown(asked)
    assert "#edit-" not in growing_markdown(asked)
