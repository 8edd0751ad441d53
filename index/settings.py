"""Settings: one frozen dataclass per package, filled from defaults, a TOML file, the environment, and arguments.

Later ones win: defaults < ``nutgraf.toml`` (table of the package) < ``NUTGRAF_<FIELD>`` < arguments that are not None.
The TOML file is ``$NUTGRAF_CONFIG`` or ``nutgraf.toml`` in the current folder; it need not exist.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from .errors import SettingsError

T = TypeVar("T")

TABLES = frozenset({"index", "rag", "ui"})


@dataclasses.dataclass(frozen=True, slots=True)
class IndexSettings:
    """How articles become a searchable index.

    ``chunk_tokens`` is the most tokens of the encoder that a chunk may have, special tokens, title and date included;
    0 stands for the encoder's own limit. ``model`` is a folder or id of a sentence-transformers model; empty stands for
    the model of the store, and for a new store the embedded all-MiniLM-L6-v2. ``max_article_mb`` bounds one article (in
    10^6 bytes). ``rerank`` says whether search reads the best passages with the question and orders them anew.
    ``feed_entries`` is the most entries that are taken from a feed at once, the newest. ``web_allow_hosts`` names hosts
    that may be fetched from although their addresses are not public or their ports unusual, separated by commas
    ("wiki.internal, 10.0.0.7:8080"); without a port, all of a host's.
    """

    store: Path = Path(".nutgraf")
    model: str = ""
    chunk_tokens: int = 0
    max_article_mb: float = 10.0
    rerank: bool = True
    feed_entries: int = 50
    web_allow_hosts: str = ""

    def __post_init__(self) -> None:
        if self.chunk_tokens != 0 and self.chunk_tokens < 32:
            raise SettingsError(f"chunk_tokens is {self.chunk_tokens}; give at least 32, or 0 for the encoder's limit")
        if self.max_article_mb <= 0:
            raise SettingsError(f"max_article_mb is {self.max_article_mb}; give a number above 0")
        if self.feed_entries < 1:
            raise SettingsError(f"feed_entries is {self.feed_entries}; give at least 1")


def load_settings(cls: type[T], table: str, /, **arguments: object) -> T:
    """Build the settings dataclass ``cls`` from the TOML table ``table``, the environment and ``arguments``.

    Arguments that are None count as not given. Raises SettingsError, naming where a bad value came from.
    """
    hints = get_type_hints(cls)
    values: dict[str, object] = {}
    path = Path(os.environ.get("NUTGRAF_CONFIG", "nutgraf.toml"))
    for name, value in _toml_table(path, table).items():
        if name not in hints:
            raise SettingsError(f"{path}: [{table}] has no setting {name!r}; known are {', '.join(sorted(hints))}")
        values[name] = _convert(value, hints[name], f"{path}: [{table}] {name}")
    for name, hint in hints.items():
        variable = f"NUTGRAF_{name.upper()}"
        if variable in os.environ:
            values[name] = _convert(os.environ[variable], hint, variable)
    for name, value in arguments.items():
        if value is not None:
            values[name] = _convert(value, hints[name], name)
    return cls(**values)


def fingerprint(*settings: object) -> str:
    """Twelve hex digits that differ when any setting differs."""
    plain = [{type(s).__name__: dataclasses.asdict(s)} for s in settings]  # type: ignore[call-overload]
    text = json.dumps(plain, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _toml_table(path: Path, table: str) -> dict[str, object]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if "NUTGRAF_CONFIG" in os.environ:
            raise SettingsError(f"{path}: no such file; correct NUTGRAF_CONFIG or unset it") from None
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML ({error}); mend it or move it away") from error
    unknown = set(content) - TABLES
    if unknown:
        raise SettingsError(f"{path}: unknown table [{min(unknown)}]; known are [index], [rag], [ui]")
    found: dict[str, object] = content.get(table, {})
    return found


def _convert(value: object, hint: Any, where: str) -> object:
    """Turn text from TOML or the environment into the type of the field."""
    if hint is Path:
        return Path(str(value)).expanduser()
    if hint is bool:
        if str(value).lower() in {"1", "true", "yes", "on"}:
            return True
        if str(value).lower() in {"0", "false", "no", "off"}:
            return False
        raise SettingsError(f"{where} is {value!r}; give true or false")
    if hint in (int, float) and not isinstance(value, bool):
        try:
            return hint(value)
        except (TypeError, ValueError):
            raise SettingsError(f"{where} is {value!r}; give a number") from None
    if hint is str or hint == str | None:
        return str(value)
    return value
