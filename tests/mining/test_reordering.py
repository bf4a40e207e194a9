"""Values that swap places: the same ones, with the correlations wanted, within their groups."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from motifkit.mining.autoregression import autocovariance, standardised
from motifkit.mining.reordering import SameValues, _pull, rearrangement


def rounded_pair(n, seed=0):
    """Two channels of few values, correlated at lags and with each other."""
    rng = np.random.default_rng(seed)
    one = lfilter([1], [1, 0.5], rng.normal(size=n))
    other = np.roll(one, 1) + rng.normal(size=n)
    return np.round(np.column_stack([one, other]))


def rearranged(x, wanted, group, rng):
    source = rearrangement(standardised(x)[0], wanted, group, np.arange(x.shape[1]), rng)
    return np.take_along_axis(x, source, axis=0)


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
    out = rearranged(shuffled, wanted, np.zeros(2000, int), rng)
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
    out = rearranged(x, np.array([[[1.0]], [[0.8]]]), member, rng)
    for group in (np.flatnonzero(member == g) for g in range(n_groups)):
        np.testing.assert_array_equal(np.sort(out[group], axis=0), np.sort(x[group], axis=0))


def test_what_is_right_already_stays():
    x = rounded_pair(500)
    wanted = autocovariance(standardised(x)[0], 4)
    out = rearranged(x, wanted, np.zeros(500, int), np.random.default_rng(0))
    np.testing.assert_array_equal(out, x)


@pytest.mark.parametrize("x", [np.ones((50, 1)), np.zeros((3, 2))])
def test_constants_are_left_alone(x):
    wanted = np.zeros((2, x.shape[1], x.shape[1]))
    out = rearranged(x, wanted, np.zeros(len(x), int), np.random.default_rng(0))
    np.testing.assert_array_equal(out, x)


def test_parts_keep_their_values_and_other_channels_are_left_alone():
    rng = np.random.default_rng(3)
    parts = [np.column_stack([rounded_pair(n, n)[:, 0], rng.normal(size=n)]) for n in (40, 300, 25)]
    volatility = np.r_[np.ones(150), np.full(149, 5.0)]
    same = SameValues(parts, [None, volatility, None], np.array([0]))
    noises = [rng.normal(size=part.shape) for part in parts]
    out = same.arranged_as([noise.copy() for noise in noises], rng)
    for part, noise, copy in zip(parts, noises, out, strict=True):
        np.testing.assert_array_equal(np.sort(copy[:, 0]), np.sort(part[:, 0]))
        np.testing.assert_array_equal(copy[:, 1], noise[:, 1])
    copy, part = (np.corrcoef(x[1][1:, 0], x[1][:-1, 0])[0, 1] for x in (out, parts))
    assert part < -0.4 and copy < -0.3
