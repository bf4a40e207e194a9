"""The windows a matrix profile compares: checked, z-normalised without loss, and placed in their series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError
from motifkit.mining.windows import exclusion_zone, finite_windows
from motifkit.types import FloatArray, IntArray

SeriesLike: TypeAlias = npt.ArrayLike | Sequence[npt.ArrayLike]

# Between these, squares and sums of up to 2**20 values neither overflow nor lose digits to underflow.
_LARGE, _SMALL = 2.0**480, 2.0**-400
_NO_NUMBERS = (complex, str, bytes, bool, np.bool_)
_CHUNK_VALUES = 2**18  # values normalised at a time: 2 MB, which stays in cache


class ZWindows(NamedTuple):
    """All windows of one or several series that hold neither NaN nor infinity.

    Parameters
    ----------
    z : (n, m) float array
        z-normalised: zero mean, population standard deviation one; zeros for constant windows. The Euclidean
        distance of two rows is then the matrix profile's distance, sqrt(m) between a constant and another
        window.
    window : (n,) int array
        Ascending number of each among all windows of all series, in order.
    position : (n,) int array
        As `window`, with gaps between series, so that two windows are trivial matches exactly when their
        positions differ by no more than the exclusion zone.
    """

    z: FloatArray
    window: IntArray
    position: IntArray


def as_series(x: SeriesLike, name: str) -> list[FloatArray]:
    """Check `x` and give it as a list of 1-D float64 arrays, one a series.

    Raises
    ------
    DataError
        When it is empty, complex, boolean, not numeric, or not one-dimensional.

    Examples
    --------
    >>> as_series([1, 2, 3], "x")
    [array([1., 2., 3.])]
    >>> [len(s) for s in as_series([[1, 2, 3], [4, 5]], "x")]
    [3, 2]
    """
    if isinstance(x, list | tuple) and len(x) > 0 and all(np.ndim(one) > 0 for one in x):
        series = [_as_floats(one, name) for one in x]
    else:
        series = [_as_floats(x, name)]
    if not sum(len(one) for one in series):
        raise DataError(f"{name} is empty; give a series of numbers")
    return series


def _as_floats(x: Any, name: str) -> FloatArray:
    try:
        values = x if isinstance(x, np.ma.MaskedArray) else np.asarray(x)
        if values.dtype.kind not in "iufO":
            raise TypeError
        if values.dtype.kind == "O" and any(isinstance(one, _NO_NUMBERS) for one in values.flat):
            raise TypeError
        values = np.ma.filled(values.astype(np.float64), np.nan)
    except (TypeError, ValueError, OverflowError, RuntimeError):  # torch's for a tensor with a gradient
        kind = getattr(x, "dtype", type(x).__name__)
        raise DataError(f"{name} must hold real numbers, got {kind}; convert it first") from None
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise DataError(
            f"{name} must be one-dimensional, got shape {values.shape}; several series go in a list"
        )
    return np.asarray(values)


def needs_scaling(series: Sequence[FloatArray]) -> bool:
    """Whether values are so large or so small that squares of them overflow or underflow."""
    for values in series:
        size = np.abs(values)
        size = size[np.isfinite(size) & (size > 0)]
        if len(size) and (size.max() > _LARGE or size.min() < _SMALL):
            return True
    return False


def z_normalize(w: FloatArray, *, scale: bool = False) -> FloatArray:
    """z-normalise windows that lie in columns.

    The first value of a window is subtracted before its mean: differences of floats carry no error from the
    level, so a ripple on a level of a million keeps all its digits.

    Parameters
    ----------
    w : (m, n) float array, finite
        One window a column: sums then run over long contiguous rows, which is several times faster for short
        windows.
    scale : bool
        Bring every window to order one first, by a power of two, for values whose squares overflow or
        underflow.

    Returns
    -------
    (m, n) float array
        Zeros for constant windows.

    Examples
    --------
    >>> z_normalize(np.array([[1.0, 5.0], [3.0, 5.0]]))
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    if scale:
        w = np.ldexp(w, -np.frexp(np.abs(w).max(axis=0))[1])
    d = w - w[0]
    if scale:
        d = np.ldexp(d, -np.frexp(np.abs(d).max(axis=0))[1])
    constant = ~d.any(axis=0)
    d -= d.mean(axis=0)
    deviation = np.sqrt(np.einsum("ij,ij->j", d, d) / len(d))
    deviation[constant] = 1.0
    d /= deviation
    z: FloatArray = d
    return z


def z_windows(series: Sequence[FloatArray], m: int) -> ZWindows:
    """All finite windows of `m` values, z-normalised; none crosses the end of a series.

    Examples
    --------
    >>> windows = z_windows([np.array([0.0, 1.0, 0.0, np.nan]), np.array([7.0, 7.0, 7.0])], 3)
    >>> windows.window
    array([0, 2])
    """
    usable = [finite_windows(values, m) for values in series]
    counts = [len(one) for one in usable]
    firsts = np.cumsum([0, *counts[:-1]])
    window = np.concatenate([first + np.flatnonzero(one) for first, one in zip(firsts, usable, strict=True)])
    gap = exclusion_zone(m) + 1
    position = window + gap * np.repeat(np.arange(len(series)), [int(one.sum()) for one in usable])
    z = np.empty((len(window), m))
    scale = needs_scaling(series)
    row = 0
    step = max(1, _CHUNK_VALUES // m)
    for values, one in zip(series, usable, strict=True):
        starts = np.flatnonzero(one)
        for low in range(0, len(starts), step):
            some = starts[low : low + step]
            z[row : row + len(some)] = z_normalize(windows_at(values, some, m), scale=scale).T
            row += len(some)
    return ZWindows(z, window, position)


def windows_at(values: FloatArray, starts: IntArray, m: int) -> FloatArray:
    """The windows that begin at `starts`, one a column."""
    if len(starts) and starts[-1] - starts[0] == len(starts) - 1 and (np.diff(starts) == 1).all():
        view = np.lib.stride_tricks.sliding_window_view(values[starts[0] : starts[-1] + m], m)
        columns: FloatArray = view.T
    else:
        columns = values[starts + np.arange(m)[:, None]]
    return columns
