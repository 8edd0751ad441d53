"""What a first question would wait for, done before it is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from index.errors import NutgrafError
from rag import Assistant


@contextmanager
def warming(assistant: Assistant) -> Iterator[None]:
    """Load models, index and chain in a thread of its own, while a person types or another program says hello.

    Leaving waits for the thread: it uses the store, which is closed next.
    """

    def load() -> None:
        with suppress(NutgrafError):  # the first question tells what is wrong
            assistant.index.search("news", k=1)
            if assistant.steps.model is not None:
                _ = assistant.pipeline  # imports LangChain

    thread = threading.Thread(target=load, name="warming")
    thread.start()
    try:
        yield
    finally:
        thread.join()
