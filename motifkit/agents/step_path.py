"""Policies and memories of the user's own, which know one step of one episode at a time.

Each is wrapped so that the rest of the agent sees the batched interface; inside, a plain loop calls it as the
notebook did. That costs a call for every step of every episode.
"""

from __future__ import annotations

import warnings
from types import MethodType
from typing import Any

import torch
from gymnasium import spaces
from torch import Tensor

from motifkit.agents.overriding import is_up_to_date
from motifkit.agents.per_step import PerStepMemory, PerStepPolicy, as_tuples
from motifkit.agents.protocols import UnrolledPolicy
from motifkit.errors import UsageError
from motifkit.memory.base import BaseMemoryBuffer


class PerStepPathWarning(UserWarning):
    """A policy or memory is called step by step, which is slow."""


def knows(module: Any, fast: str, slow: str) -> bool:
    """Whether a module's, or its class's, batched method `fast` is its own, and not left behind by a newer `slow`.

    A class that overrides `retrieve` but inherits `unroll` wants its `retrieve` to be called.
    """
    kind = module if isinstance(module, type) else type(module)
    return hasattr(kind, slow) and is_up_to_date(kind, fast, slow)


def with_unrolled_memory(memory: Any, obs_dim: int, action_dim: int) -> Any:
    """A memory with batched methods: itself, or its wrapped self after a line that says so.

    Raises
    ------
    UsageError
        When it has no `retrieve`.
    """
    if memory is None or (knows(memory, "unroll", "retrieve") and _parts_know(memory)):
        return memory
    if not hasattr(memory, "retrieve"):
        raise UsageError(f"memory is a {type(memory).__name__} without retrieve(context_traj); give it one")
    _tell(f"{type(memory).__name__} has no batched form")
    answer_in_pairs_where_wanted(memory, obs_dim, action_dim)
    return PerStepMemory(memory, obs_dim, action_dim)


def as_unrolled_policy(
    policy: Any, memory: Any, obs_dim: int, action_dim: int, action_space: spaces.Space[Any]
) -> UnrolledPolicy:
    """A policy with batched methods: itself, or its wrapped self after a line that says so."""
    if knows(policy, "unroll", "forward"):
        return policy  # type: ignore[no-any-return]
    wrapped = isinstance(getattr(policy, "memory", None), PerStepMemory)
    if not wrapped:  # else it has been said already
        _tell(f"{type(policy).__name__} has no batched form")
    if memory is not None and not wrapped:
        answer_in_pairs_where_wanted(memory, obs_dim, action_dim)
    net = PerStepPolicy(policy, action_space, action_dim)
    if (
        memory is not None
        and not wrapped
        and not (knows(memory, "unroll", "retrieve") and _parts_know(memory))
    ):
        net.memory = PerStepMemory(memory, obs_dim, action_dim)  # what the agent writes to
    return net


def answer_in_pairs_where_wanted(memory: Any, obs_dim: int, action_dim: int) -> None:
    """Let memories of this package answer (readout, attention) inside one that unpacks two values.

    The notebook's combined memory does that; everything else gets the three fields of `Retrieval`.
    """
    probe = as_tuples(torch.zeros(1, obs_dim + action_dim + 1), obs_dim)
    try:
        with torch.no_grad():
            memory.retrieve(probe)
        return
    except ValueError as error:
        if "too many values to unpack" not in str(error):
            raise
    for part in memory.modules():
        if part is not memory and isinstance(part, BaseMemoryBuffer) and knows(part, "unroll", "retrieve"):
            part.__dict__["retrieve"] = MethodType(_retrieve_pair, part)


def _retrieve_pair(self: Any, context_traj: Any) -> tuple[Tensor, Tensor | None]:
    found = type(self).retrieve(self, context_traj)
    return found.readout, found.motif_attn if found.episodic_attn is None else found.episodic_attn


def _parts_know(memory: Any) -> bool:
    """Whether the parts of a combined memory have batched methods too."""
    parts = [getattr(memory, name, None) for name in ("episodic_buffer", "motif_bank")]
    return all(part is None or knows(part, "unroll", "retrieve") for part in parts)


def _tell(what: str) -> None:
    warnings.warn(
        f"{what}: it is called for every step of every episode, which is slow",
        PerStepPathWarning,
        stacklevel=5,
    )
