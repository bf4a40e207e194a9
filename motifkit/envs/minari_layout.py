"""Minari's files: spaces as JSON, and an episode as a group of HDF5. Neither needs minari."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
from gymnasium import spaces

from motifkit.errors import UsageError

if TYPE_CHECKING:
    import h5py

_VERSION = "0.5.4"  # of minari, whose layout this is


def space_as_json(space: spaces.Space[Any]) -> dict[str, Any]:
    """Space in the words of Minari's metadata.

    Raises
    ------
    UsageError
        For a space whose values are no numbers, or have no fixed number.

    Examples
    --------
    >>> space_as_json(spaces.Discrete(3))
    {'type': 'Discrete', 'dtype': 'int64', 'start': 0, 'n': 3}
    """
    if isinstance(space, spaces.Box):
        bounds = {"low": space.low.tolist(), "high": space.high.tolist()}
        return {"type": "Box", "dtype": str(space.dtype), "shape": list(space.shape), **bounds}
    if isinstance(space, spaces.Discrete):
        return {"type": "Discrete", "dtype": "int64", "start": int(space.start), "n": int(space.n)}
    if isinstance(space, spaces.MultiDiscrete):
        choices = {"nvec": space.nvec.tolist(), "start": space.start.tolist()}
        return {"type": "MultiDiscrete", "dtype": str(space.dtype), **choices}
    if isinstance(space, spaces.MultiBinary):
        n = space.n if isinstance(space.n, int) else [int(one) for one in space.n]
        return {"type": "MultiBinary", "n": n}
    if isinstance(space, spaces.Dict):
        return {
            "type": "Dict",
            "subspaces": {key: space_as_json(one) for key, one in space.spaces.items()},
        }
    if isinstance(space, spaces.Tuple):
        return {"type": "Tuple", "subspaces": [space_as_json(one) for one in space.spaces]}
    raise UsageError(
        f"space {space} cannot be recorded; use a Box, Discrete, MultiDiscrete or MultiBinary, or a Dict or Tuple of "
        "those"
    )


def metadata_of(env: gymnasium.Env[Any, Any]) -> dict[str, Any]:
    """Metadata of a data set without episodes.

    Raises
    ------
    UsageError
        As `space_as_json`.
    """
    name = "environment" if env.spec is None else env.spec.id
    values = {
        "total_episodes": 0,
        "total_steps": 0,
        "data_format": "hdf5",
        "jpeg_encoding": False,
        "observation_space": json.dumps(space_as_json(env.observation_space)),
        "action_space": json.dumps(space_as_json(env.action_space)),
        "dataset_id": f"motifkit/{re.sub('[^A-Za-z0-9_-]+', '-', name)}-recorded-v0",
        "minari_version": _VERSION,
    }
    try:
        if env.spec is not None:
            values["env_spec"] = env.spec.to_json()
    except (TypeError, ValueError):  # an argument that is no JSON value; the data stand without it
        pass
    return values


def stacked(space: spaces.Space[Any], values: Sequence[Any]) -> Any:
    """Values of several steps as one array, or as arrays in a dict or tuple where the space is one.

    Examples
    --------
    >>> stacked(spaces.Dict(a=spaces.Discrete(4)), [{"a": 1}, {"a": 3}])
    {'a': array([1, 3])}
    """
    if isinstance(space, spaces.Dict):
        return {key: stacked(one, [value[key] for value in values]) for key, one in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(stacked(one, [value[i] for value in values]) for i, one in enumerate(space.spaces))
    return np.array(values, dtype=space.dtype).reshape(len(values), *(space.shape or ()))


def write_arrays(group: h5py.Group, name: str, values: Any) -> None:
    """Write what `stacked` gave into a group, parts of a tuple as `_index_0`, `_index_1` and so on."""
    if isinstance(values, tuple):
        values = {f"_index_{i}": one for i, one in enumerate(values)}
    if isinstance(values, dict):
        inner = group.create_group(name)
        for key, one in values.items():
            write_arrays(inner, key, one)
        return
    group.create_dataset(name, data=values)
