"""Where motifs end and background begins: the threshold of the null slot, from both."""

from __future__ import annotations

import torch
from torch import Tensor

from motifkit.memory.attention import pairwise_cosine
from motifkit.memory.motif_bank import MotifMemoryBank


def cosines(bank: MotifMemoryBank, windows: Tensor, n_rows: int | None = None) -> Tensor:
    """Cosine (n, K) of windows (n, L, F) to the first `n_rows` rows of a bank, to all for None."""
    embedded = bank.encoder(windows.to(bank.motif_embeds.device))
    return pairwise_cosine(embedded, bank.motif_embeds[:n_rows])


def best_threshold(own: Tensor, nearest: Tensor) -> float:
    """Cosine that tells occurrences from background with the fewest errors.

    Parameters
    ----------
    own : (n,) tensor
        Cosine of each occurrence to its own row.
    nearest : (m,) tensor
        Cosine of each background window to the row nearest to it.

    Returns
    -------
    float
        Where the share of occurrences below plus the share of background above is least; amid the gap where
        they do not touch.

    Examples
    --------
    >>> best_threshold(torch.tensor([0.8, 0.9]), torch.tensor([0.1, 0.2, 0.4]))
    0.6000000238418579
    """
    values = torch.cat([own, nearest]).sort().values
    missed = torch.searchsorted(own.sort().values, values, side="right") / len(own)
    alarms = 1 - torch.searchsorted(nearest.sort().values, values, side="right") / len(nearest)
    best = values[int((missed + alarms).argmin())]
    above = values[values > best]  # equal values have no gap between them
    return float((best + (above[0] if len(above) else best)) / 2)


@torch.no_grad()
def calibrate(bank: MotifMemoryBank, own: Tensor, nearest: Tensor) -> None:
    """Set the threshold of a bank's null slot; see `best_threshold`.

    The scale stays as it is: a sharper one tells occurrences apart from the first step on, and then hardly learns,
    since saturated attention has no gradient. Attention without a null slot stays as it is altogether.
    """
    if bank.attention.has_null_slot:
        bank.attention.threshold.fill_(best_threshold(own, nearest))
