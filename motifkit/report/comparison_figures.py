"""Pictures of learned against mined motifs. matplotlib is imported on use, and its pyplot never."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from motifkit.io.atomic import atomic_write, check_writable
from motifkit.report.axes import DARK, DASHES, GREY, PALETTE, new_figure, plain, save_figure, tidy
from motifkit.report.comparison_panels import LEARNED, MINED, occurrences_figure, prototypes_figure, tick
from motifkit.report.curves import Curve
from motifkit.report.embedding_map import Embeddings, embedding_map
from motifkit.report.series import Series, SeriesAxis
from motifkit.types import Occurrence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from motifkit.compare.comparison import MotifComparison, RowComparison

_MANY_ROWS = 12  # from here on their names stand upright
_MAX_ROWS = 30  # that get panels and lanes; the most used ones


def comparison_figures(
    comparison: MotifComparison,
    *,
    series: Sequence[Series] = (),
    embeddings: Embeddings | None = None,
    mined: Mapping[str, Sequence[Occurrence]] | None = None,
    curves: Sequence[Curve] | None = None,
) -> dict[str, Figure]:
    """Draw learned against mined motifs.

    Parameters
    ----------
    comparison : MotifComparison
        Panels and lanes are drawn for the 30 most used rows.
    series, embeddings, mined, curves
        As in `motifkit.report.html.comparison_html`.

    Returns
    -------
    dict of str to Figure
        "prototypes", what was mined beside what each row answers to; "rows", drift, usage and what masking costs;
        "occurrences", the series with a pair of lanes a row; "map", mined and learned rows; "curves". What there is
        nothing to draw for is left out.

    Raises
    ------
    ValueError
        When an occurrence lies outside the series.

    Examples
    --------
    >>> from motifkit.compare.comparison import MotifComparison
    >>> nan, steps = float("nan"), np.arange(3.0)
    >>> empty = MotifComparison((), nan, nan, nan, nan, (), nan, 0, "goog.csv", "sax", ("Close",), ())
    >>> figures = comparison_figures(empty, curves=[Curve("random", steps, steps, steps - 1, steps + 1)])
    >>> list(figures), figures["curves"].axes[0].get_xlabel()
    (['curves'], 'environment steps')
    """
    made: dict[str, Figure] = {}
    rows = _drawn_rows(comparison)
    if rows:
        made["prototypes"] = prototypes_figure(comparison, rows)
        made["rows"] = _rows(comparison)
    if rows and any(len(one.values) for one in series):
        made["occurrences"] = occurrences_figure(rows, SeriesAxis(series), mined or {})
    if rows and embeddings is not None:
        made["map"] = _map(comparison, embeddings)
    if curves:
        made["curves"] = _curves(curves)
    return made


def save_comparison_figures(
    folder: str | Path,
    comparison: MotifComparison,
    *,
    series: Sequence[Series] = (),
    embeddings: Embeddings | None = None,
    mined: Mapping[str, Sequence[Occurrence]] | None = None,
    curves: Sequence[Curve] | None = None,
    overwrite: bool = False,
) -> tuple[Path, ...]:
    """Write `comparison_figures` as PNG files, each whole or not at all.

    Parameters
    ----------
    folder : str or Path
        Must be there.
    comparison, series, embeddings, mined, curves
        As in `comparison_figures`.
    overwrite : bool
        Whether pictures that are there may be replaced.

    Returns
    -------
    tuple of Path
        `prototypes.png` and so on.

    Raises
    ------
    FileAccessError
        When one of them is there already or cannot be written; none is written then.
    ValueError
        When an occurrence lies outside the series.

    Examples
    --------
    >>> import tempfile
    >>> from motifkit.compare.comparison import MotifComparison
    >>> nan = float("nan")
    >>> empty = MotifComparison((), nan, nan, nan, nan, (), nan, 0, "goog.csv", "sax", ("Close",), ())
    >>> save_comparison_figures(tempfile.mkdtemp(), empty)
    ()
    """
    figures = comparison_figures(comparison, series=series, embeddings=embeddings, mined=mined, curves=curves)
    paths = tuple(Path(folder) / f"{name}.png" for name in figures)
    for path in paths:
        check_writable(path, overwrite=overwrite)
    for path, figure in zip(paths, figures.values(), strict=True):
        with atomic_write(path, overwrite=overwrite) as temporary:
            save_figure(figure, temporary)
    return paths


def _drawn_rows(comparison: MotifComparison) -> list[RowComparison]:
    most_used = sorted(comparison.rows, key=lambda row: (-row.wins, row.row))[:_MAX_ROWS]
    return sorted(most_used, key=lambda row: row.row)


def _rows(comparison: MotifComparison) -> Figure:
    """Drift, usage, and where an agent was asked what masking costs."""
    rows = comparison.rows
    asked = any(not math.isnan(row.return_loss) for row in rows)
    n = 3 if asked else 2
    at = np.arange(len(rows))
    figure = new_figure(min(max(7.0, 0.35 * len(rows)), 24.0), 0.8 + 1.9 * n, "Drift and usage of each row")
    panels = list(figure.subplots(n, 1, sharex=True))
    tidy(panels[0], ylabel="cosine to\nthe mined row").bar(at, [row.drift for row in rows], color=MINED)
    usage = tidy(panels[1], ylabel="share of steps (%)")
    usage.bar(at, [100 * row.usage for row in rows], color=LEARNED, label="attention")
    usage.plot(at, [100 * row.wins for row in rows], "D", color=DARK, markersize=4, label="steps won")
    usage.legend(fontsize=8, frameon=False, ncols=2, loc="lower right", bbox_to_anchor=(1, 1), borderpad=0)
    if asked:
        loss = np.array([row.return_loss for row in rows])
        ends = np.array([[row.return_loss_low, row.return_loss_high] for row in rows])
        errors = np.abs(ends - loss[:, None]).T
        axes = tidy(panels[2], ylabel="return lost when\nmasked (95% interval)")
        axes.errorbar(at, loss, errors, fmt="o", color=DARK, markersize=4, capsize=3, linewidth=1.2)
        axes.axhline(0, color=GREY, linewidth=0.8)
    panels[-1].set_xticks(at, [tick(row) for row in rows])
    panels[-1].tick_params(axis="x", labelrotation=90 if len(rows) > _MANY_ROWS else 0)
    panels[-1].set_xlim(-0.6, len(rows) - 0.4)
    panels[-1].set_xlabel("row of the bank (mined motif)", fontsize=8.5)
    return figure


def _map(comparison: MotifComparison, embeddings: Embeddings) -> Figure:
    places = embedding_map(embeddings)
    figure = new_figure(7.0, 6.2, "Directions of mined and learned rows")
    axes = tidy(figure.add_subplot())
    seeded = {row.label: k for k, row in enumerate(comparison.rows) if row.label is not None}
    for at, label in zip(places.mined, embeddings.labels, strict=True):
        if label in seeded:
            path = np.stack([at, places.learned[seeded[label]]])
            axes.plot(path[:, 0], path[:, 1], ":", color=GREY, linewidth=1, zorder=1)
    axes.plot(*places.mined.T, "D", color=MINED, fillstyle="none", markersize=7, label="mined rows")
    axes.plot(*places.learned.T, "o", color=LEARNED, markersize=6, label="learned rows")
    for row, at in zip(comparison.rows, places.learned, strict=True):
        if np.isfinite(at).all():
            axes.annotate(tick(row), at, (0, 6), textcoords="offset points", ha="center", fontsize=8)
    labels = [
        f"principal component {i + 1} ({share:.0%} of variance)" for i, share in enumerate(places.shares)
    ]
    axes.set_xlabel(labels[0], fontsize=8.5)
    axes.set_ylabel(labels[1], fontsize=8.5)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.12)
    axes.legend(fontsize=8, frameon=False)
    return figure


def _curves(curves: Sequence[Curve]) -> Figure:
    figure = new_figure(8.5, 4.8, "Return while learning, with its interval")
    axes = tidy(figure.add_subplot(), "environment steps", "return")
    for i, curve in enumerate(curves):
        colour = PALETTE[i % len(PALETTE)]
        style = DASHES[i // len(PALETTE) % len(DASHES)]
        axes.fill_between(curve.steps, curve.low, curve.high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(curve.steps, curve.estimate, color=colour, linestyle=style, label=plain(curve.name))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.margins(x=0.01)
    axes.legend(fontsize=8, frameon=False)
    return figure
