"""Checks of constructor arguments: unusable ones are named, with what would do."""

from __future__ import annotations

import math
from numbers import Integral, Real

from motifkit.errors import UsageError


def whole(owner: str, name: str, value: object, *, least: int = 1) -> int:
    """A whole number of at least `least` as an int, NumPy's too.

    Raises
    ------
    UsageError
        `value` is something else.

    Examples
    --------
    >>> whole("Curriculum", "window", 0)
    Traceback (most recent call last):
    motifkit.errors.UsageError: window=0 of Curriculum must be a whole number of at least 1
    """
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least:
        return int(value)
    raise UsageError(f"{name}={value!r} of {owner} must be a whole number of at least {least}")


def number(
    owner: str,
    name: str,
    value: object,
    *,
    least: float = -math.inf,
    above: float = -math.inf,
    most: float = math.inf,
) -> float:
    """A finite number in a range as a float, NumPy's too.

    Parameters
    ----------
    owner, name : str
        Whose argument it is, and which.
    value : object
    least, above, most : float
        Bounds; `above` itself does not belong to the range, and `most` may be infinite.

    Returns
    -------
    float

    Raises
    ------
    UsageError
        `value` is no number, or lies outside.

    Examples
    --------
    >>> number("CountBonus", "bins", -1, above=0)
    Traceback (most recent call last):
    motifkit.errors.UsageError: bins=-1 of CountBonus must be a finite number above 0
    """
    if isinstance(value, Real) and not isinstance(value, bool):
        found = float(value)
        if math.isfinite(found) and least <= found <= most and found > above:
            return found
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("of at least", least), ("above", above), ("of at most", most))
        if math.isfinite(bound)
    ]
    wanted = " ".join(["a finite number", " and ".join(bounds)]).strip()
    raise UsageError(f"{name}={value!r} of {owner} must be {wanted}")
