"""Sentences that deny what a question takes for granted."""

from __future__ import annotations

import pytest

from rag.premises import denies


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Why did the pilots join the walkout?", "The pilots voted not to join."),
        ("How did the senate vote on the bill?", "The senate will vote on the bill next week."),
        ("What did the jury decide?", "The jury is to decide on Friday."),
        ("Why did Lena Brandt resign?", "Brandt said she would never resign."),
        ("Why did the mayor accept the prize?", "She has never accepted a prize."),
        ("What did the audit find?", "The audit is due in June."),
        ("Who was elected chair?", "Ms Hale leads the board until a chair is elected in June."),
        ("When did the strike begin?", "The strike will not begin before May."),
        ("By how much did the bank raise its rate?", "The bank left its rate at 3 percent as prices began to rise."),
    ],
)
def test_what_is_to_come_or_denied_is_not_done(question: str, sentence: str) -> None:
    assert denies(question, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How did the senate vote on the bill?", "The senate voted against the bill."),
        ("Why did she refuse to join?", "She refused to join because of her age."),
        ("When did he promise to resign?", "He promised on Friday to resign."),
        ("When was the missile last tested?", "The missile had not been tested since 2017."),
        ("Why did the pilots not join?", "The pilots voted not to join."),
        ("Who did the party choose?", "The party chose Ann Lee, who will choose her team."),
        ("When will the senate vote?", "The senate will vote on Monday."),
        ("By how much did the bank raise its rate?", "The bank kept its promise and raised its rate by a point."),
        ("How many people did the storm kill?", "The storm left four dead."),
        ("Who is the mayor?", "Ann Lee will not be mayor again."),
    ],
)
def test_what_was_done_or_is_not_taken_for_done_is_not_denied(question: str, sentence: str) -> None:
    assert not denies(question, sentence)
