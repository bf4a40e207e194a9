"""Causal self-attention over a growing sequence: one masked pass in training, a key/value cache in a rollout."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from motifkit.arguments import require_whole
from motifkit.errors import UsageError
from motifkit.memory.context import step_mask

_FIRST_CAPACITY = 64  # steps that a cache has room for at first; it doubles when they are used up
_MOST_PRIMACY = 1.5  # of the last head at first; measured on MemoryTaskEnv, see docs/benchmarks.md


def sinusoidal_positions(first: int, n: int, dim: int) -> Tensor:
    """Positions `first` to `first + n` as sines and cosines (Vaswani et al. 2017), without an upper limit.

    Returns
    -------
    (n, dim) float tensor
        Each entry in -1 to 1. Computed in double precision, so that positions far out keep theirs.

    Examples
    --------
    >>> sinusoidal_positions(0, 2, 4)[0].tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    steps = torch.arange(first, first + n, dtype=torch.float64)
    n_waves = (dim + 1) // 2
    frequency = torch.exp(torch.arange(n_waves, dtype=torch.float64) * (-math.log(10_000.0) / n_waves))
    angle = steps[:, None] * frequency  # (n, n_waves)
    return torch.cat([angle.sin(), angle.cos()], 1)[:, :dim].float()


class EncoderCache:
    """Keys and values of the steps so far; made by `CausalEncoder.start`, for one rollout with fixed weights.

    A cache outlives no update: after the weights have changed it would mix old keys with new queries.
    """

    def __init__(self, n_rows: int, n_heads: int, head_dim: int, device: torch.device) -> None:
        self.n_steps = 0
        shape = (n_rows, n_heads, _FIRST_CAPACITY, head_dim)
        self._keys = torch.zeros(shape, device=device)
        self._values = torch.zeros(shape, device=device)

    def append(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Add a step's key and value, (B, H, 1, d) each; gives those of all steps, (B, H, t, d)."""
        if self.n_steps == self._keys.shape[2]:
            self._keys = torch.cat([self._keys, torch.zeros_like(self._keys)], 2)
            self._values = torch.cat([self._values, torch.zeros_like(self._values)], 2)
        t = self.n_steps
        self._keys[:, :, t] = key[:, :, 0]
        self._values[:, :, t] = value[:, :, 0]
        self.n_steps = t + 1
        return self._keys[:, :, : t + 1], self._values[:, :, : t + 1]


class CausalEncoder(nn.Module):
    """One transformer block, post-norm, in which a step attends to itself and the steps before it.

    Each head adds `-primacy * log(1 + s)` to the logit of step s. With a primacy of 0 attention starts out
    even, and what happened once at the start of an episode of T steps reaches the end with weight 1/T; with 1
    it reaches it with weight 1/log(T). Heads begin at evenly spaced values from 0 to 1.5, and learn theirs.

    With all of them at 0 the block equals, at its last step, one layer of `torch.nn.TransformerEncoder` over
    the same prefix: in a single layer what earlier steps attend to does not reach the last one.

    Parameters
    ----------
    in_dim : int
        Features of a step.
    dim : int
        Width; `n_heads` must divide it.
    n_heads : int
        Attention heads.

    Raises
    ------
    UsageError
        When `n_heads` does not divide `dim`.

    Examples
    --------
    >>> encoder = CausalEncoder(in_dim=3, dim=8, n_heads=2)
    >>> steps = torch.randn(5, 10, 3)
    >>> encoder(steps).shape
    torch.Size([5, 10, 8])
    """

    def __init__(self, in_dim: int, dim: int, n_heads: int) -> None:
        super().__init__()
        require_whole("mem_dim", dim)
        if n_heads < 1 or dim % n_heads:
            raise UsageError(f"n_heads={n_heads} must divide mem_dim={dim}; choose another of the two")
        self.in_dim, self.dim, self.n_heads = in_dim, dim, n_heads
        self.embed = nn.Linear(in_dim, dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.primacy = nn.Parameter(torch.linspace(0, _MOST_PRIMACY, n_heads))
        self.out = nn.Linear(dim, dim)
        self.norm_attention = nn.LayerNorm(dim)
        self.norm_output = nn.LayerNorm(dim)
        self.feed_forward = nn.Sequential(nn.Linear(dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, dim))
        self._positions = sinusoidal_positions(0, _FIRST_CAPACITY, dim)

    def forward(self, steps: Tensor) -> Tensor:
        """Encode whole sequences.

        Parameters
        ----------
        steps : (B, T, in_dim) tensor
            Rows after a sequence's end change nothing before it.

        Returns
        -------
        (B, T, dim) tensor
            Row t depends on rows 0 to t.
        """
        n, n_steps, _ = steps.shape
        x = self.embed(steps) + self._position(0, n_steps)  # (B, T, D)
        q, k, v = self._heads(self.qkv(x), 3)
        mixed = causal_attention(q, k, v, self._bias(n_steps))  # (B, H, T, d)
        return self._finish(x, mixed.transpose(1, 2).reshape(n, n_steps, self.dim))

    def last(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Encode sequences for their last row alone, at a cost that is linear in T.

        Parameters
        ----------
        steps : (B, T, in_dim) tensor
            Anything after row `lengths - 1` is left out.
        lengths : (B,) int64 tensor
            At least 1 and at most T.

        Returns
        -------
        (B, dim) tensor
            Row `lengths - 1` of what `forward` gives.
        """
        n, n_steps, _ = steps.shape
        x = self.embed(steps) + self._position(0, n_steps)  # (B, T, D)
        ends = x[torch.arange(n, device=x.device), lengths - 1]  # (B, D)
        weight, bias, cut = self.qkv.weight, self.qkv.bias, self.dim
        (q,) = self._heads(functional.linear(ends, weight[:cut], bias[:cut])[:, None], 1)
        k, v = self._heads(functional.linear(x, weight[cut:], bias[cut:]), 2)  # (B, H, T, d) each
        unseen = ~step_mask(lengths, n_steps)  # (B, T)
        logits = self._bias(n_steps).masked_fill(unseen[:, None, None], -torch.inf)  # (B, H, 1, T)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=logits)
        return self._finish(ends, mixed.reshape(n, self.dim))

    def start(self, n_rows: int) -> EncoderCache:
        """Empty cache for `n_rows` sequences that are encoded step by step with the present weights."""
        return EncoderCache(n_rows, self.n_heads, self.dim // self.n_heads, self.out.weight.device)

    def step(self, row: Tensor, cache: EncoderCache) -> Tensor:
        """Encode one more step: (B, in_dim) -> (B, dim), the next row of what `forward` gives."""
        n = row.shape[0]
        x = self.embed(row) + self._position(cache.n_steps, 1)[0]  # (B, D)
        q, k, v = self._heads(self.qkv(x)[:, None], 3)  # (B, H, 1, d) each
        keys, values = cache.append(k, v)
        bias = self._bias(cache.n_steps).expand(n, -1, -1, -1)  # (B, H, 1, t)
        mixed = functional.scaled_dot_product_attention(q, keys, values, attn_mask=bias)
        return self._finish(x, mixed.reshape(n, self.dim))

    def _heads(self, projected: Tensor, n_parts: int) -> Tensor:
        """(B, T, n_parts * D) -> (n_parts, B, H, T, d)."""
        n, n_steps, _ = projected.shape
        return projected.view(n, n_steps, n_parts, self.n_heads, -1).permute(2, 0, 3, 1, 4)

    def _bias(self, n_steps: int) -> Tensor:
        """What each head adds to the logits of each step, (H, 1, T) for T steps."""
        steps = torch.arange(1, n_steps + 1, device=self.primacy.device)
        return -self.primacy[:, None, None] * steps.log()

    def _finish(self, x: Tensor, mixed: Tensor) -> Tensor:
        """Residual, norm, feed-forward, residual, norm; (..., D) -> (..., D)."""
        x = self.norm_attention(x + self.out(mixed))
        finished: Tensor = self.norm_output(x + self.feed_forward(x))
        return finished

    def _position(self, first: int, n: int) -> Tensor:
        """(n, D) positions from `first` on; the table grows as sequences do."""
        if first + n > len(self._positions):
            self._positions = sinusoidal_positions(0, max(2 * len(self._positions), first + n), self.dim)
        self._positions = self._positions.to(self.out.weight.device)
        return self._positions[first : first + n]


def causal_attention(q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
    """Attention of each step to itself and earlier ones, with a bias for each head and key.

    The bias rides along as one more component of keys, which queries meet with a 1: the fused kernel takes
    no bias without a mask of T x T, which costs twice the time.

    Parameters
    ----------
    q, k, v : (B, H, T, d) tensor
    bias : (H, 1, T) tensor
        Added to the logits.

    Returns
    -------
    (B, H, T, d) tensor
    """
    n, n_heads, n_steps, width = q.shape
    room = max(16, -(-(width + 1) // 4) * 4) - width  # kernels are slow on narrower heads and odd widths
    scale = width**-0.5
    last = torch.zeros(room, device=q.device)
    last[0] = 1 / scale
    key_room = functional.pad(bias.transpose(1, 2), (0, room - 1)).expand(n, -1, -1, -1)  # (B, H, T, room)
    mixed = functional.scaled_dot_product_attention(
        torch.cat([q, last.expand(n, n_heads, n_steps, room)], -1),
        torch.cat([k, key_room], -1),
        functional.pad(v, (0, room)),
        is_causal=True,
        scale=scale,
    )
    return mixed[..., :width]
