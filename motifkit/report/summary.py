"""A mining result in a few lines of plain text."""

from __future__ import annotations

import math

from motifkit.io.layout import CLOSE_NAMES, normalise_name
from motifkit.report.sparkline import sparkline
from motifkit.types import MiningResult, Motif
from motifkit.words import counted

_SHOWN = 20


def summary(result: MiningResult) -> str:
    """Describe a result: method and source, then one line a motif.

    Parameters
    ----------
    result : MiningResult

    Returns
    -------
    str
        Of several channels the shape of the closing price, or of the last one, is drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit.types import Occurrence
    >>> rise, places = np.array([[-1.0], [1.0]]), (Occurrence(0, 3, 5, 0.1),)
    >>> motif = Motif(rise, places, 0.1, 2.0, expected_count=0.25, p_value=0.01, q_value=0.02, label="A")
    >>> print(summary(MiningResult((motif,), "sax", {}, ("Close",), source="goog.csv", n_steps=1047)))
    MiningResult: 1 motif of length 2 by sax, in goog.csv (1,047 rows, Close, level)
      label  shape  count  expected     p     q
      A      ▁█         1      0.25  0.01  0.02
    """
    rows: list[tuple[str, ...]] = [("label", "shape", "count", "expected", "p", "q")]
    channel = _drawn_channel(result.channels)
    rows += [_row(motif, channel) for motif in result.motifs[:_SHOWN]]
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    lines = [_header(result)]
    for row in rows if result.motifs else []:
        left = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        right = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  " + "  ".join(left + right))
    if len(result.motifs) > _SHOWN:
        lines.append(f"  and {len(result.motifs) - _SHOWN} more")
    return "\n".join([*lines, *(f"  {note}" for note in result.notes)])


def _header(result: MiningResult) -> str:
    n, lengths = len(result.motifs), sorted({motif.length for motif in result.motifs})
    what = counted(n, "motif") if n else "no motifs"
    if lengths:
        what += f" of length {lengths[0]}" + (f" to {lengths[-1]}" if len(lengths) > 1 else "")
    read = f"{result.n_steps:,} rows, {', '.join(result.channels)}, {result.transform}"
    return f"MiningResult: {what} by {result.method}, in {result.source} ({read})"


def _row(motif: Motif, channel: int) -> tuple[str, ...]:
    shape = sparkline(motif.prototype[:, channel]) if motif.prototype.size else ""
    numbers = (motif.expected_count, motif.p_value, motif.q_value)
    return (motif.label, shape, f"{motif.count:,}", *("-" if math.isnan(x) else f"{x:.3g}" for x in numbers))


def _drawn_channel(channels: tuple[str, ...]) -> int:
    bare = [normalise_name(name) for name in channels]
    return next((bare.index(name) for name in ("adjclose", *CLOSE_NAMES) if name in bare), -1)
