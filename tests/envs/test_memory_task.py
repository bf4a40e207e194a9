"""The delayed-recall task: its rules by hand, its two forms against each other, what chance must not give away."""

import copy
import warnings

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.envs import EASY, HARD, MemoryTaskEnv, MemoryTaskVectorEnv
from motifkit.errors import UsageError


def play(env, actions, **reset):
    """Observations (T + 1, 3), rewards (T,), terminated (T,) and the cue of one episode."""
    first, info = env.reset(**reset)
    seen, paid, done = [first], [], []
    for action in actions:
        observation, reward, terminated, truncated, _ = env.step(action)
        assert not np.any(truncated)
        seen.append(observation)
        paid.append(reward)
        done.append(terminated)
    return np.array(seen), np.array(paid), np.array(done), info["cue"]


@pytest.mark.parametrize("delay", [1, 2, 7])
@pytest.mark.parametrize("difficulty", [EASY, HARD])
@pytest.mark.parametrize("mode", [None, "ansi"])
def test_gymnasium_has_nothing_to_say(delay, difficulty, mode):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(MemoryTaskEnv(delay, difficulty, render_mode=mode))


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("answer", [0, 1])
@pytest.mark.parametrize("delay", [1, 2, 5])
def test_only_the_last_action_is_paid(target, answer, delay):
    actions = [1 - answer] * (delay - 1) + [answer]
    seen, paid, done, cue = play(MemoryTaskEnv(delay), actions, options={"target": target})
    assert cue == target
    assert seen[0].tolist() == [target, 0, 0] and not seen[1:].any()
    assert paid.tolist() == [0] * (delay - 1) + [1 if answer == target else -1]
    assert done.tolist() == [False] * (delay - 1) + [True]


def test_distractors_are_bits_and_end_with_the_episode():
    seen, *_ = play(MemoryTaskEnv(400, HARD), [0] * 400, seed=0)
    assert set(np.unique(seen)) == {0, 1} and not seen[:, 2].any() and not seen[-1].any()
    assert np.all(np.abs(seen[1:-1, :2].mean(0) - 0.5) < 0.1)


def test_distractors_and_targets_tell_nothing():
    envs = MemoryTaskVectorEnv(20_000, 4, HARD)
    seen, *_, cue = play(envs, np.zeros((4, 20_000), int), seed=1)
    signs = 2 * np.concatenate([seen[1:-1, :, 0], seen[1:-1, :, 1], cue[None]]) - 1
    correlation = signs @ signs.T / 20_000
    assert np.all(np.abs(correlation - np.eye(len(signs))) < 0.03)  # over four standard errors
    assert np.all(np.abs(signs.mean(1)) < 0.03)


def test_seed_decides_the_episodes():
    def cues(env, seed, n=64):
        return [env.reset(seed=seed)[1]["cue"], *(env.reset()[1]["cue"] for _ in range(n))]

    env = MemoryTaskEnv(3)
    assert cues(env, 5) == cues(env, 5) == cues(MemoryTaskEnv(9), 5)
    assert cues(env, 5) != cues(env, 6) and 10 < sum(cues(env, 5)) < 55


def test_given_target_leaves_the_random_numbers_alone():
    env = MemoryTaskEnv(6, HARD)
    drawn, _, _, cue = play(env, [0] * 6, seed=3)
    given_, *_ = play(env, [0] * 6, seed=3, options={"target": 1 - cue})
    assert np.array_equal(drawn[1:], given_[1:])


def test_settings_change_with_the_next_reset():
    env = MemoryTaskEnv(3)
    env.reset(seed=0)
    env.delay, env.difficulty = 5, "HARD"
    assert [env.step(0)[2] for _ in range(3)] == [False, False, True]
    seen, paid, *_ = play(env, [0] * 5)
    assert len(paid) == 5 and env.difficulty == HARD and seen[1:].any()
    with pytest.raises(UsageError, match="the episode is over"):
        env.step(0)


def test_settings_of_the_vector_change_with_the_next_reset_of_all():
    envs = MemoryTaskVectorEnv(2, 3)
    envs.reset(seed=0)
    envs.delay, envs.difficulty = 5, HARD
    envs.step([0, 0])
    envs.reset(options={"reset_mask": np.array([True, False])})
    done = [envs.step([0, 0])[2].tolist() for _ in range(3)]
    assert done == [[False, False], [False, True], [True, True]]
    _, _, done, _ = play(envs, np.zeros((5, 2), int))
    assert done.sum(0).tolist() == [1, 1]


@settings(max_examples=40, deadline=None)
@given(
    n_envs=st.integers(1, 5), delay=st.integers(1, 9), hard=st.integers(0, 1), seed=st.integers(0, 2**31 - 1)
)
def test_vector_equals_single(n_envs, delay, hard, seed):
    rng = np.random.default_rng(seed)
    actions = rng.integers(2, size=(delay, n_envs))
    seeds = [int(s) for s in rng.integers(2**31, size=n_envs)]
    envs = MemoryTaskEnv(delay, hard).as_vector(n_envs)
    together = play(envs, actions, seed=seeds)
    for i in range(n_envs):
        alone = play(MemoryTaskEnv(delay, hard), actions[:, i], seed=seeds[i])
        for many, one in zip(together, alone, strict=True):
            assert np.array_equal(many[..., i, :] if many.ndim == 3 else many[..., i], one)
    assert all(observation in envs.observation_space for observation in together[0])


