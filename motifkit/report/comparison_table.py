"""Learned against mined motifs as a text table. Rich, which lays it out, is imported on use."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from motifkit.report import comparison_wording as words
from motifkit.report.sparkline import sparkline
from motifkit.types import FloatArray

if TYPE_CHECKING:
    from rich.table import Table

    from motifkit.compare.comparison import MotifComparison

_SHAPES = ((3, 16), (3, 8), (1, 16), (1, 8))  # channels drawn and their characters, in the order tried


class _Column(NamedTuple):
    heading: str
    cells: list[str]
    right: bool = True


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
    tables: list[Table] = []
    for folded, (n_channels, n) in itertools.product((False, True), _SHAPES):
        first = [*key, *_shapes(comparison, n_channels, n), *facts]
        layout = [first, [*key, *outcome]] if folded else [first + outcome]
        tables = [_table(comparison, columns) for columns in layout]
        if all(_width(table) <= width for table in tables):
            break
    # A terminal narrower than the narrowest layout wraps its lines itself; cut numbers would mislead.
    return "\n\n".join(_drawn(table, styled=styled) for table in tables)


def _key(comparison: MotifComparison) -> list[_Column]:
    return [
        _Column("row", [str(row.row) for row in comparison.rows]),
        _Column(
            "mined\nmotif", ["-" if row.label is None else row.label for row in comparison.rows], right=False
        ),
    ]


def _facts(comparison: MotifComparison) -> list[_Column]:
    rows = comparison.rows
    return [
        _Column("drift", [words.cosine(row.drift) for row in rows]),
        _Column("match", [words.match(row) for row in rows]),
        _Column("usage", [words.share(row.usage) for row in rows]),
        _Column("wins", [words.share(row.wins) for row in rows]),
    ]


def _outcome(comparison: MotifComparison) -> list[_Column]:
    rows = comparison.rows
    columns = [_Column("kept / gained\n/ lost", [words.changes(row) for row in rows])]
    if not all(math.isnan(row.return_loss) for row in rows):
        columns.append(_Column("return lost when\nmasked [95%]", [words.loss(row) for row in rows]))
    said = [", ".join(words.marks(row, comparison)) for row in rows]
    return [*columns, _Column("", said, right=False)]


def _shapes(comparison: MotifComparison, n_channels: int, n: int) -> list[_Column]:
    """What was mined and what it answers to now, a pair of columns a channel."""
    rows = comparison.rows
    names = words.channel_names(comparison, rows[0].answer.shape[1])
    columns = []
    for j, name in enumerate(names[:n_channels]):
        above = f"{name}\n" if len(names) > 1 else "\n"
        columns += [
            _Column(f"{above}mined", [_spark(row.mined_answer[:, j], n) for row in rows], right=False),
            _Column(f"{above}now", [_spark(row.answer[:, j], n) for row in rows], right=False),
        ]
    return columns


def _spark(values: FloatArray, n: int) -> str:
    """Sparkline of at most `n` characters, "-" where nothing is known."""
    if not np.isfinite(values).any():
        return "-"
    pieces = values if len(values) <= n else [piece.mean() for piece in np.array_split(values, n)]
    return sparkline(pieces)


def _table(comparison: MotifComparison, columns: Sequence[_Column]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        justify = "right" if column.right else "left"
        table.add_column(column.heading, justify=justify, no_wrap=True, vertical="bottom")  # type: ignore[arg-type]
    for i, row in enumerate(comparison.rows):
        style = "bold" if row.matters else None if row.is_used else "dim"
        table.add_row(*(column.cells[i] for column in columns), style=style)
    return table


def _width(table: Table) -> int:
    return max(len(line) for line in _drawn(table, styled=False).splitlines())


def _drawn(table: Table, *, styled: bool) -> str:
    """Table as wide as it needs to be."""
    from rich.console import Console

    out = StringIO()
    Console(
        file=out,
        width=10_000,
        force_terminal=styled,
        color_system="standard" if styled else None,
        highlight=False,
        markup=False,
        legacy_windows=False,
    ).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
