"""The task that needs an episodic memory: what a cue asks for is found out in one episode and used in later ones."""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from motifkit.arguments import require_whole
from motifkit.envs.arguments import checked_options, require_action, require_running
from motifkit.envs.cue_mapping_vector import CueMappingVectorEnv
from motifkit.envs.registration import CUE_MAPPING_ID, spec_of
from motifkit.envs.worlds import Worlds

__all__ = ["CueMappingEnv", "CueMappingVectorEnv"]


class CueMappingEnv(gymnasium.Env[npt.NDArray[np.float32], int]):
    """Answer a cue by the hidden map of the running world.

    An episode is one step: a cue is shown, and the action pays +1 when the map of the world says so for this
    cue, -1 otherwise. A policy that sees one episode alone gets `2 / n_actions - 1` on average, whatever it
    does. All episodes of a world share the map, so with a memory of earlier ones the map can be read off
    them. Worlds change after `rounds_per_world` resets.

    Parameters
    ----------
    n_cues : int
        Number of cues, at least 1.
    n_actions : int
        Number of actions, at least 2.
    rounds_per_world : int
        Resets until another world comes, at least 1.

    Attributes
    ----------
    observation_space : Box(0, 1, (n_cues,), float32)
        The cue, one-hot. The observation after the action shows the same cue, so that the row which closes a
        stored episode holds all that matters: cue, action, reward.
    action_space : Discrete(n_actions)

    Raises
    ------
    UsageError
        For other values of the arguments.

    Examples
    --------
    >>> env = CueMappingEnv(n_cues=2, n_actions=2)
    >>> observation, info = env.reset(seed=0, options={"world": 5})
    >>> info["world"], info["round"]
    (5, 0)
    >>> env.step(0)[1:4]
    (-1.0, True, False)
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}  # type: ignore[misc]

    def __init__(self, n_cues: int = 8, n_actions: int = 4, rounds_per_world: int = 6) -> None:
        self.n_cues = require_whole("n_cues", n_cues, 1)
        self.n_actions = require_whole("n_actions", n_actions, 2)
        self.rounds_per_world = require_whole("rounds_per_world", rounds_per_world, 1)
        self.observation_space = spaces.Box(0.0, 1.0, (self.n_cues,), np.float32)
        self.action_space = spaces.Discrete(self.n_actions)  # type: ignore[assignment]
        self.spec = spec_of(
            CUE_MAPPING_ID, n_cues=n_cues, n_actions=n_actions, rounds_per_world=rounds_per_world
        )
        self._worlds = Worlds(self.n_cues, self.n_actions)
        self._cue = 0
        self._running = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """Begin a round.

        Parameters
        ----------
        seed : int, optional
            Restarts the random numbers, and a new world unless one is asked for; None goes on with both.
        options : dict, optional
            `world`: number of the world to be in, from 0. Equal numbers have equal maps. While the same one
            is asked for its rounds are counted on, beyond `rounds_per_world` too; the next reset without the
            option goes on in it until its rounds are over. `round`: number of the round that begins, for
            those who resume within a world.

        Returns
        -------
        observation : (n_cues,) float32 array
            The cue, one-hot.
        info : dict
            `world`: number of the world. `round`: number of the round within it, from 0. `cue`: number of the
            cue.

        Raises
        ------
        UsageError
            For other options.
        """
        given = checked_options(options, ["world", "round"])
        super().reset(seed=seed)
        self._worlds.begin_round(
            self.np_random, given, rounds_per_world=self.rounds_per_world, seeded=seed is not None
        )
        self._cue = int(self.np_random.integers(self.n_cues))
        self._running = True
        return self._observe(), self._info()

    def step(self, action: int) -> tuple[npt.NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Answer the cue, which ends the episode.

        Parameters
        ----------
        action : int
            0 .. n_actions - 1.

        Returns
        -------
        observation : (n_cues,) float32 array
            The same cue.
        reward : float
            +1 or -1.
        terminated : bool
            True.
        truncated : bool
            False.
        info : dict
            As at the reset.

        Raises
        ------
        UsageError
            For an action outside the space, or when no episode is running.
        """
        require_running(self._worlds.world >= 0, not self._running)
        answer = require_action(action, self.n_actions)
        self._running = False
        reward = 1.0 if answer == self._worlds.mapping[self._cue] else -1.0
        return self._observe(), reward, True, False, self._info()

    def as_vector(self, n_envs: int) -> CueMappingVectorEnv:
        """Native vector form with the present settings.

        Parameters
        ----------
        n_envs : int
            Number of sub-environments, which share the world.
        """
        return CueMappingVectorEnv(n_envs, self.n_cues, self.n_actions, self.rounds_per_world)

    def _observe(self) -> npt.NDArray[np.float32]:
        observation = np.zeros(self.n_cues, np.float32)
        observation[self._cue] = 1.0
        return observation

    def _info(self) -> dict[str, Any]:
        return {"world": self._worlds.world, "round": self._worlds.round, "cue": self._cue}
