"""Pictures of mining results. matplotlib is imported only here, and only when one is drawn.

Figures are made by matplotlib's objects rather than by pyplot, so that nothing is opened, no state is kept
and no display is needed.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from motifkit.io.atomic import atomic_write
from motifkit.mining.windows import normalize_windows
from motifkit.report import wording
from motifkit.report.timeline import Timeline
from motifkit.types import FloatArray, MiningResult, Motif, TrajectoryDataset

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette without black and yellow: told apart with every kind of colour vision, and on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# Channels lie on each other in one panel, and must not be taken for motifs: dark to light, as in viridis.
_CHANNEL_PALETTE = ("#440154", "#31688E", "#35B779", "#C2B000")

_GREY, _DARK = "0.72", "0.25"
_MAX_PANELS = 30
_MIN_COLUMNS, _N_COLUMNS = 3, 5
_MAX_OVERLAID = 300  # occurrences drawn over a prototype; the nearest ones
_SHAPE_UNITS = {
    "zscore": "standard deviations",
    "mean": "difference to the mean",
    "none": "value",
}
_PANEL_INCHES, _LANE_INCHES, _PRICE_INCHES, _WIDTH_INCHES = 2.1, 0.2, 2.9, 12.5


def plot_motifs(result: MiningResult, dataset: TrajectoryDataset, path: str | Path | None = None) -> Figure:
    """Draw each motif's occurrences on its prototype, and where they lie on the price line.

    Parameters
    ----------
    result : MiningResult
        The first 30 motifs are drawn.
    dataset : TrajectoryDataset
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
    >>> from motifkit.io.prices import as_dataset
    >>> from motifkit.types import Occurrence
    >>> data = as_dataset(np.sin(np.arange(60.0)) + 2)
    >>> places = (Occurrence(0, 3, 6, 0.1), Occurrence(0, 22, 25, 0.2))
    >>> motif = Motif(np.array([[-1.0], [0.0], [1.0]]), places, radius=0.2, score=2.0, label="A")
    >>> [axes.get_label() for axes in plot_motifs(MiningResult((motif,), "sax", {}, ("value",)), data).axes]
    ['motif A', 'price', 'lanes']
    """
    _require_inside(result, dataset)
    motifs = result.motifs[:_MAX_PANELS]
    figure, panels, price, lanes = _canvas(len(motifs))
    _suptitle(figure, result)
    for k, (axes, motif) in enumerate(zip(panels, motifs, strict=True)):
        _draw_motif(axes, motif, result, dataset, _colour(k))
    _name_axes(panels, result)
    if len(result.channels) > 1 and panels:
        _channel_legend(figure, panels[0])
    timeline = Timeline(dataset)
    _draw_price(price, motifs, dataset, timeline)
    _draw_lanes(lanes, motifs, timeline)
    if path is not None:
        with atomic_write(path, overwrite=True) as temporary:
            figure.savefig(temporary)
    return figure


def _require_inside(result: MiningResult, dataset: TrajectoryDataset) -> None:
    lengths = [len(episode) for episode in dataset.episodes]
    for motif in result.motifs:
        if motif.prototype.shape[1] != len(dataset.channels):
            raise ValueError(
                f"motif {motif.label} has {wording.counted(motif.prototype.shape[1], 'channel')}, "
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

    n_columns = min(_N_COLUMNS, max(n_motifs, _MIN_COLUMNS))
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
        axes.tick_params(labelsize=8, color=_GREY)
        axes.set_axisbelow(True)
    return figure, panels, price, lanes


def _suptitle(figure: Figure, result: MiningResult) -> None:
    n = len(result.channels)
    read = result.channels[0] if n == 1 else f"{n} channels"
    text = f"{result.source} ({read}, {result.transform}), {wording.title(result)}"
    hidden = len(result.motifs) - _MAX_PANELS
    if hidden > 0:
        text += f"; the first {_MAX_PANELS} are shown"
    figure.suptitle(text, x=0.01, ha="left", fontsize=11, color=_DARK)


def _draw_motif(
    axes: Axes, motif: Motif, result: MiningResult, dataset: TrajectoryDataset, colour: str
) -> None:
    """Occurrences thin, the prototype bold."""
    from matplotlib.collections import LineCollection
    from matplotlib.ticker import MaxNLocator

    axes.set_label(f"motif {motif.label}")
    windows = _normalised(motif, result, dataset)
    bars = np.arange(motif.length)
    several = windows.shape[2] > 1
    alpha = float(np.clip(6 / max(len(windows), 1), 0.06, 0.5))
    for j in range(windows.shape[2]):
        one = _CHANNEL_PALETTE[j % len(_CHANNEL_PALETTE)] if several else colour
        lines = [np.column_stack([bars, window[:, j]]) for window in windows]
        axes.add_collection(LineCollection(lines, colors=one, linewidths=0.8, alpha=alpha))
        axes.plot(bars, motif.prototype[:, j], color=one, linewidth=2.4, label=result.channels[j])
    axes.set_xlim(bars[0] - 0.1, bars[-1] + 0.1)
    axes.margins(y=0.08)
    axes.autoscale_view(scalex=False)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.grid(axis="y", color="0.92", linewidth=0.7)
    _motif_title(axes, motif, colour)


def _motif_title(axes: Axes, motif: Motif, colour: str) -> None:
    """Label in the motif's colour, then its numbers, grey when chance explains them."""
    axes.set_title(motif.label, loc="left", fontsize=12, fontweight="bold", color=colour)
    text = f"{motif.count:,} times"
    if not math.isnan(motif.expected_count):
        text += f", {wording.number(motif.expected_count)} by chance"
    if not math.isnan(motif.q_value):
        text += f", q {_equation(motif.q_value)}"
    axes.set_title(text, loc="right", fontsize=8.5, color=_DARK if _stands_out(motif) else "0.5")


