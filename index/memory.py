"""What becomes of memory that this process has freed."""

from __future__ import annotations

import ctypes
import os
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt, in malloc.h
_LARGEST_BLOCK = 32  # MiB; mallopt refuses a higher threshold
_SET_BY_USER = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


def keep_freed_memory(mebibytes: int) -> None:
    """Let the allocator keep so much freed memory for what needs it next, instead of giving it back to the system.

    Arrays of some MB that are made and dropped again and again come from the system each time, as page faults: a third
    of the time of a search in a million chunks. It holds for the whole process. Only glibc can be told; what the user
    told it by its environment variables stays.
    """
    if sys.platform != "linux" or any(name in os.environ for name in _SET_BY_USER):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):  # not in musl
        libc.mallopt(_MMAP_THRESHOLD, min(mebibytes, _LARGEST_BLOCK) << 20)
        libc.mallopt(_TRIM_THRESHOLD, mebibytes << 20)