def test_vector_seed_decides_the_episodes():
    actions = np.zeros((5, 8), int)
    for seed in (4, [4, 5, 6, 7, 8, 9, 10, 11]):
        one, two = (MemoryTaskVectorEnv(8, 5, HARD) for _ in range(2))
        assert np.array_equal(play(one, actions, seed=seed)[0], play(two, actions, seed=seed)[0])
        assert np.array_equal(play(one, actions)[0], play(two, actions)[0])
        assert not np.array_equal(play(one, actions, seed=2)[0], play(two, actions, seed=3)[0])
    assert MemoryTaskVectorEnv(2).reset(seed=[1, None])[0].shape == (2, 3)


def test_vector_may_be_stepped_on_after_the_end():
    envs = MemoryTaskVectorEnv(3, 2, HARD)
    seen, paid, done, cue = play(envs, np.ones((5, 3), int), seed=0)
    assert np.array_equal(paid, [[0] * 3, 2 * cue - 1, [0] * 3, [0] * 3, [0] * 3])
    assert done[1:].all() and not done[0].any() and not seen[2:].any()


def test_what_the_vector_gives_is_the_callers():
    envs = MemoryTaskVectorEnv(4, 3, HARD)
    kept = []
    observation, infos = envs.reset(seed=0)
    kept += [observation, infos["cue"], infos["_cue"]]
    for _ in range(3):
        kept += envs.step(np.zeros(4, int))[:4]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(kept) for b in kept[:i])
    before = copy.deepcopy(envs)
    infos["cue"][:] = 9
    assert np.array_equal(before.reset()[0], envs.reset()[0])


@pytest.mark.parametrize("n_envs", [1, 2, 7, 100])
def test_balanced_targets(n_envs):
    envs = MemoryTaskVectorEnv(n_envs)
    cues = [envs.reset(seed=s, options={"balanced": True})[1]["cue"] for s in range(40)]
    ones = {int(cue.sum()) for cue in cues}
    assert ones == ({n_envs // 2} if n_envs % 2 == 0 else {n_envs // 2, n_envs // 2 + 1})
    assert len({tuple(cue) for cue in cues}) > 1
    observations, infos = envs.reset(options={"balanced": False})
    assert np.array_equal(observations[:, 0], infos["cue"])


def test_reset_of_some():
    envs = MemoryTaskVectorEnv(3, 3, HARD)
    envs.reset(seed=0, options={"target": np.array([0, 1, 0])})
    last = envs.step([0, 0, 0])[0]
    mask = np.array([False, True, False])
    observations, infos = envs.reset(options={"reset_mask": mask, "target": 0})
    assert np.array_equal(infos["_cue"], mask) and infos["cue"].tolist() == [0, 0, 0]
    assert np.array_equal(observations[[0, 2]], last[[0, 2]]) and not observations[1].any()
    steps = [envs.step([0, 0, 0]) for _ in range(3)]
    assert [s[1].tolist() for s in steps] == [[0, 0, 0], [1, 0, 1], [0, 1, 0]]
    assert [s[2].tolist() for s in steps] == [[False] * 3, [True, False, True], [True] * 3]


def test_reset_of_some_begins_the_episodes_of_their_seeds():
    envs = MemoryTaskVectorEnv(3, 5, HARD)
    envs.reset(seed=0)
    envs.step([0, 0, 0])
    mask = np.array([True, False, True])
    seen = [envs.reset(seed=[7, 8, 9], options={"reset_mask": mask})[0]]
    seen += [envs.step([1, 1, 1])[0] for _ in range(5)]
    for i, seed in ((0, 7), (2, 9)):
        alone, *_ = play(MemoryTaskEnv(5, HARD), [1] * 5, seed=seed)
        assert np.array_equal(np.array(seen)[:, i], alone)


@pytest.mark.parametrize("form", [MemoryTaskEnv, MemoryTaskVectorEnv])
def test_relabel_by_hand(form):
    observations = np.zeros((4, 3, 3), np.float32)
    observations[:, 0, 0] = [0, 1, 0, 1]
    observations[:, 1:, :2] = 1  # distractors stay
    actions = np.array([[0, 0, 1], [0, 0, 1], [1, 1, 0], [0, 0, 1]])
    rewards = np.array([[0, 0, -1], [0, 0, 1], [0, -1, 0], [0, 0, 0]], np.float32)
    lengths = np.array([3, 3, 2, 2])  # the last one was cut short: nothing failed
    before = observations.copy(), rewards.copy()
    seen, paid = form.relabel(observations, actions, rewards, lengths)
    assert seen[:, 0, 0].tolist() == [1, 1, 1, 1]
    assert paid.tolist() == [[0, 0, 1], [0, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert np.array_equal(seen[:, 1:], observations[:, 1:]) and not seen[:, 0, 1:].any()
    assert np.array_equal(before[0], observations) and np.array_equal(before[1], rewards)
    assert seen.dtype == paid.dtype == np.float32
    with pytest.raises(UsageError, match="relabel takes"):
        form.relabel(observations, actions, rewards[:2], lengths)


def test_relabelled_episodes_are_those_of_the_other_target():
    envs = MemoryTaskVectorEnv(64, 4, HARD)
    actions = np.random.default_rng(0).integers(2, size=(4, 64))
    seen, paid, *_ = play(envs, actions, seed=0)
    seen, paid = envs.relabel(seen[:-1].swapaxes(0, 1), actions.T, paid.T, np.full(64, 4))
    other = play(envs, actions, seed=0, options={"target": actions[-1]})
    assert np.array_equal(seen, other[0][:-1].swapaxes(0, 1)) and np.array_equal(paid, other[1].T)


def test_render():
    env = MemoryTaskEnv(2, render_mode="ansi")
    env.reset(options={"target": 1})
    assert env.render() == "step 0 of 2, sees 1 0 0, target 1"
    env.step(0)
    assert env.render() == "step 1 of 2, sees 0 0 0, target 1"
    assert MemoryTaskEnv().render() is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"delay": 0}, "delay must be a whole number of at least 1, got 0"),
        ({"delay": 2.0}, "got 2.0"),
        ({"delay": True}, "got True"),
        ({"difficulty": 2}, "difficulty must be 0 or 'easy', or 1 or 'hard', got 2"),
        ({"difficulty": "medium"}, "'medium'"),
        ({"difficulty": True}, "got True"),
        ({"difficulty": None}, "got None"),
    ],
)
def test_bad_settings(arguments, message):
    for form in (MemoryTaskEnv, MemoryTaskVectorEnv):
        with pytest.raises(UsageError, match=message):
            form(**arguments)
        env = form()
        for name, value in arguments.items():
            with pytest.raises(UsageError, match=message):
                setattr(env, name, value)
        assert (env.delay, env.difficulty) == (4, EASY)


