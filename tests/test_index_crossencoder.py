"""The cross-encoder: rows of input, the weights file, the network against torch, spans with exact offsets."""

import itertools
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.crossencoder import CrossEncoder, Reading, Span, engine, has_weights, pairs, weights, weights_path
from index.crossencoder.network import Network
from index.errors import ModelError
from index.minilm import published_arrays

TEXT = (
    "The Vistula Bridge opened in 1932. It was designed by Anna Kowalska, an engineer from Warsaw. "
    "The largest span measures 120 metres. Repairs began after the flood of 1947 and ended in 1951. "
    "Marek Nowak, the mayor of Torun, said the bridge had carried 40 million travellers."
)
FILLER = "The harbour was calm and the boats stayed where they were. " * 20


@pytest.fixture(scope="module")
def network():
    return CrossEncoder()


@pytest.fixture(scope="module")
def published():
    return published_arrays()


def test_kinds_say_side_shared_token_and_capital():
    question, text = pairs.tokenize_all(["Who left Berlin?", "Berlin left him in 2015."])
    pair = pairs.join(question, text, 0, len(text.ids))
    shared, capital, in_text = pairs.SHARED, pairs.CAPITAL, pairs.TEXT
    asked = [capital, shared, shared + capital, 0]
    read = [in_text + shared + capital, in_text + shared, in_text, in_text, in_text + capital, in_text]
    assert pair.kinds == (0, *asked, 0, *read, 0)
    assert pair.ids == (pairs.CLS, *question.ids, pairs.SEP, *text.ids, pairs.SEP)
    assert pair.ids[pair.shift] == text.ids[0]


def test_sentences_start_after_a_full_stop():
    text = "It fell. The mayor, e.g. of Torun, left at 5.30 today. Why?"
    tokens = pairs.tokenize(text)
    assert [text[tokens.spans[start][0] :][:3] for start in tokens.starts] == ["It ", "The", "Why"]


SENTENCES = st.lists(st.integers(1, 60), min_size=1, max_size=12).map(
    lambda counts: " ".join(" ".join(["Red", *["fox"] * count]) + "." for count in counts)
)


@given(st.integers(12, 80), SENTENCES)
def test_windows_cover_every_token_and_fit(size, text):
    tokens = pairs.tokenize(text)
    found = pairs.windows(tokens, size)
    assert all(0 < end - begin <= size for begin, end in found)
    assert set(range(len(tokens.ids))) == {t for begin, end in found for t in range(begin, end)}
    assert all(one[0] < other[0] and one[1] < other[1] for one, other in itertools.pairwise(found))


def random_values(published, frozen):
    """Parameters as if trained: the published ones a little moved, and heads of the same size."""
    rng = np.random.default_rng(1)
    layers = {name: value for name, value in published.items() if name.startswith("layers.")}
    moved = {
        name: value + rng.normal(scale=0.01, size=value.shape).astype(np.float32)
        for name, value in layers.items()
        if int(name.split(".")[1]) >= frozen
    }
    return moved | {name: rng.normal(scale=0.2, size=shape).astype(np.float32) for name, shape in weights.HEADS.items()}


def test_the_file_keeps_differences_within_half_a_step(tmp_path, published):
    values = random_values(published, 5)
    path = tmp_path / "reader.safetensors"
    weights.write_reader(path, values, published, {"frozen": "5"})
    assert path.stat().st_mode & 0o777 == 0o644
    found, metadata = weights.read_reader(path, published)
    assert (metadata["frozen"], metadata["length"]) == ("5", str(weights.LENGTH))
    assert found.keys() == values.keys()
    name = "layers.5.query.weight"
    step = np.abs(values[name] - published[name]).max(axis=1, keepdims=True) / 127
    assert (np.abs(found[name] - values[name]) <= 0.51 * step).all()
    assert np.allclose(found["span.bias"], values["span.bias"], rtol=1e-3)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "are missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1000]), "cannot be read"),
        (lambda path: path.write_bytes(b"no weights"), "cannot be read"),
        (lambda path: swap(path, weights.DEFAULT_SHA, weights.DEFAULT_SHA[::-1]), "no reader for the encoder"),
        (lambda path: swap(path, weights.FORMAT, weights.FORMAT[:-1] + "9"), "no reader for the encoder"),
        (lambda path: swap(path, '"span.bias"', '"span.lias"'), r"span\.bias is missing"),
        (lambda path: swap(path, f'"length":"{weights.LENGTH}"', '"length":"abc"'), "does not say how"),
    ],
)
def test_weights_that_cannot_be_used_say_what_to_do(tmp_path, damage, message):
    path = tmp_path / "reader.safetensors"
    path.write_bytes(weights_path().read_bytes())
    damage(path)
    with pytest.raises(ModelError, match=rf"reader\.safetensors: .*{message}.*python -m rag\.training") as caught:
        CrossEncoder(path)
    assert "\n" not in str(caught.value)


