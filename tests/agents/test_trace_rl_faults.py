"""TraceRL when something is wrong: divergence leaves no trace, bad arguments are named; and evaluation."""

import copy

import numpy as np
import pytest
import torch
from gymnasium import spaces

from motifkit import (
    CueAuxModule,
    CueMappingEnv,
    DataError,
    MemoryTaskEnv,
    StrategicMemoryTransformerPolicy,
    UsageError,
)
from motifkit.agents.auxiliary import AuxModule
from motifkit.agents.evaluating import Evaluation
from motifkit.errors import DivergedError
from tests.agents.small_agents import FEAT_DIM, agent_of, content, moments, story, weights
from tests.agents.tiny_envs import Broken, Counting, Paying, Spaced
from tests.memory.memories import made


class Poison(AuxModule):
    """A loss that turns to NaN at one of its calls."""

    def __init__(self, at):
        super().__init__(FEAT_DIM, 1, name="poison")
        self.at, self.n_calls = at, 0

    def loss(self, features, batch):
        self.n_calls += 1
        rows, _ = self.real_steps(features, batch)
        return self.head(rows).square().mean() * (float("nan") if self.n_calls == self.at else 1.0)


@pytest.mark.parametrize("at", [1, 3, 6 + 1, 6 + 4])
def test_an_agent_that_diverged_has_the_weights_from_before_that_update(at):
    """6 steps make an update: the fault strikes in the first or the second, at its start or amid."""
    how = {"memory_learn_retention": True, "reward_norm": True, "use_rnd": True, "n_epochs": 3}
    torch.manual_seed(0)
    poison = Poison(at)
    twin_module = copy.deepcopy(poison)
    twin_module.at = -1
    agent, twin = (agent_of(aux_modules=[one], **how) for one in (poison, twin_module))
    with pytest.raises(DivergedError, match="aux_poison=nan"):
        agent.learn(3 * 32, log_interval=1)
    if at > 6:
        twin.learn(32, log_interval=1)
    for (name, weight), other in zip(agent.policy.named_parameters(), twin.policy.parameters(), strict=True):
        assert "usefulness_vec" in name or torch.equal(
            weight, other
        )  # scores are the memory's, which went on
    assert story(agent) == story(twin) and agent.num_timesteps == twin.num_timesteps
    assert torch.equal(moments(agent), moments(twin))
    poison.at = -1
    agent.learn(32)  # and learning goes on
    assert weights(agent).isfinite().all() and not torch.equal(weights(agent), weights(twin))


@pytest.mark.parametrize("kind", ["none", "combined-cosine"])
@pytest.mark.parametrize("n_steps", [1, 10])
def test_rewards_beyond_all_bounds_diverge_and_leave_the_weights(kind, n_steps):
    """Ten of 1e38 are more than a single-precision number holds."""
    agent = agent_of(Paying(1e38, n_steps), kind)
    before = weights(agent)
    with pytest.raises(DivergedError, match="reward_norm=True"):
        agent.learn(8)
    assert torch.equal(weights(agent), before) and agent.history == []


@pytest.mark.parametrize("what", ["observation", "reward"])
def test_numbers_that_are_none_stop_learning(what):
    agent = agent_of(Broken(what, 2), "combined-cosine")
    before = weights(agent)
    with pytest.raises(DataError, match=what):
        agent.learn(8)
    assert torch.equal(weights(agent), before) and len(agent.get_episodic_buffer()) == 0


BOX = spaces.Box(-1, 1, (3,))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"env": Spaced(BOX, spaces.MultiBinary(2))}, "MultiBinary"),
        ({"env": Spaced(BOX, spaces.Box(0, 3, (1,), np.int64))}, "Box of floats"),
        ({"env": Spaced(spaces.Sequence(BOX)), "kind": "none", "obs_dim": 3}, "no fixed width"),
        ({"env": MemoryTaskEnv(), "obs_dim": 4}, "obs_dim=4.*3"),
        ({"memory": made("combined-cosine", 3, 3)}, "action_dim=3.*2 or 1"),
        ({"policy_kwargs": {"nhead": 3}}, "3 must divide"),
        ({"aux_modules": [CueAuxModule(7)]}, "feat_dim=7.*24"),
        ({"aux_modules": [CueAuxModule(24), CueAuxModule(24)]}, "two auxiliary modules are named 'cue'"),
        ({"n_envs": 0}, "n_envs"),
        ({"learning_rate": -1e-3}, "learning_rate"),
        ({"memory_retention_coef": -1}, "memory_retention_coef"),
        ({"max_episode_steps": 0}, "max_episode_steps"),
        ({"n_rounds": 1.5}, "n_rounds"),
        ({"seed": -1}, "seed"),
        ({"gamma": 2}, "gamma"),
        ({"tensorboard": True}, "log_dir"),
        ({"use_rnd": True, "rnd_lr": 0}, "lr"),
        ({"device": "gpu"}, "device"),
        ({"memory": object()}, "retrieve"),
        ({"policy": StrategicMemoryTransformerPolicy(3)}, "class"),
    ],
    ids=lambda x: "-".join(x) if isinstance(x, dict) else None,
)
def test_arguments_that_do_not_fit_are_named_in_one_line(how, said):
    with pytest.raises(UsageError, match=said) as raised:
        agent_of(**how)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("how", [{"total_timesteps": 0}, {"total_timesteps": 1.5}, {"log_interval": 0}])
