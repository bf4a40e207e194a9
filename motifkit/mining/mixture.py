"""Motifs as a mixture: windows scattered around templates, in front of the windows that chance gives.

Around a template the number of surrogates' windows within a distance d grows like (d / r)^m: the background has an
intensity and a local dimension m there. Occurrences are normally distributed around the template in as many dimensions.
Distances then tell the odds that a window is an occurrence, and the odds of all occurrences together tell how well some
motifs explain a series. That sees what the surprise of single motifs does not: two alike shapes are explained better by
two templates than by one between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from motifkit.mining.distances import Float32Array, euclidean
from motifkit.mining.scan import Scan
from motifkit.mining.select import assign_to_nearest
from motifkit.mining.windows import normalize_windows
from motifkit.types import FloatArray, IntArray

_BACKGROUND = 10_000  # windows of surrogates, evenly spaced, that stand for all
_AROUND = 0.02  # share of them, the nearest to a template, that tell intensity and dimension there
_SHRINKAGE = 10.0  # occurrences whose weight the spread of all motifs has in the spread of each
_PRICE = 0.8  # of a template, in prices of Schwarz: being judged by the others of a motif has cost its windows a part
_REMEMBERED = 25_000_000  # distances from templates to all windows that are kept, 100 MB
_TINY = 1e-12
_ROUNDING = 1 + 1e-5  # of odds in single precision


class Shape(NamedTuple):
    """A set of `size` windows seen from its template, their average.

    `dimension` and `intensity` are those of the background there. `spread` is the mean squared distance of a window of
    the set to the average of the others, since a window draws its own average towards itself; `squared` (n,) holds the
    squared distances of all windows to the template.
    """

    size: int
    dimension: float
    intensity: float
    spread: float
    squared: Float32Array


class Components(NamedTuple):
    """The motifs of a mixture, with the variance (k,) around each and the log odds (k,) at distance 0."""

    shapes: list[Shape]
    variance: FloatArray
    peak: FloatArray

    def within_reach(self) -> IntArray:
        """Windows that may be rather an occurrence of some motif than background, ascending."""
        near = np.zeros(len(self.shapes[0].squared), dtype=bool)
        for shape, squared in zip(self.shapes, 2 * self.variance * self.peak, strict=True):
            near |= shape.squared <= np.float32(squared * _ROUNDING)
        return np.flatnonzero(near)

    def log_odds(self, windows_idx: IntArray) -> Float32Array:
        """Log odds (k, w) that each of some windows is an occurrence of each motif and not background."""
        factor = (-0.5 / self.variance).astype(np.float32)
        odds = np.stack([shape.squared[windows_idx] for shape in self.shapes]) * factor[:, None]
        odds += self.peak.astype(np.float32)[:, None]
        return odds

    def evidence(self) -> float:
        """Log odds of all windows of the motifs together, each judged by the others of its motif, less a price.

        A template is as many free numbers as there are dimensions, and more templates always lie nearer to the windows:
        without a price like that of Schwarz (1978) a frequent shape would come out as several motifs.
        """
        return sum(
            shape.size * float(peak - shape.spread / (2 * variance))
            - _PRICE * shape.dimension / 2 * float(np.log(shape.size))
            for shape, variance, peak in zip(*self, strict=True)
        )


class Mixture:
    """Windows of one series as a mixture of motifs and background.

    Parameters
    ----------
    scan : Scan
        The series, for its distances and the averages of its windows.
    null : sequence of (n, d) float32 arrays
        Windows of surrogates.
    """

    def __init__(self, scan: Scan, null: Sequence[Float32Array]) -> None:
        self.scan = scan
        sizes = [len(points) for points in null]
        step = max(1, sum(sizes) // _BACKGROUND)
        first = -np.cumsum([0, *sizes[:-1]]) % step  # where the even spacing goes on in each
        background = [points[start::step] for start, points in zip(first, null, strict=True)]
        self._to_background = euclidean(*background)
        self._n_background = sum(map(len, background))
        self._shapes: dict[bytes, Shape] = {}

    def fit(self, sets: Sequence[IntArray]) -> Components:
        """Components for sets of two windows or more."""
        shapes = [self._shape(idx) for idx in sets]
        n, dimension, intensity, spread = np.array([shape[:4] for shape in shapes], dtype=float).T
        variance = spread / dimension
        pooled = (variance * n).sum() / n.sum()
        variance = (variance * n + pooled * _SHRINKAGE) / (n + _SHRINKAGE) + _TINY
        density = np.log(2) - gammaln(dimension / 2) - dimension / 2 * np.log(2 * variance)
        prior = np.log(n / len(self.scan))
        return Components(shapes, variance, prior + density - intensity)

    def assign(self, windows_idx: IntArray, log_odds: Float32Array) -> list[IntArray]:
        """Of some windows (w,) with log odds (k, w) those that are rather occurrences than not, none overlapping.

        Each goes to its likeliest motif; of those that overlap the likeliest stays.
        """
        likeliest = log_odds.argmax(axis=0)
        claims = []
        for k, odds in enumerate(log_odds):
            mine = (likeliest == k) & (odds > 0)
            claims.append((windows_idx[mine], -odds[mine]))
        return assign_to_nearest(claims, self.scan.position, self.scan.gap)

    def refined(self, sets: Sequence[IntArray], n_rounds: int = 12) -> tuple[list[IntArray], float]:
        """Sets with the most evidence on the way of fitting and assigning by turns, and that evidence.

        Sets that come down to a single window are dropped.
        """
        best: tuple[list[IntArray], float] = [], -np.inf
        current = _recurring(sets)
        if not current:
            return best
        fitted = self.fit(current)
        for _ in range(n_rounds):
            near = fitted.within_reach()
            before, current = current, _recurring(self.assign(near, fitted.log_odds(near)))
            if not current:
                break
            fitted = self.fit(current)
            evidence = fitted.evidence()
            if evidence > best[1]:
                best = current, evidence
            if _equal(before, current):
                break
        return best

    def _shape(self, idx: IntArray) -> Shape:
        idx = np.sort(idx)
        key = idx.tobytes()
        shape = self._shapes.get(key)  # exchanges share what is remembered, and one may clear it
        if shape is None:
            if len(self._shapes) * len(self.scan) > _REMEMBERED:
                self._shapes.clear()
            query = self.scan.windows.average(idx).astype(np.float32)[None]
            shape = Shape(
                len(idx), *self._background(query), self._spread(idx), self.scan.distances(query)[0]
            )
            self._shapes[key] = shape
        return shape

    def _background(self, query: Float32Array) -> tuple[float, float]:
        """Dimension m and log intensity around a template: of n windows, n exp(intensity) d^(m-1) lie at distance d.

        The dimension is Hill's estimate (1975) from the distances of the nearest windows.
        """
        around = max(2, int(_AROUND * self._n_background))
        squared = self._to_background(query)[0]
        squared.partition(min(around, len(squared)) - 1)
        log_distance = 0.5 * np.log(np.maximum(squared[:around].astype(float), _TINY))
        reach = log_distance.max()
        dimension = len(log_distance) / max(float((reach - log_distance).sum()), _TINY)
        share = np.log(len(log_distance) / self._n_background)
        return dimension, float(share + np.log(dimension) - dimension * reach)

    def _spread(self, idx: IntArray) -> float:
        """Mean squared distance of a window of a set to the average of the others."""
        windows = self.scan.windows
        points = windows.points[idx]
        others = (points.sum(axis=0) - points) / (len(idx) - 1)
        shape = (len(idx), windows.length, windows.n_channels)
        mean, _ = normalize_windows(others.reshape(shape), windows.normalize, joint=windows.joint)
        return float(((points - mean) ** 2).sum(axis=1).mean())


def _recurring(sets: Sequence[IntArray]) -> list[IntArray]:
    return [idx for idx in sets if len(idx) > 1]


def _equal(one: Sequence[IntArray], other: Sequence[IntArray]) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(np.sort(a), np.sort(b)) for a, b in zip(one, other, strict=True)
    )
