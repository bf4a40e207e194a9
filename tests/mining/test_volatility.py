"""Bursts of volatility: where rows may change places, and where all may."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.ndimage import gaussian_filter1d

from motifkit.mining.volatility import groups_of_like_volatility
from tests.mining.test_honesty import log_volatility


def noise(n, n_channels=1, seed=0):
    return np.random.default_rng(seed).normal(size=(n, n_channels))


def stochastic_volatility(n, seed):
    """Returns with bursts as daily ones have them."""
    rng = np.random.default_rng(seed)
    return (np.exp(log_volatility(0.6 * rng.normal(size=n))) * rng.normal(size=n))[:, None]


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_groups_equal_those_of_a_gaussian_filter():
    x = stochastic_volatility(1000, 0)
    size = np.abs(x - x.mean())[:, 0]
    order = np.argsort(gaussian_filter1d(size, 16, mode="nearest"), kind="stable")
    groups = groups_of_like_volatility(x)
    assert len(groups) == 40
    np.testing.assert_array_equal(np.concatenate(groups), order)


@given(
    arrays(
        float,
        array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=200),
        elements=st.floats(-1e300, 1e300),
    )
)
def test_every_row_is_in_one_group(steps):
    groups = groups_of_like_volatility(steps)
    np.testing.assert_array_equal(np.sort(np.concatenate(groups)), np.arange(len(steps)))
    assert len(groups) == 1 or min(map(len, groups)) >= 25


def test_independent_rows_form_one_group_and_bursts_several():
    alone = [len(groups_of_like_volatility(noise(1000, seed=s))) for s in range(50)]
    bursts = [len(groups_of_like_volatility(stochastic_volatility(1000, s))) for s in range(50)]
    assert alone.count(1) >= 48
    assert bursts.count(40) >= 48


def test_heavy_tails_alone_are_no_bursts():
    tails = [np.random.default_rng(s).standard_t(3, size=(2000, 1)) for s in range(30)]
    assert sum(len(groups_of_like_volatility(x)) == 1 for x in tails) >= 28


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e300])
def test_groups_do_not_depend_on_units(scale):
    x = stochastic_volatility(800, 1)
    x /= np.abs(x).max()
    assert same(groups_of_like_volatility(x * scale), groups_of_like_volatility(x))
    # A channel a thousand times as large counts as much as the other, and no more.
    both = np.hstack([x, noise(800)])
    assert same(groups_of_like_volatility(both * [1000, 1]), groups_of_like_volatility(both))


@pytest.mark.parametrize("n", [0, 1, 49])
def test_few_rows_form_one_group(n):
    steps = noise(n)
    steps[: n // 2] *= 100
    (group,) = groups_of_like_volatility(steps)
    np.testing.assert_array_equal(group, np.arange(n))


def test_constant_rows_form_one_group():
    assert len(groups_of_like_volatility(np.full((500, 2), 0.1))) == 1
