"""Plain twin of the consensus over passes: loops over occurrences, places and pairs of clusters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

Passes = Sequence[Sequence[Sequence[int]]]


def places(passes: Passes, position: Sequence[int], gap: int) -> tuple[list[int], list[list[int]]]:
    """Windows that stand for places, best supported first, and the set in which each pass has the place."""
    found = [(i, r, s) for r, sets in enumerate(passes) for s, one in enumerate(sets) for i in one]

    def near(i: int) -> list[tuple[int, int, int]]:
        return [other for other in found if 2 * abs(position[other[0]] - position[i]) < gap]

    def rank(i: int) -> tuple[int, int, int]:
        around = near(i)
        return (-len(around), sum(abs(position[j] - position[i]) for j, _, _ in around), position[i])

    chosen: list[int] = []
    for i in sorted({i for i, _, _ in found}, key=rank):
        if all(abs(position[i] - position[j]) >= gap for j in chosen):
            chosen.append(i)
    found_in = []
    for i in chosen:
        sets = {r: s for _, r, s in near(i)}
        found_in.append([sets.get(r, -1) for r in range(len(passes))])
    return chosen, found_in


def together(a: Sequence[int], b: Sequence[int]) -> float:
    """Of the passes that find both of two places, the share that has them in one set."""
    both = [(s, t) for s, t in zip(a, b, strict=True) if s >= 0 and t >= 0]
    return sum(s == t for s, t in both) / len(both) if both else 0.0


def average_linkage(found_in: Sequence[Sequence[int]], least: float) -> list[list[int]]:
    """Clusters of different rows, the two that are most together on average joined while they are `least` so."""
    share = cache(together)
    rows = sorted({tuple(row) for row in found_in})
    clusters = [[row] for row in rows]
    while len(clusters) > 1:
        pairs = [
            (sum(share(a, b) for a in one for b in other) / (len(one) * len(other)), -i, -j)
            for i, one in enumerate(clusters)
            for j, other in enumerate(clusters[:i])
        ]
        most, i, j = max(pairs)
        if most < least:
            break
        clusters[-j] += clusters.pop(-i)
    return [[n for n, row in enumerate(found_in) if tuple(row) in cluster] for cluster in clusters]
