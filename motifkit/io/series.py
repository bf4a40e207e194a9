"""From raw columns to an episode: order of time, repeated dates, missing values, transform."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from motifkit.errors import DataError
from motifkit.io.origin import Origin
from motifkit.io.row_order import in_order
from motifkit.types import (
    BoolArray,
    Episode,
    FloatArray,
    IntArray,
    TimeArray,
    TrajectoryDataset,
    Transform,
)
from motifkit.words import counted

NaPolicy: TypeAlias = Literal["error", "drop", "fill"]
GapPolicy: TypeAlias = Literal["error", "drop", "fill", "keep"]
"""As `NaPolicy`, or missing and infinite values stay, as NaN."""

_REPAIRS_TOLD = 10


def fingerprint(episodes: Sequence[Episode], channels: Sequence[str]) -> str:
    """Hash of what is mined: values, channel names and where the episodes end.

    Parameters
    ----------
    episodes : sequence of Episode
    channels : sequence of str

    Returns
    -------
    str
        sha256 in hex; the same on every platform for equal values.

    Examples
    --------
    >>> fingerprint([Episode(np.array([[1.0], [2.0]]))], ["value"])[:8]
    'f9944e96'
    """
    digest = hashlib.sha256()
    digest.update(json.dumps([list(channels), [len(e) for e in episodes]]).encode())
    for episode in episodes:
        digest.update(np.ascontiguousarray(episode.observations, dtype="<f8").tobytes())
    return digest.hexdigest()


def repair_notes(dataset: TrajectoryDataset) -> tuple[str, ...]:
    """What was mended in the data, for the notes of a result: the first repairs with their source, and how many more.

    Examples
    --------
    >>> episode = Episode(np.array([[1.0], [2.0]]))
    >>> repair_notes(TrajectoryDataset((episode,), ("x",), source="a.csv", repairs=("rows sorted by date",)))
    ('a.csv: rows sorted by date',)
    """
    told = [f"{dataset.source}: {repair}" for repair in dataset.repairs[:_REPAIRS_TOLD]]
    more = len(dataset.repairs) - len(told)
    return (*told, *([f"{dataset.source}: {counted(more, 'more repair')}"] if more else []))


def build_episode(
    values: FloatArray,
    times: TimeArray | None,
    *,
    names: Sequence[str],
    price: int | None,
    transform: Transform,
    na: GapPolicy,
    origin: Origin,
    id: str = "0",
    n_mined: int | None = None,
) -> tuple[Episode, tuple[str, ...]]:
    """Episode of a series, and what was mended on the way.

    Rows are put in order of time; of rows with one time the last is kept, unless half of the rows would be lost;
    missing and infinite values are handled as `na` says; then the transform is taken.

    Parameters
    ----------
    values : (T, c) float array
        As read, NaN or infinite where missing.
    times : (T,) datetime64 array, optional
        NaT where missing.
    names : sequence of str, length c
    price : int, optional
        Channel that holds the price; the episode has no prices when None, or when any of them is not
        positive.
    transform : {"level", "log", "return"}
        Simple returns are one row shorter.
    na : {"error", "drop", "fill", "keep"}
    origin : Origin
        Names the rows for messages.
    id : str
    n_mined : int, optional
        How many of the channels, from the first on, are observations; the others only give the price. None takes all.

    Returns
    -------
    episode : Episode
    repairs : tuple of str

    Raises
    ------
    DataError
        When a value is missing (`na="error"`), half of the rows repeat a date, nothing is left, or a logarithm or
        return cannot be taken.

    Examples
    --------
    >>> episode, repairs = build_episode(np.array([[1.0], [np.nan], [4.0]]), None, names=["x"], price=0,
    ...                                  transform="return", na="fill", origin=Origin("x"))
    >>> episode.observations.ravel(), episode.prices, repairs
    (array([0., 3.]), array([1., 4.]), ('1 missing value filled with the one before',))
    """
    rows, repairs = in_order(times, values, na == "drop", origin)
    rows, values, mended = _without_gaps(values, rows, names, na, origin)
    if times is not None:
        times = times[rows]
    level, values = values, values[:, :n_mined]
    if transform != "level":
        values = _transformed(values, rows, names, transform, origin)
        level = level[len(level) - len(values) :]
        times = times if times is None else times[len(times) - len(values) :]
    prices = None if price is None else np.ascontiguousarray(level[:, price])
    if prices is not None and not (prices > 0).all():
        prices = None
    episode = Episode(np.ascontiguousarray(values), timestamps=times, prices=prices, id=id)
    return episode, (*repairs, *mended)


def _without_gaps(
    values: FloatArray, rows: IntArray, names: Sequence[str], na: GapPolicy, origin: Origin
) -> tuple[IntArray, FloatArray, tuple[str, ...]]:
    """Rows that stay, their values, and what was dropped or filled."""
    kept = values[rows]
    bad = ~np.isfinite(kept)
    if not bad.any():
        return rows, kept, ()
    if na == "keep":
        return rows, np.where(bad, np.nan, kept), ()
    for j, name in enumerate(names):
        if bad[:, j].all():
            raise DataError(f"{origin.source}: column {name} has no value in any row; choose another column")
    if na == "error":
        raise DataError(_first_gap(values, rows, names, origin))
    n_bad, n_infinite = int(bad.any(axis=1).sum()), int(np.isinf(kept).any(axis=1).sum())
    kind = "missing" if not n_infinite else "infinite" if n_infinite == n_bad else "missing or infinite"
    if na == "fill":
        return _filled(kept, rows, bad, kind)
    keep = ~bad.any(axis=1)
    if not keep.any():
        raise DataError(
            f"{origin.source}: no row has a value in every column; choose other columns or --na fill"
        )
    told = f"{counted(n_bad, 'row')} with {kind} values dropped, so that windows run over the gaps"
    return rows[keep], kept[keep], (told,)


def _first_gap(values: FloatArray, rows: IntArray, names: Sequence[str], origin: Origin) -> str:
    """Message for the gap that comes first in the file, which is where the user looks."""
    gaps = ~np.isfinite(values[rows]).all(axis=1)
    i = int(rows[gaps].min())
    j = int(np.flatnonzero(~np.isfinite(values[i]))[0])
    what = "infinite" if np.isinf(values[i, j]) else "missing"
    number = "only this row" if gaps.sum() == 1 else f"{gaps.sum():,} rows"
    return (
        f"{origin.row(i)}, column {names[j]}: the value is {what} ({number} of {len(rows):,}); "
        "choose --na drop or --na fill, or mend the data"
    )


def _filled(
    kept: FloatArray, rows: IntArray, bad: BoolArray, kind: str
) -> tuple[IntArray, FloatArray, tuple[str, ...]]:
    """Gaps filled with the value before; rows that have none before them cut off."""
    here = np.arange(len(kept))[:, None]
    last = np.maximum.accumulate(np.where(bad, -1, here), axis=0)
    lead = int((last < 0).any(axis=1).sum())
    filled = np.take_along_axis(kept, np.maximum(last, 0), axis=0)
    n_filled = int(bad[lead:].sum())
    repairs = []
    if lead:
        repairs.append(f"{counted(lead, 'leading row')} without a value dropped")
    if n_filled:
        repairs.append(f"{counted(n_filled, f'{kind} value')} filled with the one before")
    return rows[lead:], filled[lead:], tuple(repairs)


def _transformed(
    values: FloatArray, rows: IntArray, names: Sequence[str], transform: Transform, origin: Origin
) -> FloatArray:
    """Logarithms of all rows, or returns of all but the first."""
    what = "logarithm" if transform == "log" else "return"
    wrong = np.argwhere(values <= 0)
    if len(wrong):
        i, j = wrong[rows[wrong[:, 0]].argmin()]
        where = f"{origin.row(int(rows[i]))}, column {names[j]}"
        raise DataError(
            f"{where}: {values[i, j]:g} is not positive and has no {what}; "
            "use --transform level, or mend the data"
        )
    if transform == "log":
        return np.log(values)
    with np.errstate(over="ignore"):
        returns = values[1:] / values[:-1] - 1
    wrong = np.argwhere(np.isinf(returns))
    if len(wrong):
        i, j = wrong[0]
        where = f"{origin.row(int(rows[i + 1]))}, column {names[j]}"
        raise DataError(
            f"{where}: the return from {values[i, j]:g} to {values[i + 1, j]:g} is too large for a number; "
            "use --transform log"
        )
    return returns


def require_rows(n: int, source: str) -> None:
    """Raise a DataError when fewer than two rows are left, which hold no pattern."""
    if n < 2:
        raise DataError(f"{source} has {counted(n, 'usable row')}; a pattern needs at least two")
