"""What `TraceRL` is made of: its arguments checked, and the policy with whatever of them it takes."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from gymnasium import spaces
from torch import nn

from motifkit.action_heads import action_dims
from motifkit.agents.aux_module import AuxModule
from motifkit.agents.step_path import as_unrolled_policy, with_unrolled_memory
from motifkit.arguments import require_number, require_whole
from motifkit.errors import UsageError
from motifkit.memory.episodic import episodic_buffer

_DEFAULT_MEM_DIM = 32
_NOT_JSON = {"policy_class", "env", "memory", "aux_modules", "curriculum", "log_dir", "tensorboard", "self"}


def checked_arguments(given: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `TraceRL` that are JSON values, for checkpoints.

    Raises
    ------
    UsageError
        For one that is unusable.
    """
    require_whole("n_envs", given["n_envs"], of="TraceRL")
    for name in ("max_episode_steps", "n_rounds"):
        if given[name] is not None:
            require_whole(name, given[name], of="TraceRL")
    require_number("learning_rate", given["learning_rate"], above=0, of="TraceRL")
    require_number("memory_retention_coef", given["memory_retention_coef"], least=0, of="TraceRL")
    if given["seed"] is not None:
        require_whole("seed", given["seed"], least=0, of="TraceRL")
    if given["seed"] is not None and given["seed"] >= 2**63:
        raise UsageError(f"seed={given['seed']} of TraceRL must be below 2**63")
    _require_device(given["device"])
    if given["tensorboard"] and given["log_dir"] is None:
        raise UsageError("tensorboard=True needs a place for its files; give log_dir as well")
    return {name: value for name, value in given.items() if name not in _NOT_JSON and name != "__class__"}


def _require_device(name: Any) -> None:
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"device={name!r} cannot be used ({reason}); use 'cpu'") from None


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


def learned_weights(net: nn.Module, memory: Any) -> list[nn.Parameter]:
    """All weights but the usefulness of memory slots, which has steps of its own."""
    buffer = episodic_buffer(memory)
    apart = set() if buffer is None else {id(p) for p in buffer.usefulness_parameters()}
    return [p for p in net.parameters() if id(p) not in apart]
