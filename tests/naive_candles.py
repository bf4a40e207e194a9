"""Plain twin of the candlestick patterns: one bar after the other, each rule as its docstring says it."""

import math


def naive_patterns(bars):
    """First bars of every pattern; `bars` are (open, high, low, close)."""
    found = {name: [] for name in _RULES}
    for name, (n_bars, holds) in _RULES.items():
        for i in range(len(bars) - n_bars + 1):
            if all(math.isfinite(x) for bar in bars[i : i + n_bars] for x in bar) and holds(bars, i):
                found[name].append(i)
    return found


def _trend(bars, i):
    if i < 6:
        return 0
    earlier, before = bars[i - 6][3], bars[i - 1][3]
    return 1 if before > earlier else -1 if before < earlier else 0


def _colour(bar):
    return 1 if bar[3] > bar[0] else -1 if bar[3] < bar[0] else 0


def _body(bar):
    return abs(bar[3] - bar[0])


def _range(bar):
    return bar[1] - bar[2]


def _shadows(bar):
    return bar[1] - max(bar[0], bar[3]), min(bar[0], bar[3]) - bar[2]


def _pin(bar, *, up):
    upper, lower = _shadows(bar)
    long, short = (upper, lower) if up else (lower, upper)
    return _body(bar) > 0.1 * _range(bar) and long >= 2 * _body(bar) and short <= 0.1 * _range(bar)


def _within(inner, outer):
    lows = min(outer[0], outer[3]) <= min(inner[0], inner[3])
    return lows and max(inner[0], inner[3]) <= max(outer[0], outer[3]) and _body(inner) < _body(outer)


def _engulfing(bars, i, sign):
    a, b = bars[i], bars[i + 1]
    return (
        _trend(bars, i) == -sign
        and _colour(a) == -sign
        and _colour(b) == sign
        and _within(a, b)
        and _body(a) > 0
    )


def _three(bars, i, sign):
    a, b, c = bars[i : i + 3]
    steps = sign * (b[3] - a[3]) > 0 and sign * (c[3] - b[3]) > 0
    return steps and all(_colour(bar) == sign for bar in (a, b, c))


def _star(bars, i, sign):
    a, b, c = bars[i : i + 3]
    middle = (a[0] + a[3]) / 2
    return (
        _trend(bars, i) == -sign
        and _colour(a) == -sign
        and _colour(c) == sign
        and _body(a) >= 0.5 * _range(a)
        and _body(b) <= 0.3 * _body(a)
        and sign * ((b[0] + b[3]) / 2 - a[3]) <= 0
        and sign * (c[3] - middle) > 0
    )


_RULES = {
    "doji": (1, lambda bars, i: _range(bars[i]) > 0 and _body(bars[i]) <= 0.1 * _range(bars[i])),
    "marubozu": (1, lambda bars, i: _range(bars[i]) > 0 and _body(bars[i]) >= 0.95 * _range(bars[i])),
    "hammer": (1, lambda bars, i: _trend(bars, i) == -1 and _pin(bars[i], up=False)),
    "hanging man": (1, lambda bars, i: _trend(bars, i) == 1 and _pin(bars[i], up=False)),
    "shooting star": (1, lambda bars, i: _trend(bars, i) == 1 and _pin(bars[i], up=True)),
    "bullish engulfing": (2, lambda bars, i: _engulfing(bars, i, 1)),
    "bearish engulfing": (2, lambda bars, i: _engulfing(bars, i, -1)),
    "harami": (
        2,
        lambda bars, i: _within(bars[i + 1], bars[i]) and _body(bars[i]) >= 0.5 * _range(bars[i]),
    ),
    "inside bar": (2, lambda bars, i: bars[i + 1][1] < bars[i][1] and bars[i + 1][2] > bars[i][2]),
    "outside bar": (2, lambda bars, i: bars[i + 1][1] > bars[i][1] and bars[i + 1][2] < bars[i][2]),
    "three rising candles": (3, lambda bars, i: _three(bars, i, 1)),
    "three falling candles": (3, lambda bars, i: _three(bars, i, -1)),
    "morning star": (3, lambda bars, i: _star(bars, i, 1)),
    "evening star": (3, lambda bars, i: _star(bars, i, -1)),
}
