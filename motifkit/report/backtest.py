"""A walk forward as a verdict in words, a text table and a figure. matplotlib is imported on use."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from motifkit.io.atomic import atomic_write
from motifkit.report.axes import plain, save_figure
from motifkit.report.html_backtest import OutOfSample, Statistic
from motifkit.report.tables import Column, drawn, table
from motifkit.words import counted

if TYPE_CHECKING:
    from motifkit.evaluation.backtest_report import ArmVerdict, BacktestReport
    from motifkit.evaluation.statistics import Interval

_HOLD = "buy and hold"
_PERCENTS = ("return", "drawdown", "hit rate")


def verdict(report: BacktestReport) -> str:
    """Say in plain sentences whether anything beat buying and holding, and what the motif bank added.

    Parameters
    ----------
    report : BacktestReport
    """
    arm, hold = report.best, report.baselines[_HOLD]["return"].estimate
    made = arm.statistics["return"].estimate
    bars, trials = counted(report.n_bars, "bar"), counted(report.n_trials, "agent")
    against = _percents(arm.against[_HOLD])
    if arm.has_edge:
        text = (
            f"{arm.name!r} beats buy-and-hold over {bars} out of sample: {made:+.1%} against {hold:+.1%}, "
            f"difference {against}; it also beats staying flat and random trades of the same turnover, and its "
            f"Sharpe ratio exceeds the luck of {trials} with probability {arm.deflated_sharpe:.2f}."
        )
    elif made <= hold:
        text = (
            f"Nothing beats buy-and-hold: over {bars} out of sample it made {hold:+.1%}, and the best arm, "
            f"{arm.name!r}, {made:+.1%}, difference {against}."
        )
    else:
        head = "No edge" if arm.against[_HOLD].low > 0 else "Nothing beats buy-and-hold beyond chance"
        text = (
            f"{head}: over {bars} out of sample the best arm, {arm.name!r}, made {made:+.1%} and buy-and-hold "
            f"{hold:+.1%}, but {_doubts(arm, trials)}."
        )
    return " ".join(one for one in (text, _bank_sentence(report)) if one)


def _doubts(arm: ArmVerdict, trials: str) -> str:
    """Why a higher return is no edge."""
    level = [name for name, one in arm.against.items() if not one.low > 0]
    doubts = []
    if level:
        listed = ", ".join(f"{name!r} ({_percents(arm.against[name])})" for name in level)
        doubts.append(f"chance explains what it made beyond {listed}")
    if not arm.deflated_sharpe > 0.95:
        shown = "unknown" if math.isnan(arm.deflated_sharpe) else f"{arm.deflated_sharpe:.2f}"
        doubts.append(
            f"the probability that its Sharpe ratio exceeds the luck of {trials} is {shown}, not above 0.95"
        )
    return ", and ".join(doubts)


def _bank_sentence(report: BacktestReport) -> str:
    """What the arms with a motif bank made beyond the agent without one."""
    known = [arm for arm in report.arms if arm.beyond_no_bank is not None]
    if not known:
        return ""
    parts = []
    for arm in known:
        assert arm.beyond_no_bank is not None
        parts.append(f"{arm.name!r} {_percents(arm.beyond_no_bank)}")
    return f"Return beyond the agent without a motif bank: {', '.join(parts)}."


def out_of_sample(report: BacktestReport) -> OutOfSample:
    """What a page shows of it.

    Parameters
    ----------
    report : BacktestReport
    """
    rows = [(arm.name, arm.statistics) for arm in report.arms] + list(report.baselines.items())
    unit = _headings(report)
    statistics = [
        Statistic(name, unit[key], *(100 * x if key in _PERCENTS else x for x in one))
        for name, values in rows
        for key, one in values.items()
    ]
    nan = math.nan
    statistics += [
        Statistic(arm.name, "deflated Sharpe, probability", arm.deflated_sharpe, nan, nan)
        for arm in report.arms
    ]
    return OutOfSample(verdict(report), report.curves, report.boundaries[1:], statistics)


def _headings(report: BacktestReport) -> dict[str, str]:
    span = "a bar" if report.periods == 1 else "a year"
    return {
        "return": "return, %",
        "Sharpe": f"Sharpe {span}",
        "drawdown": "drawdown, %",
        "turnover": f"turnover {span}",
        "hit rate": "hit rate, %",
    }


def render_backtest(report: BacktestReport, *, width: int = 120, styled: bool = False) -> str:
    """Table of arms and baselines; columns dropped in a narrow terminal are in the report.

    Parameters
    ----------
    report : BacktestReport
    width : int
        Columns of the terminal.
    styled : bool
        Whether to write ANSI codes.

    Returns
    -------
    str
        Lines, without a line end after the last.
    """
    headings = _headings(report)
    rows = [(arm.name, arm.statistics, arm.deflated_sharpe) for arm in report.arms]
    rows += [(name, values, math.nan) for name, values in report.baselines.items()]
    columns = [Column("arm", [name for name, _, _ in rows], right=False)]
    for key, heading in headings.items():
        if width >= 140 or key not in ("turnover", "hit rate"):
            columns.append(Column(heading, [_cell(key, values[key]) for _, values, _ in rows]))
    deflated = ["-" if math.isnan(sharpe) else f"{sharpe:.2f}" for _, _, sharpe in rows]
    columns.append(Column("deflated", deflated))
    drawing = drawn(table(columns, boxed=True), max(width, 80), styled=styled)
    below = (
        f"{counted(report.n_bars, 'bar')} out of sample, net of costs, gains not compounded; an arm holds its "
        "seeds in equal parts; 95% block-bootstrap intervals. Deflated: probability that the Sharpe ratio exceeds "
        f"the luck of {counted(report.n_trials, 'agent')}."
    )
    return f"{drawing}\n{below}"


def plot_equity(report: BacktestReport, path: str | Path) -> None:
    """Draw the equity of arms and baselines, with bands over seeds and the beginnings of folds.

    Parameters
    ----------
    report : BacktestReport
    path : str or Path
        Its suffix chooses the format; replaced.

    Raises
    ------
    FileAccessError
        When it cannot be written.
    """
    from matplotlib import colormaps
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    colours = colormaps["tab10"]
    n_arms = len(report.arms)
    for i, curve in enumerate(report.curves):
        style = "-" if i < n_arms else "--"
        axes.plot(
            curve.timestamps,
            curve.equity,
            style,
            color=colours(i % 10),
            label=plain(curve.name),
            linewidth=1.5,
        )
        axes.fill_between(
            curve.timestamps, curve.low, curve.high, color=colours(i % 10), alpha=0.12, linewidth=0
        )
    for place in report.boundaries[1:]:
        axes.axvline(place, color="grey", linewidth=0.8, linestyle=":")
    axes.set_xlabel("row" if report.curves[0].timestamps.dtype.kind == "f" else "date (UTC)")
    axes.set_ylabel("equity out of sample (start = 1), 95% of seeds")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, ncols=2)
    with atomic_write(path, overwrite=True) as temporary:
        save_figure(figure, temporary, dpi=120)


def _cell(key: str, one: Interval) -> str:
    if math.isnan(one.estimate):
        return "-"
    times, form = (100, "{:.1f}") if key in _PERCENTS else (1, "{:.2f}")
    value = form.format(times * one.estimate)
    known = not math.isnan(one.low) and one.low != one.high
    return value + (f" [{form.format(times * one.low)}, {form.format(times * one.high)}]" if known else "")


def _percents(one: Interval) -> str:
    return f"{one.estimate:+.1%} [{one.low:+.1%}, {one.high:+.1%}]"
