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


def matrix_profile(
    x: np.ndarray | Sequence[np.ndarray],
    m: int,
    y: np.ndarray | Sequence[np.ndarray] | None = None,
    k: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """(n, k) distances to the k nearest windows and (n, k) their numbers; inf and -1 where there are none."""

    def windows(series: np.ndarray | Sequence[np.ndarray]) -> list[tuple[int, int, np.ndarray | None]]:
        found = []
        for s, one in enumerate([series] if isinstance(series, np.ndarray) else series):
            for start in range(len(one) - m + 1):
                window = np.asarray(one[start : start + m], dtype=float)
                found.append((s, start, z_normalized(window) if np.isfinite(window).all() else None))
        return found

    queries = windows(x)
    targets = queries if y is None else windows(y)
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
