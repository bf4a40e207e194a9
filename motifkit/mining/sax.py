"""Motifs as frequent SAX words (Lin et al. 2003): counted, compared with chance, merged with their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motifkit.mining.distances import Float32Array
from motifkit.mining.sax_words import sax_words
from motifkit.mining.scan import MIN_EXPECTED, motif_set, surprise
from motifkit.mining.select import MotifSet, neighbourhood, pick_non_overlapping, ranked
from motifkit.mining.windows import Windows
from motifkit.mining.word_codes import encode_words, mindist, word_text
from motifkit.mining.word_counts import markov_expected_counts, numerosity_reduction
from motifkit.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class _Vocabulary:
    """The words of a series, each once, and those of its surrogates.

    `symbols` (u, s) and `codes` (u,) name the words, `of_window` (n,) is the code of each window, `counts` and
    `expected` (u,) say how often they occur, runs counted once, here and by chance; `of_null` holds the codes
    of the windows of each surrogate.
    """

    symbols: IntArray
    codes: IntArray
    of_window: IntArray
    counts: IntArray
    expected: FloatArray
    of_null: list[IntArray]


def mine_sax(
    windows: Windows,
    null: list[Float32Array],
    n_motifs: int,
    *,
    n_segments: int,
    alphabet_size: int,
) -> list[MotifSet]:
    """Motif sets from the words that are more frequent than in surrogates.

    Parameters
    ----------
    windows : Windows
        z-normalised.
    null : list of (n, d) float32 arrays
        Windows of the reference surrogates.
    n_motifs : int
    n_segments, alphabet_size : int
        Of the words; `n_segments` at most the window length.

    Returns
    -------
    list of MotifSet
        Most surprising first, each with its words.
    """
    vocabulary = _count_words(windows, null, n_segments, alphabet_size)
    free = np.ones(len(vocabulary.codes), dtype=bool)
    banned = np.zeros(len(windows), dtype=bool)
    score = surprise(vocabulary.counts - 1, vocabulary.expected)
    sets: list[MotifSet] = []
    while len(sets) < n_motifs and free.any():
        seed = int(np.argmax(np.where(free, score, -np.inf)))
        if vocabulary.counts[seed] < 2:
            break
        members = _merge(vocabulary, seed, free, windows.length * windows.n_channels, alphabet_size)
        free[members] = False
        found = _occurrences(windows, vocabulary, members, banned)
        if found is not None:
            sets.append(found)
            for i in found.windows_idx:
                banned[neighbourhood(windows.position, int(i), windows.length)] = True
    return ranked(sets)


def label_words(windows: Windows, n_segments: int, alphabet_size: int) -> list[str]:
    """SAX word of every window, as text."""
    symbols = sax_words(windows.points, n_segments, alphabet_size, n_channels=windows.n_channels)
    words, of_window = np.unique(symbols, axis=0, return_inverse=True)
    texts = [word_text(word) for word in words]
    return [texts[i] for i in of_window.ravel()]


def _count_words(
    windows: Windows, null: list[Float32Array], n_segments: int, alphabet_size: int
) -> _Vocabulary:
    symbols = sax_words(windows.points, n_segments, alphabet_size, n_channels=windows.n_channels)
    of_window = encode_words(symbols, alphabet_size)
    once = numerosity_reduction(of_window, windows.position)
    words = markov_expected_counts(symbols[once], alphabet_size)
    codes = encode_words(words.words, alphabet_size)
    order = np.argsort(codes)
    of_null = [
        encode_words(
            sax_words(points, n_segments, alphabet_size, n_channels=windows.n_channels), alphabet_size
        )
        for points in null
    ]
    pooled = np.zeros(len(codes))
    for other in of_null:
        single = other[numerosity_reduction(other, np.arange(len(other)))]
        at = np.minimum(np.searchsorted(codes[order], single), len(codes) - 1)
        pooled += np.bincount(order[at[codes[order][at] == single]], minlength=len(codes))
    # The Markov chain stands for one more surrogate: it speaks for words that no surrogate shows.
    expected = (pooled + np.maximum(words.expected, 1e-3)) / (len(null) + 1)
    return _Vocabulary(words.words.astype(np.int64), codes, of_window, words.counts, expected, of_null)


def _merge(vocabulary: _Vocabulary, seed: int, free: BoolArray, m: int, alphabet_size: int) -> IntArray:
    """The seed and those neighbours that make it more surprising, best first.

    A neighbour has MINDIST 0 and differs in one symbol: where a window lies near one breakpoint, noise makes
    either word of it. Words that differ in more are windows too far apart to be one motif.
    """
    word = vocabulary.symbols[seed]
    near = mindist(word, vocabulary.symbols, m, alphabet_size) == 0
    near &= (vocabulary.symbols != word).sum(axis=1) <= 1
    near &= free
    near[seed] = False
    others = np.flatnonzero(near)
    ratio = vocabulary.counts[others] / vocabulary.expected[others]
    order = np.concatenate([[seed], others[np.argsort(-ratio, kind="stable")]]).astype(np.int64)
    together = surprise(np.cumsum(vocabulary.counts[order]) - 1, np.cumsum(vocabulary.expected[order]))
    return order[: int(together.argmax()) + 1]


def _occurrences(
    windows: Windows, vocabulary: _Vocabulary, members: IntArray, banned: BoolArray
) -> MotifSet | None:
    inside = np.flatnonzero(np.isin(vocabulary.of_window, vocabulary.codes[members]) & ~banned)
    if len(inside) < 2:
        return None
    prototype = windows.average(inside)
    order = inside[np.lexsort((inside, windows.distances(inside, prototype)))]
    idx = pick_non_overlapping(order, windows.position, windows.length, len(order))
    if len(idx) < 2:
        return None
    prototype = windows.average(idx)
    expected = _expected_apart(vocabulary, members, windows.length)
    words = tuple(word_text(vocabulary.symbols[w]) for w in members)
    return motif_set(prototype, idx, windows.distances(idx, prototype), expected, words)


def _expected_apart(vocabulary: _Vocabulary, members: IntArray, gap: int) -> float:
    """Non-overlapping windows with one of the words in a surrogate, on average."""
    n_found = 0
    for codes in vocabulary.of_null:
        free_from = 0
        for at in np.flatnonzero(np.isin(codes, vocabulary.codes[members])).tolist():
            if at >= free_from:
                n_found += 1
                free_from = at + gap
    return max(n_found, MIN_EXPECTED) / len(vocabulary.of_null)
