"""Logged steps as one long table before they are cut into episodes: what every format is read into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError
from motifkit.types import BoolArray, FloatArray, IntArray

Array: TypeAlias = npt.NDArray[Any]

_KINDS = {"O": "objects", "U": "text", "S": "text", "T": "text", "M": "dates", "c": "complex numbers"}


@dataclass(frozen=True, eq=False)
class StepLog:
    """Steps of all episodes, one after the other.

    Parameters
    ----------
    source : str
        Name for messages.
    observations : (n, obs_dim) float array
    channels : tuple of str, length obs_dim
    actions : (n,) or (n, act_dim) array, optional
        int64 for choices, float otherwise. None when the log has none.
    action_names : tuple of str
        One for each column of `actions`.
    rewards : (n,) float array, optional
        None when the log has none.
    lengths : (n_episodes,) int array
        Steps of each episode; they add up to n.
    terminated, truncated : (n_episodes,) bool array
    ids : tuple of str
        Names of the episodes.
    notes : tuple of str
        What was assumed on reading, in words.
    """

    source: str
    observations: FloatArray
    channels: tuple[str, ...]
    actions: Array | None
    action_names: tuple[str, ...]
    rewards: FloatArray | None
    lengths: IntArray
    terminated: BoolArray
    truncated: BoolArray
    ids: tuple[str, ...]
    notes: tuple[str, ...] = ()


def require_numbers(values: Array, what: str) -> Array:
    """Numbers as int64 or float64, whatever width and byte order they had.

    Raises
    ------
    DataError
        For text, objects and the like.

    Examples
    --------
    >>> require_numbers(np.array([True, False]), "a.npz: actions")
    array([1, 0])
    """
    if values.dtype.kind not in "iufb":
        kind = _KINDS.get(values.dtype.kind, f"values of type {values.dtype}")
        raise DataError(f"{what} holds {kind}; save plain numbers")
    return values.astype(float if values.dtype.kind == "f" else np.int64, copy=False)


def column_names(stem: str, values: Array, sign: str) -> tuple[str, ...]:
    """Names of the columns that an array of one row a step becomes.

    Parameters
    ----------
    stem : str
    values : (n,) or (n, ...) array
    sign : str
        Between stem and number.

    Examples
    --------
    >>> column_names("obs", np.zeros((5, 2)), "_"), column_names("action", np.zeros(5), "_")
    (('obs_0', 'obs_1'), ('action',))
    """
    if values.ndim == 1:
        return (stem,)
    return tuple(f"{stem}{sign}{i}" for i in range(int(np.prod(values.shape[1:]))))


def flat_observations(values: Array, what: str) -> tuple[FloatArray, tuple[str, ...]]:
    """Observations as (n, obs_dim) floats, and the channels "obs_0", "obs_1" and so on.

    Raises
    ------
    DataError
        When they are no numbers, or there are none.

    Examples
    --------
    >>> flat_observations(np.array([3, 4]), "a.npz: observations")
    (array([[3.],
           [4.]]), ('obs_0',))
    """
    if values.ndim == 0:
        raise DataError(f"{what} is a single value; give one row a step")
    table = require_numbers(values, what).reshape(len(values), int(np.prod(values.shape[1:]))).astype(float)
    if not table.shape[1]:
        raise DataError(f"{what} has no column; give one number a step at least")
    return table, column_names("obs", table, "_")


def flat_actions(values: Array, what: str) -> tuple[Array, tuple[str, ...]]:
    """Actions as (n,) or (n, act_dim), and their names.

    Raises
    ------
    DataError
        When they are no numbers.
    """
    if values.ndim == 0:
        raise DataError(f"{what} is a single value; give one row a step")
    numbers = require_numbers(values, what)
    if numbers.ndim > 2:
        numbers = numbers.reshape(len(numbers), -1)
    return numbers, column_names("action", numbers, "_")


def flat_rewards(values: Array, what: str) -> FloatArray:
    """Rewards as (n,) floats; (n, 1) is taken as well.

    Raises
    ------
    DataError
        When they are no numbers, or several a step.
    """
    numbers = require_numbers(values, what).astype(float)
    if numbers.ndim == 2 and numbers.shape[1] == 1:
        numbers = numbers[:, 0]
    if numbers.ndim != 1:
        raise DataError(f"{what} has shape {values.shape}; give one number a step")
    return numbers


def require_equal(sizes: Sequence[tuple[str, int]], where: str) -> None:
    """Raise a DataError when arrays that go together have different numbers of rows.

    Examples
    --------
    >>> require_equal([("observations", 5), ("rewards", 4)], "a.npz")
    Traceback (most recent call last):
    motifkit.errors.DataError: a.npz: rewards has 4 rows, observations has 5; they must agree
    """
    first, n = sizes[0]
    for name, size in sizes[1:]:
        if size != n:
            raise DataError(f"{where}: {name} has {size} rows, {first} has {n}; they must agree")


def split_by_flags(
    terminated: Array | None, truncated: Array | None, n: int
) -> tuple[IntArray, BoolArray, BoolArray]:
    """Cut steps into episodes after every step that ends one.

    Parameters
    ----------
    terminated, truncated : (n,) array, optional
        True, or not 0, where an episode ends.
    n : int
        Steps in all. Those after the last end make one more episode that neither flag ends.

    Returns
    -------
    lengths : (n_episodes,) int array
    terminated, truncated : (n_episodes,) bool array

    Examples
    --------
    >>> split_by_flags(np.array([0, 1, 0, 0, 0]), np.array([0, 0, 0, 1, 0]), 5)
    (array([2, 2, 1]), array([ True, False, False]), array([False,  True, False]))
    """
    ended, cut = (
        np.zeros(n, bool) if flags is None else np.asarray(flags).reshape(-1) != 0
        for flags in (terminated, truncated)
    )
    last = np.flatnonzero(ended | cut)
    if n and (not len(last) or last[-1] != n - 1):
        last = np.append(last, n - 1)
    return np.diff(last, prepend=-1), ended[last], cut[last]
