"""Datasets from arrays, and of several datasets one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from motifkit.errors import DataError, UsageError
from motifkit.io.origin import Origin
from motifkit.io.series import GapPolicy, build_episode, fingerprint, require_rows
from motifkit.types import FloatArray, TrajectoryDataset, Transform


def dataset_from_array(
    data: object, wanted: Sequence[str] | None, transform: Transform, na: GapPolicy
) -> TrajectoryDataset:
    """Dataset of one episode from some columns (None: all) of a (T,) or (T, channels) array."""
    values, names = _array_channels(data)
    if wanted is not None:
        unknown = [name for name in wanted if name not in names]
        if unknown or len(set(wanted)) < len(wanted):
            raise UsageError(f"columns of this array are {', '.join(names)}, each at most once; got {wanted}")
        values, names = values[:, [names.index(name) for name in wanted]], tuple(wanted)
    price = 0 if len(names) == 1 else None
    episode, repairs = build_episode(
        values, None, names=names, price=price, transform=transform, na=na, origin=Origin("array")
    )
    require_rows(len(episode), "array")
    return TrajectoryDataset(
        (episode,),
        names,
        fingerprint=fingerprint([episode], names),
        transform=transform,
        repairs=repairs,
        price=None if episode.prices is None else names[0],
    )


def _array_channels(data: object) -> tuple[FloatArray, tuple[str, ...]]:
    """Values as (T, channels) floats, and the channel names."""
    if isinstance(data, np.ma.MaskedArray):
        data = np.ma.filled(data.astype(float), np.nan)
    if data is None or isinstance(data, str | bytes | dict | set):
        raise UsageError(f"cannot read a series from {type(data).__name__}; give a path, a frame or an array")
    try:
        array = np.asarray(data)
        if array.dtype.kind not in "iufO":
            raise DataError(f"array has values of type {array.dtype}; give real numbers")
        values = array.astype(float)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"array cannot be read as numbers ({error}); give real numbers") from None
    if values.ndim not in (1, 2) or (values.ndim == 2 and not values.shape[1]):
        raise DataError(
            f"array has shape {values.shape}; give (T,) or (T, channels), or a list of those for episodes"
        )
    if values.ndim == 1:
        return values[:, None], ("value",)
    return values, tuple(str(j) for j in range(values.shape[1]))


def join_datasets(parts: Sequence[TrajectoryDataset]) -> TrajectoryDataset:
    """One dataset of the episodes of all."""
    first = parts[0]
    for i, part in enumerate(parts):
        if part.channels != first.channels:
            here, before = ", ".join(part.channels), ", ".join(first.channels)
            raise DataError(f"episode {i} has channels {here}, episode 0 has {before}; give all the same")
    episodes = tuple(
        replace(episode, id=str(i)) for i, episode in enumerate(e for part in parts for e in part.episodes)
    )
    repairs = tuple(f"episode {i}: {repair}" for i, part in enumerate(parts) for repair in part.repairs)
    sources = list(dict.fromkeys(part.source for part in parts))
    return TrajectoryDataset(
        episodes,
        first.channels,
        source=sources[0] if len(sources) == 1 else f"{len(sources)} sources",
        fingerprint=fingerprint(episodes, first.channels),
        transform=first.transform,
        adjusted=first.adjusted if all(part.adjusted == first.adjusted for part in parts) else None,
        repairs=repairs,
        price=next((part.price for part in parts if part.price is not None), None),
    )
