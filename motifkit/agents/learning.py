"""The loop of learning: update after update, stage after stage of a curriculum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from motifkit.agents.callbacks import as_callback
from motifkit.agents.collecting import Worlds
from motifkit.agents.environments import EnvBatch, batch_of
from motifkit.agents.updating import one_update
from motifkit.arguments import require_whole

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL


def learn(agent: TraceRL, total_timesteps: int, log_interval: int, callback: Any, progress_bar: bool) -> None:
    """Learn for at least so many steps more; see `TraceRL.learn`."""
    require_whole("total_timesteps", total_timesteps, of="learn")
    require_whole("log_interval", log_interval, of="learn")
    go_on = as_callback(callback)
    envs = _batch(agent)
    start, target = agent.num_timesteps, agent.num_timesteps + total_timesteps
    with agent.log.showing(total_timesteps if progress_bar else None):
        while agent.num_timesteps < target:
            record = one_update(agent, envs, with_attention=(agent.n_updates + 1) % log_interval == 0)
            agent.history.append(record)
            agent.log.update(
                record, done=agent.num_timesteps - start, show=agent.n_updates % log_interval == 0
            )
            if _advance_curriculum(agent, record["return_mean"]):
                envs = _batch(agent)
            if not go_on(agent):
                break


def _batch(agent: TraceRL) -> EnvBatch:
    """The agent's environment as it is now, at the present stage."""
    if agent.curriculum is not None:
        agent.curriculum.apply(agent.env)
    envs = batch_of(agent.env, agent.n_envs)
    if agent.worlds is None or agent.worlds.rounds_per_world != envs.rounds_per_world:
        agent.worlds = Worlds(envs.rounds_per_world)
    return envs


def _advance_curriculum(agent: TraceRL, mean_return: float) -> bool:
    """Count an update towards the present stage; True when the next one begins."""
    curriculum = agent.curriculum
    if curriculum is None:
        return False
    if mean_return >= curriculum.threshold and curriculum.n_confirm:
        mean_return = min(mean_return, agent.evaluate(n_episodes=curriculum.n_confirm).mean)
    return curriculum.update(mean_return)
