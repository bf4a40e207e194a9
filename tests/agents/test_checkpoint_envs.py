"""A checkpoint makes the environment again that an agent was trained in, or says that it cannot."""

import gymnasium
import numpy as np
import pytest
from gymnasium.wrappers import TimeLimit, TransformReward

from motifkit import MemoryTaskEnv, StrategicMemoryTransformerPolicy, TraceRL, TradingEnv
from motifkit.agents.env_description import env_description
from motifkit.errors import UsageError
from motifkit.io.samples import sample_path
from tests.agents.tiny_envs import Paying


class Sub(MemoryTaskEnv):
    """Carries the spec of its parent."""


class Weighted(Paying):
    """Takes an array."""

    def __init__(self, weights=None, pay=1.0):
        super().__init__(pay)
        self.weights = weights


@pytest.fixture(autouse=True, scope="module")
def _registered():
    gymnasium.register("tests/Weighted-v0", Weighted, max_episode_steps=9)
    yield
    del gymnasium.registry["tests/Weighted-v0"]


def loaded(env, tmp_path):
    agent = TraceRL(StrategicMemoryTransformerPolicy, env, seed=0, n_envs=2)
    return TraceRL.load(agent.save(tmp_path / "agent")).env


def limit_of(env):
    limits = []
    while isinstance(env, gymnasium.Wrapper):
        limits += [env._max_episode_steps] if isinstance(env, TimeLimit) else []
        env = env.env
    return min(limits, default=None)


SAME = {
    "registered": lambda: gymnasium.make("CartPole-v1"),
    "shorter": lambda: gymnasium.make("CartPole-v1", max_episode_steps=20),
    "no limit": lambda: gymnasium.make("CartPole-v1", max_episode_steps=-1),
    "bare": lambda: gymnasium.make("CartPole-v1").unwrapped,
    "twice": lambda: TimeLimit(gymnasium.make("CartPole-v1", max_episode_steps=7), 30),
    "ours": lambda: MemoryTaskEnv(delay=9),
    "ours, limited": lambda: TimeLimit(MemoryTaskEnv(delay=9), 3),
    "made by name": lambda: gymnasium.make("motifkit/MemoryTask-v0", delay=9, max_episode_steps=4),
    "NumPy's numbers": lambda: gymnasium.make("tests/Weighted-v0", pay=np.float32(0.5)),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_environment_comes_back(name, tmp_path):
    env = SAME[name]()
    again = loaded(env, tmp_path)
    assert type(again.unwrapped) is type(env.unwrapped)
    assert limit_of(again) == limit_of(env)
    for setting in ("delay", "pay"):
        assert getattr(again.unwrapped, setting, None) == getattr(env.unwrapped, setting, None)


OTHERS = {
    "a wrapper": lambda: TransformReward(gymnasium.make("CartPole-v1"), lambda reward: 0.1 * reward),
    "a subclass": Sub,
    "an array": lambda: gymnasium.make("tests/Weighted-v0", weights=np.ones(3)),
    "prices in memory": lambda: TradingEnv(np.linspace(1, 2, 50), episode_length=8),
    "never registered": Paying,
}


@pytest.mark.parametrize("name", OTHERS)
def test_others_are_saved_and_have_to_be_given(name, tmp_path):
    env = OTHERS[name]()
    agent = TraceRL(StrategicMemoryTransformerPolicy, env, seed=0, n_envs=2).learn(1)
    path = agent.save(tmp_path / "agent")
    with pytest.raises(UsageError, match="give env as well"):
        TraceRL.load(path)
    assert TraceRL.load(path, env).num_timesteps == agent.num_timesteps


@pytest.mark.parametrize("prices", [None, sample_path("goog.csv"), str(sample_path("goog.csv"))])
def test_prices_by_name_come_back(prices, tmp_path):
    env = TradingEnv(prices, episode_length=8, rows=(0, 300), features=["return"], commission=0.01)
    env.spec.to_json()
    for again in (loaded(env, tmp_path), env.spec.make().unwrapped):
        assert (again.rows, again.features) == (env.rows, env.features)
        assert (again.commission, again.episode_length) == (0.01, 8)
        assert np.array_equal(again.bars.close, env.bars.close)


def test_files_of_before_time_limits_were_kept():
    from motifkit.agents.env_description import described_env

    description = env_description(gymnasium.make("CartPole-v1"))
    description.pop("max_episode_steps")
    assert limit_of(described_env(description)) == 500
