"""Opening files that may be anything, and turning their bytes into text."""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import SourceError

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HTML_CHARSET = re.compile(rb"<meta[^>]{1,200}?charset=[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# What English and its neighbours need besides ASCII. Windows-1252 has it, and so do other encodings at other codes.
_WESTERN = re.compile("[À-ÖØ-öø-ÿŒœŠšŸŽž£€¥¢©®™°§«»¡¿½¼¾·ªº\xa0‘’‚“”„†‡•–—…‹›]")
_STRAY = 0.001  # share of zero bytes that damaged text may have, and packed data exceeds
_SAMPLE = 100_000  # bytes that an encoding is guessed from


def open_file(path: Path) -> BinaryIO:
    """Open a regular file for reading; never waits for a pipe.

    Raises SourceError for a folder, pipe, socket or device, and OSError when the file cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or device, not a file"
        raise SourceError(str(path), f"is {kind}", "give a file")
    return os.fdopen(descriptor, "rb")


def unreadable(path: Path, problem: OSError | ValueError) -> SourceError:
    """Return what is said of a file that the system does not let us read."""
    reason = (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
    return SourceError(str(path), f"cannot be read ({reason})", "check the path and its permissions")


def read_bytes(stream: BinaryIO, where: str, limit: int, hint: str) -> bytes:
    """Read all of ``stream``; raises SourceError when it holds more than ``limit`` bytes, without reading them."""
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise SourceError(where, f"is larger than {limit / 1e6:g} MB", hint)
    return data


def decode(data: bytes, where: str, *, is_html: bool = False) -> str:
    """Return ``data`` as text: by its byte order mark, as UTF-8, as an HTML page declares, or by a guess.

    Raises SourceError when it is not text.
    """
    for encoding in _likely_encodings(data, is_html):
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        if len(_CONTROL.findall(text)) <= max(2, len(text) // 100):
            return text
    raise SourceError(where, "is not text (binary data or an unknown encoding)", "remove it, or convert it to text")


def _likely_encodings(data: bytes, is_html: bool) -> Iterator[str]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            yield encoding
            return
    if data.count(0) > len(data) * _STRAY:
        # UTF-16 without a mark: in Latin text nearly every second byte is zero
        odd, even, many = data[1::2].count(0), data[::2].count(0), len(data) * 0.35
        if (odd > many) != (even > many):
            yield "utf-16-le" if odd > many else "utf-16-be"
        return
    yield "utf-8"
    if is_html and (declared := _HTML_CHARSET.search(data[:4096])):
        yield declared[1].decode()
    if _is_western(data[:_SAMPLE]):
        yield "cp1252"
    if guess := _guess(data[:_SAMPLE]):
        yield guess


def _is_western(data: bytes) -> bool:
    """Say whether Windows-1252 makes sense of ``data``: only the usual signs, and not many."""
    foreign = [sign for sign in data.decode("cp1252", errors="replace") if sign > "\x7f"]
    return len(foreign) * 5 < len(data) and all(map(_WESTERN.match, foreign))


def _guess(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return best.encoding if best else None
