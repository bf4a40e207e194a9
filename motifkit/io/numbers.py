"""Numbers as people write them: decimal commas, thousands separators, currency signs, words for missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from motifkit.errors import DataError
from motifkit.types import FloatArray, IntArray

MISSING = frozenset(
    {"", "nan", "na", "n/a", "#n/a", "#na", "null", "none", "nil", "<na>", "nat", "-", "--", "."}
)
"""Texts that stand for a missing number, in lower case."""

_EXPONENT = r"(?:[eE][-+]?\d+)?"
_POINT = re.compile(rf"[-+]?(?:\d+\.?\d*|\.\d+){_EXPONENT}")
_COMMA = re.compile(rf"[-+]?(?:\d+,?\d*|,\d+){_EXPONENT}")
_POINT_GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_COMMA_GROUPED = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+(?:,\d*)?")
_AMBIGUOUS = re.compile(r"[-+]?\d{1,3}[.,]\d{3}")
_WHOLE = re.compile(r"[-+]?\d{1,19}")
_INFINITE = re.compile(r"[-+]?inf(?:inity)?", re.IGNORECASE)
# Currency signs, and the no-break spaces with which some locales group thousands.
_ORNAMENT = re.compile("[$€£¥\u00a0\u202f]")


def whole_numbers(fields: Sequence[str]) -> IntArray | None:
    """Integers from text; None unless every field is one.

    Examples
    --------
    >>> whole_numbers(["1577923200000000100"]), whole_numbers(["1", ""])
    (array([1577923200000000100]), None)
    """
    if not all(_WHOLE.fullmatch(field) for field in fields):
        return None
    return np.array([int(field) for field in fields], np.int64)


def is_missing(text: str) -> bool:
    """Whether a field says that there is no value.

    Examples
    --------
    >>> is_missing(" N/A "), is_missing("0")
    (True, False)
    """
    return text.strip().lower() in MISSING


def is_number(text: str) -> bool:
    """Whether a field reads as a number in some notation.

    Examples
    --------
    >>> [is_number(t) for t in ("1.5", "1,5", "1.234,5", "$1,234.50", "1e-300", "-inf", "2020-01-01", "x")]
    [True, True, True, True, True, True, False, False]
    """
    text = _ORNAMENT.sub("", text).strip()
    forms = (_POINT, _COMMA, _POINT_GROUPED, _COMMA_GROUPED, _INFINITE)
    return any(form.fullmatch(text) for form in forms)


def decimal_mark(fields: Iterable[str], *, lone_comma: bool) -> str:
    """Decide between decimal point and decimal comma from all number-like fields of a file.

    Parameters
    ----------
    fields : iterable of str
    lone_comma : bool
        Whether "1,234" is 1.234 when no other field decides, as in files that avoid the comma as delimiter.
        Otherwise it proves nothing.

    Returns
    -------
    str
        "." or ",".

    Raises
    ------
    DataError
        When the fields contradict each other or leave it open.

    Examples
    --------
    >>> decimal_mark(["1.234,5", "2"], lone_comma=True)
    ','
    >>> decimal_mark(["1,234.5", "2,000"], lone_comma=False)
    '.'
    """
    point = comma = open_comma = ""
    for field in fields:
        text = _ORNAMENT.sub("", field).strip()
        if "," not in text and "." not in text:
            continue
        if _AMBIGUOUS.fullmatch(text):
            open_comma = open_comma or (field if "," in text else "")
        elif _POINT.fullmatch(text) or _POINT_GROUPED.fullmatch(text):
            point = point or field
        elif _COMMA.fullmatch(text) or _COMMA_GROUPED.fullmatch(text):
            comma = comma or field
    if point and comma:
        raise DataError(
            f"decimal points ({point!r}) and decimal commas ({comma!r}) are mixed; use one of them"
        )
    if open_comma and not lone_comma and not point and not comma:
        readings = f"{open_comma.replace(',', '')} or {open_comma.replace(',', '.')}"
        raise DataError(f"{open_comma!r} may mean {readings}; write numbers without thousands separators")
    if comma or (open_comma and not point):
        return ","
    return "."


def maybe_thousands(fields: Sequence[str]) -> bool:
    """Whether numbers such as 1,234 stand among whole ones without a comma, as thousands do.

    Examples
    --------
    >>> maybe_thousands(["998", "1,001"]), maybe_thousands(["1,234", "1,235"]), maybe_thousands(["998", "1,5"])
    (True, False, False)
    """
    texts = [_ORNAMENT.sub("", field).strip() for field in fields]
    commas = [text for text in texts if "," in text]
    if not commas or not all(_AMBIGUOUS.fullmatch(text) for text in commas):
        return False
    return any(_WHOLE.fullmatch(text) for text in texts)


def parse_numbers(fields: Sequence[str], decimal: str = ".") -> tuple[FloatArray, int | None]:
    """Numbers from text, NaN where a field says missing.

    Parameters
    ----------
    fields : sequence of str, length n
    decimal : {".", ","}
        The other of the two may group thousands.

    Returns
    -------
    values : (n,) float array
    culprit : int or None
        Index of the first field that is neither a number nor missing; `values` is NaN there and after it.

    Examples
    --------
    >>> parse_numbers(["1.234,5", "n/a", "7 €"], ",")
    (array([1234.5,    nan,    7. ]), None)
    >>> parse_numbers(["1", "x"])
    (array([ 1., nan]), 1)
    """
    plain, grouped = (_POINT, _POINT_GROUPED) if decimal == "." else (_COMMA, _COMMA_GROUPED)
    group = "," if decimal == "." else "."
    values = np.full(len(fields), np.nan)
    for i, field in enumerate(fields):
        if is_missing(field):
            continue
        text = _ORNAMENT.sub("", field).strip()
        if grouped.fullmatch(text):
            text = text.replace(group, "")
        elif not plain.fullmatch(text) and not _INFINITE.fullmatch(text):
            return values, i
        values[i] = float(text.replace(decimal, "."))
    return values, None
