"""Baselines learn what they can, stop when they should, and are given their states."""

import builtins
import random
import time

import numpy as np
import pytest
import torch

from motifkit.envs.memory_task import MemoryTaskEnv
from motifkit.errors import UsageError
from motifkit.evaluation import baselines
from motifkit.evaluation.baselines import train_baseline
from motifkit.evaluation.episodes import evaluate_policy


def make_env(delay=2):
    return lambda: MemoryTaskEnv(delay)


def test_ppo_learns_what_needs_no_memory_and_only_that():
    trained = train_baseline("PPO", make_env(1), total_timesteps=6000, seconds=20, stop_at=0.9)
    assert evaluate_policy(trained, MemoryTaskEnv(1), 100, seed=0).mean() == 1
    assert 100 <= trained.num_timesteps < 6512 and trained.seconds > 0
    forgetful = train_baseline("PPO", make_env(4), total_timesteps=600)
    assert evaluate_policy(forgetful, MemoryTaskEnv(4), 100, seed=0).mean() == 0


def test_recurrent_ppo_gets_its_states():
    trained = train_baseline("RecurrentPPO", make_env(2), total_timesteps=20_000, seconds=20, stop_at=0.9)
    assert evaluate_policy(trained, MemoryTaskEnv(2), 100, seed=0).mean() == 1
    observation = np.array([[1, 0, 0], [0, 0, 0]], dtype=np.float32)
    starts = np.ones(2, dtype=bool)
    _, state = trained.predict(observation, None, starts, deterministic=True)
    answers = trained.predict(0 * observation, state, ~starts, deterministic=True)[0]
    forgotten = trained.predict(0 * observation, None, starts, deterministic=True)[0]
    assert answers.tolist() == [1, 0] and len(set(forgotten.tolist())) == 1


def test_wall_clock_budget():
    train_baseline("PPO", make_env(), total_timesteps=1)  # imports and first use take longer
    start = time.perf_counter()
    trained = train_baseline("PPO", make_env(), seconds=0.3)
    assert 0.3 <= trained.seconds <= time.perf_counter() - start < 5
    assert trained.num_timesteps > 100


def test_same_seed_same_model_and_global_generators_untouched():
    before = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()
    first, again, other = (
        train_baseline("PPO", make_env(), total_timesteps=1, seed=seed) for seed in (0, 0, 1)
    )
    weights = [torch.cat([p.ravel() for p in one.model.policy.parameters()]) for one in (first, again, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    assert random.getstate() == before[0] and (np.random.get_state()[1] == before[1]).all()
    assert torch.equal(torch.get_rng_state(), before[2])


@pytest.mark.parametrize(("delay", "n_steps"), [(1, 64), (24, 72), (64, 64), (100, 100)])
def test_rollouts_hold_whole_episodes(delay, n_steps):
    trained = train_baseline("PPO", make_env(delay), total_timesteps=1, n_envs=1)
    assert trained.model.n_steps == n_steps == trained.num_timesteps


def test_episode_steps_from_the_spec():
    import gymnasium

    assert baselines._episode_steps(gymnasium.make("CartPole-v1")) == 500
    assert baselines._episode_steps(MemoryTaskEnv(7)) == 7
    bare = gymnasium.make("CartPole-v1").unwrapped
    bare.spec = None
    assert baselines._episode_steps(bare) == 256


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"name": "DQN", "seconds": 1}, "no baseline 'DQN'; choose PPO or RecurrentPPO"),
        ({"name": "PPO"}, "needs a budget"),
        ({"name": "PPO", "seconds": 0}, "seconds must be above 0"),
        ({"name": "PPO", "seconds": float("nan")}, "seconds must be above 0"),
        ({"name": "PPO", "total_timesteps": -1}, "total_timesteps must be above 0"),
        ({"name": "PPO", "seconds": 1, "n_envs": 0}, "n_envs must be above 0"),
    ],
)
def test_bad_arguments(arguments, told):
    with pytest.raises(UsageError, match=told):
        train_baseline(make_env=make_env(), **arguments)


@pytest.mark.parametrize(("name", "missing"), [("PPO", "stable-baselines3"), ("RecurrentPPO", "sb3-contrib")])
def test_missing_package_is_named(monkeypatch, name, missing):
    def without(module):
        if module.startswith(missing.replace("-", "_")):
            raise ImportError(module)
        return builtins.__import__(module)

    monkeypatch.setattr(baselines, "import_module", without)
    with pytest.raises(UsageError, match=rf"{missing}, not installed; pip install 'motifkit\[bench\]'"):
        train_baseline(name, make_env(), seconds=1)
