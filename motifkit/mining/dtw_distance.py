"""Dynamic time warping between short windows: one dynamic programme, run over many pairs at once.

The programme walks the anti-diagonals of the cost table. Its cells do not depend on each other, so one NumPy
call works on a whole diagonal of all pairs, a table of m x m cells takes 2m - 1 such steps, and nothing is
compiled.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError, UsageError
from motifkit.types import FloatArray

# The kernels compute in the precision of what they are given.
Floats = TypeVar("Floats", npt.NDArray[np.float32], npt.NDArray[np.float64])

# Cells of one diagonal, over all pairs of a block. Buffers of this size stay in the caches, which is worth
# a factor of two, and bound the memory of a call to a few megabytes beside its result.
_BLOCK_CELLS = 1 << 16
_N_BUFFERS = 5
_LARGEST = 1e150  # beyond it squares overflow


def diagonal_costs(a: Floats, b: Floats, out: Floats, scratch: Floats) -> None:
    """Squared distances of the rows (n, c, ...) of two sides that meet on an anti-diagonal, into `out` (n, ...)."""
    np.subtract(a[:, 0], b[:, 0], out=out)
    np.multiply(out, out, out=out)
    for c in range(1, a.shape[1]):
        np.subtract(a[:, c], b[:, c], out=scratch)
        np.multiply(scratch, scratch, out=scratch)
        np.add(out, scratch, out=out)


def diagonal_bounds(s: int, m: int, band: int) -> tuple[int, int]:
    """Rows `lo` to `hi` (exclusive) of the cells with i + j = s and |i - j| <= band in an m x m table.

    Examples
    --------
    >>> [diagonal_bounds(s, 3, band=1) for s in range(5)]
    [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
    """
    return max(0, s - m + 1, (s - band + 1) // 2), min(s, m - 1, (s + band) // 2) + 1


def checked_band(window: int | None, m: int) -> int:
    """Half-width of the Sakoe-Chiba band in steps: `window`, or m for None.

    Raises
    ------
    UsageError
        When `window` is negative or not a whole number.

    Examples
    --------
    >>> checked_band(None, 4), checked_band(1, 4), checked_band(9, 4)
    (4, 1, 4)
    """
    if window is None:
        return m
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or window < 0:
        raise UsageError(f"window must be a whole number of at least 0, got {window!r}; None sets no limit")
    return min(int(window), m)


def checked_windows(name: str, windows: npt.ArrayLike, *, multichannel: bool) -> FloatArray:
    """Windows as (..., m, c) doubles, checked; c is 1 unless `multichannel`.

    Raises
    ------
    DataError
        When the shape does not fit, a value is missing or infinite, or a square would overflow.

    Examples
    --------
    >>> checked_windows("a", [[1, 2, 3]], multichannel=False).shape
    (1, 3, 1)
    """
    x = np.asarray(windows, dtype=float)
    if x.ndim < 1 + multichannel or 0 in x.shape[x.ndim - 1 - multichannel :]:
        axes = "(..., m, c)" if multichannel else "(..., m)"
        raise DataError(f"{name} must have shape {axes} with m >= 1, got {x.shape}; pass windows of values")
    if x.size and not np.abs(x).max() <= _LARGEST:  # False for NaN as well
        odd = x[~(np.abs(x) <= _LARGEST)][0]
        raise DataError(f"{name} must be finite and within {_LARGEST:g}, got {odd}; drop that window")
    return x if multichannel else x[..., None]


def dtw_squared(a: Floats, b: Floats, band: int, scratch: Floats | None = None) -> Floats:
    """Squared DTW distances of pairs in time-first layout; `dtw_distance` is the checked form.

    Parameters
    ----------
    a, b : (m, c, ...) float arrays
        The trailing axes are broadcast against each other. The last one should be long and contiguous.
    band : int
        Cells with |i - j| > band are forbidden.
    scratch : (5, s) float array, optional
        s at least (m + 2) times the number of pairs. None allocates it.

    Returns
    -------
    (...) float array
        A view of `scratch`, which the next call overwrites.

    Examples
    --------
    >>> a, b = np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 4.0])
    >>> float(dtw_squared(a[:, None], b[:, None], band=3))
    4.0
    """
    m = len(a)
    shape = np.broadcast_shapes(a.shape[2:], b.shape[2:])
    size = (m + 2) * math.prod(shape)
    memory = np.empty((_N_BUFFERS, size), a.dtype) if scratch is None else scratch
    older, newer, current, cost, more = memory[:, :size].reshape(_N_BUFFERS, m + 2, *shape)
    b_back = b[::-1]  # a diagonal runs forward in a and backward in b; reversed, both are plain slices
    # Row i + 1 holds the cell of row i; the step into the first cell is free.
    older[0], newer[:2] = 0.0, np.inf
    for s in range(2 * m - 1):
        lo, hi = diagonal_bounds(s, m, band)
        shift = m - 1 - s
        step, part, cell = cost[: hi - lo], more[: hi - lo], current[lo + 1 : hi + 1]
        diagonal_costs(a[lo:hi], b_back[lo + shift : hi + shift], step, part)
        np.minimum(newer[lo:hi], newer[lo + 1 : hi + 1], out=cell)
        np.minimum(cell, older[lo:hi], out=cell)
        np.add(cell, step, out=cell)
        current[lo] = current[hi + 1] = np.inf  # all that the next two diagonals look at beside these cells
        older, newer, current = newer, current, older
    result: Floats = newer[m]
    return result


def _fill_squared(a: Floats, b: Floats, band: int, out: Floats, scratch: Floats) -> None:
    """Write `dtw_squared(a, b, band)` to `out`, halving the longest axis until a block fits the scratch."""
    if out.size * (len(a) + 2) <= scratch.shape[1]:
        out[...] = dtw_squared(a, b, band, scratch)
        return
    axis = out.shape.index(max(out.shape))
    half = out.shape[axis] // 2
    for part in (slice(None, half), slice(half, None)):
        at: tuple[slice, ...] = (slice(None),) * axis + (part,)
        inside: tuple[slice, ...] = (slice(None), slice(None), *at)
        one, two = (x if x.shape[2 + axis] == 1 else x[inside] for x in (a, b))
        _fill_squared(one, two, band, out[at], scratch)


def pairwise_squared(a: Floats, b: Floats, band: int) -> Floats:
    """`dtw_squared` for any number of pairs, worked off in blocks that fit the cache.

    Parameters
    ----------
    a, b : (m, c, ...) float arrays
        With the same number of axes, broadcast against each other.
    band : int
        Cells with |i - j| > band are forbidden.

    Returns
    -------
    (...) float array

    Examples
    --------
    >>> a = np.arange(12.0).reshape(3, 1, 1, 4)
    >>> pairwise_squared(a, a.swapaxes(2, 3), band=3).shape
    (4, 4)
    """
    m = len(a)
    out = np.empty(np.broadcast_shapes(a.shape[2:], b.shape[2:]), a.dtype)
    if out.size:
        # One scratch for all blocks: allocating it for each costs as much in page faults as the arithmetic.
        n_pairs = max(1, min(out.size, _BLOCK_CELLS // m))
        _fill_squared(a, b, band, out, np.empty((_N_BUFFERS, (m + 2) * n_pairs), a.dtype))
    return out


def dtw_distance(
    a: npt.ArrayLike, b: npt.ArrayLike, *, window: int | None = None, multichannel: bool = False
) -> FloatArray:
    """Dynamic time warping distance of every pair of windows.

    The root of the least sum of squared differences along a warping path, as `tslearn.metrics.dtw`. It is
    symmetric and at most the Euclidean distance, but no metric: the triangle inequality does not hold.

    Parameters
    ----------
    a, b : (..., m) arrays, or (..., m, c) when `multichannel`
        Finite. The leading axes are broadcast: `dtw_distance(x[:, None], y[None])` gives all pairs.
    window : int, optional
        Sakoe-Chiba band: steps by which the clocks may differ. 0 is the Euclidean distance, None no limit.
    multichannel : bool
        Whether the last axis holds channels, which are then warped together (dependent DTW).

    Returns
    -------
    (...) float array
        In the units of the windows.

    Raises
    ------
    DataError
        When lengths or channels differ, a window is empty, or a value is missing or infinite.
    UsageError
        When `window` is negative.

    References
    ----------
    H. Sakoe, S. Chiba, "Dynamic programming algorithm optimization for spoken word recognition", IEEE
    Transactions on Acoustics, Speech and Signal Processing 26 (1978).

    Examples
    --------
    >>> float(dtw_distance([0, 0, 1, 2], [0, 1, 2, 2]))
    0.0
    >>> x = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [3.0, 0.0, 0.0]])
    >>> dtw_distance(x[:, None], x[None], window=0).round(2)
    array([[0.  , 1.  , 3.16],
           [1.  , 0.  , 3.32],
           [3.16, 3.32, 0.  ]])
    """
    sides = [checked_windows(name, x, multichannel=multichannel) for name, x in (("a", a), ("b", b))]
    if sides[0].shape[-2:] != sides[1].shape[-2:]:
        raise DataError(
            "a and b must agree in length and channels, "
            f"got {sides[0].shape[-2:]} and {sides[1].shape[-2:]}; cut or resample one of them"
        )
    n_lead = max(x.ndim for x in sides) - 2
    sides = [x.reshape((1,) * (n_lead + 2 - x.ndim) + x.shape) for x in sides]
    shape = np.broadcast_shapes(*(x.shape[:-2] for x in sides))
    order = sorted(range(n_lead), key=shape.__getitem__)  # longest axis last: NumPy's inner loop runs over it
    first, second = (np.ascontiguousarray(x.transpose(-2, -1, *order)) for x in sides)
    squared = pairwise_squared(first, second, checked_band(window, len(first)))
    return np.sqrt(squared.transpose(np.argsort(order)) if n_lead else squared)
