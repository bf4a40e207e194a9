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
_CLUSTERED = 3.0  # clustered: volatility varies this many times as much as that of independent rows
_MOST_GROUPS, _SMALLEST_GROUP = 40, 25


def clustered_volatility(steps: FloatArray) -> FloatArray | None:
    """Volatility around each row, where it comes in bursts.

    Parameters
    ----------
    steps : (n, c) float array
        What may change places: increments of a walk, values of anything else, or their innovations; finite.
        Channels count alike, whatever their units.

    Returns
    -------
    (n,) float array or None
        Distance from the mean, averaged over the rows around; 1 on average, but for the ends. None where it does not
        come in bursts, or there are fewer than 50 rows to tell it by.

    References
    ----------
    Engle (1982), Autoregressive conditional heteroscedasticity with estimates of the variance of United Kingdom
    inflation.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(1000, 1))
    >>> clustered_volatility(noise) is None
    True
    >>> noise[300:700] *= 5
    >>> clustered_volatility(noise)[[100, 500, 900]].round(1)
    array([0.4, 1.9, 0.3])
    """
    if len(steps) < 2 * _SMALLEST_GROUP:
        return None
    size = _sizes(steps)
    volatility = _smoothed(size)
    of_independent_rows = size.var() / (2 * np.sqrt(np.pi) * _WIDTH)
    return volatility if volatility.var() > _CLUSTERED * of_independent_rows else None


def groups_of_like_volatility(volatility: FloatArray) -> list[IntArray]:
    """Rows that may change places without moving the bursts of volatility.

    Parameters
    ----------
    volatility : (n,) float array
        As `clustered_volatility` gives it.

    Returns
    -------
    list of int arrays
        Every row in one of at most 40 groups of about the same size, the calmest first; 25 rows or more each.

    References
    ----------
    Theiler and Prichard (1996), Constrained-realization Monte-Carlo method for hypothesis testing.

    Examples
    --------
    >>> calm, wild = groups_of_like_volatility(np.repeat([1.0, 3.0, 1.2], [20, 30, 10]))
    >>> calm[[0, -1]].tolist(), wild[[0, -1]].tolist()
    ([0, 59], [20, 49])
    """
    n_groups = min(_MOST_GROUPS, len(volatility) // _SMALLEST_GROUP)
    return np.array_split(np.argsort(volatility, kind="stable"), n_groups)


def _sizes(steps: FloatArray) -> FloatArray:
    """Distance (n,) of each row from the mean, of channels in units of their mean distance."""
    largest = np.abs(steps).max(axis=0)
    scaled = steps / np.where(largest > 0, largest, 1)
    size = np.abs(scaled - scaled.mean(axis=0))
    mean = size.mean(axis=0)
    return np.asarray((size / np.where(mean > 0, mean, 1)).mean(axis=1))


def _smoothed(x: FloatArray) -> FloatArray:
    """Mean of the values around each, weighted by a normal density; towards an end of those that there are."""
    reach = 4 * _WIDTH
    weight = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _WIDTH) ** 2)
    inside = slice(reach, reach + len(x))
    sums, weights = (np.convolve(one, weight)[inside] for one in (x, np.ones(len(x))))
    return np.asarray(sums / weights)
