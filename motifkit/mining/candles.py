"""Classical candlestick patterns by fixed rules.

The shapes are those of Nison (1991), *Japanese Candlestick Charting Techniques*, and Bulkowski (2008), *Encyclopedia of
Candlestick Charts*. Both describe them in words; the thresholds here, which each rule states, make them countable. No
rule looks past the last bar of its pattern, and none depends on the unit of the prices.

The *trend* before a pattern compares two closes: it falls when the close before the pattern's first bar lies below the
close `motifkit.mining.candle_bars.TREND_BARS` bars earlier, and rises when it lies above.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from motifkit.errors import UsageError
from motifkit.mining.candle_bars import Candles, Rule
from motifkit.types import BoolArray, FloatArray, IntArray


def doji(c: Candles) -> BoolArray:
    """One bar whose body is at most 10% of its range (Nison 1991, ch. 8)."""
    return (c.range > 0) & (c.body <= 0.1 * c.range)


def marubozu(c: Candles) -> BoolArray:
    """One bar whose body is at least 95% of its range: next to no shadows (Bulkowski 2008)."""
    return (c.range > 0) & (c.body >= 0.95 * c.range)


def _long_shadow(c: Candles, long: FloatArray, short: FloatArray) -> BoolArray:
    """One shadow at least twice the body, the other at most 10% of the range, and the bar no doji."""
    return (c.body > 0.1 * c.range) & (long >= 2 * c.body) & (short <= 0.1 * c.range)


def hammer(c: Candles) -> BoolArray:
    """Falling trend, lower shadow of twice the body or more, upper at most 10% of the range (Nison 1991, ch. 4)."""
    return c.trend(-1) & _long_shadow(c, c.lower, c.upper)


def hanging_man(c: Candles) -> BoolArray:
    """The shape of a hammer after a rising trend (Nison 1991, ch. 4)."""
    return c.trend(1) & _long_shadow(c, c.lower, c.upper)


def shooting_star(c: Candles) -> BoolArray:
    """The shape of a hammer upside down after a rising trend (Nison 1991, ch. 5)."""
    return c.trend(1) & _long_shadow(c, c.upper, c.lower)


def _engulfs(c: Candles) -> BoolArray:
    """The second body covers the first, which is smaller and not nothing."""
    top, bottom = np.maximum(c.open, c.close), np.minimum(c.open, c.close)
    covered = (top[1:] >= top[:-1]) & (bottom[1:] <= bottom[:-1])
    return covered & (c.body[1:] > c.body[:-1]) & (c.body[:-1] > 0)


def bullish_engulfing(c: Candles) -> BoolArray:
    """After a falling trend a falling bar, then a rising one whose larger body covers it (Nison 1991, ch. 4)."""
    return c.trend(-1)[:-1] & c.falls[:-1] & c.rises[1:] & _engulfs(c)


def bearish_engulfing(c: Candles) -> BoolArray:
    """After a rising trend a rising bar, then a falling one whose larger body covers it (Nison 1991, ch. 4)."""
    return c.trend(1)[:-1] & c.rises[:-1] & c.falls[1:] & _engulfs(c)


def harami(c: Candles) -> BoolArray:
    """A body of at least half its range, then a smaller body within it (Nison 1991, ch. 6); colours do not count."""
    top, bottom = np.maximum(c.open, c.close), np.minimum(c.open, c.close)
    within = (top[1:] <= top[:-1]) & (bottom[1:] >= bottom[:-1]) & (c.body[1:] < c.body[:-1])
    return within & (c.body[:-1] >= 0.5 * c.range[:-1])


def inside_bar(c: Candles) -> BoolArray:
    """A bar with a lower high and a higher low than the bar before (Bulkowski 2008)."""
    return (c.high[1:] < c.high[:-1]) & (c.low[1:] > c.low[:-1])


def outside_bar(c: Candles) -> BoolArray:
    """A bar with a higher high and a lower low than the bar before (Bulkowski 2008)."""
    return (c.high[1:] > c.high[:-1]) & (c.low[1:] < c.low[:-1])


def three_rising(c: Candles) -> BoolArray:
    """Three rising bars, each closing above the one before: three white soldiers (Nison 1991, ch. 6), less strict."""
    r, up = c.rises, np.diff(c.close) > 0
    return r[:-2] & r[1:-1] & r[2:] & up[:-1] & up[1:]


def three_falling(c: Candles) -> BoolArray:
    """Three falling bars, each closing below the one before: three black crows (Nison 1991, ch. 6), less strict."""
    f, down = c.falls, np.diff(c.close) < 0
    return f[:-2] & f[1:-1] & f[2:] & down[:-1] & down[1:]


def _small_between(c: Candles) -> BoolArray:
    """A body of at least half its range, then one of at most 30% of that body."""
    return (c.body[:-2] >= 0.5 * c.range[:-2]) & (c.body[1:-1] <= 0.3 * c.body[:-2])


def morning_star(c: Candles) -> BoolArray:
    """After a falling trend a falling bar, a star below it and a rising bar (Nison 1991, ch. 5).

    The first body is at least half its range, the star's at most 30% of that body with its middle no higher than the
    first close (Nison wants a gap, which markets that never close lack), and the third closes above the middle of the
    first body.
    """
    middle = (c.open + c.close) / 2
    placed = (middle[1:-1] <= c.close[:-2]) & (c.close[2:] > middle[:-2])
    return c.trend(-1)[:-2] & c.falls[:-2] & c.rises[2:] & _small_between(c) & placed


def evening_star(c: Candles) -> BoolArray:
    """The morning star upside down: after a rising trend, with the third close below the first's middle (ch. 5)."""
    middle = (c.open + c.close) / 2
    placed = (middle[1:-1] >= c.close[:-2]) & (c.close[2:] < middle[:-2])
    return c.trend(1)[:-2] & c.rises[:-2] & c.falls[2:] & _small_between(c) & placed


