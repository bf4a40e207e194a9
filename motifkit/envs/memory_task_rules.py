"""What the single and the vector form of the delayed-recall task share: settings, draws, and hindsight."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from motifkit.arguments import require_whole
from motifkit.errors import UsageError
from motifkit.types import IntArray

EASY = 0
HARD = 1
OBS_DIM = 3
N_ACTIONS = 2

_DIFFICULTIES = {"easy": EASY, "hard": HARD}
_Float = TypeVar("_Float", bound=np.floating[Any])


class MemoryTaskRules:
    """Settings of the task; both change at any time and take effect with the next reset.

    Parameters
    ----------
    delay : int
        Steps of an episode, at least 1: the target is shown at the first and asked for at the last.
    difficulty : {0, 1, "easy", "hard"}
        `EASY`: observations after the first are zeros. `HARD`: their first two numbers are random bits, which
        look like a target.

    Raises
    ------
    UsageError
        For other values.

    Examples
    --------
    >>> rules = MemoryTaskRules(delay=4, difficulty="hard")
    >>> rules.delay = 8
    >>> rules.delay, rules.difficulty
    (8, 1)
    """

    EASY = EASY
    HARD = HARD

    def __init__(self, delay: int = 4, difficulty: int | str = EASY) -> None:
        self.delay = delay
        self.difficulty = difficulty

    @property
    def delay(self) -> int:
        """Steps of the episodes that begin with the next reset."""
        return self._delay

    @delay.setter
    def delay(self, value: int) -> None:
        self._delay = require_whole("delay", value, 1)

    @property
    def difficulty(self) -> int:
        """`EASY` (0) or `HARD` (1), in the episodes that begin with the next reset; may be set by name."""
        return self._difficulty

    @difficulty.setter
    def difficulty(self, value: int | str) -> None:
        named = _DIFFICULTIES.get(value.casefold()) if isinstance(value, str) else value
        if isinstance(named, bool) or named not in (EASY, HARD):
            raise UsageError(f"difficulty must be 0 or 'easy', or 1 or 'hard', got {value!r}")
        self._difficulty = int(named)

    @staticmethod
    def relabel(
        observations: npt.NDArray[_Float],
        actions: IntArray,
        rewards: npt.NDArray[_Float],
        lengths: IntArray,
    ) -> tuple[npt.NDArray[_Float], npt.NDArray[_Float]]:
        """Hindsight: failed episodes as they would have gone with the other target, which the answer fits.

        Parameters
        ----------
        observations : (B, T, 3) float array
            As the agent saw them.
        actions : (B, T) integer array
            The action at an episode's last step is its answer.
        rewards : (B, T) float array
            As the environment paid them; an episode failed when its last reward is negative.
        lengths : (B,) integer array
            Steps of each episode, 1 to T.

        Returns
        -------
        observations : (B, T, 3) float array
            A copy in which each failed episode begins with the target that it answered.
        rewards : (B, T) float array
            A copy in which the last reward of these is +1.

        Raises
        ------
        UsageError
            When the shapes do not agree.

        References
        ----------
        Andrychowicz et al., "Hindsight Experience Replay", NeurIPS 2017.

        Examples
        --------
        >>> seen = np.zeros((1, 2, 3))
        >>> seen, paid = MemoryTaskRules.relabel(
        ...     seen, np.array([[0, 1]]), np.array([[0.0, -1.0]]), np.array([2])
        ... )
        >>> seen[0, 0], paid[0]
        (array([1., 0., 0.]), array([0., 1.]))
        """
        n, n_steps = rewards.shape if rewards.ndim == 2 else (-1, -1)
        shapes = observations.shape, actions.shape, lengths.shape
        if shapes != ((n, n_steps, OBS_DIM), (n, n_steps), (n,)):
            raise UsageError(
                "relabel takes observations (B, T, 3), actions (B, T), rewards (B, T) and lengths (B,), got "
                f"{observations.shape}, {actions.shape}, {rewards.shape} and {lengths.shape}"
            )
        observations, rewards = observations.copy(), rewards.copy()
        last = lengths - 1
        failed = np.flatnonzero(rewards[np.arange(n), last] < 0)
        observations[failed, 0, 0] = actions[failed, last[failed]]
        rewards[failed, last[failed]] = 1.0
        return observations, rewards


def observation_space() -> spaces.Box:
    """Space of one observation: the target bit at the first step, then zeros or distractors."""
    return spaces.Box(0.0, 1.0, (OBS_DIM,), np.float32)


def draw_target(rng: np.random.Generator) -> int:
    """One bit, either with the same chance."""
    return int(rng.integers(2))


def draw_distractors(
    rng: np.random.Generator, n_steps: int, n_envs: tuple[int, ...] = ()
) -> npt.NDArray[np.uint8]:
    """Random bits that hide the target.

    Returns
    -------
    (n_steps + 1, *n_envs, 2) uint8 array
        Row `t` is seen after `t` steps. The first row, where the target is shown, and the last one, where the
        episode is over, are zeros.
    """
    bits = np.zeros((n_steps + 1, *n_envs, 2), np.uint8)
    bits[1:-1] = rng.integers(2, size=(n_steps - 1, *n_envs, 2), dtype=np.uint8)
    return bits
