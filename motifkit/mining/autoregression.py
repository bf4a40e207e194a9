"""Autoregression: a series as what its past foretells, and an innovation that nothing foretells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from motifkit.mining.volatility import volatility_in_bursts
from motifkit.types import FloatArray

_RIDGE = 1e-6  # share of variance taken for noise, without which smooth series have no stable coefficients
_CALMEST = 0.25  # of the mean volatility: what comes to rest off its mean is not divided by next to nothing


class Autoregression(NamedTuple):
    """Weights (c, p) of the last p rows, the latest first, for each channel."""

    coefficients: FloatArray

    def innovations(self, x: FloatArray) -> FloatArray:
        """What is added to the past of a series (n, c) of mean 0, before which there is nothing; (n, c)."""
        from scipy.signal import lfilter  # takes a quarter of a second

        filtered = [lfilter(np.r_[1, -w], [1], y) for w, y in zip(self.coefficients, x.T, strict=True)]
        return np.stack(filtered, axis=1)

    def series(self, innovations: FloatArray) -> FloatArray:
        """Series (n, c) that has these innovations (n, c)."""
        from scipy.signal import lfilter

        added = [lfilter([1], np.r_[1, -w], e) for w, e in zip(self.coefficients, innovations.T, strict=True)]
        return np.stack(added, axis=1)


def fit_autoregression(parts: Sequence[FloatArray]) -> Autoregression:
    """Autoregression of several series at once, by the equations of Yule and Walker.

    Its order is 10 log10(n), a tenth of the n rows at most. Series are divided by their volatility where that comes
    in bursts, so that calm stretches count as much as wild ones.

    Parameters
    ----------
    parts : sequence of (n, c) float arrays
        Finite; each has its own mean and scale.

    Returns
    -------
    Autoregression
        Stable: its series do not grow without bounds.

    References
    ----------
    Yule (1927), On a method of investigating periodicities in disturbed series. Walker (1931), On periodicity in
    series of related terms.

    Examples
    --------
    >>> steps = np.random.default_rng(0).normal(size=(5000, 1))
    >>> x = Autoregression(np.array([[0.5, 0.25]])).series(steps)
    >>> fit_autoregression([x]).coefficients[0, :3].round(1)
    array([0.5, 0.3, 0. ])
    """
    from scipy.linalg import solve_toeplitz

    n = sum(map(len, parts))
    order = max(1, min(int(10 * np.log10(n)), n // 10))
    autocorrelation = np.sum([len(x) / n * _autocorrelation(_calmed(x), order) for x in parts], axis=0)
    autocorrelation[0] += _RIDGE
    return Autoregression(np.array([solve_toeplitz(r[:-1], r[1:]) for r in autocorrelation.T]))


def _calmed(x: FloatArray) -> FloatArray:
    """Deviation from the mean, divided by the volatility where it comes in bursts."""
    deviation: FloatArray = x - x.mean(axis=0)
    volatility = volatility_in_bursts(np.diff(x, axis=0))
    if volatility is None:
        return deviation
    amplitude = np.maximum(volatility, _CALMEST * volatility.mean())
    amplitude = np.append(amplitude, amplitude[-1])[:, None]  # there is one row more than there are steps
    return np.asarray(deviation / amplitude)


def _autocorrelation(x: FloatArray, order: int) -> FloatArray:
    """Autocorrelation (order + 1, c) at the first lags; that of constants is 0 but at lag 0."""
    out = np.zeros((order + 1, x.shape[1]))
    for lag in range(min(order + 1, len(x))):
        out[lag] = (x[lag:] * x[: len(x) - lag]).sum(axis=0)
    out /= np.where(out[0] > 0, out[0], 1)
    out[0] = 1
    return out
