"""Which columns of a table hold its times, and these times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from motifkit.io.clocks import find_clock
from motifkit.io.column_texts import first_text, texts_of
from motifkit.io.dates import parse_dates, to_utc
from motifkit.io.epochs import Numbers, parse_epoch, parse_excel_days
from motifkit.io.layout import TIME_NAMES, looks_like_date, normalise_name
from motifkit.io.origin import Origin
from motifkit.types import TimeArray


class TimeAxis(NamedTuple):
    """Times of the rows, the columns that they were read from, and what was assumed, in words.

    `times` is a (n,) datetime64 array in UTC, None when no column holds any.
    """

    columns: tuple[int, ...]
    times: TimeArray | None
    notes: tuple[str, ...]


def find_time_axis(frame: pd.DataFrame, origin: Origin, *, indexed: bool = False) -> TimeAxis:
    """Find the times of a table.

    Columns that are named as a time come first, dates or numbers, and of several the one with the most distinct
    times; then any column of dates. A column of dates is joined with one that holds the time of day.

    Parameters
    ----------
    frame : DataFrame
    origin : Origin
        Names the rows for messages.
    indexed : bool
        Whether the first column was the index, which goes before all others.

    Raises
    ------
    DataError
        When a column that should hold dates does not; names the row.

    Examples
    --------
    >>> frame = pd.DataFrame({"Date": ["2020-01-02"], "Time": ["09:30"], "Close": [1.0]})
    >>> axis = find_time_axis(frame, Origin("a.csv"))
    >>> axis.columns, str(axis.times[0])
    ((0, 1), '2020-01-02T09:30:00.000000')
    """
    names = [normalise_name(str(name)) for name in frame.columns]
    columns = [frame.iloc[:, j] for j in range(len(names))]
    named = [j for j, name in enumerate(names) if name in TIME_NAMES]
    readable = [
        j for j in named if _holds_dates(columns[j]) or _from_numbers(columns[j], names[j]) is not None
    ]
    dated = [j for j in range(len(names)) if _holds_dates(columns[j])]
    # Datetimes are dates for certain, text may only look like one.
    dated.sort(key=lambda j: not pd.api.types.is_datetime64_any_dtype(columns[j]))
    text = [j for j in named if not pd.api.types.is_numeric_dtype(columns[j])]
    if indexed and (0 in readable or 0 in dated):
        chosen = 0
    elif readable:
        chosen = readable[0] if len(readable) == 1 else max(readable, key=lambda j: columns[j].nunique())
    elif dated or text:
        chosen = (dated + text)[0]  # text under such a name should be dates: the first that is none is told
    else:
        return TimeAxis((), None, _unused(columns, named))
    return _with_clock(frame, chosen, *_read(columns[chosen], names[chosen], origin), origin)


def _holds_dates(column: pd.Series[Any]) -> bool:
    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    return not pd.api.types.is_numeric_dtype(column) and looks_like_date(first_text(column))


def _read(column: pd.Series[Any], name: str, origin: Origin) -> tuple[TimeArray, tuple[str, ...]]:
    if pd.api.types.is_datetime64_any_dtype(column):
        return to_utc(column)
    found = _from_numbers(column, name)
    return parse_dates(texts_of(column), origin) if found is None else found


def _from_numbers(column: pd.Series[Any], name: str) -> tuple[TimeArray, tuple[str, ...]] | None:
    """Times of a numeric column that is named as one; None when its numbers are no times."""
    values = _numbers(column)
    if values is None:
        return None
    times = parse_epoch(values)
    if times is not None:
        return times, ()
    days = parse_excel_days(values) if "date" in name or name == "datum" else None
    return None if days is None else (days, (f"column {column.name} read as day numbers of a spreadsheet",))


def _numbers(column: pd.Series[Any]) -> Numbers | None:
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return None
    if pd.api.types.is_complex_dtype(column):
        return None
    if pd.api.types.is_integer_dtype(column) and not column.isna().any():
        return column.to_numpy(np.int64)  # floats would blur nanoseconds
    return column.to_numpy(float, na_value=np.nan)


def _unused(columns: Sequence[pd.Series[Any]], named: Sequence[int]) -> tuple[str, ...]:
    """What to say of columns that are named as times and hold none; a counter that rises needs no words."""
    told = []
    for j in named:
        values = _numbers(columns[j])
        if values is not None and not (np.diff(values) > 0).all():
            told.append(f"column {columns[j].name} holds no times that can be read; rows left in their order")
    return tuple(told)


def _with_clock(
    frame: pd.DataFrame, j: int, times: TimeArray, notes: tuple[str, ...], origin: Origin
) -> TimeAxis:
    """The times of column `j`, with the time of day of another column when they are dates alone."""
    known = times[~np.isnat(times)]
    if not len(known) or (known != known.astype("datetime64[D]")).any():
        return TimeAxis((j,), times, notes)
    found = find_clock(frame, j, origin, repeated=len(np.unique(known)) < len(known))
    if found is None:
        return TimeAxis((j,), times, notes)
    clock, since_midnight, how = found
    return TimeAxis((j, clock), times + since_midnight, (*notes, *how))
