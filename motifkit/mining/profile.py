"""The matrix profile: how far every window is from its nearest neighbours. One contract, three engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from motifkit.arguments import require_whole
from motifkit.errors import DataError, UsageError
from motifkit.mining.profile_cost import Engine, choose_engine
from motifkit.mining.profile_stumpy import has_quiet_windows, stump_is_warm, stumpy_neighbours
from motifkit.mining.profile_windows import SeriesLike, ZWindows, as_series, z_windows
from motifkit.mining.threads import require_threads
from motifkit.mining.windows import exclusion_zone
from motifkit.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class MatrixProfile:
    """Distances from every window to its nearest neighbours.

    Windows are numbered through all series in the order given: those of the first series by their start, then
    those of the second, and so on. Windows with missing values are counted too; series shorter than a window
    have none.

    Parameters
    ----------
    values : (n,) float array, or (n, k) when k > 1
        z-normalised Euclidean distances, between 0 and 2 sqrt(m), ascending in each row; inf for windows that
        hold NaN or infinity, and where there are fewer than k neighbours.
    indices : int array of the same shape
        Numbers of the neighbours among the windows of `y`, or of `x` in a self-join; -1 where the value is
        inf.
    m : int
        Window length.
    engine : {"kdtree", "blas", "stumpy"}
        What computed it.
    n_windows : tuple of int
        Windows in each series of `x`.
    n_windows_y : tuple of int, optional
        Windows in each series of `y`; None for a self-join.

    Examples
    --------
    >>> from motifkit import matrix_profile
    >>> found = matrix_profile(np.sin(np.arange(40.0)), 8, engine="kdtree")
    >>> found.values.shape, found.engine
    ((33,), 'kdtree')
    """

    values: FloatArray
    indices: IntArray
    m: int
    engine: Engine
    n_windows: tuple[int, ...]
    n_windows_y: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def locate(self, i: int) -> tuple[int, int]:
        """Series of `x` and first row, in that series, of window `i`.

        Raises
        ------
        IndexError
            When there is no such window.

        Examples
        --------
        >>> profile = matrix_profile([np.arange(5.0), np.arange(8.0) ** 2], 4)
        >>> profile.n_windows, profile.locate(1), profile.locate(2)
        ((2, 5), (0, 1), (1, 0))
        """
        return _locate(i, self.n_windows)

    def locate_neighbour(self, i: int) -> tuple[int, int]:
        """Series and first row of a window that `indices` names: in `y`, or in `x` for a self-join.

        Raises
        ------
        IndexError
            When there is no such window, as for -1.
        """
        return _locate(i, self.n_windows if self.n_windows_y is None else self.n_windows_y)


def _locate(i: int, n_windows: tuple[int, ...]) -> tuple[int, int]:
    start = int(i)
    for series, n in enumerate(n_windows):
        if 0 <= start < n:
            return series, start
        start -= n
    raise IndexError(f"there is no window {i}; windows run from 0 to {sum(n_windows) - 1}")


def matrix_profile(
    x: SeriesLike,
    m: int,
    y: SeriesLike | None = None,
    *,
    k: int = 1,
    engine: Engine | Literal["auto"] = "auto",
    n_threads: int | None = None,
) -> MatrixProfile:
    """Distance from each window of `x` to its `k` nearest windows in `x` or in `y`.

    Windows are z-normalised. In a self-join windows `i` and `j` of one series with ``|i - j| <= ceil(m / 4)``
    are trivial matches and do not count; in an AB-join all pairs count. Constant windows have distance 0 from
    each other and sqrt(m) from all others. Windows with NaN or infinity have no neighbours and are nobody's
    neighbour. All engines give the same values, with one exception below; which of several equally near
    neighbours they name is theirs to choose.

    Parameters
    ----------
    x : (T,) array or sequence of 1-D arrays
        One series, or several; no window crosses from one into the next. A (T, 1) array is one series. Masked
        values are missing.
    m : int
        Window length in rows, at least 3.
    y : as `x`, optional
        Where neighbours are sought. None means in `x` itself.
    k : int
        Neighbours of each window. They may be trivial matches of each other, as in stumpy.
    engine : {"auto", "kdtree", "blas", "stumpy"}
        "kdtree" is for short windows, "blas" for middling ones, "stumpy" for long ones; "auto" takes the one
        that `choose_engine` expects to be fastest. "stumpy" may miss the nearest neighbours of quiet windows,
        those whose standard deviation is below about 1e-5 of the range of their series. "auto" takes "blas"
        where it would take "stumpy" and a deviation is below 1e-4; that needs 24 bytes for each value of each
        window.
    n_threads : int, optional
        None means all processors.

    Returns
    -------
    MatrixProfile

    Raises
    ------
    UsageError
        When m < 3, k < 1 or more than there can be neighbours, or the engine is unknown.
    DataError
        When the data are empty, not one-dimensional, not real numbers, or too short for `m`.

    Notes
    -----
    The definition is that of Yeh et al. (2016), the conventions those of stumpy's `stump`.

    References
    ----------
    C.-C. M. Yeh et al. (2016), Matrix Profile I, IEEE ICDM.

    Examples
    --------
    >>> profile = matrix_profile([584.0, -11.0, 23.0, 79.0, 1001.0, 0.0, -19.0], 3)
    >>> profile.indices
    array([4, 3, 0, 1, 0])
    >>> profile.values.round(3)
    array([0.116, 2.694, 3.   , 2.694, 0.116])
    """
    _check_arguments(m, k, engine)
    threads = require_threads(n_threads)
    xs = as_series(x, "x")
    ys = None if y is None else as_series(y, "y")
    n_x = tuple(max(0, len(one) - m + 1) for one in xs)
    n_y = None if ys is None else tuple(max(0, len(one) - m + 1) for one in ys)
    _check_lengths(xs, ys, m, k)
    if engine == "auto":
        chosen = choose_engine(sum(n_x), m, None if n_y is None else sum(n_y), stump_is_warm(), k)
        if chosen == "stumpy" and any(has_quiet_windows(one, m) for one in (xs, ys) if one is not None):
            chosen = "blas"
    else:
        chosen = engine
    if chosen == "stumpy":
        values, indices = stumpy_neighbours(xs, ys, m, k, None if n_threads is None else threads)
    else:
        values, indices = _neighbours(chosen, xs, ys, m, k, threads)
    if k == 1:
        values, indices = values[:, 0], indices[:, 0]
    return MatrixProfile(values, indices, m, chosen, n_x, n_y)


def _neighbours(
    engine: Engine, xs: list[FloatArray], ys: list[FloatArray] | None, m: int, k: int, n_threads: int
) -> tuple[FloatArray, IntArray]:
    """Run an engine on the finite windows, and put its answers where those lie among all windows."""
    if engine == "kdtree":
        from motifkit.mining.profile_kdtree import kdtree_neighbours as nearest
    else:
        from motifkit.mining.profile_blas import blas_neighbours as nearest
    x = z_windows(xs, m)
    y = None if ys is None else z_windows(ys, m)
    targets: ZWindows = x if y is None else y
    n = sum(max(0, len(one) - m + 1) for one in xs)
    values = np.full((n, k), np.inf)
    indices = np.full((n, k), -1, np.int64)
    if len(x.z) and len(targets.z):
        found, rows = nearest(x, y, k, exclusion_zone(m), n_threads)
        values[x.window] = found
        indices[x.window] = np.where(rows < 0, -1, targets.window[rows])
    return values, indices


def _check_arguments(m: int, k: int, engine: object) -> None:
    require_whole("m", m, 3)
    require_whole("k", k, 1)
    if not isinstance(engine, str):
        raise UsageError(f"engine must be auto, kdtree, blas or stumpy, got {type(engine).__name__}")
    if engine not in ("auto", *get_args(Engine)):
        raise UsageError(f"engine must be auto, kdtree, blas or stumpy, got {engine!r}")


def _check_lengths(xs: Sequence[FloatArray], ys: Sequence[FloatArray] | None, m: int, k: int) -> None:
    for name, series in (("x", xs), ("y", ys)):
        if series is not None and (longest := max(len(one) for one in series)) < m:
            raise DataError(
                f"m={m} needs at least {m} rows, {name} has {longest}; give more rows or a smaller m"
            )
    targets = xs if ys is None else ys
    counts = [max(0, len(one) - m + 1) for one in targets]
    most = sum(counts)
    if ys is None:
        # A window at the end of its series has the fewest trivial matches: itself and those on one side.
        most -= min(min(n, exclusion_zone(m) + 1) for n in counts if n)
        if most < 1:
            least = m + exclusion_zone(m) + 1
            raise DataError(
                f"m={m} needs at least {least} rows for two windows that are not trivial matches, x has "
                f"{max(len(one) for one in xs)}; give more rows or a smaller m"
            )
    if k > most:
        raise UsageError(
            f"k={k} is more than the {most} neighbours that a window can have here; ask for fewer"
        )
