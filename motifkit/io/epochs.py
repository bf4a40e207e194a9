"""Times written as numbers: dates such as 20200131, counts since 1970, Excel's day numbers."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from motifkit.types import FloatArray, IntArray, TimeArray

Numbers: TypeAlias = FloatArray | IntArray

# Bounds for seconds, milli-, micro- and nanoseconds since 1970, and how many of each make a second.
_EPOCH_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (5 * 10**18, 10**9))
_MICRO = 10**6
# Year and month, to which days, hours, minutes and seconds may be added.
_CALENDAR_DIGITS = (6, 8, 10, 12, 14)
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119
_EXCEL_START = np.datetime64("1899-12-30", "us")


def parse_epoch(values: Numbers) -> TimeArray | None:
    """Timestamps from the numbers of a column that is named as a time; None when they are no times.

    Years and months as 202001, days as 20200131 or with hours, minutes and seconds (20200131093000); or seconds,
    milli-, micro- or nanoseconds since 1970, of which the latest time tells the unit. NaN becomes NaT.

    Examples
    --------
    >>> parse_epoch(np.array([20200131.0, 20200203.0])).astype("datetime64[D]").astype(str).tolist()
    ['2020-01-31', '2020-02-03']
    >>> str(parse_epoch(np.array([202001310930]))[0])
    '2020-01-31T09:30:00.000000'
    >>> str(parse_epoch(np.array([1.6e9]))[0]), parse_epoch(np.array([0.0, 1.0]))
    ('2020-09-13T12:26:40.000000', None)
    """
    known = ~np.isnan(values)
    some = values[known]
    if not len(some) or np.isinf(some).any():
        return None
    read = _calendar(some)
    if read is None:
        read = _since_1970(some)
    return None if read is None else _with_missing(read, known)


def _with_missing(read: TimeArray, known: np.ndarray) -> TimeArray:
    times = np.full(len(known), np.datetime64("NaT"), read.dtype)
    times[known] = read
    return times


def _calendar(values: Numbers) -> TimeArray | None:
    """Times whose digits follow one another; None unless all numbers are such, of one width, 1900 to 2200."""
    n = len(str(int(min(values.max(), 10**17))))
    if (
        n not in _CALENDAR_DIGITS
        or not 1900 <= values.min() // 10 ** (n - 4) <= values.max() // 10 ** (n - 4) <= 2200
    ):
        return None
    if values.dtype.kind == "f" and (values != np.floor(values)).any():
        return None
    digits = values.astype(np.int64)
    if n == 6:
        n, digits = 8, digits * 100 + 1
    digits = digits * 10 ** (14 - n)
    year, month, day, hour, minute, second = (
        digits // 10**at % size
        for at, size in ((10, 10**4), (8, 100), (6, 100), (4, 100), (2, 100), (0, 100))
    )
    months = (12 * (year - 1970) + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    possible = (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("datetime64[M]") == months)
    if not (possible & (hour < 24) & (minute < 60) & (second < 60)).all():
        return None
    clock = (3600 * hour + 60 * minute + second).astype("timedelta64[s]")
    times: TimeArray = days.astype("datetime64[us]") + clock
    return times


def _since_1970(values: Numbers) -> TimeArray | None:
    """Times in microseconds, or in nanoseconds where these are needed."""
    low, high = values.min(), values.max()
    if high < 10**8:  # when all would be before 1973, a count is likelier than a time
        return None
    found = next(((bound, unit) for bound, unit in _EPOCH_UNITS if high < bound), None)
    if found is None or low <= -found[0]:
        return None
    unit = found[1]
    if values.dtype.kind == "f":
        return np.round(values * (_MICRO / unit)).astype(np.int64).astype("datetime64[us]")
    whole = values.astype(np.int64)  # floats would blur nanoseconds
    if unit <= _MICRO:
        return (whole * (_MICRO // unit)).astype("datetime64[us]")
    fine = whole.astype("datetime64[ns]")
    return fine if (whole % 1000).any() else fine.astype("datetime64[us]")


def parse_excel_days(values: Numbers) -> TimeArray | None:
    """Timestamps from the day numbers that spreadsheets hold for dates; None when the numbers are no such.

    Examples
    --------
    >>> str(parse_excel_days(np.array([43831.5]))[0]), parse_excel_days(np.array([1.0, 2.0]))
    ('2020-01-01T12:00:00.000000', None)
    """
    known = ~np.isnan(values)
    some = values[known]
    if not len(some) or some.min() < _EXCEL_DAYS[0] or some.max() > _EXCEL_DAYS[1]:
        return None
    seconds = np.round(some.astype(float) * 86_400).astype(np.int64).astype("timedelta64[s]")
    return _with_missing(_EXCEL_START + seconds, known)
