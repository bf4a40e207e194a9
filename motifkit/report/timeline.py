"""The time axis of a picture: dates or rows, and no more points on it than can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from motifkit.io.layout import PRICE_NAMES, normalise_name
from motifkit.types import Episode, FloatArray, IntArray, Occurrence, TrajectoryDataset

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Rows, or days since 1970 as matplotlib counts them.
Places: TypeAlias = FloatArray

_N_BINS = 3000  # more than the pixels of the wide panel
_DAY = np.timedelta64(86_400_000_000, "us")
_DECADES = 20.0  # ratio of highest to lowest price from which a log scale shows more


def thinned(values: npt.ArrayLike, n_bins: int = _N_BINS) -> IntArray:
    """Rows that draw the same line as all rows do: lowest and highest of each bin, in order.

    Parameters
    ----------
    values : (n,) array_like of float
        NaN counts as missing.
    n_bins : int

    Returns
    -------
    int array of at most `4 * n_bins` rows, ascending
        All rows when there are no more than that; else first, lowest, highest and last of each bin.

    Examples
    --------
    >>> thinned([0.0, 5.0, 1.0, 2.0, -3.0, 0.0, 0.0, 1.0, 7.0, 2.0], n_bins=2)
    array([0, 1, 4, 5, 8, 9])
    """
    y = np.asarray(values, float)
    n = len(y)
    if n <= 4 * n_bins:
        return np.arange(n)
    edges = np.linspace(0, n, n_bins + 1).astype(np.int64)
    width = int(np.diff(edges).max())
    rows = np.minimum(edges[:-1, None] + np.arange(width), edges[1:, None] - 1)
    low, high = np.where(np.isnan(y), np.inf, y)[rows], np.where(np.isnan(y), -np.inf, y)[rows]
    bins = np.arange(n_bins)
    kept = [edges[:-1], edges[1:] - 1, rows[bins, low.argmin(axis=1)], rows[bins, high.argmax(axis=1)]]
    return np.unique(np.concatenate(kept))


class Timeline:
    """Where the rows of a dataset lie on the horizontal axis, and the price at each.

    Parameters
    ----------
    dataset : TrajectoryDataset
        Dates are shown when there is one episode and all its rows have one; else rows, counted on from
        episode to episode.
    """

    def __init__(self, dataset: TrajectoryDataset) -> None:
        self._episodes = dataset.episodes
        lengths = [len(episode) for episode in self._episodes]
        self._offsets = np.cumsum([0, *lengths])
        times = self._episodes[0].timestamps if len(self._episodes) == 1 else None
        self._dated = times is not None and not np.isnat(times).any()
        priced = all(episode.prices is not None for episode in self._episodes)
        self._values = [_values(episode, priced) for episode in self._episodes]
        self.value_label = _value_label(dataset, priced)
        self.time_label = "date" if self._dated else "row"
        known = np.concatenate([v[np.isfinite(v)] for v in self._values] or [np.empty(0)])
        self.spans_decades = bool(len(known) and known.min() > 0 and known.max() / known.min() > _DECADES)

    def _rows(self, episode: int, rows: IntArray) -> Places:
        times = self._episodes[episode].timestamps
        if self._dated and times is not None:
            return np.asarray((times[rows] - np.datetime64(0, "us")) / _DAY, float)
        return np.asarray(self._offsets[episode] + rows, float)

    def lines(self) -> Iterator[tuple[Places, FloatArray]]:
        """A line an episode: places and values, thinned."""
        n_bins = max(_N_BINS // max(len(self._values), 1), 2)
        for e, values in enumerate(self._values):
            rows = thinned(values, n_bins)
            yield self._rows(e, rows), values[rows]

    def visible(self, occurrences: Sequence[Occurrence]) -> list[Occurrence]:
        """Occurrences that can be told apart on the axis: the first to begin in each of 3,000 bins."""
        n = max(int(self._offsets[-1]), 1)
        seen: dict[int, Occurrence] = {}
        for one in sorted(occurrences, key=lambda o: (o.episode, o.start)):
            row = int(self._offsets[one.episode]) + one.start
            seen.setdefault(row * _N_BINS // n, one)
        return list(seen.values())

    def piece(self, occurrence: Occurrence) -> FloatArray:
        """Points (length, 2) of the line that an occurrence covers."""
        rows = np.arange(occurrence.start, occurrence.end)
        return np.column_stack([self._rows(occurrence.episode, rows), self._values[occurrence.episode][rows]])

    def places(self, occurrences: Sequence[Occurrence]) -> Places:
        """Where occurrences have their middle."""
        middles = [self.piece(one)[:, 0].mean() for one in occurrences]
        return np.array(middles, float)

    def format_axis(self, axes: Axes) -> None:
        """Dates as short as they can be told apart, or rows with thousands separators."""
        if not self._dated:
            axes.xaxis.set_major_formatter("{x:,.0f}")
            return
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator: Any = AutoDateLocator(minticks=4, maxticks=12)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        formatter: Any = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(formatter)


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
