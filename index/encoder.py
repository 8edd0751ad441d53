"""Texts to unit vectors.

Two engines do the same thing. ``OpenVinoEngine`` runs the embedded MiniLM model: sentence-transformers loads the
weights once, OpenVINO converts the whole module (transformer, pooling, normalisation), the result is kept in the cache
folder, and from then on no torch is imported. ``SentenceTransformersEngine`` runs any other
sentence-transformers model.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError
from .model import (
    DEFAULT_DIM,
    DEFAULT_MAX_TOKENS,
    DEFAULT_MODEL,
    DEFAULT_SHA,
    cache_dir,
    check_embedded_model,
    embedded_model_dir,
    file_sha,
)

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

logger = logging.getLogger(__name__)

Vectors = NDArray[np.float32]
Role = Literal["document", "query"]

# Texts per inference. 4, 8 and 16 gave 61, 68 and 65 chunks a second on two cores; longer ones pad more.
BATCH = 16

# Part of the name of the converted model in the cache: changes when ``_convert`` makes something else.
CONVERSION = 2


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

    def encode_words(self, texts: Sequence[str]) -> tuple[Vectors, list[WordVectors]]:
        """``encode(texts)`` and, from the same pass, the vectors of the tokens of each text."""
        if not texts:
            return self.encode(texts), []
        return self.engine.encode_words(texts)

    def token_starts(self, text: str) -> list[int]:
        """Where each token of ``text`` begins (code points), without the special tokens."""
        return [start for start, _ in self.engine.tokenizer.encode(text, add_special_tokens=False).offsets]


class OpenVinoEngine:
    """The embedded model on OpenVINO, in bf16 where the CPU computes in it and in f32 elsewhere.

    bf16 keeps the cosine to sentence-transformers' fp32 above 0.9999 (tests/test_index_encoder.py checks 0.999).
    """

    def __init__(self) -> None:
        from tokenizers import Tokenizer

        folder = embedded_model_dir()
        with ThreadPoolExecutor(1) as pool:  # hashing releases the GIL: it runs beside the import below
            checked = pool.submit(check_embedded_model, folder)
            import openvino

            checked.result()
        self.identity = ModelIdentity(DEFAULT_MODEL, DEFAULT_SHA, DEFAULT_DIM, DEFAULT_MAX_TOKENS)
        with _converted(folder, openvino.__version__) as model_file:
            self._request, self.description = compiled(str(model_file))
        self._run_lock = threading.Lock()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()  # the file truncates at 128 and pads: right for neither counting nor batching
        self.tokenizer.no_padding()

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        vectors = np.empty((len(texts), DEFAULT_DIM), np.float32)
        for rows, sentence_vectors, _ in self._infer(self.tokenizer.encode_batch_fast(list(texts))):
            vectors[rows] = sentence_vectors
        return vectors

    def encode_words(self, texts: Sequence[str]) -> tuple[Vectors, list[WordVectors]]:
        encodings = self.tokenizer.encode_batch(list(texts))
        vectors = np.empty((len(texts), DEFAULT_DIM), np.float32)
        words: dict[int, WordVectors] = {}
        for rows, sentence_vectors, token_vectors in self._infer(encodings):
            vectors[rows] = sentence_vectors
            for row, text_number in enumerate(rows):
                words[text_number] = _word_vectors(encodings[text_number].offsets, token_vectors[row])
        return vectors, [words[number] for number in range(len(texts))]

    def _infer(self, encodings: Sequence[Encoding]) -> Iterator[tuple[list[int], Vectors, Vectors]]:
        """Batches of (numbers of the texts, their sentence vectors, their token vectors), shortest texts first."""
        tokens = [_cut(encoding.ids, DEFAULT_MAX_TOKENS) for encoding in encodings]
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))  # equal lengths together: little padding
        for begin in range(0, len(order), BATCH):
            rows = order[begin : begin + BATCH]
            ids = np.zeros((len(rows), len(tokens[rows[-1]])), np.int64)
            mask = np.zeros_like(ids)
            for row, text_number in enumerate(rows):
                ids[row, : len(tokens[text_number])] = tokens[text_number]
                mask[row, : len(tokens[text_number])] = 1
            with self._run_lock:  # the outputs belong to the request: copy before the next run
                outputs = self._request.infer({"input_ids": ids, "attention_mask": mask})
                found = outputs[0].copy(), outputs[1].copy()
            yield rows, *found


def compiled(model: Any, precision: str | None = None) -> tuple[Any, str]:
    """(inference request, description) of an OpenVINO model or its file, for answers one at a time on the CPU.

    ``precision`` is "bf16" or "f32"; None is bf16 where the CPU computes in it.
    """
    import openvino

    core = openvino.Core()
    if precision is None:
        precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
    config = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1"}
    request = core.compile_model(model, "CPU", config).create_infer_request()
    return request, f"OpenVINO {openvino.__version__.split('-')[0]}, CPU, {precision}"


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


@contextmanager
def _converted(folder: Path, version: str) -> Iterator[Path]:
    """Path of the converted model: from the cache when it is whole, made (again) otherwise.

    Without a writable cache folder the conversion goes to a temporary folder that lives as long as the context.
    """
    target = cache_dir() / "models" / f"{DEFAULT_SHA[:12]}-{CONVERSION}-openvino-{version.partition('-')[0]}"
    if _is_whole(target):
        yield target / "model.xml"
        return
    if target.exists():
        logger.warning("%s: the converted model is damaged; making it again", target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".making-", dir=target.parent))
    except OSError:
        logger.warning(
            "%s: cannot be written, so the model is converted at every start; set NUTGRAF_CACHE", target.parent
        )
        work = Path(tempfile.mkdtemp(prefix="nutgraf-"))
        target = work
    try:
        _convert(folder, work)
        if target != work:
            shutil.rmtree(target, ignore_errors=True)
            try:
                work.rename(target)
            except OSError:  # another process was faster; its result is the same
                if not _is_whole(target):
                    raise
        yield target / "model.xml"
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _is_whole(target: Path) -> bool:
    """True when the files of a conversion are those that were written."""
    try:
        sums = json.loads((target / "sha256.json").read_text())
        return set(sums) == {"model.xml", "model.bin"} and all(file_sha(target / n) == s for n, s in sums.items())
    except (OSError, ValueError):
        return False


def _convert(folder: Path, target: Path) -> None:
    """Load the model with sentence-transformers and write its OpenVINO form (f32) with checksums to ``target``."""
    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")  # tracing warns about Python branches that do not depend on the input
        import openvino
        import torch
        from sentence_transformers import SentenceTransformer

        class Whole(torch.nn.Module):
            """Token ids and mask to the sentence vector (through every module) and the vectors of the tokens."""

            def __init__(self, model: SentenceTransformer) -> None:
                super().__init__()
                self.model = model

            def forward(
                self, input_ids: torch.Tensor, attention_mask: torch.Tensor
            ) -> tuple[torch.Tensor, torch.Tensor]:
                features = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
                return features["sentence_embedding"], features["token_embeddings"]

        ones = torch.ones((2, 8), dtype=torch.int64)
        whole = Whole(SentenceTransformer(str(folder), device="cpu", local_files_only=True)).eval()
        with torch.no_grad(), _no_telemetry():
            converted = openvino.convert_model(whole, example_input={"input_ids": ones, "attention_mask": ones})
        openvino.save_model(converted, target / "model.xml", compress_to_fp16=False)
    sums = {name: file_sha(target / name) for name in ("model.xml", "model.bin")}
    (target / "sha256.json").write_text(json.dumps(sums))


@contextmanager
def _no_telemetry() -> Iterator[None]:
    """Keep OpenVINO's converter from reporting its use over the network: without the module it uses an empty stub."""
    blocked: Any = None
    before = sys.modules.get("openvino_telemetry")
    sys.modules["openvino_telemetry"] = blocked
    try:
        yield
    finally:
        if before is None:
            del sys.modules["openvino_telemetry"]
        else:
            sys.modules["openvino_telemetry"] = before


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back the progress bar and notices that transformers prints while loading."""
    names = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error", "TQDM_DISABLE": "1"}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
