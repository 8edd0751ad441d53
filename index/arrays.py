"""Files of named arrays: how derived data lies on disk.

    b"NUTGRAF1"  length of the header (8 bytes)  header: {name: [dtype, count, offset]}  the arrays, 64 bytes aligned

Whoever writes one gets the SHA-256 of all its bytes; whoever opens one says which it must be, and nothing is believed
before. Arrays are then read slice by slice, as they are needed. They are not memory-mapped: what is read counts once as
the system's cache and never as this process's memory, and a file that is cut short is an error and no signal.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import StoreError

MAGIC = b"NUTGRAF2"  # the number changes when a snapshot holds other arrays
ALIGNMENT = 64
PIECE = 4_000_000  # items that are copied at once

T = TypeVar("T", bound=np.generic)
T_co = TypeVar("T_co", bound=np.generic, covariant=True)


class Slices(Protocol[T_co]):
    """What an array in memory and one in a file have in common; one-dimensional."""

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> NDArray[T_co]: ...


class _Handle:
    """A file descriptor that is closed with the last array that reads from it."""

    def __init__(self, descriptor: int, name: str) -> None:
        self.descriptor = descriptor
        self.name = name
        weakref.finalize(self, os.close, descriptor)


class FileArray(Generic[T]):
    """An array in a file. A slice (without a step) is read when it is asked for; safe in many threads."""

    def __init__(self, handle: _Handle, dtype: np.dtype[T], offset: int, count: int) -> None:
        self.dtype = dtype
        self._handle, self._offset, self._count = handle, offset, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> NDArray[T]:
        """Raises StoreError when the file no longer holds what it held."""
        start, stop, _ = part.indices(self._count)
        found = np.empty(max(stop - start, 0), self.dtype)
        if not len(found):
            return found
        into, done = memoryview(found.data).cast("B"), 0
        while done < len(into):
            place = self._offset + start * self.dtype.itemsize + done
            read = os.preadv(self._handle.descriptor, [into[done:]], place)
            if read == 0:
                raise StoreError(f"{self._handle.name}: was cut short while in use; run the same command again")
            done += read
        return found


class Spool(Generic[T]):
    """An array that is written piece by piece: to memory, or to a nameless file in ``folder``, gone with its reader."""

    def __init__(self, dtype: type[T], folder: Path | None) -> None:
        self._dtype = np.dtype(dtype)
        self._pieces: list[NDArray[T]] = []
        self._file = tempfile.TemporaryFile(dir=folder) if folder else None  # noqa: SIM115 - closed by finish
        self._count = 0

    def append(self, piece: NDArray[T]) -> None:
        self._count += len(piece)
        if self._file is None:
            self._pieces.append(piece)
        else:
            self._file.write(np.ascontiguousarray(piece, self._dtype).tobytes())

    def finish(self) -> Slices[T]:
        """What was appended; nothing can be appended any more."""
        if self._file is None:
            return np.concatenate([np.zeros(0, self._dtype), *self._pieces])
        self._file.flush()
        handle = _Handle(os.dup(self._file.fileno()), "a temporary file")
        self._file.close()
        return FileArray(handle, self._dtype, 0, self._count)


def write_arrays(path: Path, arrays: Mapping[str, Slices[Any]]) -> str:
    """Write a file of arrays durably; returns its SHA-256 (hex)."""
    header, offset = {}, 0
    for name, array in arrays.items():
        header[name] = [array.dtype.str, len(array), offset]
        offset += _padded(len(array) * array.dtype.itemsize)
    text = json.dumps(header).encode()
    text = text.ljust(_padded(len(MAGIC) + 8 + len(text)) - len(MAGIC) - 8)
    digest = hashlib.sha256()
    with path.open("wb") as file:

        def write(data: bytes) -> None:
            digest.update(data)
            file.write(data)

        write(MAGIC + len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            for start in range(0, len(array), PIECE):
                write(array[start : start + PIECE].tobytes())
            size = len(array) * array.dtype.itemsize
            write(bytes(_padded(size) - size))
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def open_arrays(path: Path, sha: str) -> dict[str, FileArray[Any]] | None:
    """The arrays of a file, or None when it is not the one with this SHA-256, or none that this program wrote."""
    if file_problem(path, sha):
        return None
    handle = _Handle(os.open(path, os.O_RDONLY), str(path))
    start = os.pread(handle.descriptor, len(MAGIC) + 8, 0)
    length = int.from_bytes(start[len(MAGIC) :], "little")
    header = json.loads(os.pread(handle.descriptor, length, len(start)))
    first = len(start) + length
    return {
        name: FileArray(handle, np.dtype(dtype), first + offset, count)
        for name, (dtype, count, offset) in header.items()
    }


def file_problem(path: Path, sha: str) -> str | None:
    """What is wrong with a file that should have this SHA-256, or None. Reads it once, with little memory."""
    try:
        with path.open("rb") as file:
            whole = hashlib.file_digest(file, "sha256").hexdigest() == sha
            file.seek(0)
            known = file.read(len(MAGIC)) == MAGIC
    except OSError:
        return f"{path}: the snapshot is missing"
    if not whole:
        return f"{path}: the snapshot was altered"
    return None if known else f"{path}: the snapshot is of another version"


def pack_json(value: object) -> NDArray[np.uint8]:
    """A JSON value as an array."""
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


def unpack_json(array: Slices[np.uint8]) -> Any:
    return json.loads(array[:].tobytes())


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
