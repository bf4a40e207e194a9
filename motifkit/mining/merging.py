"""Sets that are no better apart become one, so that a frequent shape is one motif however many are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import NamedTuple

import numpy as np

from motifkit.mining.mixture import Mixture
from motifkit.mining.scan import Scan
from motifkit.types import IntArray

_REACH = 8  # part of a window by which sets may lie apart that hold the same shape


class Merge(NamedTuple):
    """Sets of which two, `pair`, became one: the last of `sets`."""

    pair: tuple[int, int]
    sets: list[IntArray]
    evidence: float


def merged(mixture: Mixture, sets: Sequence[IntArray], score: Callable[[IntArray], float]) -> list[IntArray]:
    """The sets after merging two at a time while that has more evidence, and as much surprise as the two on average.

    No window comes or goes, and none overlap that did not. The same shape may have been found a few rows earlier in one
    set than in the other; so a set may move as a whole, by an eighth of a window at most, to where it fits the other
    best.

    Parameters
    ----------
    mixture : Mixture
        What the sets are judged by.
    sets : sequence of int arrays
        Indices of windows, two or more each.
    score : callable
        Surprise of a set. In walks the density is extrapolated far, so that a clear motif and a set of strays may look
        like one.

    Returns
    -------
    list of int arrays
        As many or fewer.
    """
    reach = mixture.scan.gap // _REACH
    current = list(sets)
    while len(current) > 1:
        evidence = mixture.fit(current).evidence()
        better = (merge for merge in merges(mixture, current, reach) if merge.evidence > evidence)
        worthwhile = (m.sets for m in better if score(m.sets[-1]) >= fmean(score(current[k]) for k in m.pair))
        fewer = next(worthwhile, None)
        if fewer is None:
            break
        current = fewer
    return current


def merges(mixture: Mixture, sets: Sequence[IntArray], reach: int = 0) -> list[Merge]:
    """Two sets or more with two of them merged, those with most evidence first.

    Each set is tried with that whose template explains its windows best, apart from its own, all of them moved by as
    many rows, `reach` at most, as suit that template best.
    """
    components = mixture.fit(sets)
    found = []
    for j in range(len(sets)):
        moves = _moves(mixture.scan, sets, j, reach)
        odds = np.array([components.log_odds(moved).mean(axis=1) for moved in moves])  # (moves, k)
        odds[:, j] = -np.inf
        move, i = divmod(int(odds.argmax()), len(sets))
        fewer = [other for k, other in enumerate(sets) if k not in (i, j)]
        fewer.append(np.concatenate([sets[i], moves[move]]))
        found.append(Merge((i, j), fewer, mixture.fit(fewer).evidence()))
    return sorted(found, key=lambda merge: -merge.evidence)


def _moves(scan: Scan, sets: Sequence[IntArray], j: int, reach: int) -> list[IntArray]:
    """The windows of set `j`, and all of them moved by as many rows, where they overlap no window of another set.

    Those least moved come first.
    """
    others = np.sort(scan.position[np.concatenate([idx for k, idx in enumerate(sets) if k != j])])
    moves = [sets[j]]
    for rows in sorted(range(-reach, reach + 1), key=abs)[1:]:
        target = scan.position[sets[j]] + rows
        moved = np.minimum(scan.position.searchsorted(target), len(scan) - 1)
        free = others.searchsorted(target - scan.gap, "right") == others.searchsorted(target + scan.gap)
        if np.array_equal(scan.position[moved], target) and free.all():
            moves.append(moved)
    return moves
