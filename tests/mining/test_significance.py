"""p- and q-values against plain twins, and the sequential stopping."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from motifkit.mining.mine import mine
from motifkit.mining.null import NullModel
from motifkit.mining.significance import (
    ENOUGH,
    benjamini_hochberg,
    p_values,
    q_values,
    surrogate_maxima,
    tail_p_values,
)
from motifkit.types import Episode, TrajectoryDataset
from tests import naive_scan

scores_lists = st.lists(st.floats(0, 100), min_size=1, max_size=12)
maxima_lists = st.lists(st.floats(0, 60), min_size=1, max_size=120)


@settings(max_examples=100, deadline=None)
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_benjamini_hochberg_equals_scipy_and_the_twin(p):
    found = benjamini_hochberg(p)
    np.testing.assert_allclose(found, false_discovery_control(p), atol=1e-12)
    np.testing.assert_allclose(found, naive_scan.benjamini_hochberg(p), atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(p=st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=20))
def test_benjamini_hochberg_passes_over_missing_values(p):
    found = benjamini_hochberg(p)
    np.testing.assert_allclose(found, naive_scan.benjamini_hochberg(p), atol=1e-12)
    known = [one for one in p if not np.isnan(one)]
    np.testing.assert_array_equal(found[~np.isnan(p)], benjamini_hochberg(known))


@settings(max_examples=100, deadline=None)
@given(scores=scores_lists, maxima=maxima_lists)
def test_p_values_equal_the_twin(scores, maxima):
    np.testing.assert_allclose(p_values(scores, np.array(maxima)), naive_scan.p_values(scores, maxima))


def test_p_values_count_ties_as_reached():
    assert p_values([2.0], np.array([2.0, 1.0, 0.0])).tolist() == [0.5]


@settings(max_examples=150, deadline=None)
@given(scores=scores_lists, maxima=maxima_lists)
def test_tail_and_q_values_are_ordered_as_the_scores(scores, maxima):
    scores, maxima = np.sort(scores)[::-1], np.array(maxima)
    p, tail, q = (f(scores, maxima) for f in (p_values, tail_p_values, q_values))
    for values in (p, tail, q):
        assert ((values > 0) & (values <= 1)).all()
        assert (np.diff(values) >= -1e-9).all()
    assert (q >= p).all() and (q >= tail - 1e-12).all()


def test_tail_is_the_plain_p_value_for_few_surrogates_or_low_scores():
    rng = np.random.default_rng(0)
    few, many = rng.exponential(size=18), rng.exponential(size=99)
    scores = np.array([50.0, 1.0, 0.1])
    np.testing.assert_array_equal(tail_p_values(scores, few), p_values(scores, few))
    low = np.sort(many)[::-1][ENOUGH - 1]
    assert tail_p_values([low], many) == p_values([low], many)


def test_tail_resolves_what_the_surrogates_cannot_and_agrees_with_the_truth():
    rng = np.random.default_rng(1)
    score = 8.0
    estimates = [tail_p_values([score], rng.exponential(size=99))[0] for _ in range(200)]
    truth = np.exp(-score)
    assert truth / 3 < np.median(estimates) < 6 * truth
    assert q_values([score], rng.exponential(size=99))[0] == pytest.approx(0.01)


def test_tail_survives_maxima_that_are_all_equal():
    for value in (0.0, 3.0):
        p = tail_p_values([5.0, value], np.full(99, value))
        assert np.isfinite(p).all() and p[0] < 0.01 and p[1] == 1.0


class TestSequentialStopping:
    def null(self):
        x = np.random.default_rng(0).normal(size=(40, 1))
        return NullModel(TrajectoryDataset((Episode(x),), ("x",)), 4, "zscore", joint=False, seed=0)

    def maxima(self, values, n_threads=1, progress=None, best_found=1.0):
        """Run with a miner that gives `values` one after another, told apart by the surrogates' windows."""
        null = self.null()
        order = {null.sample(i).points.tobytes(): i for i in range(len(values))}
        return surrogate_maxima(
            null,
            lambda windows: values[order[windows.points.tobytes()]],
            len(values),
            best_found=best_found,
            n_threads=n_threads,
            progress=progress,
        )

    @pytest.mark.parametrize("n_threads", [1, 2, 3])
    def test_stops_after_ten_that_reach_the_best(self, n_threads):
        values = [1.0 if i % 3 == 0 else 0.5 for i in range(60)]
        found = self.maxima(values, n_threads)
        assert found.tolist() == values[:28]  # the tenth multiple of three is 27

    @pytest.mark.parametrize("n_threads", [1, 2])
    def test_never_stops_when_the_best_is_not_reached(self, n_threads):
        values = list(np.linspace(0, 0.999, 45))
        assert self.maxima(values, n_threads).tolist() == values

    def test_nine_are_not_enough(self):
        assert len(self.maxima([2.0] * 9 + [0.0] * 21)) == 30

    def test_progress_goes_up_to_where_it_stops(self):
        calls = []
        self.maxima([2.0] * 30, progress=lambda *call: calls.append(call))
        assert calls == [("surrogates", i, 30) for i in range(1, 11)]

    def test_mining_noise_stops_early_and_says_how_many(self):
        result = mine(np.random.default_rng(3).normal(size=100), n_motifs=3, n_surrogates=99)
        mined = result.parameters["n_surrogates_mined"]
        assert ENOUGH <= mined < 99
        assert result.motifs[0].p_value == pytest.approx((1 + ENOUGH) / (1 + mined))
        assert result.parameters["n_surrogates"] == 99


def test_no_surrogates_give_no_p_values():
    result = mine(np.random.default_rng(3).normal(size=100), n_motifs=3, n_surrogates=0)
    assert result.motifs and result.parameters["n_surrogates_mined"] == 0
    for motif in result.motifs:
        assert np.isnan(motif.p_value) and np.isnan(motif.q_value) and not motif.is_significant()
        assert motif.expected_count > 0
