"""Many cues answered side by side in one world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from motifkit.arguments import require_whole
from motifkit.envs.arguments import checked_mask, checked_options, require_actions, require_running
from motifkit.envs.seeds import generators, split_seed
from motifkit.envs.worlds import Worlds
from motifkit.errors import UsageError
from motifkit.types import BoolArray, FloatArray, IntArray


class CueMappingVectorEnv(VectorEnv[npt.NDArray[np.float32], IntArray, npt.NDArray[Any]]):
    """`num_envs` cue-mapping tasks in one world, with the dynamics of `CueMappingEnv`.

    A reset of all begins a round of the world: one episode in every sub-environment. Nothing resets by itself
    (`AutoresetMode.DISABLED`); stepped on after its end, a sub-environment gives zeros, pays 0 and says again
    that it has terminated.

    Parameters
    ----------
    num_envs : int
        Number of sub-environments, at least 1.
    n_cues, n_actions, rounds_per_world
        As for `CueMappingEnv`; rounds are resets of the whole vector.

    Raises
    ------
    UsageError
        For other values of the arguments.

    Examples
    --------
    >>> envs = CueMappingVectorEnv(num_envs=2, n_cues=3, n_actions=2)
    >>> observations, infos = envs.reset(seed=0, options={"world": 5})
    >>> observations, infos["world"], infos["round"]
    (array([[0., 0., 1.],
           [0., 1., 0.]], dtype=float32), 5, 0)
    >>> envs.step(np.array([1, 1]))[1:3]
    (array([-1.,  1.]), array([ True,  True]))
    """

    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "render_modes": [],
        "autoreset_mode": AutoresetMode.DISABLED,
    }

    def __init__(
        self, num_envs: int = 1, n_cues: int = 8, n_actions: int = 4, rounds_per_world: int = 6
    ) -> None:
        self.num_envs = require_whole("num_envs", num_envs, 1)
        self.n_cues = require_whole("n_cues", n_cues, 1)
        self.n_actions = require_whole("n_actions", n_actions, 2)
        self.rounds_per_world = require_whole("rounds_per_world", rounds_per_world, 1)
        self.single_observation_space = spaces.Box(0.0, 1.0, (self.n_cues,), np.float32)
        self.single_action_space = spaces.Discrete(self.n_actions)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._worlds = Worlds(self.n_cues, self.n_actions)
        self._one_hot = np.eye(self.n_cues, dtype=np.float32)
        self._cues: IntArray = np.zeros(self.num_envs, np.int64)
        self._running: BoolArray = np.zeros(self.num_envs, dtype=bool)

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """Begin a round.

        Parameters
        ----------
        seed : int or sequence of num_envs (int or None), optional
            Restarts the random numbers, and a new world unless one is asked for. With several, and a world
            asked for, each sub-environment shows the cue that `CueMappingEnv` shows with its seed. None goes
            on with both.
        options : dict, optional
            `world`, `round`: as for `CueMappingEnv`. `reset_mask`: (num_envs,) bool array; a reset of some
            deals them another cue within the running round, and takes neither `world` nor `round`.

        Returns
        -------
        observations : (num_envs, n_cues) float32 array
            The cues, one-hot.
        infos : dict
            `world`: number of the world, int. `round`: number of the round within it, from 0, int. `cue`:
            (num_envs,) int64 array of cues; `_cue`: where it is new.

        Raises
        ------
        UsageError
            For other options or seeds.
        """
        one_seed, seeds = split_seed(seed, self.num_envs)
        given = checked_options(options, ["world", "round", "reset_mask"])
        mask = checked_mask(given.pop("reset_mask", None), self.num_envs)
        whole = bool(mask.all())
        if not whole and (given or self._worlds.world < 0):
            raise UsageError("a new world or round needs all sub-environments; reset without reset_mask")
        super().reset(seed=one_seed)
        if seeds is not None:
            self.np_random, each = generators(seeds)
        if whole:
            self._worlds.begin_round(
                self.np_random, given, rounds_per_world=self.rounds_per_world, seeded=seed is not None
            )
        if seeds is None:
            cues = self.np_random.integers(self.n_cues, size=self.num_envs)
        else:
            cues = np.array([rng.integers(self.n_cues) for rng in each])
        self._cues = np.where(mask, cues, self._cues)
        self._running = self._running | mask
        return self._observe(), self._infos() | {"_cue": mask.copy()}

    def step(
        self, actions: IntArray
    ) -> tuple[npt.NDArray[np.float32], FloatArray, BoolArray, BoolArray, dict[str, Any]]:
        """Answer the cues, which ends the episodes.

        Parameters
        ----------
        actions : (num_envs,) integer array
            0 .. n_actions - 1.

        Returns
        -------
        observations : (num_envs, n_cues) float32 array
            The same cues; zeros where the episode had ended before.
        rewards : (num_envs,) float array
            +1 or -1; 0 where the episode had ended before.
        terminated : (num_envs,) bool array
            True.
        truncated : (num_envs,) bool array
            False.
        infos : dict
            As at the reset.

        Raises
        ------
        UsageError
            For actions outside the space, or before the first reset.
        """
        answers = require_actions(actions, self.num_envs, self.n_actions)
        require_running(self._worlds.world >= 0)
        right = answers == self._worlds.mapping[self._cues]
        rewards = np.where(right, 1.0, -1.0) * self._running
        observations = self._observe()
        self._running = np.zeros(self.num_envs, dtype=bool)
        done = np.ones(self.num_envs, dtype=bool)
        return observations, rewards, done, ~done, self._infos() | {"_cue": done.copy()}

    def _observe(self) -> npt.NDArray[np.float32]:
        observations: npt.NDArray[np.float32] = self._one_hot[self._cues]
        observations[~self._running] = 0.0
        return observations

    def _infos(self) -> dict[str, Any]:
        return {"world": self._worlds.world, "round": self._worlds.round, "cue": self._cues.copy()}
