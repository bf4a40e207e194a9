"""Any environment as a batch of whole episodes, however it was given."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv

from motifkit.agents.overriding import is_up_to_date
from motifkit.errors import DataError, UsageError

Array: TypeAlias = npt.NDArray[Any]
EnvLike: TypeAlias = (
    "gymnasium.Env[Any, Any] | VectorEnv[Any, Any, Any] | Callable[[], gymnasium.Env[Any, Any]]"
)


class EnvBatch(Protocol):
    """B environments that start together; one that has ended waits for the others."""

    n_envs: int
    rounds_per_world: int

    def reset(self, seed: int, options: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
        """Start B episodes; gives observations (B, obs_dim) and what the environments said."""

    def step(self, actions: Array, alive: Array) -> tuple[Array, Array, Array, Array]:
        """Observations (B, obs_dim), rewards, terminated and truncated (B,); rows not `alive` mean nothing."""


class ListedEnvs:
    """Environments that are stepped one after the other.

    Parameters
    ----------
    envs : list of gymnasium.Env
    """

    def __init__(self, envs: list[gymnasium.Env[Any, Any]]) -> None:
        self.envs = envs
        self.n_envs = len(envs)
        self.rounds_per_world = int(getattr(envs[0].unwrapped, "rounds_per_world", 1))
        self._space = envs[0].observation_space

    def reset(self, seed: int, options: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
        """Start an episode in each, with seeds that follow from `seed`."""
        seeds = np.random.SeedSequence(seed).generate_state(self.n_envs)
        pairs = [env.reset(seed=int(s), options=options) for env, s in zip(self.envs, seeds, strict=True)]
        infos = [info for _, info in pairs]
        shared: dict[str, Any] = {
            key: np.array([info[key] for info in infos]) for key in ("cue", "world") if key in infos[0]
        }
        return np.stack([flat(self._space, obs) for obs, _ in pairs]), shared

    def step(self, actions: Array, alive: Array) -> tuple[Array, Array, Array, Array]:
        """Step those that are alive."""
        observations = np.zeros((self.n_envs, spaces.flatdim(self._space)), dtype=np.float32)
        rewards = np.zeros(self.n_envs, dtype=np.float32)
        terminated, truncated = np.zeros((2, self.n_envs), dtype=bool)
        for i in np.flatnonzero(alive):
            action = actions[i] if np.ndim(actions[i]) else actions[i].item()
            obs, rewards[i], terminated[i], truncated[i], _ = self.envs[i].step(action)
            observations[i] = flat(self._space, obs)
        return observations, rewards, terminated, truncated


class VectorEnvs:
    """A gymnasium vector environment, whatever it does with sub-environments that have ended.

    Parameters
    ----------
    vector : gymnasium.vector.VectorEnv
    whole_episodes : bool
        Whether ended sub-environments may be stepped on without a reset, as the vector forms in
        `motifkit.envs` allow.
    """

    def __init__(self, vector: VectorEnv[Any, Any, Any], *, whole_episodes: bool = False) -> None:
        self.vector, self.n_envs = vector, vector.num_envs
        self.rounds_per_world = int(getattr(vector.unwrapped, "rounds_per_world", 1))
        self._space = vector.single_observation_space
        mode = vector.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        self._resets_ended = mode is AutoresetMode.DISABLED and not whole_episodes
        if mode is AutoresetMode.SAME_STEP:
            raise UsageError(
                "the vector environment resets in the step that ends an episode, which hides its last "
                "observation; make it with autoreset_mode=AutoresetMode.NEXT_STEP"
            )

    def reset(self, seed: int, options: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
        """Start an episode in each."""
        observations, info = self.vector.reset(seed=seed, options=options)
        return self._flat(observations), info

    def step(self, actions: Array, alive: Array) -> tuple[Array, Array, Array, Array]:
        """Step all; those that had ended run on unseen."""
        if self._resets_ended and not alive.all():
            self.vector.reset(options={"reset_mask": ~alive})
        observations, rewards, terminated, truncated, _ = self.vector.step(actions)
        return self._flat(observations), rewards, terminated, truncated

    def _flat(self, observations: Any) -> Array:
        if isinstance(self._space, spaces.Box):
            # A copy: some vector environments write the next observations into the same array.
            return np.array(observations, dtype=np.float32).reshape(self.n_envs, -1)
        rows = gymnasium.vector.utils.iterate(self.vector.observation_space, observations)
        return np.stack([flat(self._space, row) for row in rows])


def flat(space: spaces.Space[Any], observation: Any) -> Array:
    """Observation as a flat float32 vector; choices become one-hot."""
    if isinstance(space, spaces.Box):
        return np.asarray(observation, dtype=np.float32).ravel()
    return np.asarray(spaces.flatten(space, observation), dtype=np.float32).ravel()


def batch_of(env: EnvLike, n_envs: int) -> EnvBatch:
    """Batch of environments like `env`.

    Parameters
    ----------
    env : gymnasium.Env, gymnasium.vector.VectorEnv, or callable that makes a gymnasium.Env
        An instance is copied, so that the batch has its present settings; one with a method `as_vector` makes
        its own vector form. A vector environment is used as it is.
    n_envs : int
        How many; a vector environment keeps its own number.

    Raises
    ------
    UsageError
        When the environment cannot be copied, or is none.
    """
    if isinstance(env, VectorEnv):
        return VectorEnvs(env)
    if isinstance(env, gymnasium.Env):
        if is_up_to_date(type(env), "as_vector", "step", "reset"):
            return VectorEnvs(env.as_vector(n_envs), whole_episodes=True)  # type: ignore[attr-defined]
        try:
            return ListedEnvs([copy.deepcopy(env) for _ in range(n_envs)])
        except Exception as error:
            raise UsageError(
                f"{env} cannot be copied ({type(error).__name__}); give a function that makes one instead"
            ) from error
    if callable(env):
        made = [env() for _ in range(n_envs)]
        if all(isinstance(one, gymnasium.Env) for one in made):
            return ListedEnvs(made)
    raise UsageError(
        f"env is a {type(env).__name__}; give a gymnasium environment, a vector of them, or a function that makes one"
    )


def spaces_of(env: EnvLike) -> tuple[spaces.Space[Any], spaces.Space[Any]]:
    """Observation and action space of one environment, however it is given."""
    if isinstance(env, VectorEnv):
        return env.single_observation_space, env.single_action_space
    one = one_of(env)
    return one.observation_space, one.action_space


def one_of(env: EnvLike) -> Any:
    """A single environment: the one given, the first of a vector that keeps them, or one that is made."""
    if isinstance(env, gymnasium.Env):
        return env
    if isinstance(env, VectorEnv):
        return getattr(env, "envs", [env])[0]
    return batch_of(env, 1).envs[0]  # type: ignore[attr-defined]


def obs_dim_of(space: spaces.Space[Any]) -> int:
    """Features of a flattened observation.

    Raises
    ------
    UsageError
        When observations of this space have no fixed width.
    """
    try:
        return int(spaces.flatdim(space))
    except (NotImplementedError, ValueError):
        raise UsageError(
            f"observation space {space} has no fixed width; use a Box, Discrete, MultiDiscrete or MultiBinary, "
            "or a Dict or Tuple of those"
        ) from None


def require_finite(observations: Array, rewards: Array, step: int) -> None:
    """Raise a DataError when the environment gave a number that is none."""
    for name, values in (("observation", observations), ("reward", rewards)):
        bad = ~np.isfinite(values).reshape(len(values), -1).all(1)
        if bad.any():
            raise DataError(
                f"the environment gave a {name} that is not finite at step {step} of episode {int(bad.argmax())} "
                "of the batch; mend the environment"
            )
