"""Figures of the HTML report that show the whole bank, and how it was learned. plotly is imported on use."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from motifkit.io.json_values import json_value
from motifkit.report import comparison_wording as words
from motifkit.report.curves import Curve
from motifkit.report.embedding_map import EmbeddingMap, Embeddings, embedding_map
from motifkit.report.html_figures import LEGEND, add_band, finished, safe
from motifkit.types import FloatArray

if TYPE_CHECKING:
    from motifkit.compare.comparison import MotifComparison, RowComparison

_MANY_ROWS = 24  # from here on rows are named on hovering only


def rows_figure(comparison: MotifComparison) -> dict[str, Any]:
    """Drift, usage, and where an agent was asked what masking costs: a bar a row."""
    from plotly.subplots import make_subplots

    rows = comparison.rows
    asked = any(not math.isnan(row.return_loss) for row in rows)
    n, gap = (3, 0.1) if asked else (2, 0.14)
    figure = make_subplots(rows=n, cols=1, shared_xaxes=True, vertical_spacing=gap)
    shared = {"x": [safe(_tick(row)) for row in rows], "customdata": [row.row for row in rows]}
    figure.add_bar(
        y=json_value([row.drift for row in rows]),
        meta={"role": "bar"},
        showlegend=False,
        hovertemplate="row %{x}: cosine %{y:.3f}<extra></extra>",
        **shared,
        row=1,
        col=1,
    )
    _add_usage(figure, rows, shared)
    if asked:
        _add_losses(figure, rows, shared)
    figure.update_yaxes(title_text="cosine to<br>the mined row", rangemode="tozero", row=1)
    # One range for all, since markers and bars would get different ones; nothing here zooms.
    figure.update_xaxes(matches=None, type="category", range=[-0.6, len(rows) - 0.4])
    figure.update_xaxes(title_text="row of the bank (mined motif)", row=n)
    top = (1 + gap) * (n - 1) / n - gap  # of the second panel, whose legend it is
    figure.update_layout(legend={**LEGEND, "y": top}, bargap=0.35)
    return finished(figure, height=110 + 150 * n)


def _add_usage(figure: Any, rows: Sequence[RowComparison], shared: dict[str, Any]) -> None:
    where = {"hovertemplate": "row %{x}: %{y:.2f}%", "row": 2, "col": 1}
    usage = json_value([100 * row.usage for row in rows])
    figure.add_bar(y=usage, name="attention", meta={"role": "bar"}, **shared, **where)
    figure.add_scatter(
        y=json_value([100 * row.wins for row in rows]),
        name="steps won",
        mode="markers",
        marker={"symbol": "diamond", "size": 9},
        meta={"role": "ink"},
        **shared,
        **where,
    )
    figure.update_yaxes(title_text="share of<br>steps (%)", rangemode="tozero", row=2)


def _add_losses(figure: Any, rows: Sequence[RowComparison], shared: dict[str, Any]) -> None:
    figure.add_scatter(
        y=json_value([row.return_loss for row in rows]),
        error_y={
            "type": "data",
            "symmetric": False,
            "array": json_value([row.return_loss_high - row.return_loss for row in rows]),
            "arrayminus": json_value([row.return_loss - row.return_loss_low for row in rows]),
        },
        mode="markers",
        marker={"size": 8},
        meta={"role": "ink"},
        showlegend=False,
        hovertemplate="row %{x}: %{y:.3g}<extra></extra>",
        **shared,
        row=3,
        col=1,
    )
    figure.update_yaxes(title_text="return lost<br>when masked", zeroline=True, row=3)


def map_figure(comparison: MotifComparison, embeddings: Embeddings) -> dict[str, Any]:
    """Mined and learned rows on the plane of their first two principal components."""
    import plotly.graph_objects as go

    places = embedding_map(embeddings)
    seeded = {row.label: row.row for row in comparison.rows if row.label is not None}
    figure = go.Figure()
    _add_moves(figure, places, [seeded.get(label) for label in embeddings.labels])
    mined = [safe(label) for label in embeddings.labels]
    learned = [safe(_tick(row)) for row in comparison.rows]
    _add_places(figure, "mined", places.mined, mined, [seeded.get(label) for label in embeddings.labels])
    _add_places(figure, "learned", places.learned, learned, [row.row for row in comparison.rows])
    axes = [f"principal component {i + 1} ({share:.0%} of variance)" for i, share in enumerate(places.shares)]
    figure.update_layout(xaxis_title=axes[0], yaxis_title=axes[1], legend=LEGEND)
    return finished(figure, height=430)


def _add_moves(figure: Any, places: EmbeddingMap, rows: Sequence[int | None]) -> None:
    """A dotted line from each mined row to what it has become; `rows` are those of the mined ones."""
    moves = [(k, row) for k, row in enumerate(rows) if row is not None]
    paths = np.full((len(moves), 3, 2), np.nan)
    for i, (k, row) in enumerate(moves):
        paths[i, :2] = places.mined[k], places.learned[row]
    figure.add_scatter(
        x=paths[..., 0].ravel(),
        y=paths[..., 1].ravel(),
        mode="lines",
        line={"width": 1, "dash": "dot"},
        name="from mined to learned",
        hoverinfo="skip",
        meta={"role": "ghost"},
    )


def _add_places(
    figure: Any, role: str, at: FloatArray, names: Sequence[str], rows: Sequence[int | None]
) -> None:
    """A marker for each row, named in the map while they are few."""
    learned = role == "learned"
    figure.add_scatter(
        x=at[:, 0],
        y=at[:, 1],
        mode="markers+text" if learned and len(rows) <= _MANY_ROWS else "markers",
        marker={
            "symbol": "circle" if learned else "diamond-open",
            "size": 9 if learned else 11,
            "line": {"width": 2},
        },
        text=names,
        textposition="top center",
        customdata=rows,
        name=f"{role} rows",
        meta={"role": role},
        hovertemplate="%{text}",
        cliponaxis=False,
    )


def curves_figure(curves: Sequence[Curve]) -> dict[str, Any]:
    """Learning curves, each with its band."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for i, curve in enumerate(curves):
        steps, *band = (
            np.asarray(one, float) for one in (curve.steps, curve.estimate, curve.low, curve.high)
        )
        add_band(figure, i, curve.name, steps, *band, hovertemplate="%{x:,.0f} steps: %{y:.3g}")
    figure.update_layout(xaxis_title="environment steps", yaxis_title="return", legend=LEGEND)
    return finished(figure, height=400)


def _tick(row: RowComparison) -> str:
    return words.row_name(row).removeprefix("row ")
