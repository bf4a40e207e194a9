"""Episodes as the agent sees them: rows (obs_t, a_{t-1}, r_{t-1})."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from motifkit.action_heads import ActionSpace, logged_features
from motifkit.errors import DataError
from motifkit.memory.context import action_features
from motifkit.memory.motif_bank import MotifMemoryBank
from motifkit.types import Episode, FloatArray, TrajectoryDataset

Observe: TypeAlias = Callable[[Episode], npt.NDArray[Any]]


def contexts_of(
    bank: MotifMemoryBank,
    dataset: TrajectoryDataset,
    observe: Observe | None = None,
    action_space: ActionSpace | None = None,
) -> list[npt.NDArray[np.float32]]:
    """Episodes as the bank sees them.

    Parameters
    ----------
    bank : MotifMemoryBank
    dataset : TrajectoryDataset
    observe : callable, optional
        See `cut_windows`.
    action_space : gymnasium.Space, optional
        Of the environment that the data come from: the context of an agent holds choices counted from 0, and
        components in units where a bounded box reaches from -1 to 1. None takes the numbers in the data.

    Returns
    -------
    list of (T, F) float32 array
        Rows (obs_t, a_{t-1}, r_{t-1}); choices are one-hot when the bank's `action_dim` is above 1, and zeros
        where the data have no actions.

    Raises
    ------
    DataError
        When observations or actions have another width than the bank's.
    """
    return [_context(bank, episode, dataset, observe, action_space) for episode in dataset.episodes]


def _context(
    bank: MotifMemoryBank,
    episode: Episode,
    dataset: TrajectoryDataset,
    observe: Observe | None,
    action_space: ActionSpace | None,
) -> npt.NDArray[np.float32]:
    observations: FloatArray = np.asarray(
        episode.observations if observe is None else observe(episode), dtype=float
    )
    if observations.shape != (len(episode), bank.obs_dim):
        raise DataError(
            f"{dataset.source} gives {observations.shape[-1]} features a step ({', '.join(dataset.channels)}), but the "
            f"bank was made for {bank.obs_dim}; mine and seed with what the agent observes"
        )
    actions = np.zeros((len(episode), bank.action_dim)) if episode.actions is None else episode.actions
    if episode.actions is not None and action_space is not None:
        actions = logged_features(actions, action_space, bank.action_dim).numpy()
    elif actions.ndim == 1:
        actions = action_features(torch.from_numpy(np.ascontiguousarray(actions)), bank.action_dim).numpy()
    if actions.shape[1] != bank.action_dim:
        raise DataError(
            f"{dataset.source} has actions of {actions.shape[1]} features, but the bank was made for "
            f"{bank.action_dim}; make it with action_dim={actions.shape[1]}"
        )
    return replace(episode, observations=observations, actions=actions).to_context().astype(np.float32)
