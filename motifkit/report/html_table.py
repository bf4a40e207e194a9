"""Tables of the HTML report, in words and small drawings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from motifkit.report import comparison_wording as words
from motifkit.report.curves import Arm
from motifkit.report.html_figures import MAX_CHANNELS
from motifkit.report.training import amount
from motifkit.types import FloatArray

if TYPE_CHECKING:
    from motifkit.compare.comparison import MotifComparison, RowComparison

_WIDTH, _HEIGHT, _PAD = 76.0, 26.0, 3.0  # of the small shapes in the table, in pixels
_METHODS = {"matrix_profile": "matrix profile", "sax": "SAX", "dtw": "DTW"}


class TableRow(NamedTuple):
    """One row of the table, in words."""

    number: int
    motif: str
    mined: list[str]
    learned: list[str]
    drift: str
    match: str
    usage: str
    wins: str
    changes: str
    loss: str
    marks: tuple[str, ...]


def table_row(row: RowComparison, comparison: MotifComparison) -> TableRow:
    """Row of the bank, as its table shows it."""
    mined, learned = _small_shapes(row)
    return TableRow(
        number=row.row,
        motif="-" if row.label is None else row.label,
        mined=mined,
        learned=learned,
        drift=words.cosine(row.drift),
        match=words.match(row),
        usage=words.share(row.usage),
        wins=words.share(row.wins),
        changes=words.changes(row),
        loss=words.loss(row),
        marks=words.marks(row, comparison),
    )


def _small_shapes(row: RowComparison) -> tuple[list[str], list[str]]:
    """Points of a line a channel: what was mined, and what it answers to now, on one scale."""
    drawn: tuple[list[str], list[str]] = ([], [])
    for j in range(min(row.answer.shape[1], MAX_CHANNELS)):
        pair = np.stack([row.mined_answer[:, j], row.answer[:, j]])
        known = pair[np.isfinite(pair)]
        for lines, values in zip(drawn, pair, strict=True):
            if np.isfinite(values).any():
                lines.append(_points(values, float(known.min()), float(known.max())))
    return drawn


def small_shape(prototype: FloatArray) -> list[str]:
    """Points of a line a channel of one shape, on one scale.

    Examples
    --------
    >>> small_shape(np.array([[0.0], [1.0]]))
    ['3.0,23.0 73.0,3.0']
    """
    known = prototype[np.isfinite(prototype)]
    if not len(known):
        return []
    low, high = float(known.min()), float(known.max())
    return [_points(prototype[:, j], low, high) for j in range(min(prototype.shape[1], MAX_CHANNELS))]


def _points(values: FloatArray, low: float, high: float) -> str:
    x = np.linspace(_PAD, _WIDTH - _PAD, len(values)) if len(values) > 1 else np.array([_WIDTH / 2])
    level = (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
    y = _HEIGHT - _PAD - level * (_HEIGHT - 2 * _PAD)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True) if math.isfinite(b))


def facts(comparison: MotifComparison) -> list[tuple[str, str]]:
    """Numbers of the whole bank."""
    ranks = (comparison.effective_rank_mined, comparison.effective_rank_learned)
    known = [
        ("mined with", _METHODS.get(comparison.method, comparison.method)),
        ("mean return", f"{amount(comparison.mean_return)} over {comparison.n_episodes:,} fresh episodes"),
        ("attention to the null slot", words.share(comparison.null_share)),
        ("CKA of mined and learned rows", words.cosine(comparison.cka)),
        ("effective rank, mined and learned", " and ".join(amount(rank) for rank in ranks)),
        ("mean F1 of planted shapes", words.cosine(comparison.f1)),
        ("the same, by what rows win while acting", words.cosine(comparison.attended_f1)),
    ]
    if not comparison.n_episodes:
        known.pop(1)
    return [(name, value) for name, value in known if value not in ("-", "- and -")]


def truth(comparison: MotifComparison) -> list[tuple[str, ...]]:
    """Cells of the table of planted shapes: shape, row, precision, recall and F1."""
    return [
        (
            str(one.shape),
            "-" if one.row is None else str(one.row),
            *(words.cosine(x) for x in (one.precision, one.recall, one.f1)),
        )
        for one in comparison.recovered
    ]


def arm_cells(arm: Arm) -> tuple[str, ...]:
    """Cells of the table of arms: name, final return, steps to reach, share of the oracle's.

    Examples
    --------
    >>> arm_cells(Arm("mined", 9.5, 9.0, 10.0, 20_000, 0.8))
    ('mined', '9.50 [9.00, 10.00]', '20,000', '80.0%')
    """
    never = arm.steps_to_reach is None or math.isnan(arm.steps_to_reach)
    return (
        arm.name,
        f"{amount(arm.final)} [{amount(arm.low)}, {amount(arm.high)}]",
        "never" if never else f"{arm.steps_to_reach:,.0f}",
        words.share(arm.oracle_share),
    )


def hidden_channels(comparison: MotifComparison) -> int:
    """Channels of the windows that are not drawn."""
    if not comparison.rows:
        return 0
    return max(int(comparison.rows[0].answer.shape[1]) - MAX_CHANNELS, 0)
