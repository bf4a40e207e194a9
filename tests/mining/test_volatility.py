"""Bursts of volatility: where rows may change places, and where all may."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.ndimage import gaussian_filter1d

from motifkit.mining.volatility import clustered_volatility, groups_of_like_volatility
from tests.mining.test_honesty import log_volatility


def noise(n, n_channels=1, seed=0):
    return np.random.default_rng(seed).normal(size=(n, n_channels))


def stochastic_volatility(n, seed):
    """Returns with bursts as daily ones have them."""
    rng = np.random.default_rng(seed)
    return (np.exp(log_volatility(0.6 * rng.normal(size=n))) * rng.normal(size=n))[:, None]


def test_volatility_equals_that_of_a_gaussian_filter():
    x = stochastic_volatility(1000, 0)
    size = np.abs(x - x.mean())[:, 0]
    filtered, weight = (gaussian_filter1d(one, 16, mode="constant") for one in (size, np.ones(1000)))
    volatility = clustered_volatility(x)
    np.testing.assert_allclose(volatility, filtered / weight / size.mean(), rtol=1e-12)
    groups = groups_of_like_volatility(volatility)
    assert len(groups) == 40
    np.testing.assert_array_equal(np.concatenate(groups), np.argsort(volatility, kind="stable"))


@given(arrays(float, st.integers(50, 1200), elements=st.floats(0, 1e300)))
def test_every_row_is_in_one_group_and_groups_do_not_overlap(volatility):
    groups = groups_of_like_volatility(volatility)
    np.testing.assert_array_equal(np.sort(np.concatenate(groups)), np.arange(len(volatility)))
    assert 25 <= min(map(len, groups)) and len(groups) <= 40
    for calmer, wilder in pairwise(groups):
        assert volatility[calmer].max() <= volatility[wilder].min()


@given(
    arrays(
        float,
        array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=200),
        elements=st.floats(-1e300, 1e300),
    )
)
def test_volatility_of_any_rows_is_finite_and_not_negative(steps):
    volatility = clustered_volatility(steps)
    assert volatility is None or (volatility.shape == (len(steps),) and (volatility >= 0).all())
    assert volatility is None or np.isfinite(volatility).all()


@pytest.mark.parametrize("n", [60, 200, 1000])
def test_independent_rows_have_no_bursts(n):
    assert sum(clustered_volatility(noise(n, seed=s)) is None for s in range(50)) >= 48


def test_stochastic_volatility_comes_in_bursts():
    assert sum(clustered_volatility(stochastic_volatility(1000, s)) is not None for s in range(50)) >= 48


def test_heavy_tails_alone_are_no_bursts():
    tails = [np.random.default_rng(s).standard_t(3, size=(2000, 1)) for s in range(30)]
    assert sum(clustered_volatility(x) is None for x in tails) >= 28


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e300])
def test_volatility_does_not_depend_on_units(scale):
    x = stochastic_volatility(800, 1)
    x /= np.abs(x).max()
    np.testing.assert_allclose(clustered_volatility(x * scale), clustered_volatility(x), rtol=1e-9)
    # A channel a thousand times as large counts as much as the other, and no more.
    both = np.hstack([x, stochastic_volatility(800, 2)])
    np.testing.assert_allclose(clustered_volatility(both * [1000, 1]), clustered_volatility(both), rtol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 49])
def test_bursts_are_not_seen_in_few_rows(n):
    steps = noise(n)
    steps[: n // 2] *= 100
    assert clustered_volatility(steps) is None


def test_constant_rows_have_no_bursts():
    assert clustered_volatility(np.full((500, 2), 0.1)) is None
