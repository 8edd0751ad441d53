"""Vector views against brute force: whole base, base with delta, removals, filters."""

import faiss
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from index.vectors import VectorView, empty_base

DIM = 8


def unit(rng: np.random.Generator, number: int) -> np.ndarray:
    rows = rng.normal(size=(number, DIM)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True) if number else rows


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.integers(0, 20), st.integers(1, 15), st.booleans())
def test_a_view_finds_what_brute_force_finds(seed, in_base, in_delta, k, filtered):
    rng = np.random.default_rng(seed)
    ids = rng.permutation(1000)[: in_base + in_delta].astype(np.int64)
    vectors = unit(rng, in_base + in_delta)
    base = empty_base(DIM)
    if in_base:
        base.add_with_ids(vectors[:in_base], ids[:in_base])
    removed = frozenset(int(i) for i in ids[:in_base][rng.random(in_base) < 0.3])
    view = VectorView(1, DIM, base, ids[in_base:], vectors[in_base:], removed)
    allowed = ids[rng.random(len(ids)) < 0.4] if filtered else None
    query = unit(rng, 1)[0] * 3  # not normalised: the order must not depend on it
    expected = [
        (int(i), float(v @ query))
        for i, v in zip(ids, vectors, strict=True)
        if int(i) not in removed and (allowed is None or i in allowed)
    ]
    expected.sort(key=lambda pair: (-pair[1], pair[0]))
    found = view.search(query, k, allowed)
    assert [i for i, _ in found] == [i for i, _ in expected[:k]]
    assert np.allclose([s for _, s in found], [s for _, s in expected[:k]], atol=1e-4)
    assert view.count == in_base + in_delta - len(removed)


def test_a_snapshot_keeps_ids_and_vectors_through_its_bytes():
    rng = np.random.default_rng(1)
    base = empty_base(DIM)
    base.add_with_ids(unit(rng, 5), np.array([7, 9, 11, 900, 3], np.int64))
    again = faiss.deserialize_index(faiss.serialize_index(base))
    assert sorted(faiss.vector_to_array(again.id_map)) == [3, 7, 9, 11, 900]
