"""Series without motifs that otherwise resemble the one that is mined (Theiler et al. 1992).

Which property is kept follows from the lag-1 autocorrelation of the series: walks keep their increments in random
order, noise keeps its values in random order, and what lies between keeps the innovations of an autoregression in
random order. Where volatility comes in bursts, they change places among times of like volatility alone. The same order
serves all channels, so that the correlation between them survives, and the four prices of a candle stay a candle.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from motifkit.mining.autoregression import fit_autoregression
from motifkit.mining.volatility import groups_of_like_volatility, volatility_in_bursts
from motifkit.types import BoolArray, Episode, FloatArray, IntArray, TrajectoryDataset

SurrogateKind: TypeAlias = Literal["increments", "values", "innovations"]

_WALK = 0.95  # lag-1 autocorrelation above which a series counts as a walk
_NOISE = 0.3  # and below which its values count as exchangeable
_FEWEST = 3  # rows of an episode: fewer stay as they are


def surrogate_kind(dataset: TrajectoryDataset) -> SurrogateKind:
    """Which kind of surrogate resembles the dataset.

    Parameters
    ----------
    dataset : TrajectoryDataset
        Missing values are passed over.

    Returns
    -------
    {"increments", "values", "innovations"}
        By the lag-1 autocorrelation, averaged over channels and weighted by length over episodes.

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
    return "increments" if lag1 > _WALK else "values" if lag1 < _NOISE else "innovations"


class _Part(NamedTuple):
    """What a surrogate needs of one episode.

    `rows` (T,) marks those without a missing value, `values` (n, c) holds them, `moves` what may change places: all of
    them, or the increments or innovations after the first. `volatility` is that of the moves, None where it is steady.
    """

    rows: BoolArray
    values: FloatArray
    moves: FloatArray
    volatility: FloatArray | None


class Surrogates:
    """Series without motifs that otherwise resemble a dataset: the same episodes, lengths and gaps.

    Parameters
    ----------
    dataset : TrajectoryDataset
    kind : {"increments", "values", "innovations"}, optional
        What is kept in random order. None goes by `surrogate_kind`.

    Attributes
    ----------
    keeps_bursts : bool
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

    def __init__(self, dataset: TrajectoryDataset, kind: SurrogateKind | None = None) -> None:
        self.dataset = dataset
        self.kind: SurrogateKind = surrogate_kind(dataset) if kind is None else kind
        finite = [_finite_rows(episode.observations) for episode in dataset.episodes]
        values = [e.observations[rows] for e, rows in zip(dataset.episodes, finite, strict=True)]
        fitted = [x for x in values if len(x) >= _FEWEST]
        self._model = fit_autoregression(fitted) if self.kind == "innovations" and fitted else None
        self._parts = [self._part(*one) for one in zip(finite, values, strict=True)]
        self.keeps_bursts = any(part.volatility is not None for part in self._parts)

    def draw(self, rng: np.random.Generator) -> TrajectoryDataset:
        """One surrogate.

        Returns
        -------
        TrajectoryDataset
            Observations alone: no actions, rewards, times or prices. Rows with a missing value stay where they are.
        """
        episodes = []
        for episode, part in zip(self.dataset.episodes, self._parts, strict=True):
            x = episode.observations.copy()
            if len(part.values) >= _FEWEST:
                x[part.rows] = self._shuffled(part, rng)
            episodes.append(Episode(x, id=episode.id))
        return TrajectoryDataset(tuple(episodes), self.dataset.channels, source="surrogate")

    def _part(self, rows: BoolArray, values: FloatArray) -> _Part:
        if len(values) < _FEWEST:
            return _Part(rows, values, values, None)
        if self.kind == "values":
            moves = values
        elif self._model is None:
            moves = np.diff(values, axis=0)
        else:
            moves = self._model.innovations(values - values.mean(axis=0))[1:]
        return _Part(rows, values, moves, volatility_in_bursts(moves))

    def _shuffled(self, part: _Part, rng: np.random.Generator) -> FloatArray:
        x, moves = part.values, part.moves
        order = _permuted(len(moves), part.volatility, rng)
        if self.kind == "values":
            return np.asarray(x[order])
        if self._model is None:
            return _shuffled_walk(x, order)
        mean = x.mean(axis=0)
        return np.asarray(mean + self._model.series(np.concatenate([x[:1] - mean, moves[order]])))


def _permuted(n: int, volatility: FloatArray | None, rng: np.random.Generator) -> IntArray:
    """Random order of n rows, in which each stays among those of like volatility."""
    groups = [np.arange(n)] if volatility is None else groups_of_like_volatility(volatility)
    order = np.empty(n, dtype=np.int64)
    for group in groups:
        order[group] = rng.permutation(group)
    return order


def _shuffled_walk(x: FloatArray, order: IntArray) -> FloatArray:
    """Walk with its steps in another order.

    A channel that stays near the last one, as the other prices of a candle stay near the close, is kept at its
    distance from the close before. Left to walk on its own it would drift away, highs under lows, and every
    real candle would look surprising.
    """
    out = np.concatenate([x[:1], x[:1] + np.diff(x, axis=0)[order].cumsum(axis=0)])
    for j in range(x.shape[1] - 1):
        if _lag1(x[:, j : j + 1] - x[:, -1:]) <= _WALK:
            out[1:, j] = out[:-1, -1] + (x[1:, j] - x[:-1, -1])[order]
    return out


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
