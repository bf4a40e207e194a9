"""Memories and policies of the user's own: called step by step, given what they expect, and warned of once."""

import warnings

import numpy as np
import pytest
import torch
from gymnasium import spaces
from torch import nn

from motifkit import (
    BaseMemoryBuffer,
    CombinedMemoryModule,
    CueAuxModule,
    MemoryTaskEnv,
    Retrieval,
    StrategicCombinedMemoryPolicy,
    StrategicMemoryBuffer,
    StrategicMemoryTransformerPolicy,
    TraceRL,
    UsageError,
)
from motifkit.agents.step_path import PerStepMemory, PerStepPathWarning, PerStepPolicy, as_tuples, knows
from motifkit.envs import CueMappingEnv
from tests.agents.tiny_envs import Counting, Spaced
from tests.memory.memories import bank, both, buffer, close, filled, random_context

pytestmark = pytest.mark.filterwarnings("ignore::motifkit.agents.step_path.PerStepPathWarning")


class LastFew(nn.Module):
    """A memory of one's own that derives from nothing here and tells what it was asked and given."""

    mem_dim = 4

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4))
        self.stored, self.asked, self.n_resets = [], [], 0

    def retrieve(self, context_traj):
        self.asked.append(context_traj)
        seen = torch.tensor([float(len(context_traj)), float(context_traj[-1][2]), 1.0, 0.5])
        return self.weight * seen, torch.ones(1)

    def add_entry(self, trajectory, outcome):
        self.stored.append((trajectory, outcome))

    def reset(self):
        self.n_resets += 1


class AskedAlone(nn.Module):
    """The least that a memory must have."""

    mem_dim = 4

    def retrieve(self, context_traj):
        return torch.zeros(4), None


class Plain(nn.Module):
    """A policy of one's own with the notebook's interface; takes no more than it needs."""

    def __init__(self, obs_dim, memory=None, n_logits=2):
        super().__init__()
        self.memory, self.calls = memory, []
        self.linear = nn.Linear(obs_dim, n_logits)
        self.value = nn.Linear(obs_dim, 1)

    def forward(self, trajectory, obs_t=None, actions=None, rewards=None):
        self.calls.append((trajectory, obs_t, actions, rewards))
        mean = trajectory.mean(0)
        return self.linear(mean), self.value(mean), {}


def learned(policy=StrategicCombinedMemoryPolicy, memory=None, env=None, n_steps=1, **how):
    how = {"n_envs": 3, "seed": 0, "n_epochs": 1, "n_minibatches": 1, **how}
    return TraceRL(policy, MemoryTaskEnv(3) if env is None else env, memory, **how).learn(n_steps)


# -- the batched face


def test_a_wrapped_memory_answers_the_same_in_every_form():
    inner = filled(both(), 3)
    memory, context = PerStepMemory(inner, 3, 1), random_context(2, 5)
    unrolled = memory.unroll(context)
    state = memory.start(2)
    for t in range(5):
        stepped = memory.step(context[:, t], state)
        assert close(stepped, Retrieval(*(field[:, t] for field in unrolled)))
        for i in range(2):
            own = inner.retrieve(context[i, : t + 1])
            assert close(own, Retrieval(*(field[i] for field in stepped)))
    assert memory.readout_dim == 16 and memory.mem_dim == inner.mem_dim


def test_a_wrapped_policy_judges_the_same_in_every_form():
    inner = Plain(3)
    policy, context = PerStepPolicy(inner, spaces.Discrete(2), 1), random_context(2, 5)
    whole = policy.unroll(context[..., :3], context)
    state = policy.start(2)
    for t in range(5):
        output = policy.step(context[:, t, :3], context[:, t], state)
        assert torch.allclose(output.logits, whole.logits[:, t], atol=1e-6)
        assert torch.allclose(output.values, whole.values[:, t], atol=1e-6)
    logits, value, _ = inner(context[0, :4, :3])
    assert torch.allclose(whole.logits[0, 3], logits) and torch.allclose(whole.values[0, 3], value)


def test_trajectories_are_those_of_the_notebook():
    """(obs, action, reward), with what was before each step; actions of one feature are numbers."""
    context = random_context(1, 3)[0]
    rows = as_tuples(context, 3)
    assert [row[0].tolist() for row in rows] == context[:, :3].tolist()
    assert [np.ndim(row[1]) for row in rows] == [0] * 3 and [type(row[2]) for row in rows] == [float] * 3
    wide = as_tuples(random_context(1, 3, 7)[0], 3)
    assert [row[1].shape for row in wide] == [(3,)] * 3


