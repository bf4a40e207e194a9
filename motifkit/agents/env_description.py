"""How a checkpoint names an environment, so that the same one can be made again, or says that it cannot."""

from __future__ import annotations

import inspect
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.registration import load_env_creator
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit

_OF_MAKE = (TimeLimit, OrderEnforcing, PassiveEnvChecker)  # what gymnasium.make puts around environments
_NO_LIMIT = -1  # for gymnasium.make: leave out the limit that is registered


def env_description(env: Any) -> dict[str, Any] | None:
    """Name, settings and time limit of a registered environment, as JSON values.

    Parameters
    ----------
    env : environment, as `TraceRL` takes it

    Returns
    -------
    dict, or None
        None where `described_env` would make another one: of vectors and functions, classes that are not the
        registered one, wrappers that `gymnasium.make` does not add, and settings that are no JSON values.

    Examples
    --------
    >>> env_description(gymnasium.make("CartPole-v1", max_episode_steps=20))
    {'id': 'CartPole-v1', 'settings': {}, 'max_episode_steps': 20}
    """
    if not isinstance(env, gymnasium.Env):
        return None
    one, spec, limit = env.unwrapped, env.unwrapped.spec, None
    if spec is None or not _is_registered(type(one), spec.id):
        return None
    while isinstance(env, gymnasium.Wrapper):
        if type(env) not in _OF_MAKE:
            return None
        if isinstance(env, TimeLimit):
            limit = min(limit or env._max_episode_steps, env._max_episode_steps)
        env = env.env
    settings = {**spec.kwargs, **(_present_settings(one) if _is_ours(one) else {})}
    try:
        return as_json({"id": spec.id, "settings": settings, "max_episode_steps": limit})  # type: ignore[no-any-return]
    except TypeError:
        return None


def described_env(description: dict[str, Any]) -> gymnasium.Env[Any, Any]:
    """Make the environment that `env_description` described.

    Raises
    ------
    UsageError
        When its name is not registered, or its settings are refused.
    """
    from motifkit.envs.registration import SHORT_NAMES, make_env

    env_id, settings = description["id"], dict(description["settings"])
    if "max_episode_steps" not in description:  # in a file of an earlier version: as registered
        return make_env(env_id, **settings)
    limit = description["max_episode_steps"]
    if env_id not in SHORT_NAMES.values():
        return make_env(env_id, **settings, max_episode_steps=_NO_LIMIT if limit is None else limit)
    env = make_env(env_id, **settings)
    return env if limit is None else TimeLimit(env, limit)


def _is_registered(kind: type, env_id: str) -> bool:
    """Whether environments of this class are what the registry makes under a name."""
    registered = gymnasium.registry.get(env_id)
    if registered is None or registered.entry_point is None:
        return False
    entry = registered.entry_point
    try:
        creator = entry if callable(entry) else load_env_creator(entry)
    except (ImportError, AttributeError):
        return False
    return creator is kind if isinstance(creator, type) else True


def _is_ours(env: Any) -> bool:
    return type(env).__module__.startswith("motifkit.")


def _present_settings(env: Any) -> dict[str, Any]:
    """Settings that are attributes too, which may have been changed since."""
    names = [name for name in inspect.signature(type(env)).parameters if hasattr(env, name)]
    settings = {name: getattr(env, name) for name in names}
    return {k: v for k, v in settings.items() if v is None or isinstance(v, int | float | str | bool)}


def as_json(value: Any) -> Any:
    """Value with nothing but what JSON holds: NumPy's numbers as Python's, tuples as lists.

    Raises
    ------
    TypeError
        For anything that would not come back as it was, arrays and keys that are no words among them.

    Examples
    --------
    >>> as_json({"sizes": (np.int64(2), 3)})
    {'sizes': [2, 3]}
    """
    if isinstance(value, np.bool_ | np.integer | np.floating):
        value = value.item()
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: as_json(one) for key, one in value.items()}
    raise TypeError(f"{type(value).__name__} is no JSON value")
