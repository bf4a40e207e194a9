"""Motif sets from the k-nearest-neighbour matrix profile and the scan statistic.

1. Candidates: windows whose k nearest non-overlapping neighbours are much nearer than those in surrogates.
2. Greedy: the candidate with the largest surprise gives a motif, tight at first; its prototype becomes the mean of its
   occurrences as long as that raises the surprise; its stretches of the series are taken, and so on.
3. Competition: all prototypes claim windows, each as many as keep its surprise near the peak, and the nearest gets
   them.
4. Consensus: steps 2 and 3 are repeated with random halves of the candidates and of the surrogates, and occurrences
   belong together when most of these passes say so.
5. Mixture, but in walks: the sets are refined as one mixture in front of the surrogates, and exchanged for sets of
   single passes that explain the series better.
"""

from __future__ import annotations

import numpy as np

from motifkit.mining.candidates import candidates
from motifkit.mining.consensus import agreed_sets
from motifkit.mining.distances import Float32Array
from motifkit.mining.exchange import exchanged
from motifkit.mining.mixture import Mixture
from motifkit.mining.references import pooled
from motifkit.mining.scan import Scan, surprise
from motifkit.mining.select import MotifSet, neighbourhood, ranked, share_out
from motifkit.mining.threads import Map, side_by_side
from motifkit.mining.windows import Windows
from motifkit.types import BoolArray, FloatArray, IntArray

N_CANDIDATES = 200
N_PASSES = 10
TIGHT = 0.75  # a first set stops where it reaches this share of its peak surprise
LOOSE = 0.75  # a final set ends where it last has this share: near the peak the surprise is flat
_OVERLAPPING = 3  # windows around one occurrence that lie near a shape as it does, roughly
_BATCH = 16