def swap(path, old, new):
    data = path.read_bytes()
    assert data.count(old.encode()) == 1
    path.write_bytes(data.replace(old.encode(), new.encode()))


def test_the_package_has_weights(monkeypatch, tmp_path):
    assert has_weights()
    monkeypatch.setattr(weights, "__file__", str(tmp_path / "weights.py"))
    assert not has_weights()


def test_the_network_computes_what_was_trained(published):
    import torch

    from rag.training.model import load_reader

    values = random_values(published, 3)
    rng = np.random.default_rng(2)
    lengths = np.array([17, 40, 33, 5])
    mask = np.arange(40) < lengths[:, None]
    ids, kinds = rng.integers(1000, 30000, mask.shape) * mask, rng.integers(0, pairs.KINDS, mask.shape) * mask
    kinds[:, 0] = 0
    with torch.inference_mode():
        expected = load_reader(values, 3).eval()(*map(torch.from_numpy, (ids, kinds, mask)))
    found = Network({**published, **values}, 3, "f32").infer(ids, kinds, mask)
    for name in found._fields:
        assert np.abs(getattr(found, name) - getattr(expected, name).numpy()).max() <= 2e-3, name


@pytest.mark.parametrize("numbers", ["int8", None])
def test_all_numbers_find_the_same(numbers):
    rough, exact = CrossEncoder(_numbers=numbers), CrossEncoder(_numbers="f32")
    for question in ("Who designed the bridge?", "How long is the largest span?", "Who is the mayor of Torun?"):
        (one,), (other,) = (reader.read(question, [TEXT]) for reader in (rough, exact))
        assert (one.spans[0].start, one.spans[0].end) == (other.spans[0].start, other.spans[0].end)
        assert one.spans[0].margin == pytest.approx(other.spans[0].margin, abs=0.3)
        assert (one.answerable, one.relevant) == pytest.approx((other.answerable, other.relevant), abs=0.3)


def test_answers_are_found_and_texts_are_told_apart(network):
    question = "Who designed the bridge?"
    other, right = network.read(question, [FILLER, TEXT])
    best = right.spans[0]
    assert TEXT[best.start : best.end] == "Anna Kowalska"
    assert best.margin == best.score - best.null > other.spans[0].margin
    assert right.relevant > other.relevant
    assert right.answerable > other.answerable


def test_readings_do_not_depend_on_what_is_read_beside(network):
    texts = [TEXT, "", FILLER, "Torun", TEXT[:90]]
    question = "Who is the mayor of Torun?"
    together, another = network.read(question, texts), CrossEncoder()
    for text, reading in zip(texts, together, strict=True):
        (alone,) = another.read(question, [text])
        assert alone.relevant == pytest.approx(reading.relevant, abs=0.2)
        assert [span.start for span in alone.spans[:1]] == [span.start for span in reading.spans[:1]]


def check_spans(reading, text, most):
    tokens, spans = pairs.tokenize(text), sorted(reading.spans, key=lambda span: span.start)
    assert len(spans) <= most
    assert [span.margin for span in reading.spans] == sorted((span.margin for span in spans), reverse=True)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    for span in spans:
        part = text[span.start : span.end]
        assert 0 <= span.start < span.end <= len(text)
        assert part == part.strip()
        inside = [begin for begin, end in tokens.spans if span.start <= begin and end <= span.end]
        assert len(inside) <= engine.MAX_ANSWER_TOKENS


WORDS = st.text("ab Zé.!?,’\n\t\u00a0\u2003北京🚀\u0301\u200d\u1f88İ\ufb01\x1c\x85\x00", max_size=60)


