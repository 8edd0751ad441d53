"""The labels and the scoring of the benchmarks, and Nutgraf's side of them on two articles."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bench.news import (
    ARTICLES_FILE,
    QUESTIONS_FILE,
    Question,
    holds,
    is_relevant,
    label,
    make_pool,
    normalise,
    plain_answer,
    read_dates,
    read_questions,
)
from eval.bench.retrieval import main, report, table
from eval.bench.scoring import Run, compare, measure, sign_test, summary
from eval.errors import EvalError

DAY = date(2023, 5, 20)


def question(answer, number=0, day=DAY):
    return Question(f"q{number}", f"Question {number}?", day, answer)


def article(number, text, day=DAY):
    return {"url": f"https://news.test/{number}", "title": f"Title {number}", "text": text, "date": day.isoformat()}


# -- labels


@pytest.mark.parametrize("answer", ["", "5", "42", "No", "TRUE", "yes.", "“All of the above”", "👍👍👍", "..."])
def test_unspecific_answers_are_not_looked_for(answer):
    assert plain_answer(answer) is None


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Ocean Cleanup", "the OCEAN\u00a0\n cleanup project"),
        ("“Succession”", "the drama Succession, again"),
        ("Rolls‑Royce", "Rolls-Royce's engine"),
        ("Helen's Sausage House", "Helen’s Sausage House closed"),
        ("$500", "It cost $500."),
        ("22%", "rose by 22%, they said"),
        ("1,000", "some 1,000 people"),
        ("4-1", "won 4–1 on Sunday"),
        ("Beyoncé", "Beyonce\u0301 sang"),
    ],
)
def test_an_answer_is_found_however_it_is_typeset(answer, text):
    assert holds(normalise(text), plain_answer(answer))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Ford", "Stanford and Fordham"),
        ("$500", "It cost $500,000."),
        ("22%", "rose by 1.22%"),
        ("104", "104.5 degrees"),
        ("4-1", "won 14-1"),
        ("Six Nations", "six other nations"),
    ],
)
def test_part_of_a_word_or_number_is_no_answer(answer, text):
    assert not holds(normalise(text), plain_answer(answer))


@pytest.mark.parametrize(("days", "relevant"), [(-15, False), (-14, True), (0, True), (14, True), (15, False)])
def test_an_article_counts_within_fourteen_days_either_way(days, relevant):
    assert is_relevant(question("Ocean Cleanup"), "The Ocean Cleanup.", DAY + timedelta(days=days)) is relevant


def test_label_leaves_out_common_answers_and_articles_of_another_time():
    articles = [article(number, "Nothing of note.") for number in range(100)]
    articles[3]["text"] = "Sweden won in Liverpool."
    articles[4] = article(4, "Sweden won before.", DAY - timedelta(days=400))
    for number in (10, 11, 12):
        articles[number]["text"] = "China and Peru said so."
    asked = [question("Sweden", 1), question("China", 2), question("Atlantis", 3), question("7", 4)]
    assert label(asked, articles) == (2, {"q1": (3,)})


_words = st.lists(st.sampled_from(["red", "fox", "1,5", "1,500", "red-fox", "Fox.", "“red”", "o'fox"]), max_size=6)


@given(answers=st.lists(_words.map(" ".join), max_size=4), texts=st.lists(_words.map(" ".join), max_size=6))
def test_label_agrees_with_the_definition(answers, texts):
    asked = [question(answer, number) for number, answer in enumerate(answers)]
    articles = [article(number, text) for number, text in enumerate(texts)]
    expected = {}
    for one in asked:
        relevant = tuple(number for number, text in enumerate(texts) if is_relevant(one, text, DAY))
        if relevant:
            expected[one.id] = relevant
    assert label(asked, articles, max_share=1.0)[1] == expected


# -- pools


@pytest.fixture
def data(tmp_path):
    """200 articles, the first 40 of which hold the answer to a question each; a 41st question has none."""
    folder = tmp_path / "data"
    folder.mkdir()
    articles = [article(n, f"Number{n} won." if n < 40 else "Nobody won.") for n in range(200)]
    questions = [
        {"id": f"q{n}", "question": "Who?", "date": DAY.isoformat(), "answer": f"Number{n}"} for n in (*range(40), 999)
    ]
    for name, rows in ((ARTICLES_FILE, articles), (QUESTIONS_FILE, questions)):
        (folder / name).write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return folder


def test_a_pool_is_half_relevant_and_its_questions_have_an_answer_in_it(data, tmp_path):
    pool = make_pool(data, tmp_path / "pool", articles=20, seed=1)
    dates, questions = read_dates(pool.articles), read_questions(pool.questions)
    assert (pool.size, pool.asked, pool.specific, pool.labelled) == (20, 41, 41, 40)
    assert len(dates) == 20
    assert pool.usable == len(questions) >= 10
    assert {f"https://news.test/{one.answer.removeprefix('Number')}" for one in questions} <= set(dates)


def test_a_pool_depends_on_the_seed_alone(data, tmp_path):
    first, again, other = (make_pool(data, tmp_path / name, 20, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert first.articles.read_bytes() == again.articles.read_bytes()
    assert first.questions.read_bytes() == again.questions.read_bytes()
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_a_pool_is_at_most_all_there_is(data, tmp_path):
    assert make_pool(data, tmp_path / "pool", articles=1000).size == 200


@pytest.mark.parametrize("content", [None, b"no gzip", gzip.compress(b'{"url": 1}'), gzip.compress(b"[]\n{")])
def test_data_that_is_missing_or_damaged_is_one_line_that_names_the_file(data, tmp_path, capsys, content):
    (data / ARTICLES_FILE).unlink()
    if content is not None:
        (data / ARTICLES_FILE).write_bytes(content)
    assert main(["--data", str(data), "--work", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert ARTICLES_FILE in told
    assert told.count("\n") == 1


# -- scoring


def a_run(rankings, **changed):
    passages = {key: [{"url": url, "text": text} for url, text in found] for key, found in rankings.items()}
    figures = {
        "versions": {"thing": "1.0"}, "articles": 10, "chunks": 40, "load_seconds": 1.0, "index_seconds": 4.0,
        "index_cpu_seconds": 8.0, "index_peak_rss_mib": 100.0, "peak_rss_mib": 200.0, "disk_mib": 1.0,
        "query_ms": [1.0, 2.0, 3.0], "rankings": passages,
    }  # fmt: skip
    return Run(**(figures | changed))


DATES = {"old": DAY - timedelta(days=400), "new": DAY}


def test_a_passage_is_right_when_it_holds_the_answer_and_its_article_is_of_the_time():
    asked = [question("Sweden", 1), question("Finland", 2), question("Norway", 3), question("Iceland", 4)]
    miss = ("new", "Nobody won.")
    run = a_run({
        "q1": [("new", "Sweden won.")],
        "q2": [("old", "Finland won."), miss, miss, miss, miss, ("new", "Finland won again.")],
        "q3": [("new", "Sweden won."), ("new", "Norway came third.")],
    })  # fmt: skip
    measures = measure(run, asked, DATES)
    assert measures == {
        "hit@1": [1, 0, 0, 0], "hit@5": [1, 0, 1, 0], "hit@10": [1, 1, 1, 0], "mrr@10": [1, 1 / 6, 1 / 2, 0],
    }  # fmt: skip
    assert summary(measures) == {"hit@1": 0.25, "hit@5": 0.5, "hit@10": 0.75, "mrr@10": 0.4167}


def test_a_passage_from_outside_the_pool_is_an_error():
    with pytest.raises(EvalError, match="elsewhere"):
        measure(a_run({"q1": [("elsewhere", "Sweden won.")]}), [question("Sweden", 1)], DATES)


def test_two_runs_are_compared_question_by_question():
    pair = compare([1, 1, 1, 0, 0, 1], [1, 0, 0, 1, 0, 0], seed=0)
    low, high = pair["ci95"]
    assert (pair["better"], pair["worse"], pair["same_right"], pair["same_wrong"]) == (3, 1, 1, 1)
    assert pair["difference"] == pytest.approx(2 / 6, abs=1e-4)
    assert -1 <= low < pair["difference"] < high <= 1
    assert pair["p"] == sign_test(3, 1)


def test_a_run_does_not_differ_from_itself():
    pair = compare([1, 0, 0.5], [1, 0, 0.5], seed=0)
    assert (pair["difference"], pair["ci95"], pair["p"]) == (0, [0, 0], 1)


@pytest.mark.parametrize(("better", "worse", "p"), [(0, 0, 1), (5, 5, 1), (0, 5, 2 / 32), (9, 1, 22 / 1024)])
def test_the_sign_test_is_exact_and_two_sided(better, worse, p):
    assert sign_test(better, worse) == sign_test(worse, better) == p


def test_a_report_gives_rates_ratios_and_can_be_written_as_json(data, tmp_path):
    pool = make_pool(data, tmp_path / "pool", articles=20)
    asked, dates = read_questions(pool.questions), read_dates(pool.articles)
    perfect = {one.id: [(f"https://news.test/{one.answer[6:]}", f"{one.answer} won.")] for one in asked}
    wrong = {one.id: [(next(iter(dates)), "Nobody won.")] for one in asked}
    runs = {"nutgraf": a_run(perfect, index_seconds=1.0), "langchain_stock": a_run(wrong, load_seconds=2.0)}
    result = json.loads(json.dumps(report(pool, runs, seed=0)))
    assert result["systems"]["nutgraf"]["articles_per_second"] == 5
    assert result["ratios"]["articles_per_second"] == pytest.approx(3, abs=0.01)
    assert result["comparison"]["hit@5"]["better"] == pool.usable
    assert result["pool"]["fingerprint"] == pool.fingerprint
    assert f"{pool.usable} questions" in table(result)


def test_a_half_written_run_is_refused(tmp_path):
    path = tmp_path / "run.json"
    path.write_text('{"articles": 3}')
    with pytest.raises(EvalError, match=r"run\.json"):
        Run.load(path)


def test_nutgrafs_side_indexes_searches_and_is_scored(tmp_path: Path):
    from eval.bench.nutgraf_run import main as nutgraf_main

    texts = ["The orchestra of Malmö played in the rain.", "A goat ate the mayor's speech in Ostrava."]
    articles, questions, result = tmp_path / "articles.jsonl", tmp_path / "questions.jsonl", tmp_path / "run.json"
    articles.write_text("".join(json.dumps(article(n, text)) + "\n" for n, text in enumerate(texts)))
    asked = Question("q1", "What did the goat eat?", DAY, "speech")
    questions.write_text(json.dumps({"id": asked.id, "question": asked.question}) + "\n")
    nutgraf_main(str(articles), str(questions), str(tmp_path / "store"), str(result))
    run = Run.load(result)
    assert (run.articles, run.chunks, len(run.query_ms)) == (2, 2, 1)
    assert summary(measure(run, [asked], read_dates(articles)))["hit@1"] == 1
