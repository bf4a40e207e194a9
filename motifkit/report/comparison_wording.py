"""Words and numbers about rows of a bank, the same in every report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from motifkit.report.training import amount

if TYPE_CHECKING:
    from motifkit.compare.comparison import MotifComparison, RowComparison

ANSWERS_NOTHING = "answers to nothing"


def row_name(row: RowComparison) -> str:
    """Number of a row, with its motif when it was seeded with one: "row 3 (B)"."""
    return f"row {row.row}" if row.label is None else f"row {row.row} ({row.label})"


def marks(row: RowComparison, comparison: MotifComparison) -> tuple[str, ...]:
    """What there is to say of a row: used or unused, matters, discovery, fell out."""
    words = ["used" if row.is_used else "unused"]
    if row.matters:
        words.append("matters")
    if row.is_discovery:
        words.append("discovery")
    if row.label is not None and row.label in comparison.fallen_out:
        words.append("fell out")
    return tuple(words)


def answers(row: RowComparison) -> bool:
    """Whether there is a window that the row answers to."""
    return bool(np.isfinite(row.answer).any())


def cosine(x: float) -> str:
    """Cosine with two decimals, "-" for NaN.

    Examples
    --------
    >>> cosine(0.876), cosine(-0.001), cosine(float("nan"))
    ('0.88', '0.00', '-')
    """
    return "-" if math.isnan(x) else f"{round(x, 2) + 0.0:.2f}"


def share(x: float) -> str:
    """Share in percent, "-" for NaN; what is not nothing does not show as 0.

    Examples
    --------
    >>> share(0.1234), share(0.00012), share(0.0), share(float("nan"))
    ('12.3%', '<0.1%', '0.0%', '-')
    """
    if math.isnan(x):
        return "-"
    return "<0.1%" if 0 < x < 0.0005 else f"{100 * x:.1f}%"


def match(row: RowComparison) -> str:
    """Motif that fits the row best, with their cosine."""
    return "-" if row.matched_label is None else f"{row.matched_label} {cosine(row.matched_cosine)}"


def loss(row: RowComparison) -> str:
    """Return lost when the row is masked, with its interval; "-" when no agent was asked."""
    if math.isnan(row.return_loss):
        return "-"
    if math.isnan(row.return_loss_low):
        return amount(row.return_loss)
    return f"{amount(row.return_loss)} [{amount(row.return_loss_low)}, {amount(row.return_loss_high)}]"


def changes(row: RowComparison) -> str:
    """Occurrences kept, gained and lost."""
    return f"{row.n_kept:,} / {row.n_gained:,} / {row.n_lost:,}"


def most_important(rows: Sequence[RowComparison]) -> RowComparison | None:
    """Row whose masking costs most; without an agent the one that wins most often."""
    known = [row for row in rows if not math.isnan(row.return_loss)]
    if known:
        return max(known, key=lambda row: row.return_loss)
    return max(rows, key=lambda row: row.wins, default=None)


def channel_names(comparison: MotifComparison, n_channels: int) -> tuple[str, ...]:
    """Name of each channel of the windows, numbered where the result names fewer."""
    named = comparison.channels[:n_channels]
    return named + tuple(f"channel {j}" for j in range(len(named), n_channels))
