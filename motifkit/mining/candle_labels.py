"""Names of classical candlestick patterns for mined motifs, where they fit."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc

from motifkit.mining.candle_data import candles_of
from motifkit.mining.candles import RULES, candle_patterns
from motifkit.types import BoolArray, MiningResult, Motif, TrajectoryDataset

SHARE = 0.6
"""Part of a motif's occurrences that must end with a pattern for its name to fit."""

ALPHA = 0.01
"""Level of the test against chance, over all patterns together."""


def label_candles(
    result: MiningResult, dataset: TrajectoryDataset, *, share: float = SHARE
) -> tuple[tuple[str, ...], ...]:
    """Names of the classical patterns with which a motif's occurrences end.

    A name fits when at least `share` of the occurrences have the pattern end at their last bar, and that is more often
    than bars of the series at large end it: a one-sided binomial test at `ALPHA` after Bonferroni over the patterns.

    Parameters
    ----------
    result : MiningResult
        Mined in columns named open, high, low and close in any case and order (others may stand beside them).
    dataset : TrajectoryDataset
        The data in which its occurrences lie.
    share : float
        From 0 to 1.

    Returns
    -------
    tuple of tuple of str
        For each motif the names that fit, the most frequent first; empty where none does, and for all motifs when the
        data are no candles.

    Examples
    --------
    >>> from motifkit.io.prices import read_prices
    >>> from motifkit.io.samples import sample_path
    >>> from motifkit.mining.mine import mine
    >>> data = read_prices(sample_path("goog.csv"), columns=["open", "high", "low", "close"])
    >>> result = mine(data, 4, n_motifs=2, joint=True, n_surrogates=0)
    >>> len(label_candles(result, data))
    2
    """
    bars = candles_of(dataset)
    if bars is None:
        return tuple(() for _ in result.motifs)
    ends = {rule.name: [np.zeros(len(x), dtype=bool) for x in bars] for rule in RULES}
    for e, x in enumerate(bars):
        found = candle_patterns(*x.T)
        for rule in RULES:
            ends[rule.name][e][found[rule.name] + rule.n_bars - 1] = True
    return tuple(_names(motif, ends, share) for motif in result.motifs)


def _names(motif: Motif, ends: dict[str, list[BoolArray]], share: float) -> tuple[str, ...]:
    rules = [rule for rule in RULES if rule.n_bars <= motif.length]
    fitting = []
    for rule in rules:
        marks = ends[rule.name]
        n, n_total = motif.count, sum(len(m) for m in marks)
        if not n:
            continue
        k = sum(bool(marks[o.episode][o.end - 1]) for o in motif.occurrences)
        rate = sum(int(m.sum()) for m in marks) / n_total
        if k and k >= share * n and betainc(k, n - k + 1, rate) * len(rules) < ALPHA:
            fitting.append((-k, rule.name))
    return tuple(name for _, name in sorted(fitting))
