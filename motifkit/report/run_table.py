"""An experiment as sentences and text tables with rounded corners."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from motifkit.report.tables import Column, dropping, first_that_fits, table
from motifkit.words import counted

if TYPE_CHECKING:
    from motifkit.evaluation.statistics import Interval
    from motifkit.pipeline.measures import ArmSummary
    from motifkit.pipeline.summary import Summary

_Fact: TypeAlias = tuple[str, Callable[[Any], str]]  # heading, and the cell of a row


def run_sentence(summary: Summary) -> str:
    """Say in plain sentences what an experiment showed.

    Parameters
    ----------
    summary : Summary
    """
    arm, baseline = summary.headline, summary.experiment.compare.baseline
    if arm is None:
        return f"Only the arm {baseline!r} was trained, so there is nothing to compare it with."
    n, stages = len(arm.finals), summary.experiment.train.curriculum
    never = (
        f" ({arm.n_never} of {n} seeds never reached it and are counted with all their steps)"
        if arm.n_never
        else ""
    )
    gain = (
        f"{arm.final.estimate:.2f} against {summary_of(summary, baseline).final.estimate:.2f}"
        if math.isnan(arm.gain.estimate) or stages
        else f"{abs(arm.gain.estimate):.0f}% {'above' if arm.gain.estimate >= 0 else 'below'} it"
        f"{_ends(arm.gain, '{:+.0f}%')}"
    )
    share = f"{100 * arm.steps_share.estimate:.0f}%"
    reached = "master as many delays" if stages else "reach its final return"
    ended = f"mastered {gain} of {len(stages)}" if stages else f"ended {gain}"
    text = (
        f"{arm.name!r} took {share}{_ends(arm.steps_share, '{:.0f}%', 100)} of the steps of {baseline!r} to "
        f"{reached}{never}, and {ended}: interquartile means over {counted(n, 'seed')}, 95% intervals."
    )
    return " ".join(part for part in (text, _compared_sentence(summary), _times_sentence(summary)) if part)


def summary_of(summary: Summary, arm: str) -> ArmSummary:
    """Summary of one arm."""
    return next(one for one in summary.arms if one.name == arm)


def _compared_sentence(summary: Summary) -> str:
    if not summary.compared:
        return ""
    one = summary.compared[0]
    f1 = "" if math.isnan(one.f1.estimate) else f"recover the planted shapes with F1 {one.f1.estimate:.2f}"
    loss = (
        ""
        if math.isnan(one.lost_by_used.estimate)
        else f"masking the most used one costs {one.lost_by_used.estimate:.2f} of a return of {one.mean_return:.2f}"
    )
    unused = (
        ""
        if math.isnan(one.lost_by_unused.estimate)
        else f"masking an unused one {one.lost_by_unused.estimate:.2f}"
    )
    parts = [part for part in (f1, loss, unused) if part]
    if not parts:
        return ""
    words = "; ".join(parts)
    # Without a known truth the sentence is about masking alone.
    return f"Its learned rows {words}." if f1 else f"Of its learned rows, {words}."


def _times_sentence(summary: Summary) -> str:
    """Time of mining and seeding for each miner."""
    parts = []
    for method, mining in summary.seconds_mining.items():
        seeding = summary.seconds_seeding.get(method)
        parts.append(
            f"{mining + seeding:.1f} s ({method})"
            if seeding is not None
            else f"{mining:.1f} s ({method}, mining alone)"
        )
    return f"Mining and seeding took {', '.join(parts)}." if parts else ""


_ARMS: dict[str, _Fact] = {
    "arm": ("arm", lambda row: row.name),
    "final": ("final return", lambda row: f"{row.final.estimate:.2f}{_ends(row.final, '{:.2f}')}"),
    "greedy": ("greedy", lambda row: f"{row.greedy.estimate:.2f}{_ends(row.greedy, '{:.2f}')}"),
    "oracle": ("of oracle", lambda row: _share(row.oracle_share)),
    "gain": ("gain", lambda row: _percent(row.gain)),
    "steps": ("steps", lambda row: f"{_share(row.steps_share.estimate)}{_steps_ends(row)}"),
    "never": ("never", lambda row: f"{row.n_never} of {len(row.finals)}"),
}
_LEFT_OUT = ("oracle", "never", "greedy")  # first to last where there is no room

_COMPARED: dict[str, _Fact] = {
    "arm": ("arm", lambda row: row.name),
    "f1": ("F1 of shapes", lambda row: _with_ends(row.f1)),
    "attended_f1": ("F1 while acting", lambda row: _with_ends(row.attended_f1)),
    "best": ("loss: costliest row", lambda row: _with_ends(row.lost_by_best)),
    "used": ("most used row", lambda row: _with_ends(row.lost_by_used)),
    "unused": ("unused rows", lambda row: _with_ends(row.lost_by_unused)),
    "n": ("unused", lambda row: f"{row.n_unused:.1f}"),
}


def render_run(summary: Summary, *, width: int = 120, styled: bool = False) -> str:
    """Tables of an experiment: its arms, and what became of the motifs.

    Parameters
    ----------
    summary : Summary
    width : int
        Columns of the terminal; in a narrow one the less important facts are left out.
    styled : bool
        Whether to write ANSI codes.

    Returns
    -------
    str
        Lines, without a line end after the last.
    """
    baseline, n_seeds = summary.experiment.compare.baseline, summary.experiment.train.seeds
    arms, compared = _columns(summary)
    measure = arms["final"].heading
    parts = [
        _fitted(arms, _LEFT_OUT, width, styled),
        f"Interquartile means over {counted(n_seeds, 'seed')}, 95% bootstrap intervals. Gain: {measure} relative "
        f"to {baseline!r}. Steps: share of the steps of {baseline!r} until its {measure} is reached; seeds that never "
        "reach it are counted with all their steps.",
    ]
    if summary.compared:
        parts += [
            _fitted(compared, ("best", "n"), width, styled),
            f"Return lost when rows are masked, in {counted(summary.experiment.compare.n_episodes, 'fresh episode')}: "
            "means over seeds.",
        ]
    return "\n".join(parts)


def _columns(summary: Summary) -> tuple[dict[str, Column], dict[str, Column]]:
    """Columns of both tables, but for those in which nothing is known."""
    arms, compared = _filled(_ARMS, summary.arms), _filled(_COMPARED, summary.compared)
    if summary.experiment.train.curriculum:
        arms["final"] = arms["final"]._replace(heading="delays mastered")
    if all(math.isnan(one.oracle_share) for one in summary.arms):
        del arms["oracle"]
    for name in ("f1", "attended_f1"):
        if all(math.isnan(getattr(one, name).estimate) for one in summary.compared):
            del compared[name]
    return arms, compared


def _filled(facts: Mapping[str, _Fact], rows: Sequence[Any]) -> dict[str, Column]:
    return {
        name: Column(heading, [cell(row) for row in rows], right=name != "arm")
        for name, (heading, cell) in facts.items()
    }


def _fitted(columns: Mapping[str, Column], left_out: Sequence[str], width: int, styled: bool) -> str:
    layouts = ([table(kept, boxed=True)] for kept in dropping(columns, left_out))
    return first_that_fits(layouts, width, styled=styled)


def _ends(interval: Interval, form: str, times: float = 1) -> str:
    """Ends of an interval in brackets; nothing where they are not known."""
    if math.isnan(interval.low):
        return ""
    return f" [{form.format(times * interval.low)}, {form.format(times * interval.high)}]"


def _with_ends(interval: Interval) -> str:
    return "-" if math.isnan(interval.estimate) else f"{interval.estimate:.2f}{_ends(interval, '{:.2f}')}"


def _percent(interval: Interval) -> str:
    return "-" if math.isnan(interval.estimate) else f"{interval.estimate:+.0f}%{_ends(interval, '{:+.0f}')}"


def _share(x: float) -> str:
    return "-" if math.isnan(x) else f"{100 * x:.0f}%"


def _steps_ends(row: ArmSummary) -> str:
    return _ends(row.steps_share, "{:.0f}", 100)
