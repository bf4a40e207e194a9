"""The windows of the data that are nearest to each row, whether the row wins them or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from motifkit.mining.select import pick_non_overlapping
from motifkit.types import FloatArray, IntArray


class NearestWindows:
    """Means of the windows nearest to each row by cosine, without overlap; fed in chunks.

    Attention tells what a row does to the agent's next step. Its nearest windows tell what it *is*: they do not hang
    on the threshold of the null slot, which learning lowers where a false alarm costs nothing.

    Parameters
    ----------
    n_nearest : sequence of int
        Windows to average for the first rows of a bank, one number a row; the other rows are passed over. Half as many
        as the motif had occurrences leaves room for the shape to have changed without letting the background in.
    span : int
        Steps of a window.

    Examples
    --------
    >>> import torch
    >>> nearest = NearestWindows(n_nearest=[2], span=2)
    >>> windows = torch.tensor([[[0.0]], [[1.0]], [[2.0]], [[9.0]]])
    >>> nearest.add(np.array([0, 1, 2, 3]), windows, torch.tensor([[0.1], [0.9], [0.8], [0.7]]))
    >>> nearest.means()
    array([[[5.]]])
    """

    def __init__(self, n_nearest: Sequence[int], span: int) -> None:
        self.n_nearest = tuple(n_nearest)
        self.span = span
        self._kept: list[list[tuple[FloatArray, IntArray, FloatArray]]] = [[] for _ in self.n_nearest]

    def add(self, positions: IntArray, windows: Tensor, cosines: Tensor) -> None:
        """Take in a chunk.

        Parameters
        ----------
        positions : (n,) int array
            Of the windows; those of different episodes lie at least a span apart.
        windows : (n, L, obs_dim) tensor
        cosines : (n, K) tensor
            Of each window to each row.
        """
        for row, n_nearest in enumerate(self.n_nearest):
            enough = n_nearest * 2 * self.span  # a pick rules out `span - 1` windows on either side
            value, at = cosines[:, row].topk(min(enough, len(positions)))
            chosen = windows[at].double().numpy()
            self._kept[row].append((value.double().numpy(), positions[at.numpy()], chosen))

    def means(self) -> FloatArray:
        """Mean (len(n_nearest), L, obs_dim) of the nearest windows of each row."""
        return np.stack([self._mean(row) for row in range(len(self._kept))])

    def _mean(self, row: int) -> FloatArray:
        cosine, position, windows = (np.concatenate(part) for part in zip(*self._kept[row], strict=True))
        by_place = np.argsort(position)
        order = by_place[np.lexsort((position[by_place], -cosine[by_place]))]
        rank_of = np.empty_like(by_place)
        rank_of[by_place] = np.arange(len(by_place))
        picked = pick_non_overlapping(rank_of[order], position[by_place], self.span, self.n_nearest[row])
        mean: FloatArray = windows[by_place[picked]].mean(0)
        return mean
