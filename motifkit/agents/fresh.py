"""Fresh episodes without learning and without leaving a trace in the memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from motifkit.agents.batch import EpisodeBatch
from motifkit.agents.collecting import Worlds, play_rounds
from motifkit.agents.environments import EnvBatch, EnvLike, obs_dim_of, spaces_of
from motifkit.agents.rollout import PlaySettings, play
from motifkit.errors import DataError
from motifkit.memory.episodic import episodic_buffer

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL


def fresh_batches(
    agent: TraceRL, envs: EnvBatch, n_episodes: int, rng: np.random.Generator, how: PlaySettings
) -> Iterator[tuple[int, EpisodeBatch]]:
    """Play fresh episodes, a batch at a time, with the memory as it is.

    Where episodes share worlds, the memory starts empty and lives for a world; it is put back after the last
    batch, so leave none out.

    Parameters
    ----------
    agent : TraceRL
    envs : EnvBatch
    n_episodes : int
        Exactly so many are played; where there are worlds, whole worlds of at least so many.
    rng : numpy.random.Generator
        Draws seeds of episodes and worlds.
    how : PlaySettings

    Yields
    ------
    round_of_world : int
        0 where there are no worlds.
    batch : EpisodeBatch
    """
    worlds, n_left = Worlds(envs.rounds_per_world), n_episodes
    with memory_restored(agent.network.memory) if worlds.exist else nullcontext():
        while n_left > 0:
            if worlds.exist:
                batches = play_rounds(agent.network, envs, worlds, worlds.rounds_per_world, rng, how)
            else:
                batch = play(agent.network, envs, int(rng.integers(2**31)), how)
                if n_left < len(batch.lengths):
                    batch = batch.rows(torch.arange(n_left, device=batch.lengths.device))
                batches = [batch]
            for number, batch in enumerate(batches):
                n_left -= len(batch.lengths)
                yield number, batch


@contextmanager
def memory_restored(memory: Any) -> Iterator[None]:
    """Put back what an episodic memory holds when the block ends; other memories are left alone.

    Examples
    --------
    >>> from motifkit.memory.episodic import StrategicMemoryBuffer
    >>> memory = StrategicMemoryBuffer(obs_dim=2, action_dim=1, mem_dim=8, max_entries=4)
    >>> with memory_restored(memory):
    ...     memory.add_entry([([0.0, 1.0], 0, 0.0)], outcome=1.0)
    ...     n_inside = len(memory)
    >>> n_inside, len(memory)
    (1, 0)
    """
    buffer = episodic_buffer(memory)
    kept = None if buffer is None else buffer.content()
    try:
        yield
    finally:
        if buffer is not None and kept is not None:
            buffer.load_content(kept)


def require_spaces(agent: TraceRL, env: EnvLike, remedy: str) -> None:
    """Require an environment like the one that an agent was trained on.

    Parameters
    ----------
    agent : TraceRL
    env : environment
    remedy : str
        What to do otherwise, for the message.

    Raises
    ------
    DataError
        When observations or actions are others.
    """
    observations, actions = spaces_of(env)
    if obs_dim_of(observations) != agent.obs_dim or actions != agent.action_space:
        raise DataError(
            f"the environment has observations {observations} and actions {actions}, but the agent "
            f"was trained on {agent.observation_space} and {agent.action_space}; {remedy}"
        )
