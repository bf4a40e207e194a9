"""One pass of the default miner: a greedy choice of tight sets, and competition for the windows around them."""

from __future__ import annotations

import numpy as np

from motifkit.mining.distances import Float32Array
from motifkit.mining.scan import Scan
from motifkit.mining.select import assign_to_nearest, neighbourhood
from motifkit.types import BoolArray, FloatArray, IntArray

TIGHT = 0.75  # a first set stops where it reaches this share of its peak surprise
LOOSE = 0.75  # a final set ends where it last has this share: near the peak the surprise is flat
_BATCH = 16
_REFINEMENTS = 2  # of a tight set, around its own mean


def one_pass(scan: Scan, first: IntArray, null: Float32Array, n_motifs: int) -> list[IntArray]:
    """Greedy choice among the candidates `first`, whose distances to the surrogates are `null`, and competition."""
    found = _greedy(scan, first, null, n_motifs)
    if not found:
        return []
    prototypes = np.array([scan.windows.average(idx) for idx in found], dtype=np.float32)
    return [idx for idx in compete(scan, prototypes) if len(idx) > 1]


def compete(scan: Scan, prototypes: Float32Array) -> list[IntArray]:
    """Windows that each prototype (k, d) ends up with when all claim their own and the nearest gets them."""
    nearest = scan.distances(prototypes).argmin(axis=0)
    null = scan.null_distances(prototypes)
    claims = []
    for i, prototype in enumerate(prototypes):
        elsewhere = nearest != i
        score = scan.scores(prototype[None], null[i : i + 1], elsewhere)[0]
        claims.append(scan.occurrences(prototype, _last_size(score), elsewhere))
    return assign_to_nearest(claims, scan.position, scan.gap)


def _greedy(scan: Scan, first: IntArray, null: Float32Array, n_motifs: int) -> list[IntArray]:
    banned = np.zeros(len(scan), dtype=bool)
    queries = scan.points[first]
    bound = scan.scores(queries, null, banned).max(axis=1)
    found: list[IntArray] = []
    while len(found) < n_motifs:
        bound[banned[first]] = -np.inf
        best = _most_surprising(scan, queries, null, bound, banned)
        if not np.isfinite(bound[best]):
            break
        idx = _grow(scan, queries[best], null[best], banned)
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


def _grow(scan: Scan, query: Float32Array, null: Float32Array, banned: BoolArray) -> IntArray:
    """Tight set around a query, then around the mean of that set while this is more surprising."""
    score = scan.scores(query[None], null[None], banned)[0]
    idx, _ = scan.occurrences(query, _tight_size(score), banned)
    for _ in range(_REFINEMENTS):
        if len(idx) < 2:
            break
        mean = scan.windows.average(idx).astype(np.float32)
        refined = scan.scores(mean[None], scan.null_distances(mean[None]), banned)[0]
        if refined.max() <= score.max():
            break
        score = refined
        idx, _ = scan.occurrences(mean, _tight_size(score), banned)
    return idx


def _tight_size(score: FloatArray) -> int:
    peak = score.max()
    return int(np.argmax(score >= TIGHT * peak) if peak > 0 else np.argmax(score)) + 1


def _last_size(score: FloatArray) -> int:
    peak = score.max()
    return int(np.flatnonzero(score >= LOOSE * peak)[-1] if peak > 0 else np.argmax(score)) + 1
