"""Texts to unit vectors.

Two engines do the same thing. ``OpenVinoEngine`` runs the embedded MiniLM model without torch (index/minilm.py).
``SentenceTransformersEngine`` runs any other sentence-transformers model.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError
from .inference import best_numbers, compiled, describe, run_all
from .minilm import load_tokenizer, passage_model, question_model, sentence_model, unchecked_arrays
from .model import DEFAULT_DIM, DEFAULT_MAX_TOKENS, DEFAULT_MODEL, DEFAULT_SHA
from .requests import BATCH, DIFFERENT, QUESTION, Once, Outputs, Questions, Requests, batches, longest_first

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]
Role = Literal["document", "query"]

# Up to so many texts all cores work on one batch after the other.
FEW = 64
# Texts of fewer tokens, the two special ones counted, are encoded as few texts are, however many there are.
SHORT = 16


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """What a store remembers of the model that made its vectors; ``sha`` is that of the weights."""

    name: str
    sha: str
    dim: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Unit vectors of the tokens of one text in their context, shape (n, dim), and each token's span in the text."""

    spans: list[tuple[int, int]]
    vectors: Vectors


class Engine(Protocol):
    """Runs one model. ``encode`` gives float32 unit vectors, shape (len(texts), dim); safe in many threads."""

    identity: ModelIdentity
    description: str

    @property
    def tokenizer(self) -> Tokenizer: ...

    def encode(self, texts: Sequence[str], role: Role) -> Vectors: ...

    def begin(self, text: str, role: Role) -> Callable[[], Vectors]: ...

    def encode_words(self, texts: Sequence[str]) -> tuple[Vectors, list[WordVectors]]: ...

    def load_words(self) -> None: ...


class Encoder:
    """The embedding model of a store, loaded when it is first used.

    ``name`` is the default model's name, or anything that sentence-transformers loads: a folder or a model id.
    """

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._ahead = False

    @property
    def identity(self) -> ModelIdentity:
        """Known at once for the default model; another model has to be loaded first. Raises ModelError."""
        if self.name == DEFAULT_MODEL:
            return ModelIdentity(DEFAULT_MODEL, DEFAULT_SHA, DEFAULT_DIM, DEFAULT_MAX_TOKENS)
        return self.engine.identity

    @property
    def engine(self) -> Engine:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> Engine:
        return OpenVinoEngine() if self.name == DEFAULT_MODEL else SentenceTransformersEngine(self.name)

    def encode(self, texts: Sequence[str], role: Role = "document") -> Vectors:
        """Unit vectors, float32, shape (len(texts), dim), in the order of ``texts``. Long texts are cut."""
        if not texts:
            return np.zeros((0, self.identity.dim), np.float32)
        return self.engine.encode(texts, role)

    def begin(self, text: str, role: Role = "document") -> Callable[[], Vectors]:
        """Begin to encode one text; what is returned waits for its unit vector, float32, shape (dim,).

        The default model runs meanwhile, another one before this returns.
        """
        return self.engine.begin(text, role)

    def encode_words(self, texts: Sequence[str]) -> tuple[Vectors, list[WordVectors]]:
        """``encode(texts)`` and, from the same pass, the vectors of the tokens of each text."""
        if not texts:
            return self.encode(texts), []
        return self.engine.encode_words(texts)

    def load_ahead(self) -> None:
        """Begin to load what ``encode_words`` needs, in another thread, so that it waits less."""
        if not self._ahead:
            self._ahead = True
            threading.Thread(target=self._load_words, name="load-encoder").start()

    def _load_words(self) -> None:
        with suppress(ModelError):  # raised again where the model is used
            self.engine.load_words()

    def token_starts(self, text: str) -> list[int]:
        """Where each token of ``text`` begins (code points), without the special tokens."""
        return [start for start, _ in self.engine.tokenizer.encode(text, add_special_tokens=False).offsets]


