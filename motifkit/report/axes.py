"""What all pictures share: colours, empty figures, bare axes. matplotlib is imported on use, without pyplot."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motifkit.mining.threads import ignored_warnings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette without black and yellow: told apart with every kind of colour vision, and on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES: tuple[Any, ...] = ("-", "--", ":", "-.")
GREY, DARK = "0.72", "0.25"


def plain(text: str) -> str:
    r"""Text that matplotlib shows as it is, though it may look like a formula.

    Examples
    --------
    >>> plain("$US")
    '\\$US'
    """
    return text.replace("$", r"\$")


def save_figure(figure: Figure, path: str | Path, **how: Any) -> None:
    """Write a figure: the same bytes for the same picture, in whatever fonts are there.

    Parameters
    ----------
    figure : Figure
    path : str or Path
        Its suffix gives the format.
    **how
        Of `Figure.savefig`.
    """
    import matplotlib

    # What depends on the time of day or on chance would make every picture another file.
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    # Boxes stand in for letters that the font lacks.
    unknown = ignored_warnings(UserWarning, r"Glyph \d+ .* missing from")
    with matplotlib.rc_context({"svg.hashsalt": "motifkit"}), unknown:
        figure.savefig(path, metadata=dates.get(Path(path).suffix.lower()), **how)


def new_figure(width: float, height: float, title: str) -> Figure:
    """Empty figure with a title on the left, its size in inches."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06)
    figure = Figure(figsize=(width, height), dpi=140, layout=layout)
    wrapped = textwrap.fill(plain(title), int(width * 13))
    figure.suptitle(wrapped, x=0.01, ha="left", fontsize=11, color=DARK)
    return figure


def tidy(axes: Axes, xlabel: str = "", ylabel: str = "") -> Axes:
    """Axes without what distracts, and with labels."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, color=GREY)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color="0.92", linewidth=0.7)
    axes.set_xlabel(plain(xlabel), fontsize=8.5)
    axes.set_ylabel(plain(ylabel), fontsize=8.5)
    return axes
