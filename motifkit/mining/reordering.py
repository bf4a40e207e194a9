"""The same values in another order that has the autocorrelation wanted (Schreiber 1998).

An autoregression predicts small amounts. Values on a coarse grid, such as steps of -1, 0 and 1 ticks, have no room for
these, and rounding would remove the correlation again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from motifkit.mining.autoregression import autocovariance, standardised
from motifkit.types import FloatArray, IntArray

_ROUNDS = 60  # of swaps a channel at most
_SHARE = 0.03  # of the rows that swap places at a time at most: what each gains depends on the others
_STEP = 0.25  # of the way to the correlations wanted that swaps at a time go at most
_CLOSE = 0.1  # of the standard error of a correlation: nearer there is nothing to gain


def reordered(
    x: FloatArray, wanted: FloatArray, groups: Sequence[IntArray], rng: np.random.Generator
) -> FloatArray:
    """Series whose rows change places, channel by channel, until correlations at lags are about those wanted.

    Values swap places at random where that brings the correlations nearer, and no more than it takes.

    Parameters
    ----------
    x : (n, c) float array
    wanted : (p + 1, c, c) float array
        Correlation of each channel with each so many rows before, as `autocovariance` gives it for series of mean 0 and
        variance 1.
    groups : sequence of int arrays
        Rows among which values may swap places, none in two groups.
    rng : numpy Generator

    Returns
    -------
    (n, c) float array
        Each channel with the same values as in `x`.

    References
    ----------
    Schreiber (1998), Constrained randomization of time series data.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.integers(-1, 2, (2000, 1)).astype(float)
    >>> y = reordered(x, np.array([[[1.0]], [[-0.3]]]), [np.arange(2000)], rng)
    >>> round(float(np.corrcoef(y[1:, 0], y[:-1, 0])[0, 1]), 2), bool((np.sort(y, 0) == np.sort(x, 0)).all())
    (-0.3, True)
    """
    z, _, _ = standardised(x)
    # The row that each value comes from, so that none is rounded.
    source = np.tile(np.arange(len(x))[:, None], x.shape[1])
    order = len(wanted) - 1
    close = _CLOSE / np.sqrt(len(x))
    for i in range(_ROUNDS * x.shape[1]):
        missing = wanted - autocovariance(z, order)
        if np.sqrt((missing**2).mean()) <= close:
            break
        j = i % x.shape[1]  # channels take turns
        one, other = _pairs(groups, rng)
        pull = _pull(z, missing, j)
        gain = (z[other, j] - z[one, j]) * (pull[one] - pull[other])
        better = np.flatnonzero(gain > 0)
        better = better[np.argsort(-gain[better], kind="stable")]
        far = len(x) * float((missing[:, j] ** 2).sum() + (missing[:, :, j] ** 2).sum())
        n_swaps = 1 + min(int(np.searchsorted(gain[better].cumsum(), _STEP * far)), int(_SHARE * len(x)))
        a, b = one[better[:n_swaps]], other[better[:n_swaps]]
        for swapped in (z, source):
            swapped[a, j], swapped[b, j] = swapped[b, j], swapped[a, j]
    return np.take_along_axis(x, source, axis=0)


def _pull(z: FloatArray, missing: FloatArray, j: int) -> FloatArray:
    """How much more of the correlations that are missing a larger value of channel `j` at each row (n,) would give."""
    pull = z @ missing[0, j]
    for lag, one in enumerate(missing[1:], 1):
        pull[lag:] += z[:-lag] @ one[j]
        pull[:-lag] += z[lag:] @ one[:, j]
    return np.asarray(pull)


def _pairs(groups: Sequence[IntArray], rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Rows two by two, at random within their groups, each at most once, in random order."""
    halves = [np.array_split(rng.permutation(group)[: len(group) // 2 * 2], 2) for group in groups]
    one, other = (np.concatenate(side) for side in zip(*halves, strict=True))
    mixed = rng.permutation(len(one))
    return one[mixed], other[mixed]
