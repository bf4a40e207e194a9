"""Autoregression: the equations it solves, that filters undo each other, that it is stable, and when there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import lfilter

from motifkit.mining.autoregression import Autoregression, fit_autoregression, standardised


def noise(n, n_channels=1, seed=0):
    return np.random.default_rng(seed).normal(size=(n, n_channels))


def leading(n, seed=0):
    """A channel of noise, and one that follows it two rows later."""
    first, second = noise(n + 2, 2, seed).T
    return np.column_stack([first, np.r_[0, 0, 0.9 * first[:-2]] + 0.4 * second])[2:]


def yule_walker(x, order):
    """Plain twin: the equations written out, for one series of several channels. Rows of weights (p, c, c)."""
    n, c = x.shape
    y = (x - x.mean(axis=0)) / x.std(axis=0)
    given_back = [max(n - lag, 0) / n**2 for lag in range(order + 1)]  # for the mean that was taken out
    at_once = y.T @ y / n
    r = [y[lag:].T @ y[: n - lag] / n + given_back[lag] * at_once for lag in range(order + 1)]
    equations, aims = [], []
    for j in range(1, order + 1):  # the covariance with the rows j before
        for channel in range(c):
            row = np.zeros((order, c))
            for k in range(1, order + 1):
                between = r[j - k] if j >= k else r[k - j].T
                row[k - 1] = between[:, channel]
            equations.append(row.ravel())
            aims.append(r[j][:, channel])
    found = np.linalg.solve(np.array(equations), np.array(aims))
    return found.reshape(order, c, c).transpose(0, 2, 1)


def plain_series(weights, innovations):
    """Plain twin: one row after the other."""
    out = np.zeros_like(innovations)
    for t in range(len(out)):
        out[t] = innovations[t] + sum(w @ out[t - lag] for lag, w in enumerate(weights, 1) if lag <= t)
    return out


@pytest.mark.parametrize("n_channels", [1, 2])
def test_weights_equal_the_twin(n_channels):
    x = leading(1000)[:, :n_channels]
    x = lfilter([1], [1, -0.6, 0.2], x, axis=0) * 5 + 3
    found = fit_autoregression([x]).weights
    np.testing.assert_allclose(found, yule_walker(x, len(found)), atol=2e-5)


@pytest.mark.parametrize(
    ("n", "order", "n_channels"), [(1, 1, 1), (2, 3, 2), (63, 2, 3), (64, 1, 1), (900, 7, 2)]
)
def test_series_equal_the_twin(n, order, n_channels):
    weights = noise(order * n_channels, n_channels).reshape(order, n_channels, n_channels) * 0.3 / order
    innovations = noise(n, n_channels, seed=1)
    found = Autoregression(weights).series(innovations)
    np.testing.assert_allclose(found, plain_series(weights, innovations), atol=1e-10)
    if n_channels == 1:
        filtered = lfilter([1], np.r_[1, -weights[:, 0, 0]], innovations[:, 0])
        np.testing.assert_allclose(found[:, 0], filtered, atol=1e-10)


def test_short_and_long_series_of_one_model():
    model = Autoregression(np.array([[[0.999]]]))  # an innovation that hardly decays
    for n in (5, 3000, 100):
        innovations = noise(n, seed=n)
        np.testing.assert_allclose(
            model.series(innovations), plain_series(model.weights, innovations), atol=1e-9
        )


@given(arrays(float, st.tuples(st.integers(3, 120), st.integers(1, 3)), elements=st.floats(-1e6, 1e6)))
@settings(deadline=None)
def test_a_series_is_its_innovations_added_up(x):
    model = fit_autoregression([x])
    if model is not None:
        y = standardised(x)[0]
        np.testing.assert_allclose(model.series(model.innovations(y)), y, atol=1e-6)


@pytest.mark.parametrize("n_channels", [1, 3])
def test_rows_in_no_order_have_none(n_channels):
    fitted = [fit_autoregression([noise(500, n_channels, seed)]) for seed in range(100)]
    assert sum(model is not None for model in fitted) <= 12  # one of twenty by chance


@pytest.mark.parametrize("length", [5, 20])
def test_short_episodes_in_no_order_have_none(length):
    # Without what is given back for their means, all of them would seem to turn around.
    fitted = [fit_autoregression(list(noise(400 * length, 1, s).reshape(400, length, 1))) for s in range(20)]
    assert sum(model is not None for model in fitted) <= 5


def test_a_channel_that_follows_another_is_foretold():
    model = fit_autoregression([leading(1000)])
    assert model.weights[1, 1, 0] == pytest.approx(0.9, abs=0.1)
    left = model.innovations(standardised(leading(1000))[0])
    assert np.abs(np.corrcoef(left[2:, 1], left[:-2, 0])[0, 1]) < 0.05


def test_units_and_level_do_not_matter():
    x = lfilter([1], [1, -0.6], leading(500), axis=0)
    plain, moved = fit_autoregression([x]), fit_autoregression([x * [1e6, 1e-6] + 7])
    np.testing.assert_allclose(moved.weights, plain.weights, atol=1e-6)


def test_episodes_are_fitted_together_whatever_their_level_and_scale():
    parts = [lfilter([1], [1, -0.6], noise(200, seed=s)[:, 0])[:, None] for s in range(30)]
    scaled = [x * 10.0**i + 100.0 * i for i, x in enumerate(parts[:6])] + parts[6:]
    together = fit_autoregression(parts).weights
    assert together[0, 0, 0] == pytest.approx(0.6, abs=0.05)
    np.testing.assert_allclose(fit_autoregression(scaled).weights, together, atol=1e-6)


def test_calm_stretches_count_as_much_as_wild_ones():
    calm, wild = (lfilter([1], [1, -phi], noise(2000, seed=s)[:, 0]) for s, phi in enumerate((0.9, 0.1)))
    x = np.concatenate([calm, 3 * wild])[:, None]
    first = fit_autoregression([x]).weights[0, 0, 0]
    assert first == pytest.approx(0.5, abs=0.05)
    assert yule_walker(x, 1)[0, 0, 0] < 0.42  # the wild half decides


@pytest.mark.parametrize("period", [3, 30, 300])
def test_smooth_series_have_a_stable_autoregression(period):
    model = fit_autoregression([np.sin(np.arange(2000) * 6 / period)[:, None]])
    out = model.series(noise(20_000))
    assert np.isfinite(out).all()
    assert np.abs(out[10_000:]).max() < 3 * np.abs(out[:10_000]).max()


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_short_walks_have_a_stable_autoregression(seed):
    model = fit_autoregression([noise(12 + seed % 60, 2, seed).cumsum(axis=0)])
    if model is not None:
        assert np.abs(model.series(noise(4000, 2))).max() < 1e4


def test_constants_have_none():
    assert fit_autoregression([np.ones((200, 2))]) is None
    assert fit_autoregression([np.column_stack([np.ones(200), lfilter([1], [1, -0.6], noise(200)[:, 0])])])
