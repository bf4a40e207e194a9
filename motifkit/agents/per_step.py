"""Batched faces of policies and memories that know one step of one episode at a time: a plain loop inside."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn

from motifkit.action_heads import head_for
from motifkit.errors import UsageError
from motifkit.memory.base import Retrieval, as_retrieval
from motifkit.memory.context import closed_context
from motifkit.memory.entries import Entries
from motifkit.memory.episodic import episodic_buffer
from motifkit.policies import PolicyOutput


class PerStepMemory(nn.Module):
    """Batched face of a memory that has `retrieve(context_traj)` alone.

    Parameters
    ----------
    inner : memory
    obs_dim, action_dim : int
        Features of an observation and of an action.
    """

    def __init__(self, inner: Any, obs_dim: int, action_dim: int) -> None:
        super().__init__()
        self.inner, self.obs_dim, self.action_dim = inner, obs_dim, action_dim
        with torch.no_grad():
            probe = self._ask(torch.zeros(1, obs_dim + action_dim + 1))
        self.readout_dim = probe.readout.shape[-1]
        self.mem_dim = getattr(inner, "mem_dim", self.readout_dim)

    def entries(self) -> Entries | None:
        """Nothing that could be attended to later: the memory is asked as it is."""
        return None

    def reset(self) -> None:
        """Forget, if the memory can."""
        if hasattr(self.inner, "reset"):
            self.inner.reset()

    def add_entry(self, trajectory: Any, outcome: float) -> None:
        """Store an episode, if the memory can."""
        if hasattr(self.inner, "add_entry"):
            rows = closed_context(trajectory, self.action_dim)[:-1]  # as the notebook stored them
            self.inner.add_entry(as_tuples(rows, self.obs_dim), outcome)

    def unroll(self, context: Tensor, entries: Entries | None = None) -> Retrieval:
        """Answer at every step of whole episodes."""
        with _showing(self.inner, entries):
            rows = [[self._ask(episode[: t + 1]) for t in range(len(episode))] for episode in context]
        return _stacked([_stacked(steps) for steps in rows])

    def start(self, n_rows: int, entries: Entries | None = None) -> list[Tensor]:
        """State of a rollout: the rows so far."""
        return []

    def step(self, row: Tensor, state: list[Tensor]) -> Retrieval:
        """Answer at the next step of a rollout."""
        state.append(row)
        so_far = torch.stack(state, 1)  # (B, t, F)
        return _stacked([self._ask(episode) for episode in so_far])

    def _ask(self, context: Tensor) -> Retrieval:
        return as_retrieval(self.inner.retrieve(as_tuples(context, self.obs_dim)))


class PerStepPolicy(nn.Module):
    """Batched face of a policy that has `forward(trajectory, obs_t, actions, rewards)` alone.

    Parameters
    ----------
    inner : policy
    action_space : gymnasium space
    action_dim : int
        Features of an action in the context rows.
    """

    def __init__(self, inner: Any, action_space: spaces.Space[Any], action_dim: int) -> None:
        super().__init__()
        self.inner = inner
        self.head = head_for(action_space)
        self._action_dim = action_dim
        self._discrete = isinstance(action_space, spaces.Discrete)
        self.memory = getattr(inner, "memory", None)
        self.aux_modules = nn.ModuleList(getattr(inner, "aux_modules", None) or [])
        if len(self.aux_modules):
            raise UsageError(
                f"{type(inner).__name__} gives predictions of auxiliary modules but not the features that they "
                "learn from; use a policy of motifkit.policies with aux_modules, or leave them out"
            )

    def unroll(self, observations: Tensor, context: Tensor, entries: Entries | None = None) -> PolicyOutput:
        """Judge every step of whole episodes."""
        n, n_steps, obs_dim = observations.shape
        with _showing(self.memory, entries):
            pairs = [
                self._ask(observations[i, : t + 1], context[i, : t + 1, obs_dim:])
                for i in range(n)
                for t in range(n_steps)
            ]
        logits = torch.stack([one for one, _ in pairs]).view(n, n_steps, -1)
        values = torch.stack([value for _, value in pairs]).view(n, n_steps)
        return PolicyOutput(logits, values, logits, None)

    def start(self, n_rows: int, entries: Entries | None = None) -> list[tuple[Tensor, Tensor]]:
        """State of a rollout: the rows so far."""
        return []

    def step(self, obs: Tensor, row: Tensor, state: list[tuple[Tensor, Tensor]]) -> PolicyOutput:
        """Judge the next step of a rollout."""
        state.append((obs, row[:, obs.shape[1] :]))
        seen = torch.stack([one for one, _ in state], 1)  # (B, t, obs_dim)
        past = torch.stack([rows for _, rows in state], 1)  # (B, t, action_dim + 1)
        pairs: list[tuple[Tensor, Tensor]] = []
        attended: list[Any] = []
        buffer = episodic_buffer(self.memory)
        for episode in zip(seen, past, strict=True):
            pairs.append(self._ask(*episode))
            attended.append(None if buffer is None else buffer.last_attn)
        logits = torch.stack([one for one, _ in pairs])
        retrieval = None
        if all(attn is not None for attn in attended):
            attn = torch.from_numpy(np.stack(attended)).to(logits.device)
            retrieval = Retrieval(logits.new_zeros(len(logits), 0), attn, None)
        return PolicyOutput(logits, torch.stack([value for _, value in pairs]), logits, retrieval)

    def _ask(self, observations: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        actions, rewards = past[1:, :-1], past[1:, -1]
        if self._discrete:
            actions = actions[:, 0] if self._action_dim == 1 else actions.argmax(-1)
            actions = actions.long()
        logits, value, *_ = self.inner(observations, obs_t=observations[-1], actions=actions, rewards=rewards)
        if logits.shape[-1] != self.head.n_logits:
            raise UsageError(
                f"{type(self.inner).__name__} gives {logits.shape[-1]} logits, but the action space needs "
                f"{self.head.n_logits}; change its head"
            )
        return logits, value.reshape(())


def _showing(memory: Any, entries: Entries | None) -> AbstractContextManager[None]:
    """Let the episodic memory inside a memory answer with the content of a moment past."""
    buffer = episodic_buffer(memory)
    return nullcontext() if buffer is None else buffer.showing(entries)


def as_tuples(context: Any, obs_dim: int) -> list[tuple[Any, Any, float]]:
    """Context rows as the notebook's list of (obs, action, reward); an action of one feature is a number."""
    rows = context.detach().cpu().numpy() if isinstance(context, Tensor) else context
    return [
        (row[:obs_dim], row[obs_dim] if len(row) == obs_dim + 2 else row[obs_dim:-1], float(row[-1]))
        for row in rows
    ]


def _stacked(answers: list[Retrieval]) -> Retrieval:
    """Answers side by side along a new first axis."""
    fields: list[Tensor | None] = []
    for parts in zip(*answers, strict=True):
        fields.append(None if any(part is None for part in parts) else torch.stack(parts))
    readout, episodic, motif = fields
    assert readout is not None
    return Retrieval(readout, episodic, motif)
