"""Nearest windows by matrix products: the engine for windows of middling length; nothing has to be compiled.

Products in float32 cover all pairs, each pair once, and leave only the best score of every window with every
*tile* of other windows. With a proven bound on their rounding these say in which tiles a nearest neighbour
can lie; only those are visited again in float64, and distances are computed from the windows themselves. The
result is exact, at the speed of float32.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from motifkit.mining.profile_nearest import NearestSoFar
from motifkit.mining.profile_windows import ZWindows
from motifkit.mining.threads import bounded
from motifkit.types import BoolArray, FloatArray, IntArray

_Float32Array = npt.NDArray[np.float32]

_TILE = 512  # windows on a side of a float32 product: 1 MB, which stays in cache
_BLOCK = 256  # windows that share one best score
_SCORES_BYTES = 2**26  # best scores kept for all windows and blocks
_ROWS = 4096  # rows of a float64 product


class _Side(NamedTuple):
    """Windows as vectors whose inner product, left with right, ranks as -distance**2 does."""

    left: FloatArray  # (n, d)
    right: FloatArray  # (n, d)
    z: FloatArray  # (n, m)
    position: IntArray | None  # None when nothing is trivial


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
    from threadpoolctl import threadpool_limits

    constants = any(not one.z.any(axis=1).all() for one in (x, y) if one is not None)
    a = _side(x, constants, trivial=y is None)
    b = a if y is None else _side(y, constants, trivial=False)
    nearest = NearestSoFar(a.z, b.z, k)
    # BLAS's own threads spin while they wait, which is ruinous on a busy machine; ours take whole panels
    # instead.
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(n_threads) as pool:
        block = _block_size(len(a.z), len(b.z))
        scores = _best_scores(a, b, zone, block, pool)
        promising = _promising(scores, k, a.left.shape[1])
        visits = (
            (number * block, rows[~nearest.settled[rows]])
            for number in range(promising.shape[1])
            for rows in _in_chunks(np.flatnonzero(promising[:, number]), _ROWS * _BLOCK // block)
        )
        for rows, columns in _candidates(a, b, zone, k, block, visits, pool):
            nearest.add(rows, columns)
    return nearest.finish()


def _side(windows: ZWindows, constants: bool, *, trivial: bool) -> _Side:
    """Unit vectors u; with constant windows (u = 0) two more columns make the product -|u - v|**2 / 2."""
    u = windows.z / np.sqrt(windows.z.shape[1])
    left = right = u
    if constants:
        half = -0.5 * u.any(axis=1)
        left = np.column_stack([u, np.ones(len(u)), half])
        right = np.column_stack([u, half, np.ones(len(u))])
    return _Side(left, right, windows.z, windows.position if trivial else None)


def _block_size(n_x: int, n_y: int) -> int:
    """Multiple of `_BLOCK`, and of `_TILE` from there on, for which the best scores fit in memory."""
    least = 4 * n_x * n_y / _SCORES_BYTES
    return _BLOCK if least <= _BLOCK else int(-(-least // _TILE) * _TILE)


def _best_scores(a: _Side, b: _Side, zone: int, block: int, pool: ThreadPoolExecutor) -> _Float32Array:
    """(n_x, n_blocks) best float32 score of each window of `a` in each block of `b`; -inf if all trivial."""
    panel = max(block, _TILE)
    left = _padded(a.left, panel)
    right = left if a.left is b.right else _padded(b.right, panel)
    scores = np.full((len(left), len(right) // block), -np.inf, np.float32)
    join = a is b
    stop = Event()

    def cover(first: int) -> None:
        out = np.empty((_TILE, _TILE), np.float32)
        for i in range(first, min(first + panel, len(a.left)), _TILE):
            for j in range(first if join else 0, len(b.left), _TILE):
                if stop.is_set():
                    return
                np.matmul(left[i : i + _TILE], right[j : j + _TILE].T, out=out)
                _blank(out, a, b, i, j, zone)
                _lift(scores, out, i, j, block)
                if join and j >= first + panel:
                    _lift(scores, out.T, j, i, block)

    try:
        for _ in bounded(pool, cover, range(0, len(a.left), panel)):
            pass
    finally:
        stop.set()
    return scores[: len(a.left)]


def _padded(rows: FloatArray, multiple: int) -> _Float32Array:
    out = np.zeros((-(-len(rows) // multiple) * multiple, rows.shape[1]), np.float32)
    out[: len(rows)] = rows
    return out


def _blank(out: _Float32Array, a: _Side, b: _Side, i: int, j: int, zone: int) -> None:
    """Set padding and trivial pairs of the tile at (i, j) to -inf."""
    n_rows, n_columns = len(a.left) - i, len(b.left) - j
    out[n_rows:] = -np.inf
    out[:, n_columns:] = -np.inf
    if a.position is None:
        return
    rows, columns = a.position[i : i + _TILE], a.position[j : j + _TILE]
    if rows[0] - zone <= columns[-1] and columns[0] - zone <= rows[-1]:
        out[: len(rows), : len(columns)][np.abs(rows[:, None] - columns) <= zone] = -np.inf


def _lift(scores: _Float32Array, out: _Float32Array, i: int, j: int, block: int) -> None:
    """Raise the best scores of rows i.. to those of a tile whose columns are j.. ."""
    width = min(block, _TILE)
    if out.flags.c_contiguous:
        best = out.reshape(_TILE, -1, width).max(axis=2)
    else:  # a tile seen from its other side: the same numbers, read in the order in which they lie
        best = out.T.reshape(-1, width, _TILE).max(axis=1).T
    here = scores[i : i + _TILE, j // block : j // block + best.shape[1]]
    np.maximum(here, best, out=here)


def _promising(scores: _Float32Array, k: int, d: int) -> BoolArray:
    """(n_x, n_blocks) blocks that can hold one of the k nearest, whatever float32 has rounded.

    k blocks hold a window each that is at least as good as the k-th best of the block scores. A score of
    vectors that were rounded to float32 errs by no more than d + 2 roundings of the sum of absolute products,
    at most 2 here.
    """
    error = 2.0 * (d + 3) * np.finfo(np.float32).eps
    if k > scores.shape[1]:
        return scores > -np.inf
    floor = np.partition(scores, -k, axis=1)[:, -k] if k > 1 else scores.max(axis=1)
    return (scores >= floor[:, None] - np.float32(2 * error)) & (scores > -np.inf)


def _candidates(
    a: _Side,
    b: _Side,
    zone: int,
    k: int,
    block: int,
    visits: Iterable[tuple[int, IntArray]],
    pool: ThreadPoolExecutor,
) -> Iterator[tuple[IntArray, IntArray]]:
    """Pairs (row of `a`, row of `b`) among which are the k nearest of each row, for every visit.

    A visit is the first row of a block of `b`, and the rows of `a` that may have a near neighbour in it.
    """
    error = 2.0 * (a.left.shape[1] + 3) * np.finfo(np.float64).eps

    def visit(item: tuple[int, IntArray]) -> tuple[IntArray, IntArray]:
        j, rows = item
        out = a.left[rows] @ b.right[j : j + block].T
        if a.position is not None:
            columns = a.position[j : j + block]
            near = np.flatnonzero(
                (a.position[rows] >= columns[0] - zone) & (a.position[rows] <= columns[-1] + zone)
            )
            trivial = np.abs(a.position[rows[near]][:, None] - columns) <= zone
            out[near] = np.where(trivial, -np.inf, out[near])
        if k >= out.shape[1]:
            floor = np.full(len(rows), -np.inf)
        else:
            floor = np.partition(out, -k, axis=1)[:, -k] if k > 1 else out.max(axis=1)
        r, c = np.nonzero((out >= floor[:, None] - 2 * error) & (out > -np.inf))
        return rows[r], c + j

    return bounded(pool, visit, visits)


def _in_chunks(rows: IntArray, size: int) -> Iterator[IntArray]:
    step = max(1, size)
    for low in range(0, len(rows), step):
        yield rows[low : low + step]