class OpenVinoEngine:
    """The embedded model on OpenVINO, in the numbers that this CPU is fastest with (index.inference.best_numbers).

    The cosine to sentence-transformers' fp32 is above 0.9999 in bf16 and 0.999 in int8 (tests/test_index_encoder.py). A
    few texts run one batch after the other on all cores, which is soonest done; many run on each core apart, which gets
    most done. In int8 more is rounded then, but for texts of fewer than SHORT tokens: their vectors are means of too
    few for the errors to cancel out.
    """

    def __init__(self) -> None:
        # The files are checked while models are made of them: no vector leaves before that is done.
        self._published, self._checked = unchecked_arrays()
        self._unchecked = load_tokenizer()
        self._numbers = best_numbers()
        self.description = describe(self._numbers)
        self.identity = ModelIdentity(DEFAULT_MODEL, DEFAULT_SHA, DEFAULT_DIM, DEFAULT_MAX_TOKENS)
        # Each takes a quarter of a second to make, and many a program needs one alone.
        self._questions, self._soonest = Once(self._make_questions), Once(self._make_soonest)
        self._passages = Once(self._make_passages)

    @property
    def tokenizer(self) -> Tokenizer:
        self._checked()
        return self._unchecked

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        vectors = np.empty((len(texts), DEFAULT_DIM), np.float32)
        tokens = [_cut(found.ids, DEFAULT_MAX_TOKENS) for found in self._unchecked.encode_batch_fast(list(texts))]
        order = longest_first(tokens)
        long = [number for number in order if len(tokens[number]) >= SHORT] if len(texts) > FEW else []
        for rows, (found,) in self._run_many(tokens, long) if long else ():
            vectors[rows] = found
        for rows, (found, _) in self._soonest().run(batches(tokens, order[len(long) :])):
            vectors[rows] = found
        return vectors

    def begin(self, text: str, role: Role) -> Callable[[], Vectors]:
        ids = self._unchecked.encode(text).ids
        if len(ids) <= QUESTION and len(set(ids)) >= DIFFERENT:
            return self._questions().begin(ids)
        return self._soonest().begin(_cut(ids, DEFAULT_MAX_TOKENS))

    def encode_words(self, texts: Sequence[str]) -> tuple[Vectors, list[WordVectors]]:
        encodings = self._unchecked.encode_batch(list(texts))
        vectors = np.empty((len(texts), DEFAULT_DIM), np.float32)
        words: dict[int, WordVectors] = {}
        tokens = [_cut(found.ids, DEFAULT_MAX_TOKENS) for found in encodings]
        for rows, (found, of_tokens) in self._soonest().run(batches(tokens, longest_first(tokens))):
            vectors[rows] = found
            for row, number in enumerate(rows):
                words[number] = _word_vectors(encodings[number].offsets, of_tokens[row])
        return vectors, [words[number] for number in range(len(texts))]

    def _run_many(self, tokens: Sequence[Sequence[int]], order: Sequence[int]) -> Iterator[Outputs]:
        if self._alone:
            yield from run_all(self._passages(), ((rows, [ids]) for rows, (ids, _) in batches(tokens, order, 1)))
        else:
            yield from run_all(self._passages(), batches(tokens, order))

    @property
    def _alone(self) -> bool:
        """True where a text alone, without padding, was found to be faster.

        That was not measured with matrix units (bf16), where the texts of a batch share the reading of the weights.
        """
        return self._numbers != "bf16"

    def load_words(self) -> None:
        self._soonest()

    def _make_questions(self) -> Questions:
        return Questions(self._compiled(question_model(self._published, self._numbers, QUESTION)))

    def _make_soonest(self) -> Requests:
        return Requests(self._compiled(sentence_model(self._published, self._numbers)))

    def _make_passages(self) -> Any:
        return self._compiled(passage_model(self._published, self._numbers, alone=self._alone), streams=True)

    def _compiled(self, model: Any, *, streams: bool = False) -> Any:
        found = compiled(model, self._numbers, streams=streams)
        self._checked()
        return found


class SentenceTransformersEngine:
    """Any sentence-transformers model by folder or model id, run by sentence-transformers itself.

    A model id that is not in the local cache is downloaded: naming one is asking for that.
    """

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            model = SentenceTransformer(name, trust_remote_code=False)
        except (OSError, ValueError, KeyError, ImportError) as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise ModelError(f"{name}: cannot be loaded as an embedding model ({reason}); {_MODEL_HINT}") from error
        tokenizer = getattr(model.tokenizer, "backend_tokenizer", None)
        dim = model.get_embedding_dimension()
        if tokenizer is None or dim is None:
            raise ModelError(f"{name}: has no fast text tokenizer, so its tokens cannot be counted; {_MODEL_HINT}")
        digest = hashlib.sha256()
        for key, tensor in sorted(model.state_dict().items()):
            digest.update(key.encode())
            digest.update(tensor.detach().cpu().float().numpy().tobytes())
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.identity = ModelIdentity(name, digest.hexdigest(), dim, model.max_seq_length or 512)
        self.description = f"sentence-transformers on {model.device}"
        self._model = model
        self._run_lock = threading.Lock()

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        run = self._model.encode_query if role == "query" else self._model.encode_document
        with self._run_lock:
            vectors = run(list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.ascontiguousarray(vectors, np.float32)

    def begin(self, text: str, role: Role) -> Callable[[], Vectors]:
        vector: Vectors = self.encode([text], role)[0]
        return lambda: vector

    def load_words(self) -> None:
        """Nothing: there is one model."""

    def encode_words(self, texts: Sequence[str]) -> tuple[Vectors, list[WordVectors]]:
        with self._run_lock:
            found = self._model.encode(
                list(texts), batch_size=BATCH, output_value="token_embeddings", show_progress_bar=False
            )
        words = [
            _word_vectors(self.tokenizer.encode(text).offsets, tensor.float().cpu().numpy())
            for text, tensor in zip(texts, found, strict=True)
        ]
        return self.encode(texts, "document"), words


_MODEL_HINT = "give a folder or an id of a sentence-transformers model, or leave --model out"


def _word_vectors(offsets: Sequence[tuple[int, int]], vectors: Vectors) -> WordVectors:
    """The tokens that stand in the text (special tokens and padding have empty spans), scaled to unit length."""
    rows = [row for row, (start, end) in enumerate(offsets[: len(vectors)]) if end > start]
    kept = vectors[rows]
    norms = np.linalg.norm(kept, axis=1, keepdims=True)
    return WordVectors([offsets[row] for row in rows], kept / np.maximum(norms, 1e-9))


def _cut(ids: list[int], limit: int) -> list[int]:
    """At most ``limit`` ids, keeping the closing special token."""
    return ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]]
