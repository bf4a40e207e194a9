"""The windows of the mined data, all of them or those that were mined, as a bank was seeded with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from motifkit.action_heads import ActionSpace
from motifkit.compare.attending import windows_at_once
from motifkit.errors import DataError
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.mining.windows import finite_windows
from motifkit.seeding.contexts import Observe, contexts_of
from motifkit.seeding.windows import resampled
from motifkit.types import IntArray, MiningResult, Motif, TrajectoryDataset


class WindowChunk(NamedTuple):
    """Some windows of one episode: their first rows (n,), and what they hold, (n, L, F) float tensor."""

    episode: int
    starts: IntArray
    windows: Tensor


class DataWindows:
    """Windows of a dataset as a bank sees them.

    They span as many steps as the mined motifs. Where that is not the bank's `motif_len`, they are stretched
    to it, as they were when the bank was seeded.

    Parameters
    ----------
    bank : MotifMemoryBank
    result : MiningResult
        With one motif at least.
    dataset : TrajectoryDataset
        What was mined.
    observe : callable, optional
        Observations that the environment makes of an episode; None takes the episode's own.
    action_space : gymnasium.Space, optional
        Of the environment; None takes actions as they are in the data.

    Attributes
    ----------
    span : int
        Steps of a window.

    Raises
    ------
    DataError
        When the data have another number of features than the bank.
    """

    def __init__(
        self,
        bank: MotifMemoryBank,
        result: MiningResult,
        dataset: TrajectoryDataset,
        observe: Observe | None = None,
        action_space: ActionSpace | None = None,
    ) -> None:
        self.span = result.motifs[0].length
        self._contexts = contexts_of(bank, dataset, observe, action_space)
        self._at_once = windows_at_once(bank)
        self._motif_len = bank.motif_len
        stretch = resampled(np.eye(self.span), bank.motif_len)  # (L, span)
        self._stretch = None if self.span == bank.motif_len else torch.from_numpy(stretch)

    @property
    def offsets(self) -> IntArray:
        """(episodes,) what to add to a row's number so that windows of two episodes never overlap."""
        lengths = [len(context) + self.span for context in self._contexts]
        return np.cumsum([0, *lengths[:-1]])

    def __iter__(self) -> Iterator[WindowChunk]:
        """All windows without a missing value, in order, as many at a time as need little memory."""
        for episode, context in enumerate(self._contexts):
            starts = np.flatnonzero(finite_windows(context, self.span))
            if not len(starts):
                continue
            windows = (
                torch.from_numpy(context).unfold(0, self.span, 1).transpose(1, 2)
            )  # (n, span, F), a view
            for part in np.array_split(starts, -(-len(starts) // self._at_once)):
                picked = windows[torch.from_numpy(part)]
                if self._stretch is not None:
                    picked = self._stretch @ picked  # (n, L, F)
                yield WindowChunk(episode, part, picked)

    def mined(self, motifs: Sequence[Motif]) -> list[Tensor]:
        """Occurrences of each motif, (n_k, L, F).

        Raises
        ------
        DataError
            When one holds a value that is not finite.
        """
        return [self._occurrences(motif) for motif in motifs]

    def _occurrences(self, motif: Motif) -> Tensor:
        if not motif.occurrences:
            raise DataError(f"motif {motif.label} has no occurrences to compare with; mine the data anew")
        cut = [
            resampled(self._contexts[o.episode][o.start : o.end], self._motif_len) for o in motif.occurrences
        ]
        windows = torch.from_numpy(np.stack(cut))
        if not torch.isfinite(windows).all():
            raise DataError(
                f"an occurrence of motif {motif.label} holds a value that is not finite; mend the data or their "
                "features"
            )
        return windows
