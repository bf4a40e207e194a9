"""Columns of a table as text."""

from __future__ import annotations

from typing import Any

import pandas as pd

from motifkit.io.numbers import is_missing


def texts_of(column: pd.Series[Any]) -> list[str | None]:
    """Fields of a column as text, None where missing."""
    return [None if missing else str(v) for v, missing in zip(column, column.isna(), strict=True)]


def first_text(column: pd.Series[Any]) -> str:
    """First field that is not missing, empty when there is none."""
    return next((text for text in map(str, column) if not is_missing(text)), "")
