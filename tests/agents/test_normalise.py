"""Running moments against those of all rows at once, and rewards against VecNormalize's rule."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.agents.normalise import RewardNormaliser, RunningMoments, discounted_sums
from motifkit.errors import CorruptFileError, UsageError
from tests import naive_gae
from tests.agents.episode_batches import random_batch, spoiled


@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(0, 7), min_size=1, max_size=6), shift=st.floats(-1e6, 1e6))
def test_batches_equal_all_at_once(sizes, shift):
    rows = np.random.default_rng(0).normal(size=(sum(sizes), 3)) * [1.0, 5.0, 0.0] + shift
    moments = RunningMoments((3,))
    for part in np.split(rows, np.cumsum(sizes)[:-1]):
        moments.update(torch.from_numpy(part))
    assert moments.count == len(rows)
    if len(rows):
        np.testing.assert_allclose(moments.mean, rows.mean(0), rtol=1e-9)
        np.testing.assert_allclose(moments.variance, rows.var(0), rtol=1e-6, atol=1e-6)


def test_before_and_without_variation():
    moments = RunningMoments()
    assert float(moments.variance) == 1 and float(moments.mean) == 0
    moments.update(torch.full((9,), 3.0))
    assert float(moments.std) == pytest.approx(1e-4)


@settings(max_examples=30, deadline=None)
@given(rewards=st.lists(st.floats(-10, 10), min_size=1, max_size=9), gamma=st.floats(0, 1))
def test_discounted_sums_equal_the_twin(rewards, gamma):
    sums = discounted_sums(torch.tensor([rewards], dtype=torch.float64), gamma)[0]
    np.testing.assert_allclose(sums, naive_gae.discounted_sums(rewards, gamma), atol=1e-9)


def test_rewards_by_the_rule():
    normaliser = RewardNormaliser(gamma=0.9)
    seen = []
    for seed in range(3):
        batch = random_batch(seed=seed)
        for i, length in enumerate(batch.lengths.tolist()):
            seen += naive_gae.discounted_sums(batch.rewards[i, :length].tolist(), 0.9)
        given = normaliser.normalise(batch.rewards, batch.mask)
        expected = batch.rewards / np.sqrt(np.var(seen) + 1e-8)
        np.testing.assert_allclose(given, expected, rtol=1e-5)
        assert given.dtype == torch.float32


def test_what_follows_the_end_changes_nothing():
    batch = random_batch()
    one, other = RewardNormaliser(), RewardNormaliser()
    exact = one.normalise(batch.rewards, batch.mask)
    assert torch.equal(exact, other.normalise(spoiled(batch.rewards, batch.mask), batch.mask))
    assert torch.equal(one.moments.variance, other.moments.variance)


def test_clip_and_scale():
    mask = torch.ones(1, 1000, dtype=torch.bool)
    rewards = torch.zeros(1, 1000)
    rewards[0, 0] = 1.0
    assert RewardNormaliser(gamma=0.0).normalise(rewards, mask).max() == 10
    batch = random_batch((50, 50))
    scaled = [RewardNormaliser().normalise(batch.rewards * c, batch.mask) for c in (1, 1000)]
    torch.testing.assert_close(*scaled, rtol=1e-4, atol=1e-5)


def test_state_round_trip():
    first, second = RewardNormaliser(), RewardNormaliser()
    first.normalise(*(lambda b: (b.rewards, b.mask))(random_batch(seed=1)))
    second.load_state(first.state())
    later = random_batch(seed=2)
    assert torch.equal(
        first.normalise(later.rewards, later.mask), second.normalise(later.rewards, later.mask)
    )
    assert all(torch.equal(first.state()[name], second.state()[name]) for name in first.state())


def test_state_is_a_copy():
    moments = RunningMoments((2,))
    moments.update(torch.ones(3, 2))
    state = moments.state()
    moments.update(torch.zeros(3, 2))
    assert (state["mean"] == 1).all() and int(state["count"]) == 3


def test_damaged_states():
    state = RunningMoments((2,)).state()
    for damaged in (
        {},
        {"count": state["count"]},
        state | {"mean": torch.zeros(3)},
        state | {"count": torch.tensor(-1)},
        state | {"squares": torch.zeros(2, 2)},
    ):
        with pytest.raises(CorruptFileError, match="checkpoint"):
            RunningMoments((2,)).load_state(damaged)


@pytest.mark.parametrize("given", [{"gamma": 1.5}, {"gamma": -0.1}, {"clip": 0}, {"gamma": "0.9"}])
def test_arguments(given):
    with pytest.raises(UsageError, match=next(iter(given))):
        RewardNormaliser(**given)
