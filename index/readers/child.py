"""The child process in which untrusted files are parsed.

It holds no secret of the parent, opens no file that it is told of, and may use so much memory and time and no more.
Requests come as (parser, uri, where) and the bytes; replies are findings, then None at the end. It ends when its
parent does.
"""

from __future__ import annotations

import math
import pickle
import resource
import struct
import sys
import warnings
import zlib
from collections.abc import Iterator
from multiprocessing.connection import Connection

from ..errors import SourceError
from .parsers import PARSERS, Finding

MEMORY = 1 << 30  # bytes of address space
CPU_SECONDS = 30  # of processor time a file
OUT_OF_MEMORY = 77  # status at the end

# What libraries raise on a file that is not what it claims to be, besides errors of their own.
_MANGLED = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError, SyntaxError,
    TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip


def main(descriptor: int) -> None:
    """Answer requests on the socket ``descriptor`` until the parent closes it or memory runs out."""
    warnings.simplefilter("ignore")
    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(limit, (most, most))
    channel = Connection(descriptor)
    while True:
        try:
            parser, uri, where = pickle.loads(channel.recv_bytes())  # noqa: S301 - from the parent
            data = channel.recv_bytes()
        except (EOFError, ConnectionError):
            return
        _limit_cpu()
        try:
            for finding in _parse(parser, data, uri, where):
                channel.send_bytes(pickle.dumps(finding))
            channel.send_bytes(pickle.dumps(None))
        except MemoryError:
            sys.exit(OUT_OF_MEMORY)  # what is left of the address space may be in pieces


def _parse(parser: str, data: bytes, uri: str, where: str) -> Iterator[Finding]:
    try:
        yield from PARSERS[parser](data, uri, where)
    except SourceError as problem:
        yield problem
    except RecursionError:
        yield SourceError(where, "is nested too deeply", "save its text as .txt")
    except _MANGLED as problem:
        what = f"is damaged or not what its name says ({type(problem).__name__})"
        yield SourceError(where, what, "open it and save it anew, or save its text as .txt")


def _limit_cpu() -> None:
    """Allow ``CPU_SECONDS`` from now on; the system ends the process at the limit."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(
        resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + CPU_SECONDS, resource.RLIM_INFINITY)
    )
