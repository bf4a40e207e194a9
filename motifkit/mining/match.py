"""Known motifs in new data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from motifkit.arguments import require_choice, require_whole
from motifkit.errors import DataError, UsageError
from motifkit.io.as_mined import read_as_mined
from motifkit.io.series import NaPolicy, repair_notes
from motifkit.mining.arguments import checked_options
from motifkit.mining.distances import ALL
from motifkit.mining.dtw import default_band, dtw_to
from motifkit.mining.frame import Frame, usable_windows
from motifkit.mining.occurrences import occurrences_of
from motifkit.mining.outcome import add_outcomes
from motifkit.mining.sax import label_words
from motifkit.mining.select import assign_to_nearest, pick_non_overlapping
from motifkit.mining.windows import Windows, collect_windows
from motifkit.types import FloatArray, IntArray, MiningResult, Motif, TrajectoryDataset, Transform

if TYPE_CHECKING:
    from motifkit.io.prices import Data

_ROUNDING = 1e-9  # relative; the farthest occurrence lies on the radius itself


def match(
    result: MiningResult,
    data: Data,
    *,
    horizon: int | None = None,
    column: str | None = None,
    columns: Sequence[str] | Literal["all"] | None = None,
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
    data, na
        See `motifkit.as_dataset`.
    column, columns : optional
        Other columns than those that were mined, as many; the same in another order are put in that of the result. The
        channels of an array are taken as they come.
    transform : {"level", "log", "return"}, optional
        None takes that of the result.
    horizon : int, optional
        Bars of the forward returns. None takes that of the result.

    Returns
    -------
    MiningResult
        The same motifs in the same order, with their occurrences in `data`. Expected counts, p- and q-values are NaN:
        they belong to the data that was mined. Forward returns are those of the same price column as when mined, where
        the data have it; `parameters` names it.

    Raises
    ------
    UsageError
        When `result` is none, or an argument is unusable.
    DataError
        When the data lack a column that was mined, have another number of channels or another transform, or are too
        short.

    Examples
    --------
    >>> from motifkit.io.samples import planted_series
    >>> from motifkit.mining.mine import mine
    >>> values, _ = planted_series(n=1000, n_shapes=2, length=16, count=10, seed=0)
    >>> mined = mine(values, length=16, n_motifs=2, n_surrogates=0)
    >>> [motif.count for motif in match(mined, values).motifs]
    [10, 10]
    """
    if not isinstance(result, MiningResult):
        raise UsageError(
            f"result must be a MiningResult, got {type(result).__name__}; read a file with MiningResult.load"
        )
    if not result.motifs:
        raise DataError(f"the result of mining {result.source} holds no motifs, so there is nothing to match")
    if horizon is None:
        horizon = result.parameters.get("horizon", max(motif.length for motif in result.motifs))
    require_whole("horizon", horizon, 1)
    require_choice("na", na, get_args(NaPolicy))
    dataset = read_as_mined(data, result, column=column, columns=columns, transform=transform, na=na)
    nan = float("nan")
    motifs = [
        replace(
            motif,
            occurrences=occurrences_of(found.idx, found.distances, found.windows, dataset),
            expected_count=nan,
            p_value=nan,
            q_value=nan,
            outcome=None,
            match_count=len(found.idx),
        )
        for motif, found in zip(result.motifs, _search(result, dataset), strict=True)
    ]
    changed = {"horizon": horizon, "price_column": dataset.price, "matched_from": result.fingerprint}
    return replace(
        result,
        motifs=add_outcomes(motifs, dataset, horizon),
        parameters={**result.parameters, **changed},
        source=dataset.source,
        fingerprint=dataset.fingerprint,
        channels=dataset.channels,
        transform=dataset.transform,
        n_steps=dataset.n_steps,
        notes=tuple(dict.fromkeys((*result.notes, *repair_notes(dataset)))),
    )


