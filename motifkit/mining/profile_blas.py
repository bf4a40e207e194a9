"""Nearest windows by matrix products: the engine for windows of middling length; nothing has to be compiled.

Products in float32 cover all pairs and leave only the best score of every window with every *block* of other
windows, and the k-th best of all. With a proven bound on their rounding these say in which blocks a nearest
neighbour can lie; only those are visited again in float64, and distances are computed from the windows
themselves. The result is exact, at the speed of float32.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from motifkit.mining.profile_nearest import NearestSoFar
from motifkit.mining.profile_scores import Promising, Side, promising_blocks
from motifkit.mining.profile_windows import ZWindows
from motifkit.mining.threads import bounded, one_blas_thread
from motifkit.types import FloatArray, IntArray

_ROW_VALUES = 2**20  # of a float64 product


def blas_neighbours(
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
    >>> blas_neighbours(x, None, 1, 1, 1)[1].T
    array([[4, 3, 0, 1, 0]])
    """
    constants = any(not one.z.any(axis=1).all() for one in (x, y) if one is not None)
    a = _side(x, constants, trivial=y is None)
    b = a if y is None else _side(y, constants, trivial=False)
    nearest = NearestSoFar(a.z, b.z, k)
    # BLAS's own threads spin while they wait, which is ruinous on a busy machine; ours take whole panels
    # instead.
    with one_blas_thread(), ThreadPoolExecutor(n_threads) as pool:
        promising = promising_blocks(a, b, zone, k, pool)
        block = promising.size
        visits = (
            (number * block, rows[~nearest.settled[rows]])
            for number in range(promising.blocks.shape[1])
            for rows in _in_chunks(np.flatnonzero(promising.blocks[:, number]), _ROW_VALUES // block)
        )
        for rows, columns in _candidates(a, b, zone, k, promising, visits, pool):
            nearest.add(rows, columns)
    return nearest.finish()


def _side(windows: ZWindows, constants: bool, *, trivial: bool) -> Side:
    """Unit vectors u; with constant windows (u = 0) two more columns make the product -|u - v|**2 / 2."""
    u = windows.z / np.sqrt(windows.z.shape[1])
    left = right = u
    if constants:
        half = -0.5 * u.any(axis=1)
        left = np.column_stack([u, np.ones(len(u)), half])
        right = np.column_stack([u, half, np.ones(len(u))])
    return Side(left, right, windows.z, windows.position if trivial else None)


def _candidates(
    a: Side,
    b: Side,
    zone: int,
    k: int,
    promising: Promising,
    visits: Iterable[tuple[int, IntArray]],
    pool: ThreadPoolExecutor,
) -> Iterator[tuple[IntArray, IntArray]]:
    """Pairs (row of `a`, row of `b`) among which are the k nearest of each row, for every visit.

    A visit is the first row of a block of `b`, and the rows of `a` that may have a near neighbour in it.
    """
    error = 2.0 * (a.left.shape[1] + 3) * np.finfo(np.float64).eps

    def visit(item: tuple[int, IntArray]) -> tuple[IntArray, IntArray]:
        j, rows = item
        out = a.left[rows] @ b.right[j : j + promising.size].T
        if a.position is not None:
            columns = a.position[j : j + promising.size]
            near = np.flatnonzero(
                (a.position[rows] >= columns[0] - zone) & (a.position[rows] <= columns[-1] + zone)
            )
            trivial = np.abs(a.position[rows[near]][:, None] - columns) <= zone
            out[near] = np.where(trivial, -np.inf, out[near])
        near_enough = out >= promising.floor[rows][:, None]
        # More than k in one block: in float32 these looked alike, in float64 few of them are among the best.
        many = np.flatnonzero(near_enough.sum(axis=1) > k)
        if len(many):
            of_many = out[many]
            best = of_many.max(axis=1) if k == 1 else np.partition(of_many, -k, axis=1)[:, -k]
            near_enough[many] &= of_many >= best[:, None] - 2 * error
        r, c = np.nonzero(near_enough)
        return rows[r], c + j

    return bounded(pool, visit, visits)


def _in_chunks(rows: IntArray, size: int) -> Iterator[IntArray]:
    step = max(1, size)
    for low in range(0, len(rows), step):
        yield rows[low : low + step]
