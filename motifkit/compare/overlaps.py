"""Which places of two lists are the same place: by intersection over union, one to one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeAlias

Place: TypeAlias = tuple[int, int, int]
"""Episode, first row, row after the last."""


def same_places(one: Sequence[Place], other: Sequence[Place]) -> list[tuple[int, int]]:
    """Pair places whose intersection is more than half of their union, each at most once.

    Parameters
    ----------
    one, other : sequence of (episode, start, end)
        Half-open, in any order.

    Returns
    -------
    list of (i, j)
        `one[i]` is the same place as `other[j]`, in the order of the places. There are as many pairs as can be
        when the places of each list do not overlap, or are all equally long.

    Examples
    --------
    >>> same_places([(0, 40, 48), (0, 10, 18)], [(0, 12, 20), (0, 44, 52), (1, 40, 48)])
    [(1, 0)]
    """
    order = sorted(range(len(other)), key=lambda j: other[j])
    begins = [other[j][:2] for j in order]
    free = [True] * len(order)
    pairs = []
    for i in sorted(range(len(one)), key=lambda i: one[i]):
        episode, start, end = one[i]
        # What begins a whole length earlier, or later than the end, shares less than half.
        k = bisect_left(begins, (episode, start - (end - start)))
        while k < len(order) and begins[k] < (episode, end):
            if free[k] and _overlap(one[i], other[order[k]]) > 0.5:
                free[k] = False
                pairs.append((i, order[k]))
                break
            k += 1
    return pairs


def _overlap(one: Place, other: Place) -> float:
    """Intersection over union of two places of one episode."""
    shared = min(one[2], other[2]) - max(one[1], other[1])
    return shared / (max(one[2], other[2]) - min(one[1], other[1]))
