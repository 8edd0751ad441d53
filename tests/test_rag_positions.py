"""Sources that differ: what each says, what is one event, what changed, and how an answer tells it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.schema import ArticleHead, Chunk, Paragraph, Passage, Published
from rag.citing import Draft, DraftClaim, DraftPosition, Evidence, cite
from rag.extractive import contradiction, load_position_weights
from rag.positions import Disagreement, disagreement, independent
from rag.questions import analyse
from rag.reading import Hit

QUESTION = "How many people died when the ferry Alma sank?"


def passage(
    number: int, text: str, published: str | None = None, *, copies: tuple[str, ...] = (), later: str = ""
) -> Passage:
    day = Published(date.fromisoformat(published), "meta") if published else Published()
    return Passage(
        Chunk(number, text, 0, len(text), 0, 0),
        ArticleHead(uri=f"article-{number}", published=day),
        (Paragraph(0, text, "body", 0, len(text)),),
        score=1.0,
        rank=number,
        copies=tuple(ArticleHead(uri=uri) for uri in copies),
        superseded_by=ArticleHead(uri=later) if later else None,
    )


def hit(of: Passage, answer: str, margin: float = 5.0) -> Hit:
    start = of.text.index(answer)
    return Hit(of, start, start + len(answer), answer, margin)


def told(*said: tuple[Passage, str], question: str = QUESTION, chance: float = 0.9) -> Disagreement | None:
    return told_of([hit(of, answer) for of, answer in said], question, dict.fromkeys((a for _, a in said), chance))


def told_of(hits: list[Hit], question: str, chances: dict[str, float]) -> Disagreement | None:
    """What the passages of the hits tell, given the chance of each answer."""
    weights, least = load_position_weights()
    return disagreement(
        analyse(question),
        [one.passage for one in hits],
        hits,
        lambda one: chances[one.text],
        lambda pair: contradiction(pair, chunks=10, weights=weights) >= least,
    )


def texts(found: Disagreement | None) -> list[str]:
    return [position[0].text for position in found.positions] if found else []


FOUR = passage(1, "The ferry Alma sank on Sunday and four people died.", "2023-05-02")
NINE = passage(2, "Nine people died when the ferry Alma sank, police said.", "2023-05-02")


def test_two_values_are_two_positions() -> None:
    found = told((FOUR, "four"), (NINE, "Nine"))
    assert found is not None
    assert found.dispute == "disputed"
    assert texts(found) == ["four", "Nine"]


@pytest.mark.parametrize("answer", ["4", "At least four", "Four"])
def test_the_same_value_in_other_words_is_no_disagreement(answer: str) -> None:
    other = passage(2, f"{answer} people died when the ferry Alma sank.")
    assert told((FOUR, "four"), (other, answer)) is None


def test_an_unlikely_answer_is_no_position() -> None:
    assert told((FOUR, "four"), (NINE, "Nine"), chance=0.05) is None


def test_a_number_of_inhabitants_is_a_position_though_the_reader_doubts_it() -> None:
    grown = passage(1, "The population of Norvik was 2,500 in 2010.", "2023-05-02")
    census = passage(2, "Norvik: as of the census of 2000, there were 1,791 people and 699 households.", "2023-05-02")
    question, chances = "What is the population of Norvik?", {"2,500": 0.9, "699": 0.02, "1,791": 0.01}
    hits = [hit(grown, "2,500"), hit(census, "699", 1.0), hit(census, "1,791", 0.0)]
    assert texts(told_of(hits, question, chances)) == ["2,500", "1,791"]
    assert told_of(hits[:2], question, chances) is None


def test_a_surer_span_that_is_no_answer_hides_none() -> None:
    life = "15 April 1787 – 17 January 1848"
    mayor = passage(1, f"Ida Storm ({life}) was mayor of Norvik and opened the bridge in 1808.")
    bridge = passage(2, "The bridge of Norvik was opened by the mayor in 1812.")
    hits = [hit(mayor, life, 9.0), hit(bridge, "1812", 5.0), hit(mayor, "1808", 3.0)]
    found = told_of(hits, "When did the mayor open the bridge of Norvik?", {life: 0.9, "1812": 0.9, "1808": 0.9})
    assert texts(found) == ["1812", "1808"]


def test_an_article_that_says_the_other_value_too_does_not_deny_it() -> None:
    both = passage(2, "The ferry Alma sank with 212 aboard, and four people died.")
    assert told((FOUR, "four"), (both, "212")) is None


def test_a_passage_about_something_else_is_no_position() -> None:
    other = passage(2, "Nine people died in a fire in a mill in Costane.")
    assert told((FOUR, "four"), (other, "Nine")) is None


@pytest.mark.parametrize("question", ["Which people died on the ferry Alma?", "Why did the ferry Alma sink?"])
def test_questions_with_several_answers_have_no_disagreement(question: str) -> None:
    assert told((FOUR, "four"), (NINE, "Nine"), question=question) is None


def test_a_copy_is_no_source_of_its_own() -> None:
    copy = passage(3, FOUR.text, "2023-05-02", copies=("article-1",))
    third = passage(4, "Four people died on the ferry Alma when it sank at noon.")
    found = told((FOUR, "four"), (copy, "four"), (third, "Four"), (NINE, "Nine"))
    assert found is not None
    assert [len(position) for position in found.positions] == [3, 1]
    assert [independent(position) for position in found.positions] == [2, 1]


def test_a_later_number_is_a_change_newest_first() -> None:
    later = passage(2, "The ferry Alma: the number of people who died has risen to nine.", "2023-05-05")
    found = told((FOUR, "four"), (later, "nine"))
    assert found is not None
    assert found.dispute == "changed"
    assert texts(found) == ["nine", "four"]


def test_a_later_version_of_an_article_is_a_change() -> None:
    first = passage(1, FOUR.text, "2023-05-02", later="article-2")
    found = told((first, "four"), (NINE, "Nine"))
    assert found is not None
    assert found.dispute == "changed"
    assert texts(found) == ["Nine", "four"]


def test_yes_against_no() -> None:
    question = "Did the captain of the ferry Alma know of the storm?"
    yes = passage(1, "The captain of the ferry Alma knew of the storm, a mate said.")
    no = passage(2, "The captain of the ferry Alma did not know of the storm.")
    assert texts(told((yes, "knew of the storm"), (no, "did not know"), question=question)) == ["Yes", "No"]
    assert told((yes, "knew of the storm"), question=question) is None


def test_the_answer_tells_positions_with_their_markers() -> None:
    evidence = [Evidence(one, one.paragraphs[0], 0, len(one.text)) for one in (NINE, FOUR)]
    draft = Draft(
        "answered",
        tuple(DraftClaim(one.quote, (one,)) for one in evidence),
        positions=(
            DraftPosition("Nine", (evidence[0],), 1, "2023-05-05", "2023-05-05"),
            DraftPosition("four", (evidence[1],), 1, "2023-05-02", "2023-05-02"),
        ),
        dispute="changed",
    )
    answer = cite(QUESTION, draft, [NINE, FOUR])
    assert answer.text.startswith("It changed: Nine (5 May 2023) [1]; four (2 May 2023) [2]. ")
    assert [position.markers for position in answer.positions] == [(1,), (2,)]
    assert all(citation.quote in citation.paragraph_text for citation in answer.citations)


def test_an_assistant_lists_both(tmp_path: Path) -> None:
    from index import build_index
    from rag import Assistant

    for name, text in (
        ("a", "BRACK, May 2 - The ferry Alma sank off Brack on Sunday. Four people died when the ferry Alma sank."),
        ("b", "BRACK, May 2 - Nine people died when the ferry Alma sank off Brack on Sunday, the harbour police said."),
    ):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    build_index([tmp_path / "a.txt", tmp_path / "b.txt"], store=tmp_path / "store")
    with Assistant.open(tmp_path / "store") as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.dispute == "disputed"
    assert {position.text.lower() for position in answer.positions} == {"four", "nine"}
    assert answer.text.startswith("Sources differ: ")
    assert {marker for position in answer.positions for marker in position.markers} <= {
        citation.marker for citation in answer.citations
    }


@pytest.mark.parametrize("born", ["(born 4 March 1961)", "(4 March 1961 – 2 September 2019)"])
def test_a_day_of_birth_is_no_answer_to_another_question(born: str) -> None:
    question = "When did Ines Okoro join the ministry?"
    told_it = passage(1, "Ines Okoro joined the ministry in May 1990.")
    beside = passage(2, f"Ines Okoro {born} joined the ministry as a clerk.")
    assert told((told_it, "May 1990"), (beside, "4 March 1961"), question=question) is None
    later = passage(3, "Ines Okoro joined the ministry as a clerk in June 1994.")
    assert texts(told((told_it, "May 1990"), (later, "June 1994"), question=question)) == ["May 1990", "June 1994"]


def test_a_span_over_the_end_of_a_sentence_is_cut_there() -> None:
    over = passage(2, "When the ferry Alma sank, people who died were nine. Police were told at noon.")
    assert texts(told((FOUR, "four"), (over, "nine. Police"))) == ["four", "nine"]
