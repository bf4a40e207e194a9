"""The scan statistic: how surprising it is that so many windows lie so close to a query.

Sort the non-overlapping windows by their distance to a query. If `expected(d)` windows lie within `d` in series
without motifs, then `j` others within the distance `d_j` of the j-th have the chance
P(Poisson(expected(d_j)) >= j).
Where -log of that chance peaks, it gives the size, the radius and the rank of a motif at once, with no cutoff to
choose (a scan statistic in the sense of Kulldorff 1997, over radii around a window).
"""

from __future__ import annotations

from copy import copy

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc, gammaln, hyp1f1

from motifkit.mining.distances import Float32Array, Metric, blocks, euclidean
from motifkit.mining.references import References, pooled
from motifkit.mining.select import MotifSet, local_minima, pick_non_overlapping
from motifkit.mining.threads import Map, one_by_one
from motifkit.mining.windows import Windows
from motifkit.types import BoolArray, FloatArray, IntArray

MIN_EXPECTED = 0.5  # a count of none among all surrogates still stands for half of one


def surprise(n_found: npt.ArrayLike, expected: npt.ArrayLike) -> FloatArray:
    """-log P(Poisson(expected) >= n_found), in nats.

    Parameters
    ----------
    n_found : array of int
        0 gives 0.
    expected : array of float
        Positive; broadcast against `n_found`.

    Examples
    --------
    >>> surprise([0, 1, 5], 0.1).round(2)
    array([ 0.  ,  2.35, 16.38])
    """
    n, lam = np.broadcast_arrays(np.asarray(n_found, float), np.asarray(expected, float))
    tail = gammainc(np.maximum(n, 1), lam)
    far = (tail < 1e-250) & (n >= 1)
    out = np.array(-np.log(np.where(far | (n < 1), 1.0, tail)))
    if far.any():
        out[far] = _far_surprise(n[far], lam[far])
    return np.asarray(np.abs(out))  # no minus zeros


def _far_surprise(n: FloatArray, lam: FloatArray) -> FloatArray:
    """`surprise` where the chance underflows: its first term times a hypergeometric sum gives the logarithm."""
    sums = hyp1f1(1, n + 1, np.minimum(lam, n))
    return np.asarray(lam - n * np.log(lam) + gammaln(n + 1) - np.log(sums))


def motif_set(
    prototype: FloatArray,
    windows_idx: IntArray,
    distances: FloatArray,
    expected: float,
    words: tuple[str, ...] = (),
) -> MotifSet:
    """Motif set of some windows, nearest first: besides the one that is nearest, all others surprise.

    Parameters
    ----------
    prototype : (d,) float array
    windows_idx : (n,) int array
    distances : (n,) float array
        Of these windows to the prototype.
    expected : float
        How many windows chance gives as near.
    words : tuple of str

    Examples
    --------
    >>> found = motif_set(np.zeros(2), np.array([9, 4]), np.array([0.3, 0.1]), expected=0.1)
    >>> found.windows_idx.tolist(), round(found.score, 2)
    ([4, 9], 2.35)
    """
    order = np.lexsort((windows_idx, distances))
    score = float(surprise(len(windows_idx) - 1, expected))
    return MotifSet(prototype, windows_idx[order], distances[order], score, expected, words)


