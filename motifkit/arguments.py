"""Checks of arguments: unusable ones are named, with what would do."""

from __future__ import annotations

import math
from numbers import Integral, Real

import numpy as np

from motifkit.errors import UsageError


def require_whole(
    name: str, value: object, least: int = 1, most: int | None = None, *, of: str | None = None
) -> int:
    """Whole number in a range as an int, NumPy's too.

    Parameters
    ----------
    name : str
        The argument, for the message.
    value : object
    least, most : int
        Bounds, which belong to the range; None sets no upper one.
    of : str, optional
        Whose argument it is, for the message.

    Returns
    -------
    int

    Raises
    ------
    UsageError
        When `value` is not a whole number or out of range.

    Examples
    --------
    >>> require_whole("delay", 0)
    Traceback (most recent call last):
    motifkit.errors.UsageError: delay must be a whole number of at least 1, got 0
    >>> require_whole("window", 0, of="Curriculum")
    Traceback (most recent call last):
    motifkit.errors.UsageError: window=0 of Curriculum must be a whole number of at least 1
    """
    if isinstance(value, Integral) and not isinstance(value, bool):
        found = int(value)
        if found >= least and (most is None or found <= most):
            return found
    bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
    raise _unusable(name, value, f"a whole number {bounds}", of)


def require_number(
    name: str,
    value: object,
    *,
    least: float = -math.inf,
    above: float = -math.inf,
    most: float = math.inf,
    of: str | None = None,
) -> float:
    """Finite number in a range as a float, NumPy's too.

    Parameters
    ----------
    name : str
        The argument, for the message.
    value : object
    least, above, most : float
        Bounds; `above` itself does not belong to the range, and `most` may be infinite.
    of : str, optional
        Whose argument it is, for the message.

    Returns
    -------
    float

    Raises
    ------
    UsageError
        When `value` is no number, not finite, or out of range.

    Examples
    --------
    >>> require_number("rate", 2, least=0, most=1)
    Traceback (most recent call last):
    motifkit.errors.UsageError: rate must be a number from 0 to 1, got 2
    >>> require_number("bins", -1, above=0, of="CountBonus")
    Traceback (most recent call last):
    motifkit.errors.UsageError: bins=-1 of CountBonus must be a finite number above 0
    """
    if isinstance(value, Real) and not isinstance(value, bool):
        found = float(value)
        if math.isfinite(found) and least <= found <= most and found > above:
            return found
    if math.isfinite(least) and math.isfinite(most):
        raise _unusable(name, value, f"a number from {least:g} to {most:g}", of)
    bounds = [
        f" {words} {bound:g}"
        for words, bound in (("of at least", least), ("above", above), ("of at most", most))
        if math.isfinite(bound)
    ]
    raise _unusable(name, value, f"a finite number{' and'.join(bounds)}", of)


def require_switch(name: str, value: object, *, of: str | None = None) -> bool:
    """True or False as a bool, NumPy's too.

    Raises
    ------
    UsageError
        When `value` is anything else.

    Examples
    --------
    >>> require_switch("reward_norm", "no", of="TraceRL")
    Traceback (most recent call last):
    motifkit.errors.UsageError: reward_norm='no' of TraceRL must be True or False
    """
    if isinstance(value, bool | np.bool_):
        return bool(value)
    raise _unusable(name, value, "True or False", of)


def require_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Require one of several words.

    Raises
    ------
    UsageError
        Otherwise.

    Examples
    --------
    >>> require_choice("normalize", "l2", ("zscore", "mean", "none"))
    Traceback (most recent call last):
    motifkit.errors.UsageError: normalize must be one of zscore, mean, none, got 'l2'
    """
    if value not in choices:
        raise _unusable(name, value, f"one of {', '.join(choices)}", None)


def _unusable(name: str, value: object, wanted: str, owner: str | None) -> UsageError:
    if owner is None:
        return UsageError(f"{name} must be {wanted}, got {value!r}")
    return UsageError(f"{name}={value!r} of {owner} must be {wanted}")
