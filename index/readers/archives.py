"""Zip files: the files in them, within limits that a bomb does not get past."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import SourceError

MOST_MEMBERS = 1_000
MOST_BYTES = 50_000_000  # of all members together, unpacked
MOST_RATIO = 100  # unpacked to packed; text packs 3 to 10 times, tables of zeros 1,000 times
_RATIO_MATTERS = 1_000_000  # bytes: below it a high ratio harms nobody

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes before the first byte comes out
_UNPACK = "unpack it yourself and give the files"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive; ``name`` is its path there, never one on this computer."""

    name: str
    data: bytes


def open_zip(data: bytes, where: str) -> zipfile.ZipFile:
    """Return the archive in ``data`` when it keeps the limits. Raises SourceError when not, or when it is damaged.

    Every member is checked by what the directory says of it; reading stops there, whatever the packed data hold.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as problem:
        raise SourceError(where, f"is no zip file, or a damaged one ({problem})", "save it anew") from None
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if len(members) > MOST_MEMBERS:
        raise SourceError(where, f"holds more than {MOST_MEMBERS} files", _UNPACK)
    if unpacked > MOST_BYTES:
        raise SourceError(where, f"unpacks to more than {MOST_BYTES // 1_000_000} MB", _UNPACK)
    if unpacked > _RATIO_MATTERS and unpacked > MOST_RATIO * min(packed, len(data)):
        raise SourceError(where, f"unpacks to more than {MOST_RATIO} times its size, as a bomb does", "remove it")
    return archive


def read_zip(data: bytes, _uri: str, where: str) -> Iterator[Member | SourceError]:
    """Yield the files in a zip file, and a SourceError for each that cannot be unpacked.

    Folders, hidden files and what the Finder adds are passed over. Links are files that hold a path, so they come out
    as such and lead nowhere; likewise a name such as ``../../x`` is only a name.
    """
    with open_zip(data, where) as archive:
        for member in archive.infolist():
            parts = member.filename.split("/")
            if member.is_dir() or parts[0] == "__MACOSX" or parts[-1].startswith("."):
                continue
            inner = f"{where}#{member.filename}"
            if member.flag_bits & 1:
                yield SourceError(inner, "is encrypted", "unpack it with its password and give the file")
            elif member.compress_type not in _METHODS:
                yield SourceError(inner, "is packed by a method that is not read", _UNPACK)
            else:
                try:
                    yield Member(member.filename, archive.read(member))
                except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError) as problem:
                    yield SourceError(inner, f"cannot be unpacked ({problem})", "make the archive anew")
