"""k-means under dynamic time warping, for candidate occurrences of motifs.

Cluster candidates, never all sliding windows of a series: the centres of those are sine waves whatever the
data (E. Keogh, J. Lin, "Clustering of time-series subsequences is meaningless", KAIS 8, 2005).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError, UsageError
from motifkit.mining.dtw_barycentre import barycentre_steps
from motifkit.mining.dtw_distance import Floats, checked_band, checked_windows
from motifkit.mining.dtw_start import first_centres, squared_table
from motifkit.mining.threads import ignored_warnings
from motifkit.types import FloatArray, IntArray

# Barycentre steps, in a round and after the last. The next assignment moves the optimum anyway: more than
# one a round costs more time than another round, and brings less.
_STEPS, _LAST_STEPS = 1, 2
_TABLE_CELLS = 1 << 22  # distances of windows to centres at once: 32 MB
_SETTLED = 1e-3  # relative fall of the inertia below which an iteration is the last


class DTWClusters(NamedTuple):
    """Clusters of windows under DTW.

    Parameters
    ----------
    centres : (k, m) or (k, m, c) float array
        Barycentres, in the units of the windows.
    labels : (n,) int array
        The nearest centre of each window. Only when there are fewer than k distinct windows are some unused.
    inertia : float
        Mean squared DTW distance of the windows to their centres, as tslearn's `inertia_`.
    distances : (n,) float array
        DTW distance of each window to its centre.
    """

    centres: FloatArray
    labels: IntArray
    inertia: float
    distances: FloatArray


def _assign(x: Floats, centres: Floats, band: int) -> tuple[IntArray, Floats, Floats]:
    """Nearest centres and squared distances; centres left without windows move to the farthest windows."""
    k, n = centres.shape[2], x.shape[2]
    labels, squared = np.empty(n, np.int64), np.empty(n, x.dtype)
    block = max(1, _TABLE_CELLS // k)
    for at in range(0, n, block):
        table = squared_table(x[:, :, at : at + block], centres, band)
        labels[at : at + block] = table.argmin(axis=0)
        squared[at : at + block] = table.min(axis=0)
    counts = np.bincount(labels, minlength=k)
    while (counts == 0).any() and squared.max() > 0:
        empty, farthest = int(counts.argmin()), int(squared.argmax())
        counts[labels[farthest]] -= 1
        counts[empty] = 1
        centres = centres.copy()
        centres[:, :, empty] = x[:, :, farthest]
        labels[farthest], squared[farthest] = empty, 0
    return labels, squared, centres


def _numpy_kmeans(x: FloatArray, k: int, n_iter: int, seed: int, band: int) -> FloatArray:
    """Centres (m, c, k) of windows (m, c, n), by rounds of assignment and barycentres.

    The search runs in single precision, which takes half the time, on values shifted and scaled so that it
    does no harm; the last barycentres are taken in double precision.
    """
    shift = x.mean(axis=(0, 2), keepdims=True)
    scale = float((x - shift).std()) or 1.0
    rough = ((x - shift) / scale).astype(np.float32)
    centres = first_centres(rough, k, band, np.random.default_rng(seed))
    last = np.inf
    for i in range(n_iter):
        labels, squared, centres = _assign(rough, centres, band)
        inertia = float(squared.mean(dtype=float))
        if i == n_iter - 1 or last - inertia <= _SETTLED * inertia:
            break
        centres = barycentre_steps(rough, centres, labels, band, _STEPS)
        last = inertia
    found = centres.astype(np.float64) * scale + shift
    return barycentre_steps(x, found, labels, band, _LAST_STEPS)


def _tslearn_kmeans(windows: FloatArray, k: int, n_iter: int, seed: int, window: int | None) -> FloatArray:
    """Centres (k, m, c) of windows (n, m, c), by tslearn."""
    from sklearn.exceptions import ConvergenceWarning

    # h5py is needed to save models, never here.
    with ignored_warnings(UserWarning, "h5py not installed"):
        from tslearn.clustering import TimeSeriesKMeans

    limit = None if window is None else {"global_constraint": "sakoe_chiba", "sakoe_chiba_radius": window}
    model = TimeSeriesKMeans(k, metric="dtw", max_iter=n_iter, random_state=seed, metric_params=limit)
    # A barycentre whose loss rises stops early; the centres are assigned anew below in any case.
    with ignored_warnings(ConvergenceWarning):
        model.fit(windows)
    if model.n_iter_ == 0:
        raise DataError(f"tslearn left clusters empty with n_clusters={k}; use fewer, or engine='numpy'")
    return np.asarray(model.cluster_centers_, dtype=float)


def dtw_kmeans(
    windows: npt.ArrayLike,
    n_clusters: int,
    *,
    n_iter: int = 10,
    seed: int = 0,
    window: int | None = None,
    engine: Literal["numpy", "tslearn"] = "numpy",
) -> DTWClusters:
    """Cluster windows by k-means under dynamic time warping, with DBA barycentres.

    Starts from greedy k-means++ and local search, see `motifkit.mining.dtw_start`. A centre that loses all its
    windows moves to the window that is farthest from its own centre.

    Parameters
    ----------
    windows : (n, m) or (n, m, c) array
        Finite; normalise them first. Channels are warped together.
    n_clusters : int
        k, from 1 to n.
    n_iter : int
        Largest number of iterations.
    seed : int
        Results repeat bit by bit for the same seed, data and machine.
    window : int, optional
        Sakoe-Chiba band in steps, None for no limit.
    engine : {"numpy", "tslearn"}
        "tslearn" is the reference: `tslearn.clustering.TimeSeriesKMeans(metric="dtw")`.

    Returns
    -------
    DTWClusters

    Raises
    ------
    UsageError
        When `n_clusters`, `n_iter`, `window` or `engine` is out of range.
    DataError
        When a value is missing or infinite, or tslearn is left with an empty cluster.

    References
    ----------
    F. Petitjean, A. Ketterlin, P. Gancarski, Pattern Recognition 44 (2011), for the barycentres.

    Examples
    --------
    >>> x = np.array([[0.0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]])
    >>> clusters = dtw_kmeans(x, 2)
    >>> bool(clusters.labels[0] == clusters.labels[1] != clusters.labels[2] == clusters.labels[3])
    True
    >>> clusters.inertia
    0.0
    """
    multichannel = np.ndim(windows) == 3
    points = checked_windows("windows", windows, multichannel=multichannel)
    if points.ndim != 3:
        raise DataError(
            f"windows must be (n, m) or (n, m, c), got {points.shape[:-1]}; stack them in one array"
        )
    if not 1 <= n_clusters <= len(points):
        raise UsageError(
            f"n_clusters must be from 1 to the {len(points)} windows, got {n_clusters}; lower it"
        )
    if n_iter < 1:
        raise UsageError(f"n_iter must be at least 1, got {n_iter}; 10 is usual")
    band = checked_band(window, points.shape[1])
    x = np.ascontiguousarray(points.transpose(1, 2, 0))
    if engine == "numpy":
        centres = _numpy_kmeans(x, n_clusters, n_iter, seed, band)
    elif engine == "tslearn":
        centres = _tslearn_kmeans(points, n_clusters, n_iter, seed, window).transpose(1, 2, 0)
    else:
        raise UsageError(f"engine must be 'numpy' or 'tslearn', got {engine!r}; 'numpy' is the default")
    for _ in range(n_clusters):
        before = centres
        labels, squared, centres = _assign(x, centres, band)
        if centres is before:  # no centre was left without windows
            break
    found = centres.transpose(2, 0, 1)
    return DTWClusters(
        np.array(found if multichannel else found[..., 0], order="C"),
        labels,
        float(squared.mean()),
        np.sqrt(squared),
    )
