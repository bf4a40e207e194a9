"""Motifs as clusters under dynamic time warping: candidate occurrences alone are clustered, never all windows.

k-means over every sliding window gives the same centres whatever the series (Keogh & Lin 2003). Clustered are
non-overlapping windows with unusually near neighbours; each barycentre then queries the whole series, and the scan
statistic says how many windows are its occurrences.
"""

from __future__ import annotations

import numpy as np

from motifkit.mining.candidates import candidates
from motifkit.mining.distances import ALL, Distances, Float32Array, Metric
from motifkit.mining.dtw_distance import dtw_distance, pairwise_squared
from motifkit.mining.dtw_kmeans import dtw_kmeans
from motifkit.mining.greedy import compete
from motifkit.mining.scan import Scan, motif_set
from motifkit.mining.select import MotifSet, ranked
from motifkit.mining.windows import Windows, normalize_windows
from motifkit.types import FloatArray, IntArray

N_CANDIDATES = 400
_REFERENCES = 8  # surrogates that are measured by DTW, which is much dearer than a matrix product
_A_CLUSTER = 8  # candidates for each cluster


def mine_dtw(
    windows: Windows,
    null: list[Float32Array],
    n_motifs: int,
    *,
    n_clusters: int | None = None,
    warping_window: int | None = None,
    seed: int = 0,
) -> list[MotifSet]:
    """Motif sets of one series under DTW, most surprising first.

    Parameters
    ----------
    windows : Windows
    null : list of (n, d) float32 arrays
        Windows of the reference surrogates.
    n_motifs : int
    n_clusters : int, optional
        Clusters of candidates. None makes one for every eight candidates, 2 to 16.
    warping_window : int, optional
        Rows that the Sakoe-Chiba band allows to either side. None allows a tenth of the length, at least 1.
    seed : int
        Of the clustering.

    Returns
    -------
    list of MotifSet
        Their distances are DTW distances.
    """
    first = candidates(Scan(windows, null), limit=N_CANDIDATES, apart=windows.length)
    if len(first) < 2:
        return []
    shape = (-1, windows.length, windows.n_channels)
    k = n_clusters if n_clusters is not None else int(np.clip(len(first) // _A_CLUSTER, 2, 16))
    band = default_band(windows.length) if warping_window is None else warping_window
    clusters = dtw_kmeans(windows.points[first].reshape(shape), min(k, len(first)), seed=seed, window=band)
    centres, flat = normalize_windows(clusters.centres.reshape(shape), windows.normalize, joint=windows.joint)
    queries = centres[~flat].astype(np.float32)
    if not len(queries):
        return []
    scan = Scan(windows, null[:_REFERENCES], metric=dtw_metric(windows.length, windows.n_channels, band))
    score = scan.scores(queries, scan.null_distances(queries), np.zeros(len(scan), dtype=bool)).max(axis=1)
    queries = queries[np.argsort(-score, kind="stable")[:n_motifs]]
    shares = compete(scan, queries)
    sets = [
        _described(scan, centre, idx, band)
        for centre, idx in zip(queries, shares, strict=True)
        if len(idx) > 1
    ]
    return ranked(sets)


def default_band(length: int) -> int:
    """Sakoe-Chiba half-width for windows of a length: a tenth of it, at least 1."""
    return max(1, length // 10)


def dtw_metric(length: int, n_channels: int, band: int) -> Metric:
    """Squared DTW distances between flat windows, for `Scan`."""

    def time_first(points: Float32Array) -> Float32Array:
        return np.ascontiguousarray(np.moveaxis(points.reshape(len(points), length, n_channels), 0, -1))

    def metric(*parts: Float32Array) -> Distances:
        to = time_first(np.concatenate(parts))[..., None, :]

        def distances(queries: Float32Array, among: slice = ALL, /) -> Float32Array:
            squared = pairwise_squared(time_first(queries)[..., :, None], to[..., among], band)
            return np.asarray(squared, dtype=np.float32)

        return distances

    return metric


def _described(scan: Scan, centre: Float32Array, idx: IntArray, band: int) -> MotifSet:
    distances = dtw_to(centre, scan.windows.points[idx], scan.windows, band)
    expected = scan.count_expected(centre, float(distances.max()))
    return motif_set(centre.astype(float), idx, distances, expected)


def dtw_to(centre: FloatArray | Float32Array, points: FloatArray, windows: Windows, band: int) -> FloatArray:
    """DTW distances (n,) of flat windows (n, d) to one of their kind."""
    shape = (-1, windows.length, windows.n_channels)
    return dtw_distance(
        points.reshape(shape), centre.reshape(shape).astype(float), window=band, multichannel=True
    )
