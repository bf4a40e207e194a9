"""The data sets in an episode of a Minari file: which there are, and their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from motifkit.errors import DataError
from motifkit.io.trajectory_log import Array, column_names, require_numbers

if TYPE_CHECKING:
    import h5py

_INDEX = re.compile(r"_index_(\d+)")


class Leaf(NamedTuple):
    """A data set in an episode's group, and the columns that it becomes."""

    path: str
    columns: tuple[str, ...]


def leaves(node: Any, path: str, stem: str) -> Iterator[Leaf]:
    """Data sets below a node: the parts of a Dict by their keys, of a Tuple by their numbers."""
    if hasattr(node, "shape"):
        plain = "/" not in path
        names = column_names(stem, np.empty((0, *node.shape[1:])), "_" if plain else ".")
        yield Leaf(path, ("obs_0",) if names == ("obs",) else names)
        return
    order: Callable[[str], tuple[int, str]] = lambda key: (_index(key), key)  # noqa: E731
    for key in sorted(node, key=order):
        part = str(_index(key)) if _INDEX.fullmatch(key) else key
        yield from leaves(node[key], f"{path}/{key}", f"{stem}.{part}")


def _index(key: str) -> int:
    found = _INDEX.fullmatch(key)
    return -1 if found is None else int(found[1])


def numbers_at(file: h5py.File, path: str, what: str) -> Array:
    """Numbers of a data set."""
    import h5py

    try:
        # Twice as fast as `file[path][()]`, which counts where ten thousand episodes have five data sets each.
        data = h5py.h5d.open(file.id, path.encode())
        kind, shape = data.dtype, data.shape
    except KeyError:
        raise DataError(f"{what} is lacking; record the episode again, or take it out") from None
    except (TypeError, ValueError):
        kind, shape = None, ()
    if not shape:
        raise DataError(f"{what} is no array of one row a step; record the episode again, or take it out")
    values = np.empty(shape, dtype=kind)
    if kind.kind in "iufb" and values.size:  # others are refused below, empty ones have nothing to read
        data.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
    return require_numbers(values, what)
