"""Datasets of other channels than they were read with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from motifkit.io.series import fingerprint
from motifkit.types import FloatArray, TrajectoryDataset


def with_channels(dataset: TrajectoryDataset, names: Sequence[str] | None) -> TrajectoryDataset:
    """Dataset of some channels of another, which is given back where these are all it has.

    Parameters
    ----------
    dataset : TrajectoryDataset
    names : sequence of str, optional
        Channels that it has, in the order that is wanted. None keeps all.

    Returns
    -------
    TrajectoryDataset

    Examples
    --------
    >>> from motifkit.types import Episode
    >>> both = TrajectoryDataset((Episode(np.zeros((4, 2))),), ("x", "y"))
    >>> with_channels(both, ["y"]).channels, with_channels(both, ["x", "y"]) is both
    (('y',), True)
    """
    if names is None or tuple(names) == dataset.channels:
        return dataset
    chosen = [dataset.channels.index(name) for name in names]
    return with_observations(dataset, [one.observations[:, chosen] for one in dataset.episodes], tuple(names))


def with_observations(
    dataset: TrajectoryDataset, observations: Sequence[FloatArray], channels: tuple[str, ...]
) -> TrajectoryDataset:
    """Dataset whose episodes hold other observations, (T, C) each.

    Parameters
    ----------
    dataset : TrajectoryDataset
    observations : sequence of (T, C) float array
        One an episode.
    channels : tuple of str
        Their names.

    Returns
    -------
    TrajectoryDataset
        With a fingerprint of its own.

    Examples
    --------
    >>> from motifkit.types import Episode
    >>> data = TrajectoryDataset((Episode(np.zeros((4, 1))),), ("x",))
    >>> with_observations(data, [np.ones((4, 2))], ("y", "z")).episodes[0].observations.shape
    (4, 2)
    """
    episodes = tuple(
        replace(one, observations=np.ascontiguousarray(rows))
        for one, rows in zip(dataset.episodes, observations, strict=True)
    )
    return replace(
        dataset, episodes=episodes, channels=channels, fingerprint=fingerprint(list(episodes), channels)
    )
