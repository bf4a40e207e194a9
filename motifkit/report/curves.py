"""What an experiment measured, as plain values: learning curves, and how its arms end."""

from __future__ import annotations

from typing import NamedTuple

from motifkit.types import FloatArray


class Curve(NamedTuple):
    """Learning curve of one arm, with its band.

    Parameters
    ----------
    name : str
        Of the arm.
    steps : (n,) array
        Environment steps, ascending.
    estimate, low, high : (n,) float array
        Return, such as an interquartile mean over seeds, and the ends of its interval. NaN where nothing is known.

    Examples
    --------
    >>> import numpy as np
    >>> Curve("random", np.array([0, 100]), np.array([0.0, 1.0]), np.zeros(2), np.array([0.5, 2.0])).name
    'random'
    """

    name: str
    steps: FloatArray
    estimate: FloatArray
    low: FloatArray
    high: FloatArray


class Arm(NamedTuple):
    """How one arm of an experiment ends.

    Parameters
    ----------
    name : str
    final, low, high : float
        Final return and the ends of its interval.
    steps_to_reach : float, optional
        Environment steps until it has the return that it is measured by; None when it never has.
    oracle_share : float
        Final return as a share of the oracle's; NaN when no oracle is known.

    Examples
    --------
    >>> Arm("mined", 9.5, 9.0, 10.0, 20_000, 0.8).steps_to_reach
    20000
    """

    name: str
    final: float
    low: float
    high: float
    steps_to_reach: float | None = None
    oracle_share: float = float("nan")
