"""SAX words against the plain twin and tslearn, their bounds and their invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from motifkit.errors import DataError, UsageError
from motifkit.mining import sax_words as sax
from motifkit.mining import word_codes
from motifkit.mining.windows import normalize_windows, sliding_windows
from tests import naive_sax


def windows_of(n, m, c=1, seed=0):
    """z-normalised windows of a random walk, (n, m, c)."""
    walk = np.random.default_rng(seed).normal(size=(n + m - 1, c)).cumsum(axis=0)
    points, _ = normalize_windows(sliding_windows(walk, m))
    return points.reshape(n, m, c)


def normal_windows(m):
    """Hypothesis: two z-normalised windows of length m."""
    values = st.floats(-1e3, 1e3).map(lambda v: round(v, 3))
    return arrays(float, (2, m, 1), elements=values).map(lambda w: normalize_windows(w)[0])


@pytest.mark.parametrize(
    ("m", "n_segments"), [(3, 1), (3, 3), (4, 4), (4, 2), (16, 4), (16, 16), (10, 4), (7, 3)]
)
@pytest.mark.parametrize("alphabet_size", [2, 5, 26])
def test_words_equal_the_twin(m, n_segments, alphabet_size):
    w = windows_of(60, m)[..., 0]
    w[0] = 0  # what windows.py makes of a constant window
    expected = [naive_sax.word(one, n_segments, alphabet_size) for one in w.tolist()]
    assert sax.sax_words(w, n_segments, alphabet_size).tolist() == expected
    np.testing.assert_allclose(
        sax.paa(w, n_segments), [naive_sax.paa(one, n_segments) for one in w.tolist()], atol=1e-12
    )


@pytest.mark.parametrize(("m", "n_segments"), [(3, 1), (4, 4), (16, 4), (64, 4), (300, 1), (27, 3)])
@pytest.mark.parametrize("alphabet_size", [2, 5, 10])
@pytest.mark.parametrize("c", [1, 3])
@pytest.mark.usefixtures("tslearn")
def test_words_equal_tslearn(m, n_segments, alphabet_size, c):
    from tslearn.piecewise import PiecewiseAggregateApproximation, SymbolicAggregateApproximation

    w = windows_of(20, m, c, seed=m)  # few, for tslearn writes them all out as text
    w[0] = 0
    reference = SymbolicAggregateApproximation(n_segments, alphabet_size).fit_transform(w)
    words = sax.sax_words(w, n_segments, alphabet_size)
    np.testing.assert_array_equal(words, reference.swapaxes(1, 2).reshape(len(w), -1))
    np.testing.assert_array_equal(
        sax.sax_words(w.reshape(len(w), -1), n_segments, alphabet_size, n_channels=c), words
    )
    np.testing.assert_array_equal(
        sax.paa(w, n_segments), PiecewiseAggregateApproximation(n_segments).fit_transform(w)
    )


@pytest.mark.parametrize("alphabet_size", [2, 3, 4, 5, 8, 26])
@pytest.mark.usefixtures("tslearn")
def test_a_mean_on_a_breakpoint_takes_the_higher_symbol_as_in_tslearn(alphabet_size):
    from tslearn.piecewise import SymbolicAggregateApproximation

    borders = sax.gaussian_breakpoints(alphabet_size)
    w = np.stack([borders, np.nextafter(borders, -9), np.nextafter(borders, 9)])
    reference = SymbolicAggregateApproximation(w.shape[1], alphabet_size).fit_transform(w[..., None])
    words = sax.sax_words(w, w.shape[1], alphabet_size)
    np.testing.assert_array_equal(words, reference[..., 0])
    assert words[0].tolist() == list(range(1, alphabet_size))
    assert words[1].tolist() == list(range(alphabet_size - 1))
    np.testing.assert_allclose(borders, naive_sax.breakpoints(alphabet_size), atol=1e-12)


def test_float32_gives_the_words_of_the_same_values():
    w = windows_of(200, 16)[..., 0].astype(np.float32)
    np.testing.assert_array_equal(sax.sax_words(w), sax.sax_words(w.astype(float)))


def test_no_windows_give_no_words():
    assert sax.sax_words(np.empty((0, 8))).shape == (0, 4)
    assert word_codes.encode_words(np.empty((0, 4), np.uint8), 5).shape == (0,)


@given(st.integers(3, 20), st.data())
@settings(max_examples=60, deadline=None)
def test_mindist_is_a_lower_bound_and_paa_keeps_the_mean(m, data):
    w = data.draw(normal_windows(m))
    n_segments, alphabet_size = data.draw(st.integers(1, m)), data.draw(st.integers(2, 12))
    words = sax.sax_words(w, n_segments, alphabet_size)
    bound = word_codes.mindist(words[0], words[1], m, alphabet_size)
    assert bound <= np.linalg.norm(w[0] - w[1]) + 1e-9
    assert bound == word_codes.mindist(words[1], words[0], m, alphabet_size)
    np.testing.assert_allclose(bound, naive_sax.mindist(words[0], words[1], m, alphabet_size), atol=1e-9)
    np.testing.assert_allclose(sax.paa(w, n_segments).mean(axis=1), w.mean(axis=1), atol=1e-9)


@given(st.floats(0.01, 100), st.floats(-1e3, 1e3), st.integers(0, 50))
@settings(max_examples=50, deadline=None)
def test_words_do_not_depend_on_scale_and_shift(scale, shift, seed):
    w = np.random.default_rng(seed).normal(size=(20, 12, 1))
    words = [sax.sax_words(normalize_windows(x)[0]) for x in (w, w * scale + shift)]
    means = sax.paa(normalize_windows(w)[0], 4)
    far = np.abs(means[..., None] - sax.gaussian_breakpoints(5)).min(axis=(1, 2)) > 1e-9
    np.testing.assert_array_equal(words[0][far], words[1][far])


def test_mindist_takes_many_words_and_several_channels():
    w = windows_of(40, 8, 2)
    words = sax.sax_words(w, 4, 6)
    bounds = word_codes.mindist(words[:, None], words[None], 16, 6)
    distances = np.linalg.norm((w[:, None] - w[None]).reshape(40, 40, -1), axis=-1)
    assert (bounds <= distances + 1e-9).all()
    assert bounds.max() > 1
    assert bounds[3, 7] == pytest.approx(naive_sax.mindist(words[3], words[7], 16, 6))


def test_codes_order_words_as_the_alphabet_does():
    words = sax.sax_words(windows_of(500, 16)[..., 0])
    codes = word_codes.encode_words(words, 5)
    assert codes.tolist() == [naive_sax.encode(w, 5) for w in words]
    texts = [word_codes.word_text(w) for w in words]
    assert [texts[i] for i in np.argsort(codes, kind="stable")] == sorted(texts)
    assert word_codes.encode_words(np.full(27, 4), 5) == 5**27 - 1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: sax.paa(np.zeros((2, 4)), 5),
            UsageError,
            "n_segments must be from 1 to the window length 4, got 5",
        ),
        (lambda: sax.paa(np.zeros((2, 4)), 0), UsageError, "got 0"),
        (lambda: sax.paa(np.zeros(4), 2), DataError, "windows must be"),
        (
            lambda: sax.sax_words(np.zeros((2, 4)), 4, 1),
            UsageError,
            "alphabet_size must be from 2 to 26, got 1",
        ),
        (lambda: sax.sax_words(np.zeros((2, 4)), 4, 27), UsageError, "got 27"),
        (lambda: sax.sax_words(np.zeros((2, 5)), 2, n_channels=2), DataError, "n_channels must divide"),
        (lambda: sax.sax_words(np.full((2, 4), np.nan)), DataError, "NaN"),
        (lambda: word_codes.encode_words(np.zeros((1, 28), int), 5), UsageError, "5 \\*\\* 28"),
        (lambda: word_codes.encode_words(np.array([[5, 0]]), 5), DataError, "from 0 to 4, got 0 to 5"),
        (lambda: word_codes.mindist(np.array([0, 9]), np.array([0, 1]), 4, 5), DataError, "from 0 to 4"),
        (
            lambda: word_codes.mindist(np.array([0, 1]), np.array([0, 1]), 1, 5),
            UsageError,
            "m must be at least",
        ),
    ],
)
def test_bad_arguments_give_one_line(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
