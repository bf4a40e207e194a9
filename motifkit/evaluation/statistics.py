"""Robust summaries of few training runs: the interquartile mean and its bootstrap interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError, UsageError
from motifkit.types import FloatArray

Statistic: TypeAlias = Callable[[FloatArray], float]

_TRIM = 0.25
_MOST_DRAWN = 2**20  # scores of resamples in memory at once


class Interval(NamedTuple):
    """An estimate and the ends of its confidence interval; the ends are NaN when there is but one run."""

    estimate: float
    low: float
    high: float


def iqm(scores: npt.ArrayLike) -> float:
    """Interquartile mean: the mean of what is left without the lowest and the highest quarter.

    Parameters
    ----------
    scores : array of any shape
        Finite; runs and tasks are pooled, as Agarwal et al. do.

    Returns
    -------
    float
        Of n scores, floor(n / 4) are cut at either end, whole scores and never parts of one: what
        `scipy.stats.trim_mean(scores, 0.25)` gives, which is the interquartile mean of rliable. With fewer than
        four scores it is therefore the plain mean.

    Raises
    ------
    DataError
        When there is no score, or one is not finite.

    References
    ----------
    Agarwal et al. (2021), Deep reinforcement learning at the edge of the statistical precipice.

    Examples
    --------
    >>> iqm([1.0, 2.0, 3.0, 100.0])
    2.5
    """
    return float(_iqm_of_rows(_checked(scores).reshape(1, -1))[0])


def bootstrap_interval(
    scores: npt.ArrayLike,
    statistic: Statistic = iqm,
    *,
    n_resamples: int = 2000,
    level: float = 0.95,
    seed: int | np.random.Generator = 0,
) -> Interval:
    """Percentile bootstrap interval of a statistic over training runs.

    Parameters
    ----------
    scores : (n_runs,) or (n_runs, n_tasks) array
        One score a training run, for example the mean return of its evaluation episodes: episodes of one run are
        no independent runs. With tasks the resampling is stratified: the runs of every task are drawn
        separately, so that each resample holds `n_runs` scores of every task.
    statistic : callable
        Takes an array of the shape of `scores` and gives a number. `iqm` and `numpy.mean` are fast.
    n_resamples : int
        Resamples drawn with replacement.
    level : float
        Coverage aimed at, between 0 and 1. Intervals of few runs are a little narrow: at .95 they covered the
        truth in .89 of the draws of 5 normal scores, and in .94 of those of 10.
    seed : int or numpy.random.Generator
        The same seed gives the same interval.

    Returns
    -------
    Interval
        The statistic of `scores` and the ends. One run says nothing about the spread: its ends are NaN. Runs
        that all agree give an interval of no width, which is no proof that the next one would.

    Raises
    ------
    DataError
        When there is no score, or one is not finite.
    UsageError
        When another argument is unusable.

    References
    ----------
    Efron (1979); stratified over tasks as by Agarwal et al. (2021).

    Examples
    --------
    >>> bootstrap_interval([0.0, 0.4, 0.5, 0.6, 1.0])
    Interval(estimate=0.5, low=0.16666666666666666, high=0.8666666666666667)
    >>> bootstrap_interval([0.5])
    Interval(estimate=0.5, low=nan, high=nan)
    """
    values = _checked(scores)
    if values.ndim not in (1, 2):
        raise UsageError(
            f"scores must be (n_runs,) or (n_runs, n_tasks), got shape {values.shape}; reshape them"
        )
    if n_resamples < 1:
        raise UsageError(f"n_resamples must be at least 1, got {n_resamples}; leave it out for 2,000")
    if not 0 < level < 1:
        raise UsageError(f"level must lie between 0 and 1, got {level}; write 0.95 for 95%")
    estimate = float(statistic(values))
    n_runs = len(values)
    if n_runs == 1:
        return Interval(estimate, float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    drawn = np.empty(n_resamples)
    n_at_once = max(1, _MOST_DRAWN // values.size)
    for first in range(0, n_resamples, n_at_once):
        n = min(n_at_once, n_resamples - first)
        run_idx = rng.integers(n_runs, size=(n, *values.shape))  # a draw for each task of its own
        drawn[first : first + n] = _of_each(statistic, np.take_along_axis(values[None], run_idx, axis=1))
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(estimate, float(low), float(high))


def _of_each(statistic: Statistic, resamples: FloatArray) -> FloatArray:
    """The statistic of each of several resamples (n, *shape)."""
    rows = resamples.reshape(len(resamples), -1)
    if statistic is iqm:
        return _iqm_of_rows(rows)
    if statistic is np.mean:
        return _mean_of_rows(rows)
    return np.array([statistic(one) for one in resamples])


def _iqm_of_rows(rows: FloatArray) -> FloatArray:
    n = rows.shape[1]
    n_cut = int(_TRIM * n)
    if n_cut:
        rows = np.partition(rows, (n_cut, n - n_cut - 1), axis=1)[:, n_cut : n - n_cut]
    return _mean_of_rows(rows)


def _mean_of_rows(rows: FloatArray) -> FloatArray:
    return np.asarray(rows.mean(axis=1))


def _checked(scores: npt.ArrayLike) -> FloatArray:
    try:
        values = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"scores must be numbers of one shape, got {scores!r:.60}; give one a run") from error
    if values.ndim == 0:
        values = values[None]
    if values.size == 0:
        raise DataError("there is no score to summarise; give at least one run")
    if not np.isfinite(values).all():
        bad = np.argwhere(~np.isfinite(values))[0]
        place = ", ".join(str(i) for i in bad)
        raise DataError(f"scores[{place}] is {values[tuple(bad)]}; leave out or repeat the runs that failed")
    return values
