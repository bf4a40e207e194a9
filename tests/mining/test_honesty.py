"""Chance is not mistaken for a pattern: walks and noise give no significant motif, and p-values are uniform."""

import numpy as np
import pytest
from scipy.signal import lfilter

from motifkit.mining.mine import mine

METHODS = ("matrix_profile", "sax", "dtw")
KINDS = (
    "walk",
    "noise",
    "bursts",
    "bursts walk",
    "correlated",
    "turning",
    "smooth walk",
    "following",
    "ticks",
)


def patternless(kind, n, seed):
    rng = np.random.default_rng([7, seed])
    x = rng.normal(size=n)
    if kind.startswith("bursts"):
        x *= np.exp(log_volatility(rng.normal(size=n)))
    if kind == "correlated":  # large shocks, each of which dies away alike
        return lfilter([1], [1, -0.6], rng.standard_t(3, size=n))
    if kind == "turning":  # as prices that bounce between bid and ask
        return lfilter([1], [1, 0.6], x)
    if kind == "smooth walk":  # a moving average, as of an indicator
        return lfilter(np.ones(5) / 5, [1], rng.normal(size=n + 5).cumsum())[5:]
    if kind == "following":  # two channels, one of which does what the other did two rows before
        return np.column_stack([x, 0.9 * np.roll(x, 2) + 0.4 * rng.normal(size=n)])
    if kind == "ticks":  # a rate of exchange whose steps are smaller than a tick
        return np.round(1.085 + 6e-5 * x.cumsum(), 4)
    if kind == "cents":
        return np.round(50 + 0.02 * x.cumsum(), 2)
    return x.cumsum() if kind.endswith("walk") else x


def log_volatility(shocks):
    """First-order autoregression, as in daily returns (Taylor 1986): calm and wild months."""
    out = np.zeros(len(shocks))
    for i in range(1, len(out)):
        out[i] = 0.97 * out[i - 1] + 0.25 * shocks[i]
    return out


def n_with_motifs(kind, n, seeds, length=4, method="matrix_profile", n_motifs=10, n_surrogates=99):
    return sum(
        any(
            motif.is_significant()
            for motif in mine(
                patternless(kind, n, s), length, method, n_motifs, n_surrogates=n_surrogates
            ).motifs
        )
        for s in seeds
    )


def best_p(x, length, method, n_motifs, n_surrogates, transform="level"):
    motifs = mine(x, length, method, n_motifs, n_surrogates=n_surrogates, transform=transform).motifs
    return min((motif.p_value for motif in motifs), default=1.0)


def test_few_short_walks_and_noises_have_a_significant_motif():
    each = (n_with_motifs(kind, 150, range(2), n_motifs=3, n_surrogates=20) for kind in ("walk", "noise"))
    assert sum(each) <= 1  # at a true level of 1/21 more than 1 of 4 happen in one case of eighty


@pytest.mark.parametrize("method", ["matrix_profile", "sax"])
def test_p_values_of_patternless_series_are_not_too_small(method):
    kinds = ("walk", "noise")
    p = np.array([best_p(patternless(kinds[s % 2], 60, s), 5, method, 3, 9) for s in range(10)])
    # Of 10 uniform p-values four or fewer are at most .1 in 99.8 of 100 cases.
    assert np.count_nonzero(p <= 0.1) <= 4
    assert np.mean(p <= 0.5) <= 0.75


def test_bursts_of_volatility_are_no_motifs():
    p = np.array([best_p(patternless("bursts", 600, s), 8, "sax", 3, 9) for s in range(16)])
    # Of 16 uniform p-values six or more are at most .1 in one case of three hundred. With surrogates of which the
    # volatility is steady, ten are.
    assert np.count_nonzero(p <= 0.1) <= 5
    assert np.mean(p <= 0.5) <= 0.8


@pytest.mark.parametrize("kind", ["turning", "smooth walk", "following"])
def test_what_rows_foretell_of_each_other_is_no_motif(kind):
    p = np.array([best_p(patternless(kind, 400, s), 8, "sax", 3, 9) for s in range(12)])
    # Of 12 uniform p-values five or more are at most .1 in one case of two hundred and thirty.
    assert np.count_nonzero(p <= 0.1) <= 4
    assert np.mean(p <= 0.5) <= 0.85


@pytest.mark.parametrize(("kind", "transform"), [("ticks", "level"), ("cents", "log"), ("cents", "return")])
def test_prices_that_move_by_a_few_ticks_are_no_motifs(kind, transform):
    p = np.array([best_p(patternless(kind, 200, s), 4, "matrix_profile", 3, 4, transform) for s in range(5)])
    # Of 5 uniform p-values four or more are at most .2 in one case of a hundred and fifty. With surrogates off the grid
    # of the prices all are.
    assert np.count_nonzero(p <= 0.2) <= 3


@pytest.mark.slow
@pytest.mark.parametrize("transform", ["log", "return"])
def test_nineteen_of_twenty_prices_in_cents_are_clean(transform):
    p = [best_p(patternless("cents", 2000, s), 4, "matrix_profile", 10, 99, transform) for s in range(20)]
    assert np.count_nonzero(np.array(p) < 0.05) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("length", [4, 16])
@pytest.mark.parametrize("kind", KINDS)
def test_nineteen_of_twenty_patternless_series_are_clean(kind, length):
    assert n_with_motifs(kind, 2000, range(20), length) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("method", ["sax", "dtw"])
@pytest.mark.parametrize("kind", ["walk", "noise"])
def test_the_other_miners_are_as_honest(kind, method):
    # At a true level of .05 more than 4 of 40 happen in one case of twenty, more than 6 in one of a hundred and fifty.
    assert n_with_motifs(kind, 500, range(40), 8, method) <= 6


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_p_values_are_uniform_where_they_matter(kind, method):
    p = np.array([best_p(patternless(kind, 300, s), 8, method, 10, 99) for s in range(100)])
    for level, most in ((0.05, 12), (0.1, 20), (0.25, 38)):  # one case of two hundred each
        assert np.count_nonzero(p <= level) <= most
