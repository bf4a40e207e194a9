"""D4RL data sets: flat HDF5 arrays over all steps, with flags where an episode ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from motifkit.errors import DataError
from motifkit.io.trajectory_log import (
    Array,
    StepLog,
    flat_actions,
    flat_observations,
    flat_rewards,
    require_equal,
    split_by_flags,
)

if TYPE_CHECKING:
    import h5py

_NEEDED = ("observations", "actions", "rewards", "terminals")


def read_d4rl(file: h5py.File, path: Path) -> StepLog:
    """Steps of a D4RL file (Fu et al. 2020, "D4RL: Datasets for Deep Data-Driven Reinforcement Learning").

    Parameters
    ----------
    file : h5py.File
        With `observations`, `actions`, `rewards`, `terminals`, and mostly `timeouts`, which cut episodes too.
    path : Path
        For messages.

    Returns
    -------
    StepLog
        Steps after the last flag make one more episode.

    Raises
    ------
    DataError
        When an array is lacking, is no table of numbers, or has another number of rows.
    """
    lacking = [name for name in _NEEDED if name not in file]
    if lacking:
        raise DataError(f"{path.name} lacks {', '.join(lacking)}; a D4RL file holds {', '.join(_NEEDED)}")
    names = [*_NEEDED, *(["timeouts"] if "timeouts" in file else [])]
    arrays: dict[str, Array] = {}
    for name in names:
        if not hasattr(file[name], "shape"):
            raise DataError(f"{path.name}: {name} is a folder, not an array; give a D4RL or a Minari file")
        arrays[name] = file[name][()]
    return log_of_arrays(arrays, path.name)


def log_of_arrays(arrays: dict[str, Array], source: str) -> StepLog:
    """Steps of flat arrays by D4RL's names; `actions`, `rewards` and the flags may be left out."""
    where = {name: f"{source}: {name}" for name in arrays}
    observations, channels = flat_observations(arrays["observations"], where["observations"])
    n = len(observations)
    if not n:
        raise DataError(f"{source} has no steps; give a log with at least two")
    require_equal([(name, len(values) if values.ndim else 1) for name, values in arrays.items()], source)
    actions: Array | None = None
    action_names: tuple[str, ...] = ()
    if "actions" in arrays:
        actions, action_names = flat_actions(arrays["actions"], where["actions"])
    rewards = flat_rewards(arrays["rewards"], where["rewards"]) if "rewards" in arrays else None
    terminals, timeouts = (
        flat_rewards(arrays[name], where[name]) if name in arrays else None
        for name in ("terminals", "timeouts")
    )
    lengths, terminated, truncated = split_by_flags(terminals, timeouts, n)
    open_end = not (terminated[-1] or truncated[-1])
    return StepLog(
        source,
        observations,
        channels,
        actions,
        action_names,
        rewards,
        lengths,
        terminated,
        truncated,
        tuple(str(i) for i in range(len(lengths))),
        ("the last episode has no end in the log",) if open_end else (),
    )
