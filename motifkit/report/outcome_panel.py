"""Forward returns after each motif as a forest plot. plotly is imported on use."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from motifkit.report.html_figures import finished, safe
from motifkit.report.wording import ALPHA, percent
from motifkit.types import Motif
from motifkit.words import counted


def outcome_figure(motifs: Sequence[Motif]) -> dict[str, Any] | None:
    """Lift of the forward return over the unconditional one: a point and its 95% interval a motif.

    Parameters
    ----------
    motifs : sequence of Motif

    Returns
    -------
    dict, or None
        Figure as JSON values, returns in percent; None when no motif has an outcome.

    Examples
    --------
    >>> outcome_figure([]) is None
    True
    """
    import plotly.graph_objects as go

    known = [(m, m.outcome) for m in motifs if m.outcome is not None and math.isfinite(m.outcome.lift)]
    if not known:
        return None
    lifts = [100 * o.lift for _, o in known]
    figure = go.Figure()
    figure.add_scatter(
        x=lifts,
        y=[safe(f"{m.label} (n={o.n:,})") for m, o in known],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [100 * o.high - x for (_, o), x in zip(known, lifts, strict=True)],
            "arrayminus": [x - 100 * o.low for (_, o), x in zip(known, lifts, strict=True)],
        },
        mode="markers",
        marker={"size": 9, "symbol": ["circle" if o.q_value < ALPHA else "circle-open" for _, o in known]},
        text=[
            f"{percent(o.mean)} after it, {percent(o.unconditional)} after any row, q {o.q_value:.3f}"
            for _, o in known
        ],
        hovertemplate="%{y}: lift %{x:+.3f}%, %{text}<extra></extra>",
        meta={"role": "ink"},
        showlegend=False,
    )
    figure.add_vline(x=0, line={"width": 1.5, "dash": "dot"})
    figure.update_xaxes(title_text=f"lift of the return over {known[0][1].horizon} rows (percentage points)")
    figure.update_yaxes(type="category", autorange="reversed")
    return finished(figure, height=110 + 30 * len(known))


def outcome_words(motifs: Sequence[Motif]) -> str:
    """Say how many motifs are followed by unusual returns; empty when none has an outcome.

    Parameters
    ----------
    motifs : sequence of Motif

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit.types import Outcome
    >>> motif = Motif(np.zeros((4, 1)), (), 1.0, 2.0, outcome=Outcome(4, 9, 0.1, 0, 0.1, 0.05, 0.2, 0.001, 0.002))
    >>> outcome_words([motif])
    'Returns after 1 of 1 motif differ from the usual (FDR 5%).'
    """
    known = [m.outcome for m in motifs if m.outcome is not None]
    if not known:
        return ""
    n = sum(one.q_value < ALPHA for one in known)
    return f"Returns after {n or 'none'} of {counted(len(known), 'motif')} differ from the usual (FDR {ALPHA:.0%})."