def test_lessons_of_no_length_are_refused(how):
    with pytest.raises(UsageError, match=next(iter(how))):
        agent_of().learn(**{"total_timesteps": 8, **how})


# -- evaluation


def test_evaluation_counts_fresh_episodes_exactly():
    agent = agent_of(MemoryTaskEnv(3)).learn(24)
    found = agent.evaluate(n_episodes=21)
    assert isinstance(found, Evaluation) and found.returns.shape == found.lengths.shape == (21,)
    assert set(found.returns.tolist()) <= {-1.0, 1.0} and set(found.lengths.tolist()) == {3}
    assert tuple(found) == (found.mean, found.std) == (found.returns.mean(), found.returns.std())
    assert np.array_equal(found.returns, agent.evaluate(n_episodes=21).returns)
    assert np.array_equal(agent.evaluate(seed=4).returns, agent.evaluate(seed=4).returns)
    assert not np.array_equal(agent.evaluate(seed=4).returns, agent.evaluate(seed=5).returns)
    longer = agent.evaluate(MemoryTaskEnv(7), n_episodes=2)
    assert longer.lengths.tolist() == [7, 7]


def test_evaluation_draws_actions_when_asked_to():
    agent = agent_of(Counting(longest=3), "none")
    greedy = agent.evaluate(n_episodes=64, seed=0)
    drawn = agent.evaluate(n_episodes=64, seed=0, deterministic=False)
    assert np.array_equal(greedy.lengths, drawn.lengths) and not np.allclose(greedy.returns, drawn.returns)


def test_evaluation_in_worlds_begins_with_an_empty_memory_and_puts_it_back():
    agent = agent_of(CueMappingEnv(4, 2, rounds_per_world=3)).learn(24)
    before = content(agent)
    found = agent.evaluate(n_episodes=30)
    assert len(found.returns) == 48 and found.by_round.shape == (3,)
    assert np.bincount(found.rounds).tolist() == [16, 16, 16]
    after = content(agent)
    assert before["n_put"] > 0 and all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("env", [Counting(), Spaced(BOX, spaces.Discrete(3)), Spaced(BOX, BOX)])
def test_evaluation_on_other_spaces_is_refused(env):
    with pytest.raises(DataError, match="trained on"):
        agent_of().evaluate(env)


@pytest.mark.parametrize("how", [{"n_episodes": 0}, {"seed": -1}])
def test_evaluation_of_nothing_is_refused(how):
    with pytest.raises(UsageError, match=next(iter(how))):
        agent_of().evaluate(**how)


def test_evaluation_in_a_world_that_is_asked_for():
    agent = agent_of(CueMappingEnv(n_cues=2), "episodic-cosine", n_envs=4)
    asked, again = (agent.evaluate(n_episodes=24, seed=0, options={"world": world}) for world in (5, 5))
    others = [agent.evaluate(n_episodes=24, seed=0, options={"world": world}) for world in range(6, 12)]
    assert np.array_equal(asked.returns, again.returns)
    assert any(not np.array_equal(asked.returns, other.returns) for other in others)


class Endless(Counting):
    """Never ends an episode."""

    def step(self, action):
        self.length = self.t + 2
        return super().step(action)


def test_episodes_without_an_end_stop_with_a_word_on_the_limit(monkeypatch):
    monkeypatch.setattr("motifkit.agents.rollout.MOST_STEPS", 30)
    agent = agent_of(Endless(), kind="none")
    for play in (lambda: agent.learn(1), lambda: agent.evaluate(n_episodes=2)):
        with pytest.raises(DataError, match="not ended after 30 steps; set max_episode_steps"):
            play()
    limited = agent_of(Endless(), kind="none", max_episode_steps=40).learn(1)
    assert limited.history[-1]["length_mean"] == 40
