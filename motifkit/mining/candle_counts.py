"""Whether candlestick patterns are more frequent than chance, and what followed them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import betainc

from motifkit.arguments import require_whole
from motifkit.mining.candle_data import read_candles, require_candles
from motifkit.mining.candles import RULES, candle_patterns
from motifkit.mining.null import Progress
from motifkit.mining.occurrences import occurrence_at
from motifkit.mining.outcome import add_outcomes
from motifkit.mining.significance import benjamini_hochberg, p_values, tail_p_values
from motifkit.types import FloatArray, IntArray, Motif, Occurrence, Outcome, TrajectoryDataset


@dataclass(frozen=True, eq=False)
class CandlePattern:
    """One classical pattern in the data.

    Parameters
    ----------
    name : str
    n_bars : int
    occurrences : tuple of Occurrence
        In the order of the data; `distance` is 0, since a rule is met or not.
    expected_count : float
        Mean count in the surrogates. NaN without any.
    p_value, q_value : float
        Of being more frequent than in the surrogates (one-sided); `q_value` after FDR over the patterns. NaN for
        patterns of one bar without a trend, of which shuffled bars hold as many, and without surrogates.
    outcome : Outcome, optional
        Forward return after the pattern's last bar. None when there is none.
    """

    name: str
    n_bars: int
    occurrences: tuple[Occurrence, ...]
    expected_count: float = float("nan")
    p_value: float = float("nan")
    q_value: float = float("nan")
    outcome: Outcome | None = None

    @property
    def count(self) -> int:
        """Number of occurrences."""
        return len(self.occurrences)


def shuffled_candles(bars: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The same candles in another order, each as it was relative to the close before it.

    Logarithms are shuffled where all prices are positive, so that moves keep their percentage; else differences.

    Parameters
    ----------
    bars : (T, 4) float array
        Open, high, low, close.
    rng : numpy.random.Generator

    Examples
    --------
    >>> bars = np.array([[1.0, 2.0, 1.0, 2.0], [2.0, 4.0, 2.0, 4.0], [4.0, 4.0, 2.0, 2.0]])
    >>> shuffled_candles(bars, np.random.default_rng(0)).shape
    (3, 4)
    """
    if len(bars) < 3:
        return bars
    positive = bool((bars > 0).all())
    x = np.log(bars) if positive else bars
    moves = (x[1:] - x[:-1, 3:])[rng.permutation(len(x) - 1)]
    close = np.concatenate([x[:1, 3], moves[:, 3]]).cumsum()
    out = np.concatenate([x[:1], close[:-1, None] + moves])
    return np.exp(out) if positive else out


def candle_table(
    data: str | Path | TrajectoryDataset,
    *,
    horizon: int = 5,
    n_surrogates: int = 99,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[CandlePattern, ...]:
    """Count every classical pattern, and say whether chance explains the count and what followed.

    Chance is the same candles in random order (`shuffled_candles`). That order also loses the clustering of quiet and
    busy times, so an excess says that the order of the bars matters, not that a pattern foretells anything.

    Parameters
    ----------
    data : path or TrajectoryDataset
        With the columns open, high, low and close.
    horizon : int
        Bars of the forward returns.
    n_surrogates : int
        Series with shuffled candles; 0 turns significance off.
    seed : int
        Of the surrogates.
    progress : callable, optional
        Called as ``progress("surrogates", done, total)``.

    Returns
    -------
    tuple of CandlePattern
        One for each of `motifkit.mining.candles.RULES`, in that order.

    Raises
    ------
    UsageError
        For an argument that is unusable whatever the data.
    DataError
        As `read_candles`.

    Examples
    --------
    >>> from motifkit.io.samples import sample_path
    >>> [p.count for p in candle_table(sample_path("goog.csv"), n_surrogates=0) if p.name == "outside bar"]
    [96]
    """
    require_whole("horizon", horizon, 1)
    require_whole("n_surrogates", n_surrogates, 0)
    require_whole("seed", seed, 0)
    dataset = data if isinstance(data, TrajectoryDataset) else read_candles(data)
    bars = require_candles(dataset)
    found = [candle_patterns(*x.T) for x in bars]
    chance = np.empty((n_surrogates, len(RULES)))
    for i in range(n_surrogates):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i,)))
        copies = [candle_patterns(*shuffled_candles(x, rng).T) for x in bars]
        chance[i] = [sum(len(copy[rule.name]) for copy in copies) for rule in RULES]
        if progress is not None:
            progress("surrogates", i + 1, n_surrogates)
    motifs = [
        Motif(
            np.zeros((rule.n_bars, 4)),
            _occurrences(dataset, [f[rule.name] for f in found], rule.n_bars),
            0.0,
            0.0,
        )
        for rule in RULES
    ]
    told = add_outcomes(motifs, dataset, horizon)
    expected, p, q = _tested(np.array([motif.count for motif in motifs], dtype=float), chance)
    return tuple(
        CandlePattern(
            rule.name,
            rule.n_bars,
            motif.occurrences,
            float(expected[j]),
            float(p[j]),
            float(q[j]),
            motif.outcome,
        )
        for j, (rule, motif) in enumerate(zip(RULES, told, strict=True))
    )


def _occurrences(dataset: TrajectoryDataset, starts: list[IntArray], n_bars: int) -> tuple[Occurrence, ...]:
    return tuple(
        occurrence_at(dataset, e, i, n_bars, 0.0) for e, places in enumerate(starts) for i in places.tolist()
    )


def _tested(counts: FloatArray, chance: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Expected counts, p- and q-values from counts (k,) and those of the surrogates (n, k)."""
    unknown = np.full(len(counts), np.nan)
    if not len(chance):
        return unknown, unknown, unknown
    p, tail = unknown.copy(), unknown.copy()
    for j, rule in enumerate(RULES):
        if not rule.order_matters:
            continue
        p[j] = p_values(counts[j : j + 1], chance[:, j])[0]
        # The tail of counts that are nearly always 0 is no exponential: it is never less than a Poisson one.
        poisson = _predictive_tail(counts[j], float(chance[:, j].sum()), len(chance))
        tail[j] = max(tail_p_values(counts[j : j + 1], chance[:, j])[0], min(poisson, p[j]))
    # What the surrogates cannot resolve is not claimed.
    return chance.mean(axis=0), p, np.maximum(benjamini_hochberg(tail), p)


def _predictive_tail(count: float, total: float, n: int) -> float:
    """Chance of at least `count` after `total` in `n` draws of one Poisson distribution (Jeffreys' prior)."""
    return 1.0 if count < 1 else float(betainc(count, total + 0.5, 1 / (n + 1)))
