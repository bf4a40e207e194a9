"""The same values in another order that has the autocorrelation wanted (Schreiber 1998).

An autoregression predicts small amounts. Values on a coarse grid, such as steps of -1, 0 and 1 ticks, have no room for
these, and rounding would remove the correlation again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from motifkit.mining.autoregression import autocovariance, standardised
from motifkit.mining.volatility import groups_of_like_volatility
from motifkit.types import FloatArray, IntArray

_LAGS = 10  # at which correlations are kept
_ROUNDS = 60  # of swaps a channel at most
_SHARE = 0.03  # of the rows that swap places at a time at most: what each gains depends on the others
_STEP = 0.25  # of the way to the correlations wanted that swaps at a time go at most
_CLOSE = 0.1  # of the standard error of a correlation: nearer there is nothing to gain


class SameValues:
    """Values of which every surrogate is another order, with the same correlations at lags, in some channels.

    Parameters
    ----------
    parts : sequence of (n_i, c) float arrays
        Values do not move from one part to another.
    volatilities : sequence of (n_i - 1,) float arrays or None
        Where one is given, values stay at times of like volatility; that of the first row is not known.
    channels : (k,) int array
        Those whose values are to stay the same.

    Examples
    --------
    >>> steps = np.random.default_rng(0).integers(-1, 2, (400, 1)).astype(float)
    >>> noise = np.random.default_rng(1).normal(size=(400, 1))
    >>> (copy,) = SameValues([steps], [None], np.array([0])).arranged_as([noise], np.random.default_rng(2))
    >>> bool((np.sort(copy, axis=0) == np.sort(steps, axis=0)).all())
    True
    """

    def __init__(
        self, parts: Sequence[FloatArray], volatilities: Sequence[FloatArray | None], channels: IntArray
    ) -> None:
        self._channels = channels
        self._ascending = [np.sort(part[:, channels], axis=0) for part in parts]
        self._ends = np.cumsum([len(part) for part in parts])
        scales = [standardised(part)[1:] for part in parts]
        self._mean, self._deviation = (
            np.concatenate(
                [np.tile(scale[k], (len(part), 1)) for part, scale in zip(parts, scales, strict=True)]
            )
            for k in (0, 1)
        )
        self._group = _groups([len(part) for part in parts], volatilities)
        lags = min(_LAGS, len(self._mean) - 1)
        self._correlation = autocovariance(self._standardised(np.concatenate(parts)), lags)

    def arranged_as(self, parts: Sequence[FloatArray], rng: np.random.Generator) -> list[FloatArray]:
        """The values in the order of size of other parts, and then with their own correlations."""
        x = np.concatenate(parts)
        ranked = [
            np.take_along_axis(values, part[:, self._channels].argsort(axis=0).argsort(axis=0), axis=0)
            for values, part in zip(self._ascending, parts, strict=True)
        ]
        x[:, self._channels] = np.concatenate(ranked)
        source = rearrangement(self._standardised(x), self._correlation, self._group, self._channels, rng)
        return np.split(np.take_along_axis(x, source, axis=0), self._ends[:-1])

    def _standardised(self, x: FloatArray) -> FloatArray:
        return np.asarray((x - self._mean) / self._deviation)


def rearrangement(
    z: FloatArray, wanted: FloatArray, group: IntArray, channels: IntArray, rng: np.random.Generator
) -> IntArray:
    """Row that each value comes from where values have swapped places until correlations at lags are those wanted.

    Values swap places at random where that brings the correlations nearer, and no more than it takes.

    Parameters
    ----------
    z : (n, c) float array
        Of mean 0 and variance 1.
    wanted : (p + 1, c, c) float array
        Correlation of each channel with each so many rows before, as `autocovariance` gives it.
    group : (n,) int array
        Values swap places within a group only.
    channels : (k,) int array
        Those that are rearranged.
    rng : numpy Generator

    Returns
    -------
    (n, c) int array

    References
    ----------
    Schreiber (1998), Constrained randomization of time series data.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = standardised(rng.integers(-1, 2, (2000, 1)).astype(float))[0]
    >>> wanted = np.array([[[1.0]], [[-0.3]]])
    >>> source = rearrangement(z, wanted, np.zeros(2000, dtype=int), np.array([0]), rng)
    >>> y = z[source[:, 0], 0]
    >>> round(float(np.corrcoef(y[1:], y[:-1])[0, 1]), 2)
    -0.3
    """
    z = z.copy()
    n, n_channels = z.shape
    source = np.tile(np.arange(n)[:, None], n_channels)
    for i in range(_ROUNDS * len(channels)):
        missing = wanted - autocovariance(z, len(wanted) - 1)
        if np.sqrt((missing**2).mean()) <= _CLOSE / np.sqrt(n):
            break
        j = int(channels[i % len(channels)])  # channels take turns
        one, other = _pairs(group, rng)
        pull = _pull(z, missing, j)
        gain = (z[other, j] - z[one, j]) * (pull[one] - pull[other])
        better = np.flatnonzero(gain > 0)
        better = better[np.argsort(-gain[better], kind="stable")]
        far = n * float((missing[:, j] ** 2).sum() + (missing[:, :, j] ** 2).sum())
        n_swaps = 1 + min(int(np.searchsorted(gain[better].cumsum(), _STEP * far)), int(_SHARE * n))
        a, b = one[better[:n_swaps]], other[better[:n_swaps]]
        for swapped in (z, source):
            swapped[a, j], swapped[b, j] = swapped[b, j], swapped[a, j]
    return source


def _pull(z: FloatArray, missing: FloatArray, j: int) -> FloatArray:
    """How much more of the correlations that are missing a larger value of channel `j` at each row (n,) would give."""
    pull = z @ missing[0, j]
    for lag, one in enumerate(missing[1:], 1):
        pull[lag:] += z[:-lag] @ one[j]
        pull[:-lag] += z[lag:] @ one[:, j]
    return np.asarray(pull)


def _pairs(group: IntArray, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Rows two by two, at random within their groups, each at most once, in random order."""
    order = rng.permutation(len(group))
    order = order[np.argsort(group[order], kind="stable")]  # groups one after another, each in random order
    first = np.r_[True, np.diff(group[order]) != 0]
    place = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    second = rng.permutation(np.flatnonzero(place % 2 == 1))
    return order[second - 1], order[second]


def _groups(sizes: Sequence[int], volatilities: Sequence[FloatArray | None]) -> IntArray:
    """Number (n,) of the group that each row may swap places in: its part, or its volatility there."""
    groups, n_groups = [], 0
    for size, volatility in zip(sizes, volatilities, strict=True):
        group = np.zeros(size, dtype=np.int64)
        for k, rows in enumerate([] if volatility is None else groups_of_like_volatility(volatility), 1):
            group[rows + 1] = k  # the volatility is that of innovations, which the first row has none of
        groups.append(group + n_groups)
        n_groups += int(group.max()) + 1
    return np.concatenate(groups)
