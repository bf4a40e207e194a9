"""Where k-means under DTW starts: the exchange of centres against its plain twin, and what it is worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from motifkit.mining import dtw_start
from motifkit.mining.dtw_distance import pairwise_squared
from motifkit.mining.dtw_start import draw_candidates, first_centres, swapped
from tests import naive_dtw


def walks(n, m, seed):
    """Windows (m, 1, n) of random walks."""
    return np.random.default_rng(seed).normal(size=(m, 1, n)).cumsum(axis=0)


def inertia(rows, chosen):
    return rows[chosen].min(axis=0).sum()


@given(st.data(), st.integers(1, 4), st.integers(4, 9), st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_exchange_equals_the_twin(data, k, n_candidates, n):
    # Whole numbers, so that sums are exact and ties are ties for both.
    rows = data.draw(arrays(float, (n_candidates, n), elements=st.integers(0, 50).map(float)))
    chosen = data.draw(st.permutations(range(n_candidates)))[:k]
    assert swapped(rows, np.array(chosen)).tolist() == naive_dtw.swapped(rows.tolist(), chosen)


@pytest.mark.parametrize("rows_at_once", [1, 3, 64])
def test_exchange_of_any_blocks_never_raises_the_inertia(rows_at_once, monkeypatch):
    monkeypatch.setattr(dtw_start, "_SWAP_ROWS", rows_at_once)
    for seed in range(10):
        rows = np.random.default_rng(seed).random((20, 50))
        first = np.arange(6)
        found = swapped(rows, first)
        assert len(set(found.tolist())) == 6 and inertia(rows, found) <= inertia(rows, first)
        # One candidate at a time, k times, tries those alone that are chosen already.
        assert np.array_equal(found, first) == (rows_at_once == 1)
    assert first.tolist() == list(range(6))  # what was given stays as it was


def test_candidates_come_with_their_distances():
    x = walks(40, 5, seed=0)
    candidates, rows, chosen = draw_candidates(x, 4, 5, np.random.default_rng(0))
    np.testing.assert_array_equal(rows, pairwise_squared(x[:, :, candidates, None], x[:, :, None], 5))
    assert len(chosen) == 4 and len(candidates) == 1 + 3 * 3 + 2 * 4


def test_exchange_starts_nearer_than_drawing():
    drawn, exchanged = [], []
    for seed in range(10):
        _, rows, chosen = draw_candidates(walks(200, 6, seed), 8, 6, np.random.default_rng(seed))
        drawn.append(inertia(rows, chosen))
        exchanged.append(inertia(rows, swapped(rows, chosen)))
    assert np.mean(exchanged) < 0.9 * np.mean(drawn)


def test_first_centres_are_windows_and_of_a_sample_where_there_are_many(monkeypatch):
    x = walks(300, 4, seed=1)
    every = {w.tobytes() for w in x.transpose(2, 0, 1)}
    for cells in (1 << 24, 36 * 100):
        monkeypatch.setattr(dtw_start, "_POOL_CELLS", cells)
        centres = first_centres(x, 6, 4, np.random.default_rng(0)).transpose(2, 0, 1)
        assert {w.tobytes() for w in centres} <= every and len({w.tobytes() for w in centres}) == 6
