"""Leads of reports: which sentence says what the news is, and when it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index import Index, build_index, open_index
from index.nearness import Asked
from rag import Assistant
from rag.evidence import sentences_of
from rag.leads import asks_news, leads_of, with_text
from rag.questions import analyse
from rag.reading import Hit
from rag.settings import RagSettings

MAY = Asked(date(2022, 5, 1), date(2022, 5, 31), False, date(2022, 12, 31))
PLAIN = {
    "uri": "n:plain",
    "title": "Harbour toll to be halved",
    "published": "2022-05-04",
    "body": "The port authority of Lanwick halves the toll for fishing boats.\n\nSkippers had asked for it since 2015.",
}
SCENE = {
    "uri": "n:scene",
    "title": "Lanwick ferry stops sailing in winter",
    "published": "2022-05-18",
    "body": "Nobody in the queue had an umbrella. The ferry from Lanwick will not sail in winter, its owner said.",
}
OLDER = {
    "uri": "n:older",
    "title": "Ferry of Lanwick gets a new engine",
    "published": "2021-02-18",
    "body": "The ferry from Lanwick gets a new engine, its owner decided.\n\nIt costs 2 million crowns.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder: Path = tmp_path_factory.mktemp("leads")
    (folder / "a.json").write_text(json.dumps([PLAIN, SCENE, OLDER]), encoding="utf-8")
    build_index([folder / "a.json"], store=folder / "store")
    with open_index(folder / "store") as opened:
        yield opened


def leads(index: Index, question: str, asked: Asked | None) -> set[str]:
    sentences = sentences_of(index.search(question, rerank=False), analyse(question))
    return {lead.text for lead in leads_of(sentences, asked, index)}


def test_the_lead_is_the_first_sentence_or_after_a_scene_the_one_like_the_headline(index: Index) -> None:
    assert leads(index, "What did people in Lanwick learn?", MAY) == {
        "The port authority of Lanwick halves the toll for fishing boats.",
        "The ferry from Lanwick will not sail in winter, its owner said.",
    }


def test_without_a_time_or_with_the_newest_there_is_no_lead(index: Index) -> None:
    assert leads(index, "What did people in Lanwick learn?", None) == set()
    assert leads(index, "What did people in Lanwick learn?", replace(MAY, first=None, last=None, latest=True)) == set()


def test_a_time_is_asked_about_and_only_the_middle_of_an_article_is_found(tmp_path: Path) -> None:
    """No passage with an opening was read: there is no lead, and the question is answered all the same."""
    filler = [f"Paragraph {number} speaks of berths, cranes and cables at some length." * 4 for number in range(12)]
    body = "\n\n".join(["The port is old.", *filler, "The ferry fare rose to 9 crowns.", *filler])
    article = {"uri": "n:long", "title": "Port", "published": "2011-02-18", "body": body}
    (tmp_path / "a.json").write_text(json.dumps([article]), encoding="utf-8")
    build_index([tmp_path / "a.json"], store=tmp_path / "store")
    with Assistant.open(tmp_path / "store") as assistant:
        answer = assistant.ask("What did the ferry fare rise to last winter?", k=1)
        assert answer.spans[0].text == "9 crowns"
        passages = assistant.index.search("ferry fare crowns", k=1, rerank=False)
        assert passages[0].chunk.first_paragraph > 0
        sentences = sentences_of(passages, analyse("ferry fare"))
        assert leads_of(sentences, replace(MAY, certain=False), assistant.index) == []


@pytest.mark.parametrize(
    ("question", "news"),
    [
        ("What did the board decide?", True),
        ("What happened at the port?", True),
        ("How did the match end?", True),
        ("What did the mayor do?", True),
        ("What time did it happen?", False),
        ("Who decided that?", False),
        ("What does a ticket cost?", False),
    ],
)
def test_what_the_news_was_is_told_from_other_questions(question: str, news: bool) -> None:
    assert asks_news(question) == news


def test_a_lead_of_the_time_answers_what_the_news_was(index: Index) -> None:
    assistant = Assistant(index, RagSettings())
    answer = assistant.ask("What did people in Lanwick learn about the ferry in May 2022?", as_of="2022-12-31")
    assert "not sail in winter" in answer.text
    assert "new engine" not in answer.text


def test_what_a_headline_answers_is_quoted_from_the_text_too(index: Index) -> None:
    passage = next(one for one in index.search("toll", rerank=False) if one.uri.endswith("n:plain"))
    asked = [passage], analyse("toll")
    body = sentences_of(*asked)
    headline = replace(body[0], paragraph=replace(body[0].paragraph, kind="headline"), text="Toll halved", end=8)
    hit = Hit(passage, headline.start, headline.end, "fishing boats", 1.0)
    assert with_text(headline, *asked, [hit]) == [headline, body[0]]
    assert with_text(headline, *asked, []) == [headline]
    assert with_text(body[1], *asked, [hit]) == [body[1]]
