"""Trainings and comparisons of one arm over its seeds, as estimates with bootstrap intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from motifkit.evaluation.statistics import Interval, bootstrap_interval, iqm
from motifkit.report.curves import Curve
from motifkit.types import FloatArray

_RUNNING = 5  # updates over which a return counts as reached
_N_RESAMPLES = 2000
_NOTHING = Interval(math.nan, math.nan, math.nan)


class Training(NamedTuple):
    """One arm with one seed: steps (n,) and mean return (n,) of the updates, greedy return, seconds of seeding.

    With a curriculum, where returns of different stages cannot be compared, `staged` is true and `returns` are the
    stages mastered after each update.
    """

    timesteps: FloatArray
    returns: FloatArray
    greedy: float
    seconds_seeding: float
    staged: bool = False

    @property
    def final(self) -> float:
        """Mean return of the last tenth of the updates; stages mastered."""
        if self.staged:
            return float(self.returns[-1])
        return float(self.returns[-max(1, len(self.returns) // 10) :].mean())

    def steps_to(self, wanted: float) -> float | None:
        """Steps until the running mean of five updates, or the stages mastered, are `wanted`; None when never.

        Examples
        --------
        >>> training = Training(np.arange(1.0, 9.0), np.arange(8.0), 0.0, 0.0)
        >>> training.steps_to(3.0), training.steps_to(7.0)
        (6.0, None)
        """
        window = 1 if self.staged else min(_RUNNING, len(self.returns))
        running = np.convolve(self.returns, np.full(window, 1 / window), "valid")
        reached = np.flatnonzero(running >= wanted - 1e-12)
        return float(self.timesteps[reached[0] + window - 1]) if len(reached) else None


@dataclass(frozen=True, eq=False)
class ArmSummary:
    """One arm over its seeds; estimates are interquartile means, intervals 95% bootstrap intervals over seeds.

    Parameters
    ----------
    name : str
    final : Interval
        Mean training return of the last tenth of the updates; with a curriculum the stages mastered.
    greedy : Interval
        Mean return of fresh episodes by the likeliest actions.
    oracle_share : float
        Greedy return as a share of the oracle's; NaN where none is known.
    gain, greedy_gain : Interval
        Percent by which the final, and the greedy, return exceeds the baseline's; over seeds of both.
    steps_share : Interval
        Share of the baseline's steps until the baseline's final return is reached; seeds that never reach it
        count with all of their own.
    n_never : int
        How many those are.
    finals, greedys, steps_shares : tuple of float
        By seed.
    """

    name: str
    final: Interval
    greedy: Interval
    oracle_share: float
    gain: Interval
    greedy_gain: Interval
    steps_share: Interval
    n_never: int
    finals: tuple[float, ...]
    greedys: tuple[float, ...]
    steps_shares: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class ComparedSummary:
    """What became of the motifs of one arm, over its seeds.

    Parameters
    ----------
    name : str
    f1 : Interval
        Interquartile mean of the F1 with which learned rows, read as windows, find the planted shapes; NaN where no
        truth is known.
    attended_f1 : Interval
        The same of the windows that rows win while the agent acts.
    lost_by_best : Interval
        Mean return lost when the row is masked that costs most. It is picked by what it costs, which flatters it
        a little; `lost_by_used` does not.
    lost_by_used : Interval
        Mean return lost when the row is masked that wins the most steps.
    lost_by_unused : Interval
        Mean return lost when a row is masked that is not used, averaged over those rows; NaN when all are used.
    n_unused : float
        Rows that are not used, mean over seeds.
    mean_return : float
        Of the episodes with all rows.
    """

    name: str
    f1: Interval
    attended_f1: Interval
    lost_by_best: Interval
    lost_by_used: Interval
    lost_by_unused: Interval
    n_unused: float
    mean_return: float


def arm_summary(
    name: str, runs: Sequence[Training], baseline: Sequence[Training], oracle: float
) -> ArmSummary:
    """Sum up the seeds of an arm.

    Examples
    --------
    >>> def run(final):
    ...     return Training(np.array([10.0, 20.0]), np.array([final, final]), final, 0.0)
    >>> arm = arm_summary("mined", [run(3.0), run(3.0)], [run(2.0), run(2.0)], oracle=4.0)
    >>> arm.gain.estimate, arm.oracle_share, arm.steps_share.estimate
    (50.0, 0.75, 1.0)
    """
    finals, greedys = [run.final for run in runs], [run.greedy for run in runs]
    base_finals, base_greedys = [run.final for run in baseline], [run.greedy for run in baseline]
    total = iqm([float(run.timesteps[-1]) for run in baseline])
    steps = [run.steps_to(iqm(base_finals)) for run in runs]
    shares = [
        (float(run.timesteps[-1]) if one is None else one) / total
        for run, one in zip(runs, steps, strict=True)
    ]
    greedy = bootstrap_interval(greedys)
    return ArmSummary(
        name=name,
        final=bootstrap_interval(finals),
        greedy=greedy,
        oracle_share=greedy.estimate / oracle,
        gain=gain_interval(finals, base_finals),
        greedy_gain=gain_interval(greedys, base_greedys),
        steps_share=bootstrap_interval(shares),
        n_never=sum(one is None for one in steps),
        finals=tuple(finals),
        greedys=tuple(greedys),
        steps_shares=tuple(shares),
    )


def gain_interval(scores: Sequence[float], baseline: Sequence[float]) -> Interval:
    """Percent by which the interquartile mean of scores exceeds a baseline's, resampled over the seeds of both.

    NaN where the baseline is not above 0, which percents of mean nothing; the ends too where that is so in a
    resample, or there is but one seed.

    Examples
    --------
    >>> gain_interval([3.0, 3.0], [2.0, 2.0])
    Interval(estimate=50.0, low=50.0, high=50.0)
    """
    base = iqm(baseline)
    if base <= 0:
        return _NOTHING
    estimate = 100 * (iqm(scores) / base - 1)
    if min(len(scores), len(baseline)) < 2:
        return Interval(estimate, math.nan, math.nan)
    rng = np.random.default_rng(0)
    ours, theirs = (_resampled(np.array(one)[:, None], rng)[:, 0] for one in (scores, baseline))
    if (theirs <= 0).any():
        return Interval(estimate, math.nan, math.nan)
    low, high = np.quantile(100 * (ours / theirs - 1), [0.025, 0.975])
    return Interval(estimate, float(low), float(high))


def _resampled(values: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Interquartile means (n_resamples, m) of resampled rows of values (n, m)."""
    n = len(values)
    drawn = np.sort(values[rng.integers(n, size=(_N_RESAMPLES, n))], axis=1)  # (n_resamples, n, m)
    n_cut = n // 4
    mean: FloatArray = drawn[:, n_cut : n - n_cut].mean(1)
    return mean


