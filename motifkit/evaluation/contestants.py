"""Who takes part in the benchmark, and how long each may train."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from motifkit.agents.callbacks import StopAtReturn
from motifkit.agents.environments import obs_dim_of
from motifkit.errors import UsageError
from motifkit.evaluation.baselines import ENDLESS, BaselineName, train_baseline
from motifkit.evaluation.episodes import Environment

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL

AgentFactory: TypeAlias = Callable[[Any, int], Any]

OURS = "TraceRL"
BASELINES = ("PPO", "RecurrentPPO")


@dataclass(frozen=True)
class Budget:
    """When a training ends: at the first of what is given.

    Parameters
    ----------
    timesteps : int, optional
        Environment steps, rounded up to whole updates.
    seconds : float, optional
        Wall-clock time; an update under way is finished.
    stop_at : float, optional
        Mean return of about the last 100 training episodes.

    Raises
    ------
    UsageError
        When neither timesteps nor seconds are given.
    """

    timesteps: int | None = None
    seconds: float | None = None
    stop_at: float | None = None

    def __post_init__(self) -> None:
        if self.timesteps is None and self.seconds is None:
            raise UsageError("a training needs an end; give timesteps, seconds or both")


class Trained(NamedTuple):
    """An agent, the environment steps it trained for and the wall-clock seconds that took."""

    agent: Any
    num_timesteps: int
    seconds: float


def default_agent(env: Environment, seed: int = 0) -> TraceRL:
    """TraceRL with both memories of the notebook's sizes, retention learned, and its own defaults.

    Parameters
    ----------
    env : gymnasium.Env
        With observations of a fixed width and discrete actions.
    seed : int
        Of the weights, the actions and the environments.

    Returns
    -------
    TraceRL
        Not trained yet.
    """
    from motifkit.agents.trace_rl import TraceRL
    from motifkit.memory.combined import CombinedMemoryModule
    from motifkit.memory.episodic import StrategicMemoryBuffer
    from motifkit.memory.initialise import drawn_from
    from motifkit.memory.motif_bank import MotifMemoryBank
    from motifkit.policies import StrategicCombinedMemoryPolicy

    obs_dim = obs_dim_of(env.observation_space)
    with drawn_from(seed):
        memory = CombinedMemoryModule(
            StrategicMemoryBuffer(obs_dim, action_dim=1, mem_dim=32, max_entries=32),
            MotifMemoryBank(obs_dim, action_dim=1, mem_dim=32, n_motifs=32, motif_len=4),
        )
    return TraceRL(
        policy_class=StrategicCombinedMemoryPolicy,
        env=env,
        memory=memory,
        memory_learn_retention=True,
        memory_retention_coef=0.01,
        seed=seed,
    )


def train_agent(make_agent: AgentFactory, env: Environment, *, seed: int, budget: Budget) -> Trained:
    """Make an agent and train it within the budget.

    Parameters
    ----------
    make_agent : callable
        Takes the environment and the seed; what it gives has `learn(total_timesteps, callback=...)`, which ends
        when the callback, called with the agent after every update, returns False, and `num_timesteps`.
    env : gymnasium.Env
    seed : int
    budget : Budget

    Returns
    -------
    Trained
        Making the agent is not part of the time.
    """
    agent = make_agent(env, seed)
    start = time.perf_counter()
    agent.learn(budget.timesteps or ENDLESS, callback=_stops(budget, start))
    return Trained(agent, int(agent.num_timesteps), time.perf_counter() - start)


def train_contestant(
    name: str, make_agent: AgentFactory | None, env: Environment, *, seed: int, budget: Budget
) -> Trained:
    """Train an agent by its factory, or a known one by its name.

    Parameters
    ----------
    name : str
        "TraceRL", "PPO" or "RecurrentPPO" when there is no factory.
    make_agent : callable, optional
        As for `train_agent`.
    env : gymnasium.Env
        Baselines play copies of it.
    seed : int
    budget : Budget

    Raises
    ------
    UsageError
        When the name is none of these, or what it needs is not installed.
    """
    if make_agent is None and name in BASELINES:
        baseline = train_baseline(
            cast(BaselineName, name),
            lambda: deepcopy(env),
            seconds=budget.seconds,
            total_timesteps=budget.timesteps,
            seed=seed,
            stop_at=budget.stop_at,
        )
        return Trained(baseline, baseline.num_timesteps, baseline.seconds)
    if make_agent is None and name != OURS:
        known = ", ".join((OURS, *BASELINES))
        raise UsageError(f"no agent {name!r}; choose from {known}, or give a function that makes it")
    return train_agent(make_agent or default_agent, env, seed=seed, budget=budget)


def _stops(budget: Budget, start: float) -> list[Callable[[Any], bool]]:
    """Callbacks that end the training."""
    stops: list[Callable[[Any], bool]] = []
    seconds = budget.seconds
    if seconds is not None:
        stops.append(lambda agent: time.perf_counter() - start < seconds)
    if budget.stop_at is not None:
        stops.append(StopAtReturn(budget.stop_at).on_update)
    return stops
