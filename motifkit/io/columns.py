"""Which columns of a table to mine, and their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from motifkit.errors import DataError, UsageError, suggestion
from motifkit.io.column_texts import first_text, texts_of
from motifkit.io.layout import CLOSE_NAMES, PRICE_NAMES, TIME_NAMES, normalise_name
from motifkit.io.numbers import decimal_mark, is_missing, is_number, maybe_thousands, parse_numbers
from motifkit.io.reading import Reading
from motifkit.io.table import Table
from motifkit.types import FloatArray


def choose_columns(table: Table, reading: Reading) -> list[int]:
    """Positions of the columns to mine.

    Parameters
    ----------
    table : Table
    reading : Reading
        Names are found in any case and punctuation; a number counts columns of a file without header from 1. Without
        any, what was mined is looked for, or else `Adj Close`, `Close`, or the only numeric column is chosen.

    Raises
    ------
    UsageError
        When no column is asked for, or one twice.
    DataError
        When a column is not there, or none or several could be meant.
    """
    if reading.columns is None and reading.column is None:
        return [_default_column(table)] if reading.mined is None else _mined_columns(table, reading.mined)
    names = reading.named()
    if names is None:
        return _numeric_columns(table)
    chosen = [_find_column(table, name) for name in names]
    twice = next((j for j in chosen if chosen.count(j) > 1), None)
    if twice is not None:
        raise UsageError(f"column {table.names[twice]} is asked for twice; name each channel once")
    return chosen


def _mined_columns(table: Table, mined: tuple[str, ...]) -> list[int]:
    """Columns of the names that were mined; those of an array have none, so that any of their number will do."""
    if set(mined) <= set(table.names):
        return [_find_column(table, name) for name in mined]
    if mined == ("value",):
        return [_default_column(table)]
    if all(name.isdecimal() for name in mined) and len(numeric := _numeric_columns(table)) == len(mined):
        return numeric
    return [_find_column(table, name) for name in mined]


def _find_column(table: Table, name: str) -> int:
    names = table.names
    for key in (str, str.strip, str.casefold, normalise_name):
        matches = [j for j, other in enumerate(names) if key(other) == key(name)]
        if len(matches) == 1 and key(name):
            return matches[0]
        if len(matches) > 1 and key is str:
            raise DataError(
                f"{table.origin.source} has {len(matches)} columns named {name!r}; give each its own name"
            )
    if f"column {name}" in names:
        return names.index(f"column {name}")
    near = suggestion(name, names, "choose one of these")
    raise DataError(f"{table.origin.source} has no column {name!r}, only {_listed(names)}{near}")


def _default_column(table: Table) -> int:
    bare = [normalise_name(f) for f in table.fields]
    for wanted in ("adjclose", *CLOSE_NAMES):
        matches = [j for j, name in enumerate(bare) if name == wanted]
        if len(matches) == 1:
            return matches[0]
        if matches:
            break
    numeric = _numeric_columns(table)
    if len(numeric) == 1:
        return numeric[0]
    listed = _listed([table.names[j] for j in numeric])
    raise DataError(
        f"{table.origin.source} has several numeric columns ({listed}); choose with --column or --columns"
    )


def _numeric_columns(table: Table) -> list[int]:
    numeric = [j for j in range(len(table.fields)) if _is_numeric(table.frame.iloc[:, j])]
    # A step counter called "time" is no calendar time, and seldom what is to be mined.
    numeric = [j for j in numeric if normalise_name(table.fields[j]) not in TIME_NAMES] or numeric
    if not numeric:
        listed = _listed(table.names) or "dates"
        raise DataError(
            f"{table.origin.source} has no numeric column, only {listed}; give a file with prices"
        )
    return numeric


def _is_numeric(column: pd.Series[Any]) -> bool:
    if pd.api.types.is_bool_dtype(column):
        return False
    return pd.api.types.is_numeric_dtype(column) or is_number(first_text(column))


def _listed(names: Sequence[str]) -> str:
    shown = [name or "(unnamed)" for name in names[:12]]
    return ", ".join(shown) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def column_values(table: Table, j: int) -> FloatArray:
    """Numbers of column `j`, NaN where missing.

    Raises
    ------
    DataError
        When a field is text; names row and column.
    """
    column = table.frame.iloc[:, j]
    if pd.api.types.is_complex_dtype(column) or pd.api.types.is_bool_dtype(column):
        raise DataError(
            f"{table.origin.source}: column {table.names[j]} holds {column.dtype} values; give real numbers"
        )
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(float, na_value=np.nan)
    texts = ["" if t is None else t for t in texts_of(column)]
    culprit = next((i for i, t in enumerate(texts) if not is_missing(t) and not is_number(t)), None)
    if culprit is None:
        try:
            values, culprit = parse_numbers(texts, decimal_mark(texts, lone_comma=not maybe_thousands(texts)))
        except DataError as error:
            raise DataError(f"{table.origin.source}, column {table.names[j]}: {error}") from None
    if culprit is not None:
        raise DataError(
            f"{table.origin.row(culprit)}, column {table.names[j]}: {texts[culprit]!r} is not a number; "
            "correct it or leave it empty"
        )
    return values


def is_adjusted(table: Table, chosen: Sequence[int]) -> bool | None:
    """Whether the chosen prices are adjusted; None when nothing says so.

    `Adj Close` is; other prices beside an `Adj Close` are not; a lone `Close` may be either.
    """
    bare = [normalise_name(f) for f in table.fields]
    kinds = {bare[j] for j in chosen}
    if kinds == {"adjclose"}:
        return True
    if kinds and kinds <= PRICE_NAMES and "adjclose" in bare:
        return False
    return None


def price_position(fields: Sequence[str]) -> int:
    """Which of the mined columns gives the price for forward returns.

    A close if there is one, else the last of open, high and low, else the last column.

    Examples
    --------
    >>> price_position(["Open", "Close", "Volume"]), price_position(["a", "b"])
    (1, 1)
    """
    bare = [normalise_name(f) for f in fields]
    for wanted in ("adjclose", *CLOSE_NAMES):
        if wanted in bare:
            return bare.index(wanted)
    priced = [j for j, name in enumerate(bare) if name in PRICE_NAMES]
    return priced[-1] if priced else len(bare) - 1
