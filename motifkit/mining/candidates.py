"""Where a motif may begin: windows much nearer to their neighbours in the series than to those in surrogates."""

from __future__ import annotations

import numpy as np

from motifkit.mining.distances import blocks
from motifkit.mining.scan import Scan
from motifkit.mining.select import pick_non_overlapping
from motifkit.mining.threads import Map, one_by_one
from motifkit.types import FloatArray, IntArray

N_NEIGHBOURS = 6
_MOST_QUERIES = 5_000


def candidates(scan: Scan, *, limit: int, apart: int, run: Map = one_by_one) -> IntArray:
    """Windows that are nearer to their neighbours than surrogates explain, best first.

    At most `limit`, `apart` from each other. At most 5,000 windows are asked, evenly spaced, each about its
    neighbours among all: a query that is a few rows off an occurrence still finds the others, and the refinement
    that follows puts it right.
    """
    n = len(scan)
    k = min(N_NEIGHBOURS, n - 1, scan.references.fewest)
    if k < 1:
        return np.empty(0, np.int64)
    queries = np.arange(0, n, max(1, scan.gap // 32, -(-n // _MOST_QUERIES)))
    two = scan.references.among(range(min(2, len(scan.references))))

    def gain(block: slice) -> FloatArray:
        rows = queries[block]
        own = scan.distances(scan.points[rows])
        at = scan.position[rows]
        trivial_from = np.searchsorted(scan.position, at - scan.gap, side="right")
        trivial_to = np.searchsorted(scan.position, at + scan.gap, side="left")
        for r, (low, high) in enumerate(zip(trivial_from, trivial_to, strict=True)):
            own[r, low:high] = np.inf
        own.partition(k - 1, axis=1)
        chance = np.mean(
            [near.mean(axis=1, dtype=float) for near in two.nearest(scan.points[rows], k)], axis=0
        )
        return np.asarray(chance - own[:, :k].mean(axis=1, dtype=float))

    gains = np.concatenate(list(run(gain, blocks(len(queries), n))))
    order = queries[np.argsort(-gains, kind="stable")]
    return pick_non_overlapping(order, scan.position, apart, limit)
