"""A walk forward as numbers and a verdict: arms against holding, doing nothing, and random trades."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from motifkit.errors import DataError
from motifkit.evaluation.backtest_report import SURE, ArmVerdict, BacktestReport, EquityCurve
from motifkit.evaluation.deflated_sharpe import deflated_sharpe_ratio
from motifkit.evaluation.performance import ArmReturns, difference, intervals, sharpe_ratio
from motifkit.evaluation.trading_baselines import FLAT, HOLD, plain_baselines, random_baseline
from motifkit.types import FloatArray, TimeArray

if TYPE_CHECKING:
    from motifkit.envs.trading_rules import TradingRules

RANDOM, NO_BANK = "random", "none"
_YEAR = np.timedelta64(365 * 24 * 3600 + 6 * 3600, "s")


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
    level = 1 - (1 - SURE) / len(arms)
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
