"""Rounds of episodes for one update, and what the memory keeps of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from motifkit.agents.batch import EpisodeBatch
from motifkit.agents.environments import EnvBatch
from motifkit.agents.protocols import UnrolledPolicy
from motifkit.agents.rollout import PlaySettings, play
from motifkit.memory.combined import CombinedMemoryModule
from motifkit.memory.episodic import StrategicMemoryBuffer, episodic_buffer
from motifkit.types import Episode

_OWN_WRITERS = (StrategicMemoryBuffer.add_entry, CombinedMemoryModule.add_entry)


class Worlds:
    """Which hidden world the next round is played in.

    Environments whose episodes share something hidden say so by `rounds_per_world`; the memory then lives as
    long as the world. The others have no worlds, and their memory lives on.

    Parameters
    ----------
    rounds_per_world : int
        1 for environments without worlds.
    """

    def __init__(self, rounds_per_world: int) -> None:
        self.rounds_per_world = rounds_per_world
        self.world, self.round = 0, 0

    @property
    def exist(self) -> bool:
        """Whether the environment has worlds."""
        return self.rounds_per_world > 1

    def options(self, rng: np.random.Generator, memory: Any) -> dict[str, Any] | None:
        """Options for `reset`; in the first round of a world the memory is emptied."""
        if not self.exist:
            return None
        if self.round == 0:
            self.world = int(rng.integers(2**31))
            if memory is not None:
                memory.reset()
        return {"world": self.world, "round": self.round}

    def advance(self) -> None:
        """Go on to the next round."""
        self.round = (self.round + 1) % self.rounds_per_world


def play_rounds(
    policy: UnrolledPolicy,
    envs: EnvBatch,
    worlds: Worlds,
    n_rounds: int,
    rng: np.random.Generator,
    how: PlaySettings,
    learn_retention: Callable[[EpisodeBatch], Any] | None = None,
) -> list[EpisodeBatch]:
    """Play rounds one after the other; each sees what the memory kept of those before.

    Parameters
    ----------
    policy : UnrolledPolicy
    envs : EnvBatch
    worlds : Worlds
        Goes on by `n_rounds`.
    n_rounds : int
    rng : numpy.random.Generator
        Draws seeds of episodes and worlds.
    how : PlaySettings
        Where there are worlds, its options are given along with the world and the round, and come before them.
    learn_retention : callable, optional
        Called with each round before the memory takes it in.

    Returns
    -------
    list of EpisodeBatch
    """
    rounds = []
    for _ in range(n_rounds):
        options = worlds.options(rng, policy.memory)
        given = {**(options or {}), **(how.options or {})} or None
        batch = play(policy, envs, int(rng.integers(2**31)), replace(how, options=given))
        if learn_retention is not None:
            learn_retention(batch)
        remember(policy.memory, batch)
        worlds.advance()
        rounds.append(batch)
    return rounds


def remember(memory: Any, batch: EpisodeBatch) -> None:
    """Let the memory take in what it wants of a batch."""
    if memory is None:
        return
    buffer = episodic_buffer(memory)
    if buffer is not None and type(memory).add_entry in _OWN_WRITERS:
        context, lengths = batch.closed_context()
        buffer.add_batch(context.cpu(), lengths.cpu(), batch.returns.cpu())
        return
    for i in range(len(batch.lengths)):
        memory.add_entry(as_episode(batch, i), float(batch.returns[i]))


def as_episode(batch: EpisodeBatch, i: int) -> Episode:
    """Episode `i` of a batch as a value of its own."""
    n = int(batch.lengths[i])
    return Episode(
        observations=batch.observations[i, :n].double().cpu().numpy(),
        actions=batch.actions[i, :n].cpu().numpy(),
        rewards=batch.rewards[i, :n].double().cpu().numpy(),
        terminated=bool(batch.terminated[i]),
        truncated=not bool(batch.terminated[i]),
        id=str(i),
    )
