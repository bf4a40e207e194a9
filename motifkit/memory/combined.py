"""Both memories in one differentiable retrieval."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from motifkit.errors import UsageError
from motifkit.memory.base import BaseMemoryBuffer, Retrieval, Trajectory, as_numpy, as_retrieval
from motifkit.memory.entries import Entries


class CombinedState(NamedTuple):
    """States of a rollout of the two memories."""

    episodic: Any
    motif: Any


class CombinedMemoryModule(BaseMemoryBuffer):
    """An episodic memory and a motif bank side by side; the readout is [episodic, motif].

    Parameters
    ----------
    episodic_buffer : StrategicMemoryBuffer, or another memory
    motif_bank : MotifMemoryBank, or another memory

    Raises
    ------
    UsageError
        When the two were made for observations or actions of different width.

    Examples
    --------
    >>> from motifkit.memory.episodic import StrategicMemoryBuffer
    >>> from motifkit.memory.motif_bank import MotifMemoryBank
    >>> both = CombinedMemoryModule(
    ...     StrategicMemoryBuffer(3, 1, mem_dim=8, max_entries=4), MotifMemoryBank(3, 1, mem_dim=8, n_motifs=5)
    ... )
    >>> readout, episodic_attn, motif_attn = both.retrieve([([0.0, 1.0, 0.0], 0, 0.0)])
    >>> readout.shape, episodic_attn.shape, motif_attn.shape
    (torch.Size([16]), torch.Size([0]), torch.Size([5]))
    """

    def __init__(self, episodic_buffer: Any, motif_bank: Any) -> None:
        super().__init__()
        for name in ("obs_dim", "action_dim"):
            one, other = getattr(episodic_buffer, name, None), getattr(motif_bank, name, None)
            if None not in (one, other) and one != other:
                raise UsageError(
                    f"{name} is {one} in the episodic buffer and {other} in the motif bank; make both alike"
                )
        self.episodic_buffer, self.motif_bank = episodic_buffer, motif_bank
        self.last_attn: Any = None

    @property
    def obs_dim(self) -> int:
        """Features of an observation."""
        return int(self.episodic_buffer.obs_dim)

    @property
    def action_dim(self) -> int:
        """Features of an action."""
        return int(self.episodic_buffer.action_dim)

    @property
    def mem_dim(self) -> int:
        """Width of the episodic memory's readout."""
        return int(self.episodic_buffer.mem_dim)

    @property
    def readout_dim(self) -> int:
        """Width of a readout: that of both."""
        return int(self.episodic_buffer.readout_dim) + int(self.motif_bank.readout_dim)

    def config(self) -> dict[str, Any]:
        """Arguments of both memories, JSON values only."""
        return {"episodic_buffer": self.episodic_buffer.config(), "motif_bank": self.motif_bank.config()}

    def retrieve(self, context_traj: Trajectory) -> Retrieval:
        """Answers of both memories; see `BaseMemoryBuffer.retrieve`.

        Raises
        ------
        DataError
            When the trajectory is empty or has another width.
        """
        both = _joined(
            as_retrieval(self.episodic_buffer.retrieve(context_traj)),
            as_retrieval(self.motif_bank.retrieve(context_traj), of_motifs=True),
        )
        self.last_attn = (as_numpy(both.episodic_attn), as_numpy(both.motif_attn))
        return both

    def retrieve_with_custom_query(self, query: Tensor) -> Retrieval:
        """Episodes and motifs that an embedding (..., D) of the caller's own resembles."""
        return _joined(
            self.episodic_buffer.retrieve_with_custom_query(query),
            self.motif_bank.retrieve_with_custom_query(query),
        )

    def unroll(self, context: Tensor, entries: Entries | None = None) -> Retrieval:
        """Answer at every step of whole episodes: context (B, T, F) -> readout (B, T, 2 D)."""
        return _joined(self.episodic_buffer.unroll(context, entries), self.motif_bank.unroll(context))

    def start(self, n_rows: int, entries: Entries | None = None) -> CombinedState:
        """State of a rollout of `n_rows` episodes."""
        return CombinedState(self.episodic_buffer.start(n_rows, entries), self.motif_bank.start(n_rows))

    def step(self, row: Tensor, state: CombinedState) -> Retrieval:
        """Answer at the next step of a rollout: row (B, F) -> readout (B, 2 D)."""
        return _joined(self.episodic_buffer.step(row, state.episodic), self.motif_bank.step(row, state.motif))

    def entries(self) -> Entries | None:
        """Stored episodes at this moment."""
        entries: Entries | None = self.episodic_buffer.entries()
        return entries

    def add_entry(self, trajectory: Any, outcome: float) -> None:
        """Store an episode in the episodic memory; motifs are learned, not stored."""
        self.episodic_buffer.add_entry(trajectory, outcome)

    def reset(self) -> None:
        """Forget all episodes; motifs and weights stay."""
        self.episodic_buffer.reset()

    def usefulness_loss(
        self, attn: Tensor, episode_return: Tensor | float, slots: Tensor | None = None
    ) -> Tensor:
        """Loss of the episodic memory's slots; see `StrategicMemoryBuffer.usefulness_loss`."""
        loss: Tensor = self.episodic_buffer.usefulness_loss(attn, episode_return, slots)
        return loss

    def usefulness_parameters(self) -> list[nn.Parameter]:
        """The usefulness of the episodic memory's slots."""
        parameters: list[nn.Parameter] = self.episodic_buffer.usefulness_parameters()
        return parameters

    def motif_parameters(self) -> list[nn.Parameter]:
        """The motif embeddings."""
        parameters: list[nn.Parameter] = self.motif_bank.motif_parameters()
        return parameters


def _joined(episodic: Retrieval, motif: Retrieval) -> Retrieval:
    readout = torch.cat([episodic.readout, motif.readout], -1)
    return Retrieval(readout, episodic.episodic_attn, motif.motif_attn)
