"""What follows a motif: the mean forward return after its occurrences beside the unconditional one.

The comparison of conditional with unconditional returns follows Lo, Mamaysky & Wang (2000). The null turns the
occurrences around the series as a whole (circular shifts), which keeps their number and clustering as well as the
dependence of overlapping returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from motifkit.mining.significance import benjamini_hochberg
from motifkit.types import FloatArray, IntArray, Motif, Outcome, TrajectoryDataset

_LEVEL = 0.95


def add_outcomes(motifs: Sequence[Motif], dataset: TrajectoryDataset, horizon: int) -> tuple[Motif, ...]:
    """Motifs with their forward-return outcome, q-values over all of them.

    Parameters
    ----------
    motifs : sequence of Motif
    dataset : TrajectoryDataset
        With the prices that the occurrences refer to.
    horizon : int
        Bars after the last bar of an occurrence.

    Returns
    -------
    tuple of Motif
        `outcome` is None where the data have no prices, or none `horizon` bars after any occurrence.
    """
    returns = forward_returns(dataset, horizon)
    if returns is None:
        return tuple(motifs)
    outcomes = [_outcome(motif, *returns, horizon) for motif in motifs]
    q = benjamini_hochberg([np.nan if o is None else o.p_value for o in outcomes])
    return tuple(
        replace(motif, outcome=o and replace(o, q_value=float(q_value)))
        for motif, o, q_value in zip(motifs, outcomes, q, strict=True)
    )


def forward_returns(dataset: TrajectoryDataset, horizon: int) -> tuple[FloatArray, list[IntArray]] | None:
    """Simple returns over `horizon` bars from every row that has them.

    Returns
    -------
    values : (n,) float array
        Over all episodes in order.
    where : list of (T,) int arrays
        For each episode the index into `values` of each row, -1 for none.
    None
        When no row of the dataset has a forward return.

    Examples
    --------
    >>> from motifkit.types import Episode
    >>> prices = np.array([1.0, 2.0, 3.0])
    >>> data = TrajectoryDataset((Episode(prices[:, None], prices=prices),), ("x",))
    >>> forward_returns(data, 1)
    (array([1. , 0.5]), [array([ 0,  1, -1])])
    """
    values: list[FloatArray] = []
    where: list[IntArray] = []
    n = 0
    for episode in dataset.episodes:
        index = np.full(len(episode), -1, dtype=np.int64)
        if episode.prices is not None and len(episode) > horizon:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # judged by isfinite below
                change = episode.prices[horizon:] / episode.prices[:-horizon] - 1
            known = np.flatnonzero(np.isfinite(change))
            index[known] = n + np.arange(len(known))
            values.append(change[known])
            n += len(known)
        where.append(index)
    return (np.concatenate(values), where) if n else None


def _outcome(motif: Motif, returns: FloatArray, where: list[IntArray], horizon: int) -> Outcome | None:
    at = np.array([where[o.episode][o.end - 1] for o in motif.occurrences], dtype=np.int64)
    at = at[at >= 0]
    if not len(at):
        return None
    usual = float(returns.mean())
    shifted = _shifted_means(returns, at)
    lift = shifted[0] - usual
    chance = shifted[1:] - usual if len(shifted) > 1 else np.zeros(1)
    low, high = np.quantile(chance, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    reached = np.count_nonzero(np.abs(chance) >= abs(lift) * (1 - 1e-12))
    return Outcome(
        horizon=horizon,
        n=len(at),
        mean=float(shifted[0]),
        unconditional=usual,
        lift=float(lift),
        low=float(lift - high),
        high=float(lift - low),
        p_value=float((1 + reached) / (1 + len(chance))),
        q_value=float("nan"),
    )


def _shifted_means(returns: FloatArray, at: IntArray) -> FloatArray:
    """Mean return at the occurrences, for every circular shift of them; entry 0 is the unshifted one."""
    marks = np.bincount(at, minlength=len(returns)).astype(float)
    # A correlation by FFT gives all n shifts at the price of one.
    sums = np.fft.irfft(np.fft.rfft(returns) * np.fft.rfft(marks).conj(), len(returns))
    means = np.asarray(sums / len(at), dtype=float)
    means[0] = returns[at].mean()
    return means
