"""The same fresh episodes again and again, without learning and without leaving a trace in the agent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from motifkit.agents.batch import EpisodeBatch
from motifkit.agents.environments import EnvLike, batch_of
from motifkit.agents.fresh import fresh_batches, require_spaces
from motifkit.agents.rollout import PlaySettings
from motifkit.agents.trace_rl import TraceRL
from motifkit.arguments import require_whole

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
        require_spaces(agent, env, "compare in one like that")
        n_waves = -(-self.n_episodes // _MOST_AT_ONCE)
        self._envs = batch_of(env, -(-self.n_episodes // n_waves))

    def play(self) -> Iterator[EpisodeBatch]:
        """Play them from the first on, a batch at a time; leave none out, so that the memory is put back."""
        agent = self._agent
        how = PlaySettings(
            agent.action_dim,
            # The likeliest actions need no chance; a generator all the same, lest one is drawn from torch's own.
            torch.Generator(agent.device).manual_seed(self._seed),
            deterministic=True,
            max_steps=agent.max_episode_steps,
        )
        rng = np.random.default_rng([self._seed, 77])
        for _, batch in fresh_batches(agent, self._envs, self.n_episodes, rng, how):
            yield batch
