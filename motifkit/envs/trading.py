"""Trading in a price series of one's own: positions decided at the close, with what trading costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import gymnasium
import numpy as np
import numpy.typing as npt

from motifkit.envs.arguments import checked_options, require_running
from motifkit.envs.registration import TRADING_ID, spec_of
from motifkit.envs.trading_features import TradingFeatures
from motifkit.envs.trading_prices import PriceSource
from motifkit.envs.trading_rules import TradingRules
from motifkit.envs.trading_vector import TradingVectorEnv
from motifkit.types import FloatArray, IntArray

__all__ = ["TradingEnv", "TradingVectorEnv"]


class TradingEnv(TradingRules, gymnasium.Env[npt.NDArray[np.float32], Any]):
    """Hold a position in a price series; the reward is the change of equity, net of costs.

    An action is decided at the close of a bar and executed at the next bar's open, or at that close itself.
    The position is a fraction of one unit of notional, from -1 (short) to 1 (long), and it is brought back to
    that at each execution: what it earns is position times the simple return from its execution price to the
    next one, so that a short earns the return with the other sign. Gains are added up, not compounded. Each
    change of the position by 1 costs `commission + spread / 2 + slippage`; holding on costs nothing.

    The reward is the change of equity from one close to the next: with execution at the open, what the old
    position earned overnight, what the new one earned over the day, less the cost. It tells nothing of later
    prices. After the last action the position is closed, at the next open or the last close, and its cost
    is part of the last reward; the rewards of an episode add up to its profit, which is the sum of
    `position_returns` at the execution prices. Episodes are *truncated*, never terminated: the market goes on.

    Parameters
    ----------
    prices : path, DataFrame, Series, array, TrajectoryDataset or Bars, optional
        What `motifkit.envs.trading_prices.read_bars` takes; None is the packaged `goog.csv`.
    positions : {"discrete", "continuous"}
        Short, flat and long, or any position between.
    commission, spread, slippage : float
        Fractions of the notional traded, at least 0; half of the spread is paid.
    execution : {"next_open", "close"}, optional
        Price of execution. None takes the next open where there are opening prices, else the close.
    episode_length : int
        Actions of an episode, at least 1.
    sequential : bool
        Whether an episode runs over all of `rows`, whatever `episode_length` is; else it begins at a random row.
    rows : (int, int), optional
        Bars that episodes keep within, half-open. None means all.
    features : sequence of str or TradingFeatures, optional
        Of "return", "range", "gap" and "volume"; None takes those that there are columns for. Fitted ones are
        used as they are, so that a test environment can take those of the training one.
    fit_rows : (int, int), optional
        Training rows, from which the features' mean and scale come. None takes `rows`.

    Attributes
    ----------
    observation_space : Box
        float32: the market features, scaled, within plus and minus 5; `position`; `holding`, n / (n + 10) for a
        position that was long or short for n bars, 0 when flat.
    action_space : Discrete(3) or Box(-1, 1, (1,), float32)
        0 short, 1 flat, 2 long; or the position.
    features : TradingFeatures
        As fitted.

    Raises
    ------
    UsageError, DataError, FileAccessError, CorruptFileError
        For other arguments, prices that are not positive, or too few of them.

    Examples
    --------
    >>> env = TradingEnv([100.0, 110.0, 99.0], episode_length=2, commission=0.01)
    >>> observation, info = env.reset(seed=0)
    >>> [round(env.step(action)[1], 4) for action in (2, 0)]
    [0.09, 0.07]
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}  # type: ignore[misc]

    def __init__(
        self,
        prices: PriceSource = None,
        *,
        positions: Literal["discrete", "continuous"] = "discrete",
        commission: float = 0.0,
        spread: float = 0.0,
        slippage: float = 0.0,
        execution: Literal["next_open", "close"] | None = None,
        episode_length: int = 128,
        sequential: bool = False,
        rows: tuple[int, int] | None = None,
        features: Sequence[str] | TradingFeatures | None = None,
        fit_rows: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(
            prices,
            positions=positions,
            commission=commission,
            spread=spread,
            slippage=slippage,
            execution=execution,
            episode_length=episode_length,
            sequential=sequential,
            rows=rows,
            features=features,
            fit_rows=fit_rows,
        )
        # As given where that is a name, so that the spec can be written to a file; other prices as read.
        kept = str(prices) if isinstance(prices, str | Path) else None if prices is None else self.bars
        given = {"prices": kept, "rows": rows, "features": features, "fit_rows": fit_rows}
        self.spec = spec_of(TRADING_ID, **{**self.settings, **given})
        self.observation_space = self._observation_space()  # type: ignore[assignment]
        self.action_space = self._action_space()
        self._row: IntArray = np.zeros(1, np.int64)
        self._n_left = -1  # actions that the episode still takes; -1 before the first
        self._held: FloatArray = np.zeros(1)
        self._n_held: IntArray = np.zeros(1, np.int64)
        self._pnl = 0.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """Begin an episode, flat.

        Parameters
        ----------
        seed : int, optional
            Restarts the random numbers; None goes on with them.
        options : dict, optional
            `start`: row at whose close the first action is decided. None draws it.

        Returns
        -------
        observation : (n_channels,) float32 array
        info : dict
            `row` of the observation, `time` of it where the prices have times, `position` held, `price` at which
            it was last executed (at the reset the close), `cost` of the last step, `pnl` so far after costs, and
            `equity`, 1 + `pnl`.

        Raises
        ------
        UsageError
            For other options, or a start that leaves no room for the episode.
        """
        start = checked_options(options, ["start"]).get("start")
        super().reset(seed=seed)
        self._row = self._starts(1, self.np_random) if start is None else self._given_starts(start, 1)
        self._n_left = self.n_steps
        self._held, self._n_held, self._pnl = np.zeros(1), np.zeros(1, np.int64), 0.0
        return self._observe(self._row, self._held, self._n_held)[0], self._info(
            float(self.bars.close[self._row[0]]), 0.0
        )

    def step(self, action: Any) -> tuple[npt.NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Take a position at the close of the bar that was observed last.

        Parameters
        ----------
        action : int, or (1,) float array
            0 short, 1 flat, 2 long; or the position from -1 to 1.

        Returns
        -------
        observation : (n_channels,) float32 array
            At the next bar's close.
        reward : float
            Change of equity, as a fraction of the notional.
        terminated : bool
            False.
        truncated : bool
            True at the last step, which also closes the position.
        info : dict
            As at the reset.

        Raises
        ------
        UsageError
            For an action that is none, or when no episode is running.
        """
        require_running(self._n_left >= 0, self._n_left <= 0)
        position = self._position_of(action)
        self._n_left -= 1
        truncated = self._n_left == 0
        reward, cost = self._earnings.paid(self._row, self._held, position, np.array([truncated]), self.cost)
        price = float(self.executed[self._row[0]])
        self._n_held = self._holding(self._held, position, self._n_held)
        self._held, self._row = position, self._row + 1
        self._pnl += float(reward[0])
        observation = self._observe(self._row, self._held, self._n_held)[0]
        return observation, float(reward[0]), False, truncated, self._info(price, float(cost[0]))

    def as_vector(self, n_envs: int) -> TradingVectorEnv:
        """Native vector form with the present settings.

        Parameters
        ----------
        n_envs : int
            Number of sub-environments.
        """
        return TradingVectorEnv(n_envs, **self.settings)

    def _info(self, price: float, cost: float) -> dict[str, Any]:
        row = int(self._row[0])
        info = {"row": row, "position": float(self._held[0]), "price": price, "cost": cost}
        info |= {"pnl": self._pnl, "equity": 1.0 + self._pnl}
        return info if self.bars.times is None else info | {"time": self.bars.times[row]}
