"""Scores of all pairs of windows in float32, and where they leave room for a near neighbour."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from motifkit.mining.threads import bounded
from motifkit.types import BoolArray, FloatArray, IntArray

_Float32Array = npt.NDArray[np.float32]

_TILE = 512  # windows on a side of a float32 product: 1 MB, which stays in cache
_BLOCK = 256  # windows that share one best score
_SCORES_BYTES = 2**26  # best scores kept for all windows and blocks
_STRIP = 16384  # columns of a float32 product of which the k best are kept


class Side(NamedTuple):
    """Windows as vectors whose inner product, left with right, ranks as -distance**2 does."""

    left: FloatArray  # (n, d)
    right: FloatArray  # (n, d)
    z: FloatArray  # (n, m)
    position: IntArray | None  # None when nothing is trivial


class Promising(NamedTuple):
    """Blocks of windows that can hold one of the k nearest, whatever float32 has rounded."""

    blocks: BoolArray  # (n_x, n_blocks)
    size: int  # windows in a block
    floor: FloatArray  # (n_x,) no score of the k nearest is lower


def promising_blocks(a: Side, b: Side, zone: int, k: int, pool: ThreadPoolExecutor) -> Promising:
    """Where the k nearest of each window of `a` among those of `b` can lie.

    A score of vectors that were rounded to float32 errs by no more than d + 2 roundings of the sum of absolute
    products, at most 2 here.
    """
    block = _block_size(len(a.left), len(b.left))
    if k == 1 or 2 * k <= -(-len(b.left) // block):
        scores = _best_scores(a, b, zone, block, pool)
        floor = np.partition(scores, -k, axis=1)[:, -k] if k > 1 else scores.max(axis=1)
    else:
        scores, floor = _best_scores_and_kth(a, b, zone, k, block, pool)
    error = 2.0 * (a.left.shape[1] + 3) * np.finfo(np.float32).eps
    # The least float is below every score but above -inf, which stands for trivial pairs.
    floor = np.maximum(floor - np.float32(2 * error), np.finfo(np.float32).min)
    return Promising(scores >= floor[:, None], block, floor.astype(np.float64))


def _block_size(n_x: int, n_y: int) -> int:
    """Multiple of `_BLOCK`, and of `_TILE` from there on, for which the best scores fit in memory."""
    least = 4 * n_x * n_y / _SCORES_BYTES
    return _BLOCK if least <= _BLOCK else int(-(-least // _TILE) * _TILE)


def _best_scores(a: Side, b: Side, zone: int, block: int, pool: ThreadPoolExecutor) -> _Float32Array:
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

    _each(pool, cover, range(0, len(a.left), panel), stop)
    return scores[: len(a.left)]


def _best_scores_and_kth(
    a: Side, b: Side, zone: int, k: int, block: int, pool: ThreadPoolExecutor
) -> tuple[_Float32Array, _Float32Array]:
    """As `_best_scores`, and (n_x,) the k-th best score of each window of `a`; -inf where there are fewer.

    For many neighbours among few blocks: the best scores of blocks then say little of the k-th best window, and
    would leave many times k candidates whose distances have to be computed and sorted.
    """
    panel = max(block, _TILE)
    left, right = _padded(a.left, _TILE), _padded(b.right, panel)
    scores = np.empty((len(left), len(right) // block), np.float32)
    kth = np.empty(len(left), np.float32)
    strip = panel * max(1, _STRIP // panel)
    stop = Event()

    def cover(i: int) -> None:
        best = np.full((_TILE, k), -np.inf, np.float32)
        for j in range(0, len(right), strip):
            if stop.is_set():
                return
            out = left[i : i + _TILE] @ right[j : j + strip].T
            for tile in range(0, out.shape[1], _TILE):
                _blank(out[:, tile : tile + _TILE], a, b, i, j + tile, zone)
            here = out.reshape(_TILE, -1, block).max(axis=2)
            scores[i : i + _TILE, j // block : j // block + here.shape[1]] = here
            best = np.partition(np.concatenate([best, out], axis=1), -k, axis=1)[:, -k:]
        kth[i : i + _TILE] = best[:, 0]

    _each(pool, cover, range(0, len(a.left), _TILE), stop)
    return scores[: len(a.left)], kth[: len(a.left)]


def _each(pool: ThreadPoolExecutor, job: Callable[[int], None], items: Iterable[int], stop: Event) -> None:
    """Run the jobs, and tell those under way to stop when one fails or the user interrupts."""
    try:
        for _ in bounded(pool, job, items):
            pass
    finally:
        stop.set()


def _padded(rows: FloatArray, multiple: int) -> _Float32Array:
    out = np.zeros((-(-len(rows) // multiple) * multiple, rows.shape[1]), np.float32)
    out[: len(rows)] = rows
    return out


def _blank(out: _Float32Array, a: Side, b: Side, i: int, j: int, zone: int) -> None:
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
