"""Price series from files and from what Python users hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError, UsageError
from motifkit.io.arrays import dataset_from_array, join_datasets
from motifkit.io.layout import PRICE_NAMES, normalise_name
from motifkit.io.reading import Reading
from motifkit.io.series import NaPolicy
from motifkit.types import TrajectoryDataset, Transform
from motifkit.words import plural

if TYPE_CHECKING:
    import pandas as pd

    Data: TypeAlias = (
        str
        | Path
        | pd.DataFrame
        | pd.Series[Any]
        | npt.ArrayLike
        | Sequence[npt.ArrayLike]
        | TrajectoryDataset
    )

_TRANSFORM_NAMES = {"level": "level", "log": "log level", "return": "returns"}
_PRICE_WORDS = {True: "adjusted", False: "not adjusted", None: "whether adjusted is not stated"}


def read_prices(
    path: str | Path,
    *,
    column: str | None = None,
    columns: Sequence[str] | Literal["all"] | None = None,
    transform: Transform = "level",
    na: NaPolicy = "error",
) -> TrajectoryDataset:
    """Read a price series from a file.

    Text tables with comma, semicolon, tab, bar or space between the fields, with or without a header, also
    yfinance's header of three lines; decimal points or commas; dates in ISO 8601 and the usual export
    formats, with offsets from UTC that may change over the year, or as numbers; the time of day in a column of
    its own; gzip and zip around them; Parquet when pyarrow is there.

    Parameters
    ----------
    path : str or Path
        "-" reads standard input.
    column : str, optional
        The column to mine, in any case. None takes `Adj Close`, else `Close`, else the only numeric column.
    columns : sequence of str or "all", optional
        Several columns, mined together as channels in this order; "all" takes every numeric one.
    transform : {"level", "log", "return"}
        What is mined: the values, their natural logarithm, or simple returns (one row shorter).
    na : {"error", "drop", "fill"}
        What becomes of rows with missing or infinite values: an error that names the first; they are
        removed, and windows run over the gaps; or the value before is repeated. Rows of occurrences count
        those that are left; their times tell where these stood in the file.

    Returns
    -------
    TrajectoryDataset
        One episode, timestamps in UTC. `repairs` says what was mended. `prices` of the episode are the
        untransformed values of the column; of several columns those of the close, or else of the last price
        or the last column; None when they are not all positive, since returns then mean nothing.

    Raises
    ------
    UsageError
        For unusable arguments, or Parquet without pyarrow.
    DataError
        When the content cannot be mined: names file, row and column. When it is a log of trajectories, which
        `motifkit.read_trajectories` reads.
    FileAccessError
        When the file cannot be read.
    CorruptFileError
        When it is damaged or binary.

    Examples
    --------
    >>> from motifkit.io.samples import sample_path
    >>> data = read_prices(sample_path("goog.csv"))
    >>> data.channels, data.n_steps, data.adjusted
    (('Adj Close',), 1047, True)
    """
    return dataset_of(str(path), Reading(column, columns, transform, na))


def as_dataset(
    data: Data,
    *,
    column: str | None = None,
    columns: Sequence[str] | Literal["all"] | None = None,
    transform: Transform = "level",
    na: NaPolicy = "error",
) -> TrajectoryDataset:
    """Make a dataset of whatever holds a series.

    Parameters
    ----------
    data : path, Series, DataFrame, array, list or TrajectoryDataset
        A path is read by `read_prices`. Frames carry their times in their index or in a column. Arrays
        are (T,), or (T, channels) with channels named "0", "1" and so on, all of which are mined unless
        `columns` names some. A list of arrays, frames or paths gives one episode each; no window crosses
        from one to the next. A TrajectoryDataset is returned as it is, whatever `na` is: windows with missing
        values are left out when it is mined.
    column, columns, transform, na
        As in `read_prices`.

    Returns
    -------
    TrajectoryDataset
        Episodes from arrays of one channel take the values as their `prices`, those of several channels have
        none.

    Raises
    ------
    UsageError, DataError, FileAccessError, CorruptFileError
        As in `read_prices`.

    Examples
    --------
    >>> as_dataset([1.0, 2.0, 4.0], transform="return").episodes[0].observations.ravel()
    array([1., 1.])
    >>> len(as_dataset([np.arange(5.0), np.arange(7.0)]).episodes)
    2
    """
    return dataset_of(data, Reading(column, columns, transform, na))


def dataset_of(data: object, reading: Reading) -> TrajectoryDataset:
    """Dataset of whatever holds a series; see `motifkit.io.prices.as_dataset`.

    Examples
    --------
    >>> dataset_of([1.0, np.nan, 3.0], Reading(na="keep")).episodes[0].observations.ravel()
    array([ 1., nan,  3.])
    """
    if isinstance(data, TrajectoryDataset):
        named = reading.column is not None or not (reading.columns is None or reading.columns == "all")
        if named or reading.transform not in ("level", data.transform):
            raise UsageError(
                "the data is a TrajectoryDataset already; choose columns and transform when making it"
            )
        return data
    if isinstance(data, str | Path):
        return _of_file(data, reading)
    pandas = sys.modules.get("pandas")  # who holds a frame has imported it
    if pandas is not None and isinstance(data, pandas.Series | pandas.DataFrame):
        from motifkit.io.table_dataset import dataset_from_table, table_of

        if isinstance(data, pandas.Series):  # whose name is its own: often a ticker
            reading = replace(reading, mined=None)
        return dataset_from_table(table_of(data), reading)
    if isinstance(data, list | tuple) and any(np.ndim(one) or isinstance(one, str | Path) for one in data):
        return join_datasets([dataset_of(one, reading) for one in data])
    return dataset_from_array(data, reading.named(), reading.transform, reading.na)


def _of_file(path: str | Path, reading: Reading) -> TrajectoryDataset:
    from motifkit.io.table import read_table  # pandas, which arrays do without
    from motifkit.io.table_dataset import dataset_from_table
    from motifkit.io.trajectories import is_trajectory_log

    if is_trajectory_log(path):  # as a table of prices its episodes would run into each other
        raise DataError(
            f"{path} is a log of trajectories, not a price series; use motifkit.read_trajectories"
        )
    return dataset_from_table(read_table(path), reading)


def describe(dataset: TrajectoryDataset) -> str:
    """One line on what was read: rows, dates, columns and whether adjusted, transform, repairs.

    Examples
    --------
    >>> from motifkit.io.samples import sample_path
    >>> describe(read_prices(sample_path("goog.csv"), column="close"))
    'goog.csv: 1,047 rows, 2004-08-19 to 2008-10-14, column Close (not adjusted), level; no repairs'
    """
    episodes = dataset.episodes
    parts = [f"{dataset.n_steps:,} rows" + (f" in {len(episodes):,} episodes" if len(episodes) > 1 else "")]
    ends = [
        t
        for e in episodes
        if e.timestamps is not None and len(e)
        for t in (e.timestamps.min(), e.timestamps.max())
    ]
    if ends:
        daily, by_minute = (all(t == t.astype(f"datetime64[{unit}]") for t in ends) for unit in "Dm")
        first, last = (
            np.datetime_as_string(t, "D" if daily else "m" if by_minute else "s").replace("T", " ")
            for t in (min(ends), max(ends))
        )
        parts.append(f"{first} to {last}")
    shown = ", ".join(dataset.channels[:8]) + (", ..." if len(dataset.channels) > 8 else "")
    named = f"{plural('column', len(dataset.channels))} {shown}"
    if dataset.adjusted is not None or _all_prices(dataset.channels):
        named += f" ({_PRICE_WORDS[dataset.adjusted]})"
    parts += [named, _TRANSFORM_NAMES[dataset.transform]]
    return f"{dataset.source}: {', '.join(parts)}; {'; '.join(dataset.repairs) or 'no repairs'}"


def _all_prices(channels: Sequence[str]) -> bool:
    return all(normalise_name(name) in PRICE_NAMES for name in channels)
