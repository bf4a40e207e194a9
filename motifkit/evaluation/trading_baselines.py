"""What a trading agent has to beat: holding, doing nothing, and trading as much at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from motifkit.evaluation.performance import ArmReturns
from motifkit.types import FloatArray

if TYPE_CHECKING:
    from motifkit.envs.trading_rules import TradingRules

HOLD, FLAT = "buy and hold", "always flat"
_N_DRAWS = 20  # random series of positions for each seed of an arm


def plain_baselines(market: TradingRules) -> tuple[ArmReturns, ArmReturns]:
    """Buying and holding, and always being flat.

    Parameters
    ----------
    market : TradingEnv
        Sequential, over the bars of the test.

    Returns
    -------
    hold, flat : ArmReturns
        Of one seed. Holding pays for entering and for leaving.

    Examples
    --------
    >>> from motifkit.envs import TradingEnv
    >>> hold, flat = plain_baselines(TradingEnv([100.0, 110.0, 99.0], sequential=True))
    >>> hold.returns.round(3), flat.returns
    (array([[ 0.1, -0.1]]), array([[0., 0.]]))
    """
    ones = np.ones((1, market.n_steps))
    hold, flat = (ArmReturns(n, market.accounts(p), p) for n, p in ((HOLD, ones), (FLAT, 0 * ones)))
    return hold, flat


def random_baseline(market: TradingRules, arm: ArmReturns, *, seed: int = 0) -> ArmReturns:
    """Trading as much as an arm, at times that have nothing to do with prices.

    Each series of positions of the arm is shifted in time by a random number of bars, what leaves at the end coming in
    at the beginning, and turned around in half of the cases. So the time spent long, flat and short, how long a
    position is held and, but for entering, the turnover are the arm's own.

    Parameters
    ----------
    market : TradingEnv
        Sequential, over the bars of the test.
    arm : ArmReturns
    seed : int
        Of the shifts.

    Returns
    -------
    ArmReturns
        20 series for each of the arm's.

    Examples
    --------
    >>> from motifkit.envs import TradingEnv
    >>> market = TradingEnv([100.0, 110.0, 99.0], sequential=True)
    >>> held = np.ones((1, 2))
    >>> random_baseline(market, ArmReturns("x", market.accounts(held), held)).returns.shape
    (20, 2)
    """
    rng = np.random.default_rng([seed, 2])
    positions: FloatArray = np.repeat(arm.positions, _N_DRAWS, axis=0)
    n_bars = positions.shape[1]
    for i, one in enumerate(positions):
        shifted = np.roll(one, int(rng.integers(n_bars)))
        positions[i] = shifted[::-1] if rng.random() < 0.5 else shifted
    return ArmReturns(f"random, as {arm.name}", market.accounts(positions), positions)
