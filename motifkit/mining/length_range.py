"""Motifs of several lengths at once, ranked and tested together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from motifkit.arguments import require_whole
from motifkit.errors import UsageError
from motifkit.io.prices import as_dataset
from motifkit.mining.arguments import MiningConfig
from motifkit.mining.choices import Choice, tested
from motifkit.mining.many_series import counted_everywhere, sampled_stretches
from motifkit.mining.match import with_match_counts
from motifkit.mining.null import Progress
from motifkit.types import Method, MiningResult, Motif, Normalize

if TYPE_CHECKING:
    from motifkit.io.prices import Data

MOST_LENGTHS = 6  # a wider range is mined at lengths in geometric steps: neighbours find the same motifs


def lengths_between(shortest: int, longest: int) -> tuple[int, ...]:
    """Lengths that a range is mined at: all of them, or six in geometric steps.

    Raises
    ------
    UsageError
        When a length is below 3, or the range is empty.

    Examples
    --------
    >>> lengths_between(4, 6), lengths_between(4, 12)
    ((4, 5, 6), (4, 5, 6, 8, 10, 12))
    """
    require_whole("the shortest length", shortest, 3)
    require_whole("the longest length", longest, shortest)
    if longest - shortest < MOST_LENGTHS:
        return tuple(range(shortest, longest + 1))
    return tuple(int(m) for m in np.unique(np.geomspace(shortest, longest, MOST_LENGTHS).round().astype(int)))


def mine_lengths(
    data: Data,
    lengths: tuple[int, int] = (4, 12),
    method: Method = "matrix_profile",
    n_motifs: int = 10,
    *,
    normalize: Normalize = "zscore",
    joint: bool = False,
    n_surrogates: int = 99,
    horizon: int | None = None,
    seed: int = 0,
    n_threads: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> MiningResult:
    """Find the most surprising patterns of a range of lengths.

    Surprise, which ranks the motifs, is a log-probability and comparable across lengths, as distances are not. Each
    surrogate is mined at every length and its best score over all lengths is kept, so choosing the length is paid for
    like choosing the window (Westfall & Young 1993). Of two motifs with the same places the more surprising one stays.

    Parameters
    ----------
    data : path, Series, DataFrame, array, list or TrajectoryDataset
        See `motifkit.as_dataset`; of columns or transforms make a dataset first.
    lengths : (int, int)
        Shortest and longest, both included; see `lengths_between` for which are mined.
    method, n_motifs, normalize, joint, n_surrogates, seed, n_threads, progress, **options
        As in `motifkit.mine`.
    horizon : int, optional
        Bars of the forward returns. None means the longest length.

    Returns
    -------
    MiningResult
        Motifs of several lengths. Motifs of different lengths may overlap where one is a part of the other.

    Raises
    ------
    UsageError, DataError
        As in `motifkit.mine`.

    Examples
    --------
    >>> from motifkit.io.samples import planted_series
    >>> values, _ = planted_series(n=1000, n_shapes=2, length=16, count=10, seed=0)
    >>> result = mine_lengths(values, (14, 16), n_motifs=2, n_surrogates=0)
    >>> {motif.length for motif in result.motifs} <= {14, 15, 16}
    True
    """
    if np.shape(lengths) != (2,):
        raise UsageError(f"lengths must be (shortest, longest), got {lengths!r}")
    mined = lengths_between(*lengths)
    if method == "sax" and options.get("n_segments") is None:
        options["n_segments"] = min(4, mined[0])  # one way to spell words for all lengths
    config = MiningConfig(
        length=mined[-1],
        method=method,
        n_motifs=n_motifs,
        normalize=normalize,
        joint=joint,
        n_surrogates=n_surrogates,
        horizon=mined[-1] if horizon is None else horizon,
        seed=seed,
        n_threads=n_threads,
        progress=progress,
        options=options,
    )
    dataset = as_dataset(data)
    sample = sampled_stretches(dataset, mined[-1], seed)
    choices = [Choice(dataset if sample is None else sample, replace(config, length=m)) for m in mined]
    each = [choice.mined() for choice in choices]
    motifs = without_repeats([motif for result in each for motif in result.motifs])[:n_motifs]
    parameters = {name: value for name, value in each[0].parameters.items() if name != "length"}
    best = replace(each[0], motifs=tuple(motifs), parameters={**parameters, "lengths": list(mined)})
    found = tested(best, choices[0], choices)
    if sample is None:
        return with_match_counts(found, dataset)
    return counted_everywhere(found, sample, dataset, config.horizon)


def without_repeats(motifs: Sequence[Motif]) -> list[Motif]:
    """Motifs, most surprising first, less those that are another one at a neighbouring length.

    Two are the same when, of the one with fewer occurrences, more than half overlap one of the other by more than half
    of the shorter length. The more surprising one stays, of equals the one that explains more.

    Examples
    --------
    >>> from motifkit.types import Occurrence
    >>> one = Motif(np.zeros((4, 1)), (Occurrence(0, 3, 7, 0.1), Occurrence(0, 20, 24, 0.1)), 0.1, score=9.0)
    >>> two = Motif(np.zeros((5, 1)), (Occurrence(0, 3, 8, 0.1), Occurrence(0, 20, 25, 0.1)), 0.1, score=7.0)
    >>> [motif.score for motif in without_repeats([two, one])]
    [9.0]
    """
    kept: list[Motif] = []
    for motif in sorted(motifs, key=lambda motif: (-motif.score, -_explained(motif))):
        if not any(_same(motif, other) for other in kept):
            kept.append(motif)
    return kept


def _explained(motif: Motif) -> float:
    """How much of an occurrence the prototype explains: for each row the nats below a tenth of its variance.

    Beyond all surrogates scores are equal. Then a piece of a shape explains few rows, and a shape with noise around it
    explains many badly.
    """
    error = float(np.mean([o.distance**2 for o in motif.occurrences])) / motif.length
    return motif.length * float(np.log(0.1 / max(error, 1e-12)))


def _same(one: Motif, other: Motif) -> bool:
    few, many = sorted((one, other), key=lambda motif: motif.count)
    least = min(one.length, other.length) / 2
    places = sorted((o.episode, o.start, o.end) for o in many.occurrences)
    at = np.array([(e, s) for e, s, _ in places], dtype=np.int64).reshape(-1, 2)
    shared = 0
    for o in few.occurrences:
        overlap = np.minimum(at[:, 1] + many.length, o.end) - np.maximum(at[:, 1], o.start)
        shared += bool(((at[:, 0] == o.episode) & (overlap > least)).any())
    return 2 * shared > few.count
