"""Planted series against a plain loop, what chance makes of them, and what can be foreseen in them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.envs import PlantedSeries
from motifkit.envs.planted_series import SeriesDraws
from motifkit.errors import UsageError


def plain_build(series, draws):
    """Twin of `PlantedSeries.build`: one step after the other."""
    rows = []
    for normals, gaps, shapes in zip(*draws, strict=True):
        plan = [(0.0, 0.0, 1.0, -1)] * gaps[0]  # mean, drift, deviation, shape that ends
        for i, k in enumerate(shapes):
            last = series.length - 1
            plan += [(m, 0.0, series.noise, k if j == last else -1) for j, m in enumerate(series.shapes[k])]
            plan += [(0.0, series.signs[k] * series.drift, 1.0, -1)] * series.hold
            if i + 1 < len(gaps):
                plan += [(0.0, 0.0, 1.0, -1)] * gaps[i + 1]
        mean, drift, deviation, label = (
            np.array(column)[: len(normals)] for column in zip(*plan, strict=True)
        )
        rows.append((mean + drift + deviation * normals, label, drift))
    returns, label, drift = (np.array(column) for column in zip(*rows, strict=True))
    return returns.astype(np.float32), label, drift.astype(np.float32)


def plain_sample(series, n, rng):
    """Series by tossing a coin at every free step; shows which steps end a shape."""
    label, t = np.full(n + series.length, -1), 0
    while t < n:
        if rng.random() < series.rate:
            label[t + series.length - 1] = rng.integers(series.n_shapes)
            t += series.length + series.hold
        else:
            t += 1
    return label[:n]


@settings(max_examples=60, deadline=None)
@given(
    n_shapes=st.integers(1, 4),
    length=st.integers(4, 9),
    hold=st.integers(1, 5),
    rate=st.sampled_from([0.0, 0.03, 0.3, 1.0]),
    noise=st.sampled_from([0.0, 0.25, 2.0]),
    n_series=st.integers(1, 4),
    n=st.integers(1, 60),
    seed=st.integers(0, 2**31),
)
def test_equals_the_plain_loop(n_shapes, length, hold, rate, noise, n_series, n, seed):
    series = PlantedSeries(n_shapes, length, noise, 0.7, hold, rate)
    draws = series.draw(n_series, n, np.random.default_rng(seed))
    sample = series.build(draws)
    for fast, plain in zip(sample, plain_build(series, draws), strict=True):
        assert fast.shape == (n_series, n) and np.array_equal(fast, plain)
    assert (sample.returns.dtype, sample.shape.dtype, sample.drift.dtype) == ("f4", "i8", "f4")
    assert np.abs(sample.returns).max() < series.bound
    for one, row in enumerate(zip(*draws, strict=True)):
        alone = series.build(SeriesDraws(*(part[None] for part in row)))
        assert all(np.array_equal(a[0], b[one]) for a, b in zip(alone, sample, strict=True))
    again = series.sample(n_series, n, np.random.default_rng(seed))
    assert all(np.array_equal(a, b) for a, b in zip(again, sample, strict=True))


@pytest.mark.parametrize("rate", [0.03, 0.4])
def test_shapes_fall_as_by_a_coin_at_every_free_step(rate):
    series, n, n_series = PlantedSeries(n_shapes=3, length=4, hold=2, rate=rate), 40, 20_000
    label = series.sample(n_series, n, np.random.default_rng(0)).shape
    rng = np.random.default_rng(1)
    plain = np.array([plain_sample(series, n, rng) for _ in range(n_series // 4)])
    for mine, theirs in (
        ((label >= 0).mean(0), (plain >= 0).mean(0)),  # when shapes end
        (np.bincount((label >= 0).sum(1), minlength=9), np.bincount((plain >= 0).sum(1), minlength=9)),
    ):
        mine, theirs = mine / mine.sum(), theirs / theirs.sum()
        assert np.abs(mine - theirs).max() < 0.03
    counts = np.bincount(label[label >= 0], minlength=3)
    assert np.abs(counts / counts.sum() - 1 / 3).max() < 0.01
    assert abs((label >= 0).mean() - (plain >= 0).mean()) < 0.002


def test_what_is_planted():
    series = PlantedSeries(n_shapes=3, noise=0.25, drift=1.5)
    returns, label, drift = (rows[0] for rows in series.sample(1, 200_000, np.random.default_rng(2)))
    ends = np.flatnonzero(label >= 0)[:-1]
    windows = returns[ends[:, None] + np.arange(1 - series.length, 1)]
    rest = windows - series.shapes[label[ends]]
    assert abs(rest.std() - 0.25) < 0.005 and np.abs(rest.mean(0)).max() < 0.02
    after = ends[:, None] + np.arange(1, series.hold + 1)
    assert np.array_equal(drift[after], np.repeat(1.5 * series.signs[label[ends], None], 3, 1).astype("f4"))
    assert np.count_nonzero(drift) == pytest.approx(3 * len(ends), abs=6)
    beyond = (returns - drift)[after]
    assert np.abs(beyond.mean(0)).max() < 0.07 and abs(beyond.std() - 1) < 0.03
    free = np.ones(len(returns), bool)
    free[(ends[:, None] + np.arange(1 - series.length, series.hold + 1)).ravel()] = False
    free[-20:] = False
    assert abs(returns[free].mean()) < 0.01 and abs(returns[free].std() - 1) < 0.01
    assert abs((ends.size - 1) / (200_000 / (1 / 0.03 - 1 + 11)) - 1) < 0.05


def test_shapes_follow_from_the_seed_alone():
    one, two = PlantedSeries(), PlantedSeries(noise=2.0, rate=0.5)
    assert np.array_equal(one.shapes, two.shapes) and one.signs.tolist() == [1, -1, 1, -1]
    assert not np.allclose(one.shapes, PlantedSeries(seed=8).shapes)
    assert np.abs(one.shapes.mean(1)).max() < 1e-12 and np.allclose(one.shapes.std(1), 1)
    assert one == PlantedSeries() != two and repr(one).endswith("seed=7)")
    with pytest.raises(ValueError, match="read-only"):
        one.shapes[0, 0] = 1


def test_no_shapes_at_rate_zero():
    returns, label, drift = PlantedSeries(rate=0).sample(3, 5000, np.random.default_rng(0))
    assert (label == -1).all() and not drift.any() and abs(returns.std() - 1) < 0.03
    assert (PlantedSeries(rate=1e-300).sample(2, 50, np.random.default_rng(0)).shape == -1).all()
    assert not PlantedSeries(rate=0).forecast(returns).any()


def paths(series, n):
    """Every plan of n steps with its probability: (probability, means, deviations)."""
    busy = series.length + series.hold

    def from_step(t):
        if t >= n:
            return [(1.0, [], [])]
        found = [(1 - series.rate, [0.0], [1.0], 1)]
        for shape, sign in zip(series.shapes, series.signs, strict=True):
            means = [*shape, *[sign * series.drift] * series.hold]
            deviations = [series.noise] * series.length + [1.0] * series.hold
            found.append((series.rate / series.n_shapes, means, deviations, busy))
        return [
            (chance * later, means + more_means, deviations + more_deviations)
            for chance, means, deviations, steps in found
            for later, more_means, more_deviations in from_step(t + steps)
        ]

    return [(chance, means[:n], deviations[:n]) for chance, means, deviations in from_step(0)]


@pytest.mark.parametrize("noise", [0.1, 0.8])
@pytest.mark.parametrize("hold", [1, 2])
def test_forecast_is_that_of_all_plans_weighed(noise, hold):
    n = 11
    series = PlantedSeries(n_shapes=2, length=4, noise=noise, hold=hold, rate=0.2)
    chance, means, deviations = (np.array(column) for column in zip(*paths(series, n + 1), strict=True))
    assert chance.sum() == pytest.approx(1)
    returns = series.sample(5, n, np.random.default_rng(3)).returns.astype(float)
    expected = np.zeros((5, n))
    for i, x in enumerate(returns):
        z = (x - means[:, :-1]) / deviations[:, :-1]
        likelihood = np.cumprod(np.exp(-0.5 * z**2) / deviations[:, :-1], axis=1)
        weight = chance[:, None] * likelihood
        expected[i] = (weight * means[:, 1:]).sum(0) / weight.sum(0)
    assert np.allclose(series.forecast(returns), expected, atol=1e-9)


@pytest.mark.parametrize("noise", [0.0, 0.25, 1.0])
def test_forecasts_come_true(noise):
    series = PlantedSeries(noise=noise)
    returns = series.sample(600, 100, np.random.default_rng(4)).returns.astype(float)
    forecast, came = series.forecast(returns)[:, :-1], returns[:, 1:]
    assert np.isfinite(forecast).all()
    slope = (forecast * came).sum() / (forecast**2).sum()
    assert abs(slope - 1) < 0.05
    # What is not foreseen has nothing to do with what is.
    assert (came - forecast).var() < came.var()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_shapes": 0}, "n_shapes must be a whole number of at least 1, got 0"),
        ({"length": 3}, "length must be a whole number of at least 4, got 3"),
        ({"hold": 0}, "hold must be a whole number of at least 1, got 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"noise": -0.1}, "noise must be a finite number of at least 0, got -0.1"),
        ({"drift": float("nan")}, "drift must be a finite number of at least 0, got nan"),
        ({"drift": "1"}, "drift must be a finite number of at least 0, got '1'"),
        ({"rate": 1.5}, "rate must be a number from 0 to 1, got 1.5"),
        ({"rate": True}, "rate must be a number from 0 to 1, got True"),
    ],
)
def test_bad_settings_of_the_series(arguments, message):
    with pytest.raises(UsageError) as caught:
        PlantedSeries(**arguments)
    assert str(caught.value) == message
