"""An episode up to now as one vector, the same for what is lived through and for what is remembered."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from motifkit.memory.context import step_mask
from motifkit.memory.encoder import CausalEncoder, EncoderCache

_FIRST_GATE = 0.1  # of the attention block: at first, alike means made of like steps


class EpisodeCache(NamedTuple):
    """State of a rollout: the block's cache, and the sum of the step features so far, (B, D)."""

    block: EncoderCache
    total: Tensor


class EpisodeEncoder(nn.Module):
    """Running mean of step features, plus what a causal attention block makes of the prefix.

    The mean makes an episode that has just begun like those that began the same way, before anything is
    learned: attention over a memory needs that to get started. The block, behind a gate that is learned and
    starts at 0.1, adds order.

    Parameters
    ----------
    in_dim, dim, n_heads : int
        As in `CausalEncoder`.

    Examples
    --------
    >>> encoder = EpisodeEncoder(in_dim=3, dim=8, n_heads=2)
    >>> steps = torch.randn(5, 10, 3)
    >>> encoded = encoder(steps)
    >>> bool(torch.allclose(encoder.last(steps, torch.full((5,), 10)), encoded[:, -1], atol=1e-6))
    True
    """

    def __init__(self, in_dim: int, dim: int, n_heads: int) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(in_dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, dim))
        self.block = CausalEncoder(in_dim, dim, n_heads)
        self.gate = nn.Parameter(torch.tensor(_FIRST_GATE))
        self.n_heads = n_heads

    def forward(self, steps: Tensor) -> Tensor:
        """Encode every prefix of whole episodes: (B, T, in_dim) -> (B, T, dim)."""
        counts = torch.arange(1, steps.shape[1] + 1, device=steps.device)[:, None]
        encoded: Tensor = self.features(steps).cumsum(1) / counts + self.gate * self.block(steps)
        return encoded

    def last(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Encode whole episodes of `lengths` (B,) steps: (B, T, in_dim) -> (B, dim), at linear cost."""
        seen = step_mask(lengths, steps.shape[1])
        mean = (self.features(steps) * seen[..., None]).sum(1) / lengths[:, None]
        encoded: Tensor = mean + self.gate * self.block.last(steps, lengths)
        return encoded

    def start(self, n_rows: int) -> EpisodeCache:
        """State of a rollout of `n_rows` episodes with the present weights."""
        block = self.block.start(n_rows)
        return EpisodeCache(block, torch.zeros(n_rows, self.block.dim, device=self.gate.device))

    def step(self, row: Tensor, cache: EpisodeCache) -> Tensor:
        """Encode the prefix that ends with one more step: (B, in_dim) -> (B, dim)."""
        cache.total.add_(self.features(row))
        ordered = self.block.step(row, cache.block)
        encoded: Tensor = cache.total / cache.block.n_steps + self.gate * ordered
        return encoded
