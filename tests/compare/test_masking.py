"""The same episodes again, and what they lose without a row."""

import numpy as np
import pytest
import torch

from motifkit import CueMappingEnv, MemoryTaskEnv
from motifkit.compare.masking import return_losses
from motifkit.compare.playing import FreshEpisodes
from motifkit.errors import DataError, UsageError
from tests.agents.small_agents import agent_of, content, same
from tests.agents.tiny_envs import Counting
from tests.compare.cued_agent import cued
from tests.compare.small_comparisons import bank_of


def returns_of(fresh):
    return np.concatenate([batch.returns.numpy() for batch in fresh.play()])


@pytest.fixture(scope="module")
def acting():
    return cued()


def test_a_row_that_matters_costs_its_return_and_others_nothing(acting):
    agent, *_ = acting
    fresh = FreshEpisodes(agent, n_episodes=60, seed=3)
    returns = returns_of(fresh)
    losses = return_losses(agent.memory, fresh, returns)
    assert returns.mean() > 0.8
    assert losses[0].low > 0.5 and np.isclose(
        losses[0].estimate, returns.mean()
    )  # nothing is done without it
    assert all(np.allclose(loss, 0, atol=0.2) for loss in losses[1:])
    assert np.allclose(losses[3], 0)


def test_pairs_are_compared_and_the_mask_is_lifted():
    class Fresh:
        """Returns that know which row is hidden."""

        def play(self):
            hidden = bank._hidden
            row = 0 if hidden is None else 1 + int(hidden.nonzero())
            yield type("Batch", (), {"returns": torch.tensor([10.0, 20.0, 30.0]) - row})

    bank = bank_of(3)
    losses = return_losses(bank, Fresh(), np.array([10.0, 20.0, 30.0]))
    assert [tuple(loss) for loss in losses] == [(k, k, k) for k in (1, 2, 3)] and bank._hidden is None


@pytest.mark.parametrize("n_episodes", [1, 7, 300])
@pytest.mark.parametrize("make", [lambda: MemoryTaskEnv(3), Counting])
def test_exactly_so_many_episodes_the_same_each_time(make, n_episodes):
    agent = agent_of(make(), obs_dim=make().observation_space.shape[0])
    fresh = FreshEpisodes(agent, n_episodes=n_episodes, seed=5)
    first, second = returns_of(fresh), returns_of(fresh)
    assert len(first) == n_episodes and np.array_equal(first, second)
    assert np.array_equal(first, returns_of(FreshEpisodes(agent, n_episodes=n_episodes, seed=5)))
    if n_episodes == 300:
        assert not np.array_equal(first, returns_of(FreshEpisodes(agent, n_episodes=300, seed=6)))


def test_playing_leaves_the_agent_as_it_was():
    agent, twin = (agent_of(MemoryTaskEnv(3)).learn(2 * 24) for _ in range(2))
    before = torch.get_rng_state()
    list(FreshEpisodes(agent, n_episodes=20).play())
    assert same(agent, twin) and torch.equal(before, torch.get_rng_state())
    assert same(agent.learn(24), twin.learn(24))


def test_a_memory_that_lives_for_a_world_is_put_back():
    env = CueMappingEnv()
    agent = agent_of(env, obs_dim=env.observation_space.shape[0]).learn(64)
    before = content(agent)
    fresh = FreshEpisodes(agent, n_episodes=10)
    first = returns_of(fresh)
    assert len(first) >= 10 and np.array_equal(first, returns_of(fresh))
    after = content(agent)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_another_environment_must_have_the_same_spaces():
    with pytest.raises(DataError, match="the agent was trained on"):
        FreshEpisodes(agent_of(MemoryTaskEnv(3)), Counting())


@pytest.mark.parametrize(("name", "value"), [("n_episodes", 0), ("n_episodes", 2.5), ("seed", -1)])
def test_numbers_out_of_range(name, value):
    with pytest.raises(UsageError, match=f"{name}={value}"):
        FreshEpisodes(agent_of(MemoryTaskEnv(3)), **{name: value})
