"""Text tables for a terminal or a pipe. Rich, which lays them out, is imported on use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_UNLIMITED = 10_000  # columns; wider than any table


class Column(NamedTuple):
    """One column: its heading and a cell for each row.

    Examples
    --------
    >>> Column("count", ["12", "7"]).right
    True
    """

    heading: str
    cells: Sequence[str]
    right: bool = True


def table(
    columns: Sequence[Column],
    styles: Sequence[str | None] | None = None,
    *,
    boxed: bool = False,
    rules: Collection[int] = (),
) -> Table:
    """Lay out columns as a table.

    Parameters
    ----------
    columns : sequence of Column
        At least one, all with the same number of cells.
    styles : sequence of str or None, optional
        Rich's style of each row, such as "dim"; None for plain rows.
    boxed : bool
        Whether to draw a frame with rounded corners.
    rules : collection of int
        Rows with a line below them.

    Returns
    -------
    rich.table.Table

    Examples
    --------
    >>> print(drawn(table([Column("agent", ["TraceRL"], right=False), Column("IQM", ["1.00"])], boxed=True)))
    ╭─────────┬──────╮
    │ agent   │  IQM │
    ├─────────┼──────┤
    │ TraceRL │ 1.00 │
    ╰─────────┴──────╯
    """
    from rich import box
    from rich.table import Table

    if boxed:
        made = Table(box=box.ROUNDED, header_style="bold")
    else:
        made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        justify = "right" if column.right else "left"
        made.add_column(column.heading, justify=justify, no_wrap=True, vertical="bottom")  # type: ignore[arg-type]
    for i, cells in enumerate(zip(*(column.cells for column in columns), strict=True)):
        made.add_row(*cells, style=None if styles is None else styles[i], end_section=i in rules)
    return made


def render_rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Plain table of texts, its first column flush left.

    Examples
    --------
    >>> print(render_rows(("shape", "found"), [("0", "12")]))
    shape  found
    0         12
    """
    cells = list(zip(*rows, strict=True)) or [()] * len(headings)
    columns = [Column(h, one, right=j > 0) for j, (h, one) in enumerate(zip(headings, cells, strict=True))]
    return drawn(table(columns))


def drawn(one: Table, width: int = _UNLIMITED, *, styled: bool = False) -> str:
    r"""Table as text, without a line end after the last line.

    Parameters
    ----------
    one : rich.table.Table
    width : int
        Columns of the terminal; a wider table is cut.
    styled : bool
        Whether to write ANSI codes.

    Examples
    --------
    >>> drawn(table([Column("found", ["12"])]))
    'found\n   12'
    """
    out = StringIO()
    _console(out, width, styled).print(one)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def first_that_fits(layouts: Iterable[Sequence[Table]], width: int, *, styled: bool = False) -> str:
    r"""Draw the first layout whose tables all fit the width, or else the last one in full.

    A terminal narrower than the last layout wraps its lines itself; cut numbers would mislead.

    Parameters
    ----------
    layouts : iterable of sequence of rich.table.Table
        At least one, the widest first; an empty line separates the tables of a layout.
    width : int
        Columns of the terminal.
    styled : bool
        Whether to write ANSI codes.

    Examples
    --------
    >>> wide, narrow = ([table([Column(name, ["1"])])] for name in ("occurrences", "n"))
    >>> first_that_fits([wide, narrow], 5)
    'n\n1'
    """
    for tables in layouts:
        if max(_width_of(one) for one in tables) <= width:
            break
    return "\n\n".join(drawn(one, max(width, _width_of(one)), styled=styled) for one in tables)


def dropping(columns: Mapping[str, Column], names: Sequence[str]) -> Iterator[list[Column]]:
    """All columns, then ever fewer of them.

    Parameters
    ----------
    columns : mapping of str to Column
    names : sequence of str
        Of the columns to drop, one after the other; unknown ones are ignored.

    Examples
    --------
    >>> columns = {name: Column(name, []) for name in ("agent", "mean", "std")}
    >>> [[column.heading for column in kept] for kept in dropping(columns, ["std"])]
    [['agent', 'mean', 'std'], ['agent', 'mean']]
    """
    kept = dict(columns)
    yield list(kept.values())
    for name in names:
        if kept.pop(name, None) is not None:
            yield list(kept.values())


def _width_of(one: Table) -> int:
    return _console(StringIO(), _UNLIMITED, False).measure(one).maximum


def _console(out: StringIO, width: int, styled: bool) -> Console:
    from rich.console import Console

    return Console(
        file=out,
        width=width,
        force_terminal=styled,
        color_system="standard" if styled else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
