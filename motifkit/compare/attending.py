"""What windows make of a bank: attention, and which row wins."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from motifkit.memory.attention import pairwise_cosine
from motifkit.memory.motif_bank import MotifMemoryBank

MOST_NUMBERS = 1 << 21  # in the windows that are encoded at once: 8 MiB, and a few times that inside


class Attended(NamedTuple):
    """Answer of a bank to n windows.

    Parameters
    ----------
    attention : (n, K) tensor
        Of each row.
    winner : (n,) int64 tensor
        Row with more attention than any other and the null slot, -1 where there is none.
    cosines : (n, K) tensor
        Of the window's embedding to each row.
    """

    attention: Tensor
    winner: Tensor
    cosines: Tensor


@torch.no_grad()
def attend(bank: MotifMemoryBank, windows: Tensor) -> Attended:
    """Ask a bank about windows (n, L, F).

    Examples
    --------
    >>> bank = MotifMemoryBank(obs_dim=1, action_dim=1, n_motifs=5, seed=0)
    >>> attend(bank, torch.zeros(7, 4, 3)).attention.shape
    torch.Size([7, 5])
    """
    embedded = bank.encoder(windows.to(bank.motif_embeds.device))  # (n, D)
    attention = bank.retrieve_with_custom_query(embedded).motif_attn
    assert attention is not None
    best, winner = attention.max(1)
    rivals = attention.scatter(1, winner[:, None], 0.0).amax(1)
    if bank.attention.has_null_slot:
        rivals = torch.maximum(rivals, 1 - attention.sum(1))
    cosines = pairwise_cosine(embedded, bank.motif_embeds)
    return Attended(attention, torch.where(best > rivals, winner, -1), cosines)


def windows_at_once(bank: MotifMemoryBank) -> int:
    """How many windows are asked about in one go."""
    return max(1, MOST_NUMBERS // (bank.motif_len * bank.encoder.in_dim))
