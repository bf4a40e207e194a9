"""The deflated Sharpe ratio: how likely a Sharpe ratio is real when it is the best of many tries."""

from __future__ import annotations

import math

import numpy as np

from motifkit.errors import UsageError


def expected_maximum_sharpe(n_trials: int, variance: float) -> float:
    """Sharpe ratio to be expected of the best of so many tries none of which has an edge.

    Parameters
    ----------
    n_trials : int
        Tries, at least 1; one needs no luck, and gives 0.
    variance : float
        Of the Sharpe ratios over the tries, at least 0.

    Returns
    -------
    float
        In the unit of the Sharpe ratios, such as per bar.

    Raises
    ------
    UsageError
        For other values.

    References
    ----------
    Bailey and Lopez de Prado (2014), The deflated Sharpe ratio, equation 1.

    Examples
    --------
    >>> round(expected_maximum_sharpe(100, 0.5 / 250), 4)
    0.1132
    """
    from scipy.stats import norm

    if n_trials < 1 or not (variance >= 0 and math.isfinite(variance)):
        raise UsageError(
            f"n_trials must be at least 1 and variance at least 0, got {n_trials} and {variance}"
        )
    if n_trials == 1:
        return 0.0
    luck = (1 - np.euler_gamma) * norm.ppf(1 - 1 / n_trials) + np.euler_gamma * norm.ppf(
        1 - 1 / (n_trials * math.e)
    )
    return float(math.sqrt(variance) * luck)


def deflated_sharpe_ratio(
    sharpe: float,
    n_bars: int,
    n_trials: int,
    variance: float,
    *,
    skewness: float = 0.0,
    kurtosis: float = 3.0,
) -> float:
    """Probability that a Sharpe ratio exceeds what the best of so many tries reaches by luck.

    Parameters
    ----------
    sharpe : float
        Per bar, not annualised.
    n_bars : int
        Returns that it was estimated from, at least 2.
    n_trials, variance
        See `expected_maximum_sharpe`.
    skewness, kurtosis : float
        Of the returns; those of a normal distribution are 0 and 3.

    Returns
    -------
    float
        0 to 1; above 0.95 is customary for a claim. NaN when `sharpe` is.

    Raises
    ------
    UsageError
        For other values.

    References
    ----------
    Bailey and Lopez de Prado (2014), The deflated Sharpe ratio, equation 2; Lo (2002) and Mertens (2002) for the
    standard error.

    Examples
    --------
    >>> sharpe = 2.5 / 250**0.5
    >>> round(deflated_sharpe_ratio(sharpe, 1250, 100, 0.5 / 250, skewness=-3, kurtosis=10), 4)
    0.9004
    """
    from scipy.stats import norm

    if n_bars < 2:
        raise UsageError(f"n_bars must be at least 2, got {n_bars}")
    beyond = sharpe - expected_maximum_sharpe(n_trials, variance)
    spread = 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2
    if not spread > 0:  # no skewness and kurtosis of one distribution give this
        return math.nan
    return float(norm.cdf(beyond * math.sqrt(n_bars - 1) / math.sqrt(spread)))
