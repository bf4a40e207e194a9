"""Plain twins of the scan statistic, the selection of occurrences, the tests and the outcomes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from tests.naive import z_normalized


def surprise(n_found: int, expected: float) -> float:
    """-log P(Poisson(expected) >= n_found), summing the logarithms of all probabilities that matter."""
    if n_found == 0:
        return 0.0
    largest_count = max(n_found, math.ceil(expected))
    top = largest_count + math.ceil(20 * math.sqrt(largest_count)) + 60
    logs = [k * math.log(expected) - expected - math.lgamma(k + 1) for k in range(n_found, top)]
    largest = max(logs)
    return -(largest + math.log(math.fsum(math.exp(one - largest) for one in logs)))


def pick_non_overlapping(
    order: Sequence[int], position: Sequence[int], gap: int, limit: int, banned: Sequence[bool] | None = None
) -> list[int]:
    """Go through a ranking and keep what overlaps nothing kept before."""
    picks: list[int] = []
    for i in order:
        if len(picks) == limit:
            break
        if banned is not None and banned[i]:
            continue
        if all(abs(position[i] - position[j]) >= gap for j in picks):
            picks.append(i)
    return picks


def assign_to_nearest(
    claims: Sequence[tuple[Sequence[int], Sequence[float]]], position: Sequence[int], gap: int
) -> list[list[int]]:
    """All claims in the order of their distance; each is kept unless it overlaps one that is kept."""
    all_claims = [
        (distance, owner, i)
        for owner, (windows_idx, distances) in enumerate(claims)
        for i, distance in zip(windows_idx, distances, strict=True)
    ]
    kept: list[tuple[int, int]] = []
    for _, owner, i in sorted(all_claims):
        if all(abs(position[i] - position[j]) >= gap for _, j in kept):
            kept.append((owner, i))
    return [[i for one, i in kept if one == owner] for owner in range(len(claims))]


def z_windows(x: np.ndarray, m: int) -> list[tuple[int, np.ndarray]]:
    """Starts and points of the windows without missing values that are not constant."""
    found = []
    for start in range(len(x) - m + 1):
        window = x[start : start + m]
        if np.isfinite(window).all() and np.ptp(window) > 0:
            found.append((start, z_normalized(window)))
    return found


def squared_distances(query: np.ndarray, points: Sequence[np.ndarray]) -> list[float]:
    """Squared Euclidean distance of a query to each point."""
    return [sum((float(a) - float(b)) ** 2 for a, b in zip(query, p, strict=True)) for p in points]


def nearest_in_each(query: np.ndarray, surrogates: Sequence[Sequence[np.ndarray]], keep: int) -> list[float]:
    """The `keep` smallest squared distances to the windows of each surrogate, pooled and sorted."""
    return sorted(
        d for points in surrogates for d in sorted(squared_distances(query, points))[: min(keep, len(points))]
    )


def expected(pooled: Sequence[float], squared: float, n_surrogates: int) -> float:
    """Windows of a surrogate within a distance, on average; none at all still counts as half a window."""
    return (sum(d <= squared for d in pooled) + 0.5) / n_surrogates


def peaks(squared: Sequence[float], position: Sequence[int], gap: int, banned: Sequence[bool]) -> list[float]:
    """Distances of the windows that are nearer to the query than all free windows that overlap them, sorted."""
    free = [i for i in range(len(squared)) if not banned[i]]
    return sorted(
        squared[i]
        for i in free
        if all(squared[i] <= squared[j] for j in free if abs(position[i] - position[j]) < gap)
    )


def scores(
    query: np.ndarray,
    points: Sequence[np.ndarray],
    position: Sequence[int],
    gap: int,
    surrogates: Sequence[Sequence[np.ndarray]],
    banned: Sequence[bool],
    n_sizes: int,
) -> list[float]:
    """Surprise that so many windows besides the nearest lie as near as they do; -inf where there are none."""
    near = peaks(squared_distances(query, points), position, gap, banned)
    pooled = nearest_in_each(query, surrogates, n_sizes)
    return [
        surprise(j, expected(pooled, near[j], len(surrogates))) if 0 < j < len(near) else -math.inf
        for j in range(n_sizes)
    ]


def p_values(found: Sequence[float], maxima: Sequence[float]) -> list[float]:
    """Share of the surrogates, and the data themselves, that reach each score."""
    return [(1 + sum(one >= score for one in maxima)) / (1 + len(maxima)) for score in found]


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """For each p-value the smallest of p_(i) n / i over all p-values that are at least as large."""
    known = sorted(one for one in p if not math.isnan(one))
    n = len(known)
    adjusted = []
    for one in p:
        later = [value * n / (i + 1) for i, value in enumerate(known) if value >= one]
        adjusted.append(min([1.0, *later]) if not math.isnan(one) else math.nan)
    return adjusted


def forward_returns(prices: Sequence[float], horizon: int) -> list[float | None]:
    """Return over `horizon` rows from each row; None where the series ends before."""
    n = len(prices)
    return [prices[i + horizon] / prices[i] - 1 if i + horizon < n else None for i in range(n)]


def shifted_means(returns: Sequence[float], at: Sequence[int]) -> list[float]:
    """Mean return at the places `at`, moved on by every number of rows around the end of the series."""
    n = len(returns)
    return [float(sum(Fraction(returns[(i + shift) % n]) for i in at) / len(at)) for shift in range(n)]
