"""Which motifs several miners agree on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from motifkit.types import MiningResult, Motif

_LEAST_JACCARD = 0.25


@dataclass(frozen=True)
class Agreement:
    """Motifs of different miners that are found in the same places.

    Parameters
    ----------
    labels : dict
        Label of the motif for each miner that found it.
    n_shared : int
        Occurrences in common; of more than two miners, between those that share fewest.
    jaccard : float
        Shared occurrences over all occurrences, likewise.
    """

    labels: dict[str, str]
    n_shared: int
    jaccard: float


def agreement(results: Mapping[str, MiningResult]) -> tuple[Agreement, ...]:
    """Groups of motifs from different miners, each other's best partners, that share a quarter of their occurrences.

    Parameters
    ----------
    results : mapping of method to MiningResult
        Mined from the same data.

    Returns
    -------
    tuple of Agreement
        Largest overlap first.

    Examples
    --------
    >>> from motifkit.io.samples import planted_series
    >>> from motifkit.mining.mine import mine_all
    >>> values, _ = planted_series(n=1000, n_shapes=1, length=16, count=12, seed=0)
    >>> groups = agreement(mine_all(values, 16, 1, n_surrogates=0))
    >>> sorted(groups[0].labels)
    ['dtw', 'matrix_profile', 'sax']
    """
    groups: list[dict[str, int]] = []
    overlap: dict[tuple[tuple[str, int], tuple[str, int]], tuple[int, float]] = {}
    for one, two in combinations(results, 2):
        for i, j, n_shared, jaccard in _partners(results[one].motifs, results[two].motifs):
            overlap[(one, i), (two, j)] = n_shared, jaccard
            _join(groups, one, i, two, j)
    found = []
    for group in groups:
        pairs = [overlap[p, q] for p, q in combinations(group.items(), 2) if (p, q) in overlap]
        labels = {method: results[method].motifs[i].label for method, i in group.items()}
        found.append(Agreement(labels, min(n for n, _ in pairs), min(j for _, j in pairs)))
    return tuple(sorted(found, key=lambda g: (-len(g.labels), -g.jaccard)))


def _join(groups: list[dict[str, int]], one: str, i: int, two: str, j: int) -> None:
    for group in groups:
        if group.get(one) == i and two not in group:
            group[two] = j
            return
        if group.get(two) == j and group.get(one, i) == i:
            group[one] = i
            return
    groups.append({one: i, two: j})


def _partners(first: tuple[Motif, ...], second: tuple[Motif, ...]) -> list[tuple[int, int, int, float]]:
    """Pairs that are each other's best, with shared occurrences and their Jaccard index."""
    if not first or not second:
        return []
    shared = np.array([[_shared(a, b) for b in second] for a in first])
    total = np.array([[a.count + b.count for b in second] for a in first])
    jaccard = shared / np.maximum(total - shared, 1)
    return [
        (i, int(j), int(shared[i, j]), float(jaccard[i, j]))
        for i, j in enumerate(jaccard.argmax(axis=1))
        if jaccard[:, j].argmax() == i and jaccard[i, j] >= _LEAST_JACCARD
    ]


def _shared(a: Motif, b: Motif) -> int:
    """Occurrences of `a` that lie less than a third of a window from one of `b`: more than half in common."""
    places = {(o.episode, o.start) for o in b.occurrences}
    reach = -(-a.length // 3) - 1
    return sum(
        any((o.episode, o.start + shift) in places for shift in range(-reach, reach + 1))
        for o in a.occurrences
    )
