"""Nearest windows by a k-d tree: the engine for short windows.

A z-normalised window of length m has zero mean, so an orthonormal basis of the zero-mean vectors makes it a
point in m - 1 dimensions without changing any distance, and an exact profile is a nearest-neighbour query for
every point. The exclusion zone e hides at most 2 e + 1 windows (the window itself among them): of the k + 2 e
+ 1 nearest windows at least k are therefore left. Most rows need far fewer, so few are asked for first.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from scipy.spatial import cKDTree

from motifkit.mining.profile_windows import ZWindows
from motifkit.types import FloatArray, IntArray

_LEAF = 16
_FIRST_ROWS, _FEWEST_ROWS, _MOST_ROWS = 1024, 16, 16384
_CHUNK_SECONDS = 0.1  # a query cannot be interrupted, so none may take long
_EXPANDED_VALUES = 2**20
_MANY_MISSES = 0.3  # share of repeated rows from which asking for few neighbours first no longer pays


@dataclass(frozen=True, eq=False)
class _Groups:
    """Equal points, kept once: the tree would compare every copy with every other.

    Members of group `g` are the rows `order[start[g]:start[g + 1]]`, ascending.
    """

    points: FloatArray  # (n_groups, m - 1)
    order: IntArray  # (n,)
    start: IntArray  # (n_groups + 1,)

    @property
    def size(self) -> IntArray:
        return np.diff(self.start)

    @property
    def distinct(self) -> bool:
        return len(self.points) == len(self.order)


def kdtree_neighbours(
    x: ZWindows, y: ZWindows | None, k: int, zone: int, n_threads: int
) -> tuple[FloatArray, IntArray]:
    """Distances to the `k` nearest windows, and their rows.

    Parameters
    ----------
    x : ZWindows
        The queries.
    y : ZWindows or None
        Where neighbours are sought; None means in `x`, outside the exclusion zone `zone`.
    k, zone, n_threads : int

    Returns
    -------
    values : (n, k) float array
        Ascending in each row; inf where there are fewer than `k` neighbours.
    rows : (n, k) int array
        Rows of `y` (of `x` when None); -1 where there are fewer.

    Examples
    --------
    >>> from motifkit.mining.profile_windows import z_windows
    >>> x = z_windows([np.array([584.0, -11.0, 23.0, 79.0, 1001.0, 0.0, -19.0])], 3)
    >>> kdtree_neighbours(x, None, 1, 1, 1)[1].T
    array([[4, 3, 0, 1, 0]])
    """
    basis = _zero_mean_basis(x.z.shape[1])
    queries = _group(x.z @ basis)
    targets = queries if y is None else _group(y.z @ basis)
    tree = cKDTree(targets.points, leafsize=_LEAF, balanced_tree=False)
    # Queries that lie close together, one after another, find the nodes they need in cache: two to three
    # times faster.
    near = tree if y is None else cKDTree(queries.points, leafsize=_LEAF, balanced_tree=False)
    order: IntArray = near.indices.astype(np.int64)
    values = np.full((len(x.z), k), np.inf)
    rows = np.full((len(x.z), k), -1, np.int64)
    position = None if y is not None else x.position
    most = k if y is not None else k + 2 * zone + 1
    with ThreadPoolExecutor(n_threads) as pool:
        search = _Search(tree, queries, targets, position, zone, k, n_threads, pool, values, rows)
        search.run(search.run(order, k + (y is None), most), most, most)
    return values, rows


@dataclass(frozen=True, eq=False)
class _Search:
    """One tree, the groups on both sides of it, and the arrays the answers go to."""

    tree: cKDTree
    queries: _Groups
    targets: _Groups
    position: IntArray | None  # (n,) for a self-join, None when nothing is trivial
    zone: int
    k: int
    n_threads: int
    pool: ThreadPoolExecutor
    values: FloatArray  # (n, k), filled by run()
    rows: IntArray  # (n, k), filled by run()

    def run(self, groups: IntArray, ask: int, most: int) -> IntArray:
        """Answer groups of queries from their `ask` nearest windows; give back those that need `most`."""
        missed: list[IntArray] = []
        done, n_rows = 0, _FIRST_ROWS
        while done < len(groups):
            some = groups[done : done + n_rows]
            began = perf_counter()
            lacking = self._answer(some, ask)
            if ask < most:
                missed.append(some[lacking])
                if lacking.mean() > _MANY_MISSES:
                    ask = most
            seconds = max(perf_counter() - began, 1e-6)
            done += len(some)
            n_rows = int(np.clip(len(some) * _CHUNK_SECONDS / seconds, _FEWEST_ROWS, _MOST_ROWS))
        return np.concatenate(missed) if missed else np.empty(0, np.int64)

    def _answer(self, groups: IntArray, ask: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        n_near = min(ask, len(self.targets.points))
        # Not the tree's own `workers`: after an interrupt these write into memory that is no longer theirs.
        parts = np.array_split(self.queries.points[groups], self.n_threads)
        found = list(self.pool.map(lambda part: self.tree.query(part, k=n_near), parts))
        distance = np.concatenate([np.reshape(d, (-1, n_near)) for d, _ in found])
        near = np.concatenate([np.reshape(i, (-1, n_near)) for _, i in found])
        if not self.targets.distinct:
            distance, near = _expand(self.targets, distance, near, ask)
        lacking = np.zeros(len(groups), np.bool_)
        size = self.queries.size[groups]
        member = np.repeat(np.arange(len(groups)), size)
        inside = np.arange(len(member)) - np.repeat(np.cumsum(size) - size, size)
        rows = self.queries.order[self.queries.start[groups][member] + inside]
        step = max(1, _EXPANDED_VALUES // ask)
        for low in range(0, len(rows), step):
            part, of = rows[low : low + step], member[low : low + step]
            short = self._keep(part, distance[of], near[of])
            lacking[of[short]] = True
        return lacking

    def _keep(self, rows: IntArray, distance: FloatArray, near: IntArray) -> IntArray:
        """Store the first k non-trivial candidates of each row; which of the rows have fewer."""
        trivial = near < 0
        if self.position is not None:
            trivial |= np.abs(self.position[near] - self.position[rows][:, None]) <= self.zone
        if self.k == 1:
            pick = np.argmin(trivial, axis=1)[:, None]
        else:
            pick = np.argsort(trivial, axis=1, kind="stable")[:, : self.k]
        bad = np.take_along_axis(trivial, pick, axis=1)
        n_kept = pick.shape[1]
        self.values[rows, :n_kept] = np.where(bad, np.inf, np.take_along_axis(distance, pick, axis=1))
        self.rows[rows, :n_kept] = np.where(bad, -1, np.take_along_axis(near, pick, axis=1))
        if n_kept < self.k:
            return np.arange(len(rows))
        return np.flatnonzero(bad[:, -1])


def _expand(groups: _Groups, distance: FloatArray, near: IntArray, n: int) -> tuple[FloatArray, IntArray]:
    """From the nearest groups to their `n` nearest members, the earliest of equal ones; -1 for none."""
    size = np.minimum(groups.size[near], n)
    end = np.cumsum(size, axis=1)
    slot = np.arange(n)
    which = (end[:, None, :] <= slot[:, None]).sum(axis=2)
    none = which == near.shape[1]
    which = np.minimum(which, near.shape[1] - 1)
    inside = slot - np.take_along_axis(end - size, which, axis=1)
    first = groups.start[np.take_along_axis(near, which, axis=1)]
    members = groups.order[np.where(none, 0, first + inside)]
    return np.where(none, np.inf, np.take_along_axis(distance, which, axis=1)), np.where(none, -1, members)


def _zero_mean_basis(m: int) -> FloatArray:
    """(m, m - 1) orthonormal basis of the zero-mean vectors: cosines, of which the slowest carry most."""
    steps = np.outer(np.arange(m) + 0.5, np.arange(1, m))
    basis: FloatArray = np.sqrt(2 / m) * np.cos(np.pi / m * steps)
    return basis


def _group(points: FloatArray) -> _Groups:
    points += 0.0  # -0.0 becomes 0.0: equal numbers, equal bits
    bits = points.view(np.uint64)
    key = np.zeros(len(points), np.uint64)
    for column in bits.T:
        key = (key ^ column) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    ordered = np.sort(key)
    if not (ordered[1:] == ordered[:-1]).any():
        every = np.arange(len(points) + 1)
        return _Groups(points, every[:-1], every)
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.r_[True, key[order][1:] != key[order][:-1]])
    start = np.r_[first, len(points)]
    unique = points[order[first]]
    # Two points share a key once in 10**7 runs.
    if (points[order] != np.repeat(unique, np.diff(start), axis=0)).any():
        unique, group = np.unique(points, axis=0, return_inverse=True)
        order = np.argsort(group.reshape(-1), kind="stable")
        start = np.r_[0, np.cumsum(np.bincount(group.reshape(-1)))]
    return _Groups(unique, order, start)
