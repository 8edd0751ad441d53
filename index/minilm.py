"""The embedded MiniLM encoder: its published parameters, and its layers as nodes of an OpenVINO graph.

The graph is built anew at each start from the published file, without torch and without a converted copy on disk: a
tenth of a second. It computes what sentence-transformers computes with the same file (tests/test_index_encoder.py).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .inference import GROUP, Numbers, load_openvino
from .model import begin_check, embedded_model_dir

WIDTH, ATTENTION_HEADS, LAYERS, INNER = 384, 12, 6, 1536
EPSILON = 1e-12
# Matrices that are not rounded where the others are in int8. Most heads look at [CLS] and [SEP], whose large vectors
# round badly, and hand on to all tokens what they take for their values.
EXACT = frozenset(f"layers.{number}.{part}" for number in range(LAYERS) for part in ("value", "widen"))
EXACT_IN_QUESTIONS = frozenset(f"layers.{number}.value" for number in range(LAYERS))
EXACT_IN_LONG = frozenset(f"layers.{number}.value" for number in range(LAYERS // 2, LAYERS))
# Parts of a layer here, and what the published file calls them after "encoder.layer.N.".
PUBLISHED = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mix": "attention.output.dense",
    "mix_norm": "attention.output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "norm": "output.LayerNorm",
}

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_READING = threading.Lock()

Floats = NDArray[np.float32]
Arrays = Mapping[str, Floats]
Node = Any


def published_arrays() -> Arrays:
    """The published parameters by the names that they have here. Raises ModelError for other files.

    They are mapped from the file, and the same for all models of a process: do not write to them.
    """
    arrays, checked = unchecked_arrays()
    checked()
    return arrays


def unchecked_arrays() -> tuple[Arrays, Callable[[], None]]:
    """The same while their file is still being checked, and what waits for the end of that and raises ModelError.

    A file that cannot be read at all is told at once.
    """
    folder = embedded_model_dir()
    checking = begin_check(folder)
    with _READING:
        try:
            return _mapped(folder), checking.result
        except (OSError, ValueError, KeyError):
            checking.result()
            raise


@cache
def _mapped(folder: Path) -> Arrays:
    path = folder / "model.safetensors"
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > path.stat().st_size:
            raise ValueError(f"{path}: has no header")
        header = json.loads(file.read(length))
    data = np.memmap(path, np.uint8, "c", 8 + length)

    def array(name: str) -> Floats:
        begin, end = header[name]["data_offsets"]
        return np.asarray(data[begin:end].view(np.float32)).reshape(header[name]["shape"])

    arrays = {
        "words.weight": array("embeddings.word_embeddings.weight"),
        "positions.weight": array("embeddings.position_embeddings.weight"),
        "embedding_bias": array("embeddings.token_type_embeddings.weight")[0],
        "embedding_norm.weight": array("embeddings.LayerNorm.weight"),
        "embedding_norm.bias": array("embeddings.LayerNorm.bias"),
    }
    for number in range(LAYERS):
        for part, theirs in PUBLISHED.items():
            for kind in ("weight", "bias"):
                arrays[f"layers.{number}.{part}.{kind}"] = array(f"encoder.layer.{number}.{theirs}.{kind}")
    return arrays


@cache
def load_tokenizer() -> Tokenizer:
    """The embedded model's own tokenizer, without its truncation and padding."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(embedded_model_dir() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


