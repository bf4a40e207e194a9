"""Whole episodes side by side: what a rollout gives and an update learns from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from motifkit.memory.context import step_mask
from motifkit.memory.entries import Entries


@dataclass(frozen=True, eq=False)
class EpisodeBatch:
    """B episodes of at most T steps; rows after an episode's end are zeros.

    Parameters
    ----------
    observations : (B, T, obs_dim) float tensor
        As the policy saw them.
    context : (B, T, obs_dim + action_dim + 1) float tensor
        Rows (obs_t, a_{t-1}, r_{t-1}), the first with zeros: what memories see.
    closing : (B, obs_dim + action_dim + 1) float tensor
        Row after the last one: final observation, last action, last reward.
    actions : (B, T) int64 tensor, or (B, T, n)
        (B, T, n) of int64 for MultiDiscrete, of float for Box.
    rewards : (B, T) float tensor
        As the environment paid them.
    log_probs, values : (B, T) float tensor
        Of the policy that acted.
    lengths : (B,) int64 tensor
        Steps of each episode.
    terminated : (B,) bool tensor
        False for episodes that were cut short: their last value is bootstrapped.
    final_observations : (B, obs_dim) float tensor
        What was seen after the last action.
    final_values : (B,) float tensor
        Value of that observation, 0 where the episode terminated.
    cues : (B,) int64 tensor, optional
        Label that the environment gave in `info["cue"]`; None when it gives none.
    episodic_share : (B, N) float tensor, optional
        Mean attention of each episode to the entries of the episodic memory; None without one.
    entries : Entries, optional
        Content of the episodic memory while these episodes ran; None without one.
    """

    observations: Tensor
    context: Tensor
    closing: Tensor
    actions: Tensor
    rewards: Tensor
    log_probs: Tensor
    values: Tensor
    lengths: Tensor
    terminated: Tensor
    final_observations: Tensor
    final_values: Tensor
    cues: Tensor | None = None
    episodic_share: Tensor | None = None
    entries: Entries | None = None

    @property
    def mask(self) -> Tensor:
        """(B, T) bool tensor, True for real steps."""
        return step_mask(self.lengths, self.rewards.shape[1])

    @property
    def returns(self) -> Tensor:
        """(B,) sum of rewards of each episode, undiscounted."""
        return self.rewards.sum(1)

    @property
    def n_steps(self) -> int:
        """Real steps over all episodes."""
        return int(self.lengths.sum())

    def closed_context(self) -> tuple[Tensor, Tensor]:
        """Context with the closing row after each episode's last: (B, T + 1, F), and the rows of each, (B,)."""
        n, _, width = self.context.shape
        rows = torch.cat([self.context, self.context.new_zeros(n, 1, width)], 1)
        rows[torch.arange(n, device=rows.device), self.lengths] = self.closing
        return rows, self.lengths + 1

    def replace(self, **changes: Any) -> EpisodeBatch:
        """Copy with other values for the fields named."""
        return replace(self, **changes)

    def rows(self, idx: Tensor) -> EpisodeBatch:
        """Episodes at `idx`, (b,) int64, with the same memory content."""
        picked: dict[str, Any] = {
            name: value[idx] for name, value in vars(self).items() if isinstance(value, Tensor)
        }
        return replace(self, **picked)
