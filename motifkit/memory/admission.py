"""Which of many episodes that ended together are worth a place in memory."""

from __future__ import annotations

import torch
from torch import Tensor


def most_novel(candidates: Tensor, stored: Tensor, n: int) -> Tensor:
    """Candidates that differ most from what is stored and from each other.

    Farthest-first traversal (Gonzalez 1985): again and again the candidate whose nearest stored or chosen
    embedding is farthest away.

    Parameters
    ----------
    candidates : (B, D) tensor
    stored : (N, D) tensor
        N may be 0: then the first candidate comes first.
    n : int
        How many to choose; all when there are fewer.

    Returns
    -------
    (min(n, B),) int64 tensor
        Indices, most novel first; ties go to the first.

    Examples
    --------
    >>> most_novel(torch.tensor([[0.0], [1.0], [5.0]]), torch.tensor([[0.1]]), 2).tolist()
    [2, 1]
    """
    n = min(n, len(candidates))
    nearest = candidates.new_full((len(candidates),), torch.inf)
    if len(stored):
        nearest = torch.cdist(candidates, stored).min(1).values
    chosen: list[int] = []
    for _ in range(n):
        nearest[chosen] = -1.0
        best = int(nearest.argmax())
        chosen.append(best)
        nearest = torch.minimum(nearest, torch.cdist(candidates, candidates[best : best + 1])[:, 0])
    return torch.tensor(chosen, dtype=torch.int64)