class Scan:
    """Queries the windows of one series against the windows of its surrogates.

    Parameters
    ----------
    windows : Windows
        What is mined.
    null : sequence of (n, d) float arrays
        Points of the windows of each reference surrogate.
    metric : Metric
        Euclidean by default.
    largest : int, optional
        Most occurrences that a motif is given. None lets it grow with the series, from 40 on.
    """

    def __init__(
        self,
        windows: Windows,
        null: list[Float32Array],
        *,
        metric: Metric = euclidean,
        largest: int | None = None,
    ) -> None:
        self.windows = windows
        self.position = windows.position
        self.gap = windows.length
        self.points = windows.points.astype(np.float32)
        self.distances = metric(self.points)
        self.references = References(null, metric)
        room = len(windows) // (8 * windows.length)
        self.largest = largest if largest is not None else int(np.clip(room, 40, 400))
        self._apart = bool(np.all(np.diff(windows.position) == 1))

    def __len__(self) -> int:
        return len(self.points)

    def null_distances(self, queries: Float32Array) -> Float32Array:
        """Smallest squared distances of each query to the surrogates' windows, pooled and sorted, (q, t)."""
        return pooled(self.nearest_null(queries))

    def nearest_null(self, queries: Float32Array, run: Map = one_by_one) -> list[Float32Array]:
        """Smallest squared distances of each query to the windows of each surrogate, (q, <= largest) each.

        Of each surrogate the `largest` nearest are kept: where one has more, nothing is surprising any more.
        """
        return self.references.nearest(queries, self.largest, run)

    def among(self, surrogates: IntArray) -> Scan:
        """The same windows against some of the surrogates."""
        other = copy(self)
        other.references = self.references.among(surrogates)
        return other

    def scores(self, queries: Float32Array, null: Float32Array, banned: BoolArray) -> FloatArray:
        """Surprise of each query at every size, (q, largest); entry `j` counts `j` windows besides the nearest.

        Windows count when they are nearest to the query within a window's length, which keeps trivial matches out.
        -inf where there are not so many windows, and for a single one.
        """
        n_sizes = min(self.largest, len(self))
        out = np.full((len(queries), n_sizes), -np.inf)
        sizes = np.arange(n_sizes)
        for rows in blocks(len(queries), len(self)):
            near = self._peaks(self.distances(queries[rows]), banned, n_sizes)
            expected = [self.expected(null[q], near[r]) for r, q in enumerate(range(rows.start, rows.stop))]
            found = surprise(sizes, np.array(expected))
            out[rows] = np.where(np.isfinite(near) & (sizes > 0), found, -np.inf)
        return out

    def expected(self, null: Float32Array, squared: Float32Array) -> FloatArray:
        """Windows that lie within each squared distance (t,) of one query in a surrogate, on average."""
        return np.asarray((null.searchsorted(squared, side="right") + MIN_EXPECTED) / len(self.references))

    def occurrences(self, query: Float32Array, n: int, banned: BoolArray) -> tuple[IntArray, Float32Array]:
        """The `n` nearest windows that do not overlap, and their squared distances."""
        squared = self.distances(query[None])[0]
        squared[banned] = np.inf
        reach = min(len(squared), 2 * n * self.gap)  # n picks ban fewer windows than that
        order = np.argpartition(squared, reach - 1)[:reach]
        order = order[np.lexsort((order, squared[order]))]
        idx = pick_non_overlapping(order[np.isfinite(squared[order])], self.position, self.gap, n)
        return idx, squared[idx]

    def count_expected(self, query: Float32Array, radius: float) -> float:
        """Non-overlapping windows within `radius` of a query in a surrogate, on average."""
        n_found = self.references.count_within(query, radius * radius, self.gap)
        return max(n_found, MIN_EXPECTED) / len(self.references)

    def _peaks(self, squared: Float32Array, banned: BoolArray, keep: int) -> Float32Array:
        squared[:, banned] = np.inf
        if not self._apart:
            squared = self._spread(squared)
        peaks = np.where(local_minima(squared, self.gap), squared, np.float32(np.inf))
        peaks.partition(keep - 1, axis=1)
        return np.sort(peaks[:, :keep], axis=1)

    def _spread(self, squared: Float32Array) -> Float32Array:
        """Lay windows out by position, so that those of two episodes are no neighbours."""
        first = self.position[0]
        wide = np.full((len(squared), self.position[-1] - first + 1), np.inf, np.float32)
        wide[:, self.position - first] = squared
        return wide
