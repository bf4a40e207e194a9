"""Learned rows read as windows: what each is nearest to becomes a motif that is looked for in the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from motifkit.mining.match import match
from motifkit.mining.windows import normalize_windows
from motifkit.seeding.contexts import Observe
from motifkit.types import FloatArray, MiningResult, Motif, Occurrence, TrajectoryDataset


def learned_occurrences(
    result: MiningResult,
    dataset: TrajectoryDataset,
    windows: dict[int, FloatArray],
    attended: Sequence[tuple[Occurrence, ...]],
    observe: Observe | None,
) -> list[tuple[Occurrence, ...]]:
    """Places of what each row has learned.

    The mean of a row's nearest windows takes the place of its motif's prototype, and `match` finds it in the data
    within the radius of the mined motif. Rows without a motif of their own have no radius: theirs are the windows
    that they win.

    Parameters
    ----------
    result : MiningResult
    dataset : TrajectoryDataset
        What was mined.
    windows : dict of int to (motif_len, obs_dim) array
        Mean of the windows nearest to the row that was seeded with each motif, by the motif's place in the result.
    attended : sequence of tuples of Occurrence
        Windows that each row wins; row `i` is motif `i` for those in `windows`.
    observe : callable, optional
        As in `compare_motifs`. Where it changes what was mined, windows and prototypes cannot be compared, and all
        rows have the windows that they win.

    Returns
    -------
    list of tuples of Occurrence
        One a row.
    """
    places = list(attended)
    if not windows or not _is_as_mined(result, dataset, observe, next(iter(windows.values()))):
        return places
    rows = sorted(windows)
    learned = [_as_motif(result.motifs[row], windows[row], result.parameters) for row in rows]
    found = match(replace(result, motifs=tuple(learned)), dataset)
    for row, motif in zip(rows, found.motifs, strict=True):
        places[row] = motif.occurrences
    return places


def _as_motif(motif: Motif, window: FloatArray, parameters: Any) -> Motif:
    points, _ = normalize_windows(window[None], parameters["normalize"], joint=bool(parameters["joint"]))
    return replace(motif, prototype=points[0].reshape(window.shape))


def _is_as_mined(
    result: MiningResult, dataset: TrajectoryDataset, observe: Observe | None, window: FloatArray
) -> bool:
    """Whether the agent observes what was mined, in windows of the same length."""
    if window.shape != result.motifs[0].prototype.shape or "normalize" not in result.parameters:
        return False  # other windows, or motifs that no miner made
    first = dataset.episodes[0]
    return observe is None or np.array_equal(observe(first), first.observations)
