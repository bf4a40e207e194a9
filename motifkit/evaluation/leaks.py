"""Whether something that was fitted on the past has seen the future."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from motifkit.errors import UsageError

if TYPE_CHECKING:
    from motifkit.envs.trading_prices import Bars


def sees_the_future(
    fit: Callable[[Bars], Sequence[npt.ArrayLike]], bars: Bars, stop: int, *, seed: int = 0
) -> bool:
    """Whether what is fitted becomes another when prices that it must not know do.

    Parameters
    ----------
    fit : callable
        Takes all bars and gives what is learned from the rows before `stop`, as arrays: means, shapes, weights. It must
        give the same for the same bars, so fix its seeds.
    bars : Bars
        See `motifkit.envs.trading_prices.read_bars`.
    stop : int
        First row that must not be known.
    seed : int
        Of the other prices.

    Returns
    -------
    bool
        True is proof of a leak; False only says that these prices showed none.

    Raises
    ------
    UsageError
        When there is no row to change, or `fit` gives something else for the same bars.

    Examples
    --------
    >>> from motifkit.envs import TradingFeatures
    >>> from motifkit.envs.trading_prices import read_bars
    >>> honest = lambda bars: [TradingFeatures.fit(bars, (0, 500)).mean]
    >>> leaky = lambda bars: [TradingFeatures.fit(bars, (0, 600)).mean]
    >>> [sees_the_future(fit, read_bars(), 500) for fit in (honest, leaky)]
    [False, True]
    """
    if not 0 < stop < len(bars):
        raise UsageError(f"stop must be 1 to {len(bars) - 1}, got {stop}")
    n = len(bars) - stop
    # One factor for all prices of a bar keeps the high the highest; volume takes it too.
    factor = np.concatenate(
        [np.ones(stop), np.exp(0.1 * np.random.default_rng(seed).standard_normal(n).cumsum())]
    )
    others = {name: values * factor for name, values in bars.others.items()}
    changed = replace(bars, close=bars.close * factor, others=others)
    first, again = _arrays(fit(bars)), _arrays(fit(bars))
    if not _equal(first, again):
        raise UsageError("fit gives different results for the same bars; fix its seeds")
    return not _equal(first, _arrays(fit(changed)))


def _arrays(values: Sequence[npt.ArrayLike]) -> list[npt.NDArray[np.generic]]:
    return [np.asarray(one) for one in values]


def _equal(first: list[npt.NDArray[np.generic]], second: list[npt.NDArray[np.generic]]) -> bool:
    return len(first) == len(second) and all(
        one.shape == other.shape and one.tobytes() == other.tobytes()
        for one, other in zip(first, second, strict=True)
    )
