"""Fresh episodes without learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from motifkit.agents.collecting import Worlds, play_rounds
from motifkit.agents.environments import EnvLike, batch_of, obs_dim_of, spaces_of
from motifkit.agents.rollout import play
from motifkit.arguments import require_whole
from motifkit.errors import DataError
from motifkit.memory.episodic import episodic_buffer
from motifkit.types import FloatArray, IntArray

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
    agent: Any,
    policy: Any,
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
    _require_same_spaces(agent, env)
    # A stream of its own: evaluating must not change how training goes on.
    seed = (agent.seed + 1_000_003 * (agent.n_updates + 1)) if seed is None else seed
    rng = np.random.default_rng([seed, 77])
    generator = torch.Generator(agent.device).manual_seed(int(rng.integers(2**31)))
    n_waves = -(-n_episodes // min(_MOST_AT_ONCE, agent.n_envs))
    envs = batch_of(env, -(-n_episodes // n_waves))  # waves of one size, so that none is cut by much
    how: dict[str, Any] = {
        "action_dim": agent.action_dim,
        "generator": generator,
        "deterministic": deterministic,
        "max_steps": agent.max_episode_steps,
        "options": options,
    }
    returns: list[float] = []
    lengths: list[int] = []
    rounds: list[int] = []
    worlds = Worlds(envs.rounds_per_world)
    kept = _content(policy.memory) if worlds.exist else None
    try:
        while len(returns) < n_episodes:
            if worlds.exist:
                batches = play_rounds(policy, envs, worlds, worlds.rounds_per_world, rng, **how)
            else:
                batches = [play(policy, envs, seed=int(rng.integers(2**31)), **how)]
            for number, batch in enumerate(batches):
                returns += batch.returns.tolist()
                lengths += batch.lengths.tolist()
                rounds += [number] * len(batch.lengths)
    finally:
        if kept is not None:
            _put_back(policy.memory, kept)
    n = len(returns) if worlds.exist else n_episodes  # a world counts as a whole
    return Evaluation(np.array(returns[:n]), np.array(lengths[:n]), np.array(rounds[:n]))


def _require_same_spaces(agent: Any, env: EnvLike) -> None:
    observation_space, action_space = spaces_of(env)
    if obs_dim_of(observation_space) != agent.obs_dim or action_space != agent.action_space:
        raise DataError(
            f"the environment has observations {observation_space} and actions {action_space}, but the agent "
            f"was trained on {agent.observation_space} and {agent.action_space}; evaluate it on one like that"
        )


def _content(memory: Any) -> Any:
    buffer = episodic_buffer(memory)
    return None if buffer is None else buffer.content()


def _put_back(memory: Any, content: Any) -> None:
    buffer = episodic_buffer(memory)
    assert buffer is not None
    buffer.load_content(content)
