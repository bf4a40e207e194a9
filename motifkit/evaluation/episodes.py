"""Fresh episodes with a trained agent: seeds of their own, states carried, targets balanced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias, cast

import gymnasium
import numpy as np
from gymnasium import spaces

from motifkit.agents.environments import EnvBatch, batch_of
from motifkit.envs.memory_task import MemoryTaskEnv
from motifkit.errors import DataError, UsageError
from motifkit.types import FloatArray

Environment: TypeAlias = gymnasium.Env[Any, Any]

_MAX_PARALLEL = 128


class Predictor(Protocol):
    """What acts as the models of stable-baselines3 do."""

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        """Actions (n, ...) for observations (n, obs_dim), and the state to hand in next time."""


def evaluate_policy(
    agent: Predictor,
    env: Environment,
    n_episodes: int = 100,
    *,
    seed: int | None = None,
    deterministic: bool = True,
) -> FloatArray:
    """Returns of fresh episodes.

    Parameters
    ----------
    agent : TraceRL, or anything with `predict`
        An agent that has `evaluate`, as TraceRL has, plays by that, with its memory frozen. Of others `predict` is
        called for many episodes side by side, with the state that it gave back the last time; `episode_start` is
        True in the first step. Recurrent policies need both.
    env : gymnasium.Env
        Copied, never stepped. Of a MemoryTaskEnv half of the episodes have each target, so that an agent that
        always answers alike gets exactly 0 in an even number of them.
    n_episodes : int
        Episodes played.
    seed : int, optional
        Of the episodes; they differ from those that training with the same number saw. None draws one.
    deterministic : bool
        Whether to take the likeliest action instead of drawing one.

    Returns
    -------
    (n_episodes,) float array
        Undiscounted sum of rewards of each episode. Where episodes share worlds TraceRL ends the last world, so
        that there may be more.

    Raises
    ------
    UsageError
        When `n_episodes` is below 1, the agent has no `predict`, or one without `evaluate` is to see other than
        flat Box observations.
    DataError
        When the environment pays a reward that is not finite.

    Examples
    --------
    >>> class AlwaysZero:
    ...     def predict(self, observation, state=None, episode_start=None, deterministic=False):
    ...         return np.zeros(len(observation), dtype=int), None
    >>> evaluate_policy(AlwaysZero(), MemoryTaskEnv(delay=4), 100, seed=0).mean()
    np.float64(0.0)
    """
    if n_episodes < 1:
        raise UsageError(f"n_episodes must be at least 1, got {n_episodes}; 100 is usual")
    if not callable(getattr(agent, "predict", None)):
        raise UsageError(f"{type(agent).__name__} has no method predict; give a trained agent")
    by_itself = callable(getattr(agent, "evaluate", None))
    if not by_itself:
        _check_flat(env.observation_space)
    options = balanced(env)
    # Targets are balanced within a batch, so an agent that plays fewer at once is asked batch by batch.
    most = min(_MAX_PARALLEL, getattr(agent, "n_envs", _MAX_PARALLEL)) if options else _MAX_PARALLEL
    if by_itself and not options:
        most = n_episodes
    returns: list[FloatArray] = []
    for n, batch_seed in fresh_portions(n_episodes, most, seed):
        if by_itself:
            played = cast(Any, agent).evaluate(env, n, deterministic, batch_seed, options)
            returns.append(np.asarray(played.returns, dtype=np.float64))
        else:
            returns.append(_play(agent, batch_of(env, n), deterministic, batch_seed, options))
    return np.concatenate(returns)


def fresh_seed(seed: int | None) -> int | None:
    """Seed for evaluation that leads to other episodes than training with the same number.

    Examples
    --------
    >>> fresh_seed(0) == fresh_seed(0), fresh_seed(0) == 0, fresh_seed(None) is None
    (True, False, True)
    """
    # The second word keeps the stream apart from every one that a bare seed starts.
    return seed if seed is None else int(np.random.SeedSequence([seed, 0xE7A1]).generate_state(1)[0] >> 1)


def fresh_portions(n_episodes: int, most: int, seed: int | None) -> Iterator[tuple[int, int]]:
    """Episodes in portions of `most`, the last one smaller, each with a seed of its own.

    Examples
    --------
    >>> [n for n, batch_seed in fresh_portions(10, 4, seed=0)]
    [4, 4, 2]
    """
    rng = np.random.default_rng(fresh_seed(seed))
    for first in range(0, n_episodes, most):
        yield min(most, n_episodes - first), int(rng.integers(2**31))


def balanced(env: Any) -> dict[str, Any] | None:
    """Options of a reset by which half of the episodes that begin together have each target, where there are any."""
    return {"balanced": True} if isinstance(env, MemoryTaskEnv) else None


def _check_flat(space: spaces.Space[Any]) -> None:
    """Refuse what `batch_of` would flatten: a model of another library was trained on the space as it is."""
    if not isinstance(space, spaces.Box) or len(space.shape) != 1:
        raise UsageError(f"observations must be flat Box vectors, got {space}; wrap it in FlattenObservation")


def _play(
    agent: Predictor,
    batch: EnvBatch,
    deterministic: bool,
    seed: int,
    options: dict[str, Any] | None,
) -> FloatArray:
    """One episode in every environment of the batch."""
    observations, _ = batch.reset(seed, options)
    returns, alive = np.zeros(batch.n_envs), np.ones(batch.n_envs, dtype=bool)
    state, starts = None, np.ones(batch.n_envs, dtype=bool)
    while alive.any():
        actions, state = agent.predict(
            observations, state=state, episode_start=starts, deterministic=deterministic
        )
        observations, rewards, terminated, truncated = batch.step(np.asarray(actions), alive)
        if not np.isfinite(rewards[alive]).all():
            raise DataError("the environment paid a reward that is not finite; mend its step()")
        returns[alive] += rewards[alive]
        alive &= ~(terminated | truncated)
        starts = np.zeros(batch.n_envs, dtype=bool)
    return returns
