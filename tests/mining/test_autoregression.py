"""Autoregression: the equations it solves, that filters undo each other, and that it is stable."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import lfilter

from motifkit.mining.autoregression import Autoregression, fit_autoregression


def noise(n, n_channels=1, seed=0):
    return np.random.default_rng(seed).normal(size=(n, n_channels))


def yule_walker(x, order):
    """Plain twin: the equations written out, for one series."""
    y = x - x.mean()
    r = np.array([(y[lag:] * y[: len(y) - lag]).sum() for lag in range(order + 1)])
    matrix = np.array([[r[abs(i - j)] for j in range(order)] for i in range(order)])
    return np.linalg.solve(matrix, r[1:])


def test_coefficients_equal_the_twin():
    x = lfilter([1], [1, -0.6, 0.2], noise(1000)[:, 0])
    found = fit_autoregression([x[:, None]]).coefficients
    np.testing.assert_allclose(found, [yule_walker(x, 30)], atol=1e-5)


def test_each_channel_has_its_own_and_scale_does_not_matter():
    x = np.column_stack([lfilter([1], [1, -0.6], noise(500)[:, 0]), noise(500, seed=1)[:, 0]])
    both = fit_autoregression([x * [1e6, 1e-6] + 7]).coefficients
    np.testing.assert_allclose(both[0], fit_autoregression([x[:, :1]]).coefficients[0], atol=1e-9)
    np.testing.assert_allclose(both[1], fit_autoregression([x[:, 1:]]).coefficients[0], atol=1e-9)


def test_episodes_are_fitted_together_whatever_their_level_and_scale():
    parts = [lfilter([1], [1, -0.6], noise(200, seed=s)[:, 0])[:, None] for s in range(30)]
    scaled = [x * 10.0**i + 100.0 * i for i, x in enumerate(parts[:6])] + parts[6:]
    together = fit_autoregression(parts).coefficients
    assert together[0, 0] == pytest.approx(0.6, abs=0.05)
    np.testing.assert_allclose(fit_autoregression(scaled).coefficients, together, atol=1e-6)


def test_calm_stretches_count_as_much_as_wild_ones():
    calm, wild = (lfilter([1], [1, -phi], noise(2000, seed=s)[:, 0]) for s, phi in enumerate((0.9, 0.1)))
    x = np.concatenate([calm, 3 * wild])[:, None]
    first = fit_autoregression([x]).coefficients[0, 0]
    assert first > yule_walker(x[:, 0], 1)[0] + 0.15  # without, the wild half decides


@given(arrays(float, st.tuples(st.integers(3, 120), st.integers(1, 3)), elements=st.floats(-1e6, 1e6)))
def test_a_series_is_its_innovations_added_up(x):
    model = fit_autoregression([x])
    y = x - x.mean(axis=0)
    again = model.series(model.innovations(y))
    np.testing.assert_allclose(again, y, atol=1e-6 * max(1.0, np.abs(y).max()))


@pytest.mark.parametrize("smooth", [np.sin(np.arange(2000) / 5), np.sin(np.arange(2000) / 50), np.ones(2000)])
def test_smooth_series_have_a_stable_autoregression(smooth):
    model = fit_autoregression([smooth[:, None]])
    out = model.series(noise(20_000))
    assert np.isfinite(out).all()
    assert np.abs(out[10_000:]).max() < 3 * np.abs(out[:10_000]).max()


def test_innovations_before_which_there_is_nothing():
    model = Autoregression(np.array([[0.5, 0.25]]))
    np.testing.assert_allclose(model.innovations(np.array([[1.0], [2.0], [4.0]])), [[1.0], [1.5], [2.75]])
