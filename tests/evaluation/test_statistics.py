"""The interquartile mean and its interval equal plain twins and scipy, and cover what they should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from motifkit.errors import DataError, UsageError
from motifkit.evaluation.statistics import Interval, bootstrap_interval, iqm

SCORES = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40)


def plain_iqm(scores):
    ordered = sorted(scores)
    n_cut = len(ordered) // 4
    kept = ordered[n_cut : len(ordered) - n_cut]
    return sum(kept) / len(kept)


def plain_interval(scores, n_resamples, level, seed):
    """The same draws one at a time."""
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(n_resamples):
        idx = rng.integers(len(scores), size=np.shape(scores))
        if np.ndim(scores) == 1:
            sample = [scores[i] for i in idx]
        else:
            sample = [scores[i][task] for row in idx for task, i in enumerate(row)]
        drawn.append(plain_iqm(sample))
    return np.percentile(drawn, [50 * (1 - level), 100 - 50 * (1 - level)])


@given(SCORES)
def test_iqm_is_the_trimmed_mean(scores):
    assert iqm(scores) == pytest.approx(plain_iqm(scores), abs=1e-9)
    assert iqm(scores) == pytest.approx(stats.trim_mean(scores, 0.25), abs=1e-9)


@given(SCORES, st.floats(0.1, 10), st.floats(-10, 10))
def test_iqm_moves_with_scale_and_shift(scores, scale, shift):
    moved = iqm(scale * np.array(scores) + shift)
    assert moved == pytest.approx(scale * iqm(scores) + shift, abs=1e-6)


def test_iqm_pools_runs_and_tasks():
    scores = np.random.default_rng(0).normal(size=(7, 5))
    assert iqm(scores) == pytest.approx(stats.trim_mean(scores, 0.25, axis=None))


@pytest.mark.parametrize("shape", [(2,), (10,), (6, 3)])
def test_interval_equals_its_plain_twin(shape):
    scores = np.random.default_rng(1).normal(size=shape)
    found = bootstrap_interval(scores, n_resamples=200, level=0.9, seed=3)
    low, high = plain_interval(scores.tolist(), 200, 0.9, 3)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.estimate == iqm(scores) and found.low <= found.estimate <= found.high


def test_interval_agrees_with_scipy():
    scores = np.random.default_rng(2).normal(size=25)
    ours = bootstrap_interval(scores, np.mean, n_resamples=4000)
    theirs = stats.bootstrap(
        (scores,), np.mean, method="percentile", n_resamples=4000, rng=np.random.default_rng(5)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.03)


@pytest.mark.parametrize("statistic", [iqm, np.mean])
@pytest.mark.parametrize("shape", [(2,), (9,), (5, 3), (800,)])
def test_what_is_computed_for_all_resamples_at_once_equals_one_after_the_other(statistic, shape):
    scores = np.random.default_rng(4).normal(size=shape)
    fast = bootstrap_interval(scores, statistic, n_resamples=1500, seed=6)
    assert fast == bootstrap_interval(scores, lambda drawn: statistic(drawn), n_resamples=1500, seed=6)


def test_tasks_are_resampled_separately():
    tasks = np.array([[0.0, 100.0], [1.0, 101.0], [2.0, 102.0]])
    seen = []
    bootstrap_interval(tasks, lambda drawn: seen.append(drawn.copy()) or 0.0, n_resamples=50)
    assert all((drawn[:, 0] < 50).all() and (drawn[:, 1] > 50).all() for drawn in seen)
    assert any((drawn[:, 0] != drawn[:, 1] - 100).any() for drawn in seen)


def test_one_run_has_no_spread_and_equal_runs_have_none():
    one = bootstrap_interval([0.75])
    assert one.estimate == 0.75 and np.isnan(one.low) and np.isnan(one.high)
    assert np.isnan(bootstrap_interval([[0.7, 0.3]]).low)
    assert bootstrap_interval([0.75] * 3) == Interval(0.75, 0.75, 0.75)


def test_seeds():
    scores = np.random.default_rng(0).normal(size=10)
    assert bootstrap_interval(scores, seed=1) == bootstrap_interval(scores, seed=1)
    assert bootstrap_interval(scores, seed=1) != bootstrap_interval(scores, seed=2)
    state = np.random.get_state()[1].copy()
    bootstrap_interval(scores)
    assert (np.random.get_state()[1] == state).all()


def test_coverage():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        found = bootstrap_interval(rng.normal(size=12), n_resamples=200, seed=rng)
        hits += found.low <= 0 <= found.high
    assert 0.85 <= hits / 200 <= 0.98


@pytest.mark.parametrize(
    ("scores", "told"),
    [([], "no score"), ([1.0, float("nan")], r"scores\[1\] is nan"), (["a"], "must be numbers")],
)
def test_bad_scores(scores, told):
    for summary in (iqm, bootstrap_interval):
        with pytest.raises(DataError, match=told):
            summary(scores)


@pytest.mark.parametrize("arguments", [{"level": 1.0}, {"level": 95}, {"n_resamples": 0}])
def test_bad_arguments(arguments):
    with pytest.raises(UsageError, match=next(iter(arguments))):
        bootstrap_interval([1.0, 2.0], **arguments)
    with pytest.raises(UsageError, match="shape"):
        bootstrap_interval(np.zeros((2, 2, 2)))
