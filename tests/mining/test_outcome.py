"""Forward returns after motifs: the plain twins, a planted lift, no lift by chance, and where there is none."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from motifkit.io.prices import as_dataset
from motifkit.mining.mine import mine
from motifkit.mining.outcome import _shifted_means, add_outcomes, forward_returns
from motifkit.types import Episode, Motif, Occurrence, TrajectoryDataset
from tests import naive_scan

LENGTH = 5


def dataset(*prices):
    return TrajectoryDataset(
        tuple(
            Episode(np.asarray(p, float)[:, None], prices=np.asarray(p, float)) if p is not None else None
            for p in prices
        ),
        ("close",),
    )


def motif(*starts, episode=0, label="A"):
    places = tuple(Occurrence(episode, s, s + LENGTH, 0.1) for s in starts)
    return Motif(np.zeros((LENGTH, 1)), places, radius=0.1, score=9.0, label=label)


def random_prices(n, seed, steps=0.01):
    return 100 * np.exp(np.cumsum(steps * np.random.default_rng(seed).normal(size=n)))


def prices_with_lift(starts, n, horizon, lift, seed=0):
    """A random walk of logarithms that gains `lift` within the horizon after each motif."""
    changes = 0.01 * np.random.default_rng(seed).normal(size=n)
    for start in starts:
        end = start + LENGTH
        changes[end : end + horizon] += lift / horizon
    return 100 * np.exp(np.cumsum(changes))


STARTS = tuple(range(10, 960, 50))


class TestForwardReturns:
    @settings(max_examples=60, deadline=None)
    @given(
        prices=st.lists(
            arrays(float, st.integers(1, 25), elements=st.floats(1e-3, 1e6)), min_size=1, max_size=3
        ),
        horizon=st.integers(1, 8),
    )
    def test_equal_the_twin(self, prices, horizon):
        found = forward_returns(dataset(*prices), horizon)
        expected = [naive_scan.forward_returns(p.tolist(), horizon) for p in prices]
        flat = [r for one in expected for r in one if r is not None]
        if found is None:
            assert not flat
            return
        values, where = found
        np.testing.assert_allclose(values, flat)
        for one, index in zip(expected, where, strict=True):
            assert [None if i < 0 else values[i] for i in index] == pytest.approx(one)

    def test_missing_prices_have_no_return(self):
        prices = np.array([1.0, np.nan, 2.0, 4.0, 0.0, 1.0])
        values, where = forward_returns(dataset(prices), 1)
        assert values.tolist() == [1.0, -1.0]
        assert [i.tolist() for i in where] == [[-1, -1, 0, 1, -1, -1]]

    def test_a_horizon_beyond_the_data_gives_none(self):
        assert forward_returns(dataset([1.0, 2.0, 3.0]), 3) is None
        assert forward_returns(TrajectoryDataset((Episode(np.ones((9, 1))),), ("x",)), 1) is None


@settings(max_examples=60, deadline=None)
@given(
    returns=arrays(float, st.integers(1, 40), elements=st.floats(-1, 1).map(lambda v: round(v, 6))),
    data=st.data(),
)
def test_means_of_all_circular_shifts_equal_the_twin(returns, data):
    index = st.integers(0, len(returns) - 1)
    at = np.array(data.draw(st.lists(index, min_size=1, max_size=10, unique=True)))
    expected = naive_scan.shifted_means(returns.tolist(), at.tolist())
    np.testing.assert_allclose(_shifted_means(returns, at), expected, atol=1e-12)


class TestOutcome:
    def outcome(self, prices, starts=STARTS, horizon=10):
        return add_outcomes([motif(*starts)], dataset(prices), horizon)[0].outcome

    @pytest.mark.parametrize("lift", [0.05, -0.05])
    def test_a_planted_lift_is_found(self, lift):
        outcome = self.outcome(prices_with_lift(STARTS, 1000, 10, lift))
        assert outcome.q_value < 0.05 and outcome.n == len(STARTS) and outcome.horizon == 10
        assert outcome.low < outcome.lift < outcome.high
        assert not outcome.low <= 0 <= outcome.high and outcome.lift * lift > 0
        assert outcome.lift == pytest.approx(lift, abs=0.025)

    def test_random_prices_have_no_lift_for_most_seeds(self):
        p = [self.outcome(random_prices(1000, seed)).p_value for seed in range(60)]
        assert np.mean(np.array(p) < 0.05) <= 0.15
        assert np.mean(np.array(p) < 0.5) <= 0.75

    def test_the_interval_mostly_covers_no_lift_when_there_is_none(self):
        outcomes = [self.outcome(random_prices(1000, seed)) for seed in range(60)]
        assert np.mean([o.low <= 0 <= o.high for o in outcomes]) >= 0.85

    def test_numbers_are_what_they_are_called(self):
        prices = random_prices(300, 0)
        starts = (3, 40, 77, 150)
        outcome = self.outcome(prices, starts, horizon=7)
        forward = naive_scan.forward_returns(prices.tolist(), 7)
        after = [forward[s + LENGTH - 1] for s in starts]
        usual = [r for r in forward if r is not None]
        assert outcome.mean == pytest.approx(np.mean(after))
        assert outcome.unconditional == pytest.approx(np.mean(usual))
        assert outcome.lift == pytest.approx(outcome.mean - outcome.unconditional)
        shifted = naive_scan.shifted_means(usual, [s + LENGTH - 1 for s in starts])[1:]
        reached = sum(abs(m - np.mean(usual)) >= abs(outcome.lift) for m in shifted)
        assert outcome.p_value == pytest.approx((1 + reached) / (1 + len(shifted)))
        low, high = np.quantile(np.array(shifted) - np.mean(usual), [0.025, 0.975])
        assert (outcome.low, outcome.high) == pytest.approx((outcome.lift - high, outcome.lift - low))

    def test_occurrences_too_near_to_the_end_are_left_out(self):
        prices = random_prices(100, 0)
        assert self.outcome(prices, (0, 50, 86, 91), horizon=10).n == 2
        assert self.outcome(prices, (0, 50, 85, 91), horizon=10).n == 3  # row 89 has row 99 after it
        assert self.outcome(prices, (86, 91), horizon=10) is None

    def test_a_horizon_beyond_the_data_gives_none(self):
        assert self.outcome(random_prices(100, 0), (0, 50), horizon=100) is None
        assert self.outcome(random_prices(100, 0), (0, 50), horizon=99) is None

    def test_constant_prices_have_no_lift(self):
        outcome = self.outcome(np.full(200, 5.0), (0, 50, 100), horizon=5)
        assert (outcome.lift, outcome.low, outcome.high, outcome.p_value) == (0, 0, 0, 1)

    def test_episodes_are_kept_apart(self):
        one, two = random_prices(60, 0), random_prices(80, 1)
        found = add_outcomes([motif(3, 30, episode=1)], dataset(one, two), 6)[0].outcome
        forward = naive_scan.forward_returns(two.tolist(), 6)
        assert found.mean == pytest.approx(np.mean([forward[7], forward[34]]))

    def test_scale_of_the_prices_does_not_matter(self):
        prices = random_prices(300, 2)
        plain = self.outcome(prices, (3, 40, 77))
        for scale in (1e-300, 1e300):
            other = self.outcome(prices * scale, (3, 40, 77))
            assert (other.lift, other.low, other.high) == pytest.approx((plain.lift, plain.low, plain.high))

    def test_one_absurd_return_leaves_finite_numbers(self):
        prices = random_prices(200, 0)
        prices[100] = 1e-290
        outcome = self.outcome(prices, (3, 40, 77))
        assert all(math.isfinite(v) for v in (outcome.mean, outcome.lift, outcome.low, outcome.high))
        assert 0 < outcome.p_value <= 1

    def test_q_values_are_over_all_motifs_with_an_outcome(self):
        prices = prices_with_lift(STARTS, 1000, 10, 0.05)
        motifs = [motif(*STARTS), motif(995, 990, label="B"), motif(25, 333, 700, label="C")]
        first, none, third = (m.outcome for m in add_outcomes(motifs, dataset(prices), 10))
        assert none is None
        expected = naive_scan.benjamini_hochberg([first.p_value, third.p_value])
        assert [first.q_value, third.q_value] == pytest.approx(expected)


class TestThroughMine:
    def test_horizon_is_the_length_unless_given(self):
        prices = random_prices(200, 0)
        for horizon in (None, 9):
            result = mine(prices, 6, n_motifs=2, n_surrogates=0, horizon=horizon)
            assert {m.outcome.horizon for m in result.motifs} == {horizon or 6}
            assert result.parameters["horizon"] == (horizon or 6)

    @pytest.mark.parametrize("transform", ["log", "return"])
    def test_returns_are_of_prices_whatever_the_transform(self, transform):
        prices = random_prices(300, 1)
        result = mine(prices, 6, n_motifs=1, n_surrogates=0, transform=transform)
        shift = 1 if transform == "return" else 0
        forward = naive_scan.forward_returns(prices[shift:].tolist(), 6)
        after = [forward[o.end - 1] for o in result.motifs[0].occurrences]
        assert result.motifs[0].outcome.mean == pytest.approx(np.mean([r for r in after if r is not None]))

    @pytest.mark.parametrize("prices", [np.r_[random_prices(99, 0), 0.0], -random_prices(100, 0)])
    def test_prices_that_are_not_positive_have_no_outcome(self, prices):
        assert as_dataset(prices).episodes[0].prices is None
        assert all(m.outcome is None for m in mine(prices, 6, n_surrogates=0).motifs)

    def test_trajectories_have_no_outcome(self):
        data = TrajectoryDataset((Episode(random_prices(100, 0)[:, None]),), ("x",))
        result = mine(data, 6, n_surrogates=0)
        assert result.motifs and all(m.outcome is None for m in result.motifs)
