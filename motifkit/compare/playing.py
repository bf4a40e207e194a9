"""The same fresh episodes again and again, without learning and without leaving a trace in the agent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from motifkit.agents.batch import EpisodeBatch
from motifkit.agents.collecting import Worlds, play_rounds
from motifkit.agents.environments import EnvLike, batch_of, obs_dim_of, spaces_of
from motifkit.agents.rollout import play
from motifkit.agents.trace_rl import TraceRL
from motifkit.arguments import require_whole
from motifkit.errors import DataError

_MOST_AT_ONCE = 256


class FreshEpisodes:
    """Episodes that are the same each time they are played, as far as the agent acts alike.

    Parameters
    ----------
    agent : TraceRL
        Acts by its likeliest actions, with its memory as it is; where episodes share worlds, the memory starts empty,
        lives for a world, and is put back after.
    env : environment, optional
        None takes the agent's own.
    n_episodes : int
        Exactly so many are played; where there are worlds, whole worlds of at least so many.
    seed : int
        Of the episodes.

    Raises
    ------
    UsageError, DataError
        For numbers out of range; when the environment has other spaces than the agent's.

    Examples
    --------
    >>> from motifkit import MemoryTaskEnv, StrategicMemoryTransformerPolicy
    >>> agent = TraceRL(StrategicMemoryTransformerPolicy, MemoryTaskEnv(delay=2), seed=0)
    >>> fresh = FreshEpisodes(agent, n_episodes=5)
    >>> [len(batch.returns) for batch in fresh.play()]
    [5]
    """

    def __init__(
        self, agent: TraceRL, env: EnvLike | None = None, n_episodes: int = 200, seed: int = 0
    ) -> None:
        self.n_episodes = require_whole("n_episodes", n_episodes, of="compare_motifs")
        self._seed = require_whole("seed", seed, least=0, of="compare_motifs")
        self._agent = agent
        env = agent.env if env is None else env
        _require_spaces(agent, env)
        n_waves = -(-self.n_episodes // _MOST_AT_ONCE)
        self._envs = batch_of(env, -(-self.n_episodes // n_waves))

    def play(self) -> Iterator[EpisodeBatch]:
        """Play them from the first on, a batch at a time; leave none out, so that the memory is put back."""
        agent, policy = self._agent, self._agent._net
        rng = np.random.default_rng([self._seed, 77])
        how: dict[str, Any] = {
            "action_dim": agent.action_dim,
            # The likeliest actions need no chance; a generator all the same, lest one is drawn from torch's own.
            "generator": torch.Generator(agent.device).manual_seed(self._seed),
            "deterministic": True,
            "max_steps": agent.max_episode_steps,
        }
        worlds, n_left = Worlds(self._envs.rounds_per_world), self.n_episodes
        buffer = agent.get_episodic_buffer() if worlds.exist else None
        kept = {} if buffer is None else buffer.content()
        try:
            while n_left > 0:
                if worlds.exist:
                    batches = play_rounds(policy, self._envs, worlds, worlds.rounds_per_world, rng, **how)
                else:
                    batch = play(policy, self._envs, seed=int(rng.integers(2**31)), **how)
                    batches = [batch.rows(torch.arange(min(n_left, self._envs.n_envs), device=agent.device))]
                for batch in batches:
                    n_left -= len(batch.returns)
                    yield batch
        finally:
            if buffer is not None:
                buffer.load_content(kept)


def _require_spaces(agent: TraceRL, env: EnvLike) -> None:
    observations, actions = spaces_of(env)
    if obs_dim_of(observations) != agent.obs_dim or actions != agent.action_space:
        raise DataError(
            f"the environment has observations {observations} and actions {actions}, but the agent was trained on "
            f"{agent.observation_space} and {agent.action_space}; compare in one like that"
        )
