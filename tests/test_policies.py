"""Policies: any with any memory or none, the same step by step, all at once and as the notebook calls them."""

import numpy as np
import pytest
import torch
from gymnasium import spaces

from motifkit.agents.auxiliary import ConfidenceAuxModule, CueAuxModule
from motifkit.errors import UsageError
from motifkit.memory import encoder
from motifkit.memory.encoder import CausalEncoder
from motifkit.memory.initialise import drawn_from
from motifkit.policies import (
    StrategicCombinedMemoryPolicy,
    StrategicMemoryTransformerPolicy,
    readout_dim,
)
from tests.memory.memories import DIM, KINDS, bank, both, buffer, close, filled, made, random_context

POLICIES = [StrategicMemoryTransformerPolicy, StrategicCombinedMemoryPolicy]
MEMORIES = ["none", *KINDS]
SPACES = {
    "discrete": (spaces.Discrete(3), 1),
    "discrete one-hot": (spaces.Discrete(3, start=2), 3),
    "multi": (spaces.MultiDiscrete([2, 3]), 5),
    "box": (spaces.Box(-1.0, 1.0, (2,)), 2),
}


def policy_of(cls, memory, seed=0, **more):
    with drawn_from(seed):
        return cls(3, DIM, 2, memory, **more)


@torch.no_grad()
def stepped(policy, context):
    state = policy.start(len(context))
    return [policy.step(row[:, :3], row, state) for row in context.unbind(1)]


@pytest.mark.parametrize("n_entries", [0, 4])
@pytest.mark.parametrize("kind", MEMORIES)
@pytest.mark.parametrize("cls", POLICIES)
def test_steps_equal_the_unrolled_pass(cls, kind, n_entries, monkeypatch):
    monkeypatch.setattr(encoder, "_FIRST_CAPACITY", 8)  # caches grow twice in these steps
    policy, context = policy_of(cls, made(kind, n_entries=n_entries)), random_context(2, 20)
    with torch.no_grad():
        whole = policy.unroll(context[..., :3], context)
    for t, output in enumerate(stepped(policy, context)):
        assert torch.allclose(output.logits, whole.logits[:, t], atol=1e-5)
        assert torch.allclose(output.values, whole.values[:, t], atol=1e-5)
        assert torch.allclose(output.features, whole.features[:, t], atol=1e-5)
        if kind == "none":
            assert output.retrieval is whole.retrieval is None
        else:
            there = (None if field is None else field[:, t] for field in whole.retrieval)
            assert close(output.retrieval, there)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("kind", [kind for kind in MEMORIES if "dot" not in kind])
@pytest.mark.parametrize("cls", POLICIES)
def test_the_notebooks_form_equals_the_unrolled_pass_at_the_last_step(cls, kind, space):
    space, width = SPACES[space]
    memory = made(kind, action_dim=width, n_entries=3)
    policy = policy_of(cls, memory, action_space=space)
    observations, rewards = random_context(1, 6, 3)[0], random_context(1, 6, 1, seed=1)[0, :, 0]
    space.seed(0)
    raw = np.stack([space.sample() for _ in range(5)]) - getattr(space, "start", 0)
    actions = torch.from_numpy(raw)
    past = torch.cat([torch.zeros(1, width), policy.head.features(actions, width)])
    paid = torch.cat([torch.zeros(1), rewards[:5]])[:, None]
    with torch.no_grad():
        logits, value, aux = policy(observations, observations[-1], actions, rewards[:5])
        whole = policy.unroll(observations[None], torch.cat([observations, past, paid], 1)[None])
    assert logits.shape == (policy.head.n_logits,) and value.shape == () and aux == {}
    assert torch.allclose(logits, whole.logits[0, -1], atol=1e-5)
    assert torch.allclose(value, whole.values[0, -1], atol=1e-5)


def test_the_notebooks_form_fills_up_on_the_left_and_leaves_the_memory_out_without_actions():
    policy = policy_of(StrategicCombinedMemoryPolicy, made("combined-cosine", n_entries=3))
    observations = random_context(1, 4, 3)[0]
    short = policy(observations, actions=torch.tensor([1]), rewards=torch.tensor([0.5]))
    long = policy(observations, actions=torch.tensor([0, 0, 0, 1]), rewards=torch.tensor([0, 0, 0, 0.5]))
    assert torch.equal(short[0], long[0])
    at_first = policy(observations[:1], actions=torch.tensor([]).long(), rewards=torch.tensor([]))
    assert at_first[0].shape == (2,)
    without = policy(observations)
    assert torch.equal(without[0], policy.unroll(observations[None], None).logits[0, -1])
    assert not torch.equal(without[0], short[0])


