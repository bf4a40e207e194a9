"""What positions came to: return, Sharpe ratio, drawdown, turnover, hit rate, with block-bootstrap intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError, UsageError
from motifkit.evaluation.statistics import Interval
from motifkit.types import FloatArray, IntArray

STATISTICS = ("return", "Sharpe", "drawdown", "turnover", "hit rate")
Resample: TypeAlias = tuple[IntArray, IntArray]  # seeds, bars


@dataclass(frozen=True, eq=False)
class ArmReturns:
    """What an arm did out of sample: its seeds side by side, each with an equal part of the capital.

    Parameters
    ----------
    name : str
    returns : (S, T) float array
        Net return of each bar, as a fraction of the notional; gains are added up, not compounded.
    positions : (S, T) float array
        Held over each bar.

    Raises
    ------
    DataError
        When the shapes differ, or a value is not finite.

    Examples
    --------
    >>> ArmReturns("long", np.array([[0.01, -0.02], [0.03, 0.0]]), np.ones((2, 2))).mean.round(3)
    array([ 0.02, -0.01])
    """

    name: str
    returns: FloatArray
    positions: FloatArray

    def __post_init__(self) -> None:
        for values in (self.returns, self.positions):
            if values.ndim != 2 or values.shape != self.returns.shape or not values.size:
                raise DataError(
                    f"arm {self.name!r}: returns and positions must be (seeds, bars), got shapes "
                    f"{self.returns.shape} and {self.positions.shape}"
                )
            if not np.isfinite(values).all():
                raise DataError(f"arm {self.name!r} holds returns or positions that are not finite")

    @property
    def mean(self) -> FloatArray:
        """(T,) return of all seeds together."""
        mean: FloatArray = self.returns.mean(0)
        return mean

    @property
    def traded(self) -> FloatArray:
        """(S, T) change of the position at each bar, entering from flat."""
        return np.abs(np.diff(self.positions, axis=1, prepend=0.0))


def performance(arm: ArmReturns, periods: float = 1.0, resample: Resample | None = None) -> dict[str, float]:
    """Statistics of an arm.

    Parameters
    ----------
    arm : ArmReturns
    periods : float
        Bars of a year; 1 leaves the Sharpe ratio and the turnover per bar.
    resample : (seeds, bars), optional
        Indices to take instead of all.

    Returns
    -------
    dict of str to float
        "return": sum over the bars. "Sharpe": mean over standard deviation, times the root of `periods`; NaN when
        nothing varies. "drawdown": greatest fall of the equity below its highest value before, at least 0. "turnover":
        units of notional traded a year (or bar). "hit rate": share of bars with a position that paid; NaN without
        any.

    Examples
    --------
    >>> arm = ArmReturns("x", np.array([[0.1, -0.2, 0.1]]), np.array([[1.0, 1.0, 0.0]]))
    >>> {name: round(value, 3) for name, value in performance(arm).items()}
    {'return': 0.0, 'Sharpe': 0.0, 'drawdown': 0.2, 'turnover': 0.667, 'hit rate': 0.5}
    """
    returns, positions, traded = arm.returns, arm.positions, arm.traded
    if resample is not None:
        taken = np.ix_(*resample)
        returns, positions, traded = returns[taken], positions[taken], traded[taken]
    mean = returns.mean(0)
    equity = np.concatenate([[0.0], np.cumsum(mean)])
    held = positions != 0
    return {
        "return": float(equity[-1]),
        "Sharpe": sharpe_ratio(mean) * math.sqrt(periods),
        "drawdown": float((np.maximum.accumulate(equity) - equity).max()),
        "turnover": float(traded.mean() * periods),
        "hit rate": float((returns[held] > 0).mean()) if held.any() else math.nan,
    }


def sharpe_ratio(returns: npt.ArrayLike) -> float:
    """Mean over standard deviation of (T,) returns, per bar; NaN when they do not vary.

    Examples
    --------
    >>> sharpe_ratio([0.0, 2.0, 1.0]), sharpe_ratio([1.0, 1.0])
    (1.0, nan)
    """
    values = np.asarray(returns, float)
    spread = values.std(ddof=1) if len(values) > 1 else 0.0
    # Rounding leaves equal values a deviation that is not quite 0.
    return math.nan if spread <= 1e-15 * max(1.0, np.abs(values).max()) else float(values.mean() / spread)


def resamples(
    n_seeds: int, n_bars: int, n_resamples: int = 1000, *, block: int | None = None, seed: int = 0
) -> Iterator[Resample]:
    """Draws for a block bootstrap over bars, and an ordinary one over seeds.

    Parameters
    ----------
    n_seeds, n_bars : int
        Of an arm.
    n_resamples : int
        Draws.
    block : int, optional
        Bars that stay together, so that what hangs together in time does. None takes the root of `n_bars`.
    seed : int
        The same seed gives the same bars for every number of seeds, so that arms can be compared bar by bar.

    Yields
    ------
    seeds : (n_seeds,) int array
    bars : (n_bars,) int array
        Blocks that begin anywhere; the last bar is followed by the first.

    Raises
    ------
    UsageError
        For a block that is longer than the series.

    References
    ----------
    Politis and Romano (1992), A circular block-resampling procedure for stationary data.

    Examples
    --------
    >>> seeds, bars = next(resamples(2, 6, block=3, seed=1))
    >>> (np.diff(bars.reshape(2, 3)) % 6 == 1).all()
    np.True_
    """
    size = max(1, math.isqrt(n_bars)) if block is None else block
    if not 1 <= size <= n_bars:
        raise UsageError(f"block must be 1 to {n_bars}, the number of bars, got {size}")
    of_bars, of_seeds = (np.random.default_rng([seed, stream]) for stream in (0, 1))
    n_blocks = -(-n_bars // size)
    for _ in range(n_resamples):
        starts = of_bars.integers(n_bars, size=n_blocks)
        bars = ((starts[:, None] + np.arange(size)) % n_bars).ravel()[:n_bars]
        yield of_seeds.integers(n_seeds, size=n_seeds), bars


def intervals(
    arm: ArmReturns, periods: float, n_resamples: int, *, level: float = 0.95, seed: int = 0
) -> dict[str, Interval]:
    """Statistics of an arm with percentile intervals of the block bootstrap.

    Parameters
    ----------
    arm, periods
        See `performance`.
    n_resamples, seed
        See `resamples`.
    level : float
        Coverage aimed at.

    Returns
    -------
    dict of str to Interval
        Without ends where the statistic is not known in most draws.

    Examples
    --------
    >>> arm = ArmReturns("x", np.full((1, 50), 0.01), np.ones((1, 50)))
    >>> round(intervals(arm, 1.0, 100)["return"].high, 3)
    0.5
    """
    drawn = [performance(arm, periods, one) for one in resamples(*_sizes(arm), n_resamples, seed=seed)]
    return {
        name: Interval(value, *_ends(np.array([one[name] for one in drawn]), level))
        for name, value in performance(arm, periods).items()
    }


def difference(
    arm: ArmReturns, baseline: ArmReturns, n_resamples: int, *, level: float = 0.95, seed: int = 0
) -> Interval:
    """What an arm made beyond a baseline over the same bars, in total, with an interval.

    Parameters
    ----------
    arm, baseline : ArmReturns
        Of the same bars.
    n_resamples, level, seed
        See `intervals`. Both are drawn at the same bars; the seeds of each on their own.

    Returns
    -------
    Interval

    Raises
    ------
    DataError
        When the bars are not the same in number.
    """
    n_bars = arm.returns.shape[1]
    if baseline.returns.shape[1] != n_bars:
        raise DataError(
            f"{arm.name!r} has {n_bars} bars and {baseline.name!r} {baseline.returns.shape[1]}; compare the same ones"
        )
    pairs = zip(
        resamples(len(arm.returns), n_bars, n_resamples, seed=seed),
        resamples(len(baseline.returns), n_bars, n_resamples, seed=seed),
        strict=True,
    )
    drawn = np.array([_total(arm, ours) - _total(baseline, theirs) for ours, theirs in pairs])
    return Interval(float((arm.mean - baseline.mean).sum()), *_ends(drawn, level))


def _sizes(arm: ArmReturns) -> tuple[int, int]:
    n_seeds, n_bars = arm.returns.shape
    return n_seeds, n_bars


def _total(arm: ArmReturns, drawn: Resample) -> float:
    return float(arm.returns[np.ix_(*drawn)].mean(0).sum())


def _ends(drawn: FloatArray, level: float) -> tuple[float, float]:
    known = drawn[np.isfinite(drawn)]
    if len(known) * 2 <= len(drawn):
        return math.nan, math.nan
    tail = (1 - level) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)
