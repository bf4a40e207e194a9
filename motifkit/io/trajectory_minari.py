"""Minari data sets, read with h5py alone: the environment that their metadata name is never built."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from motifkit.errors import CorruptFileError, DataError, FileAccessError
from motifkit.io.minari_leaves import Leaf, leaves, numbers_at
from motifkit.io.trajectory_hdf5 import opened
from motifkit.io.trajectory_log import Array, StepLog

if TYPE_CHECKING:
    import h5py

MAIN_FILE = "main_data.hdf5"
METADATA_FILE = "metadata.json"
UNMERGED = "unmerged"
"""Folder beside `MAIN_FILE` in which a recorder that was killed leaves its newest episodes, a file each."""

_EPISODE = re.compile(r"episode_(\d+)")
_PARTS = ("observations", "actions", "rewards", "terminations", "truncations")


def minari_folder(path: Path) -> Path | None:
    """Folder of `main_data.hdf5` for a data set's folder or its `data`; None where there is none."""
    for folder in (path, path / "data"):
        if (folder / MAIN_FILE).is_file():
            return folder
    return None


def episode_number(name: str) -> int | None:
    """Number of the episode that a group holds, None for others.

    Examples
    --------
    >>> episode_number("episode_10"), episode_number("observations")
    (10, None)
    """
    found = _EPISODE.fullmatch(name)
    return None if found is None else int(found[1])


def read_minari(path: Path) -> StepLog:
    """Steps of a Minari data set, from a folder or from `main_data.hdf5` itself.

    Parameters
    ----------
    path : Path
        Groups `episode_0`, `episode_1` and so on, in the order of their numbers, each with `observations`,
        `actions`, `rewards`, `terminations`, `truncations`. There may be one observation more than there are
        rewards; it is dropped. Episodes that a killed recorder has left in `unmerged` are read too.

    Returns
    -------
    StepLog
        Channels "obs_0", ... of a plain observation space, "obs.position.0", ... of a nested one.

    Raises
    ------
    DataError
        When an episode lacks a part or has parts of unequal length, for images and text, and without
        episodes.
    FileAccessError, CorruptFileError
        When a file cannot be read; when it is damaged.
    """
    folder = minari_folder(path) if path.is_dir() else path.parent
    if folder is None:
        raise FileAccessError(f"{path} has no {MAIN_FILE}; name the folder of a Minari data set")
    _refuse_images(folder)
    reader = _Reader(path.name or str(path))
    main = folder / MAIN_FILE if path.is_dir() else path
    with opened(main) as file:
        there = reader.read(file)
    for number, part in _unmerged(folder) if main.name == MAIN_FILE else ():
        if number not in there:
            with opened(part) as file:
                reader.read(file)
    return reader.log()


def _unmerged(folder: Path) -> Iterator[tuple[int, Path]]:
    """Files of a killed recorder by the numbers of their episodes, ascending."""
    numbered = ((episode_number(path.stem), path) for path in (folder / UNMERGED).glob("episode_*.hdf5"))
    yield from sorted((number, path) for number, path in numbered if number is not None)


def _refuse_images(folder: Path) -> None:
    """Raise a DataError for observations that are stored as JPEG files, which would read as noise."""
    try:
        metadata = json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))
        space = json.loads(metadata.get("observation_space", "null"))
    except FileNotFoundError:
        return
    except OSError as error:
        raise FileAccessError(f"{folder / METADATA_FILE} cannot be read: {error.strerror}") from None
    except (ValueError, AttributeError, TypeError, RecursionError):
        message = (
            f"{folder / METADATA_FILE} is not valid JSON of a Minari data set; use another copy of the data"
        )
        raise CorruptFileError(message) from None
    if metadata.get("jpeg_encoding", True) and _has_image(space):
        raise DataError(f"{folder} holds pictures, which are not mined; record numbers instead")


def _has_image(space: Any) -> bool:
    if not isinstance(space, dict):
        return False
    below = space.get("subspaces", ())
    if any(_has_image(one) for one in (below.values() if isinstance(below, dict) else below)):
        return True
    return space.get("dtype") == "uint8" and len(space.get("shape", ())) == 3


