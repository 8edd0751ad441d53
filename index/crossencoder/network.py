"""The reader's network as an OpenVINO graph, built from its parameters without torch.

It computes what ``rag.training.model.Reader`` computes: the embedded MiniLM encoder, with a vector of the token's kind
added behind the frozen layers, and four heads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..encoder import compiled
from .pairs import KINDS, TEXT
from .weights import ATTENTION_HEADS, EPSILON, LAYERS, WIDTH, Arrays, Floats

Node = Any


class Logits(NamedTuple):
    """``start`` and ``end``: (rows, length), meaningless outside of the text and [CLS]; the others: (rows,)."""

    start: Floats
    end: Floats
    answerable: Floats
    relevant: Floats

    def rows(self) -> Iterator[Logits]:
        """Of each row its own: without the first dimension."""
        return (Logits(*row) for row in zip(*self, strict=True))


class Network:
    """The compiled network. ``description`` says what runs it."""

    def __init__(self, parameters: Arrays, frozen: int, precision: str | None = None) -> None:
        """``parameters``: all of them, by name; ``precision``: see index.encoder.compiled."""
        self._request, self.description = compiled(Graph(parameters).model(frozen), precision)
        self._lock = threading.Lock()

    def infer(self, ids: NDArray[np.int64], kinds: NDArray[np.int64], mask: NDArray[np.bool_]) -> Logits:
        """``ids``, ``kinds`` (0 to KINDS - 1) and ``mask`` (true where there is a token): (rows, length)."""
        with self._lock:  # the outputs belong to the request: copy before the next run
            outputs = self._request.infer([ids, kinds, mask])
            return Logits(*(outputs[number].copy() for number in range(4)))


class Graph:
    """The nodes of the network. Shapes: ``rows`` x ``length`` tokens, both free.

    Built anew at each start: with reading the files that is 0.4 s of CPU time, too little for a cache on disk. Matrices
    in int8 with dynamic quantization ran 1.1 to 1.26 times as fast as bf16 (few runs on a busy machine) and moved the
    logits (correlation of ``answerable`` over 100 pairs 0.997 to 0.999, of f32 with bf16 0.9999): they are not used.
    """

    def __init__(self, parameters: Arrays) -> None:
        from openvino import opset13

        self._op = opset13
        self._parameters = parameters

    def model(self, frozen: int) -> Any:
        """The openvino.Model, with the outputs of Logits."""
        import openvino

        op = self._op
        ids, kinds = (op.parameter([-1, -1], np.int64, name) for name in ("ids", "kinds"))
        mask = op.parameter([-1, -1], np.bool_, "mask")
        attended = op.unsqueeze(mask, self._axes(1, 2))
        length = op.gather(op.shape_of(ids), self._axes(1), self._axis(0))
        hidden = self._embed(ids, length)
        for number in range(LAYERS):
            if number == frozen:
                hidden = op.add(hidden, op.gather(self._constant("kinds.weight"), kinds, self._axis(0)))
            hidden = self._layer(f"layers.{number}", hidden, attended)
        outputs = self._heads(hidden, kinds, length)
        return openvino.Model([op.result(output) for output in outputs], [ids, kinds, mask], "reader")

    def _embed(self, ids: Node, length: Node) -> Node:
        op = self._op
        fixed = self._parameters["positions.weight"] + self._parameters["embedding_bias"]
        positions = self._first(op.constant(fixed), length)
        words = op.gather(self._constant("words.weight"), ids, self._axis(0))
        return self._norm("embedding_norm", op.add(words, positions))

    def _layer(self, name: str, hidden: Node, attended: Node) -> Node:
        """One post-norm transformer layer as in BERT (Devlin et al. 2019)."""
        op = self._op
        split = op.constant(np.array([0, 0, ATTENTION_HEADS, WIDTH // ATTENTION_HEADS]))
        swap = op.constant(np.array([0, 2, 1, 3]))
        query, key, value = (
            op.transpose(op.reshape(self._linear(f"{name}.{part}", hidden), split, special_zero=True), swap)
            for part in ("query", "key", "value")
        )
        seen = op.transpose(op.scaled_dot_product_attention(query, key, value, attended), swap)
        mixed = op.reshape(seen, op.constant(np.array([0, 0, WIDTH])), special_zero=True)
        hidden = self._norm(f"{name}.mix_norm", op.add(hidden, self._linear(f"{name}.mix", mixed)))
        widened = op.gelu(self._linear(f"{name}.widen", hidden), "erf")
        return self._norm(f"{name}.norm", op.add(hidden, self._linear(f"{name}.narrow", widened)))

    def _heads(self, hidden: Node, kinds: Node, length: Node) -> list[Node]:
        """The nodes of Logits. ``answerable`` sees [CLS] and the mean vectors under softmax(start), softmax(end)."""
        op = self._op
        in_text = op.gather(op.constant(np.arange(KINDS) & TEXT > 0), kinds, self._axis(0))
        is_cls = self._first(op.constant(np.arange(len(self._parameters["positions.weight"])) == 0), length)
        possible = op.unsqueeze(op.logical_or(in_text, is_cls), self._axes(2))
        logits = op.select(possible, self._linear("span", hidden), op.constant(np.float32(-1e4)))
        start, end = (op.gather(logits, self._axis(number), self._axis(2)) for number in (0, 1))
        found = op.matmul(op.softmax(logits, 1), hidden, True, False)
        cls = op.gather(hidden, self._axes(0), self._axis(1))
        judged = op.reshape(op.concat([cls, found], 1), op.constant(np.array([0, 3 * WIDTH])), special_zero=True)
        return [
            start,
            end,
            self._judge("answerable", judged),
            self._judge("relevant", op.squeeze(cls, self._axes(1))),
        ]

    def _judge(self, name: str, vectors: Node) -> Node:
        """One logit of each row of ``vectors`` (rows, width)."""
        op = self._op
        inner = op.gelu(self._linear(f"{name}.0", vectors), "erf")
        return op.squeeze(self._linear(f"{name}.2", inner), self._axes(1))

    def _linear(self, name: str, value: Node) -> Node:
        product = self._op.matmul(value, self._constant(f"{name}.weight"), False, True)
        return self._op.add(product, self._constant(f"{name}.bias"))

    def _norm(self, name: str, value: Node) -> Node:
        op = self._op
        normal = op.mvn(value, self._axes(-1), True, EPSILON, "inside_sqrt")
        return op.add(op.multiply(normal, self._constant(f"{name}.weight")), self._constant(f"{name}.bias"))

    def _first(self, table: Node, length: Node) -> Node:
        """The first ``length`` rows of ``table``."""
        return self._op.slice(table, self._axes(0), length, self._axes(1), self._axes(0))

    def _constant(self, name: str) -> Node:
        """A parameter, not copied: the node holds on to its array, which therefore has to be whole and writable."""
        return self._op.constant(np.require(self._parameters[name], requirements=["C", "W"]), shared_memory=True)

    def _axis(self, number: int) -> Node:
        return self._op.constant(np.int64(number))

    def _axes(self, *numbers: int) -> Node:
        return self._op.constant(np.array(numbers, np.int64))
