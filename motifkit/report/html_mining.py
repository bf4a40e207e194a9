"""Mined motifs as one HTML file, without an agent. jinja2 and plotly are imported on use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from motifkit.errors import DataError
from motifkit.report import html_bank_figures
from motifkit.report import wording as words
from motifkit.report.candle_chart import candles_end_to_end, checked_candles, occurrences_figure
from motifkit.report.comparison import sentence as comparison_sentence
from motifkit.report.html_backtest import OutOfSample, equity_figure
from motifkit.report.html_data import timeline_data
from motifkit.report.html_page import rendered
from motifkit.report.html_table import small_shape
from motifkit.report.outcome_panel import outcome_figure, outcome_words
from motifkit.report.series import Series, SeriesAxis
from motifkit.types import FloatArray, MiningResult, Motif, TrajectoryDataset

if TYPE_CHECKING:
    from motifkit.compare.comparison import MotifComparison

_HEADINGS = (
    "length",
    "occurrences",
    "q-value",
    "expected by chance",
    "mean distance",
    "mean return after it",
)


class MotifRow(NamedTuple):
    """One motif of the table, in words."""

    label: str
    shape: list[str]
    cells: tuple[str, ...]


def mining_html(
    result: MiningResult,
    dataset: TrajectoryDataset,
    *,
    backtest: OutOfSample | None = None,
    comparison: MotifComparison | None = None,
    ohlc: FloatArray | None = None,
    title: str | None = None,
) -> str:
    """Report of mined motifs as one HTML page that works offline; what has nothing to show is left out.

    Parameters
    ----------
    result : MiningResult
    dataset : TrajectoryDataset
        That was mined.
    backtest : OutOfSample, optional
        None leaves its panel out.
    comparison : MotifComparison, optional
        What an agent made of the motifs; None leaves it out.
    ohlc : (N, 4) float array, optional
        Open, high, low and close of every row. None takes them from the channels; without such the price is a line.
    title : str, optional
        None names the source.

    Returns
    -------
    str
        About 5 MB, of which plotly.js is nearly all; a page without figures does without it.

    Raises
    ------
    DataError
        When `dataset` is not what was mined, or `ohlc` has another shape.
    ValueError
        When an occurrence lies outside the data.

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit.types import Episode
    >>> data = TrajectoryDataset((Episode(np.zeros((9, 1))),), ("x",), source="<goog>.csv")
    >>> page = mining_html(MiningResult((), "sax", {}, ("x",), "<goog>.csv"), data)
    >>> "&lt;goog&gt;.csv" in page, "<goog>" in page
    (True, False)
    """
    if result.fingerprint and dataset.fingerprint and result.fingerprint != dataset.fingerprint:
        raise DataError(
            f"the motifs were mined from {result.source!r} with other values than {dataset.source!r} holds; "
            "give the data that were mined, read with the same options"
        )
    candles = candles_end_to_end(dataset) if ohlc is None else ohlc
    candles = None if candles is None else checked_candles(candles, dataset.n_steps)
    axis = SeriesAxis(_series(dataset, candles))
    timeline, places = timeline_data(
        axis, {f"motif {m.label}": m.occurrences for m in result.motifs}, candles
    )
    has_candles = "candles" in timeline
    data = {
        "chosen": 0,
        "mining": True,
        "has_mined": True,
        "timeline": timeline if result.motifs else None,
        "rows": [_row_data(k, m, places[f"motif {m.label}"]) for k, m in enumerate(result.motifs)],
        "figures": _figures(result, axis, has_candles, backtest, comparison),
    }
    return rendered(
        "mining.html.jinja",
        data,
        backtest,
        title=title or f"Motifs of {result.source}",
        sentence=_sentence(result, backtest),
        rows=[_table_row(m) for m in result.motifs],
        headings=_headings(result),
        candles=has_candles,
        outcome_words=outcome_words(result.motifs),
        comparison_sentence="" if comparison is None else comparison_sentence(comparison),
    )


def _figures(
    result: MiningResult,
    axis: SeriesAxis,
    has_candles: bool,
    backtest: OutOfSample | None,
    comparison: MotifComparison | None,
) -> dict[str, Any]:
    """Figures that there is something to show in."""
    made: dict[str, Any] = {}
    if result.motifs:
        made["timeline"] = occurrences_figure(axis, candles=has_candles)
        if (outcomes := outcome_figure(result.motifs)) is not None:
            made["outcomes"] = outcomes
    if backtest is not None and backtest.curves:
        made["equity"] = equity_figure(backtest)
    if comparison is not None and comparison.rows:
        made["bank"] = html_bank_figures.rows_figure(comparison)
    return made


def _series(dataset: TrajectoryDataset, candles: FloatArray | None) -> list[Series]:
    """Closes of the candles where there are some, so that marks lie on them; else prices or the first channel."""
    made, first = [], 0
    for episode in dataset.episodes:
        name = dataset.channels[0] if episode.prices is None else "price"
        values = episode.observations[:, 0] if episode.prices is None else episode.prices
        if candles is not None:
            values, name = candles[first : first + len(episode), -1], "price"
        first += len(episode)
        made.append(Series(values, episode.timestamps, name))
    return made


def _row_data(k: int, motif: Motif, places: list[list[float | None]]) -> dict[str, Any]:
    return {
        "row": k,
        "title": f"Motif {motif.label}",
        "label": motif.label,
        "mined": places,
        "n_mined": motif.count,
        "learned": [],
        "n_learned": 0,
    }


def _headings(result: MiningResult) -> tuple[str, ...]:
    return _HEADINGS if any(m.outcome for m in result.motifs) else _HEADINGS[:-1]


def _table_row(motif: Motif) -> MotifRow:
    cells = (
        f"{motif.length:,}",
        f"{motif.count:,}",
        words.probability(motif.q_value) + (" *" if motif.is_significant() else ""),
        words.number(motif.expected_count),
        words.measure(motif.distance),
    )
    after = () if motif.outcome is None else (words.return_interval(motif.outcome),)
    return MotifRow(motif.label, small_shape(motif.prototype), cells + after)


def _sentence(result: MiningResult, backtest: OutOfSample | None) -> str:
    parts = [words.significance_sentence(result) if result.motifs else "No motif was found."]
    parts.append(outcome_words(result.motifs))
    parts.append("" if backtest is None else f"Out of sample: {backtest.verdict}")
    return " ".join(part for part in parts if part)
