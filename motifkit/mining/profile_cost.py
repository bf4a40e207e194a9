"""Which engine of the matrix profile should be fastest, by measured costs."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

Engine: TypeAlias = Literal["kdtree", "blas", "stumpy"]

# Seconds.
_TREE_BUILD = 4e-7  # a window
_TREE_ROW = 4e-7  # a query, however short the windows
_TREE_ROW_10 = 1.1e-5  # a query at m = 10 among 60,000 windows; 1.7 times as much for each further row
_BLAS_START = 6e-3
_BLAS_PAIR = 4.2e-10
_BLAS_PAIR_ROW = 1.05e-11  # a row of a pair
_STUMP_PAIR = 1.8e-9
_STUMP_COMPILES = 20.0
# A further neighbour of a window.
_TREE_NEIGHBOUR = 4e-7
_BLAS_NEIGHBOUR = 7e-7
_STUMP_NEIGHBOUR = 3e-6
_BLAS_BYTES = 24  # a row of a window, in float64 twice and in float32 twice
_BLAS_MOST_BYTES = 2**31


def choose_engine(n: int, m: int, n_y: int | None, stump_is_warm: bool, k: int = 1) -> Engine:
    """The engine that should be fastest, by measured costs.

    Parameters
    ----------
    n : int
        Windows of `x`.
    m : int
        Window length.
    n_y : int or None
        Windows of `y`; None for a self-join.
    stump_is_warm : bool
        Whether numba has compiled stump in this process; otherwise that costs 20 s.
    k : int
        Neighbours of each window.

    Returns
    -------
    {"kdtree", "blas", "stumpy"}

    Notes
    -----
    The constants were measured by ``python -m tests.benchmarks.bench_profile --calibrate`` on two cores with
    AVX-512. Other machines change all three costs, and the choice little: near the crossings it does not
    matter much. A tree's cost depends on the data too, by a factor below two between a random walk and white
    noise.

    Examples
    --------
    >>> choose_engine(200_000, 4, None, True), choose_engine(20_000, 50, None, False)
    ('kdtree', 'blas')
    """
    n_targets = n if n_y is None else n_y
    pairs = n * n / 2 if n_y is None else n * n_y
    more = n * (k - 1)
    crowding = (n_targets / 60_000) ** 0.3
    seconds: dict[Engine, float] = {
        "kdtree": _TREE_BUILD * n_targets
        + n * (_TREE_ROW + _TREE_ROW_10 * 1.7 ** min(m - 10, 200) * crowding)
        + more * _TREE_NEIGHBOUR,
        "blas": _BLAS_START + pairs * (_BLAS_PAIR + _BLAS_PAIR_ROW * m) + more * _BLAS_NEIGHBOUR,
        "stumpy": pairs * _STUMP_PAIR + more * _STUMP_NEIGHBOUR + (0.0 if stump_is_warm else _STUMP_COMPILES),
    }
    if (n + (0 if n_y is None else n_y)) * m * _BLAS_BYTES > _BLAS_MOST_BYTES:
        seconds["blas"] = np.inf  # it holds all windows in memory; stump holds the series alone
        seconds["kdtree"] *= 1.0 if m <= 16 else np.inf
    return min(seconds, key=lambda engine: seconds[engine])
