"""Durations are fitted, not guessed, and measured when none are given."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motifkit.errors import DataError, UsageError
from motifkit.evaluation import duration
from motifkit.evaluation.duration import DurationFit, predict_ep_duration

NOTEBOOK = [2, 4, 8, 16, 32, 64, 128, 258], [0.02, 0.03, 0.06, 0.12, 0.26, 0.61, 1.52, 4.18]


@given(st.floats(0, 10), st.floats(1e-4, 1))
def test_recovers_a_line(intercept, slope):
    delays = np.array([2, 8, 32])
    fit = DurationFit(delays, intercept + slope * delays)
    assert fit.predict(100) == pytest.approx(intercept + 100 * slope, rel=1e-6)
    assert fit.r2 == pytest.approx(1, abs=1e-6)


def test_equals_the_normal_equations():
    x, y = np.array(NOTEBOOK[0], dtype=float), np.array(NOTEBOOK[1])
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    fit = DurationFit(x, y)
    assert fit.slope == pytest.approx(slope) and fit.intercept == pytest.approx(y.mean() - slope * x.mean())
    assert fit.r2 == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)
    assert predict_ep_duration(54, x, y) == pytest.approx(fit.intercept + 54 * slope)


def test_never_below_zero():
    assert DurationFit([10, 20], [1.0, 3.0]).predict(1) == 0
    assert np.isnan(DurationFit([1, 2], [1.0, 1.0]).r2)


@pytest.mark.parametrize(
    ("delays", "durations", "told"),
    [
        ([4], [0.1], "at least two different delays, got 4"),
        ([4, 4], [0.1, 0.2], "at least two different delays, got 4"),
        ([], [], "got none"),
        ([1, 2], [0.1], "one length"),
        ([1, 2], [0.1, float("nan")], "finite"),
    ],
)
def test_refuses_what_has_no_line(delays, durations, told):
    with pytest.raises(DataError, match=told):
        DurationFit(delays, durations)


def test_bad_arguments():
    with pytest.raises(UsageError, match="durations is missing"):
        predict_ep_duration(4, delays=[1, 2])
    with pytest.raises(UsageError, match="at least 1, got 0"):
        DurationFit([1, 2], [1, 2]).predict(0)


def test_measures_once_a_process(monkeypatch):
    trained = []

    class Agent:
        def __init__(self, env, seed):
            trained.append(env.delay)
            self.delay, self.num_timesteps, self.history = env.delay, 0, []

        def learn(self, total_timesteps):
            """Updates of 10 episodes; the first and every other one later are slow."""
            for _ in range(-(-total_timesteps // (10 * self.delay))):
                slow = 5.0 * (len(self.history) % 2 == 0)
                self.num_timesteps += 10 * self.delay
                self.history.append({"episodes": 10, "seconds": 0.1 + 0.01 * self.delay + slow})

    monkeypatch.setattr("motifkit.evaluation.contestants.default_agent", Agent)
    duration._measured_fit.cache_clear()
    try:
        assert predict_ep_duration(54) == pytest.approx(0.064)
        assert predict_ep_duration(100) == pytest.approx(0.11)
    finally:
        duration._measured_fit.cache_clear()  # what stubs took must not serve others
    assert trained == [8, 32, 64]
