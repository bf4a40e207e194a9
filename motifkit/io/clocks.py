"""Times of day in a column of their own, beside the one that holds the dates."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from motifkit.errors import DataError
from motifkit.io.column_texts import first_text
from motifkit.io.layout import normalise_name
from motifkit.io.numbers import is_missing
from motifkit.io.origin import Origin

HOUR_NAMES = frozenset({"hour", "hours", "stunde", "hr", "hourending", "he"})
"""Normalised names of columns that may count the hours of a day."""

CLOCK_NAMES = HOUR_NAMES | {"time", "tradetime", "timeofday", "clock", "uhrzeit", "zeit", "hhmm", "hhmmss"}
"""Normalised names of columns that may hold the time of day."""

_CLOCK = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d(?:\.\d+)?))? ?(?P<half>[AaPp][Mm])?"
    r" ?(?:Z|UTC|GMT|(?P<sign>[+-])(?P<zone_hour>\d\d):?(?P<zone_minute>\d\d)?)?"
)

Steps = npt.NDArray[np.timedelta64]


def find_clock(
    frame: pd.DataFrame, dates: int, origin: Origin, *, repeated: bool
) -> tuple[int, Steps, tuple[str, ...]] | None:
    """The column with the time of day that belongs to a column of dates.

    Text such as 09:30 counts in a column that is named as a time or stands next to the dates; whole numbers (930,
    93000, or hours) count in one that is named so, when dates repeat.

    Parameters
    ----------
    frame : DataFrame
    dates : int
        Position of the column with the dates.
    origin : Origin
        Names the rows for messages.
    repeated : bool
        Whether rows share a date.

    Returns
    -------
    j : int
    since_midnight : (n,) timedelta64 array, zero where the time is missing
    notes : tuple of str

    Raises
    ------
    DataError
        When a text in that column is no time of day; names the row.

    Examples
    --------
    >>> frame = pd.DataFrame({"Date": ["2020-01-02"] * 2, "Time": [930, 1600], "Close": [1.0, 2.0]})
    >>> j, since_midnight, _ = find_clock(frame, 0, Origin("a.csv"), repeated=True)
    >>> j, since_midnight.astype("timedelta64[m]").astype(int).tolist()
    (1, [570, 960])
    """
    names = [normalise_name(str(name)) for name in frame.columns]
    named = [j for j, name in enumerate(names) if name in CLOCK_NAMES and j != dates]
    beside = [j for j in (dates + 1, dates - 1) if 0 <= j < len(names)]
    for j in dict.fromkeys([*named, *beside]):
        column = frame.iloc[:, j]
        if pd.api.types.is_numeric_dtype(column):
            if j in named and repeated and not pd.api.types.is_bool_dtype(column):
                steps = _from_digits(column.to_numpy(float, na_value=np.nan), hours=names[j] in HOUR_NAMES)
                if steps is not None:
                    return j, steps, ()
        elif _CLOCK.fullmatch(first_text(column).strip()):
            return j, *_from_text(column, origin)
        elif j in named and repeated:
            numbers = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
            steps = _from_digits(numbers, hours=names[j] in HOUR_NAMES)
            if steps is not None:
                return j, steps, ()
    return None


def _from_digits(values: npt.NDArray[np.float64], *, hours: bool) -> Steps | None:
    """Times of day from hours, or from HHMM or HHMMSS read as numbers; None when these are no such."""
    if np.isnan(values).any() or (values != np.floor(values)).any() or values.min() < 0:
        return None
    digits = values.astype(np.int64)
    if hours and digits.max() <= 24:
        digits = digits * 10_000
    elif digits.max() <= 2400:
        digits = digits * 100
    hour, minute, second = digits // 10_000, digits // 100 % 100, digits % 100
    if hour.max() > 24 or minute.max() > 59 or second.max() > 59:
        return None
    return (3600 * hour + 60 * minute + second).astype("timedelta64[s]")


def _from_text(column: pd.Series[Any], origin: Origin) -> tuple[Steps, tuple[str, ...]]:
    """Times of day from text, in UTC where the text names an offset."""
    codes, texts = pd.factorize(column.astype(object))  # a day has few times, a column many rows
    read = [_since_midnight(str(text).strip()) for text in texts]
    wrong = next((k for k, one in enumerate(read) if one is None), None)
    if wrong is not None:
        row = int(np.flatnonzero(codes == wrong)[0])
        raise DataError(
            f"{origin.row(row)}: {str(texts[wrong])!r} is not a time of day like the others; write times as 09:30:00"
        )
    micro = np.array(
        [one[0] for one in read if one is not None] + [0]
    )  # a missing time has code -1: midnight
    zones = sorted({one[1] for one in read if one is not None} - {""})
    notes = (f"times converted to UTC from {', '.join(zones)}",) if zones else ()
    return micro[codes].astype("timedelta64[us]"), notes


def _since_midnight(text: str) -> tuple[int, str] | None:
    """Microseconds, and the offset from UTC unless it is zero or not there."""
    if is_missing(text):
        return 0, ""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = int(match["hour"]), int(match["minute"]), float(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    if hour > 24 or minute > 59 or second >= 60:
        return None
    sign = -1 if match["sign"] == "-" else 1
    zone = sign * (60 * int(match["zone_hour"] or 0) + int(match["zone_minute"] or 0))
    minutes = 60 * hour + minute - zone
    return round((60 * minutes + second) * 1e6), text[match.start("sign") :] if zone else ""
