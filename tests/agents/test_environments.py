"""Environments in every form that users give them: copies, factories, vectors, native vectors, any space."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from motifkit.action_heads import action_dims
from motifkit.agents.environments import (
    ListedEnvs,
    VectorEnvs,
    batch_of,
    flat,
    obs_dim_of,
    require_finite,
    spaces_of,
)
from motifkit.agents.rollout import PlaySettings, play
from motifkit.envs import CueMappingEnv, MemoryTaskEnv
from motifkit.errors import DataError, UsageError
from motifkit.memory.initialise import drawn_from
from motifkit.policies import StrategicMemoryTransformerPolicy
from tests.agents.tiny_envs import Counting, Spaced


def policy_for(env):
    observation_space, action_space = spaces_of(env)
    with drawn_from(0):
        return StrategicMemoryTransformerPolicy(
            obs_dim_of(observation_space), 8, 2, action_space=action_space
        )


def played(env, n_envs=5, seed=3, **how):
    generator = torch.Generator().manual_seed(1)
    return play(policy_for(env), batch_of(env, n_envs), seed, PlaySettings(1, generator, **how))


def replayed(env, seed, actions):
    """Observations, rewards and end of one episode, stepped by hand."""
    seen, _ = env.reset(seed=int(seed))
    observations, rewards, ends = [flat(env.observation_space, seen)], [], (False, False)
    for action in actions:
        assert ends == (False, False)
        seen, reward, *ends, _ = env.step(int(action))
        ends = tuple(map(bool, ends))
        observations.append(flat(env.observation_space, seen))
        rewards.append(reward)
    return np.array(observations), np.array(rewards), ends


def require_replays(batch, make, seeds):
    """Each episode of the batch is the one that a single environment plays with these actions."""
    assert len(set(batch.lengths.tolist())) > 1  # some ended before others
    for i, seed in enumerate(seeds):
        n = int(batch.lengths[i])
        observations, rewards, (terminated, truncated) = replayed(make(), seed, batch.actions[i, :n])
        assert terminated or truncated
        assert np.allclose(batch.observations[i, :n], observations[:-1])
        assert np.allclose(batch.final_observations[i], observations[-1])
        assert np.allclose(batch.rewards[i, :n], rewards) and not batch.rewards[i, n:].any()
        assert bool(batch.terminated[i]) == terminated


def cartpole():
    return gymnasium.make("CartPole-v1", max_episode_steps=20)


MAKERS = {"counting": Counting, "cartpole": cartpole}


@pytest.mark.parametrize("form", ["instance", "factory"])
@pytest.mark.parametrize("name", MAKERS)
def test_listed_environments_play_the_episodes_of_their_seeds(name, form):
    make = MAKERS[name]
    batch = played(make() if form == "instance" else make)
    require_replays(batch, make, np.random.SeedSequence(3).generate_state(5))


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.DISABLED])
@pytest.mark.parametrize("name", MAKERS)
def test_vectors_play_the_episodes_of_their_seeds_in_both_modes(name, mode):
    """What sub-environments do after their end, reset or not, leaves no trace."""
    make = MAKERS[name]
    vector = SyncVectorEnv([make] * 5, autoreset_mode=mode)
    for seed in (3, 4):  # the second time over what the first left behind
        require_replays(played(vector, seed=seed), make, range(seed, seed + 5))


def test_a_vector_that_reuses_its_arrays_is_read_in_time():
    vector = SyncVectorEnv([cartpole] * 5, copy=False)
    require_replays(played(vector), cartpole, range(3, 8))


def test_a_vector_that_hides_final_observations_is_refused():
    vector = SyncVectorEnv([Counting] * 2, autoreset_mode=AutoresetMode.SAME_STEP)
    with pytest.raises(UsageError, match="NEXT_STEP"):
        batch_of(vector, 2)


@pytest.mark.parametrize("difficulty", [0, 1])
def test_the_native_vector_plays_by_the_rules_of_the_single_environment(difficulty):
    native = played(MemoryTaskEnv(6, difficulty), 32)
    listed = played(lambda: MemoryTaskEnv(6, difficulty), 32)
    for batch in (native, listed):
        right = batch.actions[:, -1] == batch.observations[:, 0, 0]
        assert torch.equal(batch.rewards[:, -1], torch.where(right, 1.0, -1.0))
        assert not batch.rewards[:, :-1].any() and batch.terminated.all()
        assert batch.lengths.tolist() == [6] * 32
        assert torch.equal(batch.cues, batch.observations[:, 0, 0].long())
        assert 4 < batch.cues.sum() < 28
        assert bool(batch.observations[:, 1:].any()) == bool(difficulty)


def test_native_forms_are_used_where_there_are_any():
    assert isinstance(batch_of(MemoryTaskEnv(), 3), VectorEnvs)
    assert isinstance(batch_of(CueMappingEnv(), 3), VectorEnvs)
    assert isinstance(batch_of(gymnasium.make("motifkit/MemoryTask-v0"), 3), ListedEnvs)
    assert isinstance(batch_of(Counting(), 3), ListedEnvs)


def test_a_wrapper_or_subclass_around_a_native_environment_counts():
    class Generous(gymnasium.RewardWrapper):
        def reward(self, reward):
            return 5.0 * reward

    class Subclass(MemoryTaskEnv):
        def step(self, action):
            seen, reward, *rest = super().step(action)
            return seen, 5.0 * reward, *rest

    assert set(played(Generous(MemoryTaskEnv(2)), 16).rewards[:, -1].abs().tolist()) == {5.0}
    assert set(played(Subclass(2), 16).rewards[:, -1].abs().tolist()) == {5.0}


def test_instances_are_copied_with_their_present_settings_and_never_stepped():
    env = Counting(longest=1)
    env.longest = 30
    assert played(env, 8).lengths.max() > 5
    assert env.n_resets == 0
    task = MemoryTaskEnv(2)
    task.delay = 7
    assert played(task).lengths.tolist() == [7] * 5


def test_factories_make_each_environment():
    made = []

    def make():
        made.append(Counting())
        return made[-1]

    batch = batch_of(make, 4)
    assert len(made) == 4 and batch.envs == made and batch.n_envs == 4


def test_a_vector_keeps_its_own_number():
    assert batch_of(SyncVectorEnv([Counting] * 3), 64).n_envs == 3


class Uncopied(Counting):
    def __deepcopy__(self, memo):
        raise TypeError("holds a window")


@pytest.mark.parametrize(
    ("env", "said"),
    [
        (Uncopied(), "cannot be copied.*give a function"),
        (None, "NoneType"),
        ("CartPole-v1", "str"),
        (lambda: 3, "function"),
        ([Counting()], "list"),
    ],
)
def test_what_is_no_environment_is_named(env, said):
    with pytest.raises(UsageError, match=said):
        batch_of(env, 2)


def test_worlds_are_seen_in_every_form():
    for env in (CueMappingEnv(rounds_per_world=4), lambda: CueMappingEnv(rounds_per_world=4)):
        batch = batch_of(env, 3)
        assert batch.rounds_per_world == 4
        _, info = batch.reset(0, {"world": 9})
        assert np.unique(info["world"]).tolist() == [9]
    assert batch_of(Counting(), 2).rounds_per_world == 1


OBSERVATIONS = {
    "image": (spaces.Box(0, 255, (2, 3, 1), np.uint8), 6),
    "number": (spaces.Box(-1, 1, ()), 1),
    "double": (spaces.Box(-1, 1, (2,), np.float64), 2),
    "choice": (spaces.Discrete(4, start=2), 4),
    "choices": (spaces.MultiDiscrete([2, 3]), 5),
    "bits": (spaces.MultiBinary(3), 3),
    "dict": (spaces.Dict(a=spaces.Box(-1, 1, (2,)), b=spaces.Discrete(3)), 5),
    "tuple": (spaces.Tuple([spaces.Discrete(2), spaces.Box(-1, 1, (1,))]), 3),
}


@pytest.mark.parametrize("form", ["listed", "vector"])
@pytest.mark.parametrize("name", OBSERVATIONS)
def test_observations_of_every_fixed_width_are_flattened_alike(name, form):
    space, width = OBSERVATIONS[name]
    assert obs_dim_of(space) == width
    env = Spaced(space) if form == "listed" else SyncVectorEnv([lambda: Spaced(space)] * 3)
    batch = played(env, 3)
    assert batch.observations.shape == (3, 3, width) and batch.observations.dtype == torch.float32
    seeds = np.random.SeedSequence(3).generate_state(3) if form == "listed" else range(3, 6)
    space.seed(int(seeds[2]))
    assert np.allclose(batch.observations[2, 0], flat(space, space.sample()))


@pytest.mark.parametrize(
    "space",
    [spaces.Sequence(spaces.Discrete(2)), spaces.Graph(spaces.Discrete(2), None)],
)
def test_observations_without_a_width_are_refused(space):
    with pytest.raises(UsageError, match="no fixed width"):
        obs_dim_of(space)


@pytest.mark.parametrize(
    "space",
    [
        spaces.Discrete(3, start=5),
        spaces.MultiDiscrete([2, 3]),
        spaces.MultiDiscrete([[2, 3], [4, 2]]),
        spaces.Box(-2.0, 2.0, (2,)),
        spaces.Box(-2.0, 2.0, (1,), np.float64),
        spaces.Box(0.0, np.inf, (2, 2)),
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["listed", "vector"])
def test_environments_get_actions_of_their_space(space, form):
    def make():
        return Spaced(spaces.Box(-1, 1, (2,)), space)

    env = make() if form == "listed" else SyncVectorEnv([make] * 3)
    batch = play(policy_for(env), batch_of(env, 3), 0, PlaySettings(action_dims(space)[0]))
    assert batch.rewards.sum() == 9.0


def test_what_is_not_finite_is_said_with_its_place():
    good = np.zeros((3, 2))
    require_finite(good, good[:, 0], 0)
    bad = good.copy()
    bad[1, 1] = np.inf
    with pytest.raises(DataError, match="observation that is not finite at step 4 of episode 1"):
        require_finite(bad, good[:, 0], 4)
    with pytest.raises(DataError, match="reward that is not finite at step 4 of episode 1"):
        require_finite(good, bad[:, 1], 4)
