"""Files that are whole or not there: written beside their place, then moved into it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from .errors import EvalError


def write_text(path: Path, parts: Iterable[str], *, errors: str = "replace") -> None:
    """Write a file in UTF-8, making its folder; on failure what was there before stays. Raises EvalError.

    ``errors`` says what becomes of half a character, which an answer or JSON may hold and UTF-8 cannot: "replace" it,
    or "backslashreplace", which JSON reads back as it was.
    """
    path = path.resolve()
    work = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():  # a pipe or a device; a folder is an error here
            work = path
        with work.open("w", encoding="utf-8", errors=errors, newline="") as stream:
            stream.writelines(parts)
            stream.flush()
            if work is not path:
                os.fsync(stream.fileno())
        if work is not path:
            work.replace(path)
    except OSError as error:
        raise EvalError(f"{path}: cannot be written ({error.strerror or error}); choose another place") from None
    finally:
        if work is not path:
            with suppress(OSError):
                work.unlink(missing_ok=True)
