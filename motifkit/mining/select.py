"""From windows to motif sets: which windows are occurrences when occurrences must not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from motifkit.types import BoolArray, FloatArray, IntArray


class MotifSet(NamedTuple):
    """A motif on its way: what a miner hands on.

    `prototype` is a point of the normalised window space, `windows_idx` the occurrences as indices of windows, nearest
    first, `distances` theirs to the prototype, `score` the surprise in nats, `expected_count` what chance gives, and
    `words` the SAX words if the miner has any.
    """

    prototype: FloatArray
    windows_idx: IntArray
    distances: FloatArray
    score: float
    expected_count: float
    words: tuple[str, ...] = ()


def pick_non_overlapping(
    order: IntArray, position: IntArray, gap: int, limit: int, banned: BoolArray | None = None
) -> IntArray:
    """First windows of a ranking that do not overlap: a window within `gap` of an earlier pick is passed over.

    Parameters
    ----------
    order : (r,) int array
        Indices of windows, best first.
    position : (n,) int array
        Position of every window, ascending.
    gap : int
        Smallest distance of two picks, in positions.
    limit : int
        Most picks.
    banned : (n,) bool array, optional
        Windows that may not be picked. None bans none.

    Returns
    -------
    (<= limit,) int array

    Examples
    --------
    >>> pick_non_overlapping(np.array([3, 2, 0, 7]), np.arange(8), gap=2, limit=9)
    array([3, 0, 7])
    """
    free = np.ones(len(position), dtype=bool) if banned is None else ~banned
    picks: list[int] = []
    for i in order.tolist():
        if free[i]:
            picks.append(i)
            if len(picks) == limit:
                break
            free[neighbourhood(position, i, gap)] = False
    return np.array(picks, dtype=np.int64)


def neighbourhood(position: IntArray, i: int, gap: int) -> slice:
    """Slice of the windows whose position is less than `gap` away from that of window `i`.

    Examples
    --------
    >>> neighbourhood(np.array([0, 1, 2, 10, 11]), 2, gap=2)
    slice(1, 3, None)
    """
    # Windows are few around each other: at most `gap` to either side, so the search stays local.
    low = max(0, i - gap + 1)
    high = min(len(position), i + gap)
    if position[high - 1] - position[low] == high - 1 - low:  # none is missing, as nearly everywhere
        return slice(low, high)
    at = position[i]
    first = low + int(np.searchsorted(position[low:high], at - gap, side="right"))
    last = low + int(np.searchsorted(position[low:high], at + gap, side="left"))
    return slice(first, last)


def local_minima(squared: npt.NDArray[np.float32], gap: int) -> BoolArray:
    """Whether a value (q, n) is finite and the lowest less than `gap` away; of equals the first, then the next."""
    mark = (_minimum_within(squared, gap - 1) == squared) & np.isfinite(squared)
    row, column = np.nonzero(mark)
    tied = (np.diff(column) < gap) & (np.diff(row) == 0)
    for r in np.unique(row[1:][tied]):
        last = -gap
        for c in column[row == r]:
            if c - last < gap:
                mark[r, c] = False
            else:
                last = int(c)
    return np.asarray(mark)


def _minimum_within(squared: npt.NDArray[np.float32], reach: int) -> npt.NDArray[np.float32]:
    """The lowest value (q, n) at most `reach` away: of stretches twice as long in every step."""
    n_rows, n = squared.shape
    lowest = np.full((n_rows, n + 2 * reach), np.inf, squared.dtype)
    lowest[:, reach : reach + n] = squared
    width, whole = 1, 2 * reach + 1  # column i holds the lowest of `width` values from there on
    while width < whole:
        step = min(width, whole - width)
        lowest = np.minimum(lowest[:, :-step], lowest[:, step:])
        width += step
    return lowest


def assign_to_nearest(
    claims: Sequence[tuple[IntArray, npt.NDArray[np.floating[Any]]]], position: IntArray, gap: int
) -> list[IntArray]:
    """Give every stretch of the series to the motif that claims it with the smallest distance.

    Parameters
    ----------
    claims : sequence of (windows_idx, distances)
        One pair of arrays per motif.
    position : (n,) int array
        Position of every window.
    gap : int
        Occurrences of all motifs end up at least this far apart.

    Returns
    -------
    list of int arrays
        Indices of the windows that each motif keeps, nearest first.

    Examples
    --------
    >>> one = np.array([0, 5]), np.array([0.1, 0.9])
    >>> two = np.array([6]), np.array([0.2])
    >>> [kept.tolist() for kept in assign_to_nearest([one, two], np.arange(10), gap=3)]
    [[0], [6]]
    """
    owner = np.concatenate([np.full(len(idx), i) for i, (idx, _) in enumerate(claims)])
    windows_idx = np.concatenate([idx for idx, _ in claims])
    distance = np.concatenate([d for _, d in claims])
    free = np.ones(len(position), dtype=bool)
    kept: list[list[int]] = [[] for _ in claims]
    order = np.lexsort((windows_idx, owner, distance))
    for i, whose in zip(windows_idx[order].tolist(), owner[order].tolist(), strict=True):
        if free[i]:
            kept[whose].append(i)
            free[neighbourhood(position, i, gap)] = False
    return [np.array(k, dtype=np.int64) for k in kept]


def ranked(sets: list[MotifSet]) -> list[MotifSet]:
    """Most surprising first; of equals the one with the nearer occurrences."""
    return sorted(sets, key=lambda s: (-s.score, float(s.distances.mean())))
