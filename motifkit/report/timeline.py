"""The time axis of a picture of motifs: the price, and occurrences that can be told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from motifkit.io.layout import PRICE_NAMES, normalise_name
from motifkit.report.series import Series, SeriesAxis
from motifkit.report.thinning import N_BINS, thinned
from motifkit.types import Episode, FloatArray, Occurrence, TrajectoryDataset


class Timeline(SeriesAxis):
    """Where the rows of a dataset lie on the horizontal axis, and the price at each.

    Parameters
    ----------
    dataset : TrajectoryDataset
    """

    def __init__(self, dataset: TrajectoryDataset) -> None:
        priced = all(episode.prices is not None for episode in dataset.episodes)
        super().__init__([Series(_values(one, priced), one.timestamps) for one in dataset.episodes])
        self.value_label = _value_label(dataset, priced)
        self.time_label = "row" if self.times is None else "date"

    def lines(self) -> Iterator[tuple[FloatArray, FloatArray]]:
        """A line an episode: positions and values, thinned."""
        n_bins = max(N_BINS // max(len(self.offsets) - 1, 1), 2)
        for start, end in pairwise(self.offsets):
            rows = start + thinned(self.values[start:end], n_bins)
            yield self.positions(rows), self.values[rows]

    def visible(self, occurrences: Sequence[Occurrence]) -> list[Occurrence]:
        """Occurrences that can be told apart on the axis: the first to begin in each of 3,000 bins."""
        n = max(len(self.values), 1)
        seen: dict[int, Occurrence] = {}
        for one in sorted(occurrences, key=lambda o: (o.episode, o.start)):
            row = int(self.offsets[one.episode]) + one.start
            seen.setdefault(row * N_BINS // n, one)
        return list(seen.values())

    def piece(self, occurrence: Occurrence) -> FloatArray:
        """Points (length, 2) of the line that an occurrence covers."""
        rows = self.offsets[occurrence.episode] + np.arange(occurrence.start, occurrence.end)
        return np.column_stack([self.positions(rows), self.values[rows]])

    def middles(self, occurrences: Sequence[Occurrence]) -> FloatArray:
        """Positions of the middles of occurrences."""
        return np.array([self.piece(one)[:, 0].mean() for one in occurrences], float)


def _value_label(dataset: TrajectoryDataset, priced: bool) -> str:
    """Name and unit of the values; files do not say their currency."""
    name = dataset.channels[0]
    if not priced and dataset.transform != "level":
        return f"{name} ({dataset.transform})"
    if priced and (len(dataset.channels) > 1 or normalise_name(name) in {*PRICE_NAMES, "adjclose"}):
        return f"{'price' if len(dataset.channels) > 1 else name} (currency of the data)"
    return f"{name} (unit of the data)"


def _values(episode: Episode, priced: bool) -> FloatArray:
    """Price at each row, or the first channel when there is none."""
    if priced and episode.prices is not None:
        return episode.prices
    return episode.observations[:, 0]
