"""Plain twins of motifkit's fast kernels: loops one can check by eye."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def z_normalized(window: np.ndarray) -> np.ndarray:
    """Zero mean and unit standard deviation; a constant window becomes zeros."""
    if np.ptp(window) == 0:
        return np.zeros(len(window))
    d = window - window[0]
    d = d - d.mean()
    return d / d.std()


def windows(
    series: np.ndarray | Sequence[np.ndarray], m: int
) -> list[tuple[int, int, tuple[float, ...] | None]]:
    """Series, start and z-normalised values of each window; None in their place where some are not finite."""
    found = []
    for s, one in enumerate([series] if isinstance(series, np.ndarray) else series):
        for start in range(len(one) - m + 1):
            window = np.asarray(one[start : start + m], dtype=float)
            finite = np.isfinite(window).all()
            found.append((s, start, tuple(z_normalized(window).tolist()) if finite else None))
    return found


def matrix_profile(
    x: np.ndarray | Sequence[np.ndarray],
    m: int,
    y: np.ndarray | Sequence[np.ndarray] | None = None,
    k: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """(n, k) distances to the k nearest windows and (n, k) their numbers; inf and -1 where there are none."""
    queries = windows(x, m)
    targets = queries if y is None else windows(y, m)
    zone = math.ceil(m / 4)
    values = np.full((len(queries), k), np.inf)
    indices = np.full((len(queries), k), -1)
    for i, (s, start, a) in enumerate(queries):
        found = []
        for j, (other, other_start, b) in enumerate(targets):
            trivial = y is None and s == other and abs(start - other_start) <= zone
            if a is not None and b is not None and not trivial:
                # A constant window is as far from any other window as the origin is from the sphere: sqrt(m).
                found.append((math.dist(a, b), j))
        for rank, (distance, j) in enumerate(sorted(found)[:k]):
            values[i, rank] = distance
            indices[i, rank] = j
    return values, indices
