"""Statistics of trading against plain loops, and intervals that hold what they promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from motifkit.errors import DataError, UsageError
from motifkit.evaluation.deflated_sharpe import deflated_sharpe_ratio, expected_maximum_sharpe
from motifkit.evaluation.performance import (
    STATISTICS,
    ArmReturns,
    difference,
    intervals,
    performance,
    resamples,
)


def plain(returns, positions, periods):
    """The statistics by loops."""
    n_seeds, n_bars = returns.shape
    mean = [sum(returns[s, t] for s in range(n_seeds)) / n_seeds for t in range(n_bars)]
    equity, peak, drawdown = 0.0, 0.0, 0.0
    for one in mean:
        equity += one
        peak = max(peak, equity)
        drawdown = max(drawdown, peak - equity)
    traded, held, won = 0.0, 0, 0
    for s in range(n_seeds):
        before = 0.0
        for t in range(n_bars):
            traded += abs(positions[s, t] - before)
            before = positions[s, t]
            if positions[s, t] != 0:
                held += 1
                won += returns[s, t] > 0
    centre = sum(mean) / n_bars
    spread = math.sqrt(sum((one - centre) ** 2 for one in mean) / (n_bars - 1))
    return {
        "return": equity,
        "Sharpe": centre / spread * math.sqrt(periods) if spread > 1e-12 else math.nan,
        "drawdown": drawdown,
        "turnover": traded / n_seeds / n_bars * periods,
        "hit rate": won / held if held else math.nan,
    }


shapes = st.tuples(st.integers(1, 3), st.integers(2, 20))


@given(
    shapes.flatmap(
        lambda s: st.tuples(
            arrays(float, s, elements=st.integers(-9, 9)), arrays(float, s, elements=st.integers(-1, 1))
        )
    )
)
def test_statistics_equal_plain_loops(both):
    returns, positions = both[0] / 100, both[1]
    found = performance(ArmReturns("x", returns, positions), 252.0)
    wanted = plain(returns, positions, 252.0)
    assert tuple(found) == STATISTICS
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, abs=1e-9, nan_ok=True), name


def test_golden_value_of_bailey_and_lopez_de_prado():
    assert expected_maximum_sharpe(100, 0.5 / 250) == pytest.approx(0.1132, abs=5e-5)
    found = deflated_sharpe_ratio(2.5 / math.sqrt(250), 1250, 100, 0.5 / 250, skewness=-3, kurtosis=10)
    assert found == pytest.approx(0.9004, abs=5e-5)


def test_more_trials_deflate_more():
    found = [deflated_sharpe_ratio(0.1, 500, n, 0.002) for n in (1, 2, 10, 100)]
    assert found == sorted(found, reverse=True) and found[0] > 0.95 > found[-1]


@pytest.mark.parametrize("bad", [(0, 0.1), (3, -1.0), (3, math.nan)])
def test_trials_and_variance_that_are_none_are_refused(bad):
    with pytest.raises(UsageError, match="n_trials must be at least 1"):
        expected_maximum_sharpe(*bad)


def test_best_of_many_without_edge_reaches_the_expected_maximum():
    sharpes = np.random.default_rng(0).standard_normal((4000, 20)) * 0.05
    assert sharpes.max(1).mean() == pytest.approx(expected_maximum_sharpe(20, 0.05**2), rel=0.03)


def test_resamples_take_whole_blocks_and_the_same_bars_for_every_number_of_seeds():
    few, many = (list(resamples(n, 20, 30, block=5, seed=3)) for n in (1, 7))
    for (_, bars), (seeds, again) in zip(few, many, strict=True):
        assert (bars == again).all() and seeds.shape == (7,)
        assert (np.diff(bars.reshape(4, 5)) % 20 == 1).all()
    with pytest.raises(UsageError, match="block must be 1 to 20"):
        next(resamples(1, 20, block=21))


@pytest.mark.parametrize("n_resamples", [100, pytest.param(200, marks=pytest.mark.slow)])
def test_interval_of_correlated_returns_covers_their_mean(n_resamples):
    covered, rng = 0, np.random.default_rng(1)
    for seed in range(60):
        noise = rng.standard_normal(403)
        returns = 0.01 + 0.02 * (noise[3:] + noise[2:-1] + noise[1:-2] + noise[:-3]) / 2
        arm = ArmReturns("x", returns[None], np.ones((1, 400)))
        low, high = intervals(arm, 1.0, n_resamples, seed=seed)["return"][1:]
        covered += low <= 400 * 0.01 <= high
    assert covered >= 48  # of 57 aimed at; draws of single bars would cover about 40


def test_difference_is_drawn_at_the_same_bars():
    returns = 0.02 * np.random.default_rng(0).standard_normal((1, 300))
    ones = np.ones((1, 300))
    found = difference(ArmReturns("a", returns + 0.001, ones), ArmReturns("b", returns, ones), 200)
    assert found == pytest.approx((0.3, 0.3, 0.3))
    with pytest.raises(DataError, match="compare the same ones"):
        difference(ArmReturns("a", returns, ones), ArmReturns("b", returns[:, 1:], ones[:, 1:]), 10)


@pytest.mark.parametrize(
    ("returns", "positions", "words"),
    [
        (np.zeros(3), np.zeros(3), "must be \\(seeds, bars\\)"),
        (np.zeros((1, 3)), np.zeros((1, 4)), "must be \\(seeds, bars\\)"),
        (np.full((1, 3), np.nan), np.zeros((1, 3)), "not finite"),
    ],
)
def test_arms_of_other_shapes_are_refused(returns, positions, words):
    with pytest.raises(DataError, match=words):
        ArmReturns("x", returns, positions)
