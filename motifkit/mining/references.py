"""The windows of the reference surrogates: how near to a query chance puts windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import NamedTuple

import numpy as np

from motifkit.mining.distances import Distances, Float32Array, Metric, blocks, euclidean
from motifkit.mining.select import local_minima
from motifkit.mining.threads import Map, one_by_one
from motifkit.types import IntArray

_SIDE_BY_SIDE = 32_000  # windows of neighbouring surrogates that one product takes together: it saves calls
_CACHED = 400_000  # distances of one product, where queries are many: so few stay in the cache until they are ranked
_FEW = 4  # queries for which distances to the surrogates in between cost less than a product for each stretch


class _Together(NamedTuple):
    """Surrogates that one product takes: `which` of those in a stretch of the points, each of `size` windows."""

    which: list[int]
    size: int
    stretch: slice


class References:
    """Points of the windows of some surrogates, asked for what lies near a query in each.

    Parameters
    ----------
    points : sequence of (n, d) float32 arrays
        Of the windows of each surrogate, none of them empty.
    metric : Metric
        Euclidean by default.
    """

    def __init__(self, points: Sequence[Float32Array], metric: Metric = euclidean) -> None:
        self._sizes = [len(each) for each in points]
        self._first = np.cumsum([0, *self._sizes]).tolist()
        self._distances: Distances = metric(*points)
        self._chosen = list(range(len(points)))

    def __len__(self) -> int:
        return len(self._chosen)

    @property
    def fewest(self) -> int:
        """Windows of the surrogate that has fewest."""
        return min(self._sizes[i] for i in self._chosen)

    def among(self, some: Sequence[int] | IntArray) -> References:
        """Some of the surrogates, given by their indices in ascending order."""
        other = copy(self)
        other._chosen = [self._chosen[i] for i in some]
        return other

    def nearest(self, queries: Float32Array, n: int, run: Map = one_by_one) -> list[Float32Array]:
        """Squared distances of each query to the `n` nearest windows of each surrogate, (q, <= n) each, unsorted."""

        def job(together: _Together) -> Float32Array:
            which, size, stretch = together
            keep = min(n, size)
            out = np.empty((len(which), len(queries), keep), np.float32)
            for rows in blocks(len(queries), stretch.stop - stretch.start):
                squared = self._distances(queries[rows], stretch)
                squared = squared.reshape(len(squared), -1, size)  # (q, surrogates, windows)
                if len(which) < squared.shape[1]:
                    squared = squared[:, which]
                squared.partition(keep - 1, axis=2)
                out[:, rows] = squared[:, :, :keep].swapaxes(0, 1)
            return out

        most = min(_SIDE_BY_SIDE, _CACHED // max(1, len(queries)))
        groups = self._side_by_side(most, gaps=len(queries) <= _FEW)
        return [each for out in run(job, groups) for each in out]

    def count_within(self, query: Float32Array, squared_radius: float, gap: int) -> int:
        """Windows within a distance of one query, in all surrogates together; of those that overlap one counts."""
        n_found = 0
        for which, size, stretch in self._side_by_side(_SIDE_BY_SIDE):
            squared = self._distances(query[None], stretch).reshape(len(which), size)
            squared[squared > squared_radius] = np.inf
            n_found += int(np.count_nonzero(local_minima(squared, gap)))
        return n_found

    def _side_by_side(self, most: int, *, gaps: bool = False) -> Iterator[_Together]:
        """Surrogates of one size, one at least and else at most so many windows: neighbours, unless gaps may be."""
        start = 0
        while start < len(self._chosen):
            first = self._chosen[start]
            size = self._sizes[first]
            which = [0]
            for other in self._chosen[start + 1 :]:
                further = self._sizes[first + which[-1] + 1 : other + 1]  # those up to it, and its own
                fits = set(further) == {size} and (other - first + 1) * size <= most
                if not fits or (len(further) > 1 and not gaps):
                    break
                which.append(other - first)
            end = self._first[first + which[-1] + 1]
            yield _Together(which, size, slice(self._first[first], end))
            start += len(which)


def pooled(nearest: Sequence[Float32Array]) -> Float32Array:
    """Distances to the windows of several surrogates, (q, t_i) each, as one sorted row a query."""
    return np.sort(np.concatenate(nearest, axis=1), axis=1)
