"""The latest steps as one vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WindowEncoder(nn.Module):
    """Encodes windows of fixed length; every place in the window has weights of its own.

    So the order of the steps counts: a rise and a fall differ, which an encoder that averages over steps
    without positions cannot tell apart.

    Parameters
    ----------
    in_dim : int
        Features F of a step.
    length : int
        Steps L of a window.
    dim : int
        Width D of the embedding.

    Examples
    --------
    >>> encoder = WindowEncoder(in_dim=3, length=4, dim=8)
    >>> encoder(torch.randn(10, 4, 3)).shape, encoder.unroll(torch.randn(2, 6, 3)).shape
    (torch.Size([10, 8]), torch.Size([2, 6, 8]))
    """

    def __init__(self, in_dim: int, length: int, dim: int) -> None:
        super().__init__()
        self.in_dim, self.length, self.dim = in_dim, length, dim
        self.direct = nn.Linear(length * in_dim, dim)
        self.hidden = nn.Linear(length * in_dim, 2 * dim)
        self.out = nn.Linear(2 * dim, dim)
        self.norm = nn.LayerNorm(dim)

    def forward(self, windows: Tensor) -> Tensor:
        """Encode windows: (..., L, F) -> (..., D)."""
        flat = windows.flatten(-2)  # (..., L * F)
        encoded: Tensor = self.norm(self.direct(flat) + self.out(torch.relu(self.hidden(flat))))
        return encoded

    def unroll(self, context: Tensor) -> Tensor:
        """Encode the window that ends at each step: (B, T, F) -> (B, T, D)."""
        encoded: Tensor = self(windows_up_to_each_step(context, self.length))
        return encoded


def windows_up_to_each_step(context: Tensor, length: int) -> Tensor:
    """Windows that end at each step, the first ones filled up on the left with the first row.

    Returns
    -------
    (B, T, length, F) tensor

    Examples
    --------
    >>> windows_up_to_each_step(torch.tensor([[[1.0], [2.0], [3.0]]]), 2)[0, :, :, 0].tolist()
    [[1.0, 1.0], [1.0, 2.0], [2.0, 3.0]]
    """
    filled = torch.cat([context[:, :1].expand(-1, length - 1, -1), context], 1)  # (B, T + L - 1, F)
    return filled.unfold(1, length, 1).transpose(2, 3)
