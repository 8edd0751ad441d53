"""The fast engine against sentence-transformers itself, and the checks on its files."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from index.encoder import FEW, Encoder
from index.errors import ModelError
from index.minilm import load_tokenizer
from index.model import EMBEDDED_FILES, check_embedded_model, embedded_model_dir
from index.requests import DIFFERENT, QUESTION

VARIED = [
    "Who met in Seoul on Tuesday?",
    "",
    "word",
    "Zürich’s café – “naïve” résumé, 北京 and Москва, 🚀 100 %",
    "A long paragraph about a harbour and its ferries. " * 60,
    "1 2 3 4 5 6 7 8 9 10",
    "line one\nline two\n\nline three",
    "word " * 300,
    "The minister said on Monday that 1,250 people had been moved to higher ground.",
]


# Texts of few tokens, or of few different ones: in int8 their vectors would be the least exact.
SHORT_ONES = [
    "?",
    "Why?",
    "Why not",
    "Who said it?",
    "... --- ...",
    "- - - - - -",
    "2023",
    "日本語のテキスト",
    "ferry " * 26,
    "! ? " * 12,
]


@pytest.fixture(scope="module")
def encoder():
    return Encoder()


@pytest.fixture(scope="module")
def reference():
    """The vectors of VARIED and SHORT_ONES by sentence-transformers, in fp32."""
    code = (
        "import json, sys, warnings; warnings.simplefilter('ignore')\n"
        "from sentence_transformers import SentenceTransformer\n"
        "from index.model import embedded_model_dir\n"
        "model = SentenceTransformer(str(embedded_model_dir()), device='cpu')\n"
        "json.dump(model.encode(json.load(sys.stdin)).tolist(), sys.stdout)\n"
    )
    texts = json.dumps(VARIED + SHORT_ONES)
    child = subprocess.run([sys.executable, "-c", code], input=texts, capture_output=True, text=True, check=True)
    return np.array(json.loads(child.stdout), np.float32)


@pytest.mark.parametrize("numbers", ["bf16", "int8", "f32"])
def test_vectors_equal_those_of_sentence_transformers(reference, monkeypatch, numbers):
    monkeypatch.setattr("index.encoder.best_numbers", lambda: numbers)
    encoder, texts = Encoder(), VARIED + SHORT_ONES
    assert (encoder.encode(texts) * reference).sum(axis=1).min() >= 0.999
    alone = np.stack([encoder.begin(text, "query")() for text in texts])
    assert (alone * reference).sum(axis=1).min() >= 0.999
    times = -(-(FEW + 1) // len(texts))
    many = encoder.encode(texts * times).reshape(times, *reference.shape)
    assert (many * reference).sum(axis=2).min() >= 0.999
    one_long = encoder.encode([VARIED[-1], *SHORT_ONES * FEW])
    assert one_long[0] @ reference[len(VARIED) - 1] >= 0.999


def test_vectors_have_unit_length_and_keep_the_order(encoder):
    together = encoder.encode(VARIED)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-3)
    one_by_one = np.stack([encoder.encode([text])[0] for text in VARIED])
    assert (together * one_by_one).sum(axis=1).min() > 0.999


def test_nothing_to_encode_is_an_empty_matrix(encoder):
    assert encoder.encode([]).shape == (0, 384)


def test_token_starts_point_at_the_tokens(encoder):
    text = "Ferries sail — daily."
    assert [text[start] for start in encoder.token_starts(text)] == ["F", "s", "—", "d", "."]


def test_a_flipped_byte_in_the_weights_is_refused(tmp_path):
    for name in EMBEDDED_FILES:
        shutil.copy(embedded_model_dir() / name, tmp_path / name)
    check_embedded_model(tmp_path)
    weights = tmp_path / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(5_000_000)
        byte = file.read(1)
        file.seek(5_000_000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(ModelError, match=r"model\.safetensors: is not the published file"):
        check_embedded_model(tmp_path)


def test_a_missing_model_file_is_named(tmp_path):
    with pytest.raises(ModelError, match="cannot be read; run: pip install"):
        check_embedded_model(tmp_path)


def test_many_texts_get_the_vectors_that_few_get(encoder):
    texts = [f"{text} {number}" for number in range(FEW) for text in VARIED[:3]]
    together = encoder.encode(texts)
    in_parts = np.concatenate([encoder.encode(texts[begin : begin + 16]) for begin in range(0, len(texts), 16)])
    assert (together * in_parts).sum(axis=1).min() > 0.999


@pytest.mark.parametrize("numbers", ["bf16", "int8", "f32"])
def test_a_question_of_any_length_has_the_vector_of_its_text(monkeypatch, numbers):
    monkeypatch.setattr("index.encoder.best_numbers", lambda: numbers)
    encoder = Encoder()
    words = "who told the harbour board of Norvik on Monday that 1,250 more people had left the island by ferry".split()
    questions = [" ".join((words * 2)[:count]) + "?" for count in range(1, 36)]
    tokens = [load_tokenizer().encode(question).ids for question in questions]
    assert min(len(set(ids)) for ids in tokens) < DIFFERENT
    assert max(map(len, tokens)) > QUESTION
    assert sum(len(ids) <= QUESTION and len(set(ids)) >= DIFFERENT for ids in tokens) > 15
    begun = [encoder.begin(question, "query") for question in questions]  # all before one is waited for
    alone = np.stack([vector() for vector in reversed(begun)])[::-1]
    assert (alone * encoder.encode(questions)).sum(axis=1).min() > 0.999
    again = np.stack([encoder.begin(question, "query")() for question in questions])
    assert np.array_equal(again, alone)
    assert np.array_equal(begun[5](), alone[5])  # asked again: others have used its request since


def test_loading_ahead_changes_nothing_and_tells_nothing(tmp_path):
    encoder = Encoder()
    encoder.load_ahead()
    assert np.array_equal(encoder.encode_words(VARIED[:1])[0], Encoder().encode_words(VARIED[:1])[0])
    broken = Encoder(str(tmp_path))
    broken.load_ahead()  # a thread that raised would be a warning here
    with pytest.raises(ModelError):
        broken.encode_words(["word"])


def test_torch_is_not_imported_and_openvino_keeps_its_converter():
    code = (
        "import sys\n"
        "from index.encoder import Encoder\n"
        "Encoder().encode(['a ferry'])\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'openvino.tools.ovc'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "from openvino import convert_model\n"
        "assert callable(convert_model)\n"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr


def test_a_model_that_is_none_is_one_clear_line(tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded as an embedding model") as caught:
        _ = Encoder(str(tmp_path / "nothing-here")).identity
    assert "\n" not in str(caught.value)


def test_word_vectors_stand_at_their_words_and_agree_with_the_reference(encoder):
    text = "Ferries sail daily to Zürich."
    vectors, (words,) = encoder.encode_words([text])
    assert np.allclose(vectors, encoder.encode([text]), atol=1e-3)
    assert [text[start:end] for start, end in words.spans][-3:] == ["to", "Zürich", "."]
    assert np.allclose(np.linalg.norm(words.vectors, axis=1), 1, atol=1e-3)
    assert len(encoder.encode_words([])[1]) == 0
    code = (
        "import json, sys, warnings; warnings.simplefilter('ignore')\n"
        "from sentence_transformers import SentenceTransformer\n"
        "from index.model import embedded_model_dir\n"
        "model = SentenceTransformer(str(embedded_model_dir()), device='cpu')\n"
        "found = model.encode(sys.stdin.read(), output_value='token_embeddings')\n"
        "json.dump(found[1:-1].tolist(), sys.stdout)\n"
    )
    child = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, text=True, check=True)
    reference = np.array(json.loads(child.stdout), np.float32)
    reference /= np.linalg.norm(reference, axis=1, keepdims=True)
    assert (words.vectors * reference).sum(axis=1).min() > 0.995


def test_another_sentence_transformers_model_works_by_its_folder(encoder):
    other = Encoder(str(embedded_model_dir()))
    assert other.identity.dim == 384
    assert other.identity.name == str(embedded_model_dir())
    texts = VARIED[:3]
    assert (other.encode(texts) * encoder.encode(texts)).sum(axis=1).min() > 0.999
    vectors, words = other.encode_words(texts)
    assert [len(found.spans) for found in words] == [len(f.spans) for f in encoder.encode_words(texts)[1]]
    assert vectors.shape == (3, 384)
