"""Candlestick patterns as a table, sentences and labels of motifs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from motifkit.io.json_values import json_value
from motifkit.report import wording
from motifkit.report.tables import render_rows
from motifkit.words import counted

if TYPE_CHECKING:
    from motifkit.mining.candle_counts import CandlePattern
    from motifkit.types import MiningResult, TrajectoryDataset


def render_candles(patterns: Sequence[CandlePattern]) -> str:
    """Table of classical patterns; "*" marks q < .05 and "-" what cannot be told.

    Examples
    --------
    >>> from motifkit.mining.candle_counts import CandlePattern
    >>> print(render_candles([CandlePattern("doji", 1, (), 2.5, 0.2, 0.4)]))
    pattern  count  by chance     p     q
    doji         0        2.5  .200  .400
    """
    outcomes = [pattern.outcome for pattern in patterns if pattern.outcome is not None]
    decimals = wording.percent_decimals(outcomes) if outcomes else 2
    headings = ["pattern", "count", "by chance", "p", "q"]
    if outcomes:
        bars = counted(outcomes[0].horizon, "bar")
        headings += [f"return over {bars} [95%]", "q of return"]
    rows = []
    for one in patterns:
        row = [one.name, f"{one.count:,}", wording.number(one.expected_count)]
        row += [wording.probability(one.p_value), _starred(one.q_value)]
        if outcomes:
            o = one.outcome
            row += ["-", "-"] if o is None else [wording.return_interval(o, decimals), _starred(o.q_value)]
        rows.append(row)
    return render_rows(headings, rows)


def candle_sentences(patterns: Sequence[CandlePattern]) -> list[str]:
    """Say plainly which patterns are more than chance, and whether returns after any differ from the usual.

    Examples
    --------
    >>> from motifkit.mining.candle_counts import CandlePattern
    >>> candle_sentences([CandlePattern("doji", 1, (), 2.5, 0.2, 0.4)])[0]
    'No pattern is more frequent than in shuffled candles (q >= .05).'
    """
    often = [one.name for one in patterns if one.q_value < wording.ALPHA]
    moved = [one.name for one in patterns if one.outcome is not None and one.outcome.q_value < wording.ALPHA]
    if all(math.isnan(one.q_value) for one in patterns):
        lines = [
            "Significance was not computed (no surrogates): nothing here distinguishes these counts from chance."
        ]
    elif often:
        lines = [f"More frequent than in shuffled candles (q < .05): {', '.join(often)}."]
    else:
        lines = ["No pattern is more frequent than in shuffled candles (q >= .05)."]
    if all(one.outcome is None for one in patterns):
        lines.append(
            "Forward returns were not computed: no pattern occurs, or the prices are not all positive."
        )
    elif moved:
        lines.append(
            f"After {', '.join(moved)} the returns differed from the usual (q < .05): what happened, not what will."
        )
    else:
        lines.append("No pattern is followed by returns that differ from the usual (q >= .05).")
    if not often and not moved:
        lines.append("None of them says anything about this series.")
    return lines


def candles_answer(patterns: Sequence[CandlePattern]) -> list[dict[str, Any]]:
    """Patterns as JSON values, NaN as None; `starts` are rows, for each an episode and the first bar."""
    return [
        {
            "name": one.name,
            "n_bars": one.n_bars,
            "count": one.count,
            "expected_count": json_value(one.expected_count),
            "p_value": json_value(one.p_value),
            "q_value": json_value(one.q_value),
            "starts": [[o.episode, o.start] for o in one.occurrences],
            "outcome": None if one.outcome is None else json_value(vars(one.outcome)),
        }
        for one in patterns
    ]


def label_lines(result: MiningResult, dataset: TrajectoryDataset) -> list[str]:
    """A line for every motif that ends with classical candlestick patterns, such as "A ends with doji".

    Examples
    --------
    >>> from motifkit.types import MiningResult, TrajectoryDataset
    >>> label_lines(MiningResult((), "sax", {}, ("Close",)), TrajectoryDataset((), ("Close",)))
    []
    """
    labels = label_answer(result, dataset)
    return [f"{label} ends with {', '.join(names)}" for label, names in labels.items() if names]


def label_answer(result: MiningResult, dataset: TrajectoryDataset) -> dict[str, list[str]]:
    """Names that fit each motif, by the motif's label; empty when the data are no candles."""
    from motifkit.mining.candle_data import candles_of
    from motifkit.mining.candle_labels import label_candles

    if candles_of(dataset) is None:
        return {}
    found = label_candles(result, dataset)
    return {motif.label: list(names) for motif, names in zip(result.motifs, found, strict=True)}


def _starred(q: float) -> str:
    return wording.probability(q) + ("*" if q < wording.ALPHA else "")
