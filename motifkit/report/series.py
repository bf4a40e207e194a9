"""Series that occurrences are shown on, and the rows of them that a report keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from motifkit.report.thinning import thinned
from motifkit.types import BoolArray, FloatArray, IntArray, Occurrence, TimeArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_LINE = 5_000  # points of the line; more cannot be seen, and make a browser slow
MAX_ROWS = 50_000  # rows that are kept so that occurrences can be drawn in full

_DECADES = 20.0  # ratio of highest to lowest value from which a log scale shows more
_MILLISECOND = np.timedelta64(1, "ms")
_DAY = np.timedelta64(86_400_000_000, "us")


class Series(NamedTuple):
    """One episode of what occurrences are shown on: a price, or a channel of the observations.

    Parameters
    ----------
    values : (T,) float array
        NaN leaves a gap.
    times : (T,) datetime64 array in UTC, optional
        Shown when there is one episode and all its rows have a time; else rows are, counted on from episode to
        episode.
    name, unit : str
        Of the values, for the axis; those of the first episode count.

    Examples
    --------
    >>> Series(np.array([1.0, 2.0]), name="Close", unit="USD").unit
    'USD'
    """

    values: FloatArray
    times: TimeArray | None = None
    name: str = "value"
    unit: str = ""


class SeriesAxis:
    """Episodes laid end to end.

    Parameters
    ----------
    series : sequence of Series

    Attributes
    ----------
    values : (N,) float array
        Of all episodes.
    offsets : (n_episodes + 1,) int array
        Rows at which they begin, and N.
    times : (N,) datetime64 array or None
    value_label, time_label : str
        With units.

    Examples
    --------
    >>> axis = SeriesAxis([Series(np.arange(5.0)), Series(np.arange(7.0), name="x")])
    >>> axis.offsets.tolist(), axis.value_label, axis.time_label
    ([0, 5, 12], 'value (unit of the data)', 'row')
    """

    def __init__(self, series: Sequence[Series]) -> None:
        lengths = [len(one.values) for one in series]
        self.offsets: IntArray = np.cumsum([0, *lengths])
        parts = [np.asarray(one.values, float) for one in series]
        self.values: FloatArray = np.concatenate(parts) if parts else np.empty(0)
        times = series[0].times if len(series) == 1 else None
        self.times = None if times is None or np.isnat(times).any() else times
        name, unit = (series[0].name, series[0].unit) if series else ("value", "")
        self.value_label = f"{name} ({unit or 'unit of the data'})"
        self.time_label = "row" if self.times is None else "date (UTC)"

    @property
    def spans_decades(self) -> bool:
        """Whether a log scale shows more: all values positive, the highest 20 times the lowest."""
        known = self.values[np.isfinite(self.values)]
        return bool(len(known) and known.min() > 0 and known.max() / known.min() > _DECADES)

    def require_inside(self, occurrences: Sequence[Occurrence], whose: str) -> None:
        """Raise when an occurrence lies outside.

        Raises
        ------
        ValueError
            The series is then not the one that was searched.
        """
        for one in occurrences:
            n = len(self.offsets) - 1
            inside = 0 <= one.episode < n and 0 <= one.start < one.end
            if not inside or one.end > self.offsets[one.episode + 1] - self.offsets[one.episode]:
                raise ValueError(
                    f"{whose} occurs at rows {one.start} to {one.end} of episode {one.episode}, "
                    "which the series does not have; give the data that were compared"
                )

    def line_rows(self, n_points: int = MAX_LINE) -> IntArray:
        """Rows that draw the same line as all do: lowest and highest of each piece kept, about `n_points`.

        Examples
        --------
        >>> axis = SeriesAxis([Series(np.sin(np.arange(100_000.0)))])
        >>> len(axis.line_rows()) <= 5000
        True
        """
        n = len(self.values)
        if n <= n_points:
            return np.arange(n)
        pieces = [
            start + thinned(self.values[start:end], max(int((end - start) * n_points / n) // 4, 1))
            for start, end in zip(self.offsets, self.offsets[1:], strict=False)
        ]
        rows = np.concatenate(pieces)
        # So many short episodes that a few rows of each are too many: thinned as if they were one.
        return rows if len(rows) <= 2 * n_points else thinned(self.values, n_points // 4)

    def milliseconds(self, rows: IntArray) -> FloatArray:
        """Time of rows in milliseconds since 1970, as browsers count it; `times` must be there."""
        assert self.times is not None
        return np.asarray((self.times[rows] - np.datetime64(0, "ms")) / _MILLISECOND, float)

    def positions(self, rows: IntArray) -> FloatArray:
        """Where rows lie on matplotlib's axis: days since 1970, or the rows themselves when there are no times.

        Examples
        --------
        >>> SeriesAxis([Series(np.arange(5.0))]).positions(np.array([2, 3])).tolist()
        [2.0, 3.0]
        """
        if self.times is None:
            return np.asarray(rows, float)
        return np.asarray((self.times[rows] - np.datetime64(0, "us")) / _DAY, float)

    def format_axis(self, axes: Axes) -> None:
        """Dates as short as they can be told apart, or rows with thousands separators."""
        if self.times is None:
            axes.xaxis.set_major_formatter("{x:,.0f}")
            return
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator: Any = AutoDateLocator(minticks=4, maxticks=12)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        formatter: Any = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(formatter)


class KeptRows(NamedTuple):
    """Rows of a series that a report carries.

    Parameters
    ----------
    rows : (n,) int array
        Ascending; those of the line and of every occurrence that is shown.
    on_line : (n,) bool array
        Whether the line goes through them when all of it is seen.
    """

    rows: IntArray
    on_line: BoolArray

    def position(self, row: int) -> int:
        """Where a row that is kept stands in `rows`."""
        return int(np.searchsorted(self.rows, row))


def keep(
    axis: SeriesAxis, groups: Mapping[str, Sequence[Occurrence]]
) -> tuple[KeptRows, dict[str, list[Occurrence]]]:
    """Rows to carry, and of each group the occurrences that are shown.

    All occurrences are, and all rows kept, unless the series is longer than 50,000 rows: then the nearest occurrences
    of each group are, as many as leave it about that many rows.

    Parameters
    ----------
    axis : SeriesAxis
    groups : mapping of str to sequence of Occurrence
        Nearest first. The keys name them in messages.

    Raises
    ------
    ValueError
        As `SeriesAxis.require_inside`.

    Examples
    --------
    >>> axis = SeriesAxis([Series(np.sin(np.arange(200_000.0)))])
    >>> kept, shown = keep(axis, {"row 0": [Occurrence(0, 70_000, 70_008, 0.1)]})
    >>> len(kept.rows) < 5_009, kept.rows[kept.position(70_000) + 7].item(), len(shown["row 0"])
    (True, 70007, 1)
    """
    for name, occurrences in groups.items():
        axis.require_inside(occurrences, name)
    n = len(axis.values)
    line = axis.line_rows()
    shown = {name: list(occurrences) for name, occurrences in groups.items()}
    used = np.zeros(n, bool)
    used[line] = True
    on_line = used.copy()
    if n <= MAX_ROWS:
        used[:] = True
    else:
        length = max((o.end - o.start for one in shown.values() for o in one), default=1)
        cap = max(MAX_ROWS // (length * max(len(shown), 1)), 10)
        shown = {name: occurrences[:cap] for name, occurrences in shown.items()}
        for one in shown.values():
            for o in one:
                used[axis.offsets[o.episode] + o.start : axis.offsets[o.episode] + o.end] = True
    rows = np.flatnonzero(used)
    return KeptRows(rows, on_line[rows]), shown
