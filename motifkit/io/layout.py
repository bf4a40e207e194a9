"""How a text table is laid out: delimiter, header lines, column names."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from motifkit.errors import DataError
from motifkit.io.numbers import is_missing, is_number

_QUOTED = re.compile(r'"[^"]*"')
_WHOLE = re.compile(r"[-+]?\d+")
_DATE = re.compile(
    r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.](\d{1,2}|[A-Za-z]{3,9})[-/.]\d{2,4})(\D.*)?"
)
_COMPACT_DATE = re.compile(r"\s*\d{8}[ T](\d{4}|\d{6}|\d{1,2}:\d\d)(\D.*)?")
_WORDED_DATE = re.compile(r"\s*(\d{1,2}\.? [A-Za-z]{3,9}\.?,? \d{4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})(\D.*)?")
TIME_NAMES = frozenset(
    {"date", "datetime", "timestamp", "time", "day", "opentime", "closetime", "tradedate", "tradingday"}
    | {"gmttime", "localtime", "unix", "unixtime", "epoch", "period", "observationdate"}
    | {"datum", "yyyymmdd", "dtyyyymmdd"}
)
"""Normalised names of columns that may hold the time axis."""

CLOSE_NAMES = ("close", "closelast", "closeprice", "closingprice")
"""Normalised names of the closing price."""

PRICE_NAMES = frozenset({"open", "high", "low", *CLOSE_NAMES})
"""Normalised names of prices that are unadjusted when an adjusted close stands beside them."""

_PRICE_LEVEL = ("price", "attributes")
_TICKER_LEVEL = ("ticker", "symbols", "symbol", "tickers")
_PRICE_FIELDS = PRICE_NAMES | {"adjclose", "volume", "dividends", "stocksplits", "capitalgains"}

_SAMPLE = 20


def looks_like_date(text: str) -> bool:
    """Whether a field reads as a calendar date, perhaps with a time.

    Examples
    --------
    >>> [looks_like_date(t) for t in ("2020-01-02", "02.01.2020 10:30", "Jan 2, 2020", "1.5", "20200102")]
    [True, True, True, False, False]
    """
    return any(form.fullmatch(text) for form in (_DATE, _WORDED_DATE, _COMPACT_DATE))


def normalise_name(name: str) -> str:
    """Column name without case, spaces and punctuation, and with "adjusted" shortened.

    Examples
    --------
    >>> normalise_name(" Adj. Close"), normalise_name("adjusted_close"), normalise_name("<CLOSE>")
    ('adjclose', 'adjclose', 'close')
    """
    bare = "".join(c for c in name.lower() if c.isalnum())
    return bare.replace("adjusted", "adj") if bare != "adjusted" else bare


def all_prices(names: Sequence[str]) -> bool:
    """Whether all columns are prices, adjusted or not.

    Examples
    --------
    >>> all_prices(["Open", "Adj Close"]), all_prices(["close", "Volume"])
    (True, False)
    """
    return all(normalise_name(name) in {*PRICE_NAMES, "adjclose"} for name in names)


@dataclass(frozen=True)
class Layout:
    """Shape of a text table.

    Parameters
    ----------
    delimiter : str
        One character, or "" for runs of spaces.
    skip : int
        Lines before the first row of values.
    names : tuple of str
        Unique column names; "value" or "column 1" and so on when the file has none.
    fields : tuple of str
        What each column is, for the choice of a default: the price level of yfinance's header, else the name.
    headed : bool
        Whether the names come from the file.
    """

    delimiter: str
    skip: int
    names: tuple[str, ...]
    fields: tuple[str, ...]
    headed: bool


def split_line(line: str, delimiter: str) -> list[str]:
    """Fields of one line, without surrounding spaces.

    Examples
    --------
    >>> split_line('a, "1,234.5"', ",")
    ['a', '1,234.5']
    """
    if not delimiter:
        return line.split()
    parts = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return [part.strip() for part in parts]


def find_layout(lines: Sequence[str], source: str) -> Layout:
    """Recognise the layout of a table from its first lines.

    Parameters
    ----------
    lines : sequence of str
        The whole file.
    source : str
        Name for messages.

    Raises
    ------
    DataError
        When no line holds anything.

    Examples
    --------
    >>> find_layout(["Date;Close", "2020-01-02;1,5"], "a.csv")
    Layout(delimiter=';', skip=1, names=('Date', 'Close'), fields=('Date', 'Close'), headed=True)
    """
    start = next((i for i, s in enumerate(lines) if s.strip() and not s.lstrip().startswith("#")), None)
    if start is None:
        raise DataError(f"{source} holds no values; give a file with at least two rows of numbers")
    if lines[start].lstrip()[:9].lower().startswith(("<!doctype", "<html")):
        raise DataError(f"{source} is a web page, not a table of prices; download the data again")
    sample = [s for s in lines[start : start + 2 * _SAMPLE] if s.strip()][:_SAMPLE]
    delimiter = _find_delimiter(sample)
    first = split_line(lines[start], delimiter)
    levels = _yfinance_levels([split_line(s, delimiter) for s in sample[:3]])
    if levels is not None:
        names, fields = levels
        return Layout(delimiter, start + 3, names, fields, headed=True)
    second = split_line(sample[1], delimiter) if len(sample) > 1 else []
    if _is_header(first) and not _is_row_above(first, second):
        names = _unique(first)
        return Layout(delimiter, start + 1, names, tuple(first), headed=True)
    n = len(first)
    names = ("value",) if n == 1 else tuple(f"column {i + 1}" for i in range(n))
    return Layout(delimiter, start, names, names, headed=False)


def _find_delimiter(sample: Sequence[str]) -> str:
    bare = [_QUOTED.sub("", s) for s in sample]
    for delimiter in ("\t", ";", "|"):
        if all(delimiter in s for s in bare[:2]):
            return delimiter
    if any("," in s for s in bare):
        one_column = len(bare) > 1 and "," not in bare[0] and all(is_number(s) for s in bare[1:])
        # A header of one name over numbers with commas: these belong to the numbers, no line is split.
        return "\t" if one_column else ","
    widths = {len(s.split()) for s in sample}
    return "" if len(widths) == 1 and widths != {1} else ","


def _is_header(fields: Sequence[str]) -> bool:
    """Text that is neither number nor missing, and no date: then the first line names the columns."""
    if any(looks_like_date(f) for f in fields):
        return False
    return any(not is_number(f) and not is_missing(f) for f in fields)


def _is_row_above(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether a first line with text is a row of values nevertheless, being like the line below it.

    Both have text and numbers in the same places, and either texts that recur or numbers that are not whole, which
    the names of columns are not: those may be years or ids.
    """
    kinds = [[is_number(f) for f in fields] for fields in (first, second)]
    if kinds[0] != kinds[1] or not any(kinds[0]) or any(looks_like_date(f) for f in second):
        return False
    both = list(zip(first, second, kinds[0], strict=True))
    recurs = any(a == b and not number and not is_missing(a) for a, b, number in both)
    return recurs or any(number and not _WHOLE.fullmatch(a) for a, _, number in both)


