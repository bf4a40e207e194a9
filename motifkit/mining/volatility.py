"""Bursts of volatility, which a surrogate should have where the series has them.

Prices move little for weeks and much for other weeks (Mandelbrot 1963, Engle 1982). Were their steps simply shuffled,
calm and wild ones would stand side by side in every window. Such windows look ragged, so smooth shapes would seem rarer
by chance than they are. Where volatility comes in bursts, steps therefore change places only with steps from times as
volatile as theirs.
"""

from __future__ import annotations

import numpy as np

from motifkit.types import FloatArray, IntArray

_WIDTH = 16  # rows: standard deviation of the weights around each, which reach over a quarter of trading days
_BURSTS = 3.0  # bursts: volatility varies this many times as much as that of independent rows
_MOST_GROUPS, _SMALLEST_GROUP = 40, 25


def groups_of_like_volatility(steps: FloatArray) -> list[IntArray]:
    """Rows that may change places without moving the bursts of volatility.

    Parameters
    ----------
    steps : (n, c) float array
        Increments of a walk, or values of a noise; finite. Channels count alike, whatever their units.

    Returns
    -------
    list of int arrays
        Every row in one of at most 40 groups of about the same size, the calmest first; 25 rows or more each. One group
        of all rows, in order, where volatility does not come in bursts or `steps` is shorter than two groups.

    References
    ----------
    Engle (1982), Autoregressive conditional heteroscedasticity with estimates of the variance of United Kingdom
    inflation. Theiler and Prichard (1996), Constrained-realization Monte-Carlo method for hypothesis testing.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(1000, 1))
    >>> len(groups_of_like_volatility(noise))
    1
    >>> noise[300:700] *= 5
    >>> calmest, *_, wildest = groups_of_like_volatility(noise)
    >>> bool(((wildest >= 300) & (wildest < 700)).all()), bool(((calmest >= 300) & (calmest < 700)).any())
    (True, False)
    """
    n_groups = min(_MOST_GROUPS, len(steps) // _SMALLEST_GROUP)
    if n_groups > 1:
        size = _sizes(steps)
        volatility = _smoothed(size)
        of_independent_rows = size.var() / (2 * np.sqrt(np.pi) * _WIDTH)
        if volatility.var() > _BURSTS * of_independent_rows:
            return np.array_split(np.argsort(volatility, kind="stable"), n_groups)
    return [np.arange(len(steps))]


def _sizes(steps: FloatArray) -> FloatArray:
    """Distance (n,) of each row from the mean, of channels in units of their mean distance."""
    largest = np.abs(steps).max(axis=0)
    scaled = steps / np.where(largest > 0, largest, 1)
    size = np.abs(scaled - scaled.mean(axis=0))
    mean = size.mean(axis=0)
    return np.asarray((size / np.where(mean > 0, mean, 1)).mean(axis=1))


def _smoothed(x: FloatArray) -> FloatArray:
    """Mean of the values around each, weighted by a normal density; beyond the ends the last value goes on."""
    reach = 4 * _WIDTH
    weight = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _WIDTH) ** 2)
    return np.convolve(np.pad(x, reach, mode="edge"), weight / weight.sum(), mode="valid")
