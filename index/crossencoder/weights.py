"""The file of a trained reader: what differs from the published encoder.

reader.safetensors holds the parameters that training changed:

- ``layers.N.PART.weight`` and ``.bias`` (N from the metadata's ``frozen`` to 5): the difference to the published
  parameter ``encoder.layer.N.X`` with X from PUBLISHED
- those of HEADS: the values themselves

A matrix NAME is int8 of its shape, with ``NAME.scale``, float32 of shape (rows,): row r is NAME[r] * NAME.scale[r].
A vector is float16. The metadata (all strings): ``format`` = FORMAT, ``base_sha256`` of the published
model.safetensors, ``frozen`` (layers that stay as published), ``length`` (tokens that a row of input should have at
most), ``runs`` (how it was trained, JSON).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..minilm import LAYERS, PUBLISHED, WIDTH, Arrays, Floats
from ..model import DEFAULT_SHA
from .pairs import KINDS

FORMAT = "nutgraf-reader-1"
LENGTH = 208

# Parameters that the published encoder does not have, and their shapes.
HEADS: Mapping[str, tuple[int, ...]] = {
    "kinds.weight": (KINDS, WIDTH),
    "span.weight": (2, WIDTH),  # row 0 start, row 1 end
    "span.bias": (2,),
    "answerable.0.weight": (WIDTH, 3 * WIDTH),
    "answerable.0.bias": (WIDTH,),
    "answerable.2.weight": (1, WIDTH),
    "answerable.2.bias": (1,),
    "relevant.0.weight": (WIDTH, WIDTH),
    "relevant.0.bias": (WIDTH,),
    "relevant.2.weight": (1, WIDTH),
    "relevant.2.bias": (1,),
}


def weights_path() -> Path:
    """Where the package keeps the reader's weights."""
    return Path(__file__).with_name("reader.safetensors")


def has_weights() -> bool:
    """True when the weights are there; whether they are whole shows when they are loaded."""
    return weights_path().is_file()


def write_reader(path: Path, values: Arrays, published: Arrays, metadata: Mapping[str, str]) -> None:
    """Write the trained ``values``; where ``published`` has the same name, the difference to it."""
    from safetensors.numpy import save_file

    tensors: dict[str, NDArray[Any]] = {}
    for name, value in values.items():
        stored = value - published[name] if name in published else value
        if stored.ndim == 1:
            tensors[name] = stored.astype(np.float16)
        else:
            scale = np.maximum(np.abs(stored).max(axis=1), 1e-12) / 127
            tensors[name] = np.rint(stored / scale[:, None]).astype(np.int8)
            tensors[f"{name}.scale"] = scale.astype(np.float32)
    fixed = {"format": FORMAT, "base_sha256": DEFAULT_SHA, "length": str(LENGTH)}
    save_file(tensors, path, metadata={**metadata, **fixed})
    path.chmod(0o644)  # safetensors writes files that nobody else may read


def read_reader(path: Path, published: Arrays) -> tuple[dict[str, Floats], dict[str, str]]:
    """(values, metadata) of a file that ``write_reader`` made: only the parameters that training changed.

    Raises ModelError when the file is missing, damaged, or made for another encoder.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            metadata: dict[str, str] = file.metadata() or {}
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
    except FileNotFoundError as error:
        raise ModelError(f"{path}: the weights of the reader are missing; {_NEXT}") from error
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: the weights of the reader cannot be read ({error}); {_NEXT}") from error
    if metadata.get("format") != FORMAT or metadata.get("base_sha256") != DEFAULT_SHA:
        raise ModelError(f"{path}: holds no reader for the encoder {DEFAULT_SHA[:12]}; {_NEXT}")
    if not {"frozen", "length"} <= {name for name, value in metadata.items() if value.isdecimal()}:
        raise ModelError(f"{path}: does not say how its network is built; {_NEXT}")
    expected = _shapes(int(metadata["frozen"]), published)
    values: dict[str, Floats] = {}
    for name, shape in expected.items():
        tensor, scale = stored.get(name), stored.get(f"{name}.scale")
        if tensor is None or tensor.shape != shape or (scale is None) != (tensor.ndim == 1):
            raise ModelError(f"{path}: {name} is missing or has another shape; {_NEXT}")
        value = tensor.astype(np.float32)
        if scale is not None:
            value *= scale[:, None]
        if name in published:
            value += published[name]
        values[name] = value
    return values, metadata


_NEXT = "install the package again, or train the reader: python -m rag.training --help"


def _shapes(frozen: int, published: Arrays) -> dict[str, tuple[int, ...]]:
    """The parameters that training changes when the first ``frozen`` layers stay as published."""
    layers = [
        f"layers.{number}.{part}.{kind}"
        for number in range(frozen, LAYERS)
        for part in PUBLISHED
        for kind in ("weight", "bias")
    ]
    return {**{name: published[name].shape for name in layers}, **HEADS}
