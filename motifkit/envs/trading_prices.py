"""Bars of one price series, from whatever holds them, and checked: every price is a positive number."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from motifkit.errors import DataError
from motifkit.io.layout import CLOSE_NAMES, normalise_name
from motifkit.io.origin import Origin
from motifkit.io.prices import as_dataset
from motifkit.io.samples import sample_path
from motifkit.types import FloatArray, TimeArray, TrajectoryDataset

PriceSource: TypeAlias = Any  # path, frame, series, array, TrajectoryDataset, Bars or None

_KINDS = {"open": "open", "high": "high", "low": "low", "volume": "volume"} | dict.fromkeys(
    CLOSE_NAMES, "close"
)


@dataclass(frozen=True, eq=False)
class Bars:
    """Bars of a series, oldest first.

    Parameters
    ----------
    close : (T,) float array
        Positive.
    others : mapping of str to (T,) float array
        "open", "high", "low" (positive) and "volume" (at least 0), those that there are.
    times : (T,) datetime64 array, optional
        None when the rows carry no time.
    source : str
        For messages.

    Raises
    ------
    DataError
        For a price that is missing, infinite, zero or negative; names row and column.

    Examples
    --------
    >>> Bars(np.array([1.0, 0.0]))
    Traceback (most recent call last):
    motifkit.errors.DataError: array: row 1, column close: the price 0 is not a positive number; mend the data
    """

    close: FloatArray
    others: Mapping[str, FloatArray] = field(default_factory=dict)
    times: TimeArray | None = None
    source: str = "array"

    def __post_init__(self) -> None:
        for name, values in ({"close": self.close} | dict(self.others)).items():
            good = values >= 0 if name == "volume" else values > 0
            wrong = np.flatnonzero(~(good & np.isfinite(values)))
            if len(wrong):
                i = int(wrong[0])
                when = "" if self.times is None else f" ({np.datetime_as_string(self.times[i], 'm')})"
                what = "volume" if name == "volume" else "price"
                kind = "a number of at least 0" if name == "volume" else "a positive number"
                raise DataError(
                    f"{self.source}: row {i}{when}, column {name}: the {what} {values[i]:g} is not {kind}; "
                    "mend the data"
                )

    def __len__(self) -> int:
        return len(self.close)


def read_bars(prices: PriceSource = None) -> Bars:
    """Bars of whatever holds prices.

    Parameters
    ----------
    prices : path, DataFrame, Series, array, TrajectoryDataset or Bars, optional
        Columns Open, High, Low, Close, Adj Close and Volume in any case and order; what is missing is done
        without, save the close. Where an adjusted close stands beside the close, the open, high and low are
        adjusted by the same factor, and the adjusted close is the close. Without a close the column is the one
        that `read_prices` chooses. A dataset of returns or logarithms stands for the prices that it carries.
        None reads the packaged `goog.csv`.

    Returns
    -------
    Bars
        Oldest first.

    Raises
    ------
    UsageError, DataError, FileAccessError, CorruptFileError
        As `read_prices`, and for several series or a price that is not positive.

    Examples
    --------
    >>> bars = read_bars()
    >>> len(bars), sorted(bars.others)
    (1047, ['high', 'low', 'open', 'volume'])
    """
    if isinstance(prices, Bars):
        return prices
    given = sample_path("goog.csv") if prices is None else prices
    if isinstance(given, str | Path) and os.path.isfile(given):
        now = os.stat(given)
        return _bars_of_file(str(given), (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns))
    return _bars_of(given)


@lru_cache(maxsize=8)
def _bars_of_file(path: str, state: tuple[int, ...]) -> Bars:
    """Bars of a file, read once while its `state` stays the same: each of many environments asks for them."""
    bars = _bars_of(path)
    for values in (bars.close, *bars.others.values()):
        values.flags.writeable = False
    return bars


def _bars_of(given: PriceSource) -> Bars:
    columns, kinds = _columns(given)
    data = given if isinstance(given, TrajectoryDataset) else as_dataset(given, columns=columns, na="error")
    if len(data.episodes) != 1:
        raise DataError(f"{data.source} holds {len(data.episodes)} series; trade in one of them")
    episode = data.episodes[0]
    if columns is None and kinds is None:
        close = episode.prices if episode.prices is not None else episode.observations[:, 0]
        if episode.prices is None and (data.transform != "level" or len(data.channels) != 1):
            raise DataError(
                f"{data.source} has no column Close and carries no prices, only {', '.join(data.channels)}; "
                "name the price column Close"
            )
        return Bars(np.asarray(close, float), {}, episode.timestamps, data.source)
    found = dict(zip(kinds or (), np.asarray(episode.observations, float).T, strict=True))
    return _adjusted(found, episode.timestamps, data.source)


def _columns(given: PriceSource) -> tuple[list[str] | None, list[str] | None]:
    """Names of the columns to read and what each is; None, None when the default column is all there is."""
    pandas = sys.modules.get("pandas")
    if isinstance(given, TrajectoryDataset):
        names = fields = given.channels if given.transform == "level" else ()
    elif isinstance(given, str | Path) or (pandas is not None and isinstance(given, pandas.DataFrame)):
        from motifkit.io.table import read_table, table_from_frame  # pandas, which arrays do without

        if isinstance(given, str | Path):
            table = read_table(given)
        else:
            table = table_from_frame(given, Origin("DataFrame"))
        names, fields = table.names, table.fields
    else:
        return None, None
    kind_of = _KINDS | {"adjclose": "adjusted"}
    kinds = [kind_of.get(normalise_name(one), "") for one in fields]
    if not {"close", "adjusted"} & set(kinds):
        return None, None
    if isinstance(given, TrajectoryDataset):
        return None, [kind or name for kind, name in zip(kinds, names, strict=True)]
    first = [j for j, kind in enumerate(kinds) if kind and kind not in kinds[:j]]
    twice = next((kind for kind in ("close", "adjusted") if kinds.count(kind) > 1), None)
    if twice:
        raise DataError("the table has several closing prices; choose the columns of one series")
    return [names[j] for j in first], [kinds[j] for j in first]


def _adjusted(found: dict[str, FloatArray], times: TimeArray | None, source: str) -> Bars:
    close = found.get("close", found.get("adjusted"))
    assert close is not None  # _columns saw to it
    others: dict[str, FloatArray] = {
        name: found[name] for name in ("open", "high", "low", "volume") if name in found
    }
    Bars(close, others, times, source)  # the prices as they were read: messages name what stands there
    adjusted = found.get("adjusted")
    if adjusted is None:
        return Bars(close, others, times, source)
    if "close" not in found:  # the others may not be adjusted, and nothing tells by how much
        others = {name: values for name, values in others.items() if name == "volume"}
    factor = adjusted / close
    others = {name: values if name == "volume" else values * factor for name, values in others.items()}
    return Bars(adjusted, others, times, source)