def curve_of(name: str, runs: Sequence[Training]) -> Curve:
    """Learning curve: interquartile mean and interval over seeds at each update.

    Where seeds have updates at different steps, as with episodes of unequal length, values between two updates lie
    on the line between them, and one that ended sooner stays where it ended.
    """
    first = runs[0].timesteps
    n_updates = len(first)
    if all(np.array_equal(run.timesteps, first) for run in runs):
        steps = first
        values = np.stack([run.returns for run in runs])  # (n_seeds, n_updates)
    else:
        n_updates = max(len(run.returns) for run in runs)
        low, high = (pick(run.timesteps[end] for run in runs) for pick, end in ((max, 0), (max, -1)))
        steps = np.linspace(low, high, n_updates)
        values = np.stack([np.interp(steps, run.timesteps, run.returns) for run in runs])
    estimate = np.array([iqm(column) for column in values.T])
    if len(runs) < 2:
        return Curve(name, steps, estimate, np.full(n_updates, np.nan), np.full(n_updates, np.nan))
    drawn = _resampled(values, np.random.default_rng(0))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return Curve(name, steps, estimate, low, high)


def compared_summary(name: str, comparisons: Sequence[Mapping[str, Any]]) -> ComparedSummary:
    """Sum up the comparisons of an arm, one a seed, as `motifkit.compare_motifs(...).as_dict()` gives them."""
    best, used, unused, n_unused = [], [], [], []
    for one in comparisons:
        rows = [row for row in one["rows"] if row["return_loss"] is not None]
        idle = [row["return_loss"] for row in rows if not row["used"]]
        n_unused.append(len(idle))
        if rows:
            best.append(max(row["return_loss"] for row in rows))
            used.append(max(rows, key=lambda row: row["wins"])["return_loss"])
        if idle:
            unused.append(float(np.mean(idle)))
    f1, attended = ([one[k] for one in comparisons if one.get(k) is not None] for k in ("f1", "attended_f1"))
    returns = [one["mean_return"] for one in comparisons if one["mean_return"] is not None]
    return ComparedSummary(
        name=name,
        f1=bootstrap_interval(f1) if f1 else _NOTHING,
        attended_f1=bootstrap_interval(attended) if attended else _NOTHING,
        lost_by_best=_mean_interval(best),
        lost_by_used=_mean_interval(used),
        lost_by_unused=_mean_interval(unused),
        n_unused=float(np.mean(n_unused)),
        mean_return=float(np.mean(returns)) if returns else math.nan,
    )


def _mean_interval(values: Sequence[float]) -> Interval:
    return bootstrap_interval(values, np.mean) if values else _NOTHING
