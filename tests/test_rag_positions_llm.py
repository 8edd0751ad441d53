"""A language model answers from sources that differ: the text says so, whichever of them it chose."""

from itertools import pairwise
from pathlib import Path

import pytest

from index import build_index, open_index
from rag import Answer, Assistant, RagSettings, beside

QUESTION = "How many people died when the ferry Alma sank?"
FOUR = "BRACK, May 2 - The ferry Alma sank off Brack on Sunday. Four people died when the ferry Alma sank."
NINE = "BRACK, May 2 - Nine people died when the ferry Alma sank off Brack on Sunday, the harbour police said."
SCHOOL = "BRACK, May 2 - The mayor of Brack opened a school of music."
ALIKE = "BRACK, May 2 - Rescuers said that four people died when the ferry Alma sank off Brack on Sunday."


@pytest.fixture
def ask(tmp_path: Path, model_server, monkeypatch: pytest.MonkeyPatch):
    """The streamed answers, the last one whole, from two texts and what the model says of them."""

    def run(one: str, other: str, reply: str, *more: str, unhurried: float = 0) -> list[Answer]:
        monkeypatch.setattr(beside, "UNHURRIED", unhurried)
        paths = [tmp_path / f"{number}.txt" for number in range(2 + len(more))]
        for path, text in zip(paths, (one, other, *more), strict=True):
            path.write_text(text, encoding="utf-8")
        build_index(paths, store=tmp_path / "store")

        def script(wire) -> None:
            wire.say(reply)
            wire.done()

        model_server.scripts = [script]
        with open_index(tmp_path / "store") as index:
            return list(Assistant(index, RagSettings(llm="tiny", llm_url=model_server.url)).stream(QUESTION))

    return run


@pytest.mark.parametrize(
    "reply",
    ["Nine people died when the ferry Alma sank. [{1}][{2}]", "Four people died when the ferry Alma sank. [{1}][{2}]"],
)
def test_what_the_model_left_out_is_told_by_code(ask, reply: str) -> None:
    answers = ask(FOUR, NINE, reply)
    whole = answers[-1]
    assert (whole.answerer, whole.dispute) == ("tiny", "disputed")
    assert {position.text.lower() for position in whole.positions} == {"four", "nine"}
    assert whole.text.startswith(reply.partition(" [")[0])
    assert "Sources differ: " in whole.text
    cited = {citation.marker: citation.paragraph_text for citation in whole.citations}
    for position in whole.positions:
        assert all(position.text.lower() in cited[marker].lower() for marker in position.markers)
    assert all(later.text.startswith(answer.text) for answer, later in pairwise(answers))


def test_sources_that_agree_have_no_positions(ask) -> None:
    whole = ask(FOUR, ALIKE, "Four people died when the ferry Alma sank. [{1}][{2}]")[-1]
    assert (whole.answerer, whole.positions, whole.dispute) == ("tiny", (), "")
    assert whole.text.startswith("Four people died")


def test_a_refusal_of_the_model_has_no_positions(ask) -> None:
    whole = ask(FOUR, NINE, "NOT IN SOURCES")[-1]
    assert (whole.outcome, whole.positions) == ("not_in_sources", ())


def test_a_model_that_is_done_at_once_does_not_wait_for_the_reader(ask) -> None:
    whole = ask(FOUR, NINE, "Nine people died when the ferry Alma sank. [{1}][{2}]", unhurried=60)[-1]
    assert (whole.outcome, whole.positions) == ("answered", ())


def test_an_answer_from_another_article_has_no_positions(ask) -> None:
    """The model has understood the question in another way than the reader."""
    whole = ask(FOUR, NINE, "The mayor of Brack opened a school of music. [{3}]", SCHOOL)[-1]
    assert whole.text.startswith("The mayor of Brack")
    assert (whole.positions, whole.dispute) == ((), "")
