"""Where k-means under dynamic time warping starts: k windows, drawn with care and then exchanged.

Greedy k-means++ (D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA, 2007) draws more
windows than it chooses. Their distances to all windows are known by then, so that exchanging chosen ones for others
(S. Lattanzi, C. Sohler, "A better k-means++ algorithm via local search", ICML, 2019) costs about as much as one more
draw and is worth several.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from motifkit.mining.dtw_distance import Floats, pairwise_squared
from motifkit.types import FloatArray, IntArray

_POOL_CELLS = 1 << 24  # distances of windows to candidates: 64 MB, in single precision
_SWAP_ROWS = 64  # candidates tried at once
_TOLERANCE = 1e-6  # relative fall of the inertia that an exchange must bring


class _Owners(NamedTuple):
    """Which chosen candidate owns each window: the nearest; and how near it and the next one are."""

    nearest: npt.NDArray[np.floating]
    second: npt.NDArray[np.floating]
    order: IntArray  # windows by owner
    starts: IntArray  # where in that order each owner begins
    owner: IntArray  # of each start


def squared_table(x: Floats, centres: Floats, band: int) -> Floats:
    """Squared DTW distances (k, n) of windows (m, c, n) to centres (m, c, k)."""
    return pairwise_squared(centres[..., None], x[:, :, None], band)


def first_centres(x: Floats, k: int, band: int, rng: np.random.Generator) -> Floats:
    """Windows to start from, (m, c, k), out of all (m, c, n)."""
    n, n_rows = x.shape[2], (2 + int(np.log(k))) * k + 2 * k
    if n * n_rows > _POOL_CELLS:  # a sample is as good to start from, and keeps the distances in memory
        sample = rng.choice(n, min(n, max(4 * k, _POOL_CELLS // n_rows)), replace=False)
        x = x[:, :, np.sort(sample)]
    candidates, rows, chosen = draw_candidates(x, k, band, rng)
    return x[:, :, candidates[swapped(rows, chosen)]]


def draw_candidates(
    x: Floats, k: int, band: int, rng: np.random.Generator
) -> tuple[IntArray, Floats, IntArray]:
    """Greedy k-means++: candidate windows (r,), their squared distances (r, n), and which k of them it chose.

    Those that it drew and did not choose, and 2 k drawn at the end, are there for `swapped`.
    """
    n_draws = 2 + int(np.log(k))  # as scikit-learn and tslearn
    drawn = [rng.integers(x.shape[2], size=1)]
    rows = [squared_table(x, x[:, :, drawn[0]], band)]
    chosen, nearest = [0], rows[0][0]
    for i in range(1, k):
        drawn.append(_draw(nearest, n_draws, rng))
        rows.append(squared_table(x, x[:, :, drawn[i]], band))
        lowered = np.minimum(rows[i], nearest)
        best = int(lowered.sum(axis=1).argmin())
        chosen.append(1 + (i - 1) * n_draws + best)
        nearest = lowered[best]
    drawn.append(_draw(nearest, 2 * k, rng))
    rows.append(squared_table(x, x[:, :, drawn[k]], band))
    return np.concatenate(drawn), np.concatenate(rows), np.array(chosen)


def swapped(rows: npt.NDArray[np.floating], chosen: IntArray) -> IntArray:
    """The chosen candidates after exchanging one for another as long as that lowers the inertia, at most k times.

    Parameters
    ----------
    rows : (r, n) float array
        Squared distances of all candidates to all windows.
    chosen : (k,) int array
        Indices of candidates. Each time the best pair of a block of candidates and all the chosen is exchanged.

    Returns
    -------
    (k,) int array

    Examples
    --------
    >>> rows = np.array([[0.0, 1, 9, 9], [1.0, 0, 9, 9], [9.0, 9, 0, 0]])
    >>> swapped(rows, np.array([0, 1])).tolist()
    [2, 1]
    """
    chosen = chosen.copy()
    owners = _owners(rows, chosen)
    at = n_failed = 0
    for _ in range(len(chosen)):
        inertia = _inertia_of_swaps(rows[at : at + _SWAP_ROWS], owners, len(chosen))
        new, old = divmod(int(inertia.argmin()), len(chosen))
        n_failed += 1
        if inertia[new, old] < owners.nearest.sum() * (1 - _TOLERANCE):
            chosen[old] = at + new
            owners = _owners(rows, chosen)
            n_failed = 0
        if n_failed * _SWAP_ROWS >= len(rows):  # no block has a better one
            break
        at = at + _SWAP_ROWS if at + _SWAP_ROWS < len(rows) else 0
    return chosen


def _owners(rows: npt.NDArray[np.floating], chosen: IntArray) -> _Owners:
    table = rows[chosen]
    labels, every = table.argmin(axis=0), np.arange(rows.shape[1])
    nearest = table[labels, every]
    table[labels, every] = np.inf
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    return _Owners(nearest, table.min(axis=0), order, starts, labels[order][starts])


def _inertia_of_swaps(block: npt.NDArray[np.floating], owners: _Owners, k: int) -> FloatArray:
    """Summed squared distances (r, k) with candidate i of a block, (r, n), in the place of the chosen j."""
    kept = np.minimum(block, owners.nearest)
    loss = (np.minimum(block, owners.second) - kept)[:, owners.order]  # of windows that lose their owner
    inertia = np.zeros((len(block), k))
    inertia[:, owners.owner] = np.add.reduceat(loss, owners.starts, axis=1)
    inertia += kept.sum(axis=1, keepdims=True)
    return inertia


def _draw(weights: npt.NDArray[np.floating], n_draws: int, rng: np.random.Generator) -> IntArray:
    """Indices drawn with chances in proportion to `weights`, with replacement."""
    cumulated = np.cumsum(weights, dtype=float)
    drawn = np.searchsorted(cumulated, rng.random(n_draws) * cumulated[-1], side="right")
    last = len(weights) - 1  # which rounding, or weights that are all zero, would overstep
    indices: IntArray = np.minimum(drawn, last).astype(np.int64)
    return indices