def test_other_bad_arguments():
    with pytest.raises(UsageError, match="render_mode"):
        MemoryTaskEnv(render_mode="human")
    with pytest.raises(UsageError, match="num_envs must be"):
        MemoryTaskVectorEnv(0)
    assert MemoryTaskEnv(np.int64(8), np.int64(1)).delay == 8


@pytest.mark.parametrize("action", [2, -1, 0.0, None, "0", np.array([0]), np.float32(1)])
def test_bad_action(action):
    env = MemoryTaskEnv()
    env.reset()
    with pytest.raises(UsageError, match="action must be a whole number from 0 to 1"):
        env.step(action)
    assert not env.step(np.array(1))[2]


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([0, 2], "got 2 for sub-environment 1"),
        ([-1, 0], "got -1 for sub-environment 0"),
        (np.array([0, -1], np.int8), "got -1"),
        ([0, 1, 0], "got int64 of shape"),
        ([0.0, 1.0], "got float64"),
        ([True, False], "got bool"),
        (0, "of shape"),
    ],
)
def test_bad_actions(actions, message):
    envs = MemoryTaskVectorEnv(2)
    envs.reset()
    with pytest.raises(UsageError, match=message):
        envs.step(actions)


def test_step_before_reset():
    for env, action in ((MemoryTaskEnv(), 0), (MemoryTaskVectorEnv(2), [0, 0])):
        with pytest.raises(UsageError, match="no episode has begun"):
            env.step(action)


@pytest.mark.parametrize(
    ("reset", "message"),
    [
        ({"options": {"targets": 1}}, "it takes: balanced, target, reset_mask; did you mean target?"),
        ({"options": {"target": 2}}, "from 0 to 1, or 2 of them, got 2"),
        ({"options": {"target": [0, 1, 1]}}, "target must be"),
        ({"options": {"target": 1, "balanced": True}}, "not both"),
        ({"options": {"reset_mask": [True, False]}}, "reset_mask must be a bool array"),
        ({"options": {"reset_mask": np.array([1, 0])}}, "reset_mask must be a bool array"),
        ({"options": {"reset_mask": np.zeros(2, bool)}}, "selects no sub-environment"),
        ({"options": {"reset_mask": np.array([True, False])}}, "reset all first"),
        ({"seed": [1]}, "one number or 2"),
        ({"seed": [1, -2]}, "seed must be"),
        ({"seed": "12"}, "seed must be"),
        ({"seed": 1.5}, "seed must be"),
    ],
)
def test_bad_resets_of_the_vector(reset, message):
    with pytest.raises(UsageError, match=message):
        MemoryTaskVectorEnv(2).reset(**reset)


def test_bad_resets():
    with pytest.raises(UsageError, match="reset has no option 'balanced'; it takes: target"):
        MemoryTaskEnv().reset(options={"balanced": True})
    with pytest.raises(UsageError, match="target must be a whole number from 0 to 1, got 2"):
        MemoryTaskEnv().reset(options={"target": 2})
