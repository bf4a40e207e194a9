"""Motif memory: a bank of learnable pattern embeddings that the latest steps are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from motifkit.arguments import require_whole
from motifkit.memory.attention import AttentionKind, MemoryAttention
from motifkit.memory.base import (
    BaseMemoryBuffer,
    Retrieval,
    Trajectory,
    as_numpy,
    at_last_step,
    is_batched,
    require_single_precision,
)
from motifkit.memory.context import as_context
from motifkit.memory.entries import Entries
from motifkit.memory.initialise import drawn_from
from motifkit.memory.window_encoder import WindowEncoder


class MotifMemoryBank(BaseMemoryBuffer):
    """K motif embeddings, attended to by the last `motif_len` steps of a trajectory.

    Parameters
    ----------
    obs_dim, action_dim : int
        Features of an observation and of an action.
    mem_dim : int
        Width D of the embeddings.
    n_motifs : int
        Rows K of the bank.
    motif_len : int
        Steps that are compared with the motifs; at the start of an episode the first one is repeated.
    device : str
        Device of the parameters.
    attention : {"cosine", "dot"}
        "cosine" has a null slot, "no motif here"; "dot" is plain softmax attention.
    frozen : bool
        Whether rows, window encoder and attention stay as they are while the agent around them learns.
    seed : int, optional
        Draws the first weights; None uses torch's global generator.

    Attributes
    ----------
    motif_embeds : Parameter (K, D)
        The motifs; random until they are seeded.
    mined_embeds : (K, D) tensor
        What `motifkit.seed_motif_bank` wrote to the rows, kept to measure their drift; zeros in others.
    seeded_mask : (K,) bool tensor
        Rows that were seeded.
    seeded_offset : (K,) int64 tensor
        Steps from the end of the motif to the end of the window that such a row was seeded with.

    Raises
    ------
    UsageError
        When a number is below 1 or the attention is not known.

    Examples
    --------
    >>> bank = MotifMemoryBank(obs_dim=3, action_dim=1, mem_dim=8, n_motifs=5)
    >>> readout, episodic_attn, motif_attn = bank.retrieve([([0.0, 1.0, 0.0], 0, 0.0)])
    >>> readout.shape, episodic_attn, motif_attn.shape
    (torch.Size([8]), None, torch.Size([5]))
    """

    mined_embeds: Tensor
    seeded_mask: Tensor
    seeded_offset: Tensor

    def __init__(
        self,
        obs_dim: int,
        action_dim: int,
        mem_dim: int = 32,
        n_motifs: int = 32,
        motif_len: int = 4,
        device: str = "cpu",
        *,
        attention: AttentionKind = "cosine",
        frozen: bool = False,
        seed: int | None = None,
    ) -> None:
        super().__init__()
        whole = partial(require_whole, of="MotifMemoryBank")
        obs_dim, action_dim = whole("obs_dim", obs_dim), whole("action_dim", action_dim)
        mem_dim, n_motifs = whole("mem_dim", mem_dim), whole("n_motifs", n_motifs)
        motif_len = whole("motif_len", motif_len)
        self.obs_dim, self.action_dim, self.mem_dim = obs_dim, action_dim, mem_dim
        self.n_motifs, self.motif_len, self.device = n_motifs, motif_len, device
        self.last_attn: Any = None
        self._hidden: Tensor | None = None  # (K,) bool, rows that are masked
        with drawn_from(seed):
            self.motif_embeds = nn.Parameter(torch.randn(n_motifs, mem_dim))
            self.encoder = WindowEncoder(obs_dim + action_dim + 1, motif_len, mem_dim)
        self.attention = MemoryAttention(attention)
        self.register_buffer("mined_embeds", torch.zeros(n_motifs, mem_dim))
        self.register_buffer("seeded_mask", torch.zeros(n_motifs, dtype=torch.bool))
        self.register_buffer("seeded_offset", torch.zeros(n_motifs, dtype=torch.int64))
        self.to(device).freeze(frozen)

    @property
    def readout_dim(self) -> int:
        """Width of a readout."""
        return self.mem_dim

    def config(self) -> dict[str, Any]:
        """Arguments that make a bank like this one, JSON values only."""
        return {
            "obs_dim": self.obs_dim,
            "action_dim": self.action_dim,
            "mem_dim": self.mem_dim,
            "n_motifs": self.n_motifs,
            "motif_len": self.motif_len,
            "attention": self.attention.kind,
            "frozen": self.frozen,
        }

    def freeze(self, frozen: bool = True) -> MotifMemoryBank:
        """Let rows, window encoder and attention stay as they are, or learn again; gives the bank itself."""
        self.frozen = frozen
        self.requires_grad_(not frozen)
        return self

    def retrieve(self, context_traj: Trajectory) -> Retrieval:
        """Motifs that the latest steps resemble; see `BaseMemoryBuffer.retrieve`.

        Returns
        -------
        Retrieval
            readout (D,) and motif_attn (K,), with B in front for a batch; episodic_attn is None.

        Raises
        ------
        DataError
            When the trajectory is empty or has another width.
        UsageError
            When the weights are not float32.
        """
        require_single_precision(self, self.motif_embeds)
        context = as_context(context_traj, self.obs_dim, self.action_dim).to(self.motif_embeds.device)
        found = at_last_step(self.unroll(context[:, -self.motif_len :]), is_batched(context_traj))
        self.last_attn = as_numpy(found.motif_attn)
        return found

    def retrieve_with_custom_query(self, query: Tensor) -> Retrieval:
        """Motifs that an embedding (..., D) resembles."""
        readout, attn = self.attention(query, self.motif_embeds, self.motif_embeds, self._hidden)
        return Retrieval(readout, None, attn)

    @contextmanager
    def masked(self, rows: Sequence[int]) -> Iterator[None]:
        """Answer as if some rows were not there while the block runs; others get their attention."""
        before = self._hidden
        self._hidden = torch.zeros(self.n_motifs, dtype=torch.bool, device=self.motif_embeds.device)
        self._hidden[list(rows)] = True
        try:
            yield
        finally:
            self._hidden = before

    def unroll(self, context: Tensor, entries: Entries | None = None) -> Retrieval:
        """Answer at every step of whole episodes: context (B, T, F) -> readout (B, T, D), attention (B, T, K)."""
        return self.retrieve_with_custom_query(self.encoder.unroll(context))

    def start(self, n_rows: int, entries: Entries | None = None) -> list[Tensor]:
        """State of a rollout of `n_rows` episodes: the window, empty so far."""
        return []

    def step(self, row: Tensor, state: list[Tensor]) -> Retrieval:
        """Answer at the next step of a rollout: row (B, F) -> readout (B, D)."""
        if state:
            state[0] = torch.cat([state[0][:, 1:], row[:, None]], 1)  # (B, L, F)
        else:
            state.append(row[:, None].expand(-1, self.motif_len, -1))
        return self.retrieve_with_custom_query(self.encoder(state[0]))

    def motif_parameters(self) -> list[nn.Parameter]:
        """The motif embeddings."""
        return [self.motif_embeds]
