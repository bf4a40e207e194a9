"""Counts of SAX words and those that a Markov chain expects, against the plain twin."""

import numpy as np
import pytest

from motifkit.mining.sax_words import sax_words
from motifkit.mining.word_codes import word_text
from motifkit.mining.word_counts import markov_expected_counts, numerosity_reduction
from tests import naive_sax
from tests.mining.test_sax_words import windows_of


def test_no_words_are_counted_as_none():
    assert numerosity_reduction(np.empty(0, np.int64), np.empty(0, np.int64)).shape == (0,)
    assert len(markov_expected_counts(np.empty((0, 4), np.uint8), 5).words) == 0


def test_numerosity_reduction_equals_the_twin():
    rng = np.random.default_rng(0)
    codes, position = rng.integers(0, 2, 300), np.flatnonzero(rng.random(400) < 0.8)[:300]
    kept = numerosity_reduction(codes, position)
    assert kept.tolist() == naive_sax.numerosity_reduction(codes, position)
    assert 0 < kept.sum() < len(kept)


def test_expected_counts_equal_the_twin():
    words = sax_words(windows_of(400, 16)[..., 0], 4, 3)
    found = markov_expected_counts(words, 3)
    expected = naive_sax.markov_expected(words)
    texts = [word_text(w) for w in words]
    assert [word_text(w) for w in found.words] == sorted(set(texts))
    assert found.counts.tolist() == [texts.count(t) for t in sorted(set(texts))]
    np.testing.assert_allclose(found.expected, [expected[tuple(w.tolist())] for w in found.words])


def test_expected_counts_of_independent_symbols_match_their_counts():
    words = np.random.default_rng(0).integers(0, 3, (20_000, 4))
    found = markov_expected_counts(words, 3)
    assert found.expected.sum() == pytest.approx(20_000)
    assert np.abs((found.counts - found.expected) / np.sqrt(found.expected)).max() < 4


@pytest.mark.parametrize("length", [1, 2])
def test_short_words_are_as_frequent_as_the_chain_expects(length):
    words = np.random.default_rng(0).integers(0, 3, (50, length))
    found = markov_expected_counts(words, 3)
    np.testing.assert_allclose(found.expected, found.counts)
