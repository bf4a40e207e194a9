"""Autoregression: rows as what the past of all channels foretells, and an innovation that nothing foretells.

Without it a surrogate of a smooth series would be rough, and one of channels that follow each other would have channels
that do not: beside it every window of the data would seem to recur.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from motifkit.mining.volatility import clustered_volatility
from motifkit.types import FloatArray

ComplexArray: TypeAlias = npt.NDArray[np.complex128]

_RIDGE = 1e-6  # share of variance taken for noise, without which smooth series have no stable weights
_CALMEST = 0.25  # of the mean volatility: what comes to rest off its mean is not divided by next to nothing
_BY_CHANCE = 0.05  # share of series without any correlation that are taken to have some
_DECAYED = 1e-13  # effect of an innovation that is none any more


class Autoregression:
    """Weights of the past, for series (n, c) of mean 0.

    Parameters
    ----------
    weights : (p, c, c) float array
        Of the last p rows, the latest first: channel `i` now and channel `j` then at `[:, i, j]`. They must be stable.

    Examples
    --------
    >>> model = Autoregression(np.array([[[0.5]], [[0.25]]]))
    >>> model.innovations(np.array([[1.0], [2.0], [4.0]])).ravel()
    array([1.  , 1.5 , 2.75])
    """

    def __init__(self, weights: FloatArray) -> None:
        self.weights = weights
        self._spectra: dict[int, tuple[int, ComplexArray]] = {}

    def innovations(self, x: FloatArray) -> FloatArray:
        """What is added to the past of a series (n, c), before which there is nothing; (n, c)."""
        out = x.copy()
        for lag, weight in enumerate(self.weights[: len(x) - 1], 1):
            out[lag:] -= x[:-lag] @ weight.T
        return out

    def series(self, innovations: FloatArray) -> FloatArray:
        """Series (n, c) that has these innovations (n, c).

        Each innovation's effect on all later rows is added up, by Fourier transforms of blocks: a loop over rows would
        take as long as mining.
        """
        n, n_channels = innovations.shape
        reach, spectrum = self._spectrum(n)
        size = 2 * (len(spectrum) - 1)
        step = size - reach + 1  # rows of a block, whose effects then fit without going around
        n_blocks = -(-n // step)
        blocks = np.zeros((n_blocks, step, n_channels))
        blocks.reshape(-1, n_channels)[:n] = innovations
        effects = np.einsum("fij,bfj->bfi", spectrum, np.fft.rfft(blocks, size, axis=1))
        out = np.zeros((n_blocks * step + size, n_channels))
        for i, effect in enumerate(np.fft.irfft(effects, size, axis=1)):
            out[i * step : i * step + size] += effect
        return out[:n]

    def _spectrum(self, n: int) -> tuple[int, ComplexArray]:
        """Over how many rows an innovation has effects, of series of n rows, and their Fourier transform."""
        rows = 1 << (n - 1).bit_length()  # so that episodes of all lengths share a few
        if rows not in self._spectra:
            effects = self._effects(rows)
            reach = len(effects)
            size = 2 << (reach - 1).bit_length()
            self._spectra[rows] = reach, np.fft.rfft(effects, size, axis=0)
        return self._spectra[rows]

    def _effects(self, n: int) -> FloatArray:
        """What an innovation of channel `j` adds to channel `i` so many rows later, (k, c, c), until it has decayed."""
        order, n_channels = self.weights.shape[:2]
        # The oldest row first, (c, p c).
        weights = self.weights[::-1].transpose(1, 0, 2).reshape(n_channels, -1)
        out = np.zeros((order + n, n_channels, n_channels))
        out[order] = np.eye(n_channels)
        for t in range(order + 1, order + n):
            past = out[t - order : t]
            if np.abs(past).max() < _DECAYED:
                return out[order:t]
            out[t] = weights @ past.reshape(-1, n_channels)
        return out[order:]


def fit_autoregression(parts: Sequence[FloatArray], least: float = 0.0) -> Autoregression | None:
    """Autoregression of several series at once, by the equations of Yule and Walker for all channels together.

    Its order is that with the least information criterion of Akaike, of orders up to 10 log10(n) and n / (10 c). Series
    are divided by the volatility of their innovations where that comes in bursts, and fitted once more, so that calm
    stretches count as much as wild ones.

    Parameters
    ----------
    parts : sequence of (n, c) float arrays
        Finite; each channel of each has its own mean and scale.
    least : float
        Correlation, up to which rows count as standing in no order.

    Returns
    -------
    Autoregression or None
        For series of mean 0 and variance 1. It is stable: its series do not grow without bounds. None where rows stand
        in no order: no correlation at any of these lags, in a channel or between two, is above `least` and above the
        largest in nineteen of twenty such series.

    References
    ----------
    Yule (1927), On a method of investigating periodicities in disturbed series. Walker (1931), On periodicity in
    series of related terms. Whittle (1963), On the fitting of multivariate autoregressions. Akaike (1974), A new look
    at the statistical model identification.

    Examples
    --------
    >>> steps = np.random.default_rng(0).normal(size=(5000, 1))
    >>> fit_autoregression([steps]) is None
    True
    >>> x = Autoregression(np.array([[[0.5]], [[0.25]]])).series(steps)
    >>> fit_autoregression([x]).weights[:3, 0, 0].round(1)
    array([0.5, 0.3])
    """
    plain = [standardised(x)[0] for x in parts]
    first = _fitted(plain, least)
    left = plain if first is None else [first.innovations(x) for x in plain]
    volatilities = [clustered_volatility(one) for one in left]
    if all(volatility is None for volatility in volatilities):
        return first
    return _fitted([_calmed(x, v) for x, v in zip(plain, volatilities, strict=True)], least)


def _fitted(parts: Sequence[FloatArray], least: float) -> Autoregression | None:
    """Autoregression of series of mean 0 and variance 1."""
    n, n_channels = sum(map(len, parts)), parts[0].shape[1]
    longest = max(1, min(int(10 * np.log10(n)), n // (10 * n_channels)))
    covariance = np.sum([len(x) / n * autocovariance(x, longest) for x in parts], axis=0)
    by_chance = ndtri(1 - _BY_CHANCE / 2 / (longest * n_channels**2)) / np.sqrt(n)
    if np.abs(covariance[1:]).max() <= max(by_chance, least):
        return None
    covariance[0] += _RIDGE * np.eye(n_channels)
    fits = [_solved(covariance[: order + 1]) for order in _orders(longest)]

    def criterion(weights: FloatArray) -> float:
        rest = covariance[0] - np.einsum("lij,lkj->ik", weights, covariance[1 : len(weights) + 1])
        return float(n * np.linalg.slogdet(rest)[1] + 2 * weights.size)

    return Autoregression(min(fits, key=criterion))


def _orders(longest: int) -> list[int]:
    """A dozen orders at most, ever further apart."""
    return sorted(set(np.geomspace(1, longest, 12).round().astype(int).tolist()))


def _solved(covariance: FloatArray) -> FloatArray:
    """Weights (p, c, c) that solve the equations of Yule and Walker for covariances (p + 1, c, c)."""
    order, n_channels = len(covariance) - 1, covariance.shape[1]
    of_lag = np.concatenate([covariance[:0:-1].transpose(0, 2, 1), covariance])  # from -order to order
    between = order + np.arange(order)[None, :] - np.arange(order)[:, None]
    matrix = of_lag[between].transpose(0, 2, 1, 3).reshape(order * n_channels, -1)
    aims = covariance[1:].transpose(1, 0, 2).reshape(n_channels, -1)
    weights = np.linalg.solve(matrix, aims.T).T.reshape(n_channels, order, n_channels)
    return np.ascontiguousarray(weights.swapaxes(0, 1))


def standardised(x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Series (n, c) with mean 0 and variance 1, and the means and deviations (c,); constants become 0."""
    mean = x.mean(axis=0)
    deviation = x.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1)
    return (x - mean) / deviation, mean, deviation


def _calmed(x: FloatArray, volatility: FloatArray | None) -> FloatArray:
    """The series divided by its volatility, of mean 0 and variance 1 again; as it is without one."""
    if volatility is None:
        return x
    amplitude = np.maximum(volatility, _CALMEST * volatility.mean())
    return standardised(x / amplitude[:, None])[0]


def autocovariance(x: FloatArray, order: int) -> FloatArray:
    """Covariance (order + 1, c, c) of each channel with each so many rows before.

    Taking out the mean makes rows of a short series negatively correlated; as much is given back.
    """
    n = len(x)
    out = np.zeros((order + 1, x.shape[1], x.shape[1]))
    for lag in range(min(order + 1, n)):
        out[lag] = x[lag:].T @ x[: n - lag] / n
    given_back = np.maximum(n - np.arange(order + 1), 0) / n**2
    return np.asarray(out + given_back[:, None, None] * out[0])
