"""The benchmark as a text table with rounded corners."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from motifkit.report.tables import Column, dropping, first_that_fits
from motifkit.report.tables import table as laid_out
from motifkit.words import counted

if TYPE_CHECKING:
    from motifkit.evaluation.benchmark_table import BenchmarkRow, BenchmarkTable


# In order of appearance.
_COLUMNS: dict[str, tuple[str, Callable[[BenchmarkRow], str]]] = {
    "delay": ("delay", lambda row: f"{row.delay:,}"),
    "agent": ("agent", lambda row: row.agent),
    "iqm": ("IQM", lambda row: _number(row.iqm)),
    "interval": ("95% interval", lambda row: _interval(row)),
    "mean": ("mean", lambda row: _number(row.mean)),
    "std": ("std", lambda row: f"{row.std:.2f}"),
    "solved": ("solved", lambda row: f"{round(row.solved * row.n_seeds)} of {row.n_seeds}"),
    "episodes": ("episodes", lambda row: f"{row.episodes:,.0f}"),
    "speed": ("steps/s", lambda row: _whole(row.steps_per_second)),
    "seconds": ("seconds", lambda row: f"{row.seconds:,.1f}"),
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
    columns = {
        name: Column(heading, [cell(row) for row in rows], right=name not in ("agent", "interval"))
        for name, (heading, cell) in _COLUMNS.items()
    }
    styles = ["green" if row.solved == 1 else None for row in rows]
    ends = [i for i in range(len(rows) - 1) if rows[i].delay != rows[i + 1].delay] if _several(rows) else []
    layouts = ([laid_out(kept, styles, boxed=True, rules=ends)] for kept in dropping(columns, _LEFT_OUT))
    return first_that_fits(layouts, width, styled=styled) + "\n" + _caption(table)


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
