"""Local search for the motif sets that explain a series best, by exchanging one at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from motifkit.mining.mixture import Mixture
from motifkit.types import IntArray

_LEAST_GAIN = 4.0  # nats that an exchange must be worth: the best of many gains a little by chance
_MOST_SWEEPS = 10


def exchanged(
    mixture: Mixture, sets: Sequence[IntArray], others: Sequence[IntArray], n_motifs: int
) -> list[IntArray]:
    """Sets with more evidence: each of `others` is tried beside them, and the one that is then missed least goes.

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
    current, evidence = mixture.refined(sets)
    tried = _distinct(others)
    for _ in range(_MOST_SWEEPS):
        before = evidence
        for candidate in tried:
            wider, gained = mixture.refined([*current, candidate], n_rounds=2)
            if len(wider) > n_motifs:
                wider, gained = mixture.refined(_without_least(mixture, wider), n_rounds=2)
            if gained > evidence:
                wider, gained = mixture.refined(wider)
                if gained > evidence + _LEAST_GAIN:
                    current, evidence = wider, gained
        if evidence == before:
            break
    return current


def _without_least(mixture: Mixture, sets: list[IntArray]) -> list[IntArray]:
    """The sets but for the one whose windows the rest explains best."""
    best = np.maximum(mixture.fit(sets).log_odds(), 0)
    windows_idx = np.concatenate(sets)
    left = [np.delete(best[:, windows_idx], k, axis=0).max(axis=0).sum() for k in range(len(sets))]
    drop = int(np.argmax(left))
    return [idx for k, idx in enumerate(sets) if k != drop]


def _distinct(sets: Sequence[IntArray]) -> list[IntArray]:
    """Sets of two windows or more, each once, the largest first."""
    once = {tuple(sorted(idx.tolist())): idx for idx in sets if len(idx) > 1}
    return [once[key] for key in sorted(once, key=lambda key: (-len(key), key))]