def _yfinance_levels(rows: Sequence[list[str]]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Names and price fields from yfinance's three header lines; None when these are not they."""
    if len(rows) < 3 or len({len(row) for row in rows}) != 1 or len(rows[0]) < 2:
        return None
    if normalise_name(rows[2][0]) not in TIME_NAMES or any(rows[2][1:]):
        return None
    corners = [normalise_name(row[0]) for row in rows[:2]]
    if corners[0] in _TICKER_LEVEL or corners[1] in _PRICE_LEVEL:
        prices, tickers = rows[1], rows[0]
    elif corners[0] in _PRICE_LEVEL or corners[1] in _TICKER_LEVEL:
        prices, tickers = rows[0], rows[1]
    else:  # no labels: the level on which every name is a price field
        swapped = any(normalise_name(f) not in _PRICE_FIELDS for f in rows[0][1:])
        prices, tickers = (rows[1], rows[0]) if swapped else (rows[0], rows[1])
    fields = (rows[2][0], *prices[1:])
    return _unique(join_levels(fields, ("", *tickers[1:]))), fields


def join_levels(fields: Sequence[str], tickers: Sequence[str]) -> list[str]:
    """Column names from price fields and tickers; the ticker is named only when there are several.

    Examples
    --------
    >>> join_levels(["Date", "Close", "Close"], ["", "OPEN", "MSFT"])
    ['Date', 'Close OPEN', 'Close MSFT']
    """
    several = len({t for t in tickers if t}) > 1
    return [f"{f} {t}" if several and t else f for f, t in zip(fields, tickers, strict=True)]


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    taken = set(names)
    result: list[str] = []
    for name in names:
        free = name
        if name in result:
            free = next(f"{name} ({k})" for k in count(2) if f"{name} ({k})" not in taken)
        taken.add(free)
        result.append(free)
    return tuple(result)