# -- what the user's own memory sees


@pytest.mark.parametrize("policy", [StrategicCombinedMemoryPolicy, Plain], ids=["ours", "own"])
def test_a_memory_of_ones_own_gets_the_episodes_as_lists_of_tuples(policy):
    memory = LastFew()
    agent = learned(policy, memory, Counting(longest=4))
    assert len(memory.stored) == agent.n_episodes == 3
    for trajectory, outcome in memory.stored:
        assert isinstance(trajectory, list) and isinstance(outcome, float)
        for obs, action, reward in trajectory:
            assert np.shape(obs) == (2,) and float(action) in (0.0, 1.0) and isinstance(reward, float)
        assert trajectory[0][1] == 0 and trajectory[0][2] == 0


def test_a_memory_of_ones_own_is_asked_with_the_episode_so_far():
    memory = LastFew()
    learned(memory=memory)
    for trajectory in memory.asked:
        assert isinstance(trajectory, list) and len(trajectory[0]) == 3
    assert {len(trajectory) for trajectory in memory.asked} == {1, 2, 3}


@pytest.mark.parametrize("policy", [StrategicCombinedMemoryPolicy, Plain], ids=["ours", "own"])
def test_a_memory_needs_retrieve_alone(policy):
    agent = learned(policy, AskedAlone(), CueMappingEnv(3, 2, rounds_per_world=2), n_steps=30)
    assert agent.evaluate(n_episodes=4).returns.shape[0] >= 4


@pytest.mark.parametrize("policy", [StrategicCombinedMemoryPolicy, Plain], ids=["ours", "own"])
def test_a_memory_of_ones_own_is_reset_with_the_world(policy):
    memory = LastFew()
    learned(policy, memory, CueMappingEnv(3, 2, rounds_per_world=2), n_steps=18)
    assert memory.n_resets == 3


def test_a_memory_of_ones_own_learns():
    memory = LastFew()
    agent = learned(memory=memory, n_steps=9 * 5, memory_learn_retention=True)
    assert not torch.equal(memory.weight, torch.ones(4))
    assert agent.memory is memory and agent.get_episodic_buffer() is None


def test_one_hot_actions_reach_a_memory_of_ones_own_alike_in_question_and_entry():
    class Wide(LastFew):
        obs_dim, action_dim = 3, 2

    memory = Wide()
    learned(memory=memory)
    asked = {np.shape(row[1]) for trajectory in memory.asked for row in trajectory}
    stored = {np.shape(row[1]) for trajectory, _ in memory.stored for row in trajectory}
    assert asked == stored == {(2,)}


class Picky(BaseMemoryBuffer):
    """Keeps successes alone, in a buffer of ours."""

    obs_dim, action_dim, mem_dim = 3, 1, 8

    def __init__(self):
        super().__init__()
        self.buffer, self.offered = buffer(), 0

    def retrieve(self, context_traj):
        return self.buffer.retrieve(context_traj)

    def add_entry(self, trajectory, outcome):
        self.offered += 1
        if outcome > 0:
            self.buffer.add_entry(trajectory, outcome)


def test_a_memory_of_ones_own_decides_what_it_keeps():
    memory = Picky()
    learned(memory=memory, n_steps=9 * 6)
    assert memory.offered == 18
    assert set(memory.buffer.entries().outcomes.tolist()) == {1.0}


# -- subclasses


class Forgetful(StrategicMemoryBuffer):
    """Asks nothing of what it stored."""

    def retrieve(self, context_traj):
        return Retrieval(torch.full((self.mem_dim,), 3.0), None, None)


class Stubborn(StrategicMemoryTransformerPolicy):
    """Overrides the notebook's form alone."""

    def forward(self, trajectory, obs_t=None, actions=None, rewards=None):
        logits, value, aux = super().forward(trajectory, obs_t, actions, rewards)
        return logits + torch.tensor([0.0, 1e3]), value, aux


def test_what_a_subclass_overrides_is_what_is_called():
    agent = learned(memory=Forgetful(3, 1, mem_dim=8, max_entries=4))
    context = random_context(1, 2)
    assert torch.equal(agent.policy.memory.unroll(context).readout, torch.full((1, 2, 8), 3.0))
    agent = learned(Stubborn, both())
    assert agent.predict(np.zeros((40, 3)))[0].tolist() == [1] * 40


