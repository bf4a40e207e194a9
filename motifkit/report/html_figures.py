"""Figures of the HTML report that show the chosen row. plotly is imported on use.

All figures are made here without colours of the page and without what depends on the chosen row; the script of the page
(`templates/comparison.js`) adds both, and knows traces by the role in their `meta`.
"""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from motifkit.report import comparison_wording as words
from motifkit.report.series import SeriesAxis
from motifkit.types import FloatArray

if TYPE_CHECKING:
    from motifkit.compare.comparison import MotifComparison

MAX_CHANNELS = 6  # drawn of windows that have more

N_COLOURS = 6  # of arms, in templates/comparison.css

LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}


def prototype_figure(comparison: MotifComparison) -> dict[str, Any]:
    """Two panels a channel: what was mined, and what the row answers to now."""
    from plotly.subplots import make_subplots

    length, n_channels = comparison.rows[0].answer.shape
    names = words.channel_names(comparison, n_channels)[:MAX_CHANNELS]
    titles = ["mined", "answers to now"] + [" "] * (2 * len(names) - 2)
    figure = make_subplots(
        rows=len(names),
        cols=2,
        shared_xaxes=True,
        shared_yaxes=True,
        subplot_titles=titles,
        horizontal_spacing=0.05,
        vertical_spacing=0.24 / len(names) if len(names) > 1 else 0.0,
    )
    for j, name in enumerate(names, 1):
        for role, column in (("mined", 1), ("ghost", 2), ("learned", 2)):
            figure.add_scatter(
                x=np.arange(length).tolist(),
                y=[],
                mode="lines" if role == "ghost" else "lines+markers",
                line={
                    "width": 1.5 if role == "ghost" else 2.5,
                    "dash": "dot" if role == "ghost" else "solid",
                },
                marker={"size": 5},
                name={"ghost": "mined"}.get(role, role),
                meta={"role": role},
                hovertemplate="step %{x}: %{y:.4g}",
                row=j,
                col=column,
            )
        figure.update_yaxes(title_text=safe(f"{name} (as observed)"), row=j, col=1)
    figure.update_xaxes(title_text="step of the window", row=len(names), nticks=9)
    return finished(figure, height=120 + 170 * len(names), showlegend=False)


def timeline_figure(axis: SeriesAxis) -> dict[str, Any]:
    """Series with the occurrences of the chosen row on it, and below it two lanes that show all of them."""
    import plotly.graph_objects as go

    figure = go.Figure()
    _add_lines(figure, axis.value_label)
    _add_lanes(figure)
    figure.update_layout(
        dragmode="zoom",
        legend=LEGEND,
        xaxis={
            "title": axis.time_label,
            "type": "linear" if axis.times is None else "date",
            "anchor": "y2",
        },
        yaxis={
            "title": safe(axis.value_label + (", log scale" if axis.spans_decades else "")),
            "type": "log" if axis.spans_decades else "linear",
            "domain": [0.26, 1],
            "fixedrange": True,
        },
        yaxis2={
            "domain": [0, 0.18],
            "range": [-0.6, 1.6],
            "tickvals": [1, 0],
            "ticktext": ["mined", "now"],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
    )
    return finished(figure, height=430)


def _add_lines(figure: Any, value_label: str) -> None:
    """The series, and the occurrences on it."""
    for role, name, width in (
        ("line", value_label, 1.2),
        ("mined", "mined occurrences", 8),
        ("learned", "answered to now", 2.4),
    ):
        figure.add_scatter(
            mode="lines",
            line={"width": width},
            opacity=0.5 if role == "mined" else 1,
            name=safe(name),
            meta={"role": role},
            connectgaps=False,
            hoverinfo="skip" if role == "line" else None,
            hovertemplate=None if role == "line" else "%{text}<extra></extra>",
        )


def _add_lanes(figure: Any) -> None:
    """A mark for each occurrence, whatever the zoom."""
    for role in ("mined", "learned"):
        figure.add_scatter(
            mode="markers",
            marker={"symbol": "line-ns-open", "size": 15, "line": {"width": 1.5}},
            yaxis="y2",
            showlegend=False,
            meta={"role": role},
            hovertemplate="%{text}<extra></extra>",
        )


def add_band(
    figure: Any,
    number: int,
    name: str,
    x: npt.NDArray[Any],
    estimate: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    hovertemplate: str,
) -> None:
    """Add the curve of one arm over its band, which is left out where its ends are not known.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
    number : int
        Of the arm, which chooses colour and dashes.
    name : str
        For the legend.
    x, estimate, low, high : (n,) array
    hovertemplate : str

    Examples
    --------
    >>> import plotly.graph_objects as go
    >>> figure, ones = go.Figure(), np.ones(2)
    >>> add_band(figure, 0, "mined", np.arange(2), ones, ones - 1, ones + 1, hovertemplate="%{y}")
    >>> [len(trace.x) for trace in figure.data]
    [4, 2]
    """
    shared = {"meta": {"role": f"arm-{number % N_COLOURS}"}, "legendgroup": str(number)}
    known = np.isfinite(low) & np.isfinite(high)
    figure.add_scatter(
        x=np.concatenate([x[known], x[known][::-1]]),
        y=np.concatenate([high[known], low[known][::-1]]),
        fill="toself",
        opacity=0.18,
        mode="none",
        showlegend=False,
        hoverinfo="skip",
        **shared,
    )
    figure.add_scatter(
        x=x,
        y=estimate,
        mode="lines",
        line={"width": 2.2, "dash": ("solid", "dash", "dot")[number // N_COLOURS % 3]},
        name=safe(name),
        hovertemplate=hovertemplate,
        **shared,
    )


def safe(text: str) -> str:
    """Text that plotly, which reads some HTML, shows as it is.

    Examples
    --------
    >>> safe("<b>Close</b>")
    '&lt;b&gt;Close&lt;/b&gt;'
    """
    return html.escape(text, quote=False)


def finished(figure: Any, **layout: Any) -> dict[str, Any]:
    """Figure as JSON values."""
    figure.update_layout(
        template="none",
        autosize=True,
        margin={"l": 62, "r": 14, "t": 34, "b": 48},
        dragmode=figure.layout.dragmode or False,
        hovermode="closest",
        **layout,
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    plain: dict[str, Any] = json.loads(figure.to_json())
    return plain
