"""Pictures of what was mined beside what was learned, row by row, and of where. matplotlib is imported on use."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from motifkit.report import comparison_wording as words
from motifkit.report.axes import DARK, DASHES, PALETTE, new_figure, plain, tidy
from motifkit.report.comparison import sentence
from motifkit.report.series import SeriesAxis
from motifkit.types import FloatArray, Occurrence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from motifkit.compare.comparison import MotifComparison, RowComparison

MINED, LEARNED = PALETTE[0], PALETTE[1]

_MAX_CHANNELS = 4
_N_PAIRS = 3  # of panels side by side
_LINE_POINTS = 10_000  # more than the pixels of the picture


def tick(row: RowComparison) -> str:
    """Number of a row with its motif, for an axis."""
    return plain(words.row_name(row).removeprefix("row "))


def prototypes_figure(comparison: MotifComparison, rows: Sequence[RowComparison]) -> Figure:
    """A pair of panels a row; several channels lie on each other, each in its own standard deviations."""
    n_lines = math.ceil(len(rows) / _N_PAIRS)
    figure = new_figure(12.5, 1.0 + 1.75 * n_lines, sentence(comparison))
    n_channels = rows[0].answer.shape[1]
    names = words.channel_names(comparison, n_channels)[:_MAX_CHANNELS]
    centres, scales = _scales(rows)
    unit = f"{names[0]} (as observed)" if n_channels == 1 else "standard deviations"
    grid = figure.add_gridspec(n_lines, 2 * _N_PAIRS)
    for k, row in enumerate(rows):
        line, column = divmod(k, _N_PAIRS)
        left = figure.add_subplot(grid[line, 2 * column], label=f"mined {row.row}")
        right = figure.add_subplot(grid[line, 2 * column + 1], label=f"learned {row.row}", sharey=left)
        lowest = k + _N_PAIRS >= len(rows)
        for axes, window in ((left, row.mined_answer), (right, row.answer)):
            tidy(axes, "step" if lowest else "", unit if axes is left and column == 0 else "")
            _draw_window(axes, (window - centres) / scales, names, MINED if axes is left else LEARNED)
        if row.label is None:
            _say(left, "no mined motif")
        if not words.answers(row):
            _say(right, words.ANSWERS_NOTHING)
        right.tick_params(labelleft=False)
        left.set_title(plain(words.row_name(row)), loc="left", fontsize=10, fontweight="bold", color=DARK)
        left.set_title("mined", loc="right", fontsize=8.5, color=MINED)
        right.set_title(_said(row), loc="right", fontsize=8.5, color=LEARNED)
    if n_channels > 1:
        handles = [axes.get_legend_handles_labels() for axes in figure.axes]
        shown = next((one for one in handles if one[0]), ([], []))
        figure.legend(*shown, loc="outside lower right", ncols=len(names), fontsize=9, frameon=False)
    return figure


def _said(row: RowComparison) -> str:
    return "now" if row.label is None else f"now (cosine {words.cosine(row.drift)})"


def _say(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", fontsize=8.5, color="0.45")


def _scales(rows: Sequence[RowComparison]) -> tuple[FloatArray, FloatArray]:
    """Centre and spread of each channel over all windows; 0 and 1 for a single one, which keeps its units."""
    windows = np.concatenate([one for row in rows for one in (row.mined_answer, row.answer)])
    n_channels = windows.shape[1]
    centres, scales = np.zeros(n_channels), np.ones(n_channels)
    for j in range(n_channels if n_channels > 1 else 0):
        known = windows[np.isfinite(windows[:, j]), j]
        if len(known):
            centres[j], scales[j] = known.mean(), known.std() or 1.0
    return centres, scales


def _draw_window(axes: Axes, window: FloatArray, names: Sequence[str], colour: str) -> None:
    from matplotlib.ticker import MaxNLocator

    if not np.isfinite(window).any():
        axes.set_xlim(0, max(len(window) - 1, 1))
    else:
        for j, name in enumerate(names):
            style = DASHES[j % len(DASHES)]
            axes.plot(window[:, j], color=colour, linewidth=1.9, linestyle=style, label=plain(name))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))


def occurrences_figure(
    rows: Sequence[RowComparison], axis: SeriesAxis, mined: Mapping[str, Sequence[Occurrence]]
) -> Figure:
    """The series, and below it a pair of lanes a row: mined above, learned below."""
    lane_inches = 0.4 + 0.26 * len(rows)
    figure = new_figure(
        12.5, 3.4 + lane_inches, "Where motifs were mined (blue), and where rows win now (orange)"
    )
    line, lanes = figure.subplots(
        2, 1, sharex=True, gridspec_kw={"height_ratios": [2.9, lane_inches], "hspace": 0.02}
    )
    tidy(line, ylabel=axis.value_label + (", log scale" if axis.spans_decades else ""))
    line_rows = axis.line_rows(_LINE_POINTS)
    for kept in np.split(line_rows, np.searchsorted(line_rows, axis.offsets[1:-1])):
        line.plot(axis.positions(kept), axis.values[kept], color="0.45", linewidth=0.8)
    if axis.spans_decades:
        line.set_yscale("log")
    for k, row in enumerate(rows):
        both = ((mined.get(row.label or "", ()), MINED, -0.4), (row.occurrences, LEARNED, 0.02))
        for occurrences, colour, top in both:
            axis.require_inside(occurrences, words.row_name(row))
            middles = [axis.offsets[o.episode] + (o.start + o.end - 1) // 2 for o in occurrences]
            x = axis.positions(np.array(middles, np.int64))
            lanes.vlines(x, k + top, k + top + 0.38, color=colour, linewidth=1.2)
    tidy(lanes, axis.time_label, "row of the bank")
    lanes.set_yticks(range(len(rows)), [tick(row) for row in rows])
    lanes.set_ylim(len(rows) - 0.4, -0.6)
    lanes.margins(x=0.01)
    axis.format_axis(lanes)
    return figure
