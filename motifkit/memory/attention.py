"""Attention of a query over the rows of a memory, with the choice to take none of them."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from motifkit.errors import UsageError

AttentionKind: TypeAlias = Literal["cosine", "dot"]

_MAX_SCALE = 100.0  # beyond it attention is one-hot and its gradient gone


class MemoryAttention(nn.Module):
    """Attention over memory rows.

    Parameters
    ----------
    kind : {"cosine", "dot"}
        "cosine": logits are `scale * (cos(query, key) - threshold)` beside a null slot with logit 0, which
        takes what no row deserves; scale and threshold are learned. "dot": plain products, no null slot.
    scale : float
        First value of the scale, at most 100.
    threshold : float
        First value of the cosine at which a row draws level with the null slot.

    Raises
    ------
    UsageError
        For another kind.

    Examples
    --------
    >>> attend = MemoryAttention("cosine", scale=10.0, threshold=0.5)
    >>> readout, attn = attend(torch.randn(7, 4), torch.randn(3, 4), torch.randn(3, 4))
    >>> readout.shape, attn.shape, bool((attn.sum(-1) < 1).all())
    (torch.Size([7, 4]), torch.Size([7, 3]), True)
    """

    def __init__(self, kind: AttentionKind = "cosine", scale: float = 10.0, threshold: float = 0.0) -> None:
        super().__init__()
        if kind not in get_args(AttentionKind):
            raise UsageError(f"attention={kind!r} is not known; choose 'cosine' or 'dot'")
        self.kind = kind
        if kind == "cosine":
            self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))
            self.threshold = nn.Parameter(torch.tensor(float(threshold)))

    def forward(
        self, query: Tensor, keys: Tensor, values: Tensor, hidden: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Attend.

        Parameters
        ----------
        query : (..., D) tensor
        keys : (N, D) tensor
        values : (N, V) tensor
        hidden : (N,) bool tensor, optional
            Rows that get no attention.

        Returns
        -------
        readout : (..., V) tensor
        attn : (..., N) tensor
            Without the null slot.
        """
        if self.kind == "dot":
            attn = _without(hidden, query @ keys.T).softmax(-1)
            return attn @ values, attn
        scale = self.log_scale.exp().clamp(max=_MAX_SCALE)
        cosine = functional.normalize(query, dim=-1) @ functional.normalize(keys, dim=-1).T  # (..., N)
        logits = _without(hidden, scale * (cosine - self.threshold))
        logits = functional.pad(logits, (1, 0))  # the null slot first
        attn = logits.softmax(-1)[..., 1:]
        return attn @ values, attn


def _without(hidden: Tensor | None, logits: Tensor) -> Tensor:
    return logits if hidden is None else logits.masked_fill(hidden, -torch.inf)