def _equation(q: float) -> str:
    text = wording.probability(q)
    return text if text.startswith("<") else f"= {text}"


def _normalised(motif: Motif, result: MiningResult, dataset: TrajectoryDataset) -> FloatArray:
    """Occurrences as (n, length, channels), normalised as the miner did it."""
    parameters: dict[str, Any] = dict(result.parameters)
    nearest = motif.occurrences[:_MAX_OVERLAID]
    shape = (len(nearest), motif.length, len(dataset.channels))
    if not nearest:
        return np.empty(shape)
    windows = np.stack([dataset.episodes[o.episode].observations[o.start : o.end] for o in nearest])
    points, _ = normalize_windows(
        windows, parameters.get("normalize", "zscore"), joint=bool(parameters.get("joint", False))
    )
    return points.reshape(shape)


def _name_axes(panels: list[Axes], result: MiningResult) -> None:
    """Units on the left and at the bottom of the grid."""
    unit = _SHAPE_UNITS[str(result.parameters.get("normalize", "zscore"))]
    for k, axes in enumerate(panels):
        if k % _N_COLUMNS == 0:
            axes.set_ylabel(unit, fontsize=8.5)
        else:
            axes.tick_params(labelleft=False)
        if k + _N_COLUMNS >= len(panels):
            axes.set_xlabel("bar of the motif", fontsize=8.5)
        else:
            axes.tick_params(labelbottom=False)


def _channel_legend(figure: Figure, axes: Axes) -> None:
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="upper right", ncols=len(names), fontsize=9, frameon=False)


def _stands_out(motif: Motif) -> bool:
    """Whether chance does not explain the motif, or that was not asked."""
    return math.isnan(motif.q_value) or motif.is_significant()


def _strength(motif: Motif) -> float:
    return 1.0 if _stands_out(motif) else 0.45


def _draw_price(
    axes: Axes, motifs: tuple[Motif, ...], dataset: TrajectoryDataset, timeline: Timeline
) -> None:
    """The line, thinned to what can be seen, and occurrences on it."""
    from matplotlib.collections import LineCollection

    for x, y in timeline.lines():
        axes.plot(x, y, color=_GREY, linewidth=0.9, zorder=1)
    # The most surprising motif is drawn last, so that it lies on top.
    for k in reversed(range(len(motifs))):
        pieces = [timeline.piece(o) for o in timeline.visible(motifs[k].occurrences)]
        strength = {"linewidths": 1.9 if _stands_out(motifs[k]) else 1.3, "alpha": _strength(motifs[k])}
        order = 2 + (len(motifs) - k) / 100
        axes.add_collection(LineCollection(pieces, colors=_colour(k), zorder=order, **strength))
    axes.set_ylabel(timeline.value_label, fontsize=8.5)
    if timeline.spans_decades:
        axes.set_yscale("log")
        axes.set_ylabel(f"{timeline.value_label}, log scale", fontsize=8.5)
    axes.tick_params(labelbottom=False)
    axes.grid(axis="y", color="0.92", linewidth=0.7)
    axes.margins(x=0.01)
    if not motifs:
        axes.set_title("no motifs", fontsize=10, color="0.55")


def _draw_lanes(axes: Axes, motifs: tuple[Motif, ...], timeline: Timeline) -> None:
    """One lane a motif, one stroke an occurrence."""
    for k, motif in enumerate(motifs):
        begins = timeline.places(timeline.visible(motif.occurrences))
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
