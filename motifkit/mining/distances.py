"""Squared distances between many queries and the points of a set, in single precision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Float32Array: TypeAlias = npt.NDArray[np.float32]

ALL = slice(None)
_BLOCK = 4_000_000  # distances that are held at once
_RESOLUTION = 2 * np.finfo(np.float32).eps  # of squared distances, in the squared lengths of both ends


class Distances(Protocol):
    """Squared distances of queries to the points of a set that is prepared for it."""

    def __call__(self, queries: Float32Array, among: slice = ALL, /) -> Float32Array:
        """From queries (q, d) to (q, n) float32, to all points or to a stretch of them."""


class Metric(Protocol):
    """Prepares points for queries; what depends on the points alone is done once."""

    def __call__(self, *parts: Float32Array) -> Distances:
        """From the points (n_i, d) of one part or several to the distances to all of them, in this order."""


def euclidean(*parts: Float32Array) -> Distances:
    """Squared Euclidean distances to some points, by one matrix product.

    What single precision cannot tell from 0 is 0, so that equal windows are equally near.

    Examples
    --------
    >>> euclidean(np.array([[3, 4], [0, 1]], np.float32))(np.zeros((1, 2), np.float32)).round(4)
    array([[25.,  1.]], dtype=float32)
    """
    # |q - p|^2 = [-2q, 1, |q|^2] . [p, |p|^2, 1]: the product does the sums, which saves passes over the result.
    # Points are columns: of a single query the product is then up to six times as fast.
    d = parts[0].shape[1]
    right = np.ones((d + 2, sum(map(len, parts))), np.float32)
    points = np.concatenate([part.T for part in parts], axis=1, out=right[:d])
    np.einsum("ij,ij->j", points, points, out=right[d])
    right[d] *= np.float32(1 - _RESOLUTION)

    def distances(queries: Float32Array, among: slice = ALL, /) -> Float32Array:
        left = np.empty((len(queries), d + 2), np.float32)
        np.multiply(queries, np.float32(-2), out=left[:, :d])
        left[:, d] = 1
        np.einsum("ij,ij->i", queries, queries, out=left[:, d + 1])
        left[:, d + 1] *= np.float32(1 - _RESOLUTION)
        squared: Float32Array = left @ right[:, among]
        np.maximum(squared, 0, out=squared)
        return squared

    return distances


def blocks(n_queries: int, n_points: int) -> Iterator[slice]:
    """Stretches of the queries whose distances to so many points are held at once.

    Examples
    --------
    >>> list(blocks(5, 2_000_000))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    step = max(1, _BLOCK // max(1, n_points))
    for start in range(0, n_queries, step):
        yield slice(start, min(n_queries, start + step))
