"""The `memory_len` score of bsuite: at how many memory lengths an agent learns within 10,000 episodes.

What is bsuite's: the 23 lengths, 10,000 training episodes each, and the score. What is not: the environment.
bsuite's shows how much time is left in every observation, marks the target by +1 and -1, and shows it in the
first two observations of `length` + 1 steps; ours has no clock, marks it by 1 and 0, and shows it once in
`length` steps. In both the target was last seen `length` - 1 steps before the answer, and a random agent is right
half of the time. bsuite steps one environment; ours steps many side by side, so that an agent learns less often in
the same number of episodes. Scores are therefore close to bsuite's in meaning, but not interchangeable with
published ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from gymnasium.vector import VectorWrapper

from motifkit.envs.memory_task import MemoryTaskEnv
from motifkit.errors import DataError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from motifkit.evaluation.contestants import AgentFactory

MEMORY_LENGTHS = (*range(1, 11), 12, 14, 17, 20, 25, *range(30, 101, 10))
"""The lengths of bsuite's sweep, 23 of them."""

N_EPISODES = 10_000
"""Training episodes of each length."""

LEARNED_BELOW = 0.75
"""Regret ratio below which a length counts as learned."""

SCHEMA = "motifkit.memory-len/1"

_RANDOM_REGRET = 0.5  # share of episodes that a random agent gets wrong, at every length


def regret_ratio(returns: npt.ArrayLike, n_episodes: int = N_EPISODES) -> float:
    """Mistakes in training, relative to those of a random agent.

    Parameters
    ----------
    returns : (n,) array
        Return of each training episode in the order of training, +1 for a right answer and -1 for a wrong one.
    n_episodes : int
        Later ones do not count. Of a training that was cut short all that there are count.

    Returns
    -------
    float
        Share of wrong answers over 0.5: 0 without mistakes, 1 for a random agent, 2 at most.

    Raises
    ------
    DataError
        When there is no episode.

    References
    ----------
    Osband et al. (2020), Behaviour suite for reinforcement learning; `memory_len/analysis.py`.

    Examples
    --------
    >>> regret_ratio([-1.0, 1.0, 1.0, 1.0])
    0.5
    """
    counted = np.asarray(returns, dtype=np.float64)[:n_episodes]
    if counted.size == 0:
        raise DataError("no training episode ended; train for longer")
    return float(np.mean(counted <= 0) / _RANDOM_REGRET)


@dataclass(frozen=True)
class MemoryLenScore:
    """How many memory lengths an agent learned.

    Parameters
    ----------
    lengths : tuple of int
        Delays that were tried.
    ratios : tuple of float
        Regret ratio at each.
    n_episodes : tuple of int
        Training episodes that each is counted over.

    Examples
    --------
    >>> MemoryLenScore((1, 2, 3, 4), (0.1, 0.2, 0.75, 1.0), (10_000,) * 4).score
    0.5
    """

    lengths: tuple[int, ...]
    ratios: tuple[float, ...]
    n_episodes: tuple[int, ...]

    @property
    def score(self) -> float:
        """Share of the lengths whose regret ratio is below 0.75, 0 to 1; higher is better."""
        return float(np.mean(np.array(self.ratios) < LEARNED_BELOW))

    def to_frame(self) -> pd.DataFrame:
        """One row a length: `length`, `regret_ratio`, `learned`, `n_episodes`."""
        import pandas as pd

        ratios = np.array(self.ratios)
        columns = {"length": self.lengths, "regret_ratio": ratios, "learned": ratios < LEARNED_BELOW}
        return pd.DataFrame({**columns, "n_episodes": self.n_episodes})

    def as_dict(self) -> dict[str, Any]:
        """JSON values, with `schema` "motifkit.memory-len/1"."""
        plain = {name: list(value) for name, value in vars(self).items()}
        return {"schema": SCHEMA, "score": self.score, "learned_below": LEARNED_BELOW, **plain}


Progress: TypeAlias = Callable[[str, int, int], None]


