"""OpenVINO, loaded and compiled in one way for the encoder and the cross-encoder."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_CONVERTER = "openvino.tools.ovc"
_IMPORTING = threading.Lock()


def load_openvino() -> ModuleType:
    """The module openvino, without its model converter: that takes half of the time of the import, and is not needed.

    Another user of openvino in this process still finds ``openvino.convert_model``: it is loaded when asked for.
    """
    with _IMPORTING:  # another thread must not get a half imported module
        if "openvino" in sys.modules:
            return sys.modules["openvino"]
        with _absent(_CONVERTER):
            import openvino

    def later(name: str) -> Any:
        if name != "convert_model":
            raise AttributeError(f"module 'openvino' has no attribute {name!r}")
        from openvino.tools.ovc import convert_model

        return convert_model

    module: ModuleType = openvino
    vars(module).setdefault("__getattr__", later)
    return module


@contextmanager
def _absent(name: str) -> Iterator[None]:
    """As if a module that nobody has imported yet were not installed."""
    missing: Any = None
    if name in sys.modules:
        yield
        return
    sys.modules[name] = missing
    try:
        yield
    finally:
        del sys.modules[name]


def compiled(model: Any, precision: str | None = None, *, streams: bool = False) -> tuple[Any, str]:
    """(compiled model, description) of an openvino.Model on the CPU.

    ``precision`` is "bf16" or "f32"; None is bf16 where the CPU computes in it. By default all cores work on one
    request, which gives the soonest answer; with ``streams`` each on requests of its own, which gives the most answers.
    """
    openvino = load_openvino()
    core = openvino.Core()
    if precision is None:
        precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
    hint = {"PERFORMANCE_HINT": "THROUGHPUT"} if streams else {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1"}
    description = f"OpenVINO {openvino.__version__.split('-')[0]}, CPU, {precision}"
    return core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": precision, **hint}), description


def run_all(model: Any, jobs: Iterable[tuple[Any, list[Any]]]) -> Iterator[tuple[Any, list[Any]]]:
    """Run (key, inputs) jobs on a model compiled with ``streams``, as many at once as it has; yields (key, outputs).

    The results come in no order. Jobs are taken from the iterable as requests become free, so memory stays bounded.
    """
    openvino = load_openvino()
    at_once = model.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
    queue = openvino.AsyncInferQueue(model, 2 * at_once)  # the next one waits where the last one ends, not in Python
    finished: list[tuple[Any, list[Any]]] = []
    queue.set_callback(
        lambda request, key: finished.append((key, [tensor.data.copy() for tensor in request.output_tensors]))
    )
    for key, inputs in jobs:
        queue.start_async(inputs, key)  # waits for a free request
        while finished:
            yield finished.pop()
    queue.wait_all()
    yield from finished
