"""Trajectories as tensors of context rows (obs_t, a_{t-1}, r_{t-1})."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from motifkit.errors import DataError, UsageError
from motifkit.memory.base import Trajectory
from motifkit.types import Episode


def action_features(actions: Tensor, action_dim: int) -> Tensor:
    """Actions as a memory sees them.

    Parameters
    ----------
    actions : (...) int64 tensor of choices, or (..., action_dim) tensor
        Scalars become one-hot when `action_dim` is above 1, and stay numbers when it is 1.
    action_dim : int
        Features of an action.

    Returns
    -------
    (..., action_dim) float tensor

    Raises
    ------
    UsageError
        When a choice lies outside of 0 to `action_dim - 1`.

    Examples
    --------
    >>> action_features(torch.tensor([2, 0]), 3).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    if action_dim == 1:
        return actions.float().reshape(*actions.shape, 1)
    if actions.numel() and (actions.min() < 0 or actions.max() >= action_dim):
        wrong = int(actions.min() if actions.min() < 0 else actions.max())
        raise UsageError(
            f"action {wrong} does not fit action_dim={action_dim}; give the memory action_dim=n "
            "for Discrete(n), or 1 for the plain number"
        )
    return torch.nn.functional.one_hot(actions.long(), action_dim).float()


def step_mask(lengths: Tensor, n_steps: int) -> Tensor:
    """Which of `n_steps` rows belong to episodes of `lengths` (B,) steps: (B, n_steps) bool.

    Examples
    --------
    >>> step_mask(torch.tensor([2, 3]), 3).tolist()
    [[True, True, False], [True, True, True]]
    """
    return torch.arange(n_steps, device=lengths.device) < lengths[:, None]


def as_context(trajectory: Trajectory, obs_dim: int, action_dim: int) -> Tensor:
    """Trajectory in any accepted form as one tensor.

    Parameters
    ----------
    trajectory : list of (obs, action, reward), array or tensor (T, F) or (B, T, F)
        As `BaseMemoryBuffer.retrieve` takes it; F is `obs_dim + action_dim + 1`.
    obs_dim, action_dim : int
        Widths that the memory was made for.

    Returns
    -------
    (B, T, F) float tensor
        B is 1 for a single trajectory.

    Raises
    ------
    DataError
        When the trajectory is empty or has another width, or holds NaN.
    """
    if isinstance(trajectory, Tensor | np.ndarray):
        context = torch.as_tensor(trajectory, dtype=torch.float32)
        context = context[None] if context.ndim == 2 else context
    else:
        context = _from_tuples(trajectory, action_dim)[None]
    width = obs_dim + action_dim + 1
    if context.ndim != 3 or context.shape[1] == 0 or context.shape[2] != width:
        raise DataError(
            f"trajectory has shape {tuple(context.shape)}, but this memory takes (B, T, {width}) with T > 0: "
            f"obs_dim={obs_dim}, action_dim={action_dim} and the reward; make the memory with other widths"
        )
    if not torch.isfinite(context).all():
        raise DataError("trajectory holds a number that is not finite; mend the environment")
    return context


def _from_tuples(trajectory: Any, action_dim: int) -> Tensor:
    """(T, F) from a list of (obs, action, reward)."""
    if len(trajectory) == 0:
        raise DataError("trajectory is empty; give at least one (obs, action, reward)")
    rows = [np.ravel(np.asarray(obs, dtype=np.float32)) for obs, _, _ in trajectory]
    if len({len(row) for row in rows}) > 1:
        raise DataError("trajectory has observations of unequal width; mend the environment")
    observations = np.array(rows)
    rewards = np.array([[float(reward)] for _, _, reward in trajectory], dtype=np.float32)
    actions = np.array([np.ravel(np.asarray(action)) for _, action, _ in trajectory])
    if actions.shape[1] == 1 and action_dim > 1:
        features = action_features(torch.from_numpy(actions[:, 0].astype(np.int64)), action_dim).numpy()
    else:
        features = actions.astype(np.float32)
    return torch.from_numpy(np.hstack([observations, features, rewards]).astype(np.float32))


def closed_context(episode: Episode, action_dim: int) -> Tensor:
    """Rows of an episode with one more at its end, which holds the last action and the last reward.

    Without that row what the last action led to, which is where delayed tasks pay, would never be stored.

    Returns
    -------
    (T + 1, F) float tensor
        The closing row repeats the last observation.
    """
    n = len(episode)
    if n == 0:
        raise DataError("trajectory is empty; give an episode with at least one step")
    observations = torch.from_numpy(np.asarray(episode.observations, dtype=np.float32))
    given = np.zeros(n) if episode.actions is None else np.asarray(episode.actions)
    actions = torch.from_numpy(given)
    features = actions.float() if actions.ndim == 2 else action_features(actions, action_dim)
    rewards = np.zeros(n) if episode.rewards is None else episode.rewards
    past = torch.hstack([features, torch.from_numpy(np.asarray(rewards, dtype=np.float32))[:, None]])
    past = torch.vstack([torch.zeros(1, past.shape[1]), past])
    return torch.hstack([torch.vstack([observations, observations[-1:]]), past])
