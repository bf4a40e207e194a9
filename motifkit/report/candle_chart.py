"""Prices as candles: open, high, low and close of every row, where the data have them. plotly is imported on use."""

from __future__ import annotations

from typing import Any

import numpy as np

from motifkit.errors import DataError
from motifkit.mining.candle_data import candles_of
from motifkit.report.html_figures import timeline_figure
from motifkit.report.series import MAX_ROWS, SeriesAxis
from motifkit.types import FloatArray, TrajectoryDataset


def candles_end_to_end(dataset: TrajectoryDataset) -> FloatArray | None:
    """Open, high, low and close of every row of a dataset, its episodes end to end.

    Parameters
    ----------
    dataset : TrajectoryDataset

    Returns
    -------
    (N, 4) float array, or None
        Prices. None when a channel is missing, or returns were taken; see `motifkit.mining.candle_data.candles_of`.

    Examples
    --------
    >>> from motifkit.types import Episode
    >>> rows = np.array([[1.0, 3.0, 0.5, 2.0]])
    >>> candles_end_to_end(TrajectoryDataset((Episode(rows),), ("Open", "High", "Low", "Close")))
    array([[1. , 3. , 0.5, 2. ]])
    >>> candles_end_to_end(TrajectoryDataset((Episode(rows[:, :1]),), ("Close",))) is None
    True
    """
    bars = candles_of(dataset)
    return np.concatenate(bars) if bars else None


def checked_candles(ohlc: FloatArray, n_rows: int) -> FloatArray | None:
    """Candles that fit the series, or None where there are too many to carry.

    Parameters
    ----------
    ohlc : (N, 4) float array
        Open, high, low and close, in the unit of the series.
    n_rows : int
        Rows of the series over all episodes.

    Returns
    -------
    (N, 4) float array, or None
        None above 50,000 rows: the line is then drawn.

    Raises
    ------
    DataError
        When the shape is another.

    Examples
    --------
    >>> checked_candles(np.ones((2, 4)), 2).shape
    (2, 4)
    """
    values = np.asarray(ohlc, float)
    if values.shape != (n_rows, 4):
        raise DataError(
            f"ohlc has shape {values.shape}, the series wants ({n_rows}, 4): "
            "give open, high, low and close of every row"
        )
    return values if len(values) <= MAX_ROWS else None


def candle_figure(axis: SeriesAxis) -> dict[str, Any]:
    """Time line whose price is drawn as candles; the script of the page fills them in.

    Parameters
    ----------
    axis : SeriesAxis

    Returns
    -------
    dict
        Figure as JSON values: candles first, then the traces of `timeline_figure`.

    Examples
    --------
    >>> from motifkit.report.series import Series
    >>> candle_figure(SeriesAxis([Series(np.ones(2))]))["data"][0]["type"]
    'candlestick'
    """
    figure = timeline_figure(axis)
    figure["data"][0] = {
        "type": "candlestick",
        "name": figure["data"][0]["name"],
        "meta": {"role": "candles"},
        "showlegend": False,
        "hoverinfo": "x+y",
    }
    figure["layout"]["xaxis"]["rangeslider"] = {"visible": False}  # plotly adds one to candles
    return figure


def occurrences_figure(axis: SeriesAxis, *, candles: bool) -> dict[str, Any]:
    """Time line of motifs alone: one lane, and nothing that was learned.

    Parameters
    ----------
    axis : SeriesAxis
    candles : bool
        Whether the price is drawn as candles.

    Returns
    -------
    dict
        Figure as JSON values, with the same traces in the same order.

    Examples
    --------
    >>> from motifkit.report.series import Series
    >>> occurrences_figure(SeriesAxis([Series(np.ones(2))]), candles=False)["layout"]["yaxis2"]["ticktext"]
    ['occurrences']
    """
    figure = candle_figure(axis) if candles else timeline_figure(axis)
    for trace in figure["data"]:
        if trace["meta"]["role"] == "learned":
            trace.update(visible=False, showlegend=False)
        elif trace["meta"]["role"] == "mined":
            trace["name"] = "occurrences"
    lane = figure["layout"]["yaxis2"]
    lane.update(domain=[0, 0.1], range=[0.4, 1.6], tickvals=[1], ticktext=["occurrences"])
    figure["layout"]["yaxis"]["domain"] = [0.18, 1]
    return figure
