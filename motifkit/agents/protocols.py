"""What the agent asks of its network: the batched interface that policies have, or are wrapped into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from torch import Tensor, nn

from motifkit.action_heads import ActionHead
from motifkit.memory.entries import Entries
from motifkit.policies import PolicyOutput


class UnrolledPolicy(Protocol):
    """A module that judges the steps of many episodes at once; see `motifkit.policies`.

    `memory` is any memory with batched methods, or None; `aux_modules` are those that learn with the policy.
    """

    head: ActionHead
    memory: Any
    aux_modules: Any

    def unroll(self, observations: Tensor, context: Tensor, entries: Entries | None = None) -> PolicyOutput:
        """Judge every step of whole episodes: observations (B, T, obs_dim), context (B, T, F)."""

    def start(self, n_rows: int, entries: Entries | None = None) -> Any:
        """State of a rollout of `n_rows` episodes against `entries`, or the memory's present content."""

    def step(self, obs: Tensor, row: Tensor, state: Any) -> PolicyOutput:
        """Judge the next step of a rollout: observation (B, obs_dim), context row (B, F)."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """As of `torch.nn.Module`."""

    def modules(self) -> Iterator[nn.Module]:
        """As of `torch.nn.Module`."""

    def state_dict(self) -> dict[str, Any]:
        """As of `torch.nn.Module`."""

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> Any:
        """As of `torch.nn.Module`."""
