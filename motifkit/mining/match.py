"""Known motifs in new data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from motifkit.arguments import require_whole
from motifkit.errors import DataError
from motifkit.io.prices import as_dataset
from motifkit.io.series import repair_notes
from motifkit.mining.distances import ALL
from motifkit.mining.dtw import default_band, dtw_to
from motifkit.mining.frame import Frame, usable_windows
from motifkit.mining.occurrences import occurrences_of
from motifkit.mining.outcome import add_outcomes
from motifkit.mining.sax import label_words
from motifkit.mining.select import assign_to_nearest, pick_non_overlapping
from motifkit.mining.windows import Windows
from motifkit.types import FloatArray, IntArray, MiningResult, Motif, TrajectoryDataset, Transform

if TYPE_CHECKING:
    from motifkit.io.prices import Data
    from motifkit.io.series import NaPolicy

_ROUNDING = 1e-9  # relative; the farthest occurrence lies on the radius itself


def match(
    result: MiningResult,
    data: Data,
    *,
    horizon: int | None = None,
    column: str | None = None,
    columns: Sequence[str] | None = None,
    transform: Transform | None = None,
    na: NaPolicy = "error",
) -> MiningResult:
    """Find the occurrences of mined motifs in new data.

    A window is an occurrence when it is as near to the prototype as the farthest mined one, in the miner's own
    distance; for SAX, when its word is one of the motif's. Occurrences do not overlap, and each stretch goes to the
    nearest motif; motifs of different lengths may overlap.

    Parameters
    ----------
    result : MiningResult
    data, column, columns, na
        See `motifkit.as_dataset`.
    transform : {"level", "log", "return"}, optional
        None takes that of the result.
    horizon : int, optional
        Bars of the forward returns. None takes that of the result.

    Returns
    -------
    MiningResult
        The same motifs in the same order, with their occurrences in `data`. Expected counts, p- and q-values are NaN:
        they belong to the data that was mined.

    Raises
    ------
    DataError
        When the data have another number of channels or are too short.

    Examples
    --------
    >>> from motifkit.io.samples import planted_series
    >>> from motifkit.mining.mine import mine
    >>> values, _ = planted_series(n=1000, n_shapes=2, length=16, count=10, seed=0)
    >>> mined = mine(values, length=16, n_motifs=2, n_surrogates=0)
    >>> [motif.count for motif in match(mined, values).motifs]
    [10, 10]
    """
    if not result.motifs:
        raise DataError(f"the result of mining {result.source} holds no motifs, so there is nothing to match")
    horizon = result.parameters["horizon"] if horizon is None else horizon
    require_whole("horizon", horizon, 1)
    wanted = result.transform if transform is None else transform
    dataset = as_dataset(data, column=column, columns=columns, transform=wanted, na=na)
    if len(dataset.channels) != len(result.channels):
        raise DataError(
            f"{dataset.source} has {len(dataset.channels)} channels ({', '.join(dataset.channels)}), but the motifs "
            f"have {len(result.channels)} ({', '.join(result.channels)}); choose the same columns"
        )
    if len({motif.length for motif in result.motifs}) > 1:
        return _match_each_length(result, dataset, horizon)
    parameters = result.parameters
    frame = Frame.of(dataset, parameters["normalize"])
    windows = usable_windows(dataset, frame, result.motifs[0].length, joint=bool(parameters["joint"]))
    near = [_near(result, motif, windows, frame) for motif in result.motifs]
    claims = [_apart(idx, distances, windows) for idx, distances in near]
    motifs = []
    for motif, (idx, distances), kept in zip(
        result.motifs, near, assign_to_nearest(claims, windows.position, windows.length), strict=True
    ):
        at = {int(i): float(d) for i, d in zip(idx, distances, strict=True)}
        found = occurrences_of(kept, np.array([at[int(i)] for i in kept]) * frame.unit, windows, dataset)
        nan = float("nan")
        motifs.append(
            replace(motif, occurrences=found, expected_count=nan, p_value=nan, q_value=nan, outcome=None)
        )
    return replace(
        result,
        motifs=add_outcomes(motifs, dataset, horizon),
        parameters={**parameters, "horizon": horizon, "matched_from": result.fingerprint},
        source=dataset.source,
        fingerprint=dataset.fingerprint,
        channels=dataset.channels,
        transform=dataset.transform,
        n_steps=dataset.n_steps,
        notes=tuple(dict.fromkeys((*result.notes, *repair_notes(dataset)))),
    )


def _match_each_length(result: MiningResult, dataset: TrajectoryDataset, horizon: int) -> MiningResult:
    """`match` of motifs of several lengths: those of one length compete, of different lengths they may overlap."""
    motifs = list(result.motifs)
    found = result
    for length in sorted({motif.length for motif in motifs}):
        at = [i for i, motif in enumerate(result.motifs) if motif.length == length]
        found = match(replace(result, motifs=tuple(motifs[i] for i in at)), dataset, horizon=horizon)
        for i, motif in zip(at, found.motifs, strict=True):
            motifs[i] = motif
    return replace(found, motifs=add_outcomes(motifs, dataset, horizon))


def label_windows(result: MiningResult, windows: Windows, frame: Frame) -> IntArray:
    """Index of the nearest motif that each window (n,) belongs to, -1 for none."""
    label = np.full(len(windows), -1, dtype=np.int64)
    best = np.full(len(windows), np.inf)
    for i, motif in enumerate(result.motifs):
        idx, distances = _near(result, motif, windows, frame)
        nearer = distances < best[idx]
        label[idx[nearer]] = i
        best[idx[nearer]] = distances[nearer]
    return label


def _near(result: MiningResult, motif: Motif, windows: Windows, frame: Frame) -> tuple[IntArray, FloatArray]:
    """Windows that belong to a motif, and their distances to its prototype, both in the frame."""
    prototype = frame.enter(motif.prototype).ravel()
    if result.method == "dtw":
        band = result.parameters["warping_window"]
        band = default_band(windows.length) if band is None else int(band)
        distances = dtw_to(prototype, windows.points, windows, band)
    else:
        distances = windows.distances(ALL, prototype)
    if result.method == "sax":
        words = label_words(windows, result.parameters["n_segments"], result.parameters["alphabet_size"])
        inside = np.isin(words, motif.words)
    else:
        inside = distances <= motif.radius / frame.unit * (1 + _ROUNDING) + 1e-12
    idx = np.flatnonzero(inside)
    return idx, distances[idx]


def _apart(idx: IntArray, distances: FloatArray, windows: Windows) -> tuple[IntArray, FloatArray]:
    order = np.lexsort((idx, distances))
    kept = pick_non_overlapping(idx[order], windows.position, windows.length, max(1, len(idx)))
    return kept, distances[np.searchsorted(idx, kept)]
