"""The benchmark of the reader and the fitting of its ranking, on data of a few lines and with the real engine."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from eval.bench import fit_reader, news, reading, reading_given
from eval.bench.fit_reader import Asked, Candidate, fit, fit_bias, report
from eval.bench.reading_given import TEST_FILE, best_span
from eval.errors import EvalError
from index.crossencoder import Reading, Span
from rag.training.data import TRAIN_FILE, Row, split

TOWNS = ("Ostrava", "Malmo", "Toledo", "Varna", "Bergen", "Lublin")
PEOPLE = ("Anna Kowalska", "Erik Lund", "Marta Ruiz", "Ivan Petrov", "Liv Hansen", "Jan Zielinski")


def paragraph(number):
    return (
        f"The bridge of {TOWNS[number]} was designed by {PEOPLE[number]}, an engineer, and opened in {1900 + number}. "
        "Many people came to see it on the first day, and a band played."
    )


def row(number, title, source):
    text, person = paragraph(number), PEOPLE[number]
    return {
        "id": f"{title}-{number}", "title": title, "context": text, "source": source,
        "question": f"Who designed the bridge of {TOWNS[number]}?",
        "answers": [person], "answer_start": [text.index(person)],
    }  # fmt: skip


def write(path, rows):
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Three files with six bridges each; the article of the training file is one that is held out."""
    folder = tmp_path_factory.mktemp("data")
    titles = (Row("", f"Bridges {number}", "", "", (), "squad1-train") for number in range(1000))
    held_out = next(one.title for one in titles if split([one])[1])
    write(folder / TEST_FILE, [row(n, "Bridges", "squad1-dev") for n in range(6)])
    write(folder / TRAIN_FILE, [row(n, held_out, "squad1-train") for n in range(6)])
    day = date(2023, 5, 20).isoformat()
    texts = [paragraph(n) for n in range(6)] + [f"Nothing was built in year {n}." for n in range(50)]
    write(
        folder / news.ARTICLES_FILE,
        [{"url": f"https://news.test/{n}", "title": "", "text": text, "date": day} for n, text in enumerate(texts)],
    )
    write(
        folder / news.QUESTIONS_FILE,
        [
            {"id": f"q{n}", "question": f"Who designed the bridge of {TOWNS[n]}?", "date": day, "answer": PEOPLE[n]}
            for n in range(6)
        ],
    )
    return folder


# -- the benchmark


@pytest.fixture(scope="module")
def measured(data, tmp_path_factory):
    """The JSON of all parts, and what was needed to write it."""
    work = tmp_path_factory.mktemp("work")
    result = work / "reading.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading_given, "LENGTHS", (160,))  # one more network to load is enough
        assert reading.main(["--data", str(data), "--work", str(work), "--questions", "3", "--json", str(result)]) == 0
    return data, work, result


def test_every_part_is_measured(measured):
    parts = json.loads(measured[2].read_text("utf-8"))["parts"]
    assert list(parts) == list(reading.PARTS)
    assert list(parts["squad"]) == ["rows of 160 tokens"]
    assert parts["squad"]["rows of 160 tokens"]["questions"] == 3
    assert all(0 <= one["exact_match"] <= one["f1"] <= 1 for one in parts["squad"].values())
    assert list(parts["answerable"]) == ["other paragraph", "detail changed", "news", "exercises"]
    assert parts["answerable"]["other paragraph"]["unanswerable_texts"] == 3
    assert all(0 <= one["margin"] <= 1 for one in parts["answerable"].values())
    assert all(
        0 < parts["latency"][way]["p50_ms"] <= parts["latency"][way]["p95_ms"] for way in ("search, fused", "ask")
    )
    assert parts["latency"]["chunks"] == 56


@pytest.mark.parametrize("part", ["open", "news"])
def test_ranking_is_measured_with_and_without_the_reader_and_compared(measured, part):
    found = json.loads(measured[2].read_text("utf-8"))["parts"][part]
    assert found["questions"] == 3
    assert found["fused"]["hit@5"] == found["reranked"]["hit@5"] == 1  # a town has one bridge
    for name, value in found["fused"].items():
        assert found["comparison"][name]["difference"] == pytest.approx(found["reranked"][name] - value, abs=2e-4)
        assert found["relative_gain"][name] == pytest.approx(found["reranked"][name] / value - 1, abs=2e-4)


def test_parts_measured_before_are_kept_while_the_weights_are_the_same(measured, tmp_path, capsys):
    data, work, result = measured
    copied = tmp_path / "reading.json"
    shutil.copy(result, copied)
    before = json.loads(copied.read_text("utf-8"))
    options = ["--data", str(data), "--work", str(work), "--part", "news", "--questions", "1", "--json", str(copied)]
    assert reading.main(options) == 0
    after = json.loads(copied.read_text("utf-8"))
    assert after["parts"]["news"]["questions"] == 1
    assert after["parts"]["open"] == before["parts"]["open"]
    shown = capsys.readouterr().out.splitlines()
    assert all(line.startswith("news ") for line in shown)
    assert any("reranked: hit@5" in line and line.endswith("1.0") for line in shown)
    copied.write_text(json.dumps({**before, "weights_sha256": "other"}))
    assert reading.main(options) == 0
    assert list(json.loads(copied.read_text("utf-8"))["parts"]) == ["news"]


