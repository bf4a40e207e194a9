"""Values that swap places: the same ones, with the correlations wanted, within their groups."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from motifkit.mining.autoregression import autocovariance, standardised
from motifkit.mining.reordering import _pull, reordered


def rounded_pair(n, seed=0):
    """Two channels of few values, correlated at lags and with each other."""
    rng = np.random.default_rng(seed)
    one = lfilter([1], [1, 0.5], rng.normal(size=n))
    other = np.roll(one, 1) + rng.normal(size=n)
    return np.round(np.column_stack([one, other]))


def test_pull_equals_the_sum_over_rows_and_lags():
    rng = np.random.default_rng(1)
    z, missing = rng.normal(size=(12, 2)), rng.normal(size=(4, 2, 2))
    missing[0] = (missing[0] + missing[0].T) / 2
    plain = np.zeros_like(z)
    for t in range(12):
        for a in range(2):
            for b in range(2):
                plain[t, a] += missing[0, a, b] * z[t, b]
                for lag in range(1, 4):
                    if t - lag >= 0:
                        plain[t, a] += missing[lag, a, b] * z[t - lag, b]
                    if t + lag < 12:
                        plain[t, a] += missing[lag, b, a] * z[t + lag, b]
    np.testing.assert_allclose(np.column_stack([_pull(z, missing, j) for j in range(2)]), plain)


def test_correlations_of_two_channels_come_back_after_shuffling():
    x = rounded_pair(2000)
    wanted = autocovariance(standardised(x)[0], 6)
    rng = np.random.default_rng(2)
    shuffled = np.column_stack([rng.permutation(x[:, 0]), rng.permutation(x[:, 1])])
    out = reordered(shuffled, wanted, [np.arange(2000)], rng)
    np.testing.assert_array_equal(np.sort(out, axis=0), np.sort(x, axis=0))
    found = autocovariance(standardised(out)[0], 6)
    assert np.abs(found - wanted).max() < 0.03
    assert np.mean(out == x) < 0.7  # another order


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 60), st.integers(1, 4))
def test_rows_stay_in_their_groups(seed, n, n_groups):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 3, (n, 1)).astype(float)
    member = rng.integers(0, n_groups, n)
    groups = [np.flatnonzero(member == g) for g in range(n_groups)]
    wanted = np.array([[[1.0]], [[0.8]]])
    out = reordered(x, wanted, groups, rng)
    for group in groups:
        np.testing.assert_array_equal(np.sort(out[group], axis=0), np.sort(x[group], axis=0))


def test_what_is_right_already_stays():
    x = rounded_pair(500)
    out = reordered(x, autocovariance(standardised(x)[0], 4), [np.arange(500)], np.random.default_rng(0))
    np.testing.assert_array_equal(out, x)


@pytest.mark.parametrize("x", [np.ones((50, 1)), np.zeros((3, 2))])
def test_constants_are_left_alone(x):
    out = reordered(x, np.zeros((2, x.shape[1], x.shape[1])), [np.arange(len(x))], np.random.default_rng(0))
    np.testing.assert_array_equal(out, x)
