"""The child process in which files are parsed: its limits, and what the parent makes of its end."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from index.errors import SourceError
from index.readers import read_data, sandbox
from index.readers.child import CPU_SECONDS, MEMORY
from index.schema import Article

ROOT = Path(__file__).parents[1]
PAGE = (
    b"<article><h1>Brell to rebuild pier</h1><p>The council of Brell agreed on Friday to rebuild the old pier.</p>"
    b"</article>"
)


@pytest.fixture
def child() -> Iterator[psutil.Process]:
    """The one idle child, started by a first file."""
    sandbox._pool.close()
    assert isinstance(read(PAGE), Article)
    [started] = sandbox._pool._idle
    yield psutil.Process(started._process.pid)
    sandbox._pool.close()


def read(data: bytes, suffix: str = ".html") -> Article | SourceError:
    [found] = read_data(data, suffix, "/a" + suffix)
    return found


def test_one_child_reads_many_files(child: psutil.Process) -> None:
    assert all(isinstance(read(PAGE), Article) for _ in range(3))
    assert [other._process.pid for other in sandbox._pool._idle] == [child.pid]


def test_the_child_has_limits_and_none_of_our_secrets(child: psutil.Process, monkeypatch: pytest.MonkeyPatch) -> None:
    assert child.rlimit(psutil.RLIMIT_AS) == (MEMORY, MEMORY)
    assert child.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert child.rlimit(psutil.RLIMIT_CPU)[0] <= CPU_SECONDS + 10
    sandbox._pool.close()
    monkeypatch.setenv("OPENAI_API_KEY", "canary")
    read(PAGE)
    environment = psutil.Process(sandbox._pool._idle[0]._process.pid).environ()
    assert "canary" not in environment.values()


def test_no_model_is_loaded_to_parse() -> None:
    code = "import sys, index.readers.child; print({'torch', 'openvino', 'numpy', 'faiss'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"


def test_a_child_that_was_killed_between_files_is_replaced(child: psutil.Process) -> None:
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert isinstance(read(PAGE), Article)


@pytest.mark.parametrize(
    ("end", "words"), [(signal.SIGKILL, "made its reader crash"), (signal.SIGXCPU, "takes more than 30 s of computing")]
)
def test_a_child_that_dies_costs_the_file_that_it_reads(child: psutil.Process, end: signal.Signals, words: str) -> None:
    child.suspend()  # so that the file is surely unread when the signal comes
    script = f"sleep 0.2; kill -{end.value} {child.pid}; kill -CONT {child.pid} || true"
    with subprocess.Popen(["sh", "-c", script], stderr=subprocess.DEVNULL):
        found = read(PAGE)
    assert isinstance(found, SourceError)
    assert words in str(found)
    assert isinstance(read(PAGE), Article)


def test_a_child_that_hangs_is_ended(child: psutil.Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 0.2)
    child.suspend()
    assert "was not read within 0.2 s" in str(read(PAGE))
    monkeypatch.undo()
    assert isinstance(read(PAGE), Article)


def test_a_file_that_needs_too_much_memory() -> None:
    found = read(b"Subject: " + b"=?utf-8?q?a?= " * 200_000 + b"\n\nx", ".eml")
    assert "needs more than 1024 MB of memory" in str(found)
    assert isinstance(read(PAGE), Article)


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        (".html", b"<div>" * 100_000 + b"text"),
        (".md", b"> " * 50_000 + b"x"),
        (".md", b"[" * 20_000),
        (".json", b'{"text": ' + b"[" * 100_000),
        (".xml", b"<rss>" + b"<a>" * 10_000),
        (".eml", b"From: " + b"(" * 100_000 + b"\n\nHello."),
        (".eml", b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(500))),
    ],
)
def test_what_nests_without_end_is_refused_or_read(suffix: str, data: bytes) -> None:
    assert all(isinstance(found, Article | SourceError) for found in read_data(data, suffix, "/a"))


def test_several_threads_have_children_of_their_own() -> None:
    found: list[Article | SourceError] = []
    threads = [threading.Thread(target=lambda: found.append(read(PAGE))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(item) for item in found] == [Article] * 3


def test_a_child_can_send_nothing_but_findings() -> None:
    with pytest.raises(pickle.UnpicklingError, match="is no finding"):
        sandbox._unpickled(pickle.dumps(os.getcwd))
    problem = SourceError("a", "b", "c")
    assert str(sandbox._unpickled(pickle.dumps(problem))) == str(problem)
