"""What `TraceRL` is made of: the policy with whatever it takes of the arguments, and what learns beside it."""

from __future__ import annotations

import inspect
from typing import Any

from gymnasium import spaces
from torch import nn

from motifkit.action_heads import action_dims
from motifkit.agents.aux_module import AuxModule
from motifkit.agents.config import AgentConfig
from motifkit.agents.exploration import CountBonus
from motifkit.agents.normalise import RewardNormaliser
from motifkit.agents.protocols import UnrolledPolicy
from motifkit.agents.random_network import RandomNetworkDistillation
from motifkit.agents.retention import Retention
from motifkit.agents.rewards import RewardShaping
from motifkit.agents.step_path import as_unrolled_policy, with_unrolled_memory
from motifkit.errors import UsageError
from motifkit.memory.episodic import episodic_buffer

_DEFAULT_MEM_DIM = 32


def retention_of(config: AgentConfig, memory: Any) -> Retention | None:
    """What learns the usefulness of memory slots; None where it is not learned, or there are none."""
    buffer = episodic_buffer(memory) if config.memory_learn_retention else None
    return None if buffer is None else Retention(buffer, config.memory_retention_coef)


def shaping_of(config: AgentConfig, obs_dim: int, seed: int) -> RewardShaping:
    """Parts of the reward that the agent learns from."""
    return RewardShaping(
        RewardNormaliser(config.gamma) if config.reward_norm else None,
        CountBonus(config.intrinsic_eta) if config.intrinsic_expl else None,
        RandomNetworkDistillation(
            obs_dim,
            config.rnd_emb_dim,
            config.rnd_lr,
            config.intrinsic_eta,
            seed,
            gamma=config.gamma,
            device=config.device,
        )
        if config.use_rnd
        else None,
    )


def make_policy(
    policy_class: type[nn.Module],
    memory: Any,
    aux_modules: Any,
    kwargs: dict[str, Any],
    obs_dim: int,
    action_dim: int,
    action_space: spaces.Space[Any],
) -> Any:
    """The network with batched methods, given whatever it takes of what policies may be given.

    Raises
    ------
    UsageError
        For arguments that it does not take, and parts that do not fit it.
    """
    if not isinstance(policy_class, type):
        raise UsageError(f"policy_class is a {type(policy_class).__name__}; give the class itself")
    if isinstance(memory, type):
        raise UsageError(f"memory is the class {memory.__name__}; give one made of it")
    batched = hasattr(policy_class, "unroll")
    modules = None if aux_modules is None else list(aux_modules)
    offered = {
        "obs_dim": obs_dim,
        "mem_dim": inner_number(memory, "mem_dim") or _DEFAULT_MEM_DIM,
        "memory": with_unrolled_memory(memory, obs_dim, action_dim) if batched else memory,
        "aux_modules": modules,
        "action_space": action_space,
        **kwargs,
    }
    taken = inspect.signature(policy_class).parameters
    open_ended = any(p.kind is p.VAR_KEYWORD for p in taken.values())
    unknown = [name for name in kwargs if name not in taken and not open_ended]
    if unknown:
        raise UsageError(
            f"policy_kwargs has {unknown[0]!r}, which {policy_class.__name__} does not take; it takes "
            + ", ".join(taken)
        )
    for name in ("memory", "aux_modules"):
        if offered[name] and name not in taken and not open_ended:
            raise UsageError(f"{policy_class.__name__} takes no {name}, but one is given; leave it out")
    policy = policy_class(**{name: value for name, value in offered.items() if name in taken or open_ended})
    net = as_unrolled_policy(policy, memory, obs_dim, action_dim, action_space)
    _require_fitting(modules or [], getattr(net, "feat_dim", None))
    return net


def _require_fitting(aux_modules: list[Any], feat_dim: int | None) -> None:
    names = [one.name for one in aux_modules]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"two auxiliary modules are named {twice!r}; give each a name of its own")
    for one in aux_modules:
        if isinstance(one, AuxModule) and feat_dim is not None:
            one.check_feat_dim(feat_dim)


def action_dim_for(memory: Any, space: spaces.Space[Any]) -> int:
    """Features of an action in the context rows: as many as the memory was made for.

    Raises
    ------
    UsageError
        When actions of this space cannot have so many.
    """
    allowed = action_dims(space)
    asked = inner_number(memory, "action_dim")
    if asked is None:
        return allowed[-1]
    if asked not in allowed:
        raise UsageError(
            f"the memory was made with action_dim={asked}, but actions of {space} have "
            f"{' or '.join(map(str, allowed))} features; make it with one of these"
        )
    return asked


def inner_number(memory: Any, name: str) -> int | None:
    """Attribute of a memory, or of the first of its parts that has it; None when none has."""
    parts = [memory, *(memory.modules() if isinstance(memory, nn.Module) else ())]
    values = (getattr(part, name, None) for part in parts)
    return next((value for value in values if isinstance(value, int)), None)


def learned_weights(net: UnrolledPolicy, memory: Any) -> list[nn.Parameter]:
    """All weights but the usefulness of memory slots, which has steps of its own."""
    buffer = episodic_buffer(memory)
    apart = set() if buffer is None else {id(p) for p in buffer.usefulness_parameters()}
    return [p for p in net.parameters() if id(p) not in apart]
