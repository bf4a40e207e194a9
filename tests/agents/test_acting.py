"""predict: an episode carried in the state, one environment or several, in step or not."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from gymnasium import spaces

from motifkit.agents.environments import batch_of
from motifkit.agents.rollout import PlaySettings, play
from motifkit.envs import MemoryTaskEnv
from motifkit.errors import DataError
from motifkit.policies import StrategicMemoryTransformerPolicy
from tests.agents.small_agents import agent_of
from tests.agents.tiny_envs import Spaced
from tests.memory.memories import KINDS, made

SEEN = spaces.Box(-1.0, 1.0, (3,))
BOX = spaces.Box(-1.0, 1.0, (2,))


def continuous_agent(kind="combined-cosine", n_steps=5):
    """Its likeliest actions are numbers that say all of what it saw."""
    memory = made(kind, 3, 2, n_entries=4)
    agent = agent_of(Spaced(SEEN, BOX, n_steps), kind, memory=memory, n_envs=3)
    with torch.no_grad():
        for parameter in agent.policy.policy_head.parameters():
            parameter.mul_(20.0)
    return agent


def walk(agent, observations, rewards=None, starts=None):
    """Likeliest actions (B, T, 2) along observations (B, T, 3), one call a step."""
    state, actions = None, []
    for t in range(observations.shape[1]):
        paid = None if rewards is None or t == 0 else rewards[:, t - 1]
        action, state = agent.predict(
            observations[:, t], state, None if starts is None else starts[:, t], True, paid
        )
        actions.append(action)
    return np.stack(actions, 1)


def randoms(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("kind", ["none", *KINDS])
def test_a_carried_state_acts_as_the_rollout_does(kind):
    agent = continuous_agent(kind)
    batch = play(agent.policy, batch_of(agent.env, 3), 0, PlaySettings(agent.action_dim, deterministic=True))
    found = walk(agent, batch.observations.numpy(), batch.rewards.numpy())
    wanted = np.clip(batch.actions.numpy(), -1, 1)
    assert np.abs(found - wanted).max() < 1e-5 and wanted.std() > 1e-2


def test_rewards_and_actions_of_the_episode_count():
    agent, observations = continuous_agent(), randoms(2, 4, 3)
    without = walk(agent, observations)
    assert np.array_equal(without, walk(agent, observations, np.zeros((2, 4))))
    paid = walk(agent, observations, np.full((2, 4), 5.0))
    assert np.array_equal(without[:, 0], paid[:, 0]) and not np.allclose(without[:, 1:], paid[:, 1:])


def test_several_environments_act_like_single_ones():
    agent, observations = continuous_agent(), randoms(3, 5, 3)
    together = walk(agent, observations)
    for i in range(3):
        state, alone = None, []
        for seen in observations[i]:
            action, state = agent.predict(seen, state, deterministic=True)
            assert action.shape == (2,)
            alone.append(action)
        assert np.allclose(together[i], alone, atol=1e-5)


@pytest.mark.parametrize(
    "starts",
    [
        [[1, 0, 0, 0, 0, 0]] * 3,
        [[0, 0, 0, 1, 0, 0]] * 3,
        [[1, 0, 1, 0, 0, 0], [1, 0, 0, 0, 0, 1], [1, 0, 0, 0, 0, 0]],
        [[1, 1, 1, 1, 1, 1], [1, 0, 0, 1, 0, 0], [1, 0, 0, 1, 0, 0]],
        [[0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 1, 0, 1]],
    ],
)
def test_rows_that_start_anew_act_as_in_a_fresh_episode(starts):
    """Whether all start, or some; also once they are in step again."""
    agent = continuous_agent()
    starts = np.array(starts, dtype=bool)
    observations, rewards = randoms(3, 6, 3), randoms(3, 6, seed=1)
    found = walk(agent, observations, rewards, starts)
    for i in range(3):
        edges = [0, *np.flatnonzero(starts[i, 1:]) + 1, 6]
        for a, b in pairwise(edges):
            fresh = walk(agent, observations[i : i + 1, a:b], rewards[i : i + 1, a:b])
            assert np.allclose(found[i, a:b], fresh[0], atol=1e-5)


def test_the_short_form_begins_a_new_episode_each_time():
    agent, observations = continuous_agent(), randoms(4, 3)
    for seen in observations:
        action, _ = agent.predict(seen, deterministic=True)
        fresh, _ = agent.predict(seen, state=None, episode_start=True, deterministic=True)
        assert np.array_equal(action, fresh)


def test_greedy_actions_are_the_same_and_draws_come_from_the_agents_generator():
    agent = agent_of(MemoryTaskEnv(4))
    seen, before = np.zeros((50, 3), np.float32), agent.generator.get_state()
    global_state = torch.get_rng_state()
    one, _ = agent.predict(seen, deterministic=True)
    two, _ = agent.predict(seen, deterministic=True)
    assert np.array_equal(one, two) and torch.equal(agent.generator.get_state(), before)
    drawn, _ = agent.predict(seen)
    agent.generator.set_state(before)
    again, _ = agent.predict(seen)
    assert np.array_equal(drawn, again) and len(set(drawn.tolist())) == 2
    assert torch.equal(torch.get_rng_state(), global_state)


@pytest.mark.parametrize(
    "space",
    [spaces.Discrete(3, start=7), spaces.MultiDiscrete([[2, 3]]), spaces.Box(-2, 3, (2, 1)), BOX],
    ids=str,
)
def test_actions_fit_the_space_alone_and_together(space):
    agent = agent_of(Spaced(SEEN, space), "none")
    alone, _ = agent.predict(randoms(3))
    assert space.contains(np.asarray(alone) if isinstance(space, spaces.Box) else alone)
    together, _ = agent.predict(randoms(1, 3))
    assert together.shape == (1, *space.shape)
    agent.env.reset(seed=0)
    agent.env.step(alone)


def test_a_choice_is_a_number_that_environments_take():
    agent, env = agent_of(MemoryTaskEnv(4)), MemoryTaskEnv(4)
    seen, _ = env.reset(seed=0)
    action, _ = agent.predict(seen)
    assert np.ndim(action) == 0 and env.step(action)[1] == 0.0


@pytest.mark.parametrize(
    ("space", "single", "several"),
    [
        (spaces.Discrete(4), 3, np.array([3, 1])),
        (spaces.MultiDiscrete([2, 3]), np.array([1, 2]), np.array([[1, 2], [0, 0]])),
        (spaces.Box(0, 1, (2, 2)), np.ones((2, 2)), np.stack([np.ones((2, 2)), np.zeros((2, 2))])),
        (spaces.Box(-1, 1, ()), np.float32(0.5), np.array([0.5, -0.5])),
        (
            spaces.Dict(a=spaces.Discrete(2), b=spaces.Box(0, 1, (1,))),
            {"a": 1, "b": np.ones(1, np.float32)},
            {"a": np.array([1, 0]), "b": np.zeros((2, 1), np.float32)},
        ),
    ],
    ids=["choice", "choices", "grid", "number", "dict"],
)
def test_observations_of_every_space_alone_and_together(space, single, several):
    agent = agent_of(Spaced(space), "none", obs_dim=1)
    action, _ = agent.predict(single, deterministic=True)
    assert np.ndim(action) == 0
    actions, _ = agent.predict(several, deterministic=True)
    assert actions.shape == (2,)
    first, _ = agent.predict(agent.env.reset(seed=0)[0], deterministic=True)
    assert np.ndim(first) == 0


def test_a_long_episode_may_be_acted_in():
    agent = agent_of(MemoryTaskEnv(4), policy=StrategicMemoryTransformerPolicy)
    state = None
    for _ in range(300):
        action, state = agent.predict(np.zeros((2, 3), np.float32), state, deterministic=True)
    assert action.shape == (2,)


@pytest.mark.parametrize(
    ("observation", "how", "said"),
    [
        (np.zeros(4), {}, r"shape \(4,\).*\(3,\)"),
        (np.zeros((2, 4)), {}, r"shape \(2, 4\)"),
        ({"position": np.zeros(3)}, {}, r"a dict, .*arrays of shape \(3,\)"),
        (np.full(3, np.nan), {}, "not finite"),
        (np.zeros((2, 3)), {"episode_start": [True] * 3}, "3 values for 2"),
        (np.zeros((2, 3)), {"state": "of three"}, "3 environments.*2 observations"),
        (np.zeros((2, 3)), {"reward": [1.0] * 3}, "reward"),
        (np.zeros((2, 3)), {"state": "of two", "reward": [1.0, np.nan]}, "reward"),
    ],
)
def test_what_does_not_fit_is_a_data_error_in_one_line(observation, how, said):
    agent = continuous_agent()
    for name, n in (("of two", 2), ("of three", 3)):
        if how.get("state") == name:
            how = {**how, "state": agent.predict(randoms(n, 3))[1]}
    with pytest.raises(DataError, match=said) as raised:
        agent.predict(observation, **how)
    assert "\n" not in str(raised.value)
