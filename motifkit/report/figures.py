"""Pictures of mining results. matplotlib is imported when one is drawn.

Figures are made by matplotlib's objects rather than by pyplot, so that nothing is opened, no state is kept
and no display is needed.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from motifkit.io.as_mined import read_as_mined
from motifkit.io.atomic import atomic_write
from motifkit.report import wording
from motifkit.report.axes import DARK, GREY, PALETTE, plain, save_figure
from motifkit.report.motif_panels import N_COLUMNS, channel_legend, draw_motif, name_axes, stands_out
from motifkit.report.timeline import Timeline
from motifkit.types import MiningResult, Motif, TrajectoryDataset
from motifkit.words import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from motifkit.io.prices import Data

_MAX_PANELS = 30
_MIN_COLUMNS = 3
_PANEL_INCHES, _LANE_INCHES, _PRICE_INCHES, _WIDTH_INCHES = 2.1, 0.2, 2.9, 12.5


def plot_motifs(result: MiningResult, dataset: Data, path: str | Path | None = None) -> Figure:
    """Draw each motif's occurrences on its prototype, and where they lie on the price line.

    Parameters
    ----------
    result : MiningResult
        The first 30 motifs are drawn.
    dataset : TrajectoryDataset, or what `motifkit.as_dataset` makes one of
        The data that were mined, or matched.
    path : str or Path, optional
        Where to write the picture, whole or not at all; its suffix gives the format. A picture that is there
        is replaced. None writes nothing.

    Returns
    -------
    Figure
        A panel a motif: occurrences thin, the prototype bold, both normalised as they were mined, one colour
        a channel when there are several. Below, the price, or the first channel of data without prices, with
        the occurrences in the motifs' colours, and a lane a motif that shows all of them. Motifs that chance
        explains are pale there.

    Raises
    ------
    ValueError
        When an occurrence lies outside the dataset, which is then not the one of the result.
    FileAccessError
        When the picture cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit.io.prices import as_dataset
    >>> from motifkit.types import Occurrence
    >>> data = as_dataset(np.sin(np.arange(60.0)) + 2)
    >>> places = (Occurrence(0, 3, 6, 0.1), Occurrence(0, 22, 25, 0.2))
    >>> motif = Motif(np.array([[-1.0], [0.0], [1.0]]), places, radius=0.2, score=2.0, label="A")
    >>> [axes.get_label() for axes in plot_motifs(MiningResult((motif,), "sax", {}, ("value",)), data).axes]
    ['motif A', 'price', 'lanes']
    """
    if not isinstance(dataset, TrajectoryDataset):
        dataset = read_as_mined(dataset, result)
    _require_inside(result, dataset)
    motifs = result.motifs[:_MAX_PANELS]
    figure, panels, price, lanes = _canvas(len(motifs))
    _suptitle(figure, result)
    for k, (axes, motif) in enumerate(zip(panels, motifs, strict=True)):
        draw_motif(axes, motif, result, dataset, _colour(k))
    name_axes(panels, result)
    if len(result.channels) > 1 and panels:
        channel_legend(figure, panels[0])
    timeline = Timeline(dataset)
    _draw_price(price, motifs, timeline)
    _draw_lanes(lanes, motifs, timeline)
    if path is not None:
        with atomic_write(path, overwrite=True) as temporary:
            save_figure(figure, temporary)
    return figure


def _require_inside(result: MiningResult, dataset: TrajectoryDataset) -> None:
    lengths = [len(episode) for episode in dataset.episodes]
    for motif in result.motifs:
        if motif.prototype.shape[1] != len(dataset.channels):
            raise ValueError(
                f"motif {motif.label} has {counted(motif.prototype.shape[1], 'channel')}, "
                f"the dataset {len(dataset.channels)}; give the dataset that was mined"
            )
        for o in motif.occurrences:
            if o.episode >= len(lengths) or o.end > lengths[o.episode]:
                raise ValueError(
                    f"motif {motif.label} occurs at rows {o.start} to {o.end} of episode {o.episode}, "
                    "which the dataset does not have; give the dataset that was mined"
                )


def _colour(k: int) -> str:
    return PALETTE[k % len(PALETTE)]


def _canvas(n_motifs: int) -> tuple[Figure, list[Axes], Axes, Axes]:
    """Empty figure: a grid of panels, the price, and the lanes under it."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    n_columns = min(N_COLUMNS, max(n_motifs, _MIN_COLUMNS))
    n_rows = math.ceil(n_motifs / n_columns)
    grid_inches = _PANEL_INCHES * n_rows
    lane_inches = 0.35 + _LANE_INCHES * max(n_motifs, 1)
    height = 0.5 + grid_inches + _PRICE_INCHES + lane_inches
    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06)
    figure = Figure(figsize=(_WIDTH_INCHES, height), dpi=140, layout=layout)
    ratios = ([grid_inches] if n_motifs else []) + [_PRICE_INCHES + lane_inches]
    outer = figure.add_gridspec(len(ratios), 1, height_ratios=ratios, hspace=0.04)
    panels: list[Axes] = []
    if n_motifs:
        grid = outer[0].subgridspec(n_rows, n_columns)
        panels = [figure.add_subplot(grid[divmod(k, n_columns)]) for k in range(n_motifs)]
        for axes in panels[1:]:
            axes.sharey(panels[0])
    rows = outer[-1].subgridspec(2, 1, height_ratios=[_PRICE_INCHES, lane_inches], hspace=0.02)
    price = figure.add_subplot(rows[0], label="price")
    lanes = figure.add_subplot(rows[1], label="lanes", sharex=price)
    for axes in (*panels, price, lanes):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8, color=GREY)
        axes.set_axisbelow(True)
    return figure, panels, price, lanes


