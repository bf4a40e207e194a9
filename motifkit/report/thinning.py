"""Fewer points that draw the same line."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motifkit.types import IntArray

N_BINS = 3000  # more than the pixels of a wide picture


def thinned(values: npt.ArrayLike, n_bins: int = N_BINS) -> IntArray:
    """Rows that draw the same line as all rows do: lowest and highest of each bin, in order.

    Parameters
    ----------
    values : (n,) array_like of float
        NaN counts as missing.
    n_bins : int

    Returns
    -------
    int array of at most `4 * n_bins` rows, ascending
        All rows when there are no more than that; else first, lowest, highest and last of each bin.

    Examples
    --------
    >>> thinned([0.0, 5.0, 1.0, 2.0, -3.0, 0.0, 0.0, 1.0, 7.0, 2.0], n_bins=2)
    array([0, 1, 4, 5, 8, 9])
    """
    y = np.asarray(values, float)
    n = len(y)
    if n <= 4 * n_bins:
        return np.arange(n)
    edges = np.linspace(0, n, n_bins + 1).astype(np.int64)
    width = int(np.diff(edges).max())
    rows = np.minimum(edges[:-1, None] + np.arange(width), edges[1:, None] - 1)
    low, high = np.where(np.isnan(y), np.inf, y)[rows], np.where(np.isnan(y), -np.inf, y)[rows]
    bins = np.arange(n_bins)
    kept = [edges[:-1], edges[1:] - 1, rows[bins, low.argmin(axis=1)], rows[bins, high.argmax(axis=1)]]
    return np.unique(np.concatenate(kept))
