"""What the rules of candlestick patterns are made of: the bars, and a rule with its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from motifkit.types import BoolArray, FloatArray

TREND_BARS = 5
"""Bars over which the trend before a pattern is measured."""


@dataclass(frozen=True, eq=False)
class Candles:
    """The four prices of `n` bars, with what the rules ask of them.

    Parameters
    ----------
    open, high, low, close : (n,) float array
        A bar with NaN belongs to no pattern.
    """

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    body: FloatArray = field(init=False)
    range: FloatArray = field(init=False)
    upper: FloatArray = field(init=False)
    lower: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        top, bottom = np.maximum(self.open, self.close), np.minimum(self.open, self.close)
        for name, value in (
            ("body", top - bottom),
            ("range", self.high - self.low),
            ("upper", self.high - top),
            ("lower", bottom - self.low),
        ):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.close)

    @property
    def known(self) -> BoolArray:
        """Bars of which no price is missing or infinite."""
        return np.asarray(np.isfinite(self.open + self.high + self.low + self.close))

    @property
    def rises(self) -> BoolArray:
        """Bars that close above their open."""
        return self.close > self.open

    @property
    def falls(self) -> BoolArray:
        """Bars that close below their open."""
        return self.close < self.open

    def trend(self, sign: int) -> BoolArray:
        """Whether the trend before each bar rises (`sign` 1) or falls (-1); False where it is not known."""
        known = np.zeros(len(self), dtype=bool)
        before = self.close[TREND_BARS:-1] - self.close[: -TREND_BARS - 1]
        known[TREND_BARS + 1 :] = sign * before > 0
        return known


@dataclass(frozen=True)
class Rule:
    """One pattern: how many bars it has, and where it begins.

    Parameters
    ----------
    name : str
    n_bars : int
    starts : callable
        From candles to an (n - n_bars + 1,) bool array, whether the pattern begins at each bar.
    order_matters : bool
        Whether the order of the bars bears on the pattern. Bars in another order hold as many of the others, so
        whether those are frequent cannot be tested by shuffling.
    """

    name: str
    n_bars: int
    starts: Callable[[Candles], BoolArray]
    order_matters: bool = True
