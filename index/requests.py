"""Texts as a compiled model of the encoder takes them: alone, or in batches; and what runs them (index/encoder.py)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from .inference import load_openvino

T = TypeVar("T")
Vectors = NDArray[np.float32]

# Texts per inference; more pad more, and leave a core idle at the end.
BATCH = 8
# Questions of at most so many tokens have a model of their own, and are padded to as many: nine in ten.
QUESTION = 32
# But not those of fewer different tokens, the two special ones counted: their vectors would not be exact enough.
DIFFERENT = 10

Job = tuple[list[int], list[NDArray[Any]]]
"""Numbers of some texts, and their ids and mask, shape (texts, tokens)."""
Outputs = tuple[list[int], list[Vectors]]
"""Numbers of some texts, and their vectors, or these and those of their tokens."""


class Once(Generic[T]):
    """Something made when it is first called for, whichever thread does."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._things: list[T] = []

    def __call__(self) -> T:
        with self._lock:
            if not self._things:
                self._things.append(self._make())
            return self._things[0]


class Questions:
    """Requests of a model of one question; each belongs to one thread at a time.

    They have arrays of their own for what goes in and comes out: handing over new ones each time would take 0.2 ms.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._idle = [self._new()]

    def _new(self) -> tuple[Any, NDArray[np.int64], NDArray[np.bool_], Vectors]:
        """(request, ids, mask, vector); the arrays are those of one row."""
        request, tensor = self._model.create_infer_request(), load_openvino().Tensor
        ids, mask = np.zeros((1, QUESTION), np.int64), np.zeros((1, QUESTION), np.bool_)
        request.set_input_tensor(0, tensor(ids, shared_memory=True))
        request.set_input_tensor(1, tensor(mask, shared_memory=True))
        return request, ids[0], mask[0], request.get_output_tensor(0).data[0]

    def begin(self, tokens: Sequence[int]) -> Callable[[], Vectors]:
        try:
            used = self._idle.pop()  # used ones run sooner than new ones
        except IndexError:
            used = self._new()
        request, ids, mask, vector = used
        ids[: len(tokens)], ids[len(tokens) :] = tokens, 0
        mask[: len(tokens)], mask[len(tokens) :] = True, False
        request.start_async()

        @cache
        def found() -> Vectors:
            request.wait()
            copied = vector.copy()
            self._idle.append(used)
            return copied

        return found


class Requests:
    """The requests of a compiled model; each belongs to one thread at a time, as its outputs do."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._idle = [model.create_infer_request()]

    def _free(self) -> Any:
        """One that nobody uses. Used ones run sooner than new ones."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._model.create_infer_request()

    def begin(self, tokens: list[int]) -> Callable[[], Vectors]:
        """One text, by its tokens."""
        ((_, inputs),) = batches([tokens], [0])
        request = self._free()
        request.start_async(inputs)

        @cache
        def found() -> Vectors:
            request.wait()
            vector: Vectors = request.output_tensors[0].data[0].copy()
            self._idle.append(request)
            return vector

        return found

    def run(self, jobs: Iterator[Job]) -> Iterator[Outputs]:
        """One job after the other."""
        for rows, inputs in jobs:
            request = self._free()
            outputs = request.infer(inputs)
            found = [outputs[0].copy(), outputs[1].copy()]
            self._idle.append(request)
            yield rows, found


def longest_first(tokens: Sequence[Sequence[int]]) -> list[int]:
    """The numbers of texts, so that no core works alone on a long one at the end."""
    return sorted(range(len(tokens)), key=lambda number: -len(tokens[number]))


def batches(tokens: Sequence[Sequence[int]], order: Sequence[int], size: int = BATCH) -> Iterator[Job]:
    """The texts of some numbers, longest first: those of like length together, so that there is little padding.

    A text alone is a question, and is padded to one of few lengths: a graph that keeps its shape answers 1 ms sooner.
    """
    step = QUESTION if len(tokens) == 1 else 1
    for begin in range(0, len(order), size):
        rows = list(order[begin : begin + size])
        ids = np.zeros((len(rows), -(-len(tokens[rows[0]]) // step) * step), np.int64)
        for row, number in enumerate(rows):
            ids[row, : len(tokens[number])] = tokens[number]
        lengths = np.array([len(tokens[number]) for number in rows])
        yield rows, [ids, np.arange(ids.shape[1]) < lengths[:, None]]
