"""The planted-motif task for many agents side by side, without a Python loop over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from motifkit.arguments import require_whole
from motifkit.envs.arguments import checked_mask, checked_options, require_all_begun
from motifkit.envs.planted_motif_rules import PlantedMotifRules
from motifkit.envs.planted_series import PlantedSample, SeriesDraws
from motifkit.envs.seeds import generators, split_seed
from motifkit.errors import UsageError
from motifkit.types import BoolArray, FloatArray, IntArray


class PlantedMotifVectorEnv(PlantedMotifRules, VectorEnv[npt.NDArray[np.float32], Any, npt.NDArray[Any]]):
    """`num_envs` planted-motif tasks in step, with the dynamics of `PlantedMotifEnv` and the same shapes.

    Nothing resets by itself (`AutoresetMode.DISABLED`). A sub-environment that has ended may be stepped on
    until it is reset: it then gives zeros, pays 0 and says again that it has terminated.

    Parameters
    ----------
    num_envs : int
        Number of sub-environments, at least 1.
    **settings
        As for `PlantedMotifEnv`.

    Raises
    ------
    UsageError
        For other values of the arguments.

    Examples
    --------
    >>> envs = PlantedMotifVectorEnv(num_envs=3, n_steps=16)
    >>> observations, infos = envs.reset(seed=0)
    >>> observations.shape, infos["shape"]
    ((3, 1), array([-1, -1, -1]))
    >>> observations, rewards, *_ = envs.step(np.array([0, 1, 2]))
    >>> np.array_equal(rewards, observations[:, 0] * [0, 1, -1])
    True
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
        self._rows = np.arange(self.num_envs)
        self._sample: PlantedSample | None = None  # of the running episodes, (num_envs, n_steps + 2) each
        self._n_taken: IntArray = np.zeros(self.num_envs, np.int64)
        self._held: FloatArray = np.zeros(self.num_envs)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """Begin an episode in every sub-environment, or in some.

        Parameters
        ----------
        seed : int or sequence of num_envs (int or None), optional
            One number seeds the vector as a whole. With several, each sub-environment that is reset begins the
            very episode that `PlantedMotifEnv.reset` begins with its seed. None goes on with the random numbers.
        options : dict, optional
            `reset_mask`: (num_envs,) bool array, which of them to reset; they join with the number of steps
            that the others run with.

        Returns
        -------
        observations : (num_envs, 1) or (num_envs, 2) float32 array
            The first returns where an episode begins, elsewhere what was seen last; with the positions where
            they are observed.
        infos : dict
            The truth: `shape` (num_envs,) int64 and `drift` (num_envs,) float32, as for `PlantedMotifEnv`;
            `_shape` and `_drift`: where they are new.

        Raises
        ------
        UsageError
            For other options or seeds.
        """
        one_seed, seeds = split_seed(seed, self.num_envs)
        given = checked_options(options, ["reset_mask"])
        mask = checked_mask(given.get("reset_mask"), self.num_envs)
        running = self._sample
        require_all_begun(running is not None, mask)
        super().reset(seed=one_seed)
        if running is None or mask.all():
            sample = self.series.build(self._draw(mask, seeds, self.n_steps + 2))
        else:
            sample = running
            begun = self.series.build(self._draw(mask, seeds, sample.returns.shape[1]))
            sample.returns[mask], sample.shape[mask], sample.drift[mask] = begun
        self._sample = sample
        self._n_taken[mask] = 0
        self._held[mask] = 0.0
        over = self._n_taken > sample.returns.shape[1] - 2
        return self._observations(sample, over), self._infos(sample, over, mask)

    def step(
        self, actions: npt.NDArray[Any]
    ) -> tuple[npt.NDArray[np.float32], FloatArray, BoolArray, BoolArray, dict[str, Any]]:
        """Take a position for the next return in every sub-environment.

        Parameters
        ----------
        actions : (num_envs,) integer array, or (num_envs, 1) float array
            0 flat, 1 long, 2 short; or the positions, which are brought into [-1, 1].

        Returns
        -------
        observations : (num_envs, 1) or (num_envs, 2) float32 array
            The returns that came, and the positions held over them where these are observed; zeros where the
            episode had ended before.
        rewards : (num_envs,) float array
            Position times return, less `cost` times the change of position; 0 where the episode had ended before.
        terminated : (num_envs,) bool array
            True from the last step of an episode on.
        truncated : (num_envs,) bool array
            Always False.
        infos : dict
            As at the reset; not new, `shape` -1 and `drift` 0, where the episode had ended before.

        Raises
        ------
        UsageError
            For actions that are none, or before the first reset.
        """
        positions = self._positions_of(actions, self.num_envs)
        sample = self._sample
        if sample is None:
            raise UsageError("no episode has begun; call reset() before step()")
        n_steps = sample.returns.shape[1] - 2
        # One beyond the end stands for an episode that had ended before this step.
        self._n_taken = np.minimum(self._n_taken + 1, n_steps + 1)
        over = self._n_taken > n_steps
        rewards = self._pay(self._held, positions, sample.returns[self._rows, self._n_taken])
        rewards[over] = 0.0
        self._held = positions
        terminated = self._n_taken >= n_steps
        truncated = np.zeros(self.num_envs, dtype=bool)
        observations = self._observations(sample, over)
        return observations, rewards, terminated, truncated, self._infos(sample, over, ~over)

    def _draw(self, mask: BoolArray, seeds: Sequence[int | None] | None, n: int) -> SeriesDraws:
        """Random numbers of the episodes that begin."""
        if seeds is None:
            return self.series.draw(int(mask.sum()), n, self.np_random)
        self.np_random, each = generators(seeds)
        one_by_one = [self.series.draw(1, n, each[i]) for i in np.flatnonzero(mask)]
        return SeriesDraws(*(np.concatenate(rows) for rows in zip(*one_by_one, strict=True)))

    def _observations(self, sample: PlantedSample, over: BoolArray) -> npt.NDArray[np.float32]:
        observations = self._observe(sample.returns[self._rows, self._n_taken], self._held)
        observations[over] = 0.0
        return observations

    def _infos(self, sample: PlantedSample, over: BoolArray, new: BoolArray) -> dict[str, Any]:
        shape = np.where(over, -1, sample.shape[self._rows, self._n_taken])
        ahead = np.minimum(self._n_taken + 1, sample.drift.shape[1] - 1)
        drift = np.where(over, np.float32(0), sample.drift[self._rows, ahead])
        return {"shape": shape, "_shape": new.copy(), "drift": drift, "_drift": new.copy()}
