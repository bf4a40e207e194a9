"""What an episodic memory holds at one moment, detached from the buffer that goes on changing."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Entries(NamedTuple):
    """N stored episodes.

    Parameters
    ----------
    context : (N, T, F) float tensor
        Raw rows (obs_t, a_{t-1}, r_{t-1}), the closing row included; zeros after an entry's end.
    lengths : (N,) int64 tensor
        Rows of each entry, at least 1.
    outcomes : (N,) float tensor
        Return of each episode.
    slots : (N,) int64 tensor
        Slot of the buffer that each entry lies in, which `usefulness_vec` is indexed by.
    """

    context: Tensor
    lengths: Tensor
    outcomes: Tensor
    slots: Tensor

    @property
    def n_entries(self) -> int:
        """N."""
        return self.context.shape[0]
