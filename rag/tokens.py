"""How many tokens a text is for a language model, never over the network.

tiktoken downloads its tables when they are first asked for. Here a table is used only when it lies in tiktoken's cache
already; otherwise a small byte-pair table that ships with the package gives an estimate, which is labelled as one.
"""

from __future__ import annotations

import base64
import hashlib
import math
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

# Pieces that byte pairs are merged within: words with their leading space, short runs of digits, punctuation, space.
ESTIMATE_PATTERN = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

# Our table's count times this is cl100k_base's on news articles: python -m eval.bench.token_table --data DIR --check
ESTIMATE_SCALE = 0.74

# Address and SHA-256 of tiktoken's tables (tiktoken_ext/openai_public.py): the address names the file in its cache.
_TABLES = {
    "o200k_base": (
        "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": (
        "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """Counts tokens; ``exact`` says whether with the model's own table."""

    name: str
    encoding: tiktoken.Encoding
    exact: bool

    def count(self, text: str) -> int:
        number = len(self.encoding.encode_ordinary(text))
        return number if self.exact else math.ceil(number * ESTIMATE_SCALE)


def counter_for(model: str) -> TokenCounter:
    """The counter for a model name such as "gpt-4o" (a "provider:" before it is ignored)."""
    import tiktoken

    try:
        name = tiktoken.encoding_name_for_model(model.rpartition(":")[2])
    except KeyError:
        name = ""
    if name in _TABLES and _is_cached(*_TABLES[name]):
        return TokenCounter(name, tiktoken.get_encoding(name), exact=True)
    return TokenCounter("estimate", estimate_encoding(), exact=False)


@cache
def estimate_encoding() -> tiktoken.Encoding:
    """The byte-pair table that ships with the package, as a tiktoken encoding."""
    import tiktoken

    lines = files("rag").joinpath("estimate.tiktoken").read_text(encoding="ascii").splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines)}
    return tiktoken.Encoding("nutgraf-estimate", pat_str=ESTIMATE_PATTERN, mergeable_ranks=ranks, special_tokens={})


def within_budget(texts: Sequence[str], budget: int, counter: TokenCounter) -> int:
    """How many of the leading texts fit ``budget`` tokens together; at least one, however long."""
    used = 0
    for number, text in enumerate(texts):
        used += counter.count(text)
        if used > budget:
            return max(1, number)
    return len(texts)


def _is_cached(address: str, sha: str) -> bool:
    """True when tiktoken would find the whole table in its cache (it downloads a damaged one again)."""
    folder = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    if folder == "":
        return False
    path = Path(folder or Path(tempfile.gettempdir()) / "data-gym-cache") / hashlib.sha1(address.encode()).hexdigest()  # noqa: S324
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha
    except OSError:
        return False
