"""The raw episodes of an episodic memory: which slot holds what, and which one goes when it is full."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from motifkit.memory.entries import Entries

Eviction: TypeAlias = Literal["usefulness", "fifo"]


class EpisodeStore:
    """Slots for raw trajectories with their outcomes.

    Parameters
    ----------
    n_slots : int
        Most entries that are held.
    width : int
        Features F of a row.

    Examples
    --------
    >>> store = EpisodeStore(n_slots=2, width=3)
    >>> [store.put(torch.ones(4, 3), outcome=1.0, usefulness=torch.zeros(2), eviction="fifo") for _ in "abc"]
    [0, 1, 0]
    """

    def __init__(self, n_slots: int, width: int) -> None:
        self.n_slots, self.width = n_slots, width
        self.clear()

    def clear(self) -> None:
        """Empty every slot."""
        self._rows: list[Tensor] = []
        self._outcomes: list[float] = []
        self._ages: list[int] = []  # when each entry came, as a running number
        self._n_put = 0
        self._stacked: Entries | None = None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def n_free(self) -> int:
        """Slots without an entry."""
        return self.n_slots - len(self)

    def put(
        self,
        rows: Tensor,
        outcome: float,
        usefulness: Tensor,
        eviction: Eviction,
        spared: Collection[int] = (),
    ) -> int:
        """Store an entry, (T, F), in a free slot or in that of the entry that must go; gives the slot.

        `usefulness` (n_slots,) decides which goes, the oldest among equals, unless `eviction` is "fifo"; slots in
        `spared` stay.
        """
        rows = rows.detach().to("cpu", torch.float32).clone()
        self._stacked = None
        self._n_put += 1
        if self.n_free:
            self._rows.append(rows)
            self._outcomes.append(float(outcome))
            self._ages.append(self._n_put)
            return len(self) - 1
        scores = usefulness.detach().tolist()
        slot = min(
            (i for i in range(self.n_slots) if i not in spared),
            key=lambda i: (scores[i] if eviction == "usefulness" else 0.0, self._ages[i]),
        )
        self._rows[slot], self._outcomes[slot], self._ages[slot] = rows, float(outcome), self._n_put
        return slot

    def entries(self) -> Entries:
        """All entries, padded to the longest; the same object until something is stored."""
        if self._stacked is None:
            lengths = [len(rows) for rows in self._rows]
            context = torch.zeros(len(self), max(lengths, default=0), self.width)
            for i, rows in enumerate(self._rows):
                context[i, : len(rows)] = rows
            self._stacked = Entries(
                context, torch.tensor(lengths).long(), torch.tensor(self._outcomes), torch.arange(len(self))
            )
        return self._stacked

    def state(self) -> dict[str, Tensor]:
        """Everything held, as tensors for a checkpoint."""
        entries = self.entries()
        return {
            "context": entries.context,
            "lengths": entries.lengths,
            "outcomes": torch.tensor(self._outcomes, dtype=torch.float64),
            "ages": torch.tensor(self._ages).long(),
            "n_put": torch.tensor(self._n_put),
        }

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Hold what `state` held."""
        self.clear()
        pairs = zip(state["context"], state["lengths"].tolist(), strict=True)
        self._rows = [rows[:length].clone() for rows, length in pairs]
        self._outcomes = state["outcomes"].tolist()
        self._ages = state["ages"].tolist()
        self._n_put = int(state["n_put"])
