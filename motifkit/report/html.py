"""Learned against mined motifs as one HTML file that needs nothing beside it. plotly and jinja2 are imported on use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from motifkit.report import html_bank_figures, html_figures
from motifkit.report.candle_chart import candle_figure
from motifkit.report.comparison import sentence
from motifkit.report.curves import Arm, Curve
from motifkit.report.embedding_map import Embeddings
from motifkit.report.html_backtest import OutOfSample, equity_figure
from motifkit.report.html_data import report_data
from motifkit.report.html_page import rendered
from motifkit.report.html_table import arm_cells, facts, hidden_channels, table_row, truth
from motifkit.report.series import Series, SeriesAxis
from motifkit.types import FloatArray, Occurrence

if TYPE_CHECKING:
    from motifkit.compare.comparison import MotifComparison


def comparison_html(
    comparison: MotifComparison,
    *,
    series: Sequence[Series] = (),
    embeddings: Embeddings | None = None,
    mined: Mapping[str, Sequence[Occurrence]] | None = None,
    curves: Sequence[Curve] | None = None,
    arms: Sequence[Arm] | None = None,
    backtest: OutOfSample | None = None,
    ohlc: FloatArray | None = None,
    title: str | None = None,
) -> str:
    """Report of learned against mined motifs as one HTML page that works offline.

    Parameters
    ----------
    comparison : MotifComparison
    series : sequence of Series
        An episode each: what occurrences are shown on. Lines longer than 5,000 points are thinned to their lowest and
        highest values, and drawn in full where the reader zooms in.
    embeddings : Embeddings, optional
        Rows before and after learning, for the map; None leaves it out.
    mined : mapping of str to sequence of Occurrence, optional
        Mined occurrences by label, nearest first, which are shown beside those that the rows answer to.
    curves : sequence of Curve, optional
        Learning curves; None leaves them out.
    arms : sequence of Arm, optional
        Ends of the experiment's arms; None leaves the table out.
    backtest : OutOfSample, optional
        What trading out of sample came to; None leaves its panel out.
    ohlc : (N, 4) float array, optional
        Open, high, low and close of every row of `series`, drawn as candles; None draws a line.
    title : str, optional
        None names the source of the mined motifs.

    Returns
    -------
    str
        About 5 MB, of which plotly.js is nearly all; a page without figures does without it.

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
    >>> page = comparison_html(
    ...     MotifComparison((), nan, nan, nan, nan, (), nan, 0, "<goog>.csv", "sax", ("Close",), ())
    ... )
    >>> page[:15], "&lt;goog&gt;.csv" in page, "<goog>" in page
    ('<!DOCTYPE html>', True, False)
    """
    data = report_data(comparison, series, mined or {}, ohlc)
    has_candles = bool(data["timeline"]) and "candles" in data["timeline"]
    data["figures"] = _figures(comparison, series, embeddings, curves, has_candles)
    if backtest is not None and backtest.curves:
        data["figures"]["equity"] = equity_figure(backtest)
    outside = "" if backtest is None else f" Out of sample: {backtest.verdict}"
    return rendered(
        "comparison.html.jinja",
        data,
        backtest,
        title=title or f"Learned against mined motifs: {comparison.source}",
        sentence=sentence(comparison) + outside,
        rows=[table_row(row, comparison) for row in comparison.rows],
        facts=facts(comparison),
        has_mined=bool(mined),
        asked=comparison.n_episodes > 0,
        n_hidden=hidden_channels(comparison),
        truth=truth(comparison),
        arms=[arm_cells(arm) for arm in arms or ()],
        chosen=data["chosen"],
    )


def _figures(
    comparison: MotifComparison,
    series: Sequence[Series],
    embeddings: Embeddings | None,
    curves: Sequence[Curve] | None,
    has_candles: bool,
) -> dict[str, Any]:
    """Figures that there is something to show in."""
    made: dict[str, Any] = {}
    if comparison.rows:
        made["prototypes"] = html_figures.prototype_figure(comparison)
        made["rows"] = html_bank_figures.rows_figure(comparison)
    if comparison.rows and any(len(one.values) for one in series):
        axis = SeriesAxis(series)
        made["timeline"] = candle_figure(axis) if has_candles else html_figures.timeline_figure(axis)
    if comparison.rows and embeddings is not None:
        made["map"] = html_bank_figures.map_figure(comparison, embeddings)
    if curves:
        made["curves"] = html_bank_figures.curves_figure(curves)
    return made
