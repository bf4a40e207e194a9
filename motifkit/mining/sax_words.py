"""Symbolic aggregate approximation (SAX): windows as short words over a small alphabet.

A z-normalised window is cut into segments, each segment's mean becomes one of `alphabet_size` symbols that
would be equally frequent if single values were normal, and the symbols make a word.

References
----------
J. Lin, E. Keogh, L. Wei, S. Lonardi, "Experiencing SAX: a novel symbolic representation of time series", Data
Mining and Knowledge Discovery 15 (2007).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from motifkit.errors import DataError, UsageError
from motifkit.types import FloatArray

Symbols: TypeAlias = npt.NDArray[np.uint8]
_LARGEST_ALPHABET = 26  # one letter a symbol


def gaussian_breakpoints(alphabet_size: int) -> FloatArray:
    """Borders that cut the standard normal distribution in equally likely parts.

    Parameters
    ----------
    alphabet_size : int
        From 2 to 26.

    Returns
    -------
    (alphabet_size - 1,) float array
        Ascending.

    Raises
    ------
    UsageError
        When `alphabet_size` is out of range.

    Examples
    --------
    >>> gaussian_breakpoints(4).round(3)
    array([-0.674,  0.   ,  0.674])
    """
    if not 2 <= alphabet_size <= _LARGEST_ALPHABET:
        raise UsageError(
            f"alphabet_size must be from 2 to {_LARGEST_ALPHABET}, got {alphabet_size}; 5 is usual"
        )
    borders: FloatArray = ndtri(np.arange(1, alphabet_size) / alphabet_size)
    return borders


def paa(windows: npt.ArrayLike, n_segments: int) -> FloatArray:
    """Piecewise aggregate approximation: the mean of each of `n_segments` equal parts of a window.

    Where `n_segments` does not divide the length, a value on a border counts for both parts by its share, so
    that the mean of the window is kept and MINDIST stays a lower bound. tslearn drops the remainder instead;
    the two agree where `n_segments` divides the length.

    Parameters
    ----------
    windows : (n, m) or (n, m, c) array
    n_segments : int
        From 1 to m.

    Returns
    -------
    (n, n_segments) or (n, n_segments, c) float array

    Raises
    ------
    UsageError
        When `n_segments` is out of range.
    DataError
        When `windows` has another number of axes.

    References
    ----------
    E. Keogh, K. Chakrabarti, M. Pazzani, S. Mehrotra, "Dimensionality reduction for fast similarity search in
    large time series databases", Knowledge and Information Systems 3 (2001).

    Examples
    --------
    >>> paa([[1.0, 3.0, 5.0, 9.0]], 2)
    array([[2., 7.]])
    >>> paa([[1.0, 2.0, 6.0]], 2).round(3)
    array([[1.333, 4.667]])
    """
    x = np.asarray(windows, dtype=float)
    if x.ndim not in (2, 3):
        raise DataError(f"windows must be (n, m) or (n, m, c), got shape {x.shape}; stack them in one array")
    n, m = x.shape[:2]
    if not 1 <= n_segments <= m:
        raise UsageError(f"n_segments must be from 1 to the window length {m}, got {n_segments}; lower it")
    if m % n_segments == 0:
        means: FloatArray = x.reshape(n, n_segments, m // n_segments, *x.shape[2:]).mean(axis=2)
        return means
    borders = np.arange(n_segments + 1) * (m / n_segments)
    steps = np.arange(m)[:, None]
    # Overlap of each step with each segment, (m, s).
    share = np.minimum(borders[1:], steps + 1) - np.maximum(borders[:-1], steps)
    weights = np.maximum(share, 0.0) * (n_segments / m)
    shared: FloatArray = np.einsum("nm...,ms->ns...", x, weights)
    return shared


def sax_words(
    windows: npt.ArrayLike, n_segments: int = 4, alphabet_size: int = 5, *, n_channels: int = 1
) -> Symbols:
    """SAX word of each window.

    Equal to `tslearn.piecewise.SymbolicAggregateApproximation` on the same windows where `n_segments` divides
    the length; a mean on a breakpoint takes the higher symbol.

    Parameters
    ----------
    windows : (n, m), (n, m * n_channels) or (n, m, c) array
        Already z-normalised, else the symbols are not equally likely. Flat windows of several channels are
        row-major, as `Windows.points`.
    n_segments : int
        Symbols a channel, from 1 to m.
    alphabet_size : int
        From 2 to 26.
    n_channels : int
        Channels of flat windows.

    Returns
    -------
    (n, n_segments * c) uint8 array
        Symbols from 0, the lowest; the word of the first channel, then that of the second, and so on.

    Raises
    ------
    UsageError
        When `n_segments` or `alphabet_size` is out of range.
    DataError
        When the shape does not fit, or a value is NaN.

    Examples
    --------
    >>> from motifkit.mining.word_codes import word_text
    >>> words = sax_words([[-1.5, -0.5, 0.5, 1.5], [0.5, 0.5, -1.5, 0.5]])
    >>> [word_text(w) for w in words]
    ['abde', 'ddad']
    """
    x = np.asarray(windows, dtype=float)
    if x.ndim == 2:
        if n_channels < 1 or x.shape[1] % n_channels:
            raise DataError(
                f"n_channels must divide the {x.shape[1]} values of a window, got {n_channels}; correct it"
            )
        x = x.reshape(len(x), -1, n_channels) if n_channels > 1 else x
    means = paa(x, n_segments)
    if np.isnan(means).any():
        raise DataError("windows must hold no NaN, got some; drop those windows before")
    symbols = np.zeros(means.shape, np.uint8)
    # A few comparisons of all are faster than a search for each.
    for border in gaussian_breakpoints(alphabet_size):
        symbols += means >= border
    return symbols if means.ndim == 2 else symbols.swapaxes(1, 2).reshape(len(means), -1)