RULES = (
    Rule("doji", 1, doji, order_matters=False),
    Rule("marubozu", 1, marubozu, order_matters=False),
    Rule("hammer", 1, hammer),
    Rule("hanging man", 1, hanging_man),
    Rule("shooting star", 1, shooting_star),
    Rule("bullish engulfing", 2, bullish_engulfing),
    Rule("bearish engulfing", 2, bearish_engulfing),
    Rule("harami", 2, harami),
    Rule("inside bar", 2, inside_bar),
    Rule("outside bar", 2, outside_bar),
    Rule("three rising candles", 3, three_rising),
    Rule("three falling candles", 3, three_falling),
    Rule("morning star", 3, morning_star),
    Rule("evening star", 3, evening_star),
)
"""All patterns, those of fewest bars first."""


def candle_patterns(
    open: npt.ArrayLike, high: npt.ArrayLike, low: npt.ArrayLike, close: npt.ArrayLike
) -> dict[str, IntArray]:
    """Where each classical pattern begins.

    Parameters
    ----------
    open, high, low, close : (n,) array
        Prices in any unit. A bar with NaN belongs to no pattern.

    Returns
    -------
    dict of str to (k,) int array
        For each name in `RULES` the index of the first bar of every place, ascending.

    Raises
    ------
    UsageError
        When the four are not one-dimensional or differ in length.

    Examples
    --------
    >>> found = candle_patterns([1.0, 2.0, 3.0], [2.1, 3.1, 4.1], [0.9, 1.9, 2.9], [2.0, 3.0, 4.0])
    >>> found["three rising candles"], found["doji"]
    (array([0]), array([], dtype=int64))
    """
    prices = [np.asarray(x, dtype=float) for x in (open, high, low, close)]
    if any(x.ndim != 1 or x.shape != prices[0].shape for x in prices):
        shapes = ", ".join(str(x.shape) for x in prices)
        raise UsageError(f"open, high, low and close must be (n,) arrays of one length, got {shapes}")
    candles = Candles(*prices)
    unknown = ~candles.known
    found = {}
    for rule in RULES:
        if len(candles) < rule.n_bars:
            found[rule.name] = np.empty(0, dtype=np.int64)
            continue
        n = len(candles) - rule.n_bars + 1
        missing = np.logical_or.reduce([unknown[j : j + n] for j in range(rule.n_bars)])
        found[rule.name] = np.flatnonzero(rule.starts(candles) & ~missing)
    return found