def _suptitle(figure: Figure, result: MiningResult) -> None:
    n = len(result.channels)
    read = result.channels[0] if n == 1 else f"{n} channels"
    text = f"{result.source} ({read}, {result.transform}), {wording.title(result)}"
    hidden = len(result.motifs) - _MAX_PANELS
    if hidden > 0:
        text += f"; the first {_MAX_PANELS} are shown"
    figure.suptitle(plain(text), x=0.01, ha="left", fontsize=11, color=DARK)


def _strength(motif: Motif) -> float:
    return 1.0 if stands_out(motif) else 0.45


def _draw_price(axes: Axes, motifs: tuple[Motif, ...], timeline: Timeline) -> None:
    """The line, thinned to what can be seen, and occurrences on it."""
    from matplotlib.collections import LineCollection

    for x, y in timeline.lines():
        axes.plot(x, y, color=GREY, linewidth=0.9, zorder=1)
    # The most surprising motif is drawn last, so that it lies on top.
    for k in reversed(range(len(motifs))):
        pieces = [timeline.piece(o) for o in timeline.visible(motifs[k].occurrences)]
        strength = {"linewidths": 1.9 if stands_out(motifs[k]) else 1.3, "alpha": _strength(motifs[k])}
        order = 2 + (len(motifs) - k) / 100
        axes.add_collection(LineCollection(pieces, colors=_colour(k), zorder=order, **strength))
    axes.set_ylabel(plain(timeline.value_label), fontsize=8.5)
    if timeline.spans_decades:
        axes.set_yscale("log")
        axes.set_ylabel(plain(f"{timeline.value_label}, log scale"), fontsize=8.5)
    axes.tick_params(labelbottom=False)
    axes.grid(axis="y", color="0.92", linewidth=0.7)
    axes.margins(x=0.01)
    if not motifs:
        axes.set_title("no motifs", fontsize=10, color="0.55")


def _draw_lanes(axes: Axes, motifs: tuple[Motif, ...], timeline: Timeline) -> None:
    """One lane a motif, one stroke an occurrence."""
    for k, motif in enumerate(motifs):
        begins = timeline.middles(timeline.visible(motif.occurrences))
        axes.vlines(begins, k - 0.36, k + 0.36, color=_colour(k), linewidth=1.4, alpha=_strength(motif))
    axes.margins(x=0.01)
    axes.set_ylim(max(len(motifs), 1) - 0.4, -0.6)
    axes.set_yticks(range(len(motifs)), [motif.label for motif in motifs], fontweight="bold")
    for k, text in enumerate(axes.get_yticklabels()):
        text.set_color(_colour(k))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(timeline.time_label, fontsize=8.5)
    axes.set_ylabel("occurrences" if len(motifs) > 2 else "", fontsize=8.5, labelpad=8)
    timeline.format_axis(axes)
