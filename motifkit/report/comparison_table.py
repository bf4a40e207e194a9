"""Learned against mined motifs as a text table."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from motifkit.report import comparison_wording as words
from motifkit.report.sparkline import sparkline
from motifkit.report.tables import Column, first_that_fits, table
from motifkit.types import FloatArray

if TYPE_CHECKING:
    from motifkit.compare.comparison import MotifComparison

_SHAPES = ((3, 16), (3, 8), (1, 16), (1, 8))  # channels drawn and their characters, in the order tried


def render_comparison(comparison: MotifComparison, *, width: int = 120, styled: bool = False) -> str:
    """Table of the rows of a bank.

    Parameters
    ----------
    comparison : MotifComparison
    width : int
        Columns of the terminal. In a narrow one shapes are shorter, and what became of them goes to a second table.
    styled : bool
        Whether to write ANSI codes: rows that matter to the return are then bold, unused ones dim.

    Returns
    -------
    str
        Lines, without a line end after the last; empty when the bank has no rows. `sentence` says it in words.

    Examples
    --------
    >>> from motifkit.compare.comparison import MotifComparison, RowComparison
    >>> nan, rise = float("nan"), np.array([[1.0], [2.0], [9.0]])
    >>> row = RowComparison(
    ...     *(0, "A", 0.93, "A", 0.91, 0.062, 0.081, rise, rise, (), 20, 5, 3), *(3.14, 2.4, 3.9)
    ... )
    >>> print(render_comparison(MotifComparison(
    ...     (row,), nan, nan, nan, nan, (), nan, 0, "goog.csv", "sax", ("Close",), ()
    ... )))
         mined                                          kept / gained   return lost when
    row  motif  mined  now  drift   match  usage  wins         / lost       masked [95%]
      0  A      ▁▂█    ▁▂█   0.93  A 0.91   6.2%  8.1%     20 / 5 / 3  3.14 [2.40, 3.90]  used, matters
    """
    if not comparison.rows:
        return ""
    key, facts, outcome = _key(comparison), _facts(comparison), _outcome(comparison)
    styles = ["bold" if row.matters else None if row.is_used else "dim" for row in comparison.rows]
    layouts = []
    for folded, (n_channels, n) in itertools.product((False, True), _SHAPES):
        first = [*key, *_shapes(comparison, n_channels, n), *facts]
        parts = [first, [*key, *outcome]] if folded else [first + outcome]
        layouts.append([table(columns, styles) for columns in parts])
    return first_that_fits(layouts, width, styled=styled)


def _key(comparison: MotifComparison) -> list[Column]:
    return [
        Column("row", [str(row.row) for row in comparison.rows]),
        Column(
            "mined\nmotif", ["-" if row.label is None else row.label for row in comparison.rows], right=False
        ),
    ]


def _facts(comparison: MotifComparison) -> list[Column]:
    rows = comparison.rows
    return [
        Column("drift", [words.cosine(row.drift) for row in rows]),
        Column("match", [words.match(row) for row in rows]),
        Column("usage", [words.share(row.usage) for row in rows]),
        Column("wins", [words.share(row.wins) for row in rows]),
    ]


def _outcome(comparison: MotifComparison) -> list[Column]:
    rows = comparison.rows
    columns = [Column("kept / gained\n/ lost", [words.changes(row) for row in rows])]
    if not all(math.isnan(row.return_loss) for row in rows):
        columns.append(Column("return lost when\nmasked [95%]", [words.loss(row) for row in rows]))
    said = [", ".join(words.marks(row, comparison)) for row in rows]
    return [*columns, Column("", said, right=False)]


def _shapes(comparison: MotifComparison, n_channels: int, n: int) -> list[Column]:
    """What was mined and what it answers to now, a pair of columns a channel."""
    rows = comparison.rows
    names = words.channel_names(comparison, rows[0].answer.shape[1])
    columns = []
    for j, name in enumerate(names[:n_channels]):
        above = f"{name}\n" if len(names) > 1 else "\n"
        columns += [
            Column(f"{above}mined", [_spark(row.mined_answer[:, j], n) for row in rows], right=False),
            Column(f"{above}now", [_spark(row.answer[:, j], n) for row in rows], right=False),
        ]
    return columns


def _spark(values: FloatArray, n: int) -> str:
    """Sparkline of at most `n` characters, "-" where nothing is known."""
    if not np.isfinite(values).any():
        return "-"
    return sparkline(values, n)