@pytest.mark.parametrize("kind", MEMORIES)
@pytest.mark.parametrize("cls", POLICIES)
def test_features_are_the_episode_then_each_readout_in_its_place(cls, kind):
    memory = made(kind, n_entries=4)
    policy, context = policy_of(cls, memory), random_context(2, 3)
    output = policy.unroll(context[..., :3], context)
    assert output.features.shape[-1] == policy.feat_dim
    assert torch.equal(output.features[..., :DIM], policy.encoder(context[..., :3]))
    read = output.features[..., DIM:]
    if kind == "none":
        assert not read.any() and policy.feat_dim == (2 if cls is POLICIES[0] else 3) * DIM
        return
    readout = memory.unroll(context).readout
    if cls is POLICIES[0] or "combined" in kind:
        assert torch.equal(read, readout)
    elif "motif" in kind:
        assert torch.equal(read[..., DIM:], readout) and not read[..., :DIM].any()
    else:
        assert torch.equal(read[..., :DIM], readout) and not read[..., DIM:].any()


@pytest.mark.parametrize("kind", MEMORIES)
@pytest.mark.parametrize("cls", POLICIES)
def test_gradients_reach_every_parameter_but_usefulness(cls, kind):
    policy, context = policy_of(cls, made(kind, n_entries=4)), random_context(2, 5)
    output = policy.unroll(context[..., :3], context)
    weight = random_context(2, 5, 2, seed=3)
    ((output.logits * weight).sum() + (output.values * weight[..., 0]).sum()).backward()
    missed = [name for name, p in policy.named_parameters() if p.grad is None or not p.grad.any()]
    assert [name for name in missed if "usefulness_vec" not in name] == []


def test_old_entries_can_be_attended_to_while_the_memory_goes_on():
    memory = made("combined-cosine", n_entries=3)
    policy, context = policy_of(StrategicCombinedMemoryPolicy, memory), random_context(2, 5)
    entries = memory.entries()
    before = policy.unroll(context[..., :3], context)
    filled(memory, 3, seed=9)
    again = policy.unroll(context[..., :3], context, entries)
    now = policy.unroll(context[..., :3], context)
    assert torch.equal(again.logits, before.logits)
    assert not torch.equal(now.retrieval.readout, before.retrieval.readout)


def test_later_observations_change_nothing_before():
    policy, context = policy_of(POLICIES[1], made("combined-cosine", n_entries=3)), random_context(2, 8)
    other = context.clone()
    other[:, 5:] = 99.0
    one, two = (policy.unroll(c[..., :3], c) for c in (context, other))
    assert torch.allclose(one.logits[:, :5], two.logits[:, :5], atol=1e-6)
    assert not torch.allclose(one.logits[:, 5:], two.logits[:, 5:], atol=1e-4)


@pytest.mark.parametrize("cls", POLICIES)
def test_auxiliary_modules_belong_to_the_network(cls):
    feat_dim = 2 * DIM if cls is POLICIES[0] else 3 * DIM
    modules = [CueAuxModule(feat_dim), ConfidenceAuxModule(feat_dim)]
    policy = policy_of(cls, None, aux_modules=modules)
    registered = {id(p) for p in policy.parameters()}
    assert all(id(p) in registered for one in modules for p in one.parameters())
    _, _, aux = policy(torch.zeros(2, 3))
    assert {name: tuple(value.shape) for name, value in aux.items()} == {"cue": (2,), "confidence": (1,)}


def test_the_first_policy_is_near_uniform():
    for space, _ in SPACES.values():
        policy = policy_of(POLICIES[1], None, action_space=space)
        logits = policy.unroll(random_context(20, 20, 3), None).logits
        assert logits.abs().max() < 0.1


def test_policies_work_beyond_256_steps():
    policy = policy_of(POLICIES[0], made("combined-cosine", n_entries=2))
    logits, value, _ = policy(torch.zeros(600, 3), None, torch.zeros(599), torch.zeros(599))
    assert logits.isfinite().all() and value.isfinite()


def test_a_policy_encodes_as_its_encoder_does():
    policy = policy_of(POLICIES[0], None)
    assert isinstance(policy.encoder, CausalEncoder) and policy.config() == {
        "obs_dim": 3,
        "mem_dim": DIM,
        "nhead": 2,
    }


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"nhead": 3}, "3 must divide mem_dim=8"),
        ({"nhead": 0}, "0 must divide"),
        ({"memory": buffer(obs_dim=4)}, "obs_dim=4, but observations have 3"),
        ({"memory": bank(obs_dim=2)}, "obs_dim=2"),
        ({"memory": both(obs_dim=2)}, "obs_dim=2"),
        ({"action_space": spaces.MultiBinary(2)}, "not supported"),
        ({"memory": torch.nn.Linear(2, 2)}, "neither readout_dim nor mem_dim"),
        ({"mem_dim": 0}, "mem_dim"),
    ],
)
@pytest.mark.parametrize("cls", POLICIES)
def test_what_does_not_fit_is_named(cls, how, said):
    with pytest.raises(UsageError, match=said):
        cls(**{"obs_dim": 3, "mem_dim": DIM, "nhead": 2, **how})


def test_the_width_of_a_readout_is_what_the_memory_says():
    assert (readout_dim(both()), readout_dim(buffer())) == (2 * DIM, DIM)
