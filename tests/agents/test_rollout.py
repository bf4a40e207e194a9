"""Rollouts: caches equal full passes, rows lie where they belong, cut episodes are valued at their real end."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces

from motifkit.action_heads import action_dims
from motifkit.agents.collecting import Worlds, as_episode, play_rounds, remember
from motifkit.agents.environments import batch_of
from motifkit.agents.rollout import PlaySettings, play
from motifkit.envs import CueMappingEnv, MemoryTaskEnv
from motifkit.errors import DataError
from motifkit.memory.initialise import drawn_from
from motifkit.policies import StrategicCombinedMemoryPolicy, StrategicMemoryTransformerPolicy
from tests.agents.tiny_envs import Broken, Counting, Spaced
from tests.memory.memories import DIM, KINDS, made

POLICIES = [StrategicMemoryTransformerPolicy, StrategicCombinedMemoryPolicy]
BOX, MULTI = spaces.Box(-1.0, 1.0, (2,)), spaces.MultiDiscrete([2, 3])


def policy_of(env, cls=POLICIES[1], kind="none", action_dim=1, n_entries=4, bold=30.0):
    """With larger weights in its heads than at first, so that actions and values are not all alike."""
    obs_dim = env.observation_space.shape[0]
    memory = made(kind, obs_dim, action_dim, n_entries)
    with drawn_from(0):
        policy = cls(obs_dim, DIM, 2, memory, action_space=env.action_space)
    with torch.no_grad():
        for parameter in policy.policy_head.parameters():
            parameter.mul_(bold)
    return policy


def played(policy, env, n_envs=4, seed=0, action_dim=1, draws=1, entries=None, **how):
    generator = torch.Generator().manual_seed(draws)
    batch = batch_of(env, n_envs)
    return play(policy, batch, seed, PlaySettings(action_dim, generator, **how), entries)


@torch.no_grad()
def require_full_pass(policy, batch, atol=1e-5):
    """Values and log-probabilities of the rollout are those of one pass over whole episodes."""
    output = policy.unroll(batch.observations, batch.context, batch.entries)
    log_probs, _ = policy.head.log_prob_entropy(output.logits, batch.actions)
    mask = batch.mask
    assert (batch.values - output.values)[mask].abs().max() < atol
    assert (batch.log_probs - log_probs)[mask].abs().max() < atol
    assert not batch.values[~mask].any() and not batch.log_probs[~mask].any()
    assert batch.values[mask].std() > 1e-3 and batch.log_probs[mask].std() > 1e-3


@pytest.mark.parametrize("n_entries", [0, 4])
@pytest.mark.parametrize("kind", ["none", *KINDS])
@pytest.mark.parametrize("cls", POLICIES)
def test_a_rollout_equals_the_full_pass_with_episodes_of_unequal_lengths(cls, kind, n_entries):
    env = gymnasium.make("CartPole-v1", max_episode_steps=40)
    policy = policy_of(env, cls, kind, n_entries=n_entries)
    batch = played(policy, env, 5)
    assert len(set(batch.lengths.tolist())) > 1
    require_full_pass(policy, batch)


@pytest.mark.parametrize("kind", ["none", "combined-cosine", "combined-dot"])
@pytest.mark.parametrize("space", [BOX, MULTI, spaces.Discrete(3, start=4)], ids=str)
def test_a_rollout_equals_the_full_pass_with_actions_of_every_kind(space, kind):
    env = Spaced(spaces.Box(-1, 1, (3,)), space, n_steps=6)
    for width in action_dims(space):
        policy = policy_of(env, kind=kind, action_dim=width)
        require_full_pass(policy, played(policy, env, action_dim=width))


def test_a_rollout_of_hundreds_of_steps_equals_the_full_pass():
    env = MemoryTaskEnv(300, difficulty=1)
    policy = policy_of(env, kind="combined-cosine")
    require_full_pass(policy, played(policy, env, 3))


def test_rows_lie_where_they_belong():
    """Context row t is (obs_t, a_{t-1}, r_{t-1}), the first with zeros; the closing row says the rest."""
    env = Counting()
    batch = played(policy_of(env, action_dim=2), env, 6, action_dim=2)
    observations, context, _, actions, rewards = (
        x.numpy() for x in (batch.observations, batch.context, batch.closing, batch.actions, batch.rewards)
    )
    for i, n in enumerate(batch.lengths.tolist()):
        assert observations[i, :n, 0].tolist() == list(range(n))
        assert np.array_equal(context[i, :n, :2], observations[i, :n])
        assert not context[i, 0, 2:].any()
        assert np.array_equal(context[i, 1:n, 2:4], np.eye(2)[actions[i, : n - 1]])
        assert np.array_equal(context[i, 1:n, 4], rewards[i, : n - 1])
        final = batch.final_observations[i].numpy()
        assert final[0] == n and rewards[i, n - 1] == np.float32(final[1] + actions[i, n - 1])
        assert np.allclose(batch.closing[i], [*final, *np.eye(2)[actions[i, n - 1]], rewards[i, n - 1]])
        for rows in (observations, context, rewards, batch.log_probs, batch.values):
            assert not rows[i, n:].any()
        assert bool(batch.terminated[i]) == bool(n % 2)
    closed, lengths = batch.closed_context()
    assert lengths.tolist() == (batch.lengths + 1).tolist()
    assert torch.equal(closed[torch.arange(6), batch.lengths], batch.closing)
    assert batch.cues.tolist() == (batch.lengths % 2).tolist()
    assert torch.allclose(batch.returns, batch.rewards.sum(1)) and batch.n_steps == int(batch.lengths.sum())


def test_actions_after_the_end_are_zeros_like_all_rows():
    batch = played(policy_of(Counting()), Counting(), 12)
    assert (~batch.mask).any() and not batch.actions[~batch.mask].any()


@torch.no_grad()
def value_at_end(policy, batch, i):
    """Value of the observation after the last action, from the start of the episode."""
    n = int(batch.lengths[i])
    obs = torch.cat([batch.observations[i, :n], batch.final_observations[i : i + 1]])
    rows = torch.cat([batch.context[i, :n], batch.closing[i : i + 1]])
    return float(policy.unroll(obs[None], rows[None], batch.entries).values[0, -1])


@pytest.mark.parametrize("kind", ["none", "combined-cosine"])
@pytest.mark.parametrize("max_steps", [None, 3])
@pytest.mark.parametrize("ends", ["terminated", "truncated", "either"])
def test_cut_episodes_are_valued_at_their_final_observation(ends, max_steps, kind):
    """However they were cut: by the environment at different times, or all at `max_steps`."""
    env = Counting(longest=6, ends=ends)
    policy = policy_of(env, kind=kind)
    batch = played(policy, env, 12, max_steps=max_steps)
    assert len(set(batch.lengths.tolist())) > 2
    for i in range(12):
        if batch.terminated[i]:
            assert batch.final_values[i] == 0
        else:
            assert batch.final_values[i] == pytest.approx(value_at_end(policy, batch, i), abs=1e-5)
            assert batch.final_values[i] != 0
    if ends == "terminated" and max_steps is None:
        assert batch.terminated.all()
    if max_steps:
        assert batch.lengths.max() == 3 and not batch.terminated.all()


def test_pendulum_is_cut_and_not_ended():
    env = gymnasium.make("Pendulum-v1", max_episode_steps=8)
    policy = policy_of(env, kind="motif-cosine")
    batch = played(policy, env, 3)
    assert not batch.terminated.any() and batch.lengths.tolist() == [8] * 3
    require_full_pass(policy, batch)
    for i in range(3):
        assert batch.final_values[i] == pytest.approx(value_at_end(policy, batch, i), abs=1e-5)


def test_an_episode_that_ends_and_is_cut_in_one_step_has_ended():
    class Both(Counting):
        def step(self, action):
            seen, reward, terminated, truncated, info = super().step(action)
            over = terminated or truncated
            return seen, reward, over, over, info

    batch = played(policy_of(Both()), Both(), 4)
    assert batch.terminated.all() and not batch.final_values.any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("what", "at"),
    [("observation", 0), ("observation", 2), ("observation", 4), ("reward", 1), ("reward", 4)],
)
def test_numbers_that_are_none_are_data_errors(what, at, value):
    env = Broken(what, at, value)
    with pytest.raises(DataError, match=f"{what} that is not finite at step"):
        played(policy_of(env), env)


def test_the_same_seed_plays_the_same_episodes():
    env = Counting()
    policy = policy_of(env)
    one, two = played(policy, env), played(policy, env)
    assert torch.equal(one.context, two.context) and torch.equal(one.actions, two.actions)
    other = played(policy, env, seed=9)
    assert not torch.equal(one.final_observations, other.final_observations)
    drawn = played(policy, env, draws=2)
    assert torch.equal(one.observations, drawn.observations)
    assert not torch.equal(one.actions, drawn.actions)


def test_playing_leaves_torchs_generator_alone():
    env = Counting()
    before = torch.get_rng_state()
    policy = policy_of(env, kind="combined-cosine")
    played(policy, env)
    played(policy, env, deterministic=True)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_likeliest_actions_need_no_chance():
    env = Spaced(spaces.Box(-1, 1, (3,)), BOX)
    policy = policy_of(env)
    batch = played(policy, env, action_dim=2, deterministic=True)
    with torch.no_grad():
        output = policy.unroll(batch.observations, batch.context)
    assert torch.allclose(batch.actions, output.logits, atol=1e-5)


def test_other_entries_can_be_attended_to():
    env = Counting()
    policy = policy_of(env, kind="episodic-cosine")
    before = policy.memory.entries()
    one = played(policy, env)
    policy.memory.reset()
    assert torch.equal(one.values, played(policy, env, entries=before).values)
    assert not torch.equal(one.values, played(policy, env).values)


# -- rounds and memory


def test_each_round_sees_what_the_memory_kept_of_those_before():
    env = Counting()
    policy = policy_of(env, kind="combined-cosine", n_entries=0)
    rng = np.random.default_rng(0)
    rounds = play_rounds(policy, batch_of(env, 2), Worlds(1), 3, rng, PlaySettings(1))
    assert [batch.entries.n_entries for batch in rounds] == [0, 2, 4]
    assert len(policy.memory.episodic_buffer) == 6
    stored = policy.memory.entries()
    closed, lengths = rounds[1].closed_context()
    for i in range(2):
        n = int(lengths[i])
        assert torch.equal(stored.context[2 + i, :n], closed[i, :n]) and stored.lengths[2 + i] == n
        assert stored.outcomes[2 + i] == pytest.approx(float(rounds[1].returns[i]))
    for batch in rounds:
        require_full_pass(policy, batch)


def test_the_memory_lives_as_long_as_the_world():
    env = CueMappingEnv(n_cues=3, n_actions=2, rounds_per_world=3)
    policy = policy_of(env, kind="episodic-cosine")
    worlds, rng = Worlds(3), np.random.default_rng(0)
    rounds = play_rounds(policy, batch_of(env, 2), worlds, 7, rng, PlaySettings(1))
    assert [batch.entries.n_entries for batch in rounds] == [0, 2, 4, 0, 2, 4, 0]
    assert worlds.round == 1 and len(policy.memory) == 2


def test_many_parallel_episodes_do_not_flush_the_memory():
    env = Counting()
    policy = policy_of(env, kind="episodic-cosine", n_entries=6)
    before = policy.memory.entries().context
    remember(policy.memory, played(policy, env, 64))
    after = policy.memory.entries().context[:, : before.shape[1]]
    assert [bool((a == b).all()) for a, b in zip(before, after, strict=True)].count(False) == 1


def test_an_episode_of_a_batch_as_a_value():
    env = Counting()
    batch = played(policy_of(env), env)
    for i in range(4):
        episode, n = as_episode(batch, i), int(batch.lengths[i])
        assert len(episode) == n and episode.terminated != episode.truncated
        assert episode.terminated == bool(batch.terminated[i])
        assert np.allclose(episode.to_context(), batch.context[i, :n])
