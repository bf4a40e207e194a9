"""Motif sets from the k-nearest-neighbour matrix profile and the scan statistic.

1. Candidates: windows whose k nearest non-overlapping neighbours are much nearer than those in surrogates.
2. Greedy: the candidate with the largest surprise gives a motif, tight at first; its prototype becomes the mean of its
   occurrences as long as that raises the surprise; its stretches of the series are taken, and so on.
3. Competition: all prototypes claim windows, each as many as keep its surprise near the peak, and the nearest gets
   them.
4. Consensus: steps 2 and 3 are repeated with random halves of the candidates and of the surrogates, and occurrences
   belong together when most of these passes say so.
5. Mixture: a density in front of that of the surrogates tells how well sets explain the series together. In walks,
   sets that are no better apart are merged. Otherwise what random majorities of the passes agree on is refined, merged
   likewise, and exchanged for sets of single passes that explain the series better; these exchanges then vote.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import numpy as np

from motifkit.mining.candidates import candidates
from motifkit.mining.consensus import agreed_sets
from motifkit.mining.distances import Float32Array
from motifkit.mining.exchange import exchanged
from motifkit.mining.greedy import one_pass
from motifkit.mining.merging import merged
from motifkit.mining.mixture import Mixture
from motifkit.mining.references import pooled
from motifkit.mining.scan import Scan, motif_set
from motifkit.mining.select import MotifSet, assign_to_nearest, neighbourhood, ranked
from motifkit.mining.threads import Map, side_by_side
from motifkit.mining.windows import Windows
from motifkit.types import IntArray

N_CANDIDATES = 200
N_PASSES = 10
_ALIGNMENTS = 2
_OVERLAPPING = 3  # windows around one occurrence that lie near a shape as it does, roughly


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
        Whether majorities of the passes, half as many as there are passes, are refined as mixtures, where sets may give
        way to those of single passes that explain the series better, and vote in place of the passes. No effect with
        one pass. False suits walks: there occurrences lie beyond all windows of surrogates, so that only an
        extrapolated density tells how well sets explain the series. It then decides no more than which sets are one.

    Returns
    -------
    list of MotifSet
        Fewer than `n_motifs` when the series holds no more; none of fewer than two occurrences.
    """
    scan = Scan(windows, null)

    def described(sets: list[IntArray]) -> list[MotifSet]:
        kept = (_without_outliers(scan, idx) for idx in sets)
        return [_described(scan, idx) for idx in kept if len(idx) > 1]

    def score(idx: IntArray) -> float:
        return max((one.score for one in described([idx])), default=0.0)

    with side_by_side(n_threads) as run:
        first = candidates(scan, limit=N_CANDIDATES, apart=max(1, windows.length // 4), run=run)
        if not len(first):
            return []
        nearest = scan.nearest_null(scan.points[first], run)
        mixture = Mixture(scan, null)
        sets: list[IntArray] = []
        votes: list[list[IntArray]] = []
        if n_passes > 1:
            votes = _passes(scan, first, nearest, n_motifs, n_passes, seed, run)
            if exchange:
                votes = _exchanges(mixture, votes, n_motifs, seed, run)
            sets = _aligned(scan, agreed_sets(votes, scan.position, scan.gap, n_motifs))
            if not exchange:
                sets = _aligned(scan, merged(mixture, sets, score))
    if len(sets) < n_motifs:
        others = one_pass(scan, first, pooled(nearest), n_motifs + len(sets))
        if not exchange:
            others = merged(mixture, others, score)
        sets = _filled_up(sets, [*others, *chain.from_iterable(votes)], n_motifs, scan)
    return ranked(described(sets))


def mine_surrogate(windows: Windows, null: list[Float32Array], *, exchange: bool = False) -> list[MotifSet]:
    """Motif sets of a surrogate, of which the best alone counts: three of them, in few passes.

    In walks the best of three sets of a single pass scores about as high as the best of ten sets on which passes agree,
    in noise the best of three sets of two passes and one exchange about as high as the best of ten sets of all. One set
    alone scores less: competition may lift the second or third above the first.
    """
    return mine_profile(windows, null, 3, n_passes=2 if exchange else 1, exchange=exchange)


def _filled_up(sets: list[IntArray], others: Iterable[IntArray], n_motifs: int, scan: Scan) -> list[IntArray]:
    """Sets, and of others as many as are missing: what overlaps none before, where two windows or more are left."""
    filled: list[IntArray] = []
    free = np.ones(len(scan), dtype=bool)
    for idx in chain(sets, others):
        left = idx[free[idx]]
        if len(filled) < n_motifs and len(left) > 1:
            filled.append(left)
            for i in left.tolist():
                free[neighbourhood(scan.position, i, scan.gap)] = False
    return filled


def _half(rng: np.random.Generator, n: int) -> IntArray:
    """Half of n indices, rounded up, ascending."""
    return np.sort(rng.permutation(n)[: (n + 1) // 2])


def _passes(
    scan: Scan,
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
        return one_pass(scan.among(which), first[some], distances, n_motifs)

    return list(run(one, halves))


def _exchanges(
    mixture: Mixture, passes: list[list[IntArray]], n_motifs: int, seed: int, run: Map
) -> list[list[IntArray]]:
    """Sets of half as many exchanges as passes, each from those on which a random majority of the passes agree."""
    scan = mixture.scan
    rng = np.random.default_rng((seed, 1))
    majority = len(passes) // 2 + 1
    drawn = [rng.permutation(len(passes))[:majority] for _ in range(len(passes) // 2)]

    def one(which: IntArray) -> list[IntArray]:
        some = [passes[i] for i in which]
        sets = _aligned(scan, agreed_sets(some, scan.position, scan.gap, n_motifs))
        return exchanged(mixture, sets, list(chain.from_iterable(some)), n_motifs)

    return list(run(one, drawn))


def _aligned(scan: Scan, sets: list[IntArray]) -> list[IntArray]:
    """Each window moved to where the mean of its set fits best, less than half a window away.

    Passes begin a motif a few rows earlier or later; their occurrences together would blur it.
    """
    reach = (scan.gap - 1) // 2
    for _ in range(_ALIGNMENTS):
        claims = []
        for idx in sets:
            squared = scan.distances(scan.windows.average(idx).astype(np.float32)[None])[0]
            near = [neighbourhood(scan.position, i, reach + 1) for i in idx.tolist()]
            best = np.array([each.start + squared[each].argmin() for each in near], dtype=np.int64)
            claims.append((best, squared[best]))
        sets = (
            [idx for idx in assign_to_nearest(claims, scan.position, scan.gap) if len(idx) > 1]
            if claims
            else []
        )
    return sets


def _without_outliers(scan: Scan, idx: IntArray) -> IntArray:
    """The windows of a set that lie nearer to its mean than where chance alone puts as many windows."""
    mean = scan.windows.average(idx).astype(np.float32)[None]
    squared = scan.distances(mean)[0, idx]
    order = np.lexsort((idx, squared))
    expected = scan.expected(scan.null_distances(mean)[0], squared[order])
    return idx[order[: np.count_nonzero(expected < _OVERLAPPING * len(idx))]]


def _described(scan: Scan, idx: IntArray) -> MotifSet:
    prototype = scan.windows.average(idx)
    distances = scan.windows.distances(idx, prototype)
    expected = scan.count_expected(prototype.astype(np.float32), float(distances.max()))
    return motif_set(prototype, idx, distances, expected)
