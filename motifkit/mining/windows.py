"""Sliding windows of a dataset as points in space, so that every miner measures the same distance.

A window of `m` rows and `c` channels becomes a point in `m * c` dimensions whose Euclidean distance to
another point is the distance of the two windows after normalisation; with `normalize="zscore"` and one
channel that is the z-normalised distance of the matrix profile literature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from motifkit.types import BoolArray, FloatArray, IntArray, Normalize, TrajectoryDataset

_SAFE_EXPONENT = 400  # of two: squares, and those of the smallest differences, stay in the range of doubles


def exclusion_zone(m: int) -> int:
    """Half-width of the zone of trivial matches around a window, ceil(m / 4), as in stumpy.

    Windows `i` and `j` are trivial matches of each other when `|i - j| <= exclusion_zone(m)`.

    Examples
    --------
    >>> exclusion_zone(4), exclusion_zone(50)
    (1, 13)
    """
    return -(-m // 4)


def sliding_windows(x: FloatArray, m: int) -> FloatArray:
    """View of every window of `m` rows.

    Parameters
    ----------
    x : (T, c) float array
    m : int
        Window length, at most T.

    Returns
    -------
    (T - m + 1, m, c) float array
        A read-only view.

    Examples
    --------
    >>> sliding_windows(np.arange(4.0)[:, None], 3)[..., 0]
    array([[0., 1., 2.],
           [1., 2., 3.]])
    """
    return np.lib.stride_tricks.sliding_window_view(x, m, axis=0).swapaxes(1, 2)


def finite_windows(x: npt.NDArray[np.floating[Any]], m: int) -> BoolArray:
    """Which windows of `m` rows hold neither NaN nor infinity.

    Parameters
    ----------
    x : (T,) or (T, c) float array
    m : int

    Returns
    -------
    (T - m + 1,) bool array
        Empty when the series is shorter than `m`.

    Examples
    --------
    >>> finite_windows(np.array([1.0, np.nan, 3.0, 4.0]), 2)
    array([False, False,  True])
    """
    if len(x) < m:
        return np.empty(0, np.bool_)
    missing = ~np.isfinite(x).reshape(len(x), -1).all(axis=1)
    n_missing = np.concatenate([[0], np.cumsum(missing)])
    return np.asarray(n_missing[m:] == n_missing[:-m])


def normalize_windows(
    windows: FloatArray, normalize: Normalize = "zscore", *, joint: bool = False
) -> tuple[FloatArray, BoolArray]:
    """Normalise windows and flatten each to a point.

    Parameters
    ----------
    windows : (n, m, c) float array
    normalize : {"zscore", "mean", "none"}
        Zero mean and unit (population) standard deviation; zero mean; or as they are.
    joint : bool
        Whether the channels of a window share one mean and one scale, so that candles keep their proportions.

    Returns
    -------
    points : (n, m * c) float array
        Constant windows (of any channel, unless `joint`) have zeros there, which gives them distance 0 to
        each other and sqrt(m) to the rest, as in stumpy.
    constant : (n,) bool array
        Windows with no variation in any channel. Rows with NaN give NaN points and are not constant.

    Examples
    --------
    >>> points, constant = normalize_windows(np.array([[[1.0], [3.0]], [[5.0], [5.0]]]))
    >>> points
    array([[-1.,  1.],
           [ 0.,  0.]])
    >>> constant
    array([False,  True])
    """
    axes: tuple[int, ...] = (1, 2) if joint else (1,)
    low, high = windows.min(axis=axes, keepdims=True), windows.max(axis=axes, keepdims=True)
    flat = high - low == 0
    constant = flat.all(axis=(1, 2))
    if normalize == "none":
        points = windows
    else:
        if normalize == "zscore":
            windows = _of_safe_size(windows, np.maximum(np.abs(low), np.abs(high)))
        points = windows - windows.mean(axis=axes, keepdims=True)
        if normalize == "zscore":
            scale = points.std(axis=axes, keepdims=True)
            points /= np.where(flat | (scale == 0), 1.0, scale)
        if flat.any():
            points = np.where(flat, 0.0, points)
    return np.ascontiguousarray(
        points.reshape(len(windows), points.shape[1] * points.shape[2]), dtype=float
    ), constant


def _of_safe_size(windows: FloatArray, largest: FloatArray) -> FloatArray:
    """Windows scaled by powers of two, which loses nothing, where squares of 1e300 or 1e-300 would leave the range."""
    exponent = np.frexp(np.where(np.isfinite(largest), largest, 0.0))[1]
    if np.abs(exponent).max(initial=0) < _SAFE_EXPONENT:
        return windows
    return np.asarray(np.ldexp(windows, -exponent))


@dataclass(frozen=True, eq=False)
class Windows:
    """All windows of a dataset that can be mined: no missing value inside, not constant, within one episode.

    Parameters
    ----------
    points : (n, length * n_channels) float array
        Normalised and flattened.
    episode, start : (n,) int arrays
        Where each window lies.
    position : (n,) int array
        Ascending; windows of different episodes are more than `length` apart, so that two windows overlap
        exactly when their positions differ by less than `length`.
    length, n_channels : int
    normalize, joint
        How the windows were normalised.
    """

    points: FloatArray
    episode: IntArray
    start: IntArray
    position: IntArray
    length: int
    n_channels: int
    normalize: Normalize = "zscore"
    joint: bool = False

    def __len__(self) -> int:
        return len(self.points)

    def average(self, windows_idx: IntArray) -> FloatArray:
        """Mean of some windows, normalised again: the point (d,) that represents them."""
        mean = self.points[windows_idx].mean(axis=0).reshape(1, self.length, self.n_channels)
        points, _ = normalize_windows(mean, self.normalize, joint=self.joint)
        return np.asarray(points[0])

    def distances(self, windows_idx: IntArray | slice, point: FloatArray) -> FloatArray:
        """Euclidean distances of some windows to a point (d,)."""
        return np.asarray(np.sqrt(((self.points[windows_idx] - point) ** 2).sum(axis=1)))


def collect_windows(
    dataset: TrajectoryDataset, length: int, normalize: Normalize = "zscore", *, joint: bool = False
) -> Windows:
    """Windows of every episode of `dataset` that hold no NaN or infinity and are not constant.

    Parameters
    ----------
    dataset : TrajectoryDataset
    length : int
        Rows of a window; shorter episodes contribute none.
    normalize, joint
        As in `normalize_windows`.

    Examples
    --------
    >>> from motifkit.types import Episode
    >>> data = TrajectoryDataset((Episode(np.array([[1.0], [2.0], [np.nan], [1.0], [0.0], [4.0]])),), ("x",))
    >>> windows = collect_windows(data, 2)
    >>> windows.start
    array([0, 3, 4])
    """
    points, episode, start, position = [], [], [], []
    offset = 0
    for e, one in enumerate(dataset.episodes):
        if len(one) >= length:
            views = sliding_windows(one.observations, length)
            usable = finite_windows(one.observations, length)
            z, constant = normalize_windows(views if usable.all() else views[usable], normalize, joint=joint)
            where = np.flatnonzero(usable)[~constant]
            points.append(z[~constant] if constant.any() else z)
            episode.append(np.full(len(where), e))
            start.append(where)
            position.append(where + offset)
        offset += len(one) + length
    n_channels = len(dataset.channels)
    if not points:
        none = np.empty(0, np.int64)
        empty = np.empty((0, length * n_channels))
        return Windows(empty, none, none, none, length, n_channels, normalize, joint)
    return Windows(
        np.concatenate(points),
        np.concatenate(episode),
        np.concatenate(start),
        np.concatenate(position),
        length,
        n_channels,
        normalize,
        joint,
    )