class _Reader:
    """Gathers the episodes of one or several files that are laid out alike."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.observations: list[Leaf] = []
        self.actions: list[Leaf] = []
        self.parts: dict[str, list[Array]] = {}
        self.ids: list[int] = []

    def read(self, file: h5py.File) -> set[int]:
        """Read every episode of a file; returns their numbers."""
        numbers = sorted(n for n in (episode_number(name) for name in file) if n is not None)
        for number in numbers:
            self._episode(file, number)
        return set(numbers)

    def _episode(self, file: h5py.File, number: int) -> None:
        group, where = f"episode_{number}", f"{self.source}: episode {number}"
        if not self.parts:
            self._look(file, group, where)
        found = {path: numbers_at(file, f"{group}/{path}", f"{where}: {path}") for path in self.parts}
        n = len(found["rewards"])
        spare = {len(found[leaf.path]) - n for leaf in self.observations}
        if spare not in ({0}, {1}):
            sizes = ", ".join(f"{leaf.path} {len(found[leaf.path])}" for leaf in self.observations[:4])
            raise DataError(f"{where} has {n} rewards, but rows of {sizes}; give {n} or {n + 1} observations")
        seen = {leaf.path for leaf in self.observations}
        for path, values in found.items():
            if path not in seen and len(values) != n:
                raise DataError(f"{where}: {path} has {len(values)} rows, rewards has {n}; they must agree")
            before = self.parts[path][-1:] or [values]
            if values.shape[1:] != before[0].shape[1:]:
                raise DataError(
                    f"{where}: {path} has rows of shape {values.shape[1:]}, those before {before[0].shape[1:]}; "
                    "episodes must share their spaces"
                )
        for path, values in found.items():
            self.parts[path].append(values[:n])
        self.ids.append(number)

    def _look(self, file: h5py.File, group: str, where: str) -> None:
        """Learn from the first episode what there is in each."""
        for name in _PARTS:
            if f"{group}/{name}" not in file:
                raise DataError(f"{where} lacks {name}; record it again with all of {', '.join(_PARTS)}")
        self.observations = list(leaves(file[group]["observations"], "observations", "obs"))
        self.actions = list(leaves(file[group]["actions"], "actions", "action"))
        if not self.observations:
            raise DataError(f"{where}: observations are empty; record at least one number a step")
        paths = [leaf.path for leaf in (*self.observations, *self.actions)]
        self.parts = {path: [] for path in (*paths, *_PARTS[2:])}

    def log(self) -> StepLog:
        """All that was read.

        Raises
        ------
        DataError
            When it is nothing.
        """
        if not self.ids:
            raise DataError(f"{self.source} has no episodes; record some first: motifkit record ENV -o LOG")
        lengths = np.array([len(one) for one in self.parts["rewards"]], dtype=np.int64)
        last = np.cumsum(lengths)[lengths > 0] - 1
        flags = []
        for name in _PARTS[3:]:
            ends = np.zeros(len(lengths), dtype=bool)
            ends[lengths > 0] = self._joined(name)[last] != 0
            flags.append(ends)
        observations, channels = self._table(self.observations)
        actions, action_names = self._action_table()
        return StepLog(
            self.source,
            observations.astype(float, copy=False),
            channels,
            actions,
            action_names,
            self._joined("rewards").astype(float, copy=False).reshape(-1),
            lengths,
            flags[0],
            flags[1],
            tuple(str(number) for number in self.ids),
        )

    def _joined(self, path: str) -> Array:
        return np.concatenate(self.parts[path])

    def _table(self, leaves: list[Leaf]) -> tuple[Array, tuple[str, ...]]:
        columns = [self._joined(leaf.path) for leaf in leaves]
        table = [column.reshape(len(column), -1) for column in columns]
        names = tuple(name for leaf in leaves for name in leaf.columns)
        return (table[0] if len(table) == 1 else np.hstack(table)), names

    def _action_table(self) -> tuple[Array | None, tuple[str, ...]]:
        if not self.actions:
            return None, ()
        table, names = self._table(self.actions)
        return (table[:, 0] if names == ("action",) else table), names
