"""The time that a question asks about, and what fits it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from index.nearness import Asked, boosted
from index.schema import ArticleHead, Chunk, Paragraph, Passage, Published, TimeExpression
from rag.citing import Draft, DraftClaim, Evidence, cite
from rag.evidence import Sentence
from rag.reading import Hit
from rag.when import (
    asked_time,
    days_asked,
    event_time,
    fits_of,
    meaning,
    newest_note,
    of_time,
    time_logit,
    told,
    without_time,
)

AS_OF = date(2022, 3, 23)  # a Wednesday


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What did the bank decide last week?", "2022-03-14", "2022-03-20"),
        ("Who resigned yesterday?", "2022-03-22", "2022-03-22"),
        ("Who was minister in September 2021?", "2021-09-01", "2021-09-30"),
        ("What has been built since 2019?", "2019-01-01", "2022-03-23"),
        ("Who led the party before March 2020?", None, "2020-02-29"),
        ("What happened after 5 May 2021?", "2021-05-06", None),
        ("How many had died by 3 June 2021?", "2021-06-03", "2021-06-03"),
    ],
)
def test_times_of_questions(question: str, first: str | None, last: str | None) -> None:
    asked = asked_time(question, AS_OF)
    assert asked is not None
    assert (asked.first, asked.last, asked.latest) == (first, last, False)


@pytest.mark.parametrize(
    "question", ["Who is mayor now?", "What is the latest figure?", "How many died in the end?", "Who currently leads?"]
)
def test_the_newest_is_asked_for(question: str) -> None:
    asked = asked_time(question, AS_OF)
    assert asked is not None
    assert (asked.first, asked.last, asked.latest) == (None, None, True)
    assert asked.said.endswith("the newest up to 23 March 2022")


@pytest.mark.parametrize(
    "question",
    ["Who won the 2020 election?", "What is the Monday club?", "Who is Sung Kim?", "What did Mrs May say?"],
)
def test_a_time_that_names_a_thing_asks_for_no_time(question: str) -> None:
    assert asked_time(question, AS_OF) is None


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("What did the bank decide last week?", "What did the bank decide?"),
        ("What was decided last month about bills?", "What was decided about bills?"),
        ("Who was minister in September 2021?", "Who was minister?"),
        ("Who leads in this week's poll?", "Who leads in the poll?"),
        ("What is the latest figure?", "What is the latest figure?"),
        ("from 2020 to 2023", "from 2020 to 2023"),
        ("Last week?", "Last week?"),
    ],
)
def test_the_words_of_the_time_are_left_out_of_what_is_searched(question: str, rest: str) -> None:
    assert without_time(question, asked_time(question, AS_OF)) == rest


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2022, 10, 21), date(2022, 10, 21), "21 October 2022"),
        (date(2022, 10, 17), date(2022, 10, 23), "17 to 23 October 2022"),
        (date(2022, 2, 28), date(2022, 3, 6), "28 February to 6 March 2022"),
        (date(2022, 3, 1), date(2022, 3, 31), "March 2022"),
        (date(2021, 12, 1), date(2022, 2, 28), "December 2021 to February 2022"),
        (date(2022, 1, 1), date(2022, 12, 31), "2022"),
        (date(1990, 1, 1), date(1999, 12, 31), "1990 to 1999"),
        (date(2022, 3, 1), None, "from 1 March 2022 on"),
        (None, date(2022, 3, 1), "up to 1 March 2022"),
    ],
)
def test_days_are_told_as_a_person_says_them(first: date | None, last: date | None, said: str) -> None:
    assert told(first, last) == said


def test_closeness_falls_with_the_distance_and_undated_lies_between() -> None:
    asked = Asked(date(2022, 3, 14), date(2022, 3, 20), latest=False, as_of=AS_OF)
    near = [asked.closeness(date(2022, 3, day)) for day in (16, 22, 30)]
    assert near[0] == 1 > near[1] > near[2] > asked.closeness(date(2021, 3, 16))
    assert near[0] > asked.closeness(None) > asked.closeness(date(2021, 3, 16))


def test_an_expression_tells_the_time_unless_it_is_far_longer() -> None:
    asked = Asked(date(2022, 3, 14), date(2022, 3, 20), latest=False, as_of=AS_OF)
    month = TimeExpression(0, 5, "March", date(2022, 3, 1), date(2022, 3, 31))
    decade = TimeExpression(0, 9, "the 2020s", date(2020, 1, 1), date(2029, 12, 31))
    assert asked.told_by([month])
    assert not asked.told_by([decade])
    assert not asked.told_by([])


def test_a_month_tells_one_of_its_days_only_roughly() -> None:
    asked = Asked(date(2022, 3, 14), date(2022, 3, 14), latest=False, as_of=AS_OF)
    week = TimeExpression(0, 9, "last week", date(2022, 3, 14), date(2022, 3, 20))
    month = TimeExpression(0, 5, "March", date(2022, 3, 1), date(2022, 3, 31))
    assert 0 < asked.told_by([month]) < asked.told_by([week]) == asked.told_by([month, week]) == 1


def test_of_what_fits_the_time_only_what_fits_it_best_is_compared() -> None:
    asked = Asked(date(2022, 3, 14), date(2022, 3, 14), latest=False, as_of=AS_OF)
    texts = ["Nine died on 14 March.", "Last month 11 people died.", "Four died in 1990."]
    days = [date(2022, 3, 14), date(2022, 4, 6), date(2022, 4, 6)]
    pairs = enumerate(zip(texts, days, strict=True))
    hits = [Hit(passage(n, text, day), 0, 4, text[:4], 1.0) for n, (text, day) in pairs]
    assert of_time(hits, asked) == hits[:1]
    assert of_time(hits[1:], asked) == hits[1:2]
    assert of_time(hits[2:], asked) == hits[2:]
    assert of_time(hits, None) == hits


def test_a_boost_changes_the_order_and_leaves_nothing_out() -> None:
    asked = Asked(date(2022, 3, 14), date(2022, 3, 20), latest=False, as_of=AS_OF)
    ranked = [(1, 0.8), (2, 0.75), (3, 0.1)]
    days = [date(2020, 1, 1), date(2022, 3, 15), None]
    assert [chunk for chunk, _ in boosted(ranked, days, asked)] == [2, 1, 3]


def passage(number: int, text: str, published: date | None) -> Passage:
    head = ArticleHead(f"{number}.txt", published=Published(published, "header") if published else Published())
    paragraph = Paragraph(0, text, "body", 0, len(text))
    return Passage(Chunk(number, text, 0, len(text), 0, 0), head, (paragraph,), 0.5, number)


def sentence(number: int, text: str, published: date | None) -> Sentence:
    found = passage(number, text, published)
    return Sentence(found, found.paragraphs[0], 0, len(text), text)


def test_sentences_fit_by_what_they_tell_and_by_the_date_of_their_article() -> None:
    asked = days_asked(asked_time("What was inflation in February 2022?", AS_OF))
    told_so, of_then, other, undated = fits_of(
        [
            sentence(1, "In February it was 3 per cent.", date(2022, 3, 12)),
            sentence(2, "It is 3 per cent.", date(2022, 2, 12)),
            sentence(3, "It is 3 per cent.", date(2020, 2, 12)),
            sentence(4, "It is 3 per cent.", None),
        ],
        asked,
    )
    assert told_so == of_then == 1
    assert other < undated < 1


def test_the_newest_fits_best_when_the_latest_is_asked_for() -> None:
    asked = days_asked(asked_time("What is inflation now?", AS_OF))
    days = [date(2022, 1, 1), date(2022, 3, 1), None]
    old, new, undated = fits_of([sentence(n, "It is 3 per cent.", day) for n, day in enumerate(days)], asked)
    assert old < undated < new


def test_without_a_time_asked_about_all_fit_alike() -> None:
    assert fits_of([sentence(1, "It is 3 per cent.", AS_OF)], None) == [0.0]


def test_a_day_is_told_for_a_when_question_and_the_quote_stays_verbatim() -> None:
    found = passage(1, "The court ruled on Friday that the vote was void.", date(2022, 10, 23))
    whole = Evidence(found, found.paragraphs[0], 0, len(found.text))
    start = found.text.index("Friday")
    draft = Draft(
        "answered",
        (DraftClaim(found.text, (whole,)),),
        0.9,
        short=(Evidence(found, found.paragraphs[0], start, start + len("Friday")),),
    )
    answer = cite("When did the court rule?", draft, [found], tell_day=True)
    assert answer.short == "Friday (21 October 2022)"
    assert answer.spans[0].text == "Friday"
    assert answer.citations[0].quote == found.text
    assert [(time.text, time.first) for time in answer.citations[0].times] == [("Friday", date(2022, 10, 21))]
    assert cite("Which day?", draft, [found]).short == "Friday"


def test_times_of_the_store_are_taken_where_it_has_them() -> None:
    kept = TimeExpression(19, 25, "Friday", date(2001, 1, 1), date(2001, 1, 1))
    found = passage(1, "The court ruled on Friday.", date(2022, 10, 23))

    assert meaning(replace(found, times=(kept,)), 19, 25) == "1 January 2001"
    assert meaning(found, 19, 25) == "21 October 2022"
    assert meaning(found, 0, 9) == ""


def test_a_full_date_needs_no_explanation() -> None:
    found = passage(1, "He died on 3 May 2021 in Rome.", date(2022, 10, 23))
    assert meaning(found, 11, 21) == ""


def test_the_latest_says_as_of_when() -> None:
    found = passage(1, "It is 3 per cent.", date(2022, 3, 1))
    draft = Draft("answered", (DraftClaim(found.text, (Evidence(found, found.paragraphs[0], 0, 17),)),), 0.9)
    answer = cite("What is it now?", draft, [found])
    assert newest_note(asked_time("What is it now?", AS_OF), answer) == (
        "As of 1 March 2022, the newest of these sources.",
    )
    assert newest_note(None, answer) == ()


def test_last_week_of_an_archive_counts_against_nothing_when_the_day_of_the_question_is_unknown() -> None:
    time = asked_time("What did the bank decide last week?", AS_OF)
    old = [sentence(1, "It decided.", date(2011, 5, 5)), sentence(2, "It did not.", date(2012, 5, 5))]
    assert fits_of(old, days_asked(time, certain=False)) == [0.0, 0.0]
    assert max(fits_of(old, days_asked(time))) < 0
    stated = asked_time("What did the bank decide in March 2022?", AS_OF)
    assert max(fits_of(old, days_asked(stated, certain=False))) < 0


@pytest.mark.parametrize(
    ("question", "event", "first", "last"),
    [
        ("What had the firm offered before the strike began?", "the strike began", None, "2022-10-17"),
        ("Who was prime minister when the mine exploded?", "the mine exploded", "2022-10-17", "2022-10-17"),
        ("What did he promise after Storm Ada hit the coast?", "Storm Ada hit the coast", "2022-10-17", None),
    ],
)
def test_an_event_is_dated_by_the_article_that_tells_of_it(question, event, first, last):
    asked = event_time(question, date(2023, 1, 1), {event: [date(2022, 10, 17)]}.get)
    assert (asked.first, asked.last, asked.event) == (first, last, True)
    assert without_time(question, asked) == question
    assert not days_asked(asked, certain=True).certain


@pytest.mark.parametrize(
    "question", ["When did the strike end?", "Who was mayor before Anna Holt?", "What happened after it?"]
)
def test_no_event_no_time(question):
    assert event_time(question, date(2023, 1, 1), lambda event: [date(2022, 10, 17)]) is None


def test_an_event_that_no_dated_article_tells_of_or_that_is_to_come_is_no_time():
    question = "What did she say before the summit in Lagos?"
    assert event_time(question, date(2023, 1, 1), lambda event: []) is None
    assert event_time(question, date(2023, 1, 1), lambda event: [date(2023, 2, 1)]) is None


def test_another_time_says_more_against_an_answer_than_the_right_one_says_for_it():
    year = Asked(date(2022, 1, 1), date(2022, 12, 31), False, date(2023, 1, 1))
    newest = Asked(None, None, True, date(2023, 1, 1))
    assert time_logit(-1.0, year) < -time_logit(1.0, year) < 0
    assert time_logit(-1.0, newest) == 0 < time_logit(1.0, newest)
    assert time_logit(0.0, None) == 0


def test_a_time_that_is_not_certain_says_less():
    year = Asked(date(2022, 1, 1), date(2022, 12, 31), False, date(2023, 1, 1))
    guessed = replace(year, certain=False)
    assert 0 < time_logit(1.0, guessed) < time_logit(1.0, year)
    assert time_logit(-1.0, year) < time_logit(-1.0, guessed) < 0


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("Who led three months before the 2022 election?", "2022-07-04", "2022-08-03"),
        ("What did he say the day after the council met?", "2022-10-18", "2022-10-18"),
        ("What did he say two days before the council met?", "2022-10-15", "2022-10-15"),
        ("How many were known dead on the day the bridge collapsed?", "2022-10-17", "2022-10-17"),
        ("How many homes were dark on the morning after the storm hit?", "2022-10-18", "2022-10-18"),
    ],
)
def test_a_time_is_counted_from_an_event(question, first, last):
    asked = event_time(question, date(2023, 1, 1), lambda event: [date(2022, 10, 17)])
    assert (asked.first, asked.last) == (first, last)


def test_an_event_is_of_the_day_of_its_first_report_and_what_was_before_is_told_by_the_best():
    days = [date(2022, 10, 20), date(2022, 10, 17)]
    after = event_time("What did he do after the bridge collapsed?", date(2023, 1, 1), lambda event: days)
    before = event_time("What did he do before the bridge collapsed?", date(2023, 1, 1), lambda event: days)
    assert (after.first, before.last) == ("2022-10-17", "2022-10-20")


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("Who was coach at the end of 2021?", "2021-10-31", "2021-12-31"),
        ("Who was coach at the start of May 2021?", "2021-05-01", "2021-05-11"),
        ("What was built by the end of 2021?", "2021-12-31", "2021-12-31"),
    ],
)
def test_the_end_of_a_year_is_more_than_its_last_day(question, first, last):
    asked = asked_time(question, AS_OF)
    assert (asked.first, asked.last) == (first, last)


def test_until_december_is_not_what_december_means():
    found = passage(1, "The opening was put off until December.", date(2022, 5, 23))
    assert meaning(found, 30, 38) == ""