def memory_len_score(
    make_agent: AgentFactory | None = None,
    *,
    lengths: Sequence[int] = MEMORY_LENGTHS,
    n_episodes: int = N_EPISODES,
    difficulty: int | str = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> MemoryLenScore:
    """Train a new agent at every memory length and count its mistakes while it learns.

    The score is the share of lengths at which the agent made less than 0.75 times as many mistakes as a random
    one, that is, answered more than 62.5% of all training episodes rightly, those before it had learned
    anything and those in which it explored included. How the environment differs from bsuite's is told at the
    top of this module.

    Parameters
    ----------
    make_agent : callable, optional
        Takes the environment and the seed, and gives an agent with `learn(total_timesteps)`. The environment notes
        the returns itself, whether it is stepped alone or in its vector form. None means TraceRL with both
        memories.
    lengths : sequence of int
        Delays; bsuite's 23 by default. They come to 663 steps, 6.6 million with 10,000 episodes each.
    n_episodes : int
        Training episodes at each length.
    difficulty : {0, 1, "easy", "hard"}
        Of MemoryTaskEnv; bsuite has no distractors.
    seed : int
        Handed to `make_agent` at every length.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    MemoryLenScore

    Raises
    ------
    UsageError
        When there are no lengths, or no episodes to train for.
    DataError
        When an agent ended no training episode.

    References
    ----------
    Osband et al. (2020), Behaviour suite for reinforcement learning, ICLR.
    """
    if not len(lengths) or n_episodes < 1:
        raise UsageError(f"lengths and n_episodes must not be empty or 0, got {lengths!r} and {n_episodes}")
    from motifkit.evaluation.contestants import default_agent

    ratios, counts = [], []
    for i, length in enumerate(lengths):
        if progress is not None:
            progress(f"length {length}", i, len(lengths))
        env = RecordedMemoryTask(length, difficulty)
        (make_agent or default_agent)(env, seed).learn(n_episodes * length)
        ratios.append(regret_ratio(env.returns, n_episodes))
        counts.append(min(len(env.returns), n_episodes))
    if progress is not None:
        progress("done", len(lengths), len(lengths))
    return MemoryLenScore(tuple(int(n) for n in lengths), tuple(ratios), tuple(counts))


class Returns(list[float]):
    """List that copies of its environment share, since agents train on copies."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Returns:
        return self


class RecordedMemoryTask(MemoryTaskEnv):
    """MemoryTaskEnv that notes the return of every episode that ends, in its copies and vector forms too.

    Parameters
    ----------
    delay, difficulty
        As for `MemoryTaskEnv`.

    Attributes
    ----------
    returns : list of float
        In the order in which the episodes ended.

    Examples
    --------
    >>> from copy import deepcopy
    >>> env = RecordedMemoryTask(delay=1)
    >>> copy = deepcopy(env)
    >>> observation, _ = copy.reset(seed=0)
    >>> step = copy.step(int(observation[0]))
    >>> env.returns
    [1.0]
    """

    def __init__(self, delay: int = 4, difficulty: int | str = 0) -> None:
        super().__init__(delay, difficulty)
        self.returns = Returns()

    def step(self, action: int) -> tuple[npt.NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """As `MemoryTaskEnv.step`; the reward of the last step is the return."""
        outcome = super().step(action)
        if outcome[2]:
            self.returns.append(outcome[1])
        return outcome

    def as_vector(self, n_envs: int) -> Any:
        """Native vector form that notes returns in the same list.

        Parameters
        ----------
        n_envs : int
            Number of sub-environments.
        """
        return _RecordedVector(super().as_vector(n_envs), self.returns)


class _RecordedVector(VectorWrapper[Any, Any, Any, Any, Any]):
    def __init__(self, env: Any, returns: Returns) -> None:
        super().__init__(env)
        self._returns = returns

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        outcome = self.env.step(actions)
        # The task pays +1 or -1 at the end of an episode, and 0 at all other times.
        self._returns.extend(outcome[1][outcome[1] != 0].tolist())
        return outcome
