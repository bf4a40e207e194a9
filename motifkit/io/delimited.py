"""Text tables to frames: pandas' C reader for plain text, a slower one that names culprits for the rest."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from motifkit.errors import DataError
from motifkit.io.layout import Layout, find_layout
from motifkit.io.numbers import (
    MISSING,
    decimal_mark,
    is_missing,
    is_number,
    maybe_thousands,
    parse_numbers,
    whole_numbers,
)
from motifkit.types import IntArray
from motifkit.words import counted

_MISSING_TEXTS = sorted({form for text in MISSING for form in (text, text.upper(), text.capitalize())})
# A decimal comma or a thousands separator, a currency sign, or thousands in groups with points.
_NEEDS_CARE = re.compile("\\d,\\d|[$€£¥\u00a0\u202f]|\\d\\.\\d{3}\\.\\d")


def read_delimited(text: str, source: str) -> tuple[pd.DataFrame, Layout, IntArray, tuple[str, ...]]:
    r"""Frame of a text table.

    Parameters
    ----------
    text : str
        With "\n" line ends.
    source : str
        Name for messages.

    Returns
    -------
    frame : DataFrame
        Numeric columns as floats or integers, the others as text.
    layout : Layout
    lines : (n_rows,) int array
        Line of the file, from 1, that each row ends on.
    notes : tuple of str
        What was assumed, in words.

    Raises
    ------
    DataError
        When a row has another number of fields than the rest, a quote is never closed, or there are no rows.

    Examples
    --------
    >>> read_delimited("t;x\na;1,5\nb;2\n", "a.csv")[0]["x"].tolist()
    [1.5, 2.0]
    """
    all_lines = text.split("\n")
    while all_lines and not all_lines[-1].strip():  # not stripped as text: a last row may end in empty fields
        all_lines.pop()
    layout = find_layout(all_lines, source)
    body = all_lines[layout.skip :]
    lines = np.arange(layout.skip + 1, len(all_lines) + 1)
    # In a file of one column an empty line is a missing value; elsewhere it is nothing.
    if len(layout.names) > 1 and not all(body):
        kept = [i for i, line in enumerate(body) if line.strip()]
        body, lines = [body[i] for i in kept], lines[kept]
    if not body:
        raise DataError(
            f"{source} has a header and no rows below it; give a file with at least two rows of numbers"
        )
    frame = _read_plain(body, layout)
    if frame is not None and not _any_needs_care(frame):
        return frame, layout, lines, ()
    rows, ends = _split_rows(body, lines, layout, source)
    frame, notes = _read_careful(rows, layout, source)
    return frame, layout, ends, notes


def _read_plain(body: Sequence[str], layout: Layout) -> pd.DataFrame | None:
    """Frame by pandas' C reader; None unless every row provably has one field a column."""
    joined, n = "\n".join(body), len(layout.names)
    if '"' in joined:
        return None
    if layout.delimiter:
        # The reader pads short rows without a word and refuses long ones: with this sum there are neither.
        if joined.count(layout.delimiter) != len(body) * (n - 1):
            return None
    elif any(len(line.split()) != n for line in body):
        return None
    try:
        frame = pd.read_csv(
            io.StringIO(joined),
            sep=layout.delimiter or r"\s+",
            header=None,
            na_values=_MISSING_TEXTS,
            skip_blank_lines=False,
            skipinitialspace=True,
            low_memory=False,
            quoting=csv.QUOTE_NONE,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, OverflowError):
        return None
    if frame.shape != (len(body), n):
        return None
    frame.columns = pd.Index(layout.names)
    return frame


def _any_needs_care(frame: pd.DataFrame) -> bool:
    for name in frame.columns:
        column = frame[name]
        if not pd.api.types.is_numeric_dtype(column) and column.astype(str).str.contains(_NEEDS_CARE).any():
            return True
    return False


def _split_rows(
    body: Sequence[str], lines: IntArray, layout: Layout, source: str
) -> tuple[list[list[str]], IntArray]:
    """Fields of every row, and the line each row ends on; says which row is ragged."""
    n, spaced = len(layout.names), not layout.delimiter
    rows: list[list[str]] = []
    ends: list[int] = []
    reader = csv.reader(body, delimiter=layout.delimiter or ",", skipinitialspace=True, strict=True)
    n_read = 0  # lines behind us: a quoted field may run over several
    try:
        for row in (line.split() for line in body) if spaced else reader:
            n_read = n_read + 1 if spaced else reader.line_num
            line = int(lines[n_read - 1])
            fields = [field.strip() for field in row] or [""]
            if len(fields) != n:
                told = "the header" if layout.headed else f"line {lines[0]}"
                raise DataError(
                    f"{source}: line {line} has {counted(len(fields), 'field')}, {told} {n}; "
                    "give every row the same number of fields"
                )
            rows.append(fields)
            ends.append(line)
    except csv.Error as error:
        line = int(lines[n_read])
        raise DataError(f"{source}: line {line} cannot be split ({error}); check its quotes") from None
    return rows, np.array(ends, np.int64)


def _read_careful(
    rows: Sequence[Sequence[str]], layout: Layout, source: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Frame from split rows, with decimal commas, thousands separators and currency signs understood."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    numeric = [_mostly_numbers(column) for column in columns]
    numbers = [column for column, number in zip(columns, numeric, strict=True) if number]
    fields = (f for column in numbers for f in column)
    lone_comma = layout.delimiter == ";" or (
        layout.delimiter != "," and not any(maybe_thousands(column) for column in numbers)
    )
    try:
        decimal = decimal_mark(fields, lone_comma=lone_comma)
    except DataError as error:
        raise DataError(f"{source}: {error}") from None
    data: dict[str, object] = {}
    for name, column, number in zip(layout.names, columns, numeric, strict=True):
        whole = whole_numbers(column) if number else None
        values, culprit = parse_numbers(column, decimal) if number and whole is None else (None, 0)
        if whole is not None:
            data[name] = whole
        elif values is None or culprit is not None:  # named if this column is asked for
            data[name] = pd.array([None if is_missing(f) else f for f in column], dtype=object)
        else:
            data[name] = values
    return pd.DataFrame(data), ("decimal commas read",) if decimal == "," else ()


def _mostly_numbers(column: Sequence[str]) -> bool:
    first = next((f for f in column if not is_missing(f)), "")
    return is_number(first)
