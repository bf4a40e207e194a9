"""Motif sets from the k-nearest-neighbour matrix profile and the scan statistic.

1. Candidates: windows whose k nearest non-overlapping neighbours are much nearer than those in surrogates.
2. Greedy: the candidate with the largest surprise gives a motif, tight at first; its prototype becomes the mean of its
   occurrences as long as that raises the surprise; its stretches of the series are taken, and so on.
3. Competition: all prototypes claim windows, each as many as keep its surprise near the peak, and the nearest gets
   them.
"""

from __future__ import annotations

import numpy as np

from motifkit.mining.scan import Float32Array, Scan, surprise
from motifkit.mining.select import MotifSet, neighbourhood, pick_apart, ranked, share_out
from motifkit.mining.windows import Windows
from motifkit.types import BoolArray, FloatArray, IntArray

N_CANDIDATES = 200
N_NEIGHBOURS = 6
TIGHT = 0.75  # a first set stops where it reaches this share of its peak surprise
LOOSE = 0.75  # a final set ends where it last has this share: near the peak the surprise is flat
_MOST_QUERIES = 5_000
_BATCH = 16


def mine_profile(windows: Windows, null: list[Float32Array], n_motifs: int) -> list[MotifSet]:
    """Motif sets of one series, most surprising first.

    Parameters
    ----------
    windows : Windows
    null : list of (n, d) float32 arrays
        Windows of the reference surrogates.
    n_motifs : int
        Most sets to find.

    Returns
    -------
    list of MotifSet
        Fewer than `n_motifs` when the series holds no more; none of fewer than two occurrences.
    """
    scan = Scan(windows, null)
    first = candidates(scan, limit=N_CANDIDATES, apart=max(1, windows.length // 4))
    if not len(first):
        return []
    found = _greedy(scan, windows, first, n_motifs)
    if not found:
        return []
    prototypes = np.array([windows.average(idx) for idx in found], dtype=np.float32)
    shares = compete(scan, prototypes)
    return ranked([_describe(scan, windows, idx) for idx in shares if len(idx) > 1])


def candidates(scan: Scan, *, limit: int, apart: int) -> IntArray:
    """Windows that are nearer to their neighbours than surrogates explain, best first.

    At most `limit`, `apart` from each other. At most 5,000 windows are asked, evenly spaced, each about its
    neighbours among all: a query that is a few rows off an occurrence still finds the others, and the refinement
    that follows puts it right.
    """
    n = len(scan)
    k = min(N_NEIGHBOURS, n - 1, min(len(points) for points in scan.null))
    if k < 1:
        return np.empty(0, np.int64)
    queries = np.arange(0, n, max(1, scan.gap // 32, -(-n // _MOST_QUERIES)))
    gain = np.empty(len(queries))
    step = max(1, 4_000_000 // n)
    for i in range(0, len(queries), step):
        rows = queries[i : i + step]
        own = scan.metric(scan.points[rows], scan.points)
        at = scan.position[rows]
        trivial_from = np.searchsorted(scan.position, at - scan.gap, side="right")
        trivial_to = np.searchsorted(scan.position, at + scan.gap, side="left")
        for r, (low, high) in enumerate(zip(trivial_from, trivial_to, strict=True)):
            own[r, low:high] = np.inf
        chance = [_mean_nearest(scan.metric(scan.points[rows], points), k) for points in scan.null[:2]]
        gain[i : i + step] = np.mean(chance, axis=0) - _mean_nearest(own, k)
    order = queries[np.argsort(-gain, kind="stable")]
    return pick_apart(order, scan.position, apart, limit)


def compete(scan: Scan, prototypes: Float32Array) -> list[IntArray]:
    """Windows that each prototype (k, d) ends up with when all claim their own and the nearest gets them."""
    nearest = scan.metric(prototypes, scan.points).argmin(axis=0)
    null = scan.null_distances(prototypes)
    claims = []
    for i, prototype in enumerate(prototypes):
        elsewhere = nearest != i
        score = scan.scores(prototype[None], null[i : i + 1], elsewhere)[0]
        claims.append(scan.occurrences(prototype, _loose_size(score), elsewhere))
    return share_out(claims, scan.position, scan.gap)


def _greedy(scan: Scan, windows: Windows, first: IntArray, n_motifs: int) -> list[IntArray]:
    banned = np.zeros(len(scan), dtype=bool)
    queries = scan.points[first]
    null = scan.null_distances(queries)
    bound = scan.scores(queries, null, banned).max(axis=1)
    found: list[IntArray] = []
    while len(found) < n_motifs:
        bound[banned[first]] = -np.inf
        best = _most_surprising(scan, queries, null, bound, banned)
        if not np.isfinite(bound[best]):
            break
        idx = _grow(scan, windows, queries[best], null[best], banned)
        if len(idx) < 2:
            bound[best] = -np.inf
            continue
        found.append(idx)
        for i in idx:
            banned[neighbourhood(scan.position, int(i), scan.gap)] = True
    return found


def _most_surprising(
    scan: Scan, queries: Float32Array, null: Float32Array, bound: FloatArray, banned: BoolArray
) -> int:
    """Index of the best query; `bound` is brought up to date only where that could matter.

    Banning windows can but lower a surprise, so old values bound new ones from above (lazy greedy, Minoux 1978).
    """
    fresh = np.zeros(len(bound), dtype=bool)
    while True:
        top = np.argsort(-bound, kind="stable")[:_BATCH]
        if fresh[top[0]] or not np.isfinite(bound[top[0]]):
            return int(top[0])
        stale = top[~fresh[top]]
        bound[stale] = scan.scores(queries[stale], null[stale], banned).max(axis=1)
        fresh[stale] = True


def _grow(
    scan: Scan,
    windows: Windows,
    query: Float32Array,
    null: Float32Array,
    banned: BoolArray,
    n_refinements: int = 2,
) -> IntArray:
    """Tight set around a query, then around the mean of that set while this is more surprising."""
    score = scan.scores(query[None], null[None], banned)[0]
    idx, _ = scan.occurrences(query, _tight_size(score), banned)
    for _ in range(n_refinements):
        if len(idx) < 2:
            break
        mean = windows.average(idx).astype(np.float32)
        refined = scan.scores(mean[None], scan.null_distances(mean[None]), banned)[0]
        if refined.max() <= score.max():
            break
        score = refined
        idx, _ = scan.occurrences(mean, _tight_size(score), banned)
    return idx


def _tight_size(score: FloatArray) -> int:
    peak = score.max()
    return int(np.argmax(score >= TIGHT * peak) if peak > 0 else np.argmax(score)) + 1


def _loose_size(score: FloatArray) -> int:
    peak = score.max()
    return int(np.flatnonzero(score >= LOOSE * peak)[-1] if peak > 0 else np.argmax(score)) + 1


def _describe(scan: Scan, windows: Windows, idx: IntArray) -> MotifSet:
    prototype = windows.average(idx)
    distances = np.sqrt(((windows.points[idx] - prototype) ** 2).sum(axis=1))
    order = np.lexsort((idx, distances))
    expected = scan.count_expected(prototype.astype(np.float32), float(distances.max()))
    score = float(surprise(len(idx) - 1, expected))
    return MotifSet(prototype, idx[order], distances[order], score, expected)


def _mean_nearest(squared: Float32Array, k: int) -> FloatArray:
    squared.partition(k - 1, axis=1)
    return np.asarray(squared[:, :k].mean(axis=1, dtype=float))