def mine_profile(
    windows: Windows,
    null: list[Float32Array],
    n_motifs: int,
    *,
    n_passes: int = N_PASSES,
    seed: int = 0,
    n_threads: int = 1,
    exchange: bool = True,
) -> list[MotifSet]:
    """Motif sets of one series, most surprising first.

    Parameters
    ----------
    windows : Windows
    null : list of (n, d) float32 arrays
        Windows of the reference surrogates.
    n_motifs : int
        Most sets to find.
    n_passes : int
        Passes, each with halves of the candidates and surrogates drawn anew, that must agree by majority. 1 makes a
        single pass with all of them.
    seed : int
        Of the halves.
    n_threads : int
        Passes made side by side, and blocks of distances; the result does not depend on it.
    exchange : bool
        Whether sets on which passes agree are refined as a mixture, and may give way to those of single passes that
        explain the series better. False suits walks: there occurrences lie beyond all windows of surrogates, so that
        only an extrapolated density tells how well sets explain it, and passes agree on better ones. No effect with
        one pass.

    Returns
    -------
    list of MotifSet
        Fewer than `n_motifs` when the series holds no more; none of fewer than two occurrences.
    """
    scan = Scan(windows, null)
    with side_by_side(n_threads) as run:
        first = candidates(scan, limit=N_CANDIDATES, apart=max(1, windows.length // 4), run=run)
        if not len(first):
            return []
        nearest = scan.nearest_null(scan.points[first], run)
        sets: list[IntArray] = []
        if n_passes > 1:
            passes = _passes(scan, windows, first, nearest, n_motifs, n_passes, seed, run)
            sets = _aligned(scan, windows, agreed_sets(passes, scan.position, scan.gap, n_motifs))
            if exchange:
                every = [idx for each in passes for idx in each]
                sets = exchanged(Mixture(scan, windows, null), sets, every, n_motifs)
    if len(sets) < n_motifs:
        others = _one_pass(scan, windows, first, pooled(nearest), n_motifs + len(sets))
        sets += _clear_of(sets, others, scan)[: n_motifs - len(sets)]
    sets = [_without_outliers(scan, windows, idx) for idx in sets]
    return ranked([_describe(scan, windows, idx) for idx in sets if len(idx) > 1])


def mine_surrogate(
    windows: Windows, null: list[Float32Array], n_motifs: int, *, exchange: bool = False
) -> list[MotifSet]:
    """Motif sets of a surrogate, of which the best alone counts: few passes, and three sets at least.

    In walks the best of three sets of a single pass scores about as high as the best of ten sets on which passes agree,
    in noise the best of three sets of three passes with exchange about as high as the best of ten sets of ten. One set
    alone scores less: competition may lift the second or third above the first.
    """
    return mine_profile(windows, null, max(3, n_motifs), n_passes=3 if exchange else 1, exchange=exchange)


def _clear_of(taken: list[IntArray], sets: list[IntArray], scan: Scan) -> list[IntArray]:
    """Of other sets what overlaps none of those taken, where two windows or more are left."""
    free = np.ones(len(scan), dtype=bool)
    for i in np.concatenate([*taken, np.empty(0, np.int64)]).tolist():
        free[neighbourhood(scan.position, i, scan.gap)] = False
    return [idx[free[idx]] for idx in sets if np.count_nonzero(free[idx]) > 1]


def _half(rng: np.random.Generator, n: int) -> IntArray:
    """Half of n indices, rounded up, ascending."""
    return np.sort(rng.permutation(n)[: (n + 1) // 2])


def _passes(
    scan: Scan,
    windows: Windows,
    first: IntArray,
    nearest: list[Float32Array],
    n_motifs: int,
    n_passes: int,
    seed: int,
    run: Map,
) -> list[list[IntArray]]:
    """Sets of several passes, each with halves of the candidates `first` and of the surrogates drawn anew."""
    rng = np.random.default_rng(seed)
    halves = [(_half(rng, len(first)), _half(rng, len(nearest))) for _ in range(n_passes)]

    def one(half: tuple[IntArray, IntArray]) -> list[IntArray]:
        some, which = half
        distances = pooled([nearest[i][some] for i in which])
        return _one_pass(scan.among(which), windows, first[some], distances, n_motifs)

    return list(run(one, halves))


def _one_pass(
    scan: Scan, windows: Windows, first: IntArray, null: Float32Array, n_motifs: int
) -> list[IntArray]:
    """Greedy choice among the candidates `first`, whose distances to the surrogates are `null`, and competition."""
    found = _greedy(scan, windows, first, null, n_motifs)
    if not found:
        return []
    prototypes = np.array([windows.average(idx) for idx in found], dtype=np.float32)
    return [idx for idx in compete(scan, prototypes) if len(idx) > 1]


def compete(scan: Scan, prototypes: Float32Array) -> list[IntArray]:
    """Windows that each prototype (k, d) ends up with when all claim their own and the nearest gets them."""
    nearest = scan.distances(prototypes).argmin(axis=0)
    null = scan.null_distances(prototypes)
    claims = []
    for i, prototype in enumerate(prototypes):
        elsewhere = nearest != i
        score = scan.scores(prototype[None], null[i : i + 1], elsewhere)[0]
        claims.append(scan.occurrences(prototype, _last_size(score, LOOSE), elsewhere))
    return share_out(claims, scan.position, scan.gap)


def _greedy(
    scan: Scan, windows: Windows, first: IntArray, null: Float32Array, n_motifs: int
) -> list[IntArray]:
    banned = np.zeros(len(scan), dtype=bool)
    queries = scan.points[first]
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


def _last_size(score: FloatArray, share: float) -> int:
    peak = score.max()
    return int(np.flatnonzero(score >= share * peak)[-1] if peak > 0 else np.argmax(score)) + 1


def _aligned(scan: Scan, windows: Windows, sets: list[IntArray], n_rounds: int = 2) -> list[IntArray]:
    """Each window moved to where the mean of its set fits best, less than half a window away.

    Passes begin a motif a few rows earlier or later; their occurrences together would blur it.
    """
    reach = (scan.gap - 1) // 2
    for _ in range(n_rounds):
        claims = []
        for idx in sets:
            squared = scan.distances(windows.average(idx).astype(np.float32)[None])[0]
            near = [neighbourhood(scan.position, i, reach + 1) for i in idx.tolist()]
            best = np.array([each.start + squared[each].argmin() for each in near], dtype=np.int64)
            claims.append((best, squared[best]))
        sets = [idx for idx in share_out(claims, scan.position, scan.gap) if len(idx) > 1] if claims else []
    return sets


def _without_outliers(scan: Scan, windows: Windows, idx: IntArray) -> IntArray:
    """The windows of a set that lie nearer to its mean than where chance alone puts as many windows."""
    mean = windows.average(idx).astype(np.float32)[None]
    squared = scan.distances(mean)[0, idx]
    order = np.lexsort((idx, squared))
    expected = scan.expected(scan.null_distances(mean)[0], squared[order])
    return idx[order[: np.count_nonzero(expected < _OVERLAPPING * len(idx))]]


def _describe(scan: Scan, windows: Windows, idx: IntArray) -> MotifSet:
    prototype = windows.average(idx)
    distances = np.sqrt(((windows.points[idx] - prototype) ** 2).sum(axis=1))
    order = np.lexsort((idx, distances))
    expected = scan.count_expected(prototype.astype(np.float32), float(distances.max()))
    score = float(surprise(len(idx) - 1, expected))
    return MotifSet(prototype, idx[order], distances[order], score, expected)
