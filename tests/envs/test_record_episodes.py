"""Recorded episodes hold what happened, in the form that agents see it in."""

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from motifkit import DataError, MemoryTaskEnv, UsageError, make_env, record_episodes


class Counting(gymnasium.Env):
    """Observes the number of steps taken and pays the action; every episode is a step longer than the last."""

    def __init__(self, action_space, observation_space=None, bad=None):
        self.action_space, self.bad = action_space, bad
        self.observation_space = observation_space or spaces.Box(0, 99, (1,))
        self.n_resets, self.given = 0, []

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.n_taken, self.n_resets = 0, self.n_resets + 1
        return self._seen(), {}

    def step(self, action):
        self.given.append(action)
        self.n_taken += 1
        paid = self.bad or float(np.sum(action))
        return self._seen(), paid, False, self.n_taken > self.n_resets, {}

    def _seen(self):
        if isinstance(self.observation_space, spaces.Discrete):
            return self.n_taken
        return np.array([self.n_taken], dtype=np.float32)


def test_rows_are_what_was_seen_done_and_paid():
    env = Counting(spaces.Discrete(3, start=5))
    log = record_episodes(env, n_episodes=3, seed=1)
    assert [len(one) for one in log.episodes] == [2, 3, 4]
    given = np.array(env.given)
    assert np.array_equal(np.concatenate([one.actions for one in log.episodes]), given)
    assert np.array_equal(np.concatenate([one.rewards for one in log.episodes]), given)
    for one in log.episodes:
        assert one.observations[:, 0].tolist() == list(range(len(one)))
        assert one.truncated and not one.terminated
    assert set(given) == {5, 6, 7}


@pytest.mark.parametrize(
    ("space", "width"),
    [(spaces.Box(-1, 1, (2,)), 2), (spaces.MultiDiscrete([2, 3]), 2), (spaces.MultiBinary(4), 4)],
)
def test_other_actions_keep_their_columns(space, width):
    log = record_episodes(Counting(space), n_episodes=2)
    assert all(one.actions.shape == (len(one), width) for one in log.episodes)


def test_choices_that_are_observed_become_one_hot():
    log = record_episodes(Counting(spaces.Discrete(2), spaces.Discrete(9)), n_episodes=1)
    assert np.array_equal(log.episodes[0].observations, np.eye(9)[:2])


def test_the_seed_decides_everything():
    first, again, other = (record_episodes(make_env("CartPole-v1"), 3, seed) for seed in (1, 1, 2))
    assert first.fingerprint == again.fingerprint != other.fingerprint
    for one, two in zip(first.episodes, again.episodes, strict=True):
        assert np.array_equal(one.actions, two.actions) and np.array_equal(one.observations, two.observations)


def test_steps_are_reached_and_the_last_episode_is_whole():
    log = record_episodes(MemoryTaskEnv(delay=4), n_steps=10)
    assert [len(one) for one in log.episodes] == [4, 4, 4]
    assert all(one.terminated for one in log.episodes)


def test_a_policy_acts_on_what_it_sees():
    env = MemoryTaskEnv(delay=1)
    log = record_episodes(env, n_episodes=20, policy=lambda seen: int(seen[0]))
    assert all(one.rewards.tolist() == [1.0] for one in log.episodes)


def test_wrong_arguments_are_named():
    for given in ({}, {"n_episodes": 2, "n_steps": 2}):
        with pytest.raises(UsageError, match="n_episodes or n_steps; give one"):
            record_episodes(MemoryTaskEnv(), **given)
    with pytest.raises(UsageError, match="n_steps must be a whole number of at least 1"):
        record_episodes(MemoryTaskEnv(), n_steps=0)
    with pytest.raises(UsageError, match="no fixed width"):
        record_episodes(Counting(spaces.Discrete(2), spaces.Sequence(spaces.Discrete(2))), n_episodes=1)


def test_numbers_that_are_none_are_refused():
    with pytest.raises(DataError, match="reward that is not finite in episode 0"):
        record_episodes(Counting(spaces.Discrete(2), bad=float("nan")), n_episodes=1)
