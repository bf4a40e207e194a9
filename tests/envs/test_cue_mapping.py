"""The cue-mapping task: worlds and their rounds, and that single and vector form share them."""

import warnings

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from motifkit.envs import CueMappingEnv, CueMappingVectorEnv
from motifkit.envs.worlds import world_map
from motifkit.errors import UsageError


def places(env, n, **reset):
    """(world, round) of the first n resets, the first with these arguments."""
    infos = [env.reset(**(reset if i == 0 else {}))[1] for i in range(n)]
    return [(info["world"], info["round"]) for info in infos]


def forms(**arguments):
    return CueMappingEnv(**arguments), CueMappingVectorEnv(num_envs=3, **arguments)


@pytest.mark.parametrize("arguments", [{}, {"n_cues": 1, "n_actions": 2, "rounds_per_world": 1}])
def test_gymnasium_has_nothing_to_say(arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(CueMappingEnv(**arguments))


@pytest.mark.parametrize("world", [0, 7, 2**40])
def test_the_map_of_the_world_decides(world):
    mapping = world_map(world, 8, 4)
    env, envs = CueMappingEnv(), CueMappingVectorEnv(500)
    observations, infos = envs.reset(seed=world, options={"world": world})
    cues = observations.argmax(1)
    assert np.array_equal(infos["cue"], cues) and set(cues) == set(range(8))
    actions = np.random.default_rng(0).integers(4, size=500)
    final, rewards, terminated, truncated, _ = envs.step(actions)
    assert np.array_equal(rewards, np.where(mapping[cues] == actions, 1, -1))
    assert np.array_equal(final, observations) and terminated.all() and not truncated.any()
    for action in range(4):
        observation, info = env.reset(seed=action, options={"world": world})
        final, reward, terminated, truncated, after = env.step(action)
        assert observation.sum() == 1 and observation[info["cue"]] == 1 and np.array_equal(final, observation)
        assert reward == (1 if mapping[info["cue"]] == action else -1) and terminated and not truncated
        assert after == info


def test_single_and_vector_show_the_same_cues():
    seeds = [3, 1, 4, 1, 5]
    cues = CueMappingVectorEnv(5).reset(seed=seeds, options={"world": 2})[1]["cue"]
    assert (
        cues.tolist() == [CueMappingEnv().reset(seed=s, options={"world": 2})[1]["cue"] for s in seeds]
        and len(set(cues)) > 1
    )


def test_worlds_change_by_themselves():
    for env in forms(rounds_per_world=3):
        seen = places(env, 9, seed=0)
        assert [number for _, number in seen] == [0, 1, 2] * 3
        worlds = [world for world, _ in seen]
        assert worlds[::3] == worlds[1::3] == worlds[2::3] and len(set(worlds)) == 3
        assert all(type(value) is int for place in seen for value in place)
        assert seen == places(env, 9, seed=0) != places(env, 9, seed=1)
        env.rounds_per_world = 1
        assert [number for _, number in places(env, 3)] == [0, 0, 0]


def test_worlds_by_number():
    for env in forms(rounds_per_world=3):
        assert places(env, 5, options={"world": 9})[:3] == [(9, 0), (9, 1), (9, 2)]
        rounds = [env.reset(seed=i, options={"world": 4})[1]["round"] for i in range(5)]
        assert rounds == [0, 1, 2, 3, 4]
        assert places(env, 1)[0][1] == 0 and places(env, 1, options={"world": 4}) == [(4, 0)]
        assert places(env, 3, options={"world": 4, "round": 1})[:2] == [(4, 1), (4, 2)]
        assert places(env, 1, seed=0)[0][1] == 0


def test_maps_are_uniform():
    maps = np.array([world_map(world, 8, 4) for world in range(2000)])
    share = np.array([(maps == action).mean(0) for action in range(4)])
    assert np.all(np.abs(share - 0.25) < 0.045)  # over four standard errors
    assert np.abs(np.corrcoef(maps.T) - np.eye(8)).max() < 0.1


def test_no_policy_of_one_episode_beats_chance():
    envs = CueMappingVectorEnv(64, rounds_per_world=1)
    paid = []
    for seed in range(300):
        observations, _ = envs.reset(seed=seed)
        paid.append(envs.step(observations.argmax(1) % 4)[1].mean())
    assert abs(np.mean(paid) + 0.5) < 4 * np.std(paid) / np.sqrt(300)


def test_after_the_end():
    env, envs = forms()
    env.reset()
    env.step(0)
    with pytest.raises(UsageError, match="the episode is over"):
        env.step(0)
    envs.reset(seed=0)
    envs.step([0, 1, 2])
    observations, rewards, terminated, truncated, infos = envs.step([0, 1, 2])
    assert not observations.any() and not rewards.any() and terminated.all() and not truncated.any()
    assert infos["round"] == 0


def test_reset_of_some_stays_in_the_round():
    envs = CueMappingVectorEnv(3)
    envs.reset(seed=0)
    world = envs.step([0, 0, 0])[4]["world"]
    mask = np.array([True, False, True])
    observations, infos = envs.reset(options={"reset_mask": mask})
    assert (infos["world"], infos["round"]) == (world, 0) and np.array_equal(infos["_cue"], mask)
    assert observations.sum(1).tolist() == [1, 0, 1]
    assert (envs.step([0, 0, 0])[1] != 0).tolist() == mask.tolist()
    assert envs.reset(options={"reset_mask": np.ones(3, bool)})[1]["round"] == 1
    with pytest.raises(UsageError, match="needs all sub-environments"):
        envs.reset(options={"reset_mask": mask, "world": 1})


def test_what_the_vector_gives_is_the_callers():
    envs = CueMappingVectorEnv(4)
    observations, infos = envs.reset(seed=0, options={"world": 1})
    cues = infos["cue"].copy()
    observations[:] = 0
    infos["cue"][:] = 0
    final, *_, after = envs.step(np.zeros(4, int))
    assert np.array_equal(final.argmax(1), cues) and np.array_equal(after["cue"], cues)


def test_as_vector_keeps_the_settings():
    envs = CueMappingEnv(5, 3, 2).as_vector(6)
    assert (envs.num_envs, envs.n_cues, envs.n_actions, envs.rounds_per_world) == (6, 5, 3, 2)
    assert envs.observation_space.shape == (6, 5) and envs.reset()[0] in envs.observation_space


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_cues": 0}, "n_cues must be a whole number of at least 1, got 0"),
        ({"n_actions": 1}, "n_actions must be a whole number of at least 2, got 1"),
        ({"rounds_per_world": 0.5}, "rounds_per_world must be"),
    ],
)
def test_bad_settings(arguments, message):
    for form in (CueMappingEnv, CueMappingVectorEnv):
        with pytest.raises(UsageError, match=message):
            form(**arguments)


def test_bad_use():
    for env, action in zip(forms(), (0, [0, 0, 0]), strict=True):
        with pytest.raises(UsageError, match="no episode has begun"):
            env.step(action)
        for options, message in (
            ({"world": -1}, "world must be"),
            ({"world": "a"}, "world must be"),
            ({"round": 1}, "needs the option world"),
            ({"world": 1, "round": -1}, "round must be"),
            ({"wrold": 1}, "did you mean"),
        ):
            with pytest.raises(UsageError, match=message):
                env.reset(options=options)
        env.reset()
    env, envs = forms()
    env.reset(), envs.reset()
    with pytest.raises(UsageError, match="from 0 to 3, got 4"):
        env.step(4)
    with pytest.raises(UsageError, match="got 4 for sub-environment 2"):
        envs.step([0, 0, 4])
    with pytest.raises(UsageError, match="one number or 3"):
        envs.reset(seed=[1, 2])
