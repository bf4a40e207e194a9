"""What positions earn and what trading them costs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motifkit.arguments import require_number
from motifkit.envs.trading_prices import Bars
from motifkit.errors import UsageError
from motifkit.types import BoolArray, FloatArray, IntArray


def position_returns(
    prices_executed: npt.ArrayLike, positions: npt.ArrayLike, cost: float = 0.0
) -> FloatArray:
    """Net return of each step of a series of positions, entered from flat and closed at the end.

    Parameters
    ----------
    prices_executed : (T + 1,) array
        Prices at which position 0, 1, ... is taken, and the last one closed; positive.
    positions : (T,) array
        Position t is held from price t to price t + 1, as a fraction of one unit of notional.
    cost : float
        Fraction of the notional traded, at least 0.

    Returns
    -------
    (T,) float array
        `position * (next price / price - 1) - cost * |change of position|`, the last less the cost of closing.
        They add up (fixed notional of 1, nothing is compounded).

    Raises
    ------
    UsageError
        For other shapes, prices that are not positive, positions that are not finite, or another cost.

    Examples
    --------
    >>> position_returns([100.0, 110.0, 99.0], [1.0, -1.0], cost=0.01).round(4)
    array([0.09, 0.07])
    """
    prices, held = np.asarray(prices_executed, float), np.asarray(positions, float)
    if held.ndim != 1 or not len(held) or prices.shape != (len(held) + 1,):
        raise UsageError(
            f"positions must be (T,) and prices_executed (T + 1,), got shapes {held.shape} and {prices.shape}"
        )
    if not (np.isfinite(prices) & (prices > 0)).all() or not np.isfinite(held).all():
        raise UsageError("prices_executed must be positive numbers and positions finite ones")
    require_number("cost", cost, least=0)
    net: FloatArray = held * (prices[1:] / prices[:-1] - 1) - cost * np.abs(np.diff(held, prepend=0.0))
    net[-1] -= cost * abs(held[-1])
    return net


class UnitEarnings:
    """What one unit of the position earns at each bar, before a trade and after it, as returns of its last price.

    Equity is marked at the close, so that a reward tells nothing of prices after the observation beside it.

    Parameters
    ----------
    bars : Bars
    execution : {"next_open", "close"}
        At which price a decision at a close is executed.

    Attributes
    ----------
    executed : (T,) float array
        That price for each bar; NaN for the last with "next_open".

    Examples
    --------
    >>> bar, flat, long = np.array([0]), np.array([0.0]), np.array([1.0])
    >>> UnitEarnings(Bars(np.array([100.0, 110.0])), "close").paid(bar, flat, long, np.array([False]), cost=0.01)
    (array([0.09]), array([0.01]))
    """

    def __init__(self, bars: Bars, execution: str) -> None:
        close = bars.close
        self.executed: FloatArray = close
        if execution == "next_open":
            self.executed = np.append(bars.others["open"][1:], np.nan)
        self._before, self._after = np.zeros(len(close)), np.zeros(len(close))
        self._after[:-1] = close[1:] / self.executed[:-1] - 1
        self._before[1:] = (self.executed[1:] - close[1:]) / self.executed[:-1]

    def paid(
        self, row: IntArray, held: FloatArray, position: FloatArray, last: BoolArray, cost: float
    ) -> tuple[FloatArray, FloatArray]:
        """Rewards and costs of decisions.

        Parameters
        ----------
        row : (...) int array
            Bars at whose close is decided.
        held, position : (...) float array
            Positions before and after.
        last : (...) bool array
            Where the position is closed after.
        cost : float
            Of trading one unit of notional.

        Returns
        -------
        rewards, costs : (...) float array
            Rewards are net of the costs.
        """
        traded = np.abs(position - held) + np.where(last, np.abs(position), 0.0)
        after = self._after[row] + np.where(last, self._before[row + 1], 0.0)
        costs = cost * traded
        return held * self._before[row] + position * after - costs, costs
