"""One turn of learning: play, learn, remember, and say what came of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import torch

from motifkit.agents.batch import EpisodeBatch
from motifkit.agents.collecting import play_rounds
from motifkit.agents.environments import EnvBatch
from motifkit.agents.ppo import ppo_update
from motifkit.agents.records import attention_record, episodes_record
from motifkit.agents.rewards import samples_of
from motifkit.agents.rollout import PlaySettings
from motifkit.errors import DivergedError

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL


def one_update(agent: TraceRL, envs: EnvBatch, *, with_attention: bool) -> dict[str, Any]:
    """Let an agent play its rounds of episodes and learn from them.

    Parameters
    ----------
    agent : TraceRL
        Its weights, memory, statistics, generators and counters move on.
    envs : EnvBatch
    with_attention : bool
        Whether the record holds the mean attention to each motif and stored episode.

    Returns
    -------
    dict
        What the history keeps of the update.

    Raises
    ------
    DivergedError
        When a loss or gradient is not finite; weights and Adam's moments are then those before the update.
    """
    began = time.perf_counter()
    retention = agent.retention
    assert agent.worlds is not None  # `learn` makes them
    usefulness_losses: list[float | None] = []
    rounds = play_rounds(
        agent.network,
        envs,
        agent.worlds,
        agent.n_rounds or envs.rounds_per_world,
        agent.rng,
        PlaySettings(agent.action_dim, agent.generator, max_steps=agent.max_episode_steps),
        None if retention is None else lambda batch: usefulness_losses.append(retention.learn(batch)),
    )
    played = time.perf_counter()
    losses = _learn_from(agent, rounds)
    agent.n_updates += 1
    agent.num_timesteps += sum(batch.n_steps for batch in rounds)
    agent.n_episodes += sum(len(batch.lengths) for batch in rounds)
    record: dict[str, Any] = {
        "update": agent.n_updates,
        "timesteps": agent.num_timesteps,
        "episodes": agent.n_episodes,
        **episodes_record(rounds),
        **losses,
        "play_seconds": played - began,
        "seconds": time.perf_counter() - began,
    }
    attended = [loss for loss in usefulness_losses if loss is not None]
    if attended:
        record["usefulness_loss"] = sum(attended) / len(attended)
    if agent.curriculum is not None:
        record["curriculum"] = agent.curriculum.value
    return record | attention_record(agent.network, rounds[-1]) if with_attention else record


def _learn_from(agent: TraceRL, rounds: list[EpisodeBatch]) -> dict[str, float]:
    samples = samples_of(rounds, agent.network, agent.shaping, agent.settings, agent.hindsight_env)
    before = [p.detach().clone() for p in agent.network.parameters()]
    moments = {
        i: {name: moment.clone() for name, moment in one.items()}
        for i, one in agent.optimiser.moments.items()
    }
    try:
        return ppo_update(agent.network, agent.optimiser, samples, agent.settings, agent.generator)
    except DivergedError:
        with torch.no_grad():
            for parameter, value in zip(agent.network.parameters(), before, strict=True):
                parameter.copy_(value)
        agent.optimiser.moments = moments
        raise
