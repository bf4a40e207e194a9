"""SAX words as numbers and as text, and the distance that two of them guarantee."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError, UsageError
from motifkit.mining.sax_words import gaussian_breakpoints
from motifkit.types import FloatArray, IntArray

Words: TypeAlias = npt.NDArray[np.integer[Any]]  # symbols of any integer type


def _check_symbols(symbols: Words, alphabet_size: int) -> None:
    """Raise when a symbol is not in the alphabet."""
    if symbols.size and not 0 <= symbols.min() <= symbols.max() < alphabet_size:
        raise DataError(
            f"symbols must be from 0 to {alphabet_size - 1}, got {symbols.min()} to {symbols.max()}; "
            "pass the alphabet_size that the words were made with"
        )


def encode_words(symbols: Words, alphabet_size: int) -> IntArray:
    """One number for each word, its symbols read as digits; the order is that of the alphabet.

    Parameters
    ----------
    symbols : (..., s) int array
        From 0 to alphabet_size - 1.
    alphabet_size : int

    Returns
    -------
    (...) int64 array

    Raises
    ------
    UsageError
        When the words are too long for 63 bits.
    DataError
        When a symbol is out of range.

    Examples
    --------
    >>> encode_words(np.array([[0, 0, 1], [1, 0, 4]]), 5)
    array([ 1, 29])
    """
    length = symbols.shape[-1]
    if alphabet_size**length > np.iinfo(np.int64).max:
        raise UsageError(
            f"alphabet_size ** word length must stay below 2 ** 63, got {alphabet_size} ** {length}; "
            "use fewer segments or symbols"
        )
    _check_symbols(symbols, alphabet_size)
    codes = np.zeros(symbols.shape[:-1], np.int64)
    for i in range(length):
        codes = codes * alphabet_size + symbols[..., i]
    return codes


def word_text(symbols: Words) -> str:
    """Letters of one word, "a" the lowest.

    Examples
    --------
    >>> word_text(np.array([0, 1, 3, 3]))
    'abdd'
    """
    return "".join(chr(ord("a") + int(s)) for s in symbols)


def mindist(a: Words, b: Words, m: int, alphabet_size: int) -> FloatArray:
    """Lower bound of the Euclidean distance of two windows by their words alone.

    Equal and neighbouring symbols have distance 0; others the gap between the breakpoints that part them.

    Parameters
    ----------
    a, b : (..., s) int arrays
        Words; the leading axes are broadcast.
    m : int
        Values that a word stands for: the length of a window, times its channels.
    alphabet_size : int
        From 2 to 26.

    Returns
    -------
    (...) float array
        At most the Euclidean distance of the z-normalised windows.

    Raises
    ------
    UsageError
        When `alphabet_size` is out of range, or `m` is smaller than a word.
    DataError
        When a symbol is out of range.

    Examples
    --------
    >>> float(mindist(np.array([0, 1]), np.array([4, 2]), 8, 5).round(3))
    3.366
    """
    length = a.shape[-1]
    if m < length:
        raise UsageError(f"m must be at least the word length {length}, got {m}; pass the window length")
    borders = gaussian_breakpoints(alphabet_size)
    _check_symbols(a, alphabet_size)
    _check_symbols(b, alphabet_size)
    low, high = np.r_[-np.inf, borders], np.r_[borders, np.inf]
    gaps = np.maximum(low[:, None] - high[None], low[None] - high[:, None])
    squared: FloatArray = m / length * (np.maximum(gaps, 0.0) ** 2)[a, b].sum(axis=-1)
    return np.sqrt(squared)
