"""Motif sets on which several passes of a miner agree: evidence accumulation (Fred & Jain 2005).

One pass decides early what belongs together, and its first choice takes the windows that others need. Where another
draw of candidates and surrogates decides otherwise, the choice was arbitrary. So occurrences are put together that most
passes put together, and what most passes do not find is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from motifkit.types import FloatArray, IntArray

MAJORITY = 0.5  # of the passes: that find a place, and that put two places together

Pass: TypeAlias = Sequence[IntArray]


def agreed_sets(passes: Sequence[Pass], position: IntArray, gap: int, n_motifs: int) -> list[IntArray]:
    """Sets of windows that most passes find, and find together.

    Parameters
    ----------
    passes : sequence of sequences of int arrays
        What each pass found: its sets, each with the indices of its windows. Those of one pass do not overlap.
    position : (n,) int array
        Position of every window, ascending.
    gap : int
        Windows overlap when their positions differ by less.
    n_motifs : int
        Most sets.

    Returns
    -------
    list of int arrays
        Indices of windows, ascending, at least two a set and none that overlap; the best supported set first.

    References
    ----------
    Fred and Jain (2005), Combining multiple clusterings using evidence accumulation.

    Examples
    --------
    >>> one = [np.array([0, 20, 40]), np.array([10, 30])]
    >>> two = [np.array([1, 20, 40]), np.array([10, 30, 60])]
    >>> three = [np.array([0, 20, 40]), np.array([10, 30, 50])]
    >>> [s.tolist() for s in agreed_sets([one, two, three], np.arange(80), gap=5, n_motifs=9)]
    [[0, 20, 40], [10, 30]]
    """
    windows_idx, found_in = places(passes, position, gap)
    support = (found_in >= 0).mean(axis=1) if len(found_in) else np.empty(0)
    agreed = support >= MAJORITY
    windows_idx, found_in, support = windows_idx[agreed], found_in[agreed], support[agreed]
    if len(windows_idx) < 2:
        return []
    cluster = _clusters(found_in)
    sets = [np.flatnonzero(cluster == c) for c in np.unique(cluster)]
    sets = sorted((s for s in sets if len(s) > 1), key=lambda s: (-support[s].sum(), windows_idx[s].min()))
    return [np.sort(windows_idx[s]) for s in sets[:n_motifs]]


def places(passes: Sequence[Pass], position: IntArray, gap: int) -> tuple[IntArray, IntArray]:
    """Stretches of the series that passes have found, and in which set each pass has them.

    Occurrences of different passes are at one place when they differ by less than half a window. The window that stands
    for the place is the one that most passes come near to, and of those the one that they come nearest to.

    Parameters
    ----------
    passes, position, gap
        As in `agreed_sets`.

    Returns
    -------
    windows_idx : (p,) int array
        A window for each place, best supported first; they do not overlap.
    found_in : (p, n_passes) int array
        Index of the set in which each pass has the place, -1 where it has not.

    Examples
    --------
    >>> windows_idx, found_in = places([[np.array([3, 9])], [np.array([4])]], np.arange(20), gap=4)
    >>> windows_idx.tolist(), found_in.tolist()
    ([3, 9], [[0, 0], [0, -1]])
    """
    found = [(i, r, s) for r, sets in enumerate(passes) for s, idx in enumerate(sets) for i in idx.tolist()]
    window, run, which = np.array(sorted(found), dtype=np.int64).reshape(-1, 3).T
    at = position[window]
    reach = (gap - 1) // 2  # so near an occurrence a pass has one at most, since its own lie a gap apart
    first = np.searchsorted(at, at - reach, side="left")
    last = np.searchsorted(at, at + reach, side="right")
    away = np.array([np.abs(at[a:b] - at[i]).sum() for i, (a, b) in enumerate(zip(first, last, strict=True))])
    chosen = _apart(at, np.lexsort((at, away, first - last)), gap)
    found_in = np.full((len(chosen), len(passes)), -1)
    for row, i in enumerate(chosen):
        near = slice(first[i], last[i])
        found_in[row, run[near]] = which[near]
    return window[chosen], found_in


def together(found_in: IntArray) -> FloatArray:
    """Of the passes that find both of two places, the share that has them in one set; 0 where none does.

    Parameters
    ----------
    found_in : (p, n_passes) int array
        As `places` gives it.

    Returns
    -------
    (p, p) float array
        1 on the diagonal.

    Examples
    --------
    >>> together(np.array([[0, 0, 1], [0, 1, -1]]))
    array([[1. , 0.5],
           [0.5, 1. ]])
    """
    joined, both = np.zeros((2, len(found_in), len(found_in)))
    for sets in found_in.T:
        here = sets >= 0
        joined += (sets[:, None] == sets) & here
        both += here[:, None] & here
    share = joined / np.maximum(both, 1)
    np.fill_diagonal(share, 1.0)
    return share


def _apart(at: IntArray, order: IntArray, gap: int) -> list[int]:
    """First of a ranking whose ascending positions `at`, some of them equal, lie a gap apart."""
    free = np.ones(len(at), dtype=bool)
    chosen = []
    for i in order.tolist():
        if free[i]:
            chosen.append(i)
            free[np.searchsorted(at, at[i] - gap, "right") : np.searchsorted(at, at[i] + gap, "left")] = False
    return chosen


def _clusters(found_in: IntArray) -> IntArray:
    """Label of each place: average linkage over `together`, cut at a majority.

    Places that all passes treat alike are one for the linkage: so its cost grows with what passes disagree about.
    """
    alike, of_place = np.unique(found_in, axis=0, return_inverse=True)
    if len(alike) == 1:
        return np.zeros(len(found_in), dtype=np.int64)
    apart = squareform(1 - together(alike), checks=False)
    return np.asarray(fcluster(linkage(apart, "average"), 1 - MAJORITY, "distance")[of_place.ravel()])
