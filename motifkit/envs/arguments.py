"""Checks of what environments are given: settings, actions, and the arguments of `reset`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from motifkit.arguments import require_whole
from motifkit.errors import UsageError, suggestion
from motifkit.types import BoolArray, FloatArray, IntArray


def checked_options(options: Mapping[str, Any] | None, known: Sequence[str]) -> dict[str, Any]:
    """Copy of the `options` of a reset.

    Raises
    ------
    UsageError
        For a name that is not in `known`; the error lists those that are.

    Examples
    --------
    >>> checked_options({"mask": 3}, ["world", "round"])
    Traceback (most recent call last):
    motifkit.errors.UsageError: reset has no option 'mask'; it takes: world, round
    """
    given = dict(options or {})
    for name in given:
        if name not in known:
            takes = f"it takes: {', '.join(known)}"
            raise UsageError(f"reset has no option {name!r}; {takes}{suggestion(str(name), known)}")
    return given


def checked_mask(mask: object, n_envs: int) -> BoolArray:
    """Which sub-environments a vector reset concerns.

    Parameters
    ----------
    mask : (n_envs,) bool array, or None
        gymnasium's `options["reset_mask"]`; None means all.
    n_envs : int
        Number of sub-environments.

    Raises
    ------
    UsageError
        For another type or shape, or a mask without a single True.
    """
    if mask is None:
        return np.ones(n_envs, dtype=bool)
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != (n_envs,):
        raise UsageError(f"reset_mask must be a bool array of shape ({n_envs},), got {mask!r}")
    if not mask.any():
        raise UsageError("reset_mask selects no sub-environment; set at least one entry to True")
    return mask


def require_action(action: object, n_actions: int) -> int:
    """Action of `Discrete(n_actions)`.

    Raises
    ------
    UsageError
        For anything else, a float among them.

    Examples
    --------
    >>> require_action(2, n_actions=2)
    Traceback (most recent call last):
    motifkit.errors.UsageError: action must be a whole number from 0 to 1, got 2
    """
    if isinstance(action, np.ndarray) and action.shape == ():
        action = action[()]
    return require_whole("action", action, 0, n_actions - 1)


def require_actions(actions: npt.ArrayLike, n_envs: int, n_actions: int) -> npt.NDArray[Any]:
    """One action of `Discrete(n_actions)` for each sub-environment.

    Returns
    -------
    (n_envs,) integer array

    Raises
    ------
    UsageError
        For another shape or type, or an action out of range.

    Examples
    --------
    >>> require_actions([0, 1, 2], 3, n_actions=2)
    Traceback (most recent call last):
    motifkit.errors.UsageError: actions must be whole numbers from 0 to 1, got 2 for sub-environment 2
    """
    array = np.asarray(actions)
    if array.shape != (n_envs,) or array.dtype.kind not in "iu":
        raise UsageError(
            f"actions must be {n_envs} whole numbers, one a sub-environment, "
            f"got {array.dtype} of shape {array.shape}"
        )
    # As unsigned numbers negative ones are huge: one reduction sees both ends.
    if np.maximum.reduce(array.astype(np.uint64)) >= n_actions:
        i = int(np.flatnonzero((array < 0) | (array >= n_actions))[0])
        raise UsageError(
            f"actions must be whole numbers from 0 to {n_actions - 1}, got {array[i]} for sub-environment {i}"
        )
    return array


def require_positions(
    name: str, value: npt.ArrayLike, shapes: tuple[tuple[int, ...], ...], *, clip: bool
) -> FloatArray:
    """Positions from -1 to 1, flat.

    Parameters
    ----------
    name : str
        "action" for that of a single environment, "actions" for those of several.
    value : array of one of the `shapes`
    clip : bool
        Whether positions beyond the bounds are brought into them, or refused.

    Raises
    ------
    UsageError
        For another shape or type, NaN, or a position out of bounds.

    Examples
    --------
    >>> require_positions("action", [1.5], ((1,), ()), clip=True)
    array([1.])
    >>> require_positions("action", [1.5], ((1,), ()), clip=False)
    Traceback (most recent call last):
    motifkit.errors.UsageError: action must be numbers from -1 to 1, got 1.5
    """
    array = np.asarray(value)
    if array.shape not in shapes or array.dtype.kind not in "fiu":
        raise UsageError(
            f"{name} must be numbers from -1 to 1 of shape {shapes[0]}, got {array.dtype} of shape {array.shape}"
        )
    flat: FloatArray = array.astype(float).reshape(-1)
    wrong = np.isnan(flat) if clip else ~(np.abs(flat) <= 1)
    if wrong.any():
        i = int(wrong.argmax())
        where = "" if name == "action" else f" for sub-environment {i}"
        raise UsageError(f"{name} must be numbers from -1 to 1, got {flat[i]:g}{where}")
    return np.clip(flat, -1.0, 1.0)


def require_all_begun(begun: bool, mask: BoolArray) -> None:
    """Require that the first reset of a vector leaves none of its sub-environments out.

    Raises
    ------
    UsageError
        Otherwise.
    """
    if not begun and not mask.all():
        raise UsageError("reset_mask leaves out sub-environments that were never reset; reset all first")


def require_running(begun: bool, over: bool = False) -> None:
    """Require that an episode has begun, and that it is not over.

    Raises
    ------
    UsageError
        Otherwise.

    Examples
    --------
    >>> require_running(begun=False)
    Traceback (most recent call last):
    motifkit.errors.UsageError: no episode has begun; call reset() before step()
    """
    if over or not begun:
        state = "the episode is over" if begun else "no episode has begun"
        raise UsageError(f"{state}; call reset() before step()")


def checked_labels(name: str, value: object, n_envs: int, n_labels: int) -> IntArray:
    """Label 0 .. n_labels - 1 of each sub-environment.

    Parameters
    ----------
    name : str
        For the message.
    value : int or (n_envs,) integer array
        One number stands for all.
    n_envs, n_labels : int
        What is expected.

    Raises
    ------
    UsageError
        For another shape, type or value.
    """
    array = np.asarray(value)
    whole = array.dtype.kind in "iu" and array.shape in ((), (n_envs,))
    if not whole or array.min() < 0 or array.max() >= n_labels:
        raise UsageError(
            f"{name} must be a whole number from 0 to {n_labels - 1}, or {n_envs} of them, got {value!r}"
        )
    return np.broadcast_to(array, n_envs).astype(np.int64)
