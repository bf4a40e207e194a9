"""Rows in order of time, one for each time."""

from __future__ import annotations

import numpy as np

from motifkit.errors import DataError
from motifkit.io.origin import Origin
from motifkit.types import BoolArray, FloatArray, IntArray, TimeArray
from motifkit.words import counted


def in_order(
    times: TimeArray | None, values: FloatArray, drop_dateless: bool, origin: Origin
) -> tuple[IntArray, tuple[str, ...]]:
    """Rows to keep, in order of time, and what that mended.

    Parameters
    ----------
    times : (n,) datetime64 array, optional
        NaT where missing.
    values : (n, c) float array
        Rows of one time should not differ in these, or seldom.
    drop_dateless : bool
        Whether rows without a time are left out; otherwise they are an error.
    origin : Origin
        Names the rows for messages.

    Returns
    -------
    rows : (m,) int array
    repairs : tuple of str

    Raises
    ------
    DataError
        When a time is missing, or half of the rows repeat the time of a later one with other values.

    Examples
    --------
    >>> days = np.array(["2020-01-03", "2020-01-02"], "datetime64[us]")
    >>> in_order(days, np.ones((2, 1)), False, Origin("a.csv"))
    (array([1, 0]), ('rows sorted by date (newest came first)',))
    """
    rows = np.arange(len(values))
    if times is None:
        return rows, ()
    repairs = []
    dateless = np.flatnonzero(np.isnat(times))
    if len(dateless):
        if not drop_dateless:
            raise DataError(f"{origin.row(int(dateless[0]))}: the date is missing; add it or use --na drop")
        rows = rows[~np.isnat(times)]
        repairs.append(f"{counted(len(dateless), 'row')} without a date dropped")
    steps = np.diff(times[rows].astype(np.int64))
    if (steps < 0).any():
        reverse = bool((steps <= 0).all())
        # Stable, so that the last of repeated dates is the last in the file as well.
        rows = rows[np.argsort(times[rows], kind="stable")]
        repairs.append("rows sorted by date" + (" (newest came first)" if reverse else ""))
        steps = np.diff(times[rows].astype(np.int64))
    if (steps == 0).any():
        last = np.append(steps != 0, True)
        _require_few_lost(values[rows], last, origin)
        repairs.append(
            f"{counted(int((~last).sum()), 'row')} with a repeated date dropped, the last of each kept"
        )
        rows = rows[last]
    return rows, tuple(repairs)


def _require_few_lost(values: FloatArray, last: BoolArray, origin: Origin) -> None:
    """Raise a DataError when half of the rows share a date with a later row and hold other values.

    That is no mended row here and there, but several series in one table, or times that were not seen.
    """
    kept = np.flatnonzero(last)[np.cumsum(last) - last]
    lost = int((values != values[kept]).any(axis=1).sum())
    if 2 * lost >= len(values):
        raise DataError(
            f"{origin.source}: {lost:,} of {len(values):,} rows repeat the date of a later row with other values; "
            "give one series alone, or the time of day with the date (2020-01-31 09:30)"
        )
