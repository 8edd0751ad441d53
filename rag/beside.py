"""Do sources differ over what a language model writes? The reader finds out meanwhile.

A model is asked to say what each source says where they differ, and may still pick one silently. So the reader reads
the same passages while the model writes, and what it finds to differ (rag/positions.py) is listed and told in the
text, whatever the model wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

from index.schema import Passage

from .citing import Draft
from .positions import has_one_answer
from .questions import Question

# Seconds after which a language model is one that takes its time; the reader needs a quarter of a second.
UNHURRIED = 0.1


@contextmanager
def beside(read: Callable[[], Draft | None]) -> Iterator[Callable[[Draft], Draft]]:
    """Reads in a thread of its own; gives what adds the positions to the last draft of the model, and waits for them.

    The reading begins when the model has been busy for a while: so it is over before the model is, and a model that
    answers at once is not kept waiting.
    """
    done = Event()
    with ThreadPoolExecutor(1, thread_name_prefix="reader") as pool:
        reading = pool.submit(lambda: None if done.wait(UNHURRIED) else read())

        def add(draft: Draft) -> Draft:
            done.set()
            found = reading.result()
            return draft if found is None else with_positions(draft, found)

        try:
            yield add
        finally:
            done.set()


def may_differ(question: Question, passages: Sequence[Passage]) -> bool:
    """Whether reading can find positions at all: one answer is asked for, of more than one article."""
    return has_one_answer(question) and len({passage.uri for passage in passages}) > 1


def with_positions(draft: Draft, read: Draft) -> Draft:
    """The draft with the positions that the reader ``read``, where its claims rest on an article of one of them.

    A model that answers from other articles has understood the question in another way than the reader.
    """
    cited = {evidence.passage.uri for claim in draft.claims for evidence in claim.evidence}
    differing = {evidence.passage.uri for position in read.positions for evidence in position.evidence}
    if not cited & differing:
        return draft
    return replace(draft, positions=read.positions, dispute=read.dispute)
