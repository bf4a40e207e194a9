"""A table of columns beside one time axis, from a file or a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from motifkit.errors import CorruptFileError, DataError, UsageError
from motifkit.io.delimited import read_delimited
from motifkit.io.layout import TIME_NAMES, join_levels, normalise_name
from motifkit.io.origin import Origin
from motifkit.io.source import decode, read_bytes
from motifkit.io.time_axis import find_time_axis
from motifkit.types import TimeArray


@dataclass(frozen=True, eq=False)
class Table:
    """Columns beside one time axis, as they were read: nothing sorted, converted or dropped yet.

    Parameters
    ----------
    frame : DataFrame
        The columns that are not times; numbers or text.
    fields : tuple of str
        What each column is (yfinance's price level), for the choice of a default; else its name.
    times : (n,) datetime64 array, optional
    origin : Origin
        Names the rows for messages.
    notes : tuple of str
        What was assumed on reading, in words.
    """

    frame: pd.DataFrame
    fields: tuple[str, ...]
    times: TimeArray | None
    origin: Origin
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Column names."""
        return tuple(str(name) for name in self.frame.columns)


def read_table(path: str | Path) -> Table:
    """Table of a price file; see `motifkit.io.prices.read_prices` for the forms."""
    source, raw = read_bytes(path)
    if raw.startswith(b"PAR1") or source.lower().endswith((".parquet", ".pq")):
        return table_from_frame(_read_parquet(raw, source), Origin(source, lambda i: f"row {i + 1}"))
    text, encoding = decode(raw, source)
    frame, layout, lines, notes = read_delimited(text, source)
    origin = Origin(source, lambda i: f"line {lines[i]}")
    return table_from_frame(frame, origin, fields=layout.fields, notes=(*encoding, *notes))


def _read_parquet(raw: bytes, source: str) -> pd.DataFrame:
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        import pyarrow.parquet as pq  # type: ignore[import-untyped]
    except ImportError:
        message = f"{source} is a Parquet file, which needs pyarrow; run: pip install 'motifkit[parquet]'"
        raise UsageError(message) from None
    try:
        frame: pd.DataFrame = pq.read_table(pa.BufferReader(raw)).to_pandas()
    except (pa.ArrowException, OSError, ValueError) as error:
        first = (str(error).splitlines() or ["no reason given"])[0]
        raise CorruptFileError(f"{source} is not a readable Parquet file ({first}); fetch it again") from None
    return frame


def table_from_frame(
    frame: pd.DataFrame,
    origin: Origin,
    *,
    fields: Sequence[str] | None = None,
    notes: tuple[str, ...] = (),
) -> Table:
    """Find the time axis of a frame, its index or a column, and set it apart.

    Raises
    ------
    DataError
        When a column that should hold dates does not, and names the row; when the index has several levels.
    """
    index = _index_column(frame.index, origin)
    frame, fields = _flatten(frame, fields)
    frame = frame.reset_index(drop=True)
    if index is not None:
        frame = pd.concat([index, frame], axis=1)
        fields = ("", *fields)
    axis = find_time_axis(frame, origin, indexed=index is not None)
    left = [j for j in range(0 if index is None else 1, frame.shape[1]) if j not in axis.columns]
    kept = [j for j in left if index is not None or not _is_row_number(frame, j)]
    kept_fields = tuple(fields[j] for j in kept)
    return Table(frame.iloc[:, kept], kept_fields, axis.times, origin, (*notes, *axis.notes))


def _index_column(index: pd.Index[Any], origin: Origin) -> pd.Series[Any] | None:
    """The index as a column, None when it only numbers the rows."""
    if isinstance(index, pd.MultiIndex):
        levels = ", ".join("(unnamed)" if name is None else str(name) for name in index.names)
        raise DataError(
            f"{origin.source} has an index of several levels ({levels}); select one series with .xs, "
            "or give a list of series"
        )
    name = "" if index.name is None else str(index.name)
    if pd.api.types.is_numeric_dtype(index) and normalise_name(name) not in TIME_NAMES:
        return None
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    return pd.Series(index, name=name)


def _flatten(frame: pd.DataFrame, fields: Sequence[str] | None) -> tuple[pd.DataFrame, Sequence[str]]:
    """Frame with plain text column names; of yfinance's two levels the price one gives the fields."""
    columns = frame.columns
    if isinstance(columns, pd.MultiIndex) and columns.nlevels == 2:
        labels = [str(name).lower() for name in columns.names]
        price = 1 if labels[0] in ("ticker", "symbols") or labels[1] in ("price", "attributes") else 0
        fields = [str(f) for f in columns.get_level_values(price)]
        names = join_levels(fields, [str(t) for t in columns.get_level_values(1 - price)])
    else:
        names = [str(name) for name in columns]
        fields = names if fields is None else fields
    return frame.set_axis(pd.Index(names, dtype=object), axis=1), fields


def _is_row_number(frame: pd.DataFrame, j: int) -> bool:
    """Whether an unnamed first column counts the rows, as pandas and R write it."""
    if j or frame.shape[1] < 2 or str(frame.columns[0]) not in ("", "Unnamed: 0"):
        return False
    if not pd.api.types.is_integer_dtype(frame.iloc[:, 0]):
        return False
    steps = frame.iloc[:, 0].to_numpy()
    return bool(steps[0] in (0, 1) and np.all(np.diff(steps) == 1))