class Graph:
    """The nodes of the encoder. Shapes: ``rows`` x ``length`` tokens, both free; ``parameters`` by name."""

    def __init__(self, parameters: Arrays, numbers: Numbers, exact: Collection[str] = EXACT) -> None:
        """``exact``: the matrices of the layers that are not rounded when ``numbers`` are int8."""
        load_openvino()
        from openvino import opset13

        self.op: Any = opset13
        self.parameters = parameters
        self._rounds = numbers == "int8"
        self._exact = exact

    def input(self, kind: type[Any], name: str, shape: Sequence[int] = (-1, -1)) -> Node:
        """(rows, length) values of a kind; -1: any number of them."""
        return self.op.parameter(list(shape), kind, name)

    def length(self, ids: Node) -> Node:
        """The length of the rows, as an array of one."""
        return self.op.gather(self.op.shape_of(ids), self.axes(1), self.axis(0))

    def embed(self, ids: Node) -> Node:
        """Token ids to the vectors that go into the first layer, (rows, length, WIDTH)."""
        fixed = self.parameters["positions.weight"] + self.parameters["embedding_bias"]
        positions = self.first(self.op.constant(fixed), self.length(ids))
        words = self.op.gather(self.constant("words.weight"), ids, self.axis(0))
        return self.norm("embedding_norm", self.op.add(words, positions))

    def layer(self, number: int, hidden: Node, mask: Node | None) -> Node:
        """One post-norm transformer layer as in BERT (Devlin et al. 2019).

        ``mask``: true where there is a token, None when there is one everywhere.
        """
        op, name = self.op, f"layers.{number}"
        split = op.constant(np.array([0, 0, ATTENTION_HEADS, WIDTH // ATTENTION_HEADS]))
        swap = op.constant(np.array([0, 2, 1, 3]))
        query, key, value = (
            op.transpose(op.reshape(self.linear(f"{name}.{part}", hidden), split, special_zero=True), swap)
            for part in ("query", "key", "value")
        )
        seen = op.transpose(self._attend(query, key, value, mask), swap)
        mixed = op.reshape(seen, op.constant(np.array([0, 0, WIDTH])), special_zero=True)
        hidden = self.norm(f"{name}.mix_norm", op.add(hidden, self.linear(f"{name}.mix", mixed)))
        widened = op.gelu(self.linear(f"{name}.widen", hidden), "erf")
        return self.norm(f"{name}.norm", op.add(hidden, self.linear(f"{name}.narrow", widened)))

    def _attend(self, query: Node, key: Node, value: Node, mask: Node | None) -> Node:
        """What each token sees; all (rows, heads, length, width of a head)."""
        op = self.op
        if mask is not None:
            return op.scaled_dot_product_attention(query, key, value, op.unsqueeze(mask, self.axes(1, 2)))
        scale = op.constant(np.float32((WIDTH // ATTENTION_HEADS) ** -0.5))  # so OpenVINO takes 3 % less time
        weights = op.softmax(op.matmul(op.multiply(query, scale), key, False, True), 3)
        return op.matmul(weights, value, False, False)

    def linear(self, name: str, value: Node) -> Node:
        product = self.op.matmul(value, self._matrix(name), False, True)
        return self.op.add(product, self.constant(f"{name}.bias"))

    def _matrix(self, name: str) -> Node:
        """A matrix of weights, (outputs, inputs), in int8 if the layers are."""
        if not self._rounds or not name.startswith("layers.") or name in self._exact:
            return self.constant(f"{name}.weight")
        op, weights = self.op, self.parameters[f"{name}.weight"]
        whole, scales = rounded(weights)
        matrix = op.multiply(op.convert(op.constant(whole), np.float32), op.constant(scales))
        return op.reshape(matrix, op.constant(np.array(weights.shape)), special_zero=False)

    def norm(self, name: str, value: Node) -> Node:
        op = self.op
        normal = op.mvn(value, self.axes(-1), True, EPSILON, "inside_sqrt")
        return op.add(op.multiply(normal, self.constant(f"{name}.weight")), self.constant(f"{name}.bias"))

    def first(self, table: Node, length: Node) -> Node:
        """The first ``length`` rows of ``table``."""
        return self.op.slice(table, self.axes(0), length, self.axes(1), self.axes(0))

    def constant(self, name: str) -> Node:
        """A parameter, not copied: the node holds on to its array, which therefore has to be whole and writable."""
        return self.op.constant(np.require(self.parameters[name], requirements=["C", "W"]), shared_memory=True)

    def axis(self, number: int) -> Node:
        return self.op.constant(np.int64(number))

    def axes(self, *numbers: int) -> Node:
        return self.op.constant(np.array(numbers, np.int64))


def rounded(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A matrix (outputs, inputs) in whole numbers, (outputs, groups, GROUP), and their scales, (outputs, groups, 1)."""
    groups = weights.reshape(len(weights), -1, GROUP)
    scales = np.maximum(groups.max(2, keepdims=True), -groups.min(2, keepdims=True)) / np.float32(127)
    scales = np.maximum(scales, np.float32(1e-12))
    return np.rint(groups / scales).astype(np.int8), scales


def sentence_model(parameters: Arrays, numbers: Numbers) -> Any:
    """openvino.Model from ids and mask to unit vectors of the texts, (rows, WIDTH), and the vectors of their tokens."""
    graph = Graph(parameters, numbers)
    ids, mask = graph.input(np.int64, "ids"), graph.input(np.bool_, "mask")
    hidden = _tokens(graph, ids, mask)
    results = [graph.op.result(_text(graph, hidden, mask)), graph.op.result(hidden)]
    return load_openvino().Model(results, [ids, mask], "minilm")


def question_model(parameters: Arrays, numbers: Numbers, length: int) -> Any:
    """openvino.Model from ids and mask of one question, padded to ``length``, to its unit vector, (1, WIDTH).

    Faster than sentence_model, and if in int8 coarser: too coarse for few tokens, or the same ones again and again.
    """
    graph = Graph(parameters, numbers, EXACT_IN_QUESTIONS)
    ids, mask = graph.input(np.int64, "ids", (1, length)), graph.input(np.bool_, "mask", (1, length))
    text = _text(graph, _tokens(graph, ids, mask), mask)
    return load_openvino().Model([graph.op.result(text)], [ids, mask], "minilm-question")


def passage_model(parameters: Arrays, numbers: Numbers, *, alone: bool) -> Any:
    """openvino.Model from ids and mask, or if ``alone`` from the ids of one text, to unit vectors of the texts.

    For the many and long: faster than sentence_model, and if in int8 coarser.
    """
    graph = Graph(parameters, numbers, EXACT_IN_LONG)
    ids, mask = graph.input(np.int64, "ids"), None if alone else graph.input(np.bool_, "mask")
    text = _text(graph, _tokens(graph, ids, mask), mask)
    return load_openvino().Model([graph.op.result(text)], [ids] if mask is None else [ids, mask], "minilm-passages")


def _tokens(graph: Graph, ids: Node, mask: Node | None) -> Node:
    hidden = graph.embed(ids)
    for number in range(LAYERS):
        hidden = graph.layer(number, hidden, mask)
    return hidden


def _text(graph: Graph, hidden: Node, mask: Node | None) -> Node:
    """The mean of the vectors of a text's tokens: Reimers and Gurevych, "Sentence-BERT", EMNLP 2019."""
    op = graph.op
    if mask is not None:
        hidden = op.multiply(hidden, op.unsqueeze(op.convert(mask, np.float32), graph.axes(2)))
    total = op.reduce_sum(hidden, graph.axes(1), False)  # scaled to unit length the sum is the mean
    return op.normalize_l2(total, graph.axes(1), 1e-12, "max")
