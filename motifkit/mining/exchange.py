"""Local search for the motif sets that explain a series best, by exchanging one at a time and merging what is one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice

import numpy as np

from motifkit.mining.merging import merges
from motifkit.mining.mixture import Mixture
from motifkit.types import IntArray

_LEAST_GAIN = 4.0  # nats that an exchange must be worth: the best of many gains a little by chance
_MOST_SWEEPS = 10


def exchanged(
    mixture: Mixture, sets: Sequence[IntArray], others: Sequence[IntArray], n_motifs: int
) -> list[IntArray]:
    """Sets with more evidence: each of `others` is tried beside them, and the one that is then missed least goes.

    Two sets become one where that is more evidence, so there may be fewer in the end: a frequent shape is one motif,
    however many are asked for.

    Parameters
    ----------
    mixture : Mixture
        What the sets are judged by.
    sets : sequence of int arrays
        Indices of windows, at most `n_motifs` sets.
    others : sequence of int arrays
        What other passes found.
    n_motifs : int
        Most sets.

    Returns
    -------
    list of int arrays
        Refined; `sets` refined where no exchange gains anything.
    """
    current, evidence = _merged(mixture, *mixture.refined(sets))
    tried = _distinct(others)
    n_in_vain = 0
    for candidate in islice(cycle(tried), _MOST_SWEEPS * len(tried)):
        n_in_vain += 1
        wider, gained = mixture.refined([*current, candidate], n_rounds=2)
        if len(wider) > n_motifs:
            wider, gained = mixture.refined(_without_least(mixture, wider), n_rounds=2)
        if gained > evidence:
            wider, gained = mixture.refined(wider)
            if gained > evidence + _LEAST_GAIN:
                current, evidence = _merged(mixture, wider, gained)
                n_in_vain = 0
        if n_in_vain == len(tried):
            break
    return current


def _without_least(mixture: Mixture, sets: list[IntArray]) -> list[IntArray]:
    """The sets but for the one whose windows the rest explains best."""
    odds = np.maximum(mixture.fit(sets).log_odds(np.concatenate(sets)), 0)
    left = [np.delete(odds, k, axis=0).max(axis=0).sum() for k in range(len(sets))]
    drop = int(np.argmax(left))
    return [idx for k, idx in enumerate(sets) if k != drop]


def _merged(mixture: Mixture, sets: list[IntArray], evidence: float) -> tuple[list[IntArray], float]:
    """The sets and their evidence after merging two at a time, and refining, while that is worth it."""
    while len(sets) > 1:
        fewer, kept = mixture.refined(merges(mixture, sets)[0].sets)
        if kept <= evidence:
            break
        sets, evidence = fewer, kept
    return sets, evidence


def _distinct(sets: Sequence[IntArray]) -> list[IntArray]:
    """Sets of two windows or more, each once, the largest first."""
    once = {tuple(sorted(idx.tolist())): idx for idx in sets if len(idx) > 1}
    return [once[key] for key in sorted(once, key=lambda key: (-len(key), key))]
