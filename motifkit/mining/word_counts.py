"""How often SAX words occur, and how often a Markov chain over their symbols would produce them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from motifkit.mining.sax_words import Symbols
from motifkit.mining.word_codes import Words, encode_words
from motifkit.types import BoolArray, FloatArray, IntArray


class WordCounts(NamedTuple):
    """The words that occur, how often, and how often a Markov chain would produce them.

    Parameters
    ----------
    words : (u, s) uint8 array
        Each word once, in the order of the alphabet.
    counts : (u,) int array
    expected : (u,) float array
    """

    words: Symbols
    counts: IntArray
    expected: FloatArray


def numerosity_reduction(codes: IntArray, position: IntArray) -> BoolArray:
    """Mark the first of each run of equal words at consecutive positions.

    A window and the next share all but one value, so that their words are often equal; counted each, slow
    stretches would pass for frequent patterns.

    Parameters
    ----------
    codes : (n,) int array
        As from `encode_words`.
    position : (n,) int array
        Ascending. A gap starts a new run.

    Returns
    -------
    (n,) bool array

    Examples
    --------
    >>> numerosity_reduction(np.array([7, 7, 7, 3, 3]), np.array([0, 1, 4, 5, 6]))
    array([ True, False,  True,  True, False])
    """
    first = np.ones(len(codes), bool)
    first[1:] = (np.diff(codes) != 0) | (np.diff(position) != 1)
    return first


def markov_expected_counts(symbols: Words, alphabet_size: int) -> WordCounts:
    """Count each word, and how often a first-order Markov chain over its symbols would produce it.

    The chain has transition probabilities of its own for each step along the word, as estimated from the same
    words: expected = n * p1(a1) * p2(a2 | a1) * ... * ps(as | a(s-1)). One transition matrix for all steps
    would not do: z-normalisation forces the segments to sum to zero, so that the last ones make up for the
    first and follow other laws. Even so the chain forgets that sum: a quarter to a half of its probability
    goes to words that no window can have, and balanced words come out far above their expectation in pure
    noise. Rank words by it if you like, but ask surrogates whether one is significant. With one or two
    symbols the chain is saturated, and `expected` equals `counts`.

    Parameters
    ----------
    symbols : (n, s) int array
        Words after numerosity reduction.
    alphabet_size : int

    Returns
    -------
    WordCounts

    Raises
    ------
    UsageError, DataError
        As `encode_words`.

    References
    ----------
    N. Castro, P. J. Azevedo, "Significant motifs in time series", Statistical Analysis and Data Mining 5
    (2012).

    Examples
    --------
    >>> from motifkit.mining.word_codes import word_text
    >>> found = markov_expected_counts(np.array([[0, 1, 0], [0, 1, 0], [1, 1, 1], [1, 1, 1]]), 2)
    >>> [word_text(w) for w in found.words], found.counts, found.expected
    (['aba', 'bbb'], array([2, 2]), array([1., 1.]))
    """
    _, first, counts = np.unique(encode_words(symbols, alphabet_size), return_index=True, return_counts=True)
    words = symbols[first].astype(np.uint8)
    n, length = symbols.shape
    expected = (
        np.bincount(symbols[:, 0], minlength=alphabet_size)[words[:, 0]].astype(float) if n else np.zeros(0)
    )
    for i in range(1, length if n else 0):
        pairs = symbols[:, i - 1].astype(np.int64) * alphabet_size + symbols[:, i]
        table = np.bincount(pairs, minlength=alphabet_size**2).reshape(alphabet_size, alphabet_size)
        before, after = words[:, i - 1], words[:, i]
        expected *= table[before, after] / table.sum(axis=1)[before]
    return WordCounts(words, counts.astype(np.int64), expected)
