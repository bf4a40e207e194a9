"""Observations moved by one step."""

from __future__ import annotations

import torch
from torch import Tensor

from motifkit.agents.batch import EpisodeBatch


def next_observations(batch: EpisodeBatch) -> Tensor:
    """What was seen after each action.

    Parameters
    ----------
    batch : EpisodeBatch

    Returns
    -------
    (B, T, obs_dim) float tensor
        obs_{t+1}, the final observation in each episode's last row, zeros after it.

    Examples
    --------
    >>> flat, context = torch.zeros(1, 3), torch.zeros(1, 3, 3)
    >>> batch = EpisodeBatch(torch.tensor([[[1.0], [2.0], [0.0]]]), context, context[:, 0], flat.long(), flat,
    ...     flat, flat, torch.tensor([2]), torch.tensor([True]), torch.tensor([[9.0]]), torch.zeros(1))
    >>> next_observations(batch)[0, :, 0].tolist()
    [2.0, 9.0, 0.0]
    """
    following = torch.zeros_like(batch.observations)
    following[:, :-1] = batch.observations[:, 1:]
    episodes = torch.arange(len(following), device=following.device)
    following[episodes, batch.lengths - 1] = batch.final_observations.to(following.dtype)
    return following.masked_fill(~batch.mask[..., None], 0.0)
