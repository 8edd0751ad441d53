"""The embedded MiniLM encoder: its published parameters, and its layers as nodes of an OpenVINO graph.

The graph is built anew at each start from the published file, without torch and without a converted copy on disk: a
tenth of a second. It computes what sentence-transformers computes with the same file (tests/test_index_encoder.py).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .inference import load_openvino
from .model import begin_check, embedded_model_dir

WIDTH, ATTENTION_HEADS, LAYERS, INNER = 384, 12, 6, 1536
EPSILON = 1e-12
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

    def __init__(self, parameters: Arrays) -> None:
        load_openvino()
        from openvino import opset13

        self.op: Any = opset13
        self.parameters = parameters

    def input(self, kind: type[Any], name: str) -> Node:
        """(rows, length) values of a kind."""
        return self.op.parameter([-1, -1], kind, name)

    def length(self, ids: Node) -> Node:
        """The length of the rows, as an array of one."""
        return self.op.gather(self.op.shape_of(ids), self.axes(1), self.axis(0))

    def embed(self, ids: Node) -> Node:
        """Token ids to the vectors that go into the first layer, (rows, length, WIDTH)."""
        fixed = self.parameters["positions.weight"] + self.parameters["embedding_bias"]
        positions = self.first(self.op.constant(fixed), self.length(ids))
        words = self.op.gather(self.constant("words.weight"), ids, self.axis(0))
        return self.norm("embedding_norm", self.op.add(words, positions))

    def layer(self, number: int, hidden: Node, mask: Node) -> Node:
        """One post-norm transformer layer as in BERT (Devlin et al. 2019); ``mask``: true where there is a token."""
        op, name = self.op, f"layers.{number}"
        split = op.constant(np.array([0, 0, ATTENTION_HEADS, WIDTH // ATTENTION_HEADS]))
        swap = op.constant(np.array([0, 2, 1, 3]))
        query, key, value = (
            op.transpose(op.reshape(self.linear(f"{name}.{part}", hidden), split, special_zero=True), swap)
            for part in ("query", "key", "value")
        )
        attended = op.unsqueeze(mask, self.axes(1, 2))
        seen = op.transpose(op.scaled_dot_product_attention(query, key, value, attended), swap)
        mixed = op.reshape(seen, op.constant(np.array([0, 0, WIDTH])), special_zero=True)
        hidden = self.norm(f"{name}.mix_norm", op.add(hidden, self.linear(f"{name}.mix", mixed)))
        widened = op.gelu(self.linear(f"{name}.widen", hidden), "erf")
        return self.norm(f"{name}.norm", op.add(hidden, self.linear(f"{name}.narrow", widened)))

    def linear(self, name: str, value: Node) -> Node:
        product = self.op.matmul(value, self.constant(f"{name}.weight"), False, True)
        return self.op.add(product, self.constant(f"{name}.bias"))

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


def sentence_model(parameters: Arrays) -> Any:
    """openvino.Model from ids and mask to unit vectors of the texts, (rows, WIDTH), and the vectors of their tokens.

    A text's vector is the mean of those of its tokens: Reimers and Gurevych, "Sentence-BERT", EMNLP 2019.
    """
    openvino = load_openvino()
    graph = Graph(parameters)
    op = graph.op
    ids, mask = graph.input(np.int64, "ids"), graph.input(np.bool_, "mask")
    hidden = graph.embed(ids)
    for number in range(LAYERS):
        hidden = graph.layer(number, hidden, mask)
    there = op.unsqueeze(op.convert(mask, np.float32), graph.axes(2))
    total = op.reduce_sum(op.multiply(hidden, there), graph.axes(1), False)
    unit = op.normalize_l2(total, graph.axes(1), 1e-12, "max")  # scaling to unit length makes a sum a mean
    return openvino.Model([op.result(unit), op.result(hidden)], [ids, mask], "minilm")
