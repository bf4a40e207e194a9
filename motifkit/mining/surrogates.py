"""Series without motifs that otherwise resemble the one that is mined (Theiler et al. 1992).

Which property is kept follows from the lag-1 autocorrelation of the series: walks keep their increments in random
order, noise keeps its values in random order, and what lies between keeps its spectrum with random phases. Where
volatility comes in bursts, they stay: increments and values change places among times of like volatility alone, and
phases are those of the series divided by its volatility. The same order or phases serve all channels, so that the
correlation between them survives, and the four prices of a candle stay a candle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from motifkit.mining.volatility import groups_of_like_volatility, volatility_in_bursts
from motifkit.types import BoolArray, Episode, FloatArray, IntArray, TrajectoryDataset

SurrogateKind: TypeAlias = Literal["increments", "values", "phases"]

_WALK = 0.95  # lag-1 autocorrelation above which a series counts as a walk
_NOISE = 0.3  # and below which its values count as exchangeable
_CALMEST = 0.25  # of the mean volatility: what comes to rest off its mean is not divided by next to nothing


def surrogate_kind(dataset: TrajectoryDataset) -> SurrogateKind:
    """Which kind of surrogate resembles the dataset.

    Parameters
    ----------
    dataset : TrajectoryDataset
        Missing values are passed over.

    Returns
    -------
    {"increments", "values", "phases"}
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
    return "increments" if lag1 > _WALK else "values" if lag1 < _NOISE else "phases"


def bursts(dataset: TrajectoryDataset, kind: SurrogateKind) -> list[FloatArray | None]:
    """Volatility that the surrogates of each episode should have.

    Parameters
    ----------
    dataset : TrajectoryDataset
    kind : {"increments", "values", "phases"}
        Noise is as volatile as its values are far from their mean, everything else as its increments.

    Returns
    -------
    list of float arrays and None
        For each episode its volatility, see `volatility_in_bursts`, at every increment or value; rows with a missing
        value are not counted. None where it does not come in bursts.

    Examples
    --------
    >>> data = TrajectoryDataset((Episode(np.arange(6.0)[:, None]),), ("x",))
    >>> bursts(data, "increments")
    [None]
    """
    rows = (e.observations[_finite_rows(e.observations)] for e in dataset.episodes)
    return [volatility_in_bursts(x if kind == "values" else np.diff(x, axis=0)) for x in rows]


def surrogate(
    dataset: TrajectoryDataset,
    kind: SurrogateKind,
    volatility: Sequence[FloatArray | None],
    rng: np.random.Generator,
) -> TrajectoryDataset:
    """One surrogate of a dataset: the same episodes, lengths and gaps, without its motifs.

    Parameters
    ----------
    dataset : TrajectoryDataset
    kind : {"increments", "values", "phases"}
        What is kept, see `surrogate_kind`.
    volatility : sequence of float arrays and None
        Which bursts are kept, as `bursts` gives it.
    rng : numpy.random.Generator

    Returns
    -------
    TrajectoryDataset
        Observations alone: no actions, rewards, times or prices. Rows with a missing value stay where they are.

    Examples
    --------
    >>> data = TrajectoryDataset((Episode(np.arange(6.0)[:, None]),), ("x",))
    >>> copy = surrogate(data, "values", bursts(data, "values"), np.random.default_rng(0))
    >>> sorted(copy.episodes[0].observations.ravel().tolist())
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """
    episodes = []
    for episode, kept in zip(dataset.episodes, volatility, strict=True):
        x = episode.observations.copy()
        finite = _finite_rows(x)
        x[finite] = _shuffled(x[finite], kind, kept, rng)
        episodes.append(Episode(x, id=episode.id))
    return TrajectoryDataset(tuple(episodes), dataset.channels, source="surrogate")


def _shuffled(
    x: FloatArray, kind: SurrogateKind, volatility: FloatArray | None, rng: np.random.Generator
) -> FloatArray:
    if len(x) < 3:
        return x
    if kind == "values":
        return np.asarray(x[_permuted(len(x), volatility, rng)])
    if kind == "increments":
        return _shuffled_walk(x, _permuted(len(x) - 1, volatility, rng))
    mean = x.mean(axis=0)
    if volatility is None:
        return np.asarray(mean + _with_random_phases(x - mean, rng))
    amplitude = np.maximum(volatility, _CALMEST * volatility.mean())
    amplitude = np.append(amplitude, amplitude[-1])[
        :, None
    ]  # there is one row more than there are increments
    return np.asarray(mean + _with_random_phases((x - mean) / amplitude, rng) * amplitude)


def _permuted(n: int, volatility: FloatArray | None, rng: np.random.Generator) -> IntArray:
    """Random order of n rows, in which each stays among those of like volatility."""
    groups = [np.arange(n)] if volatility is None else groups_of_like_volatility(volatility)
    order = np.empty(n, dtype=np.int64)
    for group in groups:
        order[group] = rng.permutation(group)
    return order


def _with_random_phases(x: FloatArray, rng: np.random.Generator) -> FloatArray:
    spectrum = np.fft.rfft(x, axis=0)
    phase = rng.uniform(0, 2 * np.pi, (len(spectrum), 1))
    phase[0] = 0
    return np.asarray(np.fft.irfft(spectrum * np.exp(1j * phase), len(x), axis=0))


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
