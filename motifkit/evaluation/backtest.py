"""A walk forward as numbers and a verdict: arms against holding, doing nothing, and random trades."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from motifkit.errors import DataError
from motifkit.evaluation.deflated_sharpe import deflated_sharpe_ratio
from motifkit.evaluation.performance import ArmReturns, difference, intervals, sharpe_ratio
from motifkit.evaluation.statistics import Interval
from motifkit.evaluation.trading_baselines import FLAT, HOLD, plain_baselines, random_baseline
from motifkit.io.json_values import json_value
from motifkit.types import FloatArray, TimeArray

if TYPE_CHECKING:
    from motifkit.envs.trading_rules import TradingRules

SCHEMA = "motifkit.backtest/1"
RANDOM, NO_BANK = "random", "none"
_SURE = 0.95
_YEAR = np.timedelta64(365 * 24 * 3600 + 6 * 3600, "s")


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
        return self.deflated_sharpe > _SURE and all(one.low > 0 for one in self.against.values())


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


def backtest(
    arms: Sequence[ArmReturns],
    market: TradingRules,
    *,
    starts: Sequence[int] = (),
    n_resamples: int = 1000,
    seed: int = 0,
) -> BacktestReport:
    """Judge arms by what they did out of sample.

    Parameters
    ----------
    arms : sequence of ArmReturns
        One that is named "none" is the agent with no motif bank. All that were tried, also the bad ones: leaving them
        out makes the rest look better than they are.
    market : TradingEnv
        Sequential, over the bars of the test: an action a return.
    starts : sequence of int
        Rows at whose close a fold begins.
    n_resamples, seed
        Of the intervals, and of the random trades.

    Returns
    -------
    BacktestReport

    Raises
    ------
    DataError
        When there is no arm, or one has another number of returns than the market has actions.

    Notes
    -----
    The variance of the Sharpe ratio over trials, which deflates it, is that of all seeds of all arms, or of one return
    series without an edge, 1 / T, where that is more: agents that all do the same would else count as one.

    Examples
    --------
    >>> from motifkit.envs import TradingEnv
    >>> rng = np.random.default_rng(0)
    >>> market = TradingEnv(100 * np.exp(0.01 * rng.standard_normal(300).cumsum()), sequential=True)
    >>> held = rng.integers(-1, 2, (3, market.n_steps)).astype(float)
    >>> backtest([ArmReturns("guessing", market.accounts(held), held)], market, n_resamples=100).has_edge
    False
    """
    if not arms:
        raise DataError("there is no arm to judge; give at least one")
    for arm in arms:
        if arm.returns.shape[1] != market.n_steps:
            raise DataError(
                f"arm {arm.name!r} has {arm.returns.shape[1]} returns, but the market {market.n_steps} actions"
            )
    times = _times(market)
    periods = _periods(times)
    hold, flat = plain_baselines(market)
    no_bank = next((arm for arm in arms if arm.name == NO_BANK), None)
    level = 1 - (1 - _SURE) / len(arms)
    sharpes = np.array([sharpe_ratio(one) for arm in arms for one in arm.returns])
    known = sharpes[np.isfinite(sharpes)]
    variance = max(float(known.var(ddof=1)) if len(known) > 1 else 0.0, 1 / market.n_steps)
    verdicts, random = [], {}
    for arm in arms:
        random[arm.name] = random_baseline(market, arm, seed=seed)
        against = {HOLD: hold, FLAT: flat, RANDOM: random[arm.name]}
        verdicts.append(
            ArmVerdict(
                arm.name,
                intervals(arm, periods, n_resamples, seed=seed),
                {
                    name: difference(arm, one, n_resamples, level=level, seed=seed)
                    for name, one in against.items()
                },
                None
                if no_bank is None or arm is no_bank
                else difference(arm, no_bank, n_resamples, seed=seed),
                _deflated(arm.mean, len(sharpes), variance),
            )
        )
    best = max(arms, key=lambda one: float(one.mean.sum()))
    baselines = (hold, flat, random[best.name])
    return BacktestReport(
        arms=tuple(verdicts),
        baselines={one.name: intervals(one, periods, n_resamples, seed=seed) for one in baselines},
        curves=tuple(_curve(one, times) for one in (*arms, *baselines)),
        boundaries=tuple(times[row - market.rows[0]] for row in starts),
        n_bars=market.n_steps,
        n_trials=len(sharpes),
        periods=periods,
    )


def _times(market: TradingRules) -> TimeArray | FloatArray:
    """Close at which each return is marked."""
    rows = np.arange(market.rows[0], market.rows[0] + market.n_steps) + 1
    return rows.astype(float) if market.bars.times is None else market.bars.times[rows]


def _periods(times: TimeArray | FloatArray) -> float:
    """Bars of a year."""
    if times.dtype.kind != "M" or len(times) < 2:
        return 1.0
    span = (times[-1] - times[0]) / _YEAR
    return float((len(times) - 1) / span) if span > 0 else 1.0


def _deflated(returns: FloatArray, n_trials: int, variance: float) -> float:
    sharpe = sharpe_ratio(returns)
    if math.isnan(sharpe):
        return math.nan
    scaled = (returns - returns.mean()) / returns.std()
    return deflated_sharpe_ratio(
        sharpe,
        len(returns),
        n_trials,
        variance,
        skewness=float((scaled**3).mean()),
        kurtosis=float((scaled**4).mean()),
    )


def _curve(arm: ArmReturns, times: TimeArray | FloatArray) -> EquityCurve:
    equity = 1 + np.cumsum(arm.returns, axis=1)
    missing = np.full(equity.shape[1], math.nan)
    low, high = (missing, missing) if len(equity) == 1 else np.quantile(equity, [0.025, 0.975], axis=0)
    return EquityCurve(arm.name, times, equity.mean(0), low, high)
