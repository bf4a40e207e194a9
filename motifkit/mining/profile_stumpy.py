"""Nearest windows by stumpy's `stump`: the engine for long windows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import accumulate
from threading import Lock

import numpy as np

from motifkit.mining.profile_windows import needs_scaling, z_normalize
from motifkit.mining.threads import ignored_warnings
from motifkit.mining.windows import finite_windows
from motifkit.types import BoolArray, FloatArray, IntArray

_CHUNK_VALUES = 2**20
_QUIET = 1e-4  # of the largest value: errors above 1e-6 begin where windows deviate by a tenth of it
_STUMP = Lock()  # numba's own threads may not be started from two threads at once


def stump_is_warm() -> bool:
    """Whether numba has compiled `stumpy.stump` in this process; stumpy is not imported to find out.

    Examples
    --------
    >>> stump_is_warm() and "stumpy" not in sys.modules
    False
    """
    kernel = getattr(sys.modules.get("stumpy.stump"), "_stump", None)
    return bool(getattr(kernel, "signatures", ()))


def stumpy_neighbours(
    x: Sequence[FloatArray], y: Sequence[FloatArray] | None, m: int, k: int, n_threads: int | None
) -> tuple[FloatArray, IntArray]:
    """Distances to the `k` nearest windows, and their numbers among all windows of all series.

    `stump` finds the neighbours; their distances are then computed anew from the normalised windows, since a
    correlation close to one leaves only half the digits of a distance. Among neighbours nearer than about
    1e-6 it may therefore name another than the nearest, and among windows that are quiet beside their series
    (`has_quiet_windows`) any.

    Parameters
    ----------
    x, y : sequences of 1-D float arrays
        Queries, and where neighbours are sought; `y` None means in `x`, outside the exclusion zone.
    m, k : int
    n_threads : int or None
        None leaves numba's own setting.

    Returns
    -------
    values : (n, k) float array
        Ascending; inf for missing neighbours and for windows with NaN or infinity.
    indices : (n, k) int array
        -1 for missing neighbours.
    """
    import numba
    import stumpy

    scale = needs_scaling(x) or (y is not None and needs_scaling(y))
    tape, starts = _tape(x, m)
    other, other_starts = (tape, starts) if y is None else _tape(y, m)
    level = _tape([_levelled(one) for one in x], m)[0]
    other_level = None if y is None else _tape([_levelled(one) for one in y], m)[0]
    threads = numba.get_num_threads()
    # It warns of short series, and of y equal to x, both of which are answered as asked here; and it divides by
    # the deviation of windows with NaN, which may be 0, and masks what comes out.
    with _STUMP, ignored_warnings(UserWarning), np.errstate(divide="ignore"):
        try:
            numba.set_num_threads(min(n_threads or threads, threads))
            found = stumpy.stump(level, m, other_level, y is None, k=k)
        finally:
            numba.set_num_threads(threads)
    place = np.asarray(found[starts, k : 2 * k], dtype=np.int64).reshape(-1, k)
    values = _distances(tape, starts, other, place, m, scale)
    order = np.argsort(values, axis=1, kind="stable")
    indices = np.where(place < 0, -1, np.searchsorted(other_starts, place))
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(indices, order, axis=1)


def has_quiet_windows(series: Sequence[FloatArray], m: int) -> bool:
    """Whether windows vary so little beside the rest of their series that stump cannot tell them apart.

    It updates covariances from one pair of windows to the next, and their rounding errors are those of the
    largest. Constant windows are no matter: stump knows them by their values.

    Examples
    --------
    >>> x = np.sin(np.arange(40.0))
    >>> has_quiet_windows([x, 1e-9 * x], 8), has_quiet_windows([np.r_[x, 1e-9 * x]], 8)
    (False, True)
    """
    for one in series:
        usable = finite_windows(one, m)
        if not usable.any():
            continue
        values = np.where(np.isfinite(one), _levelled(one), 0.0)
        changes = np.cumsum(np.r_[0, values[1:] != values[:-1]])
        varies = changes[m - 1 :] > changes[: -(m - 1)]
        first, second = (np.cumsum(np.r_[0.0, powers]) for powers in (values, values**2))
        mean = (first[m:] - first[:-m]) / m
        variance = (second[m:] - second[:-m]) / m - mean**2
        if (usable & varies & (variance < _QUIET**2)).any():
            return True
    return False


def _tape(series: Sequence[FloatArray], m: int) -> tuple[FloatArray, IntArray]:
    """All series in a row with a NaN between, and where on it their windows start.

    NaN keeps windows from crossing borders, and puts windows of two series more than m apart.
    """
    long = [one for one in series if len(one) >= m]
    tape = np.concatenate([np.r_[one, np.nan] for one in long])[:-1]
    firsts = accumulate((len(one) + 1 for one in long[:-1]), initial=0)
    starts = np.concatenate([f + np.arange(len(one) - m + 1) for f, one in zip(firsts, long, strict=True)])
    return tape, starts


def _levelled(values: FloatArray) -> FloatArray:
    """A series about its median, where that loses nothing, and of order one by a power of two.

    A level costs stump's covariances digits, and a larger series on the same tape would cost a smaller one all.
    """
    finite = np.isfinite(values)
    if not finite.any():
        return values
    values = _of_order_one(values, finite)
    middle = np.median(values[finite])
    levelled = values - middle
    if np.array_equal(levelled[finite] + middle, values[finite]):
        values = levelled
    return _of_order_one(values, finite)


def _of_order_one(values: FloatArray, finite: BoolArray) -> FloatArray:
    scaled: FloatArray = np.ldexp(values, -np.frexp(np.abs(values[finite]).max())[1])
    return scaled


def _distances(
    tape: FloatArray, starts: IntArray, other: FloatArray, place: IntArray, m: int, scale: bool
) -> FloatArray:
    """(n, k) distances of the windows at `starts` from those at `place` on `other`; inf where `place` < 0."""
    values = np.full(place.shape, np.inf)
    usable = finite_windows(tape, m)
    row, column = np.nonzero((place >= 0) & usable[starts][:, None])
    step = max(1, _CHUNK_VALUES // m)
    reach = np.arange(m)[:, None]
    for low in range(0, len(row), step):
        r, c = row[low : low + step], column[low : low + step]
        a = z_normalize(tape[starts[r] + reach], scale=scale)
        b = z_normalize(other[place[r, c] + reach], scale=scale)
        values[r, c] = np.sqrt(np.square(a - b).sum(axis=0))
    return values
