"""The panels of a picture of motifs: occurrences on their prototype. matplotlib is imported on use."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from motifkit.mining.windows import normalize_windows
from motifkit.report import wording
from motifkit.report.axes import DARK, plain
from motifkit.types import FloatArray, MiningResult, Motif, TrajectoryDataset

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Channels lie on each other in one panel, and must not be taken for motifs: dark to light, as in viridis.
_CHANNEL_PALETTE = ("#440154", "#31688E", "#35B779", "#C2B000")

N_COLUMNS = 5  # of panels, at most

_MAX_OVERLAID = 300  # occurrences drawn over a prototype; the nearest ones
_SHAPE_UNITS = {
    "zscore": "standard deviations",
    "mean": "difference to the mean",
    "none": "value",
}


def draw_motif(
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
        axes.plot(bars, motif.prototype[:, j], color=one, linewidth=2.4, label=plain(result.channels[j]))
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
    axes.set_title(text, loc="right", fontsize=8.5, color=DARK if stands_out(motif) else "0.5")


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


def name_axes(panels: list[Axes], result: MiningResult) -> None:
    """Units on the left and at the bottom of the grid."""
    unit = _SHAPE_UNITS[str(result.parameters.get("normalize", "zscore"))]
    for k, axes in enumerate(panels):
        if k % N_COLUMNS == 0:
            axes.set_ylabel(unit, fontsize=8.5)
        else:
            axes.tick_params(labelleft=False)
        if k + N_COLUMNS >= len(panels):
            axes.set_xlabel("bar of the motif", fontsize=8.5)
        else:
            axes.tick_params(labelbottom=False)


def channel_legend(figure: Figure, axes: Axes) -> None:
    """One legend for the channels of all panels."""
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="upper right", ncols=len(names), fontsize=9, frameon=False)


def stands_out(motif: Motif) -> bool:
    """Whether chance does not explain the motif, or that was not asked."""
    return math.isnan(motif.q_value) or motif.is_significant()
