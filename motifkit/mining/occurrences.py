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
    found = []
    for i, distance in zip(windows_idx, distances, strict=True):
        e, start = int(windows.episode[i]), int(windows.start[i])
        end = start + windows.length
        times = dataset.episodes[e].timestamps
        first, last = (None, None) if times is None else (times[start], times[end - 1])
        found.append(Occurrence(e, start, end, float(distance), first, last))
    return tuple(found)


def label_of(i: int) -> str:
    """A, B, ..., Z, AA, AB, and so on."""
    label = ""
    i += 1
    while i:
        i, letter = divmod(i - 1, 26)
        label = chr(ord("A") + letter) + label
    return label
