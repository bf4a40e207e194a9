"""Sets that are no better apart become one, so that a frequent shape is one motif however many are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from motifkit.mining.mixture import Mixture
from motifkit.mining.scan import Scan
from motifkit.types import IntArray

_REACH = 8  # part of a window by which sets may lie apart that hold the same shape


def joined(mixture: Mixture, sets: Sequence[IntArray]) -> list[IntArray]:
    """The sets after joining two at a time while that has more evidence. No window comes or goes.

    The same shape may have been found a few rows earlier in one set than in the other; so a set may move as a whole, by
    an eighth of a window at most, to where it fits the other best.

    Parameters
    ----------
    mixture : Mixture
        What the sets are judged by.
    sets : sequence of int arrays
        Indices of windows, two or more each.

    Returns
    -------
    list of int arrays
        As many or fewer.
    """
    reach = max(1, mixture.scan.gap // _REACH)
    current = list(sets)
    evidence = mixture.fit(current).evidence() if current else 0.0
    while len(current) > 1:
        fewer = best_union(mixture, current, reach)
        kept = mixture.fit(fewer).evidence()
        if kept <= evidence:
            break
        current, evidence = fewer, kept
    return current


def best_union(mixture: Mixture, sets: Sequence[IntArray], reach: int = 0) -> list[IntArray]:
    """Of two sets or more the two joined, at the end, that leave most evidence.

    Each set is tried with that whose template explains its windows best, apart from its own, all of them moved by as
    many rows, `reach` at most, as suit that template best.
    """
    components = mixture.fit(sets)
    unions = []
    for j, idx in enumerate(sets):
        moves = _moves(mixture.scan, idx, reach)
        odds = np.array([components.log_odds(moved).mean(axis=1) for moved in moves])  # (moves, k)
        odds[:, j] = -np.inf
        move, i = divmod(int(odds.argmax()), len(sets))
        others = [other for k, other in enumerate(sets) if k not in (i, j)]
        unions.append([*others, np.concatenate([sets[i], moves[move]])])
    return max(unions, key=lambda union: mixture.fit(union).evidence())


def _moves(scan: Scan, idx: IntArray, reach: int) -> list[IntArray]:
    """The windows of a set, and all moved by as many rows, as far as there are windows; the least moved first."""
    moves = []
    for rows in sorted(range(-reach, reach + 1), key=abs):
        target = scan.position[idx] + rows
        moved = np.minimum(scan.position.searchsorted(target), len(scan) - 1)
        if np.array_equal(scan.position[moved], target):
            moves.append(moved)
    return moves
