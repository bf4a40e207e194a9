"""Evaluation passes states, balances targets, and leaves the environment alone."""

from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest

from motifkit.envs.memory_task import MemoryTaskEnv
from motifkit.errors import DataError, UsageError
from motifkit.evaluation.episodes import evaluate_policy
from tests.evaluation.stub_agents import Rememberer


@pytest.mark.parametrize("difficulty", [0, 1])
def test_states_are_carried(difficulty):
    agent = Rememberer()
    returns = evaluate_policy(agent, MemoryTaskEnv(8, difficulty), 130, seed=0)
    assert (returns == 1).all() and returns.shape == (130,)
    first, *later = agent.calls[:8]
    assert first.state is None and first.starts.all() and first.deterministic
    assert all(call.state is not None and not call.starts.any() for call in later)
    assert len(agent.calls) == 16 and agent.calls[8].state is None  # the second wave begins anew


def test_targets_are_balanced():
    for seed in range(5):
        returns = evaluate_policy(Rememberer(blind=True), MemoryTaskEnv(2), 100, seed=seed)
        assert returns.sum() == 0


def test_seeds():
    env = MemoryTaskEnv(2, 1)
    agent = Rememberer(blind=True)
    same = [evaluate_policy(agent, env, 50, seed=3) for _ in range(2)]
    other = evaluate_policy(agent, env, 50, seed=4)
    assert (same[0] == same[1]).all() and (same[0] != other).any()


def test_the_environment_is_not_stepped():
    env = MemoryTaskEnv(4)
    env.reset(seed=0)
    before = env.np_random.bit_generator.state
    evaluate_policy(Rememberer(), env, 10, seed=0)
    assert env.np_random.bit_generator.state == before


class SelfEvaluator(Rememberer):
    """Notes how it was asked to evaluate itself."""

    def __init__(self, n_envs):
        super().__init__()
        self.n_envs, self.asked = n_envs, []

    def evaluate(self, env=None, n_episodes=100, deterministic=True, seed=None, options=None):
        self.asked.append(SimpleNamespace(**{k: v for k, v in locals().items() if k != "self"}))
        return SimpleNamespace(returns=np.arange(n_episodes))


def test_agents_evaluate_themselves():
    agent, env = SelfEvaluator(n_envs=64), MemoryTaskEnv(4, 1)
    returns = evaluate_policy(agent, env, 100, seed=7, deterministic=False)
    assert returns.dtype == float and returns.tolist() == [*range(64), *range(36)]
    assert [asked.n_episodes for asked in agent.asked] == [64, 36]  # so that each batch is balanced
    assert all(asked.options == {"balanced": True} and not asked.deterministic for asked in agent.asked)
    assert agent.asked[0].env is env and agent.asked[0].seed != agent.asked[1].seed
    other = SelfEvaluator(n_envs=64)
    evaluate_policy(other, Lengths(), 100)
    assert [(asked.n_episodes, asked.options) for asked in other.asked] == [(100, None)]


def test_with_the_real_agent():
    from motifkit.evaluation.contestants import default_agent

    env = MemoryTaskEnv(2)
    agent = default_agent(env)
    returns = [evaluate_policy(agent, env, 100, seed=seed) for seed in (0, 0, 1)]
    assert set(returns[0]) <= {-1.0, 1.0} and (returns[0] == returns[1]).all()
    assert agent.num_timesteps == 0 and len(agent.get_episodic_buffer()) == 0
    weights = [
        [p.detach().numpy() for p in default_agent(env, seed).policy.parameters()] for seed in (0, 0, 1)
    ]
    assert all((a == b).all() for a, b in zip(weights[0], weights[1], strict=True))
    assert any((a != b).any() for a, b in zip(weights[0], weights[2], strict=True))


class Lengths(gymnasium.Env):
    """Pays 1 a step for as many steps as its seed says."""

    observation_space = gymnasium.spaces.Box(0, 1, (1,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)
    pay = 1.0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.left = int(self.np_random.integers(1, 9))
        self.played = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        assert self.left > 0, "stepped after the end"
        self.left -= 1
        return np.zeros(1, np.float32), self.pay, self.left == 0, False, {}


def test_episodes_of_different_lengths():
    returns = evaluate_policy(Rememberer(), Lengths(), 40, seed=0)
    assert set(returns) == set(range(1, 9))
    assert (returns == evaluate_policy(Rememberer(), Lengths(), 40, seed=0)).all()


def test_bad_input():
    with pytest.raises(UsageError, match="at least 1, got 0"):
        evaluate_policy(Rememberer(), MemoryTaskEnv(2), 0)
    with pytest.raises(UsageError, match="object has no method predict"):
        evaluate_policy(object(), MemoryTaskEnv(2))
    with pytest.raises(UsageError, match="FlattenObservation"):
        evaluate_policy(Rememberer(), gymnasium.make("FrozenLake-v1"), 1)
    broken = Lengths()
    broken.pay = float("nan")
    with pytest.raises(DataError, match="not finite"):
        evaluate_policy(Rememberer(), broken, 1)
