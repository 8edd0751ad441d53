"""Other people's files to cases and articles, and results to other people's files."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cases import Case, Evidence, load_cases
from eval.errors import CasesError, EvalError
from eval.formats import (
    FORMATS,
    Imported,
    detect,
    read,
    write_imported,
)
from eval.formats.quotes import Sentences
from eval.judge import judge
from eval.measures import checked_support
from eval.schema import Found, Record
from index import build_index, open_index

steady = settings(deadline=None, derandomize=True)
Write = Callable[[str, Any], Path]

PIER = (
    "The pier of Brell was built in 1871 by Anna Holt. A storm carried it off in 1931. "
    "The town council voted to rebuild it, at a cost of four million crowns."
)
FERRY = "A ferry links Brell with the island of Ost. It sails twice a day from April to October."
LIGHT = "The lighthouse of Ost is 41 metres tall. Its lamp was lit for the first time on 3 May 1902."


def lines(rows: Sequence[object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file: bytes and text as they are, rows as JSON Lines for .jsonl, anything else as JSON."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list) and ".jsonl" in name:
            content = lines(content)
        elif not isinstance(content, str | bytes):
            content = json.dumps(content, indent=1)
        data = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def squad_question(number: int, question: str, context: str, *answers: str, **more: object) -> dict[str, object]:
    told = [{"text": text, "answer_start": context.index(text)} for text in answers]
    return {"id": f"q{number}", "question": question, "answers": told, **more}


@pytest.fixture
def squad(write: Write) -> Path:
    """Official nested JSON of version 2.0: two titles, three paragraphs."""
    paragraphs = {
        PIER: [
            squad_question(1, "Who built the pier?", PIER, "Anna Holt", "Holt", "Anna Holt"),
            squad_question(2, "What happened in 1931?", PIER, "A storm carried it off", "1931", is_impossible=False),
            {
                "id": "q3",
                "question": "Who designed the bridge?",
                "answers": [],
                "plausible_answers": [{"text": "Anna Holt", "answer_start": 34}],
                "is_impossible": True,
            },
        ],
        FERRY: [squad_question(4, " How often does the ferry sail? ", FERRY, "twice a day")],
    }
    data = [
        {"title": "Brell_(town)", "paragraphs": [{"context": text, "qas": qas} for text, qas in paragraphs.items()]},
        {
            "title": "Ost",
            "paragraphs": [{"context": LIGHT, "qas": [squad_question(5, "How tall is it?", LIGHT, "41 metres")]}],
        },
    ]
    return write("dev-v2.0.json", {"version": "v2.0", "data": data})


@pytest.fixture
def beir(write: Write) -> Path:
    write(
        "coast/corpus.jsonl.gz",
        [
            {"_id": "1", "title": "Pier", "text": PIER, "metadata": {}},
            {"_id": "d/2", "title": "Ferry", "text": FERRY},
            {"_id": 3, "title": "The light of Ost", "text": ""},
            {"_id": "4", "title": "", "text": " "},
        ],
    )
    write(
        "coast/queries.jsonl",
        [
            {"_id": "a", "text": "harbours of Brell"},
            {"_id": "b", "text": "lighthouses"},
            {"_id": "c", "text": "not relevant to anything"},
            {"_id": "d", "text": "of another split"},
        ],
    )
    head = "query-id\tcorpus-id\tscore\n"
    write("coast/qrels/test.tsv", head + "a\t1\t2\na\td/2\t1\na\t3\t0\nb\t3\t1\nb\t99\t1\nc\t1\t0\nz\t1\t1\n")
    write("coast/qrels/train.tsv.gz", "d\t1\t1\n")
    return write("coast/README.md", "read me").parent


@pytest.fixture
def multihop(write: Write) -> Path:
    def article(name: str, body: str, **more: object) -> dict[str, object]:
        head = {"title": f"On the {name}", "source": "The Brell Post", "published_at": "2023-09-28T12:00:00+00:00"}
        return {
            **head,
            "author": "Ada Berg",
            "category": "news",
            "url": f"https://post.test/{name}",
            "body": body,
            **more,
        }

    write(
        "hops/corpus.json",
        [article("pier", f"{PIER}\n\n{FERRY}"), article("light", LIGHT, author=None), article("light", "Another.")],
    )
    facts = [
        {
            "title": "On the pier",
            "url": "https://post.test/pier",
            "fact": "It sails twice a day  from April to October.",
        },
        {"title": "On the light", "url": "https://post.test/light", "fact": "The lighthouse is tall."},
        {"title": "On the light", "url": "https://post.test/light", "fact": LIGHT},
    ]
    write(
        "hops/MultiHopRAG.json",
        [
            {
                "query": "Does the ferry sail to the island with the lighthouse?",
                "answer": "Yes",
                "question_type": "inference_query",
                "evidence_list": facts,
            },
            {
                "query": "Who won?",
                "answer": "Insufficient information.",
                "question_type": "null_query",
                "evidence_list": [],
            },
        ],
    )
    return write("hops/README.md", "read me").parent


WEEKLY = {
    "question_id": "20230106_0",
    "question_date": "2023/01/05",
    "question_source": "CNN",
    "question_url": "https://quiz.test/",
    "question_sentence": "Which pier is to be rebuilt?",
    "choices": ["Ost", "“Brell”", "Holm", "None of the above"],
    "answer": ["1"],
    "evidence": '<a href="https://week.test/pier">The pier</a> ...',
}


@pytest.fixture
def realtimeqa(write: Write) -> Path:
    write(
        "weeks/20230106_gold.jsonl",
        [
            {
                "question_id": "20230106_0",
                "search_result": [
                    {"url": "https://week.test/gone"},
                    {
                        "url": "https://week.test/pier",
                        "text": PIER,
                        "publish_date": "2023/01/04",
                        "authors": ["Ada Berg"],
                    },
                ],
            }
        ],
    )
    write("weeks/20230106_qa_open_reader.jsonl", [{"question_id": "20230106_0", "prediction": ["1"]}])
    return write(
        "weeks/20230106_qa.jsonl",
        [
            WEEKLY,
            {
                **WEEKLY,
                "question_id": "20230106_1",
                "answer": ["0", "2"],
                "question_sentence": "Which two are islands?",
            },
            {**WEEKLY, "question_id": "20230106_2", "answer": ["3"]},
            {**WEEKLY, "question_id": "20230106_3", "question_sentence": "All of these have a pier, except:"},
            {**WEEKLY, "question_id": "20230106_0"},
            {**WEEKLY, "question_id": "20230106_0", "question_sentence": "Which town has the same number?"},
            {
                **WEEKLY,
                "question_id": "20230106_4",
                "choices": ["Ost", "Holm", "All of the above"],
                "answer": [2],
                "question_source": "",
            },
        ],
    )


RAGAS_ROW = {
    "user_input": "Who built the pier?",
    "reference": "Anna Holt built it in 1871.",
    "reference_contexts": [PIER, LIGHT],
    "response": "It was built by Anna Holt.",
    "retrieved_contexts": [f"Page 1. {PIER}", FERRY, "Its lamp was lit for the first time on 3 May 1902."],
    "faithfulness": 0.5,
}


def by_id(imported: Imported) -> dict[str, Case]:
    return {case.id: case for case in imported.cases}


def texts(imported: Imported) -> dict[str, str]:
    return {article["uri"]: article["text"] for article in imported.articles}


# -- reading each format


def test_squad_paragraphs_of_a_title_are_one_article_and_the_sentence_is_the_evidence(squad: Path) -> None:
    imported = read("squad", squad)
    assert imported.articles == [
        {"uri": "squad/Brell_(town)", "title": "Brell (town)", "text": f"{PIER}\n\n{FERRY}"},
        {"uri": "squad/Ost", "title": "Ost", "text": LIGHT},
    ]
    assert imported.notes == []
    cases = by_id(imported)
    assert cases["q1"] == Case(
        "q1",
        "Who built the pier?",
        answers=("Anna Holt", "Holt"),
        evidence=(Evidence("squad/Brell_(town)", "The pier of Brell was built in 1871 by Anna Holt."),),
    )
    assert cases["q2"].evidence == (Evidence("squad/Brell_(town)", "A storm carried it off in 1931."),)
    assert cases["q3"] == Case("q3", "Who designed the bridge?", type="unanswerable", answerable=False)
    assert cases["q4"].question == "How often does the ferry sail?"
    assert cases["q5"].evidence == (Evidence("squad/Ost", "The lighthouse of Ost is 41 metres tall."),)


@pytest.mark.parametrize(
    "answers",
    [
        {"answers": {"text": ["Anna Holt", "1871"], "answer_start": [39, 31]}},
        {"answers": ["Anna Holt", "1871"], "answer_start": [39, 31]},
        {"answers": ["Anna Holt", "1871"], "answer_start": [0, 80]},  # one that is off is looked for nearby
        {"answers": ["Anna Holt", "1871"]},
    ],
)
def test_squad_rows_give_the_same_cases_whatever_the_shape_of_the_answers(
    answers: dict[str, Any], write: Write
) -> None:
    rows = [
        {"id": "1", "title": "Brell", "context": PIER, "question": "Who?", **answers},
        {"id": 2, "title": "Brell", "context": PIER, "question": "Why?", "answers": {"text": [], "answer_start": []}},
        {"id": "3", "title": "Brell", "context": FERRY, "question": "When?", "answers": ["October"]},
    ]
    imported = read("squad", write("rows.jsonl.gz", rows))
    assert list(texts(imported).values()) == [f"{PIER}\n\n{FERRY}"]
    first, second, third = imported.cases
    assert first.answers == ("Anna Holt", "1871")
    assert [item.quote for item in first.evidence] == ["The pier of Brell was built in 1871 by Anna Holt."]
    assert (second.id, second.answerable) == ("2", False)
    assert third.evidence[0].quote.startswith("It sails")


def test_squad_answer_that_stands_in_the_paragraph_twice_is_found_where_it_was_marked(write: Write) -> None:
    context = "Holm lies in the north. Ost lies in the south. Holm is larger."
    row = {"id": "1", "context": context, "question": "Which is larger?", "answers": ["Holm"], "answer_start": [47]}
    (case,) = read("squad", write("rows.jsonl", [row])).cases
    assert case.evidence[0].quote == "Holm is larger."


def test_squad_paragraphs_without_a_title_are_articles_of_their_own(write: Write) -> None:
    rows = [
        {"id": n, "context": text, "question": "?", "answers": [text[:9]]} for n, text in enumerate([PIER, FERRY, PIER])
    ]
    imported = read("squad", write("rows.jsonl", rows))
    assert list(texts(imported).values()) == [PIER, FERRY]
    assert imported.cases[0].evidence == imported.cases[2].evidence


def test_beir_judgements_are_the_grades_and_what_is_left_out_is_told(beir: Path) -> None:
    imported = read("beir", beir)
    assert by_id(imported) == {
        "a": Case("a", "harbours of Brell", evidence=(Evidence("coast/1", grade=2), Evidence("coast/d/2"))),
        "b": Case("b", "lighthouses", evidence=(Evidence("coast/3"), Evidence("coast/99"))),
    }
    assert texts(imported) == {"coast/1": PIER, "coast/d/2": FERRY, "coast/3": "The light of Ost"}
    assert set(imported.notes) == {
        "articles without any text, left out: 1",
        "queries without a relevant document, left out: 1",
        "queries that test.tsv does not judge, left out: 1",
        "queries in test.tsv that are not in queries.jsonl, left out: 1",
        "relevant documents that are not in the corpus and never found: 1",
    }


def test_beir_split_is_chosen(beir: Path) -> None:
    assert [case.id for case in read("beir", beir, split="train").cases] == ["d"]
    with pytest.raises(CasesError, match=r"qrels: has no split 'dev'; give one of test, train"):
        read("beir", beir, split="dev")
    (beir / "qrels/test.tsv").unlink()
    assert [case.id for case in read("beir", beir).cases] == ["d"]


def test_multihop_needs_all_of_its_evidence(multihop: Path) -> None:
    imported = read("multihop", multihop)
    pier, light = imported.articles
    assert light == {
        "uri": "https://post.test/light",
        "title": "On the light",
        "url": "https://post.test/light",
        "date": "2023-09-28T12:00:00+00:00",
        "source": "The Brell Post",
        "text": LIGHT,
    }
    assert pier["authors"] == ["Ada Berg"]
    answerable, other = imported.cases
    assert answerable.evidence == (
        Evidence("https://post.test/pier", "It sails twice a day from April to October."),
        Evidence("https://post.test/light"),  # the fact is not in the article word by word
        Evidence("https://post.test/light", "Its lamp was lit for the first time on 3 May 1902."),  # longest sentence
    )
    assert len(answerable.needs) == 3
    assert other == Case("multihop-0002", "Who won?", type="null_query", answerable=False)
    assert set(imported.notes) == {
        "articles with the address of another one, left out: 1",
        "facts that do not stand in their article word by word, the whole article meant: 1",
    }


def test_multihop_takes_the_articles_from_elsewhere(multihop: Path, write: Write) -> None:
    elsewhere = write("other/corpus.json", [{"url": "https://post.test/pier", "body": FERRY}])
    imported = read("multihop", multihop / "MultiHopRAG.json", articles=elsewhere)
    assert texts(imported) == {"https://post.test/pier": FERRY}
    assert "pieces of evidence in an article that the corpus lacks, never found: 2" in imported.notes


def test_realtimeqa_weekly_file_takes_the_linked_articles_from_beside(realtimeqa: Path) -> None:
    for path in (realtimeqa, realtimeqa.parent):
        imported = read("realtimeqa", path)
        cases = by_id(imported)
        assert cases["20230106_0"] == Case(
            "20230106_0",
            "Which pier is to be rebuilt?",
            answers=("Brell",),
            evidence=(Evidence("https://week.test/pier"),),
            needed="any",
            tags=("CNN",),
            as_of=date(2023, 1, 5),
        )
        assert cases["20230106_1"].must == (("Ost",), ("Holm",))
        assert cases["20230106_0-2"].question == "Which town has the same number?"
        assert (cases["20230106_4"].must, cases["20230106_4"].tags) == ((("Ost",), ("Holm",)), ())
        assert len(cases) == 4
        assert set(imported.notes) == {
            'questions answered by "none of the above", left out: 1',
            'questions that end in "except", left out: 1',
            "questions that were there before, left out: 1",
        }
        assert imported.articles[0]["date"] == "2023/01/04"


def test_realtimeqa_flat_rows_take_the_articles_from_beside_or_elsewhere(write: Write) -> None:
    news = [
        {"url": f"https://post.test/{n}", "title": "T", "text": text, "date": "2023-01-04"}
        for n, text in enumerate([PIER, LIGHT])
    ]
    beside, elsewhere = write("news.jsonl.gz", news), write("else.jsonl", news[:1])
    row = {"id": "1", "date": "2023-01-05", "question": "Who?", "answer": "Holt", "choices": ["Holt", "Berg"]}
    questions = write(
        "news_questions.jsonl.gz", [{**row, "articles": ["https://post.test/0"]}, {**row, "id": "2", "articles": []}]
    )
    imported = read("realtimeqa", questions)
    assert [case.evidence for case in imported.cases] == [(Evidence("https://post.test/0"),), ()]
    assert len(imported.articles) == 2
    assert len(read("realtimeqa", questions, articles=elsewhere).articles) == 1
    beside.unlink()
    assert read("realtimeqa", questions).articles == []


def test_ragas_table_becomes_cases_articles_and_responses(write: Write) -> None:
    imported = read(
        "ragas", write("table.jsonl", [RAGAS_ROW, {**RAGAS_ROW, "response": "", "synthesizer_name": "multi"}])
    )
    first, second = imported.cases
    pier, light = (item.article for item in first.evidence)
    assert texts(imported) == {pier: PIER, light: LIGHT}
    assert (first.answers, first.needed, first.type) == (("Anna Holt built it in 1871.",), "all", "other")
    assert (second.id, second.type) == (f"{first.id}-2", "multi")
    response = imported.responses[first.id]
    assert (response.outcome, response.text) == ("answered", "It was built by Anna Holt.")
    assert [found.article for found in response.passages] == [pier, "", light]
    assert imported.responses[second.id].outcome == "retrieved"


def test_ragas_table_can_be_judged_as_a_run(write: Write) -> None:
    imported = read("ragas", write("table.jsonl", [RAGAS_ROW]))
    (case,) = imported.cases
    result = judge(case, Record(case.id, imported.responses[case.id], 0.0), checked_support())
    assert result.measures["article_recall@10"] == 1
    assert result.rankings["article"].gains == (1, 0, 1)


@pytest.mark.parametrize(
    "contexts",
    [
        json.dumps([PIER, LIGHT]),
        repr([PIER, LIGHT]),
        f"[{PIER!r}\n {LIGHT!r}]",  # as NumPy writes it, which Python reads as one text
    ],
)
def test_lists_in_the_cells_of_a_table_are_read_however_they_were_written(contexts: str, write: Write) -> None:
    cells = io.StringIO()
    csv.writer(cells).writerows([["question", "ground_truth", "contexts"], ["Who built it?", "Anna Holt", contexts]])
    imported = read("ragas", write("table.csv", "\ufeff" + cells.getvalue()))
    assert list(texts(imported).values()) == [PIER, LIGHT]
    assert imported.responses == {}  # without an answer the contexts are what the question was made from


def test_ragas_contexts_beside_an_answer_are_what_was_retrieved(write: Write) -> None:
    row = {"question": "Who?", "answer": "Holt", "contexts": [PIER], "ground_truths": ["Anna Holt", "Holt"]}
    imported = read("ragas", write("table.json", [row]))
    assert (imported.articles, imported.cases[0].answers) == ([], ("Anna Holt", "Holt"))
    assert imported.responses[imported.cases[0].id].passages == (Found("", PIER),)


@pytest.mark.parametrize("camel", [False, True])
def test_deepeval_goldens_are_read_in_both_spellings(camel: bool, write: Write) -> None:
    names = ("expected_output", "actual_output", "retrieval_context", "source_file")
    if camel:
        names = ("expectedOutput", "actualOutput", "retrievalContext", "sourceFile")
    golden = {
        "input": "Who?",
        "context": [PIER],
        **dict(zip(names, ("Holt", "Berg", [PIER], "in\\pier.txt"), strict=True)),
    }
    path = write("goldens.json", {"goldens": [golden], "conversationalGoldens": []} if camel else [golden])
    assert detect(path) == "deepeval"
    imported = read("deepeval", path)
    (case,) = imported.cases
    assert case.answers == ("Holt",)
    assert imported.articles == [{"uri": case.evidence[0].article, "title": "pier.txt", "text": PIER}]
    assert imported.responses[case.id].passages == (Found(case.evidence[0].article, PIER),)


def test_deepeval_table_sets_contexts_apart_by_a_bar(write: Write) -> None:
    path = write(
        "goldens.csv", f'input,actual_output,expected_output,context,source_file\r\nWho?,,Holt,"{PIER}|{LIGHT}",\r\n'
    )
    imported = read("deepeval", path)
    assert list(texts(imported).values()) == [PIER, LIGHT]
    assert imported.responses == {}


# -- cases and articles go together


def test_evidence_is_found_in_a_store_of_the_articles(
    squad: Path, beir: Path, multihop: Path, realtimeqa: Path, write: Write, tmp_path: Path
) -> None:
    table = write("table.jsonl", [RAGAS_ROW])
    cases: list[Case] = []
    files = []
    for name, path in zip(FORMATS, (squad, beir, multihop, realtimeqa, table), strict=False):
        written = write_imported(read(name, path), tmp_path / "imports" / name)
        cases += load_cases(written[0])
        files.append(str(written[1]))
    report = build_index(files, store=tmp_path / "store")
    assert report.problems == []
    with open_index(tmp_path / "store") as index:
        uris = {head.uri for head in index.articles()}
        passages = [(uri, article.text) for uri in uris if (article := index.article(uri))]
    evidence = [item for case in cases for item in case.evidence if item.article != "coast/99"]
    assert len(evidence) > 10
    for item in evidence:
        assert sum(map(item.is_of, uris)) == 1
        assert sum(item.stands_in(uri, text) for uri, text in passages) == 1


def test_a_quote_is_a_sentence_that_the_index_keeps_whole() -> None:
    sentences = Sentences(f"{PIER}\n\n{FERRY}")
    assert sentences.at(0).startswith("The pier")
    assert sentences.at(len(PIER) + 2).startswith("A ferry")
    assert sentences.quote("by  Anna\nHolt. A storm carried it off in 1931.") == "A storm carried it off in 1931."
    assert sentences.quote("Anna Berg") == sentences.quote(" ") == ""


def test_of_a_very_long_sentence_the_words_around_the_answer_are_quoted() -> None:
    text = " ".join(f"word{number}," for number in range(400))
    quote = Sentences(text).at(text.index("word200"))
    assert "word200, word201," in quote
    assert 200 < len(quote) < 400
    assert quote in text


def test_html_is_quoted_as_it_will_be_indexed() -> None:
    sentences = Sentences("<p>The pier of <b>Brell</b> was lost.</p><p>It will be rebuilt.</p>")
    assert sentences.quote("The pier of Brell was lost.") == "The pier of Brell was lost."
    assert sentences.at(3) == ""  # offsets are those of the markup


@steady
@given(st.text(alphabet="ab .\n'\"“”\u200b\xa0", max_size=200), st.integers(0, 200))
def test_every_quote_stands_in_its_article(text: str, offset: int) -> None:
    sentences = Sentences(text)
    assert sentences.at(offset) in " ".join(sentences.text.split())
    assert sentences.quote(text[offset : offset + 20]) in " ".join(sentences.text.split())


# -- which format it is


def test_format_is_told_by_names_and_fields(
    squad: Path, beir: Path, multihop: Path, realtimeqa: Path, write: Write
) -> None:
    found = {path: detect(path) for path in (squad, beir, multihop, multihop / "MultiHopRAG.json", realtimeqa)}
    assert list(found.values()) == ["squad", "beir", "multihop", "multihop", "realtimeqa"]
    assert detect(realtimeqa.parent) == "realtimeqa"
    rows: dict[str, dict[str, object]] = {
        "squad": {"id": "1", "context": PIER, "question": "Who?", "answers": []},
        "realtimeqa": {"id": "1", "date": "2023-01-05", "question": "Who?", "answer": "Holt", "choices": []},
        "ragas": {"question": "Who?", "answer": "Holt", "ground_truth": "Anna Holt"},
        "deepeval": {"input": "Who?", "expected_output": "Holt"},
    }
    for name, row in rows.items():
        assert detect(write(f"{name}.jsonl", [row])) == name


def test_format_that_cannot_be_told_is_none(write: Write, tmp_path: Path) -> None:
    ours = Case("1", "Who?", answers=("Holt",)).to_dict()
    for content in ([ours], [{"title": "Pier", "text": PIER}], [{"data": [1, 2]}], [{"_id": "1", "text": PIER}]):
        assert detect(write("file.jsonl", content)) is None
    assert detect(write("empty.json", [])) is None
    (tmp_path / "empty").mkdir()
    assert detect(tmp_path / "empty") is None


# -- what is wrong with a file


SQUAD_ROW = {"id": "1", "title": "Brell", "context": PIER, "question": "Who?", "answers": ["Anna Holt"]}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"question": None}, "has no 'question'; add one"),
        ({"question": 3}, "'question' must be a text that is not empty"),
        ({"context": "  "}, "'context' must be a text that is not empty"),
        ({"id": True}, "'id' must be a text that is not empty"),
        (
            {"answers": None},
            "'answers' must be a list of texts or of {text, answer_start}, empty when there is no answer",
        ),
        (
            {"answers": [" "]},
            "'answers' must be a list of texts or of {text, answer_start}, empty when there is no answer",
        ),
        ({"answers": ["Berg"]}, "the answer 'Berg' does not stand in its paragraph; correct one of them"),
        ({"answer_start": [1, 2]}, "'answer_start' must be a list of as many numbers as there are answers, 1"),
        ({"answer_start": ["x"]}, "'answer_start' is 'x'; write whole numbers"),
        ({"id": "0"}, "the id '0' is that of {path}:1 too; give it another"),
    ],
)
def test_bad_row_is_told_with_its_line(changed: dict[str, Any], message: str, write: Write) -> None:
    path = write("rows.jsonl", [{**SQUAD_ROW, "id": "0"}, {**SQUAD_ROW, **changed}])
    with pytest.raises(CasesError) as raised:
        read("squad", path)
    assert str(raised.value) == f"{path}:2: " + message.replace("{path}", str(path))


def test_bad_item_of_nested_json_is_told_with_its_number(squad: Path) -> None:
    content = json.loads(squad.read_text())
    del content["data"][0]["paragraphs"][1]["qas"][0]["answers"]
    squad.write_text(json.dumps(content))
    with pytest.raises(CasesError) as raised:
        read("squad", squad)
    assert str(raised.value).startswith(f"{squad}:1.data[0].paragraphs[1].qas[0]: 'answers' must be")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("f.jsonl", lines([SQUAD_ROW]) + "\n{nope}\n", "f.jsonl:3: is not JSON (Expecting property name"),
        ("f.jsonl", lines([SQUAD_ROW]) + "[1]\n", "f.jsonl:2: is not a JSON object"),
        ("f.jsonl", lines([SQUAD_ROW]).encode() + b'{"a": "\xff"}\n', "f.jsonl:2: is not UTF-8"),
        ("f.json", '{\n "data": [\n  {,}\n ]\n}', "f.json:3: is not JSON"),
        ("f.json", "[1]", "f.json[0]: is not a JSON object"),
        ("f.json", "\n\n[\n{,}]", "f.json:4: is not JSON"),
        ("f.json", "[" * 100_000, "f.json:1: is JSON that nests too deeply"),
        ("f.json", '{"a": ' + "9" * 5000 + "}", "f.json:1: is JSON that nests too deeply or holds a huge number"),
        ("f.json", '{"data": 1}', "f.json:1: 'data' must be a list"),
        ("f.json", "", "f.json: holds neither JSON nor JSON Lines"),
        ("f.json", "id,question\n", "f.json: holds neither JSON nor JSON Lines"),
        ("f.json", "[]", "f.json: holds no questions that can be used (it is empty)"),
        ("f.jsonl", gzip.compress(lines([SQUAD_ROW] * 9).encode())[:-9], "f.jsonl: is a damaged gzip file"),
        ("f.jsonl", b"\x1f\x8bnot gzip", "f.jsonl: is a damaged gzip file"),
    ],
)
def test_bad_file_is_told_with_its_line(name: str, content: str | bytes, message: str, write: Write) -> None:
    with pytest.raises(CasesError) as raised:
        read("squad", write(name, content))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("question,question\n", "f.csv:1: names a column twice"),
        ('question,ground_truth\n"a\nb",c\nd\n', "f.csv:4: has 1 cells, the header 2"),
        ('question,ground_truth\n"a"b,c\n', "f.csv:2: is not CSV"),
        (b"question,ground_truth\n\xff,c\n", "f.csv: is not UTF-8"),
        ("question,answer\na,b\n", "f.csv:2: has no 'reference' and no reference contexts to judge by"),
        ("question,ground_truth\n,b\n", "f.csv:2: has no 'user_input' or 'question'; add one"),
        ("question,contexts\na,\"['b' ... 'c']\"\n", "f.csv:2: 'retrieved_contexts' begins like a list"),
        ("question,contexts\na,\"['b', 1]\"\n", "f.csv:2: 'retrieved_contexts' begins like a list"),
        ("", "f.csv: holds no questions"),
    ],
)
def test_bad_table_is_told_with_its_line(content: str | bytes, message: str, write: Write) -> None:
    with pytest.raises(CasesError) as raised:
        read("ragas", write("f.csv", content))
    assert message in str(raised.value)


def test_long_cell_is_read_and_the_limit_of_the_process_stays(write: Write) -> None:
    before = csv.field_size_limit()
    text = "Anna Holt built it. " * 10_000
    assert len(text) > before
    imported = read("ragas", write("f.csv", f"question,ground_truth,contexts\nWho?,Holt,{text}\n"))
    assert len(imported.articles[0]["text"]) == len(text)
    assert csv.field_size_limit() == before


def test_conversation_is_refused(write: Write) -> None:
    with pytest.raises(CasesError, match=r"f.jsonl:1: 'user_input' is a conversation"):
        read("ragas", write("f.jsonl", [{"user_input": [{"content": "Who?", "type": "human"}], "reference": "Holt"}]))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"answer": []}, "has no 'answer'; give a text, or a list of places"),
        ({"answer": ["4"]}, "the answer '4' is no place among 4 'choices'"),
        ({"answer": ["-1"]}, "the answer '-1' is no place among 4 'choices'"),
        ({"choices": "Ost"}, "'choices' must be a list of texts"),
        ({"question_date": "soon"}, "the date 'soon' is not one; write YYYY-MM-DD"),
    ],
)
def test_bad_weekly_question_is_told(changed: dict[str, Any], message: str, write: Write) -> None:
    path = write("20230106_qa.jsonl", [{**WEEKLY, **changed}])
    with pytest.raises(CasesError) as raised:
        read("realtimeqa", path)
    assert str(raised.value).startswith(f"{path}:1: {message}")


def test_bad_judgement_is_told(beir: Path, write: Write) -> None:
    for line, message in (("a\t1", "must be three cells"), ("a\t1\tx", "the score 'x' is not a whole number")):
        path = write("coast/qrels/test.tsv", f"query-id\tcorpus-id\tscore\n{line}\n")
        with pytest.raises(CasesError) as raised:
            read("beir", beir)
        assert str(raised.value).startswith(f"{path}:2: {message}")


def test_missing_files_are_told(tmp_path: Path, beir: Path, squad: Path, multihop: Path) -> None:
    for name in FORMATS:
        with pytest.raises(CasesError, match="there is no such file or folder; check the path"):
            read(name, tmp_path / "nowhere")
    (multihop / "corpus.json").unlink()
    with pytest.raises(CasesError, match=r"corpus.json: there is no such file; put it there"):
        read("multihop", multihop)
    with pytest.raises(CasesError, match=r"qrels: holds no .tsv file"):
        read("beir", multihop)
    with pytest.raises(CasesError, match=r"holds no file like 20230106_qa.jsonl"):
        read("realtimeqa", multihop)
    with pytest.raises(CasesError, match=r"cannot be read \(Is a directory\)"):
        read("squad", beir)
    with pytest.raises(CasesError, match="there is no format 'trivia'; known are squad, beir"):
        read("trivia", squad)
    with pytest.raises(CasesError, match="is for beir only, not squad"):
        read("squad", squad, split="test")
    with pytest.raises(CasesError, match="is for multihop and realtimeqa, not squad"):
        read("squad", squad, articles=squad)


# -- writing


def test_written_cases_and_articles_are_those_imported(squad: Path, tmp_path: Path) -> None:
    imported = read("squad", squad)
    cases, articles = write_imported(imported, tmp_path / "new" / "folder")
    assert load_cases(cases) == imported.cases
    assert articles is not None
    assert [json.loads(line) for line in articles.read_text().splitlines()] == imported.articles
    assert sorted(path.name for path in cases.parent.iterdir()) == ["articles.jsonl", "cases.jsonl"]


@pytest.mark.parametrize("name", ["cases.jsonl", "articles.jsonl"])
def test_files_that_are_there_are_kept_unless_told(name: str, squad: Path, tmp_path: Path) -> None:
    imported = read("squad", squad)
    there = tmp_path / "out" / name
    there.parent.mkdir()
    there.write_text("mine\n")
    with pytest.raises(CasesError, match=f"{name}: is there already"):
        write_imported(imported, there.parent)
    assert [path.read_text() for path in there.parent.iterdir()] == ["mine\n"]
    write_imported(imported, there.parent, overwrite=True)
    assert "mine" not in there.read_text()
    there.write_text("")
    other = {"cases.jsonl", "articles.jsonl"} - {name}
    (there.parent / other.pop()).unlink()
    write_imported(imported, there.parent)
    assert there.stat().st_size > 0


def test_folder_that_cannot_be_made_is_told(squad: Path) -> None:
    with pytest.raises(EvalError, match=r"articles.jsonl: cannot be written \(.*\); choose another place"):
        write_imported(read("squad", squad), squad / "below")


def test_half_a_surrogate_pair_does_not_stop_an_import(write: Write, tmp_path: Path) -> None:
    row = '{"id": "1", "context": "The pier \\ud800 was lost.", "question": "What \\ud800?", "answers": ["pier"]}'
    cases, articles = write_imported(read("squad", write("f.jsonl", row)), tmp_path / "out")
    (case,) = load_cases(cases)
    assert articles is not None
    assert case.evidence[0].quote == json.loads(articles.read_text())["text"]
