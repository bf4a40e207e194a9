"""The benchmark as a text table with rounded corners. Rich is imported on use."""

from __future__ import annotations

import math
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

from motifkit.report.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from motifkit.evaluation.benchmark_table import BenchmarkRow, BenchmarkTable


class _Column(NamedTuple):
    heading: str
    cell: Callable[[BenchmarkRow], str]


# In order of appearance.
_COLUMNS = {
    "delay": _Column("delay", lambda row: f"{row.delay:,}"),
    "agent": _Column("agent", lambda row: row.agent),
    "iqm": _Column("IQM", lambda row: _number(row.iqm)),
    "interval": _Column("95% interval", lambda row: _interval(row)),
    "mean": _Column("mean", lambda row: _number(row.mean)),
    "std": _Column("std", lambda row: f"{row.std:.2f}"),
    "solved": _Column("solved", lambda row: f"{round(row.solved * row.n_seeds)} of {row.n_seeds}"),
    "episodes": _Column("episodes", lambda row: f"{row.episodes:,.0f}"),
    "speed": _Column("steps/s", lambda row: _whole(row.steps_per_second)),
    "seconds": _Column("seconds", lambda row: f"{row.seconds:,.1f}"),
}
_LEFT_OUT = ("std", "mean", "episodes", "speed", "interval")  # first to last where there is no room


def render_benchmark(table: BenchmarkTable, *, width: int = 120, styled: bool = False) -> str:
    """Table of the benchmark, one row an agent and delay, with a line of explanation below.

    Parameters
    ----------
    table : BenchmarkTable
    width : int
        Columns of the terminal; in a narrow one the less important facts are left out.
    styled : bool
        Whether to write ANSI codes: agents that solved the task with every seed are then green.

    Returns
    -------
    str
        Lines, without a line end after the last; empty when nothing has run.

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit.evaluation.benchmark_table import BenchmarkRun, BenchmarkTable
    >>> runs = [BenchmarkRun("TraceRL", 4, seed, np.ones(100), 8000, 2.0) for seed in range(3)]
    >>> print(render_benchmark(BenchmarkTable(runs, {"mode": "EASY"}), width=70))
    ╭───────┬─────────┬───────┬────────────────┬────────┬─────────╮
    │ delay │ agent   │   IQM │ 95% interval   │ solved │ seconds │
    ├───────┼─────────┼───────┼────────────────┼────────┼─────────┤
    │     4 │ TraceRL │ +1.00 │ +1.00 to +1.00 │ 3 of 3 │     2.0 │
    ╰───────┴─────────┴───────┴────────────────┴────────┴─────────╯
    Greedy returns in 100 fresh episodes (EASY): interquartile mean over 3 seeds. Chance is 0, the best is 1.
    """
    rows = table.rows
    if not rows:
        return ""
    names = list(_COLUMNS)
    drawn = _table(rows, names)
    for name in _LEFT_OUT:
        if _width_of(drawn) <= width:
            break
        names.remove(name)
        drawn = _table(rows, names)
    # A terminal narrower still wraps the lines itself; cut numbers would mislead.
    return _drawn(drawn, max(width, _width_of(drawn)), styled) + "\n" + _caption(table)


def _table(rows: tuple[BenchmarkRow, ...], names: list[str]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.ROUNDED, header_style="bold")
    for name in names:
        left = name in ("agent", "interval")
        table.add_column(_COLUMNS[name].heading, justify="left" if left else "right", no_wrap=True)
    for i, row in enumerate(rows):
        last_of_delay = i + 1 < len(rows) and rows[i + 1].delay != row.delay and _several(rows)
        style = "green" if row.solved == 1 else None
        table.add_row(*(_COLUMNS[name].cell(row) for name in names), style=style, end_section=last_of_delay)
    return table


def _several(rows: tuple[BenchmarkRow, ...]) -> bool:
    """Whether delays hold more than one agent, so that lines between them help."""
    return len({row.agent for row in rows}) > 1


def _caption(table: BenchmarkTable) -> str:
    n_episodes = len(table.runs[0].returns)
    seeds = sorted({row.n_seeds for row in table.rows})
    over = counted(seeds[0], "seed") if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds"
    mode: Any = table.settings.get("mode")
    named = f" ({mode})" if mode else ""
    return (
        f"Greedy returns in {counted(n_episodes, 'fresh episode')}{named}: interquartile mean over {over}. "
        "Chance is 0, the best is 1."
    )


def _number(x: float) -> str:
    return f"{x + 0.0:+.2f}"  # the sum turns -0.0, which would show a minus, into 0.0


def _whole(x: float) -> str:
    return "-" if math.isnan(x) else f"{x:,.0f}"


def _interval(row: BenchmarkRow) -> str:
    return "-" if math.isnan(row.low) else f"{_number(row.low)} to {_number(row.high)}"


def _width_of(table: Table) -> int:
    from rich.console import Console

    return Console(file=StringIO(), width=10_000, color_system=None).measure(table).maximum


def _drawn(table: Table, width: int, styled: bool) -> str:
    from rich.console import Console

    out = StringIO()
    Console(
        file=out,
        width=width,
        force_terminal=styled,
        color_system="standard" if styled else None,
        highlight=False,
        markup=False,
        legacy_windows=False,
    ).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