def test_missing_data_is_one_line_that_names_the_file(tmp_path, capsys):
    assert reading.main(["--data", str(tmp_path), "--work", str(tmp_path), "--part", "squad"]) == 1
    told = capsys.readouterr().err
    assert TEST_FILE in told
    assert told.count("\n") == 1


def test_the_best_span_of_a_text_without_words_is_empty():
    assert best_span("", Reading((), -100.0, -100.0)) == ""


# -- fitting


def groups(seed, count=60, weights=(3.0, -1.0, 0.0)):
    """Questions with six candidates each; the right one is drawn by the softmax of the scores that weights give."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        x = random.normal(size=(6, 3)) * (1.0, 5.0, 0.1)
        scores = x @ (weights[0], weights[1] / 5, weights[2])
        p = np.exp(scores - scores.max())
        right = np.zeros(6, bool)
        right[random.choice(6, p=p / p.sum())] = True
        yield x, right


def test_the_weights_are_those_of_least_loss():
    told = list(groups(1))
    scale = np.concatenate([x for x, _ in told]).std(axis=0)

    def loss(weights):
        scores = [x / scale @ weights for x, _ in told]
        found = [np.logaddexp.reduce(one) - one[right].mean() for one, (_, right) in zip(scores, told, strict=True)]
        return 1000 / len(told) * sum(found) + weights @ weights / 2

    assert fit([told]) == pytest.approx(minimize(loss, np.zeros(3)).x / scale, rel=1e-3, abs=1e-3)


def test_fitting_finds_what_the_right_ones_were_drawn_by():
    found = fit([list(groups(2, 2000))])
    assert found[:2] == pytest.approx([3.0, -0.2], rel=0.2)


def test_a_source_counts_the_same_however_many_questions_it_has():
    one, other = list(groups(3)), list(groups(4, weights=(-3.0, 1.0, 0.0)))
    assert fit([one, other]) == pytest.approx(fit([one * 5, other]), abs=1e-3)


def test_questions_that_say_nothing_are_left_out():
    told = list(groups(5))
    silent = [(x, np.full(6, value)) for (x, _), value in zip(told, [True, False] * 30, strict=True)]
    assert fit([[*told, *silent]]) == pytest.approx(fit([told]))
    with pytest.raises(EvalError, match="more questions"):
        fit([silent])


@given(st.integers(1, 9), st.floats(-5, 5))
@settings(max_examples=30)
def test_the_bias_makes_the_mean_score_the_share_of_right_ones(right, shift):
    scores = np.linspace(-2, 2, 10) + shift
    labels = np.arange(10) < right
    assert np.mean(1 / (1 + np.exp(-scores - fit_bias(scores, labels)))) == pytest.approx(right / 10, abs=1e-4)


def candidate(fused, relevant, right):
    return Candidate(fused, {}, 0, "", right, Reading((Span(0, 1, 0.0, 0.0),), 0.0, relevant))


def test_the_report_orders_by_the_weights_and_counts_by_source():
    asked = [
        Asked("wiki", "1", [candidate(1.0, -3.0, False), candidate(0.5, 3.0, True)]),
        Asked("news", "2", [candidate(1.0, 1.0, True), candidate(0.5, 3.0, False)]),
    ]
    weights = dict.fromkeys(fit_reader.NAMES, 0.0) | {"relevant": 1.0, "bias": 0.0}
    found = report(weights, asked)
    assert [(name, one["hit@1"], one["mrr@10"]) for name, one in found.items()] == [
        ("wiki, fused", 0, 0.5), ("wiki, reranked", 1, 1), ("news, fused", 1, 1), ("news, reranked", 0, 0.5)
    ]  # fmt: skip


def test_what_was_collected_is_used_again_and_checking_writes_nothing(data, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(fit_reader, "WEIGHTS", tmp_path / "ranking.json")
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    options = ["--data", str(folder), "--work", str(tmp_path), "--check"]
    assert fit_reader.main(options) == 0
    first = json.loads(capsys.readouterr().out)
    shutil.rmtree(folder)
    assert fit_reader.main(options) == 0
    assert json.loads(capsys.readouterr().out) == first
    assert sum(one["questions"] for one in first["held_out"].values()) > 0
    assert not (tmp_path / "ranking.json").exists()


def test_fitted_weights_have_a_name_each():
    told = [Asked("wiki", str(n), [candidate(1.0, n % 3, n % 2 == 0), candidate(0.5, 1, n % 2 == 1)]) for n in range(9)]
    found = fit_reader.fitted(told)
    assert set(found) == {*fit_reader.NAMES, "bias"}
    assert found["fused"] > 0
