"""Candles of a file or a dataset: which column is which price, and whether the prices agree with each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from motifkit.errors import DataError
from motifkit.io.layout import CLOSE_NAMES, normalise_name
from motifkit.io.origin import Origin
from motifkit.types import FloatArray, TrajectoryDataset

PRICES = ("open", "high", "low", "close")

_ROUNDING = 1e-6  # adjusted prices are rounded apart by less than this part


def price_columns(names: Sequence[str]) -> dict[str, int]:
    """Positions of the four prices among columns, of those that are there.

    Examples
    --------
    >>> price_columns(["Date", "Close/Last", "Open", "High", "LOW", "Adj Close"])
    {'open': 2, 'high': 3, 'low': 4, 'close': 1}
    """
    bare = [normalise_name(name) for name in names]
    spelled = {"open": ("open",), "high": ("high",), "low": ("low",), "close": CLOSE_NAMES}
    found = {}
    for price, spellings in spelled.items():
        matches = [j for j, name in enumerate(bare) if name in spellings]
        if matches:
            found[price] = matches[0]
    return found


def read_candles(path: str | Path) -> TrajectoryDataset:
    """Candles of a price file ("-" reads standard input), as a dataset of the columns open, high, low, close.

    Raises
    ------
    DataError
        When the file lacks one of the four prices, misses a value, or a bar contradicts itself.
    FileAccessError, CorruptFileError
        When it cannot be read; when it is damaged.

    Examples
    --------
    >>> from motifkit.io.samples import sample_path
    >>> read_candles(sample_path("goog.csv")).channels
    ('Open', 'High', 'Low', 'Close')
    """
    from motifkit.io.columns import column_values, is_adjusted
    from motifkit.io.series import build_episode, fingerprint, require_rows
    from motifkit.io.table import read_table

    table = read_table(path)
    source = table.origin.source
    columns = _all_four(price_columns(table.fields), table.names, source)
    values = np.column_stack([column_values(table, j) for j in columns])
    names = tuple(table.names[j] for j in columns)
    episode, repairs = build_episode(
        values,
        table.times,
        names=names,
        price=3,
        transform="level",
        na="error",
        origin=table.origin,
        id=source,
    )
    require_rows(len(episode), source)
    dataset = TrajectoryDataset(
        (episode,),
        names,
        source=source,
        fingerprint=fingerprint([episode], names),
        adjusted=is_adjusted(table, columns),
        repairs=(*table.notes, *repairs),
    )
    require_candles(dataset, None if repairs else table.origin)
    return dataset


def candles_of(dataset: TrajectoryDataset) -> list[FloatArray] | None:
    """Open, high, low and close of each episode, each (T, 4); None when a column lacks or returns were taken.

    Examples
    --------
    >>> candles_of(TrajectoryDataset((), ("close",))) is None
    True
    """
    where = price_columns(dataset.channels)
    if len(where) < len(PRICES) or dataset.transform == "return":
        return None
    bars = [e.observations[:, [where[price] for price in PRICES]] for e in dataset.episodes]
    return [np.exp(x) for x in bars] if dataset.transform == "log" else bars


def require_candles(dataset: TrajectoryDataset, origin: Origin | None = None) -> list[FloatArray]:
    """As `candles_of`, with an error instead of None and for bars that contradict themselves.

    Parameters
    ----------
    dataset : TrajectoryDataset
    origin : Origin, optional
        Names the rows as they were read; None counts those of the dataset from 0.

    Raises
    ------
    DataError
        Names the price that lacks, or the first row whose high lies below, or whose low lies above, another price.
    """
    bars = candles_of(dataset)
    if bars is None:
        _all_four(price_columns(dataset.channels), dataset.channels, dataset.source)
        raise DataError(f"{dataset.source} holds returns, which are no candles; give prices")
    for episode, x in zip(dataset.episodes, bars, strict=True):
        slack = _ROUNDING * np.abs(x).max(axis=1)
        too_low = x[:, 1] < x.max(axis=1) - slack
        too_high = x[:, 2] > x.min(axis=1) + slack
        wrong = np.flatnonzero(too_low | too_high)
        if len(wrong):
            i = int(wrong[0])
            day = "" if episode.timestamps is None else f" ({_day(episode.timestamps[i])})"
            o, h, low, c = (f"{value:g}" for value in x[i])
            which = "high is below another price" if too_low[i] else "low is above another price"
            row = (origin or Origin(dataset.source)).row(i)
            raise DataError(
                f"{row}{day}: {which} (open {o}, high {h}, low {low}, close {c}); "
                "correct the row or leave it out"
            )
    return bars


def _day(time: np.datetime64) -> str:
    return str(np.datetime_as_string(time, unit="m")).removesuffix("T00:00").replace("T", " ")


def _all_four(where: dict[str, int], names: Sequence[str], source: str) -> list[int]:
    lacking = [price for price in PRICES if price not in where]
    if lacking:
        raise DataError(
            f"{source} has no column {' or '.join(lacking)}, only {', '.join(names)}; "
            "candles need open, high, low and close"
        )
    return [where[price] for price in PRICES]
