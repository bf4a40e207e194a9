"""The delayed-recall task for many agents side by side, without a Python loop over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from motifkit.arguments import require_whole
from motifkit.envs.arguments import (
    checked_labels,
    checked_mask,
    checked_options,
    require_actions,
    require_all_begun,
    require_running,
)
from motifkit.envs.memory_task_rules import (
    EASY,
    HARD,
    N_ACTIONS,
    OBS_DIM,
    MemoryTaskRules,
    draw_distractors,
    draw_target,
    observation_space,
)
from motifkit.envs.seeds import generators, split_seed
from motifkit.errors import UsageError
from motifkit.types import BoolArray, FloatArray, IntArray


class MemoryTaskVectorEnv(MemoryTaskRules, VectorEnv[npt.NDArray[np.float32], IntArray, npt.NDArray[Any]]):
    """`num_envs` delayed-recall tasks in step, with the dynamics of `MemoryTaskEnv`.

    Nothing resets by itself (`AutoresetMode.DISABLED`). A sub-environment that has ended may be stepped on
    until it is reset: it then gives zeros, pays 0 and says again that it has terminated.

    Parameters
    ----------
    num_envs : int
        Number of sub-environments, at least 1.
    delay, difficulty
        As for `MemoryTaskEnv`.

    Raises
    ------
    UsageError
        For other values of the arguments.

    Examples
    --------
    >>> envs = MemoryTaskVectorEnv(num_envs=2, delay=1)
    >>> observations, infos = envs.reset(options={"target": np.array([0, 1])})
    >>> observations
    array([[0., 0., 0.],
           [1., 0., 0.]], dtype=float32)
    >>> envs.step(np.array([1, 1]))[1]
    array([-1.,  1.])
    """

    metadata: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "render_modes": [],
        "autoreset_mode": AutoresetMode.DISABLED,
    }

    def __init__(self, num_envs: int = 1, delay: int = 4, difficulty: int | str = EASY) -> None:
        super().__init__(delay, difficulty)
        self.num_envs = require_whole("num_envs", num_envs, 1)
        self.single_observation_space = observation_space()
        self.single_action_space = spaces.Discrete(N_ACTIONS)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._length = 0  # of the running episodes; 0 before the first
        self._clock = 0  # steps of the whole vector since it was reset as a whole
        self._begun: IntArray = np.zeros(self.num_envs, np.int64)  # by that clock
        self._first_end = 0  # no episode ends before
        self._rows = np.arange(self.num_envs)
        self._targets: IntArray = np.zeros(self.num_envs, np.int64)
        self._distractors: npt.NDArray[np.uint8] | None = None

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """Begin an episode in every sub-environment, or in some.

        Parameters
        ----------
        seed : int or sequence of num_envs (int or None), optional
            One number seeds the vector as a whole. With several, each sub-environment that is reset begins the
            very episode that `MemoryTaskEnv.reset` begins with its seed. None goes on with the random numbers.
        options : dict, optional
            `balanced`: True gives either target to exactly half of the sub-environments, in random order (of
            an odd number, one has more). `target`: fixes the targets, one number or (num_envs,) of them.
            `reset_mask`: (num_envs,) bool array, which of them to reset; they join with the delay and
            difficulty that the others run with.

        Returns
        -------
        observations : (num_envs, 3) float32 array
            (target, 0, 0) where an episode begins, elsewhere what was seen last.
        infos : dict
            `cue`: (num_envs,) int64 array of targets; `_cue`: where it is new.

        Raises
        ------
        UsageError
            For other options or seeds.
        """
        one_seed, seeds = split_seed(seed, self.num_envs)
        given = checked_options(options, ["balanced", "target", "reset_mask"])
        mask = checked_mask(given.get("reset_mask"), self.num_envs)
        if "balanced" in given and "target" in given:
            raise UsageError("reset takes the option balanced or target, not both")
        require_all_begun(self._length > 0, mask)
        whole = bool(mask.all())
        if whole:
            self._length = self.delay
            self._clock = 0
        super().reset(seed=one_seed)
        self._deal(mask, seeds, self.difficulty == HARD if whole else self._distractors is not None)
        if given.get("balanced"):
            halves = np.arange(int(mask.sum())) + draw_target(self.np_random)
            self._targets[mask] = self.np_random.permutation(halves % 2)
        elif "target" in given:
            labels = checked_labels("target", given["target"], self.num_envs, N_ACTIONS)
            self._targets[mask] = labels[mask]
        self._begun[mask] = self._clock
        self._first_end = int(self._begun.min()) + self._length
        observations = self._observe()
        observations[mask, 0] = self._targets[mask]
        return observations, {"cue": self._targets.copy(), "_cue": mask.copy()}

    def step(
        self, actions: IntArray
    ) -> tuple[npt.NDArray[np.float32], FloatArray, BoolArray, BoolArray, dict[str, Any]]:
        """Take one step in every sub-environment.

        Parameters
        ----------
        actions : (num_envs,) integer array
            0 or 1.

        Returns
        -------
        observations : (num_envs, 3) float32 array
            Zeros after the last step of an episode.
        rewards : (num_envs,) float array
            0, at the last step of an episode +1 or -1.
        terminated : (num_envs,) bool array
            True from the last step of an episode on.
        truncated : (num_envs,) bool array
            Always False.
        infos : dict
            Empty.

        Raises
        ------
        UsageError
            For actions outside the space, or before the first reset.
        """
        answers = require_actions(actions, self.num_envs, N_ACTIONS)
        require_running(self._length > 0)
        self._clock += 1
        rewards = np.zeros(self.num_envs)
        terminated = np.zeros(self.num_envs, dtype=bool)
        if self._clock >= self._first_end:
            n_taken = self._clock - self._begun
            terminated = n_taken >= self._length
            won = np.where(answers == self._targets, 1.0, -1.0)
            rewards = np.where(n_taken == self._length, won, rewards)
        return self._observe(), rewards, terminated, np.zeros(self.num_envs, dtype=bool), {}

    def _deal(self, mask: BoolArray, seeds: Sequence[int | None] | None, hard: bool) -> None:
        """Draw targets and distractors of the episodes that begin."""
        bits = None
        if seeds is None:
            n_envs = int(mask.sum())
            targets = self.np_random.integers(2, size=n_envs)
            if hard:
                bits = draw_distractors(self.np_random, self._length, (n_envs,))
        else:
            self.np_random, each = generators(seeds)
            begun = [each[i] for i in np.flatnonzero(mask)]
            targets = np.array([draw_target(rng) for rng in begun])
            if hard:
                bits = np.stack([draw_distractors(rng, self._length) for rng in begun], axis=1)
        self._targets[mask] = targets
        if bits is None or mask.all():
            self._distractors = bits
        elif self._distractors is not None:
            self._distractors[:, mask] = bits

    def _observe(self) -> npt.NDArray[np.float32]:
        observations = np.zeros((self.num_envs, OBS_DIM), np.float32)
        if self._distractors is not None:
            n_taken = np.minimum(self._clock - self._begun, self._length)
            observations[:, :2] = self._distractors[n_taken, self._rows]
        return observations
