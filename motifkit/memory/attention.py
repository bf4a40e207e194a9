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

    @property
    def has_null_slot(self) -> bool:
        """Whether what no row deserves goes to none of them; only then are there a scale and a threshold."""
        return self.kind == "cosine"

    @property
    def scale(self) -> Tensor:
        """() tensor, what cosines are multiplied by."""
        return self.log_scale.exp().clamp(max=_MAX_SCALE)

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
            Rows that get no attention; where all are hidden the readout is 0.

        Returns
        -------
        readout : (..., V) tensor
        attn : (..., N) tensor
            Without the null slot.
        """
        if not self.has_null_slot:
            products = query @ keys.T
            if hidden is not None and bool(hidden.all()):  # the softmax of nothing is NaN
                attn = torch.zeros_like(products)
            else:
                attn = _without(hidden, products).softmax(-1)
            return attn @ values, attn
        logits = _without(hidden, self.scale * (pairwise_cosine(query, keys) - self.threshold))  # (..., N)
        logits = functional.pad(logits, (1, 0))  # the null slot first
        attn = logits.softmax(-1)[..., 1:]
        return attn @ values, attn


def pairwise_cosine(one: Tensor, other: Tensor) -> Tensor:
    """Cosine (..., N) of each row of (..., D) to each row of (N, D).

    Examples
    --------
    >>> pairwise_cosine(torch.tensor([[3.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]))
    tensor([[ 1.,  0., -1.]])
    """
    return functional.normalize(one, dim=-1) @ functional.normalize(other, dim=-1).T


def _without(hidden: Tensor | None, logits: Tensor) -> Tensor:
    return logits if hidden is None else logits.masked_fill(hidden, -torch.inf)
