"""What the single and the vector form of the trading task share: settings, positions and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from motifkit.arguments import require_number, require_whole
from motifkit.envs.arguments import require_action, require_actions, require_positions
from motifkit.envs.trading_accounts import UnitEarnings
from motifkit.envs.trading_features import CLIP, TradingFeatures, checked_rows, market_observations
from motifkit.envs.trading_prices import Bars, PriceSource, read_bars
from motifkit.errors import DataError, UsageError, suggestion
from motifkit.types import Episode, FloatArray, IntArray, TrajectoryDataset

_HALF_HELD = 10  # bars after which the holding time is observed as one half


class TradingRules:
    """Settings of the task, the prices as accounts need them, and the market observations.

    Parameters
    ----------
    prices, positions, commission, spread, slippage, execution, episode_length, sequential, rows, features, fit_rows
        As for `motifkit.envs.TradingEnv`.

    Attributes
    ----------
    bars : Bars
    features : TradingFeatures
    market : (T, n_features) float32 array
        Scaled features of every bar.
    executed : (T,) float array
        Price at which what is decided at the close of each bar is executed; NaN for the last with "next_open".

    Raises
    ------
    UsageError, DataError
        For other values.

    Examples
    --------
    >>> rules = TradingRules(commission=0.001, spread=0.002)
    >>> rules.cost, rules.execution, rules.channels[-2:]
    (0.002, 'next_open', ('position', 'holding'))
    """

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
        self.bars: Bars = read_bars(prices)
        self.positions = _word("positions", positions, ("discrete", "continuous"))
        self.commission = require_number("commission", commission, least=0)
        self.spread = require_number("spread", spread, least=0)
        self.slippage = require_number("slippage", slippage, least=0)
        if execution is None:
            execution = "next_open" if "open" in self.bars.others else "close"
        self.execution = _word("execution", execution, ("next_open", "close"))
        if self.execution == "next_open" and "open" not in self.bars.others:
            raise DataError(f"{self.bars.source} has no opening prices; use execution='close'")
        if not isinstance(sequential, bool | np.bool_):
            raise UsageError(f"sequential must be True or False, got {sequential!r}")
        self.sequential = bool(sequential)
        self.episode_length = require_whole("episode_length", episode_length, 1)
        least = 1 + self.n_ahead if self.sequential else self.episode_length + self.n_ahead
        self.rows = checked_rows("rows", rows, len(self.bars), least)
        self._n_starts = self.rows[1] - self.rows[0] - self.n_ahead  # bars at which something can be decided
        if isinstance(features, TradingFeatures):
            self.features = features
        else:
            self.features = TradingFeatures.fit(
                self.bars, self.rows if fit_rows is None else fit_rows, features
            )
        self.market: npt.NDArray[np.float32] = self.features.transform(self.bars).astype(np.float32)
        self._earnings = UnitEarnings(self.bars, self.execution)
        self.executed: FloatArray = self._earnings.executed

    @property
    def cost(self) -> float:
        """Cost of trading one unit of notional: commission, half the spread, and slippage."""
        return self.commission + self.spread / 2 + self.slippage

    @property
    def n_ahead(self) -> int:
        """Bars that the last decision of an episode needs after its own."""
        return 2 if self.execution == "next_open" else 1

    @property
    def n_steps(self) -> int:
        """Actions of an episode."""
        return self._n_starts if self.sequential else self.episode_length

    @property
    def settings(self) -> dict[str, Any]:
        """The present settings, as the constructor takes them; prices and features as they were read and fitted."""
        names = ("positions", "commission", "spread", "slippage", "execution", "episode_length", "sequential")
        own = {name: getattr(self, name) for name in (*names, "rows", "features")}
        return {"prices": self.bars, **own}

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the observation columns."""
        return (*self.features.names, "position", "holding")

    def observations_of(self, episode: Episode) -> FloatArray:
        """What an agent in this environment would have observed in an episode that was mined.

        Parameters
        ----------
        episode : Episode
            With all columns of the observation, or the market features alone, as `market_observations` gives
            them: position and holding time are then 0. Else its closing prices: only the return is known,
            other features are 0, their mean.

        Returns
        -------
        (T, n_channels) float array

        Raises
        ------
        DataError
            When the episode has other columns and no prices.
        """
        seen = np.asarray(episode.observations, float)
        n_market, n = len(self.features.names), len(self.channels)
        # A single column beside prices may be the price itself, so that it is not taken for the return.
        if seen.shape[1] == n or (seen.shape[1] == n_market and (n_market > 1 or episode.prices is None)):
            return np.hstack([seen, np.zeros((len(seen), n - seen.shape[1]))])
        if episode.prices is None:
            raise DataError(
                f"episode {episode.id} has {seen.shape[1]} columns and no prices; make it with market_observations"
            )
        observations = np.zeros((len(seen), n))
        if "return" in self.features.names:
            j = self.features.names.index("return")
            alone = TradingFeatures(("return",), (self.features.mean[j],), (self.features.scale[j],))
            observations[:, j] = alone.transform(Bars(episode.prices, source=f"episode {episode.id}"))[:, 0]
        return observations

    def observed_market(self) -> TrajectoryDataset:
        """What an agent would see of the market in `rows`, to be mined: one episode, see `market_observations`."""
        return market_observations(self.bars, self.features, self.rows)

    def accounts(self, positions: npt.ArrayLike) -> FloatArray:
        """Rewards of series of positions, from the first of `rows` on, each closed after its last position.

        Parameters
        ----------
        positions : (..., T) array
            Decided at the close of T successive bars, as fractions of one unit of notional; finite.

        Returns
        -------
        (..., T) float array
            What `step` pays one after the other.

        Raises
        ------
        UsageError
            For positions that are not finite, or more than there are bars to decide at.

        Examples
        --------
        >>> TradingRules([100.0, 110.0, 99.0], episode_length=1, commission=0.01).accounts([1, -1]).round(4)
        array([0.09, 0.07])
        """
        held = np.asarray(positions, float)
        if not (held.ndim and 1 <= held.shape[-1] <= self._n_starts and np.isfinite(held).all()):
            raise UsageError(
                f"positions must be finite, and 1 to {self._n_starts} in a series, got shape {held.shape}"
            )
        n = held.shape[-1]
        before = np.concatenate([np.zeros((*held.shape[:-1], 1)), held[..., :-1]], axis=-1)
        return self._earnings.paid(
            self.rows[0] + np.arange(n), before, held, np.arange(n) == n - 1, self.cost
        )[0]

    def _observe(self, row: IntArray, position: FloatArray, n_held: IntArray) -> npt.NDArray[np.float32]:
        """(n, channels) observations at the close of these bars."""
        n_market = self.market.shape[1]
        seen = np.empty((len(row), n_market + 2), np.float32)
        seen[:, :n_market] = self.market[row]
        seen[:, n_market] = position
        seen[:, n_market + 1] = n_held / (n_held + _HALF_HELD)
        return seen

    @staticmethod
    def _holding(before: FloatArray, position: FloatArray, n_held: IntArray) -> IntArray:
        """Bars for which the positions have been long or short, 0 when flat."""
        side = np.sign(position)
        return np.where(side == 0, 0, np.where(side == np.sign(before), n_held, 0) + 1)

    def _starts(self, n: int, rng: np.random.Generator) -> IntArray:
        """First bars of n episodes."""
        if self.sequential:
            return np.full(n, self.rows[0], np.int64)
        return rng.integers(self.rows[0], self.rows[0] + self._n_starts - self.n_steps + 1, size=n)

    def _given_starts(self, value: object, n: int) -> IntArray:
        """First bars that a reset asks for."""
        last = self.rows[0] + self._n_starts - self.n_steps
        array = np.asarray(value)
        if array.shape not in ((), (n,)) or array.dtype.kind not in "iu":
            raise UsageError(f"start must be a whole number, or one for each sub-environment, got {value!r}")
        for one in array.ravel():
            require_whole("start", one, self.rows[0], last)
        return np.broadcast_to(array, n).astype(np.int64)

    def _observation_space(self) -> spaces.Box:
        high = np.array([CLIP] * len(self.features.names) + [1.0, 1.0], np.float32)
        low = -high
        low[-1] = 0.0
        return spaces.Box(low, high, dtype=np.float32)

    def _action_space(self) -> spaces.Discrete | spaces.Box:
        return spaces.Discrete(3) if self.positions == "discrete" else spaces.Box(-1.0, 1.0, (1,), np.float32)

    def _position_of(self, action: Any) -> FloatArray:
        """(1,) position that the action asks for."""
        if self.positions == "discrete":
            return np.array([require_action(action, 3) - 1.0])
        return require_positions("action", action, ((1,), ()), clip=False)

    def _positions_of(self, actions: npt.ArrayLike, n_envs: int) -> FloatArray:
        """(n_envs,) positions that the actions ask for."""
        if self.positions == "discrete":
            return require_actions(actions, n_envs, 3) - 1.0
        return require_positions("actions", actions, ((n_envs, 1), (n_envs,)), clip=False)


def _word(name: str, value: object, known: tuple[str, str]) -> str:
    if not isinstance(value, str) or value not in known:
        near = suggestion(value, known) if isinstance(value, str) else ""
        raise UsageError(f"{name} must be {known[0]!r} or {known[1]!r}, got {value!r}{near}")
    return value
