"""What fresh episodes without learning return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from motifkit.agents.environments import EnvLike, batch_of
from motifkit.agents.fresh import fresh_batches, require_spaces
from motifkit.agents.rollout import PlaySettings
from motifkit.arguments import require_whole
from motifkit.types import FloatArray, IntArray

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL

_MOST_AT_ONCE = 128


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Returns of fresh episodes.

    Parameters
    ----------
    returns : (n,) float array
        Undiscounted.
    lengths : (n,) int array
        Steps.
    rounds : (n,) int array
        Round of its world that each episode was played in; zeros where there are no worlds.
    """

    returns: FloatArray
    lengths: IntArray
    rounds: IntArray

    @property
    def mean(self) -> float:
        """Mean return."""
        return float(self.returns.mean())

    @property
    def std(self) -> float:
        """Standard deviation of the returns over episodes."""
        return float(self.returns.std())

    @property
    def by_round(self) -> FloatArray:
        """Mean return in each round of a world."""
        return np.array([self.returns[self.rounds == r].mean() for r in range(int(self.rounds.max()) + 1)])

    def __iter__(self) -> Any:
        """Mean and deviation, so that `mean, std = agent.evaluate()` works as with stable-baselines3."""
        return iter((self.mean, self.std))


def evaluate(
    agent: TraceRL,
    env: EnvLike,
    n_episodes: int,
    deterministic: bool,
    seed: int | None,
    options: dict[str, Any] | None,
) -> Evaluation:
    """Play at least `n_episodes`; see `TraceRL.evaluate`."""
    require_whole("n_episodes", n_episodes, of="evaluate")
    if seed is not None:
        require_whole("seed", seed, least=0, of="evaluate")
    require_spaces(agent, env, "evaluate it on one like that")
    # A stream of its own: evaluating must not change how training goes on.
    seed = (agent.seed + 1_000_003 * (agent.n_updates + 1)) if seed is None else seed
    rng = np.random.default_rng([seed, 77])
    generator = torch.Generator(agent.device).manual_seed(int(rng.integers(2**31)))
    n_waves = -(-n_episodes // min(_MOST_AT_ONCE, agent.n_envs))
    envs = batch_of(env, -(-n_episodes // n_waves))  # waves of one size, so that none is cut by much
    how = PlaySettings(agent.action_dim, generator, deterministic, agent.max_episode_steps, options)
    returns: list[float] = []
    lengths: list[int] = []
    rounds: list[int] = []
    for number, batch in fresh_batches(agent, envs, n_episodes, rng, how):
        returns += batch.returns.tolist()
        lengths += batch.lengths.tolist()
        rounds += [number] * len(batch.lengths)
    return Evaluation(np.array(returns), np.array(lengths), np.array(rounds))