@settings(max_examples=60, deadline=None)
@given(st.one_of(WORDS, st.text(max_size=60)), st.text(max_size=30), st.integers(1, 5))
def test_spans_are_places_in_any_text(network, text, question, most):
    reading, again = network.read(question, [text, TEXT + text], spans=most)
    check_spans(reading, text, most)
    check_spans(again, TEXT + text, most)
    assert bool(reading.spans) == bool(pairs.tokenize(text).ids)


def test_nothing_to_read(network):
    assert network.read("Who?", []) == []
    nothing, blank, word = network.read("", ["", " \n\u2003", "Torun"])
    assert nothing == blank == Reading((), engine.NOTHING, engine.NOTHING)
    assert len(word.spans) == 1


def test_a_long_text_is_read_to_its_end(network):
    text = FILLER + TEXT + FILLER
    question = "Who designed the Vistula Bridge?"
    (reading,) = network.read(question, [text], spans=5)
    check_spans(reading, text, 5)
    assert text[reading.spans[0].start : reading.spans[0].end] == "Anna Kowalska"
    (narrow,) = network.skim(question, [text], length=120)
    assert text[narrow.spans[0].start : narrow.spans[0].end] == "Anna Kowalska"


def test_very_long_texts_and_questions_are_read(network):
    text = "x" * 20_000
    reading, spaced = network.read("why " * 500, [text, " ".join("abcdefgh" * 9)])
    assert (reading.spans[0].start, reading.spans[0].end) == (0, len(text))
    assert spaced.spans


def windows_of(question, text, most):
    asked, tokens = pairs.tokenize_all([question, text])
    found = list(engine._windows(asked, 0, tokens, pairs.room(asked, 144), most))
    return [text[tokens.spans[window.begin][0] : tokens.spans[window.end - 1][1]] for window in found]


def test_the_windows_with_most_words_of_the_question_are_chosen():
    text = FILLER + TEXT + FILLER
    (chosen,) = windows_of("What is the Vistula Bridge, and the flood of 1947?", text, 1)
    assert "Vistula" in chosen
    assert "1947" in chosen
    every = windows_of("And what?", text, None)
    assert len(every) > 3
    assert windows_of("And what was that?", text, 2) == every[:2]  # stop words only: all are equal


def test_spans_of_overlapping_windows_compete():
    """Of a span that two windows hold the better margin counts, and what overlaps with a taken span is gone."""
    text = "Red Green Blue White"
    (tokens,) = pairs.tokenize_all([text])
    draft = engine._Draft(text, tokens)
    low = np.full(8, -9.0, np.float32)
    for (begin, end), starts, ends, null in (((0, 3), {1: 2}, {2: 2}, 0.5), ((1, 4), {1: 3, 3: 1}, {1: 4, 3: 1}, 1.5)):
        pair = pairs.join(pairs.tokenize(""), tokens, begin, end)
        start, stop = low.copy(), low.copy()
        start[0] = stop[0] = null
        for at, value in starts.items():
            start[at + pair.shift] = value
        for at, value in ends.items():
            stop[at + pair.shift] = value
        draft.add(engine._Window(0, begin, end, pair), engine.Logits(start, stop, np.array(null), np.array(-null)))
    reading = draft.reading(5)
    assert reading.spans[:2] == (Span(4, 9, 7.0, 3.0), Span(15, 20, 2.0, 3.0))
    assert [span.start for span in reading.spans[2:]] == [10, 0] or [span.start for span in reading.spans[2:]] == [
        0,
        10,
    ]
    assert (reading.answerable, reading.relevant) == (1.5, -0.5)


def test_a_row_of_input_has_limits():
    with pytest.raises(ValueError, match=r"96\.\.512"):
        CrossEncoder(length=60)


def test_reading_loads_no_torch():
    code = (
        "import json, sys\n"
        "from index.crossencoder import CrossEncoder\n"
        "light = 'openvino' not in sys.modules\n"
        "found = CrossEncoder().read('Who?', ['Anna left.'])\n"
        "print(json.dumps([light, len(found), 'torch' in sys.modules]))"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(child.stdout) == [True, 1, False]


def test_an_answer_does_not_run_over_a_blank_line(network: CrossEncoder) -> None:
    text = "By Ellen Hart\n\nPaul Reed was sent to prison for six years on Friday.\n\nHe will appeal."
    (reading,) = network.read("Who was sent to prison?", [text], spans=20)
    found = [text[span.start : span.end] for span in reading.spans]
    assert found[0] == "Paul Reed"
    assert not any("\n" in part for part in found)
