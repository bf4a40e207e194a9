"""What in the data the rows of a bank answer to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from motifkit.compare.attending import attend
from motifkit.compare.data_windows import DataWindows
from motifkit.compare.nearest import NearestWindows
from motifkit.compare.usage import Usage
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.mining.occurrences import occurrence_at
from motifkit.mining.select import pick_non_overlapping
from motifkit.types import FloatArray, IntArray, Occurrence, TrajectoryDataset


class Answers(NamedTuple):
    """What each row of a bank makes of the data.

    Parameters
    ----------
    windows : (K, motif_len, obs_dim) float array
        Mean window, weighted by the row's attention; NaN for rows that win nowhere.
    nearest : (len(n_nearest), motif_len, obs_dim) float array
        Mean of the windows nearest to each of the first rows, won or not; see `NearestWindows`.
    occurrences : tuple of K tuples of Occurrence
        Windows that the row wins, without overlap, nearest first; `distance` is 1 - cosine.
    usage : Usage
        Over all windows.
    """

    windows: FloatArray
    nearest: FloatArray
    occurrences: tuple[tuple[Occurrence, ...], ...]
    usage: Usage


class _Won(NamedTuple):
    """Windows that a row wins, in the order of the data."""

    row: IntArray
    episode: IntArray
    start: IntArray
    attention: FloatArray
    distance: FloatArray


def answers(
    bank: MotifMemoryBank, data: DataWindows, dataset: TrajectoryDataset, n_nearest: Sequence[int] = (1,)
) -> Answers:
    """Show every window of the data to a bank.

    Of the windows that a row wins, those with the most attention become its occurrences; others that overlap
    one are passed over.

    Parameters
    ----------
    bank : MotifMemoryBank
    data : DataWindows
        Read in chunks, so that long series need little memory.
    dataset : TrajectoryDataset
        The same, for the times.
    n_nearest : sequence of int
        For each of the first rows, how many of its nearest windows are averaged.

    Examples
    --------
    >>> from motifkit import as_dataset, mine, seed_motif_bank
    >>> from motifkit.io.samples import planted_series
    >>> dataset = as_dataset(planted_series(n=1000, n_shapes=2, length=8, count=20, noise=0.1)[0])
    >>> result = mine(dataset, 8, n_motifs=2, n_surrogates=0)
    >>> bank = MotifMemoryBank(obs_dim=1, action_dim=1, mem_dim=16, n_motifs=2, motif_len=8, seed=0)
    >>> report = seed_motif_bank(bank, result, dataset, n_steps=100)
    >>> found = answers(bank, DataWindows(bank, result, dataset), dataset)
    >>> found.windows.shape, [len(row) >= 19 for row in found.occurrences]
    ((2, 8, 1), [True, True])
    """
    usage = Usage(bank)
    total = torch.zeros(bank.n_motifs, bank.motif_len * bank.obs_dim, dtype=torch.float64)
    mass = torch.zeros(bank.n_motifs, 1, dtype=torch.float64)
    nearest = NearestWindows(n_nearest, data.span)
    chunks = []
    for episode, starts, windows in data:
        attended = attend(bank, windows)
        usage.add(attended)
        attention = attended.attention.double().cpu()  # (n, K)
        observed, cosines = windows[..., : bank.obs_dim], attended.cosines.cpu()
        total += attention.T @ observed.flatten(1).double()
        nearest.add(starts + data.offsets[episode], observed, cosines)
        mass += attention.sum(0)[:, None]
        chunks.append(_won(episode, starts, attention, attended.winner.cpu(), cosines))
    won = _Won(*(np.concatenate(field) for field in zip(*chunks, strict=True)))
    mean = (total / mass).numpy().reshape(bank.n_motifs, bank.motif_len, bank.obs_dim)
    mean[usage.wins == 0] = np.nan
    return Answers(
        mean,
        nearest.means(),
        tuple(_occurrences(won, row, data, dataset) for row in range(bank.n_motifs)),
        usage,
    )


def _won(
    episode: int, starts: IntArray, attention: torch.Tensor, winner: torch.Tensor, cosines: torch.Tensor
) -> _Won:
    at = (winner >= 0).nonzero()[:, 0]
    row = winner[at]
    return _Won(
        row.numpy(),
        np.full(len(at), episode),
        starts[at.numpy()],
        attention[at, row].numpy(),
        1 - cosines[at, row].double().numpy(),
    )


def _occurrences(
    won: _Won, row: int, data: DataWindows, dataset: TrajectoryDataset
) -> tuple[Occurrence, ...]:
    mine = _Won(*(field[won.row == row] for field in won))
    position = mine.start + data.offsets[mine.episode]
    order = np.lexsort((position, -mine.attention))
    picked = pick_non_overlapping(order, position, data.span, len(order))
    picked = picked[np.lexsort((position[picked], mine.distance[picked]))]
    return tuple(
        occurrence_at(dataset, int(mine.episode[i]), int(mine.start[i]), data.span, float(mine.distance[i]))
        for i in picked
    )
