"""Runs parsers on untrusted bytes in child processes of limited memory and time (see ``child``).

A child serves one file after the other, so starting it is paid once. What kills it costs the file that it was reading:
one clear SourceError, and the next file gets a new child. Calls from several threads use several children.
"""

from __future__ import annotations

import atexit
import io
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ..errors import SourceError
from ..schema import Article, Paragraph, Published
from .archives import Member
from .child import CPU_SECONDS, MEMORY, OUT_OF_MEMORY
from .feeds import FeedContents, FeedEntry
from .parsers import Finding

WALL_SECONDS = 60.0  # a file, from the request to the last finding
_GRACE_SECONDS = 0.5
_LONGEST_REPLY = 256_000_000  # bytes of one finding; a file of the largest size as text takes a few times its own

_FOLDER_OF_PACKAGE = str(Path(__file__).resolve().parents[2])
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ")  # no keys and tokens
_SAVE_AS_TEXT = "save its text as .txt"


def parse(parser: str, data: bytes, uri: str, where: str) -> Iterator[Finding]:
    """Yield what the parser of that name finds in ``data``; a SourceError comes last when the child did not survive.

    Findings are held until the child is done, so a caller that stops half way leaves no half-read child behind.
    """
    child = _pool.take()
    findings: list[Finding] = []
    try:
        problem = child.parse(parser, data, uri, where, findings)
    except BaseException:  # such as KeyboardInterrupt: what the child will still say belongs to nobody
        child.close()
        raise
    _pool.put_back(child)
    yield from findings
    if problem is not None:
        yield problem


class _Child:
    """A child process and the channel to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                # -P: nothing is imported from the current folder, which may be the folder of the articles.
                [sys.executable, "-P", "-c", f"from index.readers.child import main; main({theirs.fileno()})"],
                pass_fds=[theirs.fileno()],
                env={**environment, "PYTHONPATH": _FOLDER_OF_PACKAGE},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the parent, whose end the child notices
            )
        self._channel = Connection(ours.detach())

    def is_alive(self) -> bool:
        """Say whether the child waits for work; one that is gone has closed its end of the channel."""
        return not self._channel.closed and not self._channel.poll()

    def parse(self, parser: str, data: bytes, uri: str, where: str, findings: list[Finding]) -> SourceError | None:
        """Add what is found to ``findings``; return what went wrong if the child did not get to the end."""
        timed_out = threading.Event()

        def stop() -> None:
            timed_out.set()
            self._process.kill()

        timer = threading.Timer(WALL_SECONDS, stop)
        timer.daemon = True
        timer.start()
        try:
            self._channel.send_bytes(pickle.dumps((parser, uri, where)))
            self._channel.send_bytes(data)
            while (finding := _unpickled(self._channel.recv_bytes(_LONGEST_REPLY))) is not None:
                findings.append(finding)
        except (EOFError, OSError, pickle.UnpicklingError):
            self.close()
            return self._obituary(where, is_late=timed_out.is_set())
        finally:
            timer.cancel()
        return None

    def close(self) -> None:
        """End the child, unless it has ended; what ended it stays known."""
        self._channel.close()
        try:
            self._process.wait(_GRACE_SECONDS)  # a closed channel is what a child that waits for work ends at
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _obituary(self, where: str, *, is_late: bool) -> SourceError:
        if is_late:
            return SourceError(where, f"was not read within {WALL_SECONDS:g} s", _SAVE_AS_TEXT)
        if self._process.returncode == -signal.SIGXCPU:
            return SourceError(where, f"takes more than {CPU_SECONDS} s of computing to read", _SAVE_AS_TEXT)
        if self._process.returncode == OUT_OF_MEMORY:
            return SourceError(where, f"needs more than {MEMORY >> 20} MB of memory to read", _SAVE_AS_TEXT)
        return SourceError(where, "made its reader crash", _SAVE_AS_TEXT)


class _Pool:
    """Children that wait for work. The first that is needed is started when it is needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._owner = 0

    def take(self) -> _Child:
        with self._lock:
            if self._owner != os.getpid():  # the first use, or after a fork: the parent's children are not ours
                self._owner = os.getpid()
                self._idle = []
                atexit.register(self.close)
            while self._idle:
                if (child := self._idle.pop()).is_alive():
                    return child
                child.close()
        return _Child()

    def put_back(self, child: _Child) -> None:
        if child.is_alive():
            with self._lock:
                self._idle.append(child)
        else:
            child.close()

    def close(self) -> None:
        """End the idle children."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()


_pool = _Pool()


class _Findings(pickle.Unpickler):
    """Builds findings and nothing else, so that a child that was taken over can only lie about an article."""

    _ALLOWED = frozenset({Article, FeedContents, FeedEntry, Member, Paragraph, Published, SourceError, date})

    def find_class(self, module: str, name: str) -> Any:
        for allowed in self._ALLOWED:
            if (allowed.__module__, allowed.__qualname__) == (module, name):
                return allowed
        raise pickle.UnpicklingError(f"{module}.{name} is no finding")


def _unpickled(reply: bytes) -> Finding | None:
    finding: Finding | None = _Findings(io.BytesIO(reply)).load()
    return finding
