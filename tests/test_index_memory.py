"""What becomes of freed memory: each case in a process of its own, as it holds for a whole process."""

import platform
import subprocess
import sys

import pytest

_FAULTS = """
import resource, sys
import numpy as np
from index.memory import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory(64)

def work():
    arrays = [np.ones(12 << 20, np.uint8) for _ in range(3)]

for _ in range(3):
    work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how, **environment):
    """Page faults while 36 MiB are taken and freed ten times."""
    command = [sys.executable, "-c", _FAULTS, how]
    return int(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_kept_memory_does_not_come_again_from_the_system():
    assert faults("drop") > 1000
    assert faults("keep") < 100
    assert faults("keep", MALLOC_TRIM_THRESHOLD_="1000000", MALLOC_MMAP_THRESHOLD_="1000000") > 1000  # the user's word
