"""What windows are to the reader: occurrences with their places and times, of motifs with their letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from motifkit.mining.windows import Windows
from motifkit.types import FloatArray, Occurrence, TrajectoryDataset


def occurrences_of(
    windows_idx: Sequence[int] | np.ndarray[Any, Any],
    distances: FloatArray,
    windows: Windows,
    dataset: TrajectoryDataset,
) -> tuple[Occurrence, ...]:
    """Occurrences, with their times, of windows given by index."""
    return tuple(
        occurrence_at(
            dataset, int(windows.episode[i]), int(windows.start[i]), windows.length, float(distance)
        )
        for i, distance in zip(windows_idx, distances, strict=True)
    )


def occurrence_at(
    dataset: TrajectoryDataset, episode: int, start: int, length: int, distance: float
) -> Occurrence:
    """Occurrence of so many rows, with its times where the data carry any.

    Examples
    --------
    >>> from motifkit.types import Episode
    >>> days = np.arange("2004-08-19", "2004-08-23", dtype="datetime64[D]")
    >>> data = TrajectoryDataset((Episode(np.zeros((4, 1)), timestamps=days),), ("x",))
    >>> str(occurrence_at(data, 0, 1, 3, 0.5).end_time)
    '2004-08-22'
    """
    end, times = start + length, dataset.episodes[episode].timestamps
    if times is None:
        return Occurrence(episode, start, end, distance)
    return Occurrence(episode, start, end, distance, times[start], times[end - 1])


def label_of(i: int) -> str:
    """A, B, ..., Z, AA, AB, and so on."""
    label = ""
    i += 1
    while i:
        i, letter = divmod(i - 1, 26)
        label = chr(ord("A") + letter) + label
    return label
