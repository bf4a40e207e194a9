"""A table of columns beside one time axis, from a file or a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from motifkit.errors import CorruptFileError, UsageError
from motifkit.io.dates import parse_dates, parse_epoch, to_utc
from motifkit.io.delimited import read_delimited
from motifkit.io.layout import TIME_NAMES, join_levels, looks_like_date, normalise_name
from motifkit.io.origin import Origin
from motifkit.io.source import decode, read_bytes
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
        When a column that should hold dates does not; names the row.
    """
    frame, fields = _flatten(frame, fields)
    index = frame.index
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex):
        times, how = to_utc(index)
        return Table(frame.reset_index(drop=True), tuple(fields), times, origin, (*notes, *how))
    if len(index) and isinstance(index[0], str) and looks_like_date(index[0]):
        times, how = parse_dates([str(t) for t in index], origin)
        return Table(frame.reset_index(drop=True), tuple(fields), times, origin, (*notes, *how))
    frame = frame.reset_index(drop=True)
    used, found, how = _time_columns(frame, origin)
    kept = [j for j in range(frame.shape[1]) if j not in used and not _is_row_number(frame, j)]
    kept_fields = tuple(fields[j] for j in kept)
    return Table(frame.iloc[:, kept], kept_fields, found, origin, (*notes, *how))


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


def _time_columns(frame: pd.DataFrame, origin: Origin) -> tuple[list[int], TimeArray | None, tuple[str, ...]]:
    """Which columns make up the time axis, and the axis."""
    bare = [normalise_name(str(name)) for name in frame.columns]
    named = [j for j, name in enumerate(bare) if name in TIME_NAMES]
    for j in range(frame.shape[1]):
        if pd.api.types.is_datetime64_any_dtype(frame.iloc[:, j]):
            return [j], *to_utc(frame.iloc[:, j])
    if (
        "date" in bare
        and "time" in bare
        and all(_is_text(frame.iloc[:, bare.index(n)]) for n in ("date", "time"))
    ):
        both = [bare.index("date"), bare.index("time")]
        days, clocks = (texts_of(frame.iloc[:, j]) for j in both)
        joined = [None if d is None else f"{d} {c or ''}".strip() for d, c in zip(days, clocks, strict=True)]
        return both, *parse_dates(joined, origin)
    dated = [j for j in range(frame.shape[1]) if _holds_dates(frame.iloc[:, j])]
    for j in [j for j in named if j in dated] + dated:
        return [j], *parse_dates(texts_of(frame.iloc[:, j]), origin)
    for j in named:
        column = frame.iloc[:, j]
        if _is_text(column):
            return [j], *parse_dates(texts_of(column), origin)
        times = parse_epoch(column.to_numpy(float, na_value=np.nan))
        if times is not None:
            return [j], times, ()
    return [], None, ()


def _is_text(column: pd.Series[Any]) -> bool:
    return not pd.api.types.is_numeric_dtype(column)


def texts_of(column: pd.Series[Any]) -> list[str | None]:
    """Fields of a column as text, None where missing."""
    return [None if missing else str(v) for v, missing in zip(column, column.isna(), strict=True)]


def first_text(column: pd.Series[Any]) -> str:
    """First field that is not missing, empty when there is none."""
    at = column.first_valid_index()
    return "" if at is None else str(column.loc[at])


def _holds_dates(column: pd.Series[Any]) -> bool:
    return _is_text(column) and looks_like_date(first_text(column))


def _is_row_number(frame: pd.DataFrame, j: int) -> bool:
    """Whether an unnamed first column counts the rows, as pandas and R write it."""
    if j or frame.shape[1] < 2 or str(frame.columns[0]) not in ("", "Unnamed: 0"):
        return False
    if not pd.api.types.is_integer_dtype(frame.iloc[:, 0]):
        return False
    steps = frame.iloc[:, 0].to_numpy()
    return bool(steps[0] in (0, 1) and np.all(np.diff(steps) == 1))
