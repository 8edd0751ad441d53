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

from ..inference import Numbers, best_numbers, compiled, describe, load_openvino
from ..minilm import EXACT_IN_LONG, LAYERS, WIDTH, Arrays, Floats, Graph, Node
from .pairs import KINDS, TEXT


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

    def __init__(self, parameters: Arrays, frozen: int, numbers: Numbers | None = None) -> None:
        """``parameters``: all of them, by name; ``numbers``: those that this CPU is fastest with, if not given."""
        numbers = numbers or best_numbers()
        self.description = describe(numbers)
        model = compiled(ReaderGraph(parameters, numbers, EXACT_IN_LONG).model(frozen), numbers)
        self._request = model.create_infer_request()
        self._lock = threading.Lock()

    def infer(self, ids: NDArray[np.int64], kinds: NDArray[np.int64], mask: NDArray[np.bool_]) -> Logits:
        """``ids``, ``kinds`` (0 to KINDS - 1) and ``mask`` (true where there is a token): (rows, length)."""
        with self._lock:  # the outputs belong to the request: copy before the next run
            outputs = self._request.infer([ids, kinds, mask])
            return Logits(*(outputs[number].copy() for number in range(4)))


class ReaderGraph(Graph):
    """The nodes of the network: the encoder's, with the kinds of the tokens added on the way, and the heads.

    Built anew at each start: with reading the files that is 0.4 s of CPU time, too little for a cache on disk. In int8
    the logits of 1,200 rows correlated by 0.9994 and more with those of f32, and the questions of eval/ were answered
    as well; nothing was gained by more exact matrices.
    """

    def model(self, frozen: int) -> Any:
        """The openvino.Model, with the outputs of Logits."""
        openvino = load_openvino()
        op = self.op
        ids, kinds, mask = self.input(np.int64, "ids"), self.input(np.int64, "kinds"), self.input(np.bool_, "mask")
        hidden = self.embed(ids)
        for number in range(LAYERS):
            if number == frozen:
                hidden = op.add(hidden, op.gather(self.constant("kinds.weight"), kinds, self.axis(0)))
            hidden = self.layer(number, hidden, mask)
        outputs = self._heads(hidden, kinds, self.length(ids))
        return openvino.Model([op.result(output) for output in outputs], [ids, kinds, mask], "reader")

    def _heads(self, hidden: Node, kinds: Node, length: Node) -> list[Node]:
        """The nodes of Logits. ``answerable`` sees [CLS] and the mean vectors under softmax(start), softmax(end)."""
        op = self.op
        in_text = op.gather(op.constant(np.arange(KINDS) & TEXT > 0), kinds, self.axis(0))
        is_cls = self.first(op.constant(np.arange(len(self.parameters["positions.weight"])) == 0), length)
        possible = op.unsqueeze(op.logical_or(in_text, is_cls), self.axes(2))
        logits = op.select(possible, self.linear("span", hidden), op.constant(np.float32(-1e4)))
        start, end = (op.gather(logits, self.axis(number), self.axis(2)) for number in (0, 1))
        found = op.matmul(op.softmax(logits, 1), hidden, True, False)
        cls = op.gather(hidden, self.axes(0), self.axis(1))
        judged = op.reshape(op.concat([cls, found], 1), op.constant(np.array([0, 3 * WIDTH])), special_zero=True)
        return [
            start,
            end,
            self._judge("answerable", judged),
            self._judge("relevant", op.squeeze(cls, self.axes(1))),
        ]

    def _judge(self, name: str, vectors: Node) -> Node:
        """One logit of each row of ``vectors`` (rows, width)."""
        op = self.op
        inner = op.gelu(self.linear(f"{name}.0", vectors), "erf")
        return op.squeeze(self.linear(f"{name}.2", inner), self.axes(1))
