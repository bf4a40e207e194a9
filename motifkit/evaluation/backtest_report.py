"""What a walk forward came to: verdicts on the arms, equity curves, and the same as JSON values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from motifkit.evaluation.statistics import Interval
from motifkit.io.json_values import json_value
from motifkit.types import FloatArray, TimeArray

SCHEMA = "motifkit.backtest/1"
SURE = 0.95  # coverage of the intervals, and the least probability that a Sharpe ratio is more than luck


@dataclass(frozen=True, eq=False)
class EquityCurve:
    """Equity of an arm, 1 at the start, with what 95% of its seeds lie within.

    Parameters
    ----------
    name : str
    timestamps : (T,) array
        Closes at which it is marked; row numbers where the prices have no times.
    equity, low, high : (T,) float array
        The ends are NaN for a single seed.
    """

    name: str
    timestamps: TimeArray | FloatArray
    equity: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, eq=False)
class ArmVerdict:
    """How an arm stands.

    Parameters
    ----------
    name : str
    statistics : dict of str to Interval
        See `motifkit.evaluation.performance.performance`.
    against : dict of str to Interval
        Total return beyond that of "buy and hold", "always flat" and "random". The intervals hold for all arms at once:
        95% are shared out among them.
    beyond_no_bank : Interval, optional
        Total return beyond that of the agent with no motif bank, a 95% interval. None for that arm itself, or without
        one.
    deflated_sharpe : float
        Probability that its Sharpe ratio is more than luck, after all trials; NaN when nothing varied.
    """

    name: str
    statistics: dict[str, Interval]
    against: dict[str, Interval]
    beyond_no_bank: Interval | None
    deflated_sharpe: float

    @property
    def has_edge(self) -> bool:
        """Whether it beats all three beyond chance, and its Sharpe ratio is more than the luck of the best."""
        return self.deflated_sharpe > SURE and all(one.low > 0 for one in self.against.values())


@dataclass(frozen=True, eq=False)
class BacktestReport:
    """Out-of-sample results.

    Parameters
    ----------
    arms : tuple of ArmVerdict
    baselines : dict of str to (dict of str to Interval)
        Statistics by name.
    curves : tuple of EquityCurve
        Arms, then baselines.
    boundaries : tuple
        When each fold begins, in the unit of the curves' timestamps.
    n_bars : int
        Returns out of sample.
    n_trials : int
        Agents that were tried: every arm with each of its seeds.
    periods : float
        Bars of a year, 1 where the prices have no times.

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit import ArmReturns, TradingEnv, backtest
    >>> market = TradingEnv([100.0, 101.0, 99.0, 102.0, 104.0, 103.0], sequential=True)
    >>> long = np.ones((1, market.n_steps))
    >>> report = backtest([ArmReturns("long", market.accounts(long), long)], market, n_resamples=50)
    >>> report.n_bars, list(report.baselines)
    (5, ['buy and hold', 'always flat', 'random, as long'])
    """

    arms: tuple[ArmVerdict, ...]
    baselines: dict[str, dict[str, Interval]]
    curves: tuple[EquityCurve, ...] = field(repr=False)
    boundaries: tuple[Any, ...]
    n_bars: int
    n_trials: int
    periods: float

    @property
    def has_edge(self) -> bool:
        """Whether any arm has an edge."""
        return any(arm.has_edge for arm in self.arms)

    @property
    def best(self) -> ArmVerdict:
        """An arm with an edge before others, else the one with the highest return."""
        return max(self.arms, key=lambda arm: (arm.has_edge, arm.statistics["return"].estimate))

    def as_dict(self) -> dict[str, Any]:
        """JSON values with the schema "motifkit.backtest/1"; NaN is None."""
        plain: dict[str, Any] = json_value(
            {
                "schema": SCHEMA,
                "has_edge": self.has_edge,
                "n_bars": self.n_bars,
                "n_trials": self.n_trials,
                "bars_a_year": self.periods,
                "arms": [
                    {
                        "name": arm.name,
                        "has_edge": arm.has_edge,
                        "deflated_sharpe": arm.deflated_sharpe,
                        "statistics": arm.statistics,
                        "against": arm.against,
                        "beyond_no_bank": arm.beyond_no_bank,
                    }
                    for arm in self.arms
                ],
                "baselines": self.baselines,
            }
        )
        return plain
