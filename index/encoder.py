"""Texts to unit vectors.

Two engines do the same thing. ``OpenVinoEngine`` runs the embedded MiniLM model without torch (index/minilm.py).
``SentenceTransformersEngine`` runs any other sentence-transformers model.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError
from .inference import best_numbers, compiled, run_all
from .minilm import load_tokenizer, passage_model, sentence_model, unchecked_arrays
from .model import DEFAULT_DIM, DEFAULT_MAX_TOKENS, DEFAULT_MODEL, DEFAULT_SHA

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]
Role = Literal["document", "query"]

# Texts per inference; more pad more, and leave a core idle at the end.
BATCH = 8
# Up to so many texts all cores work on one batch after the other.
FEW = 64
# Texts of fewer tokens, the two special ones counted, are encoded as questions are, however many there are.
SHORT = 16
# A question is padded to a multiple of this many tokens. Most have fewer than 32.
ALONE = 32


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
    tokenizer: Tokenizer
    description: str

    def encode(self, texts: Sequence[str], role: Role) -> Vectors: ...

    def begin(self, text: str, role: Role) -> Callable[[], Vectors]: ...

    def encode_words(self, texts: Sequence[str]) -> tuple[Vectors, list[WordVectors]]: ...


class Encoder:
    """The embedding model of a store, loaded when it is first used.

    ``name`` is the default model's name, or anything that sentence-transformers loads: a folder or a model id.
    """

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        self.name = name
        self._lock = threading.Lock()

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
        self._published, checked = unchecked_arrays()
        self._numbers = best_numbers()
        model, self.description = compiled(sentence_model(self._published, self._numbers), self._numbers)
        self._soonest = _Requests(model)
        self.identity = ModelIdentity(DEFAULT_MODEL, DEFAULT_SHA, DEFAULT_DIM, DEFAULT_MAX_TOKENS)
        checked()
        self.tokenizer = load_tokenizer()

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        vectors = np.empty((len(texts), DEFAULT_DIM), np.float32)
        tokens = [_cut(found.ids, DEFAULT_MAX_TOKENS) for found in self.tokenizer.encode_batch_fast(list(texts))]
        order = _longest_first(tokens)
        long = [number for number in order if len(tokens[number]) >= SHORT] if len(texts) > FEW else []
        for rows, (found,) in self._run_many(tokens, long) if long else ():
            vectors[rows] = found
        for rows, (found, _) in self._soonest.run(_batches(tokens, order[len(long) :])):
            vectors[rows] = found
        return vectors

    def begin(self, text: str, role: Role) -> Callable[[], Vectors]:
        ids = self.tokenizer.encode_batch_fast([text])[0].ids
        ((_, inputs),) = _batches([_cut(ids, DEFAULT_MAX_TOKENS)], [0])
        request = self._soonest.idle()
        request.start_async(inputs)

        @cache
        def vector() -> Vectors:
            request.wait()
            found: Vectors = request.output_tensors[0].data[0].copy()
            self._soonest.give_back(request)
            return found

        return vector

    def encode_words(self, texts: Sequence[str]) -> tuple[Vectors, list[WordVectors]]:
        encodings = self.tokenizer.encode_batch(list(texts))
        vectors = np.empty((len(texts), DEFAULT_DIM), np.float32)
        words: dict[int, WordVectors] = {}
        tokens = [_cut(found.ids, DEFAULT_MAX_TOKENS) for found in encodings]
        for rows, (found, of_tokens) in self._soonest.run(_batches(tokens, _longest_first(tokens))):
            vectors[rows] = found
            for row, number in enumerate(rows):
                words[number] = _word_vectors(encodings[number].offsets, of_tokens[row])
        return vectors, [words[number] for number in range(len(texts))]

    def _run_many(self, tokens: Sequence[Sequence[int]], order: Sequence[int]) -> Iterator[Outputs]:
        if self._alone:
            yield from run_all(self._passages, ((rows, [ids]) for rows, (ids, _) in _batches(tokens, order, 1)))
        else:
            yield from run_all(self._passages, _batches(tokens, order))

    @property
    def _alone(self) -> bool:
        """True where a text alone, without padding, was found to be faster.

        That was not measured with matrix units (bf16), where the texts of a batch share the reading of the weights.
        """
        return self._numbers != "bf16"

    @cached_property
    def _passages(self) -> Any:
        """The model for many texts; made when there are many for the first time."""
        model = passage_model(self._published, self._numbers, alone=self._alone)
        return compiled(model, self._numbers, streams=True)[0]


class _Requests:
    """The requests of a compiled model; each belongs to one thread at a time, as its outputs do."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._idle = [model.create_infer_request()]

    def idle(self) -> Any:
        """One that nobody uses. Used ones run sooner than new ones."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._model.create_infer_request()

    def give_back(self, request: Any) -> None:
        self._idle.append(request)

    def run(self, jobs: Iterator[Job]) -> Iterator[Outputs]:
        """One job after the other."""
        for rows, inputs in jobs:
            request = self.idle()
            outputs = request.infer(inputs)
            found = [outputs[0].copy(), outputs[1].copy()]
            self.give_back(request)
            yield rows, found


Job = tuple[list[int], list[NDArray[Any]]]
"""Numbers of some texts, and their ids and mask, shape (texts, tokens)."""
Outputs = tuple[list[int], list[Vectors]]
"""Numbers of some texts, and their vectors, or these and those of their tokens."""


def _longest_first(tokens: Sequence[Sequence[int]]) -> list[int]:
    """The numbers of texts, so that no core works alone on a long one at the end."""
    return sorted(range(len(tokens)), key=lambda number: -len(tokens[number]))


def _batches(tokens: Sequence[Sequence[int]], order: Sequence[int], size: int = BATCH) -> Iterator[Job]:
    """The texts of some numbers, longest first: those of like length together, so that there is little padding.

    A text alone is a question, and is padded to one of few lengths: a graph that keeps its shape answers 1 ms sooner.
    """
    step = ALONE if len(tokens) == 1 else 1
    for begin in range(0, len(order), size):
        rows = list(order[begin : begin + size])
        ids = np.zeros((len(rows), -(-len(tokens[rows[0]]) // step) * step), np.int64)
        for row, number in enumerate(rows):
            ids[row, : len(tokens[number])] = tokens[number]
        lengths = np.array([len(tokens[number]) for number in rows])
        yield rows, [ids, np.arange(ids.shape[1]) < lengths[:, None]]


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
