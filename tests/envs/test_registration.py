"""Environments by name, in gymnasium and on the command line."""

import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from motifkit.envs import (
    CueMappingEnv,
    CueMappingVectorEnv,
    MemoryTaskEnv,
    MemoryTaskVectorEnv,
    make_env,
    register_environments,
)
from motifkit.errors import UsageError

IDS = {
    "motifkit/MemoryTask-v0": (MemoryTaskEnv, MemoryTaskVectorEnv),
    "motifkit/CueMapping-v0": (CueMappingEnv, CueMappingVectorEnv),
}


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("env_id", IDS)
def test_gymnasium_makes_them(env_id):
    single, vector = IDS[env_id]
    env = gymnasium.make(env_id)
    assert type(env.unwrapped) is single
    check_env(env.unwrapped)
    assert type(gymnasium.make(f"motifkit.envs:{env_id}").unwrapped) is single
    for mode in (None, "vector_entry_point"):
        envs = gymnasium.make_vec(env_id, num_envs=4, vectorization_mode=mode)
        assert type(envs) is vector and envs.num_envs == 4
        assert envs.metadata["autoreset_mode"] is AutoresetMode.DISABLED
        observations, _ = envs.reset(seed=0)
        assert observations in envs.observation_space
        assert envs.step(envs.action_space.sample())[0] in envs.observation_space


def test_settings_reach_them():
    assert gymnasium.make("motifkit/MemoryTask-v0", delay=9).unwrapped.delay == 9
    envs = gymnasium.make_vec("motifkit/MemoryTask-v0", num_envs=2, delay=9, difficulty="hard")
    assert (envs.delay, envs.difficulty) == (9, 1)


def test_native_and_synchronous_vector_agree():
    envs = gymnasium.make_vec("motifkit/MemoryTask-v0", num_envs=3, vectorization_mode="sync", difficulty=1)
    native = MemoryTaskVectorEnv(3, difficulty=1)
    one, two = envs.reset(seed=5)[0], native.reset(seed=[5, 6, 7])[0]
    assert np.array_equal(one, two)
    for _ in range(4):
        for a, b in zip(envs.step([1, 1, 1])[:4], native.step([1, 1, 1])[:4], strict=True):
            assert np.array_equal(a, b)


def test_gymnasium_wrappers_take_the_vector():
    envs = RecordEpisodeStatistics(MemoryTaskVectorEnv(2, delay=2))
    envs.reset(seed=0, options={"target": 1})
    envs.step(np.array([0, 0]))
    assert envs.step(np.array([0, 1]))[4]["episode"]["r"].tolist() == [-1, 1]


def test_registering_twice_changes_nothing():
    before = dict(gymnasium.registry)
    register_environments()
    assert gymnasium.registry == before


def test_motifkit_itself_stays_light():
    code = "import sys, motifkit; sys.exit('gymnasium' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    code = "import gymnasium; gymnasium.make('motifkit.envs:motifkit/MemoryTask-v0')"
    code += "; import sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("memory-task", MemoryTaskEnv),
        ("motifkit/MemoryTask-v0", MemoryTaskEnv),
        ("cue-mapping", CueMappingEnv),
        ("motifkit.envs:motifkit/CueMapping-v0", CueMappingEnv),
    ],
)
def test_own_ones_come_without_wrappers(name, form):
    env = make_env(name)
    assert type(env) is form and env.spec is not None


def test_make_env():
    assert make_env("memory-task", delay=3, difficulty="hard").difficulty == 1
    assert make_env("cue-mapping", n_cues=3).observation_space.shape == (3,)
    cart = make_env("CartPole-v1", max_episode_steps=7)
    cart.reset(seed=0)
    assert cart.observation_space.shape == (4,) and cart.spec.max_episode_steps == 7


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("memroy-task", {}, r"^no environment is named 'memroy-task'; did you mean memory-task\?$"),
        ("cartpole-v1", {}, r"'cartpole-v1'; did you mean CartPole-v1\?$"),
        ("MemoryTask-v0", {}, "did you mean motifkit/MemoryTask-v0"),
        ("xyzzy", {}, "'xyzzy'; motifkit's own are memory-task, cue-mapping"),
        (
            "no_such_module:x",
            {},
            "module of environment no_such_module:x cannot be imported: No module named",
        ),
        ("motifkit.envs:MemoryTusk-v0", {}, "did you mean motifkit/MemoryTask-v0"),
        ("a:b:c", {}, "module of environment a:b:c cannot be imported"),
        ("", {}, "no environment is named ''"),
        ("memory-task", {"dealy": 3}, r"no argument 'dealy'; it takes: delay, .*; did you mean delay\?$"),
        ("memory-task", {"max_episode_steps": 3}, "no argument 'max_episode_steps'"),
        ("memory-task", {"delay": 0}, "^delay must be a whole number of at least 1, got 0$"),
        ("CartPole-v1", {"gravity": 3}, "environment CartPole-v1 has no argument 'gravity'"),
        ("CartPole-v1", {"max_episode_steps": -3}, "environment CartPole-v1 cannot be made"),
    ],
)
def test_bad_names_and_arguments(name, settings, message):
    with pytest.raises(UsageError, match=message) as caught:
        make_env(name, **settings)
    assert "\n" not in str(caught.value)
