"""Taking items ahead in another thread: the same items, what is raised, how far, and stopping."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ahead import read_ahead


@given(st.lists(st.integers()), st.integers(1, 5))
def test_the_items_come_whole_and_in_order(items, most):
    with read_ahead(items, most) as ahead:
        assert list(ahead) == items


def test_what_taking_raises_comes_after_the_items_before_it():
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("gone")

    found = []
    with pytest.raises(OSError, match="gone"), read_ahead(items(), 1) as ahead:
        found.extend(ahead)
    with read_ahead(items(), 5) as ahead:
        found += [next(ahead), next(ahead)]  # left before the error: it is nobody's any more
    assert found == [1, 2, 1, 2]


def test_it_runs_no_further_ahead_than_told():
    taken: list[int] = []
    may_go_on = threading.Semaphore(0)

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            may_go_on.release()
            yield number

    with read_ahead(items(), 3) as ahead:
        for _ in range(4):  # three waiting, one in hand
            assert may_go_on.acquire(timeout=10)
        assert not may_go_on.acquire(timeout=0.05)
        assert next(ahead) == 0
        assert may_go_on.acquire(timeout=10)
        assert taken == [0, 1, 2, 3, 4]
    assert len(taken) < 10
    assert not any(thread.name.startswith("read-ahead") for thread in threading.enumerate())


def test_leaving_because_of_an_error_stops_the_thread():
    def fail() -> None:
        with read_ahead(iter(int, 1), 2) as ahead:  # endless
            next(ahead)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not any(thread.name.startswith("read-ahead") for thread in threading.enumerate())
