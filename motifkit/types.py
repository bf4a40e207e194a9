"""The values that flow through motifkit: episodes in, motifs out. Immutable, and made of NumPy alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from motifkit.episodes import (
    BoolArray,
    Episode,
    FloatArray,
    IntArray,
    Method,
    Normalize,
    TimeArray,
    TrajectoryDataset,
    Transform,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BoolArray",
    "Episode",
    "FloatArray",
    "IntArray",
    "Method",
    "MiningResult",
    "Motif",
    "Normalize",
    "Occurrence",
    "Outcome",
    "TimeArray",
    "TrajectoryDataset",
    "Transform",
]


class Occurrence(NamedTuple):
    """One place where a motif occurs: rows `start` to `end` (exclusive) of an episode.

    Rows count what was mined: sorted by time, and without those that were dropped. Times, where there are any, lead
    back to the data as they were given.

    `distance` is the distance to the motif's prototype in the units of the miner. `start_time` and
    `end_time` are the timestamps of the first and the last row, None when the data carry none.

    Examples
    --------
    >>> place = Occurrence(episode=0, start=5, end=9, distance=0.1)
    >>> place.end - place.start
    4
    """

    episode: int
    start: int
    end: int
    distance: float
    start_time: np.datetime64 | None = None
    end_time: np.datetime64 | None = None


@dataclass(frozen=True)
class Outcome:
    """What followed a motif: the mean forward return beside the unconditional one.

    Parameters
    ----------
    horizon : int
        Bars after the last bar of an occurrence.
    n : int
        Occurrences that have a full horizon after them.
    mean, unconditional : float
        Mean simple return over the horizon, after occurrences and after every bar.
    lift, low, high : float
        `mean - unconditional` and the ends of its 95% interval.
    p_value, q_value : float
        Two-sided, against circular shifts of the occurrences; `q_value` after FDR over the listed motifs.

    Examples
    --------
    >>> after = Outcome(4, 29, 0.004, 0.001, 0.003, low=-0.002, high=0.008, p_value=0.1, q_value=0.3)
    >>> after.low < 0 < after.high  # nothing is known of what follows
    True
    """

    horizon: int
    n: int
    mean: float
    unconditional: float
    lift: float
    low: float
    high: float
    p_value: float
    q_value: float


@dataclass(frozen=True, eq=False)
class Motif:
    """A recurring pattern with all its occurrences.

    Parameters
    ----------
    prototype : (length, channels) float array
        Mean of the normalised occurrences, itself normalised; for `normalize="none"` in the units of the
        data.
    occurrences : tuple of Occurrence
        Non-overlapping, nearest to the prototype first.
    radius : float
        Largest distance of an occurrence to the prototype in the data that were mined. Occurrences that
        `motifkit.match` finds are not farther away, except for SAX, whose words decide.
    score : float
        Surprise: -log of the chance, in nats, of this many occurrences within the radius under the null.
    expected_count : float
        Occurrences within the radius that chance gives, by surrogates (or a Markov model of the words, for
        SAX). NaN when it was not estimated.
    p_value, q_value : float
        Chance that the *most* surprising motif of a patternless series is as surprising; `q_value` after FDR
        over the listed motifs. NaN when surrogates were turned off.
    outcome : Outcome, optional
        None when the data have no prices.
    label : str
        Short name, "A" for the most surprising.
    words : tuple of str
        SAX words of the motif; empty for other miners.
    match_count : int, optional
        How often `motifkit.match` finds the motif in these data, which is what its counts in new data are to be
        compared with. It may differ from `count`, since miners do not give every window to the nearest prototype.
        None where it was not counted.

    Examples
    --------
    >>> rise = np.array([[-1.0], [0.0], [1.0]])
    >>> motif = Motif(rise, (Occurrence(0, 5, 8, 0.1),), radius=0.1, score=2.0, q_value=0.02, label="A")
    >>> motif.length, motif.count, motif.is_significant()
    (3, 1, True)
    """

    prototype: FloatArray
    occurrences: tuple[Occurrence, ...]
    radius: float
    score: float
    expected_count: float = float("nan")
    p_value: float = float("nan")
    q_value: float = float("nan")
    outcome: Outcome | None = None
    label: str = ""
    words: tuple[str, ...] = ()
    match_count: int | None = None

    @property
    def length(self) -> int:
        """Rows of a window."""
        return len(self.prototype)

    @property
    def count(self) -> int:
        """Number of occurrences."""
        return len(self.occurrences)

    @property
    def distance(self) -> float:
        """Mean distance of the occurrences to the prototype; NaN without any."""
        return float(np.mean([o.distance for o in self.occurrences])) if self.occurrences else float("nan")

    def in_time(self) -> list[Occurrence]:
        """Occurrences by the time at which they begin, where the data carry any; else in the order of the data."""
        places = sorted(self.occurrences, key=lambda o: (o.episode, o.start))
        times = [o.start_time for o in places if o.start_time is not None]
        return [places[i] for i in np.argsort(times, kind="stable")] if len(times) == len(places) else places

    def is_significant(self, alpha: float = 0.05) -> bool:
        """Whether chance does not explain the motif: `q_value < alpha` (False when it was not computed)."""
        return bool(self.q_value < alpha)


@dataclass(frozen=True, eq=False)
class MiningResult:
    """Motifs found in a dataset, most surprising first, and everything needed to find them again.

    Parameters
    ----------
    motifs : tuple of Motif
        Most surprising first.
    method : {"matrix_profile", "sax", "dtw"}
        The miner.
    parameters : mapping
        Arguments of the miner, JSON values only.
    channels : tuple of str
        Names of the columns that were mined.
    source, fingerprint, transform : str
        Of the `TrajectoryDataset` that was mined.
    n_steps : int
        Rows that were mined.
    version : str
        motifkit's version that wrote the result.
    notes : tuple of str
        What a reader should know of how it was found, a sentence each.

    Examples
    --------
    >>> MiningResult((), "sax", {"length": 4}, ("Close",), source="goog.csv").to_frame().empty
    True
    """

    motifs: tuple[Motif, ...]
    method: Method
    parameters: Mapping[str, Any]
    channels: tuple[str, ...]
    source: str = "array"
    fingerprint: str = ""
    transform: Transform = "level"
    n_steps: int = 0
    version: str = ""
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        from motifkit.report.summary import summary

        return summary(self)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the result to exactly `path`; see `motifkit.io.results.save_result`.

        Raises
        ------
        FileAccessError
            When the file is there and `overwrite` is false, or it cannot be written.
        """
        from motifkit.io.results import save_result

        return save_result(self, path, overwrite=overwrite)

    @classmethod
    def load(cls, path: str | Path) -> MiningResult:
        """Read a result that `save` wrote; see `motifkit.io.results.load_result`.

        Raises
        ------
        FileAccessError, CorruptFileError
            When the file cannot be read; when it is damaged or no result.
        """
        from motifkit.io.results import load_result

        return load_result(path)

    def to_frame(self) -> pd.DataFrame:
        """Table with a row a motif.

        Returns
        -------
        DataFrame
            Columns `label, length, count, expected, p_value, q_value, distance, radius, score`; `first` and `last`,
            when the first and the last occurrence begin (their row numbers when the data carry no time); `horizon,
            n_outcomes, mean_return, unconditional_return, lift, lift_low, lift_high, lift_p_value, lift_q_value`,
            missing where there is no outcome.
        """
        from motifkit.io.frames import motifs_frame

        return motifs_frame(self)

    def occurrences_frame(self) -> pd.DataFrame:
        """Table with a row an occurrence: `label, episode, start, end, distance, start_time, end_time`."""
        from motifkit.io.frames import occurrences_frame

        return occurrences_frame(self)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, NaN as None and times as ISO 8601 text; see `motifkit.io.result_values.result_to_dict`."""
        from motifkit.io.result_values import result_to_dict

        return result_to_dict(self)

    def to_json(self, *, indent: int | None = None) -> str:
        """`as_dict` as JSON text, on one line unless `indent` is given."""
        return json.dumps(self.as_dict(), indent=indent, allow_nan=False, ensure_ascii=False)
