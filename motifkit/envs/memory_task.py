"""The delayed-recall task: a bit is shown once, and asked for at the end."""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from motifkit.arguments import require_whole
from motifkit.envs.arguments import checked_options, require_action, require_running
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
from motifkit.envs.memory_task_vector import MemoryTaskVectorEnv
from motifkit.envs.registration import MEMORY_TASK_ID, spec_of
from motifkit.errors import UsageError

__all__ = ["EASY", "HARD", "MemoryTaskEnv", "MemoryTaskVectorEnv"]


class MemoryTaskEnv(MemoryTaskRules, gymnasium.Env[npt.NDArray[np.float32], int]):
    """Remember one bit for `delay` steps.

    The first observation is (target, 0, 0) with a target of 0 or 1. An episode has exactly `delay` steps; all
    pay 0 but the last, which pays +1 when its action equals the target and -1 otherwise. The observation that
    comes with the end is zeros.

    Parameters
    ----------
    delay : int
        Steps of an episode, at least 1. May be set between episodes; the running one keeps its own.
    difficulty : {0, 1, "easy", "hard"}
        `EASY`: observations after the first are zeros. `HARD`: their first two numbers are random bits, which
        look like a target. May be set between episodes.
    render_mode : {"ansi"}, optional
        "ansi": `render` describes the moment in one line of text.

    Attributes
    ----------
    observation_space : Box(0, 1, (3,), float32)
    action_space : Discrete(2)
    spec : EnvSpec
        How it was built; what was set later is not in it.

    Raises
    ------
    UsageError
        For other values of the arguments.

    Examples
    --------
    >>> env = MemoryTaskEnv(delay=2)
    >>> observation, info = env.reset(options={"target": 1})
    >>> observation, info["cue"]
    (array([1., 0., 0.], dtype=float32), 1)
    >>> env.step(0)[1:4]
    (0.0, False, False)
    >>> env.step(1)[1:4]
    (1.0, True, False)
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["ansi"], "render_fps": 4}  # type: ignore[misc]

    def __init__(self, delay: int = 4, difficulty: int | str = EASY, render_mode: str | None = None) -> None:
        super().__init__(delay, difficulty)
        if render_mode not in (None, "ansi"):
            raise UsageError(f"render_mode must be None or 'ansi', got {render_mode!r}")
        self.render_mode = render_mode
        self.spec = spec_of(
            MEMORY_TASK_ID, delay=self.delay, difficulty=self.difficulty, render_mode=render_mode
        )
        self.observation_space = observation_space()  # type: ignore[assignment]
        self.action_space = spaces.Discrete(N_ACTIONS)  # type: ignore[assignment]
        self._length = 0  # of the running episode; 0 before the first
        self._n_taken = 0
        self._target = 0
        self._distractors: npt.NDArray[np.uint8] | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """Begin an episode.

        Parameters
        ----------
        seed : int, optional
            Restarts the random numbers; None goes on with them.
        options : dict, optional
            `{"target": 0}` or `{"target": 1}` fixes the target.

        Returns
        -------
        observation : (3,) float32 array
            (target, 0, 0).
        info : dict
            `cue`: the target.

        Raises
        ------
        UsageError
            For another option.
        """
        given = checked_options(options, ["target"])
        super().reset(seed=seed)
        self._length = self.delay
        self._n_taken = 0
        # Drawn even if it is given, so that the numbers that follow are the same.
        self._target = draw_target(self.np_random)
        if "target" in given:
            self._target = require_whole("target", given["target"], 0, N_ACTIONS - 1)
        hard = self.difficulty == HARD
        self._distractors = draw_distractors(self.np_random, self._length) if hard else None
        return self._observe(), {"cue": self._target}

    def step(self, action: int) -> tuple[npt.NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Take one step; only the last action of an episode counts.

        Parameters
        ----------
        action : int
            0 or 1.

        Returns
        -------
        observation : (3,) float32 array
            Zeros after the last step.
        reward : float
            0, at the last step +1 or -1.
        terminated : bool
            True at the last step.
        truncated : bool
            Always False.
        info : dict
            Empty.

        Raises
        ------
        UsageError
            For an action outside the space, or when no episode is running.
        """
        require_running(self._length > 0, self._n_taken >= self._length)
        answer = require_action(action, N_ACTIONS)
        self._n_taken += 1
        terminated = self._n_taken == self._length
        reward = (1.0 if answer == self._target else -1.0) if terminated else 0.0
        return self._observe(), reward, terminated, False, {}

    def render(self) -> str | None:
        """One line about the moment, for `render_mode="ansi"`; None otherwise."""
        if self.render_mode is None:
            return None
        seen = " ".join(str(int(x)) for x in self._observe())
        return f"step {self._n_taken} of {self._length}, sees {seen}, target {self._target}"

    def as_vector(self, n_envs: int) -> MemoryTaskVectorEnv:
        """Native vector form with the present settings.

        Parameters
        ----------
        n_envs : int
            Number of sub-environments.
        """
        return MemoryTaskVectorEnv(n_envs, self.delay, self.difficulty)

    def _observe(self) -> npt.NDArray[np.float32]:
        observation = np.zeros(OBS_DIM, np.float32)
        if self._n_taken == 0:
            observation[0] = self._target
        elif self._distractors is not None:
            observation[:2] = self._distractors[self._n_taken]
        return observation
