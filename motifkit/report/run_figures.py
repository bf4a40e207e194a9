"""Figures of an experiment. matplotlib is imported on use, without pyplot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from motifkit.io.atomic import atomic_write
from motifkit.report.axes import plain, save_figure
from motifkit.report.curves import Curve


def plot_curves(curves: Sequence[Curve], path: str | Path, measure: str = "mean return") -> None:
    """Draw learning curves with their bands to a file, which is replaced.

    Parameters
    ----------
    curves : sequence of Curve
    path : str or Path
        Its suffix chooses the format.
    measure : str
        What the curves show.

    Raises
    ------
    FileAccessError
        When it cannot be written.
    """
    from matplotlib import colormaps
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    colours = colormaps["tab20" if len(curves) > 10 else "tab10"]
    for i, curve in enumerate(curves):
        axes.plot(curve.steps, curve.estimate, color=colours(i), label=plain(curve.name), linewidth=1.5)
        axes.fill_between(curve.steps, curve.low, curve.high, color=colours(i), alpha=0.15, linewidth=0)
    axes.set_xlabel("environment steps")
    axes.set_ylabel(f"{measure}, interquartile mean over seeds, 95% interval")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="upper left", ncols=2)
    with atomic_write(path, overwrite=True) as temporary:
        save_figure(figure, temporary, dpi=150)
