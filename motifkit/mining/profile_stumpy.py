"""Nearest windows by stumpy's `stump`: the engine for long windows."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from motifkit.mining.profile_windows import needs_scaling, z_normalize
from motifkit.mining.windows import finite_windows
from motifkit.types import FloatArray, IntArray

_CHUNK_VALUES = 2**20


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
    1e-6 it may therefore name another than the nearest.

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
    tape, starts = _tape(x, m, scale)
    other, other_starts = (tape, starts) if y is None else _tape(y, m, scale)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(min(n_threads or threads, threads))
        # It divides by the deviation of windows with NaN, which may be 0, and masks what comes out.
        with warnings.catch_warnings(), np.errstate(divide="ignore"):
            # It warns of short series, and of y equal to x, both of which are answered as asked here.
            warnings.simplefilter("ignore", UserWarning)
            found = stumpy.stump(_level(tape), m, None if y is None else _level(other), y is None, k=k)
    finally:
        numba.set_num_threads(threads)
    place = np.asarray(found[starts, k : 2 * k], dtype=np.int64).reshape(-1, k)
    values = _distances(tape, starts, other, place, m, scale)
    order = np.argsort(values, axis=1, kind="stable")
    indices = np.where(place < 0, -1, np.searchsorted(other_starts, place))
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(indices, order, axis=1)


def _tape(series: Sequence[FloatArray], m: int, scale: bool) -> tuple[FloatArray, IntArray]:
    """All series in a row with a NaN between, and where on it their windows start.

    NaN keeps windows from crossing borders, and puts windows of two series more than m apart.
    """
    long = [one for one in series if len(one) >= m]
    tape = np.concatenate([np.r_[one, np.nan] for one in long])[:-1]
    firsts = accumulate((len(one) + 1 for one in long[:-1]), initial=0)
    starts = np.concatenate([f + np.arange(len(one) - m + 1) for f, one in zip(firsts, long, strict=True)])
    finite = tape[np.isfinite(tape)]
    if len(finite) and scale:
        tape = np.ldexp(tape, -np.frexp(np.abs(finite).max())[1])
    return tape, starts


def _level(tape: FloatArray) -> FloatArray:
    """The tape about its median, where that loses nothing: a level costs stump's covariance digits."""
    finite = np.isfinite(tape)
    middle = np.median(tape[finite]) if finite.any() else 0.0
    levelled = tape - middle
    return levelled if np.array_equal(levelled[finite] + middle, tape[finite]) else tape


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
