"""Dates as files write them, to UTC timestamps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from motifkit.errors import DataError
from motifkit.io.numbers import is_missing
from motifkit.io.origin import Origin
from motifkit.types import TimeArray

_ZONE = re.compile(r"(?<=\d) ?(?:Z|UTC|GMT|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)?)$")
_DAYS = (
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%b %d, %Y",
    "%b %d %Y",
    "%d-%B-%Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%d. %B %Y",
)
# Which of two numbers is the month is for the column to tell.
_MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%m-%d-%y")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")


def to_utc(values: pd.Series | pd.DatetimeIndex) -> tuple[TimeArray, tuple[str, ...]]:
    """Timestamps of datetimes that pandas knows already; zoned ones go to UTC and lose the zone.

    Returns
    -------
    times : (n,) datetime64 array
        In microseconds, or nanoseconds where these are needed.
    notes : tuple of str

    Examples
    --------
    >>> times, notes = to_utc(pd.DatetimeIndex(["2020-01-02"], tz="America/New_York"))
    >>> str(times[0]), notes
    ('2020-01-02T05:00:00.000000', ('times converted from America/New_York to UTC',))
    """
    index = pd.DatetimeIndex(values)
    notes: tuple[str, ...] = ()
    if index.tz is not None:
        zone = str(index.tz)
        notes = () if zone in ("UTC", "UTC+00:00") else (f"times converted from {zone} to UTC",)
        index = index.tz_convert("UTC").tz_localize(None)
    times = index.to_numpy()
    fine = times.astype("datetime64[us]")
    return (fine if bool(np.all((fine == times) | np.isnat(times))) else times), notes


def parse_dates(texts: Sequence[str | None], origin: Origin) -> tuple[TimeArray, tuple[str, ...]]:
    """Timestamps from text, NaT where it is missing.

    ISO 8601 first, then the formats that exports use. All rows must share one format, and either all or none
    carry an offset from UTC; the offsets may change over the year.

    Parameters
    ----------
    texts : sequence of str or None
    origin : Origin
        Names the rows for messages.

    Returns
    -------
    times : (n,) datetime64 array in UTC, in microseconds where these suffice
    notes : tuple of str
        What was assumed, in words.

    Raises
    ------
    DataError
        When a text is no date, or only some rows carry an offset; names the first such row.

    Examples
    --------
    >>> parse_dates(["31/01/2020", "01/02/2020"], Origin("x"))[0].astype("datetime64[D]").astype(str).tolist()
    ['2020-01-31', '2020-02-01']
    """
    present = [i for i, t in enumerate(texts) if t is not None and not is_missing(t)]
    clean = [str(texts[i]).strip() for i in present]
    times = np.full(len(texts), np.datetime64("NaT", "us"))
    if not clean:
        return times, ()
    local, offsets, notes = _split_zones(clean, present, origin)
    parsed, how = _parse_local(local)
    wrong = np.flatnonzero(np.isnat(parsed))
    if len(wrong):
        where, text = origin.row(present[wrong[0]]), clean[wrong[0]]
        raise DataError(f"{where}: {text!r} is not a date like the others; write dates as 2020-01-31")
    if np.datetime_data(parsed.dtype)[0] == "ns":
        times = times.astype("datetime64[ns]")
    times[present] = parsed - offsets
    return times, (*how, *notes)


def _split_zones(
    clean: Sequence[str], present: Sequence[int], origin: Origin
) -> tuple[Sequence[str], npt.NDArray[np.timedelta64], tuple[str, ...]]:
    """Local times, their offsets from UTC, and a note when any offset is not zero."""
    # A clock time holds a colon before the offset; without one, "2020-01-02" would seem to end in an offset.
    found = [_ZONE.search(t) if ":" in t[:-5] or t[-1] in "ZTC" else None for t in clean]
    odd = next((i for i, match in enumerate(found) if (match is None) != (found[0] is None)), None)
    if odd is not None:
        here, before = ("has an", "none") if found[0] is None else ("has no", "one")
        raise DataError(
            f"{origin.row(present[odd])}: {clean[odd]!r} {here} offset from UTC, rows before have {before}; "
            "write all times with an offset or none"
        )
    if found[0] is None:
        return clean, np.timedelta64(0, "m") + np.zeros(len(clean), "timedelta64[m]"), ()
    local: list[str] = []
    minutes: list[int] = []
    names: list[str] = []
    for text, match in zip(clean, found, strict=True):
        assert match is not None  # one has a zone, so all have
        sign = -1 if match["sign"] == "-" else 1
        offset = sign * (60 * int(match["hours"] or 0) + int(match["minutes"] or 0))
        local.append(text[: match.start()])
        minutes.append(offset)
        if offset and (not names or names[-1] != match[0].strip()):
            names.append(match[0].strip())
    listed = ", ".join(sorted(set(names)))
    notes = (f"times converted to UTC from {listed}",) if names else ()
    return local, np.array(minutes, "timedelta64[m]"), notes


def _parse_local(texts: Sequence[str]) -> tuple[TimeArray, tuple[str, ...]]:
    """Timestamps by the format of the first text, NaT where another does not follow it."""
    iso = _convert(texts, "ISO8601")
    if not np.isnat(iso[0]):
        return iso, ()
    for time in _TIMES:
        for day in _DAYS:
            if _fits(texts[0], day + time):
                return _convert(texts, day + time), ()
        for month_first in _MONTH_FIRST:
            day_first = f"%d{month_first[2]}%m{month_first[5:]}"
            if _fits(texts[0], month_first + time) or _fits(texts[0], day_first + time):
                return _choose_order(texts, month_first + time, day_first + time)
    return iso, ()


def _choose_order(
    texts: Sequence[str], month_first: str, day_first: str
) -> tuple[TimeArray, tuple[str, ...]]:
    """Of both readings the one that fits more rows, in which time runs one way, or whose steps are more even."""
    us, eu = _convert(texts, month_first), _convert(texts, day_first)
    n_us, n_eu = int(np.isnat(us).sum()), int(np.isnat(eu).sum())
    if n_us != n_eu:
        return (us, ()) if n_us < n_eu else (eu, ())
    us_runs, eu_runs = _runs_one_way(us), _runs_one_way(eu)
    # The first of each month, read the other way round, is a dozen days in January of every year.
    if (eu_runs and not us_runs) or (eu_runs == us_runs and 2 * _unevenness(eu) < _unevenness(us)):
        return eu, ("dates read as day, month, year",)
    return us, ("dates read as month, day, year",)


def _runs_one_way(times: TimeArray) -> bool:
    steps = np.diff(times.astype(np.int64))
    return bool(np.all(steps >= 0) or np.all(steps <= 0))


def _unevenness(times: TimeArray) -> float:
    """Longest step between successive times over the shortest."""
    steps = np.diff(np.unique(times)).astype(float)
    return float(steps.max() / steps.min()) if len(steps) else 1.0


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _convert(texts: Sequence[str], form: str) -> TimeArray:
    try:
        index = pd.to_datetime(pd.Series(texts, dtype=object), format=form, errors="coerce")
    except (ValueError, OverflowError):
        return np.full(len(texts), np.datetime64("NaT", "us"))
    return to_utc(pd.DatetimeIndex(index))[0]
