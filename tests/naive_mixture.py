"""Plain twin of the mixture of motifs before the surrogates' density: one distance after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = Sequence[float]
Component = tuple[list[float], float, float, list[float], float]


def normalised(x: Point) -> list[float]:
    mean = sum(x) / len(x)
    sd = math.sqrt(sum((v - mean) ** 2 for v in x) / len(x))
    return [(v - mean) / sd if sd > 0 else 0.0 for v in x]


def average(points: Sequence[Point]) -> list[float]:
    return normalised([sum(column) / len(points) for column in zip(*points, strict=True)])


def squared(a: Point, b: Point) -> float:
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def background(template: Point, windows: Sequence[Point], share: float) -> tuple[float, float]:
    """Hill's dimension and the log intensity from the nearest windows."""
    around = max(2, int(share * len(windows)))
    nearest = sorted(math.sqrt(squared(template, w)) for w in windows)[:around]
    dimension = around / sum(math.log(nearest[-1] / d) for d in nearest)
    return dimension, math.log(around / len(windows) * dimension / nearest[-1] ** dimension)


def components(
    sets: Sequence[Sequence[int]],
    points: Sequence[Point],
    null: Sequence[Point],
    *,
    share: float,
    shrinkage: float,
) -> list[Component]:
    """Template, variance, log odds at distance 0, and squared distances to the averages of the others, dimension."""
    seen = []
    for one in sets:
        template = average([points[i] for i in one])
        dimension, intensity = background(template, null, share)
        others = [squared(points[i], average([points[j] for j in one if j != i])) for i in one]
        seen.append((template, dimension, intensity, others))
    variances = [sum(others) / len(others) / dimension for _, dimension, _, others in seen]
    counts = [len(one) for one in sets]
    pooled = sum(v * n for v, n in zip(variances, counts, strict=True)) / sum(counts)
    out = []
    for (template, m, intensity, others), variance, n in zip(seen, variances, counts, strict=True):
        v = (variance * n + pooled * shrinkage) / (n + shrinkage)
        # density of the radius of a normal distribution in m dimensions, without the d^(m-1) it shares with chance
        density = math.log(2 / (math.gamma(m / 2) * (2 * v) ** (m / 2)))
        out.append((template, v, math.log(n / len(points)) + density - intensity, others, m))
    return out


def log_odds(component: Component, point: Point) -> float:
    template, variance, peak, *_ = component
    return peak - squared(template, point) / (2 * variance)


def evidence(parts: Sequence[Component], price: float) -> float:
    odds = sum(peak - d / (2 * variance) for _, variance, peak, others, _ in parts for d in others)
    return odds - price * sum(dimension / 2 * math.log(len(others)) for *_, others, dimension in parts)


def assign(odds: Sequence[Sequence[float]], position: Sequence[int], gap: int) -> list[list[int]]:
    """Likeliest windows first, each to its likeliest component, none within a gap of an earlier one."""
    claims = []
    for i in range(len(position)):
        column = [row[i] for row in odds]
        best = max(range(len(odds)), key=lambda k: column[k])
        if column[best] > 0:
            claims.append((-column[best], best, i))
    taken: list[int] = []
    sets: list[list[int]] = [[] for _ in odds]
    for _, k, i in sorted(claims):
        if all(abs(position[i] - position[j]) >= gap for j in taken):
            taken.append(i)
            sets[k].append(i)
    return sets


def merged(
    sets: Sequence[Sequence[int]],
    points: Sequence[Point],
    null: Sequence[Point],
    position: Sequence[int],
    *,
    reach: int,
    length: int,
    price: float,
    share: float,
    shrinkage: float,
) -> list[list[int]]:
    """Two sets at a time become one, the second moved as a whole, while that is worth it."""

    def fit(some: Sequence[Sequence[int]]) -> list[Component]:
        return components(some, points, null, share=share, shrinkage=shrinkage)

    current = [list(one) for one in sets]
    while len(current) > 1:
        parts, merges = fit(current), []
        for j, one in enumerate(current):
            tried = []
            for rows in range(-reach, reach + 1):
                there = [position[i] + rows for i in one]
                taken = [position[i] for k, other in enumerate(current) if k != j for i in other]
                free = all(abs(at - other) >= length for at in there for other in taken)
                if rows == 0 or (free and all(at in position for at in there)):
                    moved = [list(position).index(at) for at in there]
                    for i in range(len(current)):
                        if i != j:
                            fit_there = sum(log_odds(parts[i], points[w]) for w in moved) / len(moved)
                            tried.append((fit_there, -abs(rows), i, moved))
            _, _, i, moved = max(tried)
            others = [other for k, other in enumerate(current) if k not in (i, j)]
            merges.append([*others, current[i] + moved])
        best = max(merges, key=lambda merge: evidence(fit(merge), price))
        if evidence(fit(best), price) <= evidence(parts, price):
            break
        current = best
    return current
