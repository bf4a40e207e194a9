"""Mining results as text tables for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from motifkit.report import wording
from motifkit.report.sparkline import sparkline
from motifkit.report.tables import Column, first_that_fits, table
from motifkit.types import MiningResult, Motif
from motifkit.words import counted

PIPE_WIDTH = 120

_MAX_CHANNELS = 6
_SPARK_WIDTHS = (16, 8)  # longest sparklines, in the order in which they are tried


def render_result(result: MiningResult, *, width: int = PIPE_WIDTH, styled: bool = False) -> str:
    """Ranked table of the motifs of one miner.

    Parameters
    ----------
    result : MiningResult
    width : int
        Columns of the terminal. When the table is wider the outcomes go to a second one.
    styled : bool
        Whether to write ANSI codes: motifs that chance explains are then dim.

    Returns
    -------
    str
        Lines, without a line end after the last; empty when there is no motif. "*" marks q < .05.

    Examples
    --------
    >>> from motifkit.types import Occurrence
    >>> rise, places = np.array([[-1.0], [1.0]]), (Occurrence(0, 3, 5, 0.1),)
    >>> motif = Motif(rise, places, 0.1, 2.0, expected_count=0.25, p_value=0.01, q_value=0.02, label="A")
    >>> print(render_result(MiningResult((motif,), "sax", {}, ("Close",), source="goog.csv", n_steps=1047)))
                         by
       shape  count  chance     p     q    dist  first  last
    A  ▁█         1     0.2  .010  .020*  0.100  row 3  row 3
    """
    if not result.motifs:
        return ""
    dim = [not motif.is_significant(wording.ALPHA) for motif in result.motifs]
    if all(np.isnan(motif.q_value) for motif in result.motifs):
        dim = [False] * len(dim)
    facts = [*_counts(result), *_extent(result.motifs)]
    return _fitted(result, facts, _outcomes(result.motifs), dim, width, styled)


def render_match(
    found: MiningResult, mined: MiningResult, *, width: int = PIPE_WIDTH, styled: bool = False
) -> str:
    """Table of known motifs in new data, beside how often they occurred where they were mined.

    Parameters
    ----------
    found, mined : MiningResult
        The same motifs with their occurrences in the new and in the mined data.
    width, styled
        As in `render_result`.
    """
    if not found.motifs:
        return ""
    rates = [1000 * motif.count / max(found.n_steps, 1) for motif in found.motifs]
    before = [1000 * count_when_mined(motif) / max(mined.n_steps, 1) for motif in mined.motifs]
    facts = [
        Column("count", [f"{motif.count:,}" for motif in found.motifs]),
        Column("per 1,000\nrows", [f"{rate:.1f}" for rate in rates]),
        Column("when\nmined", [f"{rate:.1f}" for rate in before]),
        _starred(
            "q when\nmined",
            [wording.probability(m.q_value) for m in mined.motifs],
            [m.q_value for m in mined.motifs],
        ),
        *_extent(found.motifs),
    ]
    dim = [motif.count == 0 for motif in found.motifs]
    return _fitted(found, facts, _outcomes(found.motifs), dim, width, styled)


def count_when_mined(motif: Motif) -> int:
    """How often a mined motif is found where it was mined, by the rule of `match` as far as that is known."""
    return motif.count if motif.match_count is None else motif.match_count


def _fitted(
    result: MiningResult,
    facts: list[Column],
    outcomes: list[Column],
    dim: list[bool],
    width: int,
    styled: bool,
) -> str:
    """First layout that fits: all in one table, shorter shapes, outcomes apart, and both."""
    label = Column("", [motif.label for motif in result.motifs], right=False)
    styles = ["dim" if faint else None for faint in dim]
    layouts = []
    for folded in (False, True) if outcomes else (False,):
        for n in _SPARK_WIDTHS:
            first = [label, *_shapes(result, n), *facts]
            parts = [first, [label, *outcomes]] if folded else [first + outcomes]
            layouts.append([table(columns, styles) for columns in parts])
    return first_that_fits(layouts, width, styled=styled)


def _shapes(result: MiningResult, n: int) -> list[Column]:
    """Sparklines of at most `n` characters, a column a channel."""
    channels = result.channels[:_MAX_CHANNELS]
    several = len(result.channels) > 1
    together = several and bool(result.parameters.get("joint"))
    return [
        Column(
            channels[j] if several else "shape",
            [
                sparkline(motif.prototype[:, j], n, _limits(motif) if together else None)
                for motif in result.motifs
            ],
            right=False,
        )
        for j in range(len(channels))
    ]


def _limits(motif: Motif) -> tuple[float, float] | None:
    """Lowest and highest value of all channels; None when there is no finite one."""
    known = motif.prototype[np.isfinite(motif.prototype)]
    return (float(known.min()), float(known.max())) if len(known) else None


def _counts(result: MiningResult) -> list[Column]:
    motifs = result.motifs
    lengths = [f"{motif.length}" for motif in motifs]
    return [
        *([Column("rows", lengths)] if "lengths" in result.parameters else []),
        Column("count", [f"{motif.count:,}" for motif in motifs]),
        *_series(result),
        Column("by\nchance", [wording.number(motif.expected_count) for motif in motifs]),
        Column("p", [wording.probability(motif.p_value) for motif in motifs]),
        _starred("q", [wording.probability(m.q_value) for m in motifs], [m.q_value for m in motifs]),
    ]


def _series(result: MiningResult) -> list[Column]:
    """Number of series in which each motif occurs, where several were mined."""
    if int(result.parameters.get("n_series", 1)) < 2:
        return []
    n_series = [len({o.episode for o in motif.occurrences}) for motif in result.motifs]
    return [Column("in\nseries", [f"{n:,}" for n in n_series])]


def _starred(heading: str, cells: list[str], q_values: Sequence[float]) -> Column:
    """Column flush right except for the star behind cells whose q-value is small."""
    lines = heading.split("\n")
    width = max(len(text) for text in (*lines, *cells))
    stars = ["*" if q < wording.ALPHA else "" for q in q_values]
    return Column(
        "\n".join(line.rjust(width) for line in lines),
        [cell.rjust(width) + star for cell, star in zip(cells, stars, strict=True)],
        right=False,
    )


def _extent(motifs: Sequence[Motif]) -> list[Column]:
    """Mean distance, first and last date."""
    unit = wording.time_unit(motifs)
    several = len({o.episode for m in motifs for o in m.occurrences}) > 1
    in_time = [motif.in_time() for motif in motifs]
    ends = [
        [wording.begin(o, unit, name_episode=several) for o in (*places[:1], *places[-1:])] or ["-"]
        for places in in_time
    ]
    return [
        Column("dist", [wording.measure(motif.distance) for motif in motifs]),
        Column("first", [begins[0] for begins in ends], right=False),
        Column("last", [begins[-1] for begins in ends], right=False),
    ]


def _outcomes(motifs: Sequence[Motif]) -> list[Column]:
    """Forward returns; none when no motif has any."""
    known = [motif.outcome for motif in motifs if motif.outcome is not None]
    if not known:
        return []
    decimals = wording.percent_decimals(known)
    bars = counted(known[0].horizon, "bar")

    returns = [
        "-" if o is None or np.isnan(o.mean) else wording.return_interval(o, decimals)
        for o in (motif.outcome for motif in motifs)
    ]
    usual = ["-" if m.outcome is None else wording.percent(m.outcome.unconditional, decimals) for m in motifs]
    q_values = [np.nan if motif.outcome is None else motif.outcome.q_value for motif in motifs]
    return [
        _starred(f"return after {bars}\n[95% interval]", returns, q_values),
        Column("usual", usual),
    ]


def render_agreement(groups: Sequence[tuple[Mapping[str, str], int, float]]) -> str:
    """Sentence and lines on which motifs of different miners are the same.

    Parameters
    ----------
    groups : sequence of (labels, n_shared, jaccard)
        Labels by method, number of shared occurrences, and their share in all of them.

    Examples
    --------
    >>> print(render_agreement([({"matrix_profile": "A", "sax": "C"}, 12, 0.6)]))
    Miners agree on 1 motif:
      matrix_profile A = sax C: 12 shared occurrences (Jaccard 0.60)
    """
    if not groups:
        return "The miners agree on no motif."
    lines = [f"Miners agree on {counted(len(groups), 'motif')}:"]
    for labels, n_shared, jaccard in groups:
        same = " = ".join(f"{method} {label}" for method, label in labels.items())
        lines.append(f"  {same}: {counted(n_shared, 'shared occurrence')} (Jaccard {jaccard:.2f})")
    return "\n".join(lines)
