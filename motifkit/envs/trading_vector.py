"""The trading task for many agents side by side, without a Python loop over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from motifkit.arguments import require_whole
from motifkit.envs.arguments import checked_mask, checked_options, require_all_begun, require_running
from motifkit.envs.seeds import generators, split_seed
from motifkit.envs.trading_rules import TradingRules
from motifkit.types import BoolArray, FloatArray, IntArray


class TradingVectorEnv(TradingRules, VectorEnv[npt.NDArray[np.float32], Any, npt.NDArray[Any]]):
    """`num_envs` trading tasks in step, with the accounts of `TradingEnv`, over one price series.

    Nothing resets by itself (`AutoresetMode.DISABLED`). A sub-environment that has ended may be stepped on
    until it is reset: it then gives zeros, pays 0 and says again that it was truncated.

    Parameters
    ----------
    num_envs : int
        Number of sub-environments, at least 1.
    **settings
        As for `TradingEnv`.

    Raises
    ------
    UsageError, DataError, FileAccessError, CorruptFileError
        As `TradingEnv`.

    Examples
    --------
    >>> envs = TradingVectorEnv(3, prices=[100.0, 110.0, 99.0], episode_length=2)
    >>> observations, infos = envs.reset(seed=0)
    >>> envs.step(np.array([0, 1, 2]))[1].round(3)
    array([-0.1,  0. ,  0.1])
    """

    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "render_modes": [],
        "autoreset_mode": AutoresetMode.DISABLED,
    }

    def __init__(self, num_envs: int = 1, **settings: Any) -> None:
        super().__init__(**settings)
        self.num_envs = require_whole("num_envs", num_envs, 1)
        self.single_observation_space = self._observation_space()
        self.single_action_space = self._action_space()
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._begun = False
        self._row: IntArray = np.zeros(self.num_envs, np.int64)
        self._n_left: IntArray = np.zeros(self.num_envs, np.int64)
        self._held: FloatArray = np.zeros(self.num_envs)
        self._n_held: IntArray = np.zeros(self.num_envs, np.int64)
        self._pnl: FloatArray = np.zeros(self.num_envs)
        self._price: FloatArray = np.zeros(self.num_envs)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """Begin an episode in every sub-environment, or in some.

        Parameters
        ----------
        seed : int or sequence of num_envs (int or None), optional
            One number seeds the vector as a whole. With several, each sub-environment that is reset begins the
            very episode that `TradingEnv.reset` begins with its seed. None goes on with the random numbers.
        options : dict, optional
            `reset_mask`: (num_envs,) bool array, which of them to reset. `start`: first row, one or num_envs.

        Returns
        -------
        observations : (num_envs, n_channels) float32 array
            Where no episode begins, what was seen last.
        infos : dict
            (num_envs,) arrays named as in the info of `TradingEnv`; under `_row` and so on, where they are new.

        Raises
        ------
        UsageError
            For other options or seeds.
        """
        one_seed, seeds = split_seed(seed, self.num_envs)
        given = checked_options(options, ["reset_mask", "start"])
        mask = checked_mask(given.get("reset_mask"), self.num_envs)
        require_all_begun(self._begun, mask)
        start = given.get("start")
        asked = None if start is None else self._given_starts(start, self.num_envs)
        super().reset(seed=one_seed)
        self._row[mask] = self._draw(mask, seeds) if asked is None else asked[mask]
        self._begun = True
        self._n_left[mask] = self.n_steps
        for state in (self._held, self._n_held, self._pnl):
            state[mask] = 0
        self._price[mask] = self.bars.close[self._row[mask]]
        over = self._n_left < 0
        return self._observations(over), self._infos(np.zeros(self.num_envs), mask)

    def step(
        self, actions: npt.NDArray[Any]
    ) -> tuple[npt.NDArray[np.float32], FloatArray, BoolArray, BoolArray, dict[str, Any]]:
        """Take a position in every sub-environment.

        Parameters
        ----------
        actions : (num_envs,) integer array, or (num_envs, 1) float array
            0 short, 1 flat, 2 long; or the positions from -1 to 1.

        Returns
        -------
        observations : (num_envs, n_channels) float32 array
            Zeros where the episode had ended before.
        rewards : (num_envs,) float array
            Changes of equity; 0 where the episode had ended before.
        terminated : (num_envs,) bool array
            Always False.
        truncated : (num_envs,) bool array
            True from the last step of an episode on.
        infos : dict
            As at the reset; not new, and as at the end, where the episode had ended before.

        Raises
        ------
        UsageError
            For actions that are none, or before the first reset.
        """
        positions = self._positions_of(actions, self.num_envs)
        require_running(self._begun)
        self._n_left = np.maximum(self._n_left - 1, -1)
        over = self._n_left < 0  # ended before this step
        running = ~over
        row = np.where(over, self.rows[0], self._row)  # where prices follow, whatever the end was
        rewards, cost = self._earnings.paid(row, self._held, positions, self._n_left == 0, self.cost)
        if over.any():
            rewards[over] = cost[over] = 0.0
            positions = np.where(over, self._held, positions)
        self._n_held = np.where(over, self._n_held, self._holding(self._held, positions, self._n_held))
        self._price = np.where(over, self._price, self.executed[row])
        self._held = positions
        self._row = self._row + running
        self._pnl = self._pnl + rewards
        terminated = np.zeros(self.num_envs, dtype=bool)
        return self._observations(over), rewards, terminated, self._n_left <= 0, self._infos(cost, running)

    def _draw(self, mask: BoolArray, seeds: Sequence[int | None] | None) -> IntArray:
        """First rows of the episodes that begin."""
        if seeds is None:
            return self._starts(int(mask.sum()), self.np_random)
        self.np_random, each = generators(seeds)
        return np.concatenate([self._starts(1, each[i]) for i in np.flatnonzero(mask)])

    def _observations(self, over: BoolArray) -> npt.NDArray[np.float32]:
        observations = self._observe(self._row, self._held, self._n_held)
        observations[over] = 0.0
        return observations

    def _infos(self, cost: FloatArray, new: BoolArray) -> dict[str, Any]:
        infos: dict[str, Any] = {
            "row": self._row.copy(),
            "position": self._held.copy(),
            "price": self._price.copy(),
        }
        infos |= {"cost": cost, "pnl": self._pnl.copy(), "equity": 1.0 + self._pnl}
        if self.bars.times is not None:
            infos["time"] = self.bars.times[self._row]
        return infos | {f"_{name}": new.copy() for name in infos}
