"""Days, times, versions and positions in words, and how the terminal shows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.schema import Article, ArticleHead, Chunk, Paragraph, Passage, Published, Speech, TimeExpression
from rag.schema import Answer, AnswerSpan, AskedTime, Citation, Position
from ui.render import answer_markdown
from ui.terminal import answer_lines, article_lines, passage_lines
from ui.wording import interval, meanings, superseded, version_day

DATED = Published(date(2022, 4, 4), "meta")
LAST_MONTH = TimeExpression(3, 13, "last month", date(2022, 3, 1), date(2022, 3, 31))
LATER = TimeExpression(20, 31, "a day later")
CITATION = Citation(
    1, "p7", "/a.txt", "Toll", "Post", "", "2022-04-04", 2, "body", "It rose.", "It rose.", 0, 8, (LAST_MONTH, LATER),
    "Ines Varga", ("Toll rises, Ledger", "More dead, Bell"), "2022-04-09", "Correction: it was\nfour.",
)  # fmt: skip
ANSWER = Answer(
    "How many?",
    "It changed: four [2], nine [1].",
    "answered",
    citations=(CITATION, replace(CITATION, marker=2, source="Ledger", published=None)),
    spans=(AnswerSpan("nine", 1, 0, 4),),
    positions=(Position("nine", (1,), 2, "2022-04-03", "2022-04-04"), Position("four", (2,), 1)),
    dispute="changed",
    time=AskedTime(
        "last week", "2022-03-28", "2022-04-03", False, "2022-04-05", "last week = 28 March to 3 April 2022"
    ),
)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2022-03-14", "2022-03-14", "14 March 2022"),
        ("2022-03-14", "2022-03-20", "14 to 20 March 2022"),
        ("2022-02-28", "2022-03-03", "28 February to 3 March 2022"),
        ("2021-12-31", "2022-01-02", "31 December 2021 to 2 January 2022"),
        ("2024-02-01", "2024-02-29", "February 2024"),
        ("2023-02-01", "2023-02-27", "1 to 27 February 2023"),
        ("2022-01-01", "2022-03-31", "January to March 2022"),
        ("2021-12-01", "2022-02-28", "December 2021 to February 2022"),
        ("2022-01-01", "2022-12-31", "2022"),
        ("2010-01-01", "2019-12-31", "2010 to 2019"),
        ("2022-03-01", None, "since 1 March 2022"),
        (None, "2022-03-01", "until 1 March 2022"),
        (None, None, ""),
        ("9999-12-01", "9999-12-31", "1 to 31 December 9999"),
    ],
)
def test_intervals_in_as_few_words_as_will_do(first: str | None, last: str | None, words: str) -> None:
    assert interval(*(date.fromisoformat(day) if day else None for day in (first, last))) == words


@given(
    st.dates(max_value=date(9000, 1, 1)), st.integers(0, 800), st.dates(max_value=date(9000, 1, 1)), st.integers(0, 800)
)
def test_different_intervals_are_told_apart(one: date, days: int, other: date, more: int) -> None:
    first, second = (one, one + timedelta(days)), (other, other + timedelta(more))
    assert (interval(*first) == interval(*second)) == (first == second)


def test_expressions_are_said_once_and_only_when_they_need_it() -> None:
    full = TimeExpression(0, 14, "March 31, 2022", date(2022, 3, 31), date(2022, 3, 31))
    times = [LAST_MONTH, replace(LAST_MONTH, start=40, end=50), full, LATER]
    assert meanings(times, dated=True) == ["“last month” = March 2022", "“a day later” is not resolved"]
    assert meanings([LATER], dated=False) == ["“a day later” is not resolved: the article has no date"]


def test_versions_are_dated_by_what_is_known() -> None:
    head = ArticleHead("/a.txt", published=DATED)
    assert version_day(head) == "2022-04-04"
    assert version_day(replace(head, updated=date(2022, 4, 6))) == "2022-04-06"
    assert superseded("2022-04-06") == "on 6 April 2022"
    assert superseded(None) == "by a later version"


def test_the_terminal_shows_positions_and_what_is_known_of_each_source() -> None:
    assert list(answer_lines(replace(ANSWER, citations=ANSWER.citations[:1]))) == [
        "Changed over time:",
        "  nine [1]  2 sources  3 to 4 April 2022",
        "  four [2]  1 source   date unknown",
        "",
        "It changed: four [2], nine [1].",
        "",
        "[1] Toll · Post · 2022-04-04",
        "    /a.txt · paragraph 2",
        "    “It rose.”",
        "    said by Ines Varga",
        "    “last month” = March 2022; “a day later” is not resolved",
        "    also carried by: Toll rises, Ledger; More dead, Bell",
        "    superseded on 9 April 2022",
        "    corrected: Correction: it was four.",
        "",
        "Time: last week = 28 March to 3 April 2022; --no-time to ignore it",
    ]


def test_a_plain_answer_has_none_of_it() -> None:
    bare = replace(CITATION, times=(), speaker="", copies=(), superseded=None, correction="")
    plain = replace(ANSWER, citations=(bare,), positions=(), dispute="", time=None)
    assert list(answer_lines(plain))[:3] == ["nine", "", ANSWER.text]
    assert list(answer_lines(plain))[-1] == "    “It rose.”"


def test_the_page_lists_positions_and_offers_to_leave_the_time_aside() -> None:
    markdown = answer_markdown(ANSWER, "0a")
    assert (
        "**Changed over time**\n\n- **nine** [\\[1\\]](#cite-p7-0-8) *2 sources: Post · 3 to 4 April 2022*\n"
        in markdown
    )
    assert "[Ask without it](#anytime-0a)" in markdown
    assert "ng-short" not in markdown  # several answers are no bare answer
    refusal = replace(ANSWER, outcome="not_in_sources", positions=())
    assert "[Ask without it](#anytime-0a)" in answer_markdown(refusal, "0a")
    assert "#anytime" not in answer_markdown(ANSWER)


def test_a_found_passage_tells_times_copies_and_its_later_version() -> None:
    head = ArticleHead("/a.txt", "Toll", DATED, "Post")
    copy, newer = replace(head, uri="/b.txt", source="Ledger"), replace(head, uri="/c.txt", updated=date(2022, 4, 9))
    passage = Passage(
        Chunk(7, "In last month.", 0, 14, 2, 2),
        head,
        (),
        0.5,
        1,
        times=(LAST_MONTH,),
        copies=(copy,),
        superseded_by=newer,
    )
    assert list(passage_lines(passage))[3:] == [
        "   “last month” = March 2022",
        "   also carried by: Toll · Ledger · 2022-04-04",
        "   superseded on 9 April 2022: /c.txt",
    ]
    form = passage.to_dict()
    assert form["times"] == [{"text": "last month", "start": 3, "end": 13, "first": "2022-03-01", "last": "2022-03-31"}]
    assert form["copies"] == [copy.to_dict()]
    assert form["superseded_by"] == newer.to_dict()
    assert newer.to_dict()["updated"] == "2022-04-09"


def test_an_article_is_shown_with_its_changes_times_and_speech() -> None:
    text = "In last month it rose, and a day later he wept."
    changed = {"updated": date(2022, 4, 5), "corrected": date(2022, 4, 6), "language": "en"}
    article = Article("/a.txt", "Toll", DATED, text=text, paragraphs=(Paragraph(0, text, "body", 0, 47),), **changed)
    said = (Speech(14, 21, "it rose", "Ines Varga", True), Speech(39, 46, "he wept", "", False))
    shown = list(article_lines(article, times=(LAST_MONTH, LATER), speech=said))
    assert shown[0] == "Toll · 2022-04-04 (meta)"
    assert "updated 2022-04-05" in " ".join(shown)
    assert "corrected 2022-04-06" in " ".join(shown)
    assert "language en" in " ".join(shown)
    assert shown[-4:] == [
        text,
        "    “last month” = March 2022; “a day later” is not resolved",
        "    Ines Varga says: it rose",
        "    somebody is reported to say: he wept",
    ]
