"""What a CPU computes in, and how matrices are rounded to whole numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.inference import GROUP, best_numbers
from index.minilm import rounded


@pytest.mark.parametrize(
    ("flags", "numbers"),
    [
        ("fpu avx512f avx512_bf16 avx512_vnni amx_bf16 amx_tile amx_int8", "bf16"),
        ("fpu avx512f avx512_bf16 avx512_vnni avx512_fp16", "int8"),  # bf16 without matrix units is slow
        ("fpu avx2 avx_vnni", "f32"),
    ],
)
def test_numbers_are_those_that_the_cpu_is_fastest_with(tmp_path, flags, numbers):
    told = tmp_path / "cpuinfo"
    told.write_text(f"processor\t: 0\nmodel name\t: some CPU\nflags\t\t: {flags}\nbugs\t\t:\n", "utf-8")
    assert best_numbers(told) == numbers


def test_numbers_are_plain_where_nothing_tells_of_the_cpu(tmp_path):
    assert best_numbers(tmp_path / "nothing") == "f32"


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2**32 - 1), st.floats(0, 1000, width=32))
def test_rounded_matrices_are_within_half_a_step(outputs, groups, seed, size):
    weights = np.random.default_rng(seed).normal(0, size, (outputs, groups * GROUP)).astype(np.float32)
    whole, scales = rounded(weights)
    assert (whole.dtype, whole.shape, scales.shape) == (np.int8, (outputs, groups, GROUP), (outputs, groups, 1))
    off = np.abs(whole * scales - weights.reshape(whole.shape))
    assert (off <= scales * 0.501 + 1e-12).all()
    largest = np.abs(weights).reshape(whole.shape).max(2)
    assert (np.abs(whole).max(2)[largest > 1e-9] == 127).all()  # the whole range is used
