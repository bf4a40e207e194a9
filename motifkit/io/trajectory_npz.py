"""Logged steps in an NPZ archive: flat arrays over all steps."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from motifkit.errors import CorruptFileError, DataError
from motifkit.io.trajectory_d4rl import log_of_arrays
from motifkit.io.trajectory_log import Array, StepLog, flat_rewards

# Names in the archive, and the ones that D4RL has for them.
_FLAGS = {
    "terminated": "terminals",
    "terminals": "terminals",
    "truncated": "timeouts",
    "timeouts": "timeouts",
}
_LENGTHS = "episode_lengths"


def npz_names(path: Path) -> tuple[str, ...]:
    """Names of the arrays in an archive; none when it is no archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(name.removesuffix(".npy") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return ()


def read_npz(path: Path) -> StepLog:
    """Steps of an NPZ archive.

    Parameters
    ----------
    path : Path
        Holds `observations` (n, ...) and, each over all steps, `actions` (n, ...), `rewards` (n,), and what ends an
        episode: `terminated` or `terminals`, `truncated` or `timeouts`, all (n,); or `episode_lengths`
        (n_episodes,), which add up to n. Without any of those it is one episode.

    Raises
    ------
    DataError
        When `observations` are lacking, arrays are no numbers, or their rows do not agree.
    CorruptFileError
        When the archive is damaged.
    """
    known = {"observations", "actions", "rewards", _LENGTHS, *_FLAGS}
    arrays: dict[str, Array] = {}
    notes: tuple[str, ...] = ()
    try:
        with np.load(path, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DataError(
                    f"{path.name} holds a single array; save with numpy.savez and a name for each"
                )
            others = sorted(set(archive.files) - known)
            for name in archive.files:
                if name in known:
                    arrays[name] = _array(archive, name, path.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        message = f"{path.name} is a damaged or incomplete NPZ archive ({error}); write it again"
        raise CorruptFileError(message) from None
    if "observations" not in arrays:
        listed = ", ".join(others) or "nothing"
        raise DataError(f"{path.name} lacks observations, it holds {listed}; save them under that name")
    if others:
        notes = (f"arrays left out: {', '.join(others)}",)
    lengths = arrays.pop(_LENGTHS, None)
    log = log_of_arrays({_FLAGS.get(name, name): values for name, values in arrays.items()}, path.name)
    log = log if lengths is None else _cut(log, lengths)
    return replace(log, notes=(*log.notes, *notes))


def _array(archive: np.lib.npyio.NpzFile, name: str, source: str) -> Array:
    try:
        return np.asarray(archive[name])
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        message = f"{source}: {name} holds objects, which are not read; save plain numbers"
        raise DataError(message) from None


def _cut(log: StepLog, lengths: Array) -> StepLog:
    """The log with episodes of given lengths; flags, where there are any, say how each ended."""
    n, what = len(log.observations), f"{log.source}: {_LENGTHS}"
    counts = flat_rewards(lengths, what)
    if (counts != np.floor(counts)).any() or (counts < 1).any() or counts.sum() != n:
        raise DataError(
            f"{what} must be whole numbers from 1 on that add up to {n}, the rows of observations"
        )
    sizes = counts.astype(np.int64)
    ends = np.cumsum(sizes)
    known = dict(
        zip(np.cumsum(log.lengths).tolist(), zip(log.terminated, log.truncated, strict=True), strict=True)
    )
    flags = np.array([known.get(end, (False, False)) for end in ends.tolist()], dtype=bool)
    ids = tuple(str(i) for i in range(len(sizes)))
    return replace(log, lengths=sizes, terminated=flags[:, 0], truncated=flags[:, 1], ids=ids, notes=())
