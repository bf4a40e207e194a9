"""How much attention the rows of a bank get."""

from __future__ import annotations

import torch
from torch import Tensor

from motifkit.compare.attending import Attended, attend, windows_at_once
from motifkit.memory.context import step_mask
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.memory.window_encoder import windows_up_to_each_step
from motifkit.types import FloatArray


class Usage:
    """Attention added up over steps as they come.

    Parameters
    ----------
    bank : MotifMemoryBank

    Examples
    --------
    >>> bank = MotifMemoryBank(obs_dim=1, action_dim=1, n_motifs=2, seed=0)
    >>> used = Usage(bank)
    >>> used.add_episodes(torch.zeros(3, 10, 3), torch.tensor([10, 4, 6]))
    >>> used.n_steps, bool(abs(used.share.sum() + used.null_share - 1) < 1e-6)
    (20, True)
    """

    def __init__(self, bank: MotifMemoryBank) -> None:
        self._bank = bank
        self._mass = torch.zeros(bank.n_motifs, dtype=torch.float64)
        self._wins = torch.zeros(bank.n_motifs, dtype=torch.int64)
        self.n_steps = 0

    def add(self, attended: Attended) -> None:
        """Add steps."""
        self._mass += attended.attention.sum(0, dtype=torch.float64).cpu()
        winners = attended.winner[attended.winner >= 0].cpu()
        self._wins += torch.bincount(winners, minlength=self._bank.n_motifs)
        self.n_steps += len(attended.winner)

    def add_episodes(self, context: Tensor, lengths: Tensor) -> None:
        """Add all steps of episodes: context (B, T, F), steps of each (B,)."""
        windows = windows_up_to_each_step(context, self._bank.motif_len)  # (B, T, L, F), a view
        real = step_mask(lengths.to(context.device), context.shape[1]).nonzero()  # (n, 2)
        for part in torch.split(real, windows_at_once(self._bank)):
            self.add(attend(self._bank, windows[part[:, 0], part[:, 1]]))

    @property
    def share(self) -> FloatArray:
        """Mean share of the attention that each row gets, (K,)."""
        share: FloatArray = (self._mass / max(self.n_steps, 1)).numpy()
        return share

    @property
    def wins(self) -> FloatArray:
        """Share of the steps that each row wins, (K,)."""
        wins: FloatArray = (self._wins / max(self.n_steps, 1)).double().numpy()
        return wins

    @property
    def null_share(self) -> float:
        """Mean share that no row gets; NaN for attention without a null slot."""
        return 1 - float(self.share.sum()) if self._bank.attention.has_null_slot else float("nan")
