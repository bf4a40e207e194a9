"""Mining results as pandas tables."""

from __future__ import annotations

import pandas as pd

from motifkit.types import MiningResult, Motif

_MOTIF_COLUMNS = (
    "label",
    "length",
    "count",
    "expected",
    "p_value",
    "q_value",
    "distance",
    "radius",
    "score",
    "first",
    "last",
    "horizon",
    "n_outcomes",
    "mean_return",
    "unconditional_return",
    "lift",
    "lift_low",
    "lift_high",
    "lift_p_value",
    "lift_q_value",
)
_OCCURRENCE_COLUMNS = ("label", "episode", "start", "end", "distance", "start_time", "end_time")


def motifs_frame(result: MiningResult) -> pd.DataFrame:
    """Table with a row a motif; see `MiningResult.to_frame`.

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit.types import Occurrence
    >>> places = (Occurrence(0, 3, 5, 0.1), Occurrence(0, 9, 11, 0.3))
    >>> motif = Motif(np.zeros((2, 1)), places, radius=0.3, score=2.0, label="A")
    >>> frame = motifs_frame(MiningResult((motif,), "sax", {}, ("Close",)))
    >>> frame[["label", "count", "distance", "first", "last"]]
      label  count  distance  first  last
    0     A      2       0.2      3     9
    """
    frame = pd.DataFrame([_motif_row(motif) for motif in result.motifs], columns=list(_MOTIF_COLUMNS))
    numbers = [name for name in _MOTIF_COLUMNS if name not in ("label", "first", "last")]
    counts = {"length": "int64", "count": "int64", "horizon": "Int64", "n_outcomes": "Int64"}
    return frame.astype({name: counts.get(name, "float64") for name in numbers})


def _motif_row(motif: Motif) -> tuple[object, ...]:
    in_time = motif.in_time()
    ends = in_time[:1] + in_time[-1:]
    begins: list[object] = [o.start if o.start_time is None else o.start_time for o in ends]
    outcome = motif.outcome
    after: tuple[object, ...] = (None,) * 9
    if outcome is not None:
        after = (
            outcome.horizon,
            outcome.n,
            outcome.mean,
            outcome.unconditional,
            outcome.lift,
            outcome.low,
            outcome.high,
            outcome.p_value,
            outcome.q_value,
        )
    return (
        motif.label,
        motif.length,
        motif.count,
        motif.expected_count,
        motif.p_value,
        motif.q_value,
        motif.distance,
        motif.radius,
        motif.score,
        *(begins or (None, None)),
        *after,
    )


def occurrences_frame(result: MiningResult) -> pd.DataFrame:
    """Table with a row an occurrence, motif by motif, nearest first; see `MiningResult.occurrences_frame`.

    Examples
    --------
    >>> occurrences_frame(MiningResult((), "sax", {}, ("Close",))).columns.tolist()
    ['label', 'episode', 'start', 'end', 'distance', 'start_time', 'end_time']
    """
    rows = [(motif.label, *occurrence) for motif in result.motifs for occurrence in motif.occurrences]
    frame = pd.DataFrame(rows, columns=list(_OCCURRENCE_COLUMNS))
    frame = frame.astype({**dict.fromkeys(("episode", "start", "end"), "int64"), "distance": "float64"})
    times = {name: pd.to_datetime(frame[name]) for name in ("start_time", "end_time")}
    return frame.assign(**times)
