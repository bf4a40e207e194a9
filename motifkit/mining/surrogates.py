"""Series without motifs that otherwise resemble the one that is mined (Theiler et al. 1992).

What changes places are the increments of a walk and the values of anything else. Where they foretell each other, an
autoregression is taken out before and put back after; where their volatility comes in bursts, they change places among
times of like volatility alone. The same order serves all channels, so that the correlation between them survives, and
the four prices of a candle stay a candle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from motifkit.mining.autoregression import fit_autoregression, standardised
from motifkit.mining.price_grid import PriceGrid
from motifkit.mining.reordering import SameValues
from motifkit.mining.volatility import clustered_volatility, groups_of_like_volatility
from motifkit.types import BoolArray, Episode, FloatArray, IntArray, TrajectoryDataset

SurrogateKind: TypeAlias = Literal["increments", "values"]

_WALK = 0.95  # lag-1 autocorrelation above which a series counts as a walk
_FEWEST = 3  # rows of an episode: fewer stay as they are


def surrogate_kind(dataset: TrajectoryDataset) -> SurrogateKind:
    """Which kind of surrogate resembles the dataset.

    Parameters
    ----------
    dataset : TrajectoryDataset
        Missing values are passed over.

    Returns
    -------
    {"increments", "values"}
        What changes places, by the lag-1 autocorrelation, averaged over channels and weighted by length over episodes.

    Examples
    --------
    >>> walk = np.random.default_rng(0).normal(size=(500, 1)).cumsum(axis=0)
    >>> surrogate_kind(TrajectoryDataset((Episode(walk),), ("x",)))
    'increments'
    >>> surrogate_kind(TrajectoryDataset((Episode(np.diff(walk, axis=0)),), ("x",)))
    'values'
    """
    total, weight = 0.0, 0
    for episode in dataset.episodes:
        x = _scaled(episode.observations[_finite_rows(episode.observations)])
        if len(x) < 3:
            continue
        total += _lag1(x) * len(x)
        weight += len(x)
    lag1 = total / weight if weight else 0.0
    return "increments" if lag1 > _WALK else "values"


class _Part(NamedTuple):
    """What a surrogate needs of one episode.

    `rows` (T,) marks those without a missing value, `values` (n, c) holds them. `moves` may change places: values or
    increments, or their innovations after the row `start` where they foretell each other, and then in units of
    `deviation` from `mean`. `volatility` is that of the moves, None where it is steady.
    """

    rows: BoolArray
    values: FloatArray
    start: FloatArray
    moves: FloatArray
    mean: FloatArray
    deviation: FloatArray
    volatility: FloatArray | None


class Surrogates:
    """Series without motifs that otherwise resemble a dataset: the same episodes, lengths and gaps.

    Parameters
    ----------
    dataset : TrajectoryDataset
    kind : {"increments", "values"}, optional
        What is kept in random order. None goes by `surrogate_kind`.
    least_correlation : float
        Correlation at lags, up to which it is not kept.
    grid : PriceGrid, optional
        Which the data lie on. None looks for one.

    Attributes
    ----------
    keeps_correlation : bool
        Whether values, or increments, foretell each other, in one channel or from one to another: then their
        innovations are kept in random order instead, and so the correlation at lags, too.
    keeps_volatility_clustering : bool
        Whether volatility comes in bursts, in one episode at least; surrogates have them where the data do.

    References
    ----------
    Theiler and Prichard (1996), Constrained-realization Monte-Carlo method for hypothesis testing. Buehlmann (1997),
    Sieve bootstrap for time series.

    Examples
    --------
    >>> data = TrajectoryDataset((Episode(np.arange(6.0)[:, None]),), ("x",))
    >>> copy = Surrogates(data, "values").draw(np.random.default_rng(0))
    >>> sorted(copy.episodes[0].observations.ravel().tolist())
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """

    def __init__(
        self,
        dataset: TrajectoryDataset,
        kind: SurrogateKind | None = None,
        least_correlation: float = 0.0,
        grid: PriceGrid | None = None,
    ) -> None:
        self.dataset = dataset
        self.kind: SurrogateKind = surrogate_kind(dataset) if kind is None else kind
        finite = [_finite_rows(episode.observations) for episode in dataset.episodes]
        values = [e.observations[rows] for e, rows in zip(dataset.episodes, finite, strict=True)]
        long = [x for x in values if len(x) >= _FEWEST]
        self._near = _near_the_last(long) if long and self.kind == "increments" else None
        # Where prices of a candle have a past of their own, the highest would not stay the highest.
        alone = self._near is not None and self._near.any() and all(map(_are_candles, long))
        moves = [self._moves(x) for x in long]
        self._model = fit_autoregression(moves, least_correlation) if long and not alone else None
        self._grid = PriceGrid(dataset) if grid is None else grid
        self._parts = [self._part(*one) for one in zip(finite, values, strict=True)]
        self._same = self._values_on_a_grid(moves)
        self.keeps_correlation = self._model is not None
        self.keeps_volatility_clustering = any(part.volatility is not None for part in self._parts)

    def draw(self, rng: np.random.Generator) -> TrajectoryDataset:
        """One surrogate.

        Returns
        -------
        TrajectoryDataset
            Observations alone: no actions, rewards, times or prices. Rows with a missing value stay where they are.
        """
        long = [part for part in self._parts if len(part.values) >= _FEWEST]
        moves = [self._shuffled(part, rng) for part in long]
        if self._same is not None:
            moves = self._same.arranged_as(moves, rng)
        drawn = iter(moves)
        episodes = []
        for i, (episode, part) in enumerate(zip(self.dataset.episodes, self._parts, strict=True)):
            x = episode.observations.copy()
            if len(part.values) >= _FEWEST:
                x[part.rows] = self._grid.rounded(self._series(part, next(drawn)), i)
            episodes.append(Episode(x, id=episode.id))
        return TrajectoryDataset(tuple(episodes), self.dataset.channels, source="surrogate")

    def _moves(self, x: FloatArray) -> FloatArray:
        """What would be exchangeable if nothing foretold it: values, or how far each goes from the row before."""
        if self._near is None:
            return x
        return np.asarray(np.where(self._near, x[1:] - x[:-1, -1:], np.diff(x, axis=0)))

    def _part(self, rows: BoolArray, values: FloatArray) -> _Part:
        mean, deviation = np.zeros(1), np.ones(1)
        if len(values) < _FEWEST:
            return _Part(rows, values, values, values, mean, deviation, None)
        moves = self._moves(values)
        start = moves[:0]
        if self._model is not None:
            moves, mean, deviation = standardised(moves)
            start, moves = moves[:1], self._model.innovations(moves)[1:]
        return _Part(rows, values, start, moves, mean, deviation, clustered_volatility(moves))

    def _values_on_a_grid(self, moves: Sequence[FloatArray]) -> SameValues | None:
        """What the autoregression would move off its grid; None without either."""
        on_grid = np.flatnonzero(self._grid.spacing > 0)
        if self._model is None or not len(on_grid):
            return None
        volatilities = [part.volatility for part in self._parts if len(part.values) >= _FEWEST]
        return SameValues(moves, volatilities, on_grid)

    def _shuffled(self, part: _Part, rng: np.random.Generator) -> FloatArray:
        """Values or increments of a surrogate."""
        moves = part.moves[_permuted(len(part.moves), part.volatility, rng)]
        if self._model is None:
            return moves
        return self._model.series(np.concatenate([part.start, moves])) * part.deviation + part.mean

    def _series(self, part: _Part, moves: FloatArray) -> FloatArray:
        return moves if self._near is None else _walk(part.values[:1], moves, self._near)


def _permuted(n: int, volatility: FloatArray | None, rng: np.random.Generator) -> IntArray:
    """Random order of n rows, in which each stays among those of like volatility."""
    groups = [np.arange(n)] if volatility is None else groups_of_like_volatility(volatility)
    order = np.empty(n, dtype=np.int64)
    for group in groups:
        order[group] = rng.permutation(group)
    return order


def _walk(first: FloatArray, moves: FloatArray, near: BoolArray) -> FloatArray:
    """Walk from a row (1, c) on; channels that stay `near` the last one go from its row before.

    Left to walk on their own, the prices of a candle would drift away, highs under lows, and every real candle would
    look surprising.
    """
    out = np.concatenate([first, first + moves.cumsum(axis=0)])
    out[1:, near] = out[:-1, -1:] + moves[:, near]
    return out


def _near_the_last(parts: Sequence[FloatArray]) -> BoolArray:
    """Channels (c,) whose distance to the last one is no walk, as that of a candle's prices to its close."""
    lag1 = [[_lag1(x[:, j : j + 1] - x[:, -1:]) for j in range(x.shape[1])] for x in parts]
    near = np.average(lag1, axis=0, weights=[len(x) for x in parts]) <= _WALK
    near[-1] = False
    return np.asarray(near)


def _are_candles(x: FloatArray) -> bool:
    """Whether one of three channels or more is never below another, and one never above."""
    least, most = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    return x.shape[1] > 2 and bool((x == least).all(axis=0).any() and (x == most).all(axis=0).any())


def _lag1(x: FloatArray) -> float:
    """Lag-1 autocorrelation of the columns (T, c), averaged; 0 for constants."""
    centred = x - x.mean(axis=0)
    a, b = centred[:-1], centred[1:]
    variance = (a * a).sum(axis=0) + (b * b).sum(axis=0)
    return float((2 * (a * b).sum(axis=0) / np.where(variance > 0, variance, 1)).mean())


def _finite_rows(x: FloatArray) -> BoolArray:
    return np.asarray(np.isfinite(x).all(axis=1))


def _scaled(x: FloatArray) -> FloatArray:
    largest = np.abs(x).max(initial=0.0)
    return x / largest if largest > 0 else x
