"""Environments by name: gymnasium's registry, and the short names of the command line."""

from __future__ import annotations

import copy
import inspect
from importlib import import_module
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec, load_env_creator

from motifkit.errors import UsageError, suggestion

MEMORY_TASK_ID = "motifkit/MemoryTask-v0"
CUE_MAPPING_ID = "motifkit/CueMapping-v0"
PLANTED_MOTIF_ID = "motifkit/PlantedMotif-v0"
TRADING_ID = "motifkit/Trading-v0"

SHORT_NAMES = {
    "memory-task": MEMORY_TASK_ID,
    "cue-mapping": CUE_MAPPING_ID,
    "planted-motif": PLANTED_MOTIF_ID,
    "trading": TRADING_ID,
}
"""Names on the command line, and the ids that they stand for."""

_ENTRY_POINTS = {
    MEMORY_TASK_ID: "motifkit.envs.memory_task:MemoryTask",
    CUE_MAPPING_ID: "motifkit.envs.cue_mapping:CueMapping",
    PLANTED_MOTIF_ID: "motifkit.envs.planted_motif:PlantedMotif",
    TRADING_ID: "motifkit.envs.trading:Trading",
}
_OF_MAKE = ("max_episode_steps", "disable_env_checker")  # what gymnasium.make takes itself


def register_environments() -> None:
    """Enter motifkit's environments in gymnasium's registry; `import motifkit.envs` does it.

    Examples
    --------
    >>> register_environments()
    >>> gymnasium.make("motifkit/MemoryTask-v0", delay=8).unwrapped.delay
    8
    """
    for env_id, stem in _ENTRY_POINTS.items():
        if env_id not in gymnasium.registry:  # gymnasium warns of a second time
            gymnasium.register(env_id, f"{stem}Env", vector_entry_point=f"{stem}VectorEnv")


def spec_of(env_id: str, **settings: Any) -> EnvSpec:
    """What gymnasium knows of an environment that was built with these settings.

    Examples
    --------
    >>> spec_of(MEMORY_TASK_ID, delay=8).make().unwrapped.delay
    8
    """
    spec = copy.deepcopy(gymnasium.spec(env_id))
    spec.kwargs = settings
    return spec


def make_env(name: str, /, **settings: Any) -> gymnasium.Env[Any, Any]:
    """Environment by name.

    Parameters
    ----------
    name : str
        "memory-task", "cue-mapping", "planted-motif", "trading", or any id that gymnasium knows, with "module:"
        before it when a module has to be imported first.
    **settings
        Arguments of the environment.

    Returns
    -------
    gymnasium.Env
        motifkit's own without wrappers, so that `env.delay = 8` reaches the environment; others with those
        that `gymnasium.make` puts around them.

    Raises
    ------
    UsageError
        For an unknown name (the error suggests near ones), an argument that the environment does not take, a
        value that it refuses, or a package that it lacks.

    Examples
    --------
    >>> make_env("memory-task", delay=8).delay
    8
    >>> make_env("memroy-task")
    Traceback (most recent call last):
    motifkit.errors.UsageError: no environment is named 'memroy-task'; did you mean memory-task?
    """
    register_environments()
    spec = _find(SHORT_NAMES.get(name, name), name)
    _require_known(settings, spec, name)
    try:
        env: gymnasium.Env[Any, Any] = gymnasium.make(spec, **settings)
    except UsageError:
        raise
    except (gymnasium.error.Error, ImportError, TypeError, ValueError, AssertionError) as error:
        raise UsageError(f"environment {name} cannot be made: {_one_line(error)}") from error
    return env.unwrapped if spec.id in _ENTRY_POINTS else env


def _find(env_id: str, name: str) -> EnvSpec:
    module, _, env_id = env_id.rpartition(":")
    try:
        if module:
            import_module(module)
        return gymnasium.spec(env_id)
    except ImportError as error:
        raise UsageError(
            f"the module of environment {name} cannot be imported: {_one_line(error)}"
        ) from error
    except (gymnasium.error.Error, ValueError) as error:
        own = f"; motifkit's own are {', '.join(SHORT_NAMES)}"
        near = suggestion(name, [*SHORT_NAMES, *gymnasium.registry]) or own
        raise UsageError(f"no environment is named {name!r}{near}") from error


def _require_known(settings: dict[str, Any], spec: EnvSpec, name: str) -> None:
    try:
        creator = spec.entry_point if callable(spec.entry_point) else load_env_creator(str(spec.entry_point))
        taken = inspect.signature(creator).parameters.values()
    except (gymnasium.error.Error, ImportError, AttributeError, TypeError, ValueError):
        return  # making it will tell
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in taken):
        return
    known = [one.name for one in taken]
    if spec.id not in _ENTRY_POINTS:  # ours lose their wrappers again
        known += [one for one in _OF_MAKE if one not in known]
    for given in settings:
        if given not in known:
            takes = f"it takes: {', '.join(known)}"
            near = suggestion(given, known)
            raise UsageError(f"environment {name} has no argument {given!r}; {takes}{near}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