def with_match_counts(result: MiningResult, dataset: TrajectoryDataset) -> MiningResult:
    """Result whose motifs know how often `match` finds them in the data that were mined.

    Miners have rules of their own for what an occurrence is. How often a motif occurs in new data is to be compared
    with how often the same rule finds it in the old.

    Examples
    --------
    >>> from motifkit.io.prices import as_dataset
    >>> from motifkit.mining.mine import mine
    >>> data = as_dataset(np.random.default_rng(0).normal(size=200).cumsum())
    >>> result = with_match_counts(mine(data, 8, "sax", n_motifs=1, n_surrogates=0), data)
    >>> result.motifs[0].match_count == match(result, data).motifs[0].count
    True
    """
    if not result.motifs:
        return result
    found = _search(result, dataset)
    motifs = (replace(m, match_count=len(one.idx)) for m, one in zip(result.motifs, found, strict=True))
    return replace(result, motifs=tuple(motifs))


class _Found(NamedTuple):
    """Windows in which a motif occurs, nearest first, and their distances in the units of the data."""

    idx: IntArray
    distances: FloatArray
    windows: Windows


def _search(result: MiningResult, dataset: TrajectoryDataset) -> list[_Found]:
    """Where each motif occurs. Those of one length compete for windows, of different lengths they may overlap."""
    frame = Frame.of(dataset, result.parameters.get("normalize", "zscore"))
    joint = bool(result.parameters.get("joint", False))
    found: dict[int, _Found] = {}
    for length in sorted({motif.length for motif in result.motifs}):
        if found:
            windows = collect_windows(frame.apply(dataset), length, frame.normalize, joint=joint)
        else:  # of the shortest there must be some
            windows = usable_windows(
                dataset,
                frame,
                length,
                joint=joint,
                least=length,
                advice="give more rows, or mine shorter motifs",
            )
        at = [i for i, motif in enumerate(result.motifs) if motif.length == length]
        words = _words(result, windows)
        near = [_near(result, result.motifs[i], windows, frame, words) for i in at]
        claims = [_apart(idx, distances, windows) for idx, distances in near]
        kept = assign_to_nearest(claims, windows.position, windows.length)
        for i, idx, (close, distances) in zip(at, kept, near, strict=True):
            found[i] = _Found(idx, distances[np.searchsorted(close, idx)] * frame.unit, windows)
    return [found[i] for i in range(len(result.motifs))]


def label_windows(result: MiningResult, windows: Windows, frame: Frame) -> IntArray:
    """Index of the nearest motif that each window (n,) belongs to, -1 for none."""
    label, words = np.full(len(windows), -1, dtype=np.int64), _words(result, windows)
    best = np.full(len(windows), np.inf)
    for i, motif in enumerate(result.motifs):
        idx, distances = _near(result, motif, windows, frame, words)
        nearer = distances < best[idx]
        label[idx[nearer]] = i
        best[idx[nearer]] = distances[nearer]
    return label


def _words(result: MiningResult, windows: Windows) -> npt.NDArray[np.str_] | None:
    """SAX word of each window (n,), spelt as those of the motifs; None for other miners."""
    if result.method != "sax":
        return None
    named = {name: result.parameters.get(name) for name in ("n_segments", "alphabet_size")}
    return np.array(
        label_words(windows, **checked_options("sax", "zscore", windows.length, named)), dtype=str
    )


def _near(
    result: MiningResult, motif: Motif, windows: Windows, frame: Frame, words: npt.NDArray[np.str_] | None
) -> tuple[IntArray, FloatArray]:
    """Windows that belong to a motif, and their distances to its prototype, both in the frame."""
    prototype = frame.enter(motif.prototype).ravel()
    if result.method == "dtw":
        band = result.parameters.get("warping_window")
        band = default_band(windows.length) if band is None else int(band)
        distances = dtw_to(prototype, windows.points, windows, band)
    else:
        distances = windows.distances(ALL, prototype)
    if words is not None:
        inside = np.isin(words, motif.words)
    else:
        inside = distances <= motif.radius / frame.unit * (1 + _ROUNDING) + 1e-12
    idx = np.flatnonzero(inside)
    return idx, distances[idx]


def _apart(idx: IntArray, distances: FloatArray, windows: Windows) -> tuple[IntArray, FloatArray]:
    order = np.lexsort((idx, distances))
    kept = pick_non_overlapping(idx[order], windows.position, windows.length, max(1, len(idx)))
    return kept, distances[np.searchsorted(idx, kept)]
