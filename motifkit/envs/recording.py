"""Whole episodes of any environment as a dataset in memory, to be mined."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, TypeAlias

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from motifkit.arguments import require_whole
from motifkit.errors import DataError, UsageError
from motifkit.io.series import fingerprint
from motifkit.types import Episode, FloatArray, TrajectoryDataset

Act: TypeAlias = Callable[[Any], Any]

_MOST_STEPS = 1_000_000  # of one episode, in an environment that never ends it


def record_episodes(
    env: gymnasium.Env[Any, Any],
    n_episodes: int | None = None,
    seed: int = 0,
    policy: Act | None = None,
    *,
    n_steps: int | None = None,
) -> TrajectoryDataset:
    """Play episodes and keep what was observed, done and paid.

    Parameters
    ----------
    env : gymnasium.Env
        Is reset and stepped.
    n_episodes : int, optional
        How many; None plays until there are `n_steps`.
    seed : int
        Decides all that is random here and in the environment.
    policy : callable, optional
        Gives the action on an observation. None draws from the action space.
    n_steps : int, optional
        Steps to play at least; the episode that passes them is played to its end. Give this or `n_episodes`.

    Returns
    -------
    TrajectoryDataset
        Observations (T, obs_dim) flattened, choices one-hot; actions as the environment was given them, (T,)
        of `Discrete`, (T, n) of other spaces; rewards (T,). The observation after the last action is left out, as
        nothing is done on it.

    Raises
    ------
    UsageError
        Unless one of `n_episodes` and `n_steps` is given, or when observations have no fixed width.
    DataError
        When the environment does not end an episode, or gives numbers that are not finite.

    Examples
    --------
    >>> from motifkit.envs.memory_task import MemoryTaskEnv
    >>> log = record_episodes(MemoryTaskEnv(delay=4), n_episodes=3)
    >>> [len(episode) for episode in log.episodes], log.channels
    ([4, 4, 4], ('obs_0', 'obs_1', 'obs_2'))
    """
    if (n_episodes is None) == (n_steps is None):
        raise UsageError("record_episodes takes n_episodes or n_steps; give one of them")
    wanted = require_whole("n_episodes", 1 if n_episodes is None else n_episodes, 1)
    least = require_whole("n_steps", 1 if n_steps is None else n_steps, 1)
    rng = np.random.default_rng([require_whole("seed", seed, 0), 23])
    channels = channels_of(env)
    if policy is None:
        space = copy.deepcopy(env.action_space)  # its random numbers are the caller's
        space.seed(int(rng.integers(2**31)))
        policy = lambda _: space.sample()  # noqa: E731
    episodes: list[Episode] = []
    n_played = 0
    while len(episodes) < wanted if n_steps is None else n_played < least:
        episodes.append(_played(env, policy, int(rng.integers(2**31)), str(len(episodes))))
        n_played += len(episodes[-1])
    return TrajectoryDataset(
        tuple(episodes), channels, source=_name(env), fingerprint=fingerprint(episodes, channels)
    )


def channels_of(env: gymnasium.Env[Any, Any]) -> tuple[str, ...]:
    """Names of the columns of an environment's flattened observations.

    Returns
    -------
    tuple of str
        Those of `env.channels` where it has that; else "obs_0", "obs_1" and so on.

    Raises
    ------
    UsageError
        When observations have no fixed width.

    Examples
    --------
    >>> channels_of(gymnasium.make("CartPole-v1"))
    ('obs_0', 'obs_1', 'obs_2', 'obs_3')
    """
    try:
        width = spaces.flatdim(env.observation_space)
    except (NotImplementedError, ValueError):
        raise UsageError(
            f"observation space {env.observation_space} has no fixed width, so that nothing can be recorded; use a "
            "Box, Discrete, MultiDiscrete or MultiBinary, or a Dict or Tuple of those"
        ) from None
    named = tuple(getattr(env.unwrapped, "channels", ()))
    return named if len(named) == width else tuple(f"obs_{i}" for i in range(width))


def _played(env: gymnasium.Env[Any, Any], policy: Act, seed: int, name: str) -> Episode:
    observation, _ = env.reset(seed=seed)
    seen: list[FloatArray] = []
    done: list[npt.NDArray[Any]] = []
    paid: list[float] = []
    terminated = truncated = False
    while not (terminated or truncated):
        if len(seen) == _MOST_STEPS:
            raise DataError(
                f"{_name(env)} does not end an episode within {_MOST_STEPS:,} steps; give it max_episode_steps"
            )
        seen.append(np.asarray(spaces.flatten(env.observation_space, observation), dtype=float).ravel())
        action = policy(observation)
        done.append(_action(env.action_space, action))
        observation, reward, terminated, truncated, _ = env.step(action)
        paid.append(float(reward))
    episode = Episode(
        np.array(seen), np.array(done), np.array(paid), bool(terminated), bool(truncated), id=name
    )
    for what, values in (("observation", episode.observations), ("reward", episode.rewards)):
        if not np.isfinite(values).all():  # type: ignore[arg-type]
            raise DataError(
                f"{_name(env)} gave a {what} that is not finite in episode {name}; mend the environment"
            )
    return episode


def _action(space: spaces.Space[Any], action: Any) -> npt.NDArray[Any]:
    """Action as episodes keep it, which is as the environment takes it, flat."""
    if isinstance(space, spaces.Discrete):
        return np.asarray(int(action))
    if isinstance(space, spaces.MultiDiscrete):
        return np.ravel(np.asarray(action))
    return np.asarray(action, dtype=float).ravel()


def _name(env: gymnasium.Env[Any, Any]) -> str:
    return "environment" if env.spec is None else env.spec.id
