"""What the script of the HTML report draws from, as JSON values."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from motifkit.report import comparison_wording as words
from motifkit.report.candle_chart import checked_candles
from motifkit.report.html_figures import MAX_CHANNELS
from motifkit.report.series import MAX_LINE, KeptRows, Series, SeriesAxis, keep
from motifkit.types import FloatArray, Occurrence

if TYPE_CHECKING:
    from motifkit.compare.comparison import MotifComparison, RowComparison


def as_script(value: Any) -> str:
    r"""JSON that can stand inside a script element: nothing in it ends the element or begins a comment.

    Raises
    ------
    ValueError
        When it holds NaN or infinity.

    Examples
    --------
    >>> as_script({"name": "</script><!--"})
    '{"name":"\\u003c/script\\u003e\\u003c!--"}'
    """
    text = json.dumps(
        value, allow_nan=False, separators=(",", ":")
    )  # ASCII, so that line separators are escaped as well
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def chosen_row(comparison: MotifComparison) -> int:
    """Row that the report opens with: the most important one."""
    row = words.most_important(comparison.rows)
    return 0 if row is None else comparison.rows.index(row)


def report_data(
    comparison: MotifComparison,
    series: Sequence[Series],
    mined: Mapping[str, Sequence[Occurrence]],
    ohlc: FloatArray | None = None,
) -> dict[str, Any]:
    """Rows with their windows and occurrences, and the series that they lie on.

    Parameters
    ----------
    comparison : MotifComparison
    series : sequence of Series
        Without any there is no time line.
    mined : mapping of str to sequence of Occurrence
        Mined occurrences by label, nearest first.
    ohlc : (N, 4) float array, optional
        Open, high, low and close of every row; None for a line.

    Raises
    ------
    DataError
        When `ohlc` has another shape.
    ValueError
        When an occurrence lies outside the series.

    Examples
    --------
    >>> from motifkit.compare.comparison import MotifComparison
    >>> nan = float("nan")
    >>> empty = MotifComparison((), nan, nan, nan, nan, (), nan, 0, "goog.csv", "sax", ("Close",), ())
    >>> report_data(empty, [], {})
    {'chosen': 0, 'has_mined': False, 'timeline': None, 'rows': []}
    """
    data: dict[str, Any] = {
        "chosen": chosen_row(comparison),
        "has_mined": bool(mined),
        "timeline": None,
    }
    data["rows"] = [_windows(row) for row in comparison.rows]
    if not series:
        return data
    groups: dict[str, Sequence[Occurrence]] = {}
    for row in comparison.rows:
        groups[f"row {row.row}"] = row.occurrences
        if row.label is not None:
            groups[f"motif of row {row.row}"] = mined.get(row.label, ())
    axis = SeriesAxis(series)
    data["timeline"], places = timeline_data(axis, groups, ohlc)
    for plain, row in zip(data["rows"], comparison.rows, strict=True):
        for name, key in (("learned", f"row {row.row}"), ("mined", f"motif of row {row.row}")):
            plain[name] = places.get(key, [])
            plain[f"n_{name}"] = len(groups.get(key, ()))
    return data


def timeline_data(
    axis: SeriesAxis, groups: Mapping[str, Sequence[Occurrence]], ohlc: FloatArray | None = None
) -> tuple[dict[str, Any], dict[str, list[list[float | None]]]]:
    """Rows of the series that the page carries, and where the occurrences of each group stand in them, in time.

    Parameters
    ----------
    axis : SeriesAxis
    groups : mapping of str to sequence of Occurrence
        Nearest first. The keys name them in messages.
    ohlc : (N, 4) float array, optional
        Open, high, low and close of every row; left out above 50,000 rows.

    Raises
    ------
    DataError
        When `ohlc` has another shape.
    ValueError
        When an occurrence lies outside the series.

    Examples
    --------
    >>> from motifkit.report.series import Series
    >>> axis = SeriesAxis([Series(np.arange(9.0))])
    >>> timeline_data(axis, {"motif A": [Occurrence(0, 2, 5, 0.5)]})[1]
    {'motif A': [[2, 3, 0, 2, 0.5]]}
    """
    kept, shown = keep(axis, groups)
    data = _timeline(axis, kept)
    candles = None if ohlc is None else checked_candles(ohlc, len(axis.values))
    if candles is not None:
        data["candles"] = [_base64(column, "<f8") for column in candles[kept.rows].T]
    return data, {
        name: [_place(o, axis, kept) for o in sorted(some, key=lambda one: (one.episode, one.start))]
        for name, some in shown.items()
    }


def _windows(row: RowComparison) -> dict[str, Any]:
    motif = "began random" if row.label is None else f"motif {row.label}"
    return {
        "row": row.row,
        "title": f"Row {row.row}: {motif}",
        "label": row.label,
        "mined_answer": _channels(row.mined_answer),
        "answer": _channels(row.answer) if words.answers(row) else None,
        **{name: [] for name in ("learned", "mined")},
        **{f"n_{name}": 0 for name in ("learned", "mined")},
    }


def _channels(window: FloatArray) -> list[list[float | None]] | None:
    """Values of each channel, six digits; None where nothing is known."""
    if not np.isfinite(window).any():
        return None
    return [
        [float(f"{x:.6g}") if np.isfinite(x) else None for x in window[:, j]]
        for j in range(min(window.shape[1], MAX_CHANNELS))
    ]


def _place(one: Occurrence, axis: SeriesAxis, kept: KeptRows) -> list[float | None]:
    """Where it stands in the kept rows, its length, episode, first row and distance."""
    at = kept.position(int(axis.offsets[one.episode]) + one.start)
    distance = float(f"{one.distance:.4g}") if np.isfinite(one.distance) else None
    return [at, int(one.end - one.start), int(one.episode), int(one.start), distance]


def _timeline(axis: SeriesAxis, kept: KeptRows) -> dict[str, Any]:
    """Kept rows as base64 of little-endian arrays; the line breaks where an episode begins."""
    return {
        "rows": _base64(kept.rows, "<i4"),
        "values": _base64(axis.values[kept.rows], "<f8"),
        "times": None if axis.times is None else _base64(axis.milliseconds(kept.rows), "<f8"),
        "on_line": _base64(kept.on_line, "u1"),
        "breaks": axis.offsets[1:-1].tolist(),
        "max_line": MAX_LINE,
    }


def _base64(values: npt.NDArray[Any], dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype).tobytes()).decode("ascii")
