"""DTW barycentre averaging (DBA) of many clusters at once: all warping paths are followed together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError, UsageError
from motifkit.mining.dtw_distance import (
    Floats,
    checked_band,
    checked_windows,
    diagonal_bounds,
    diagonal_costs,
)
from motifkit.types import BoolArray, FloatArray, IntArray

# Table cells whose moves are kept at once, two bytes each: 32 MB.
_BLOCK_CELLS = 1 << 24


def _moves(x: Floats, centre: Floats, band: int) -> tuple[Floats, BoolArray, BoolArray]:
    """Dynamic programme of each window against its centre, with the moves of the best paths.

    Parameters
    ----------
    x, centre : (m, c, n) float arrays
    band : int
        Cells with |i - j| > band are forbidden.

    Returns
    -------
    squared : (n,) float array
        Squared DTW distances.
    diagonal, upward : (2m - 1, m, n) bool arrays
        For each anti-diagonal and row i: whether the path comes from (i - 1, j - 1), and if not, whether from
        (i - 1, j); else it is from (i, j - 1). Ties go in this order, as in tslearn.
    """
    m, _, n = x.shape
    centre_back = centre[::-1]
    diagonal, upward = np.empty((2, 2 * m - 1, m, n), bool)
    older, newer, current, cost, more = np.empty((5, m + 2, n), x.dtype)
    older[0], newer[:2] = 0.0, np.inf
    for s in range(2 * m - 1):
        lo, hi = diagonal_bounds(s, m, band)
        shift = m - 1 - s
        step, part, cell = cost[: hi - lo], more[: hi - lo], current[lo + 1 : hi + 1]
        diagonal_costs(x[lo:hi], centre_back[lo + shift : hi + shift], step, part)
        np.less_equal(newer[lo:hi], newer[lo + 1 : hi + 1], out=upward[s, lo:hi])
        np.minimum(newer[lo:hi], newer[lo + 1 : hi + 1], out=cell)
        np.less_equal(older[lo:hi], cell, out=diagonal[s, lo:hi])
        np.minimum(cell, older[lo:hi], out=cell)
        np.add(cell, step, out=cell)
        current[lo] = current[hi + 1] = np.inf
        older, newer, current = newer, current, older
    return newer[m], diagonal, upward


def aligned_sums(x: Floats, centre: Floats, band: int) -> tuple[Floats, Floats, Floats]:
    """For each pair, what the warping path aligns with each step of the centre.

    Parameters
    ----------
    x, centre : (m, c, n) float arrays
        Windows, and for each its centre.
    band : int
        Cells with |i - j| > band are forbidden.

    Returns
    -------
    squared : (n,) float array
        Squared DTW distances.
    total : (m, c, n) float array
        Sum of the steps of the window that are aligned with each step of the centre.
    count : (m, n) float array
        How many those are.

    Examples
    --------
    >>> x, centre = np.array([0.0, 3.0, 4.0]), np.array([0.0, 1.0, 4.0])
    >>> squared, total, count = aligned_sums(x[:, None, None], centre[:, None, None], band=3)
    >>> squared, total[:, 0, 0], count[:, 0]
    (array([2.]), array([0., 0., 7.]), array([1., 1., 2.]))
    """
    m, _, n = x.shape
    squared, diagonal, upward = _moves(x, centre, band)
    on = np.zeros((m + 1, m + 1, n), bool)  # is cell (i, j) on the path, at [i + 1, j + 1]?
    cells = on.reshape(-1, n)  # a diagonal of the table, from row i down, is every m-th of these
    on[m, m] = True
    for s in range(2 * m - 2, 0, -1):
        lo, hi = diagonal_bounds(s, m, band)
        here, size = lo * m + s + m + 2, (hi - lo) * m
        aslant = cells[here : here + size : m] & diagonal[s, lo:hi]
        straight = cells[here : here + size : m] ^ aslant
        up = straight & upward[s, lo:hi]
        cells[here - m - 2 : here - m - 2 + size : m] |= aslant
        cells[here - m - 1 : here - m - 1 + size : m] |= up
        cells[here - 1 : here - 1 + size : m] |= straight ^ up
    on = on[1:, 1:]
    total = np.multiply(on[:, :, None], x[:, None]).sum(axis=0)
    return squared, total, on.sum(axis=0, dtype=x.dtype)


def barycentre_steps(x: Floats, centres: Floats, labels: IntArray, band: int, n_iter: int) -> Floats:
    """`n_iter` DBA steps in time-first layout; `dba` is the checked form.

    Parameters
    ----------
    x : (m, c, n) float array
    centres : (m, c, k) float array
    labels : (n,) int array
    band, n_iter : int

    Returns
    -------
    (m, c, k) float array

    Examples
    --------
    >>> x = np.array([[[0.0, 2.0]], [[4.0, 6.0]]])
    >>> barycentre_steps(x, x[..., :1], np.array([0, 0]), band=0, n_iter=1)[:, 0, 0]
    array([1., 5.])
    """
    m, n = len(x), x.shape[2]
    order = np.argsort(labels, kind="stable")  # then the windows of a cluster lie in one run
    x, labels = x[:, :, order], labels[order]
    block = max(1, _BLOCK_CELLS // (2 * m * m))
    for _ in range(n_iter):
        total, count = np.zeros_like(centres), np.zeros((m, centres.shape[2]), x.dtype)
        for at in range(0, n, block):
            mine = labels[at : at + block]
            starts = np.flatnonzero(np.diff(mine, prepend=-1))
            _, sums, counts = aligned_sums(x[:, :, at : at + block], centres[:, :, mine], band)
            total[:, :, mine[starts]] += np.add.reduceat(sums, starts, axis=2)
            count[:, mine[starts]] += np.add.reduceat(counts, starts, axis=1)
        centres = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], centres)
    return centres


def dba(
    windows: npt.ArrayLike,
    centres: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_iter: int = 1,
    *,
    window: int | None = None,
) -> FloatArray:
    """Move each centre to the DTW barycentre of its windows, by `n_iter` steps of DBA.

    A step aligns each window with its centre and replaces every step of the centre by the mean of what is
    aligned with it. The sum of squared DTW distances never rises.

    Parameters
    ----------
    windows : (n, m) or (n, m, c) array
        Finite.
    centres : (k, m) or (k, m, c) array
        Where to start. A centre without windows stays where it is.
    labels : (n,) int array
        Centre of each window, 0 to k - 1.
    n_iter : int
        Steps; 0 returns the centres.
    window : int, optional
        Sakoe-Chiba band in steps, None for no limit.

    Returns
    -------
    (k, m) or (k, m, c) float array

    Raises
    ------
    DataError
        When shapes do not fit together, a label names no centre, or a value is missing or infinite.
    UsageError
        When `window` or `n_iter` is negative.

    References
    ----------
    F. Petitjean, A. Ketterlin, P. Gancarski, "A global averaging method for dynamic time warping, with
    applications to clustering", Pattern Recognition 44 (2011).

    Examples
    --------
    >>> dba([[0.0, 0.0, 3.0], [0.0, 3.0, 3.0]], [[0.0, 0.0, 3.0]], [0, 0])
    array([[0., 0., 3.]])
    """
    multichannel = np.ndim(windows) == 3
    x = checked_windows("windows", windows, multichannel=multichannel)
    start = checked_windows("centres", centres, multichannel=multichannel)
    label = np.asarray(labels)
    if x.ndim != 3 or start.ndim != 3 or x.shape[1:] != start.shape[1:]:
        raise DataError(
            "windows must be (n, m) or (n, m, c) and centres (k, m) or (k, m, c) of the same m and c, "
            f"got {np.shape(windows)} and {np.shape(centres)}; cut one of them"
        )
    if label.shape != x.shape[:1] or (len(x) and not (0 <= label.min() <= label.max() < len(start))):
        raise DataError(
            f"labels must be ({len(x)},) from 0 to {len(start) - 1}, got {label!r}; use one per window"
        )
    if n_iter < 0:
        raise UsageError(f"n_iter must be at least 0, got {n_iter}; use 1 for one step")
    moved = barycentre_steps(
        np.ascontiguousarray(x.transpose(1, 2, 0)),
        start.transpose(1, 2, 0),
        label.astype(np.int64),
        checked_band(window, x.shape[1]),
        n_iter,
    ).transpose(2, 0, 1)
    return np.array(moved if multichannel else moved[..., 0], order="C")