def test_classes_that_know_their_batched_form_are_told_apart():
    class Fast(Forgetful):
        def unroll(self, context, entries=None):
            return Retrieval(context, None, None)

    assert knows(buffer(), "unroll", "retrieve") and knows(Fast(3, 1), "unroll", "retrieve")
    assert not knows(Forgetful(3, 1), "unroll", "retrieve")
    assert not knows(LastFew(), "unroll", "retrieve") and not knows(Plain(3), "unroll", "forward")


def test_a_memory_with_the_batched_form_alone_is_no_riddle():
    class Batched(nn.Module):
        mem_dim = readout_dim = 8

        def unroll(self, context, entries=None):
            return Retrieval(context.new_zeros(*context.shape[:2], 8), None, None)

        def start(self, n_rows, entries=None):
            return None

        def step(self, row, state):
            return Retrieval(row.new_zeros(len(row), 8), None, None)

    try:
        learned(memory=Batched())
    except UsageError as error:
        assert "retrieve" in str(error)


# -- what the user's own policy sees


@pytest.mark.parametrize(
    ("space", "n_logits", "kind"),
    [
        (spaces.Discrete(3, start=4), 3, torch.int64),
        (spaces.MultiDiscrete([2, 3]), 5, torch.float32),
        (spaces.Box(-1.0, 1.0, (2,)), 2, torch.float32),
    ],
    ids=str,
)
@pytest.mark.parametrize("memory", [None, "one-hot"])
def test_a_policy_of_ones_own_acts_in_every_space(space, n_logits, kind, memory):
    class Own(Plain):
        def __init__(self, obs_dim, memory=None):
            super().__init__(obs_dim, memory, n_logits)

    width = {3: 3, 5: 5, 2: 2}[n_logits]
    env = Spaced(spaces.Box(-1, 1, (3,)), space, n_steps=4)
    agent = learned(Own, None if memory is None else bank(3, width), env)
    for trajectory, obs_t, actions, rewards in agent.policy.calls:
        assert torch.equal(trajectory[-1], obs_t)
        assert len(actions) == len(trajectory) - 1
        assert rewards.tolist() == [1.0] * (
            len(trajectory) - 1
        )  # those before this step, the first one's too
        assert actions.dtype == kind and (actions.ndim == 1) == (kind == torch.int64)
        if kind == torch.int64:
            assert all(a in (0, 1, 2) for a in actions.tolist())


def test_a_policy_with_another_number_of_actions_is_told_so():
    with pytest.raises(UsageError, match="Plain gives 2 logits, but the action space needs 3"):
        learned(Plain, env=Spaced(spaces.Box(-1, 1, (3,)), spaces.Discrete(3)))


def test_auxiliary_modules_need_features():
    class WithAux(Plain):
        def __init__(self, obs_dim, memory=None, aux_modules=None):
            super().__init__(obs_dim, memory)
            self.aux_modules = aux_modules

    with pytest.raises(UsageError, match="auxiliary modules"):
        learned(WithAux, aux_modules=[CueAuxModule(3)])


def test_what_a_policy_of_ones_own_does_not_take_is_not_dropped_in_silence():
    class Bare(Plain):
        def __init__(self, obs_dim):
            super().__init__(obs_dim)

    with pytest.raises(UsageError, match=r"Plain.*aux_modules"):
        learned(Plain, aux_modules=[CueAuxModule(3)])
    with pytest.raises(UsageError, match=r"Bare.*memory"):
        learned(Bare, buffer())


# -- warnings


@pytest.mark.parametrize(
    ("make", "n_told"),
    [
        (lambda: (Plain, None), 1),
        (lambda: (Plain, LastFew()), 1),
        (lambda: (StrategicCombinedMemoryPolicy, LastFew()), 1),
        (lambda: (Stubborn, LastFew()), 1),
        (lambda: (StrategicCombinedMemoryPolicy, CombinedMemoryModule(buffer(), bank())), 0),
        (lambda: (StrategicMemoryTransformerPolicy, None), 0),
    ],
    ids=["policy", "both", "memory", "subclass and memory", "ours", "ours alone"],
)
def test_slowness_is_said_once_in_one_line(make, n_told):
    policy, memory = make()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        learned(policy, memory, n_steps=27).evaluate(n_episodes=2)
    told = [one for one in caught if issubclass(one.category, PerStepPathWarning)]
    assert len(told) == n_told
    assert not any("\n" in str(one.message) for one in told)


def test_slowness_is_said_of_the_line_that_made_the_agent():
    for policy, memory in ((Plain, None), (StrategicCombinedMemoryPolicy, LastFew())):
        with pytest.warns(PerStepPathWarning) as told:
            TraceRL(policy, MemoryTaskEnv(3), memory, n_envs=2)
        assert told[0].filename == __file__
