"""Agents that learn in milliseconds, and all of their state that learning goes on from."""

import copy

import torch

from motifkit import MemoryTaskEnv, StrategicCombinedMemoryPolicy, TraceRL
from tests.memory.memories import DIM, made

POLICY = StrategicCombinedMemoryPolicy


def agent_of(env=None, kind="combined-cosine", seed=0, policy=POLICY, **how):
    env = MemoryTaskEnv(4) if env is None else env
    settled = {"n_envs": 8, "n_minibatches": 2, "policy_kwargs": {"nhead": 2}, **how}
    obs_dim = settled.pop("obs_dim", None) or env.observation_space.shape[0]
    memory = settled.pop("memory", None) or made(kind, obs_dim)
    return TraceRL(policy, env, memory, seed=seed, **settled)


def weights(agent):
    return torch.cat([p.detach().flatten() for p in agent.policy.parameters()]).clone()


def moments(agent):
    """Everything in Adam's state."""
    states = sorted(agent.optimiser.moments.items())
    return torch.cat(
        [torch.as_tensor(x).flatten() for _, state in states for _, x in sorted(state.items())]
        or [torch.zeros(0)]
    )


def story(agent):
    """History without what a clock said."""
    return [{k: v for k, v in record.items() if "seconds" not in k} for record in agent.history]


def content(agent):
    buffer = agent.get_episodic_buffer()
    return {} if buffer is None else copy.deepcopy(buffer.content())


def same(one, other):
    """Whether two agents are equal bit by bit, as far as learning goes on from there."""
    mine, theirs = content(one), content(other)
    return (
        torch.equal(weights(one), weights(other))
        and torch.equal(moments(one), moments(other))
        and all(torch.equal(mine[name], theirs[name]) for name in mine)
        and story(one) == story(other)
        and one.rng.bit_generator.state == other.rng.bit_generator.state
        and torch.equal(one.generator.get_state(), other.generator.get_state())
    )


FEAT_DIM = 3 * DIM
