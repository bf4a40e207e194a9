"""Mined and learned rows of a bank on one map."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from motifkit.types import FloatArray


class Embeddings(NamedTuple):
    """Rows of a bank before and after learning.

    Parameters
    ----------
    mined : (n, D) float array
        Mined values, one for each of `labels`.
    learned : (K, D) float array
        All rows, in the order of the bank.
    labels : tuple of str
        Of the motifs.
    """

    mined: FloatArray
    learned: FloatArray
    labels: tuple[str, ...]


class EmbeddingMap(NamedTuple):
    """Places on the map.

    `mined` is (n, 2) and `learned` (K, 2); `shares` are the parts of the variance that the two axes show. Rows that
    hold NaN or have no direction are NaN.
    """

    mined: FloatArray
    learned: FloatArray
    shares: tuple[float, float]


def embedding_map(embeddings: Embeddings) -> EmbeddingMap:
    """Directions of mined and learned rows in the plane of their first two principal components.

    Rows are brought to length 1 first, since attention and drift go by the cosine.

    Parameters
    ----------
    embeddings : Embeddings

    Raises
    ------
    ValueError
        When the widths differ, or there is not one label for each mined row.

    Examples
    --------
    >>> rows = np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    >>> found = embedding_map(Embeddings(rows, 3 * rows, ("A", "B")))
    >>> np.allclose(found.mined, found.learned), [round(share, 6) for share in found.shares]
    (True, [1.0, 0.0])
    """
    mined, learned, labels = embeddings
    if mined.ndim != 2 or learned.ndim != 2 or mined.shape[1] != learned.shape[1]:
        raise ValueError(
            f"mined and learned rows must be (n, D) and (K, D), got {mined.shape} and {learned.shape}"
        )
    if len(labels) != len(mined):
        raise ValueError(f"{len(mined)} mined rows have {len(labels)} labels; give one each")
    directions = _directions(np.concatenate([mined, learned]).astype(float))
    known = np.isfinite(directions).all(axis=1)
    places = np.full((len(directions), 2), np.nan)
    shares = (0.0, 0.0)
    if known.any():
        centred = directions[known] - directions[known].mean(axis=0)
        _, spread, axes = np.linalg.svd(centred, full_matrices=False)
        axes = axes[:2] * _signs(axes[:2])
        n_axes = len(axes)
        places[known, :n_axes] = centred @ axes.T
        places[known, n_axes:] = 0.0
        parts = np.zeros(2)
        total = float((spread**2).sum())
        parts[:n_axes] = spread[:2] ** 2 / total if total > 0 else 0.0
        shares = (float(parts[0]), float(parts[1]))
    return EmbeddingMap(places[: len(mined)], places[len(mined) :], shares)


def _directions(rows: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    directions = np.full_like(rows, np.nan)
    np.divide(rows, lengths, out=directions, where=lengths > 0)
    return directions


def _signs(axes: FloatArray) -> FloatArray:
    """Signs that make the largest part of each axis positive, so that maps of the same rows are the same."""
    largest = np.abs(axes).argmax(axis=1)
    signs: FloatArray = np.where(axes[np.arange(len(axes)), largest] < 0, -1.0, 1.0)
    return signs[:, None]
