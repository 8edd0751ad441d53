"""OpenVINO, loaded and compiled in one way for the encoder and the cross-encoder."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

Numbers = Literal["bf16", "int8", "f32"]
"""What matrices are multiplied in. "int8": weights, and what they are multiplied with, are rounded in groups of GROUP
with a scale each; what they are multiplied with anew each time (OpenVINO calls that dynamic quantization)."""

GROUP = 64
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


@cache
def best_numbers(cpu_info: Path = Path("/proc/cpuinfo")) -> Numbers:
    """What this CPU multiplies matrices in soonest: bf16 where it has matrix units (AMX), else int8 with AVX-512 VNNI.

    That OpenVINO says a CPU can do bf16 is not enough: without AMX it takes 1.7 times as long as f32 and 2.8 times as
    long as int8. Where the system does not tell what the CPU has it is f32.
    """
    try:
        lines = cpu_info.read_text("ascii", "replace").splitlines()
    except OSError:
        return "f32"
    has = next((set(line.split()) for line in lines if line.startswith("flags")), set())
    if "amx_bf16" in has:
        return "bf16"
    return "int8" if "avx512_vnni" in has else "f32"


def describe(numbers: Numbers) -> str:
    """What computes, in what numbers: "OpenVINO 2025.3.0, CPU, int8"."""
    return f"OpenVINO {load_openvino().__version__.split('-')[0]}, CPU, {numbers}"


def compiled(model: Any, numbers: Numbers, *, streams: bool = False) -> Any:
    """An openvino.Model compiled for the CPU.

    By default all cores work on one request, which gives the soonest answer; with ``streams`` each on requests of its
    own, which gives the most answers. For "int8" the model's matrices have to be in int8 (index.minilm.Graph).
    """
    openvino = load_openvino()
    hint = {"PERFORMANCE_HINT": "THROUGHPUT"} if streams else {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1"}
    rounded = {"DYNAMIC_QUANTIZATION_GROUP_SIZE": str(GROUP if numbers == "int8" else 0)}
    precision = {"INFERENCE_PRECISION_HINT": "bf16" if numbers == "bf16" else "f32"}
    return openvino.Core().compile_model(model, "CPU", {**precision, **rounded, **hint})


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
