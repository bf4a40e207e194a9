"""The values that flow through motifkit: episodes in, motifs out. Immutable, and made of NumPy alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
TimeArray: TypeAlias = npt.NDArray[np.datetime64]

Method: TypeAlias = Literal["matrix_profile", "sax", "dtw"]
Normalize: TypeAlias = Literal["zscore", "mean", "none"]
Transform: TypeAlias = Literal["level", "log", "return"]


@dataclass(frozen=True, eq=False)
class Episode:
    """One uninterrupted stretch of experience; a price series is one episode without actions and rewards.

    Row `t` holds what was logged together: the observation, the action taken on it, the reward that followed.

    Parameters
    ----------
    observations : (T, obs_dim) float array
        One row a step. NaN marks a missing value: no window that holds one is mined.
    actions : (T,) or (T, act_dim) array, optional
        None means zeros, as for a price series.
    rewards : (T,) float array, optional
        None means zeros.
    terminated, truncated : bool
        How the episode ended, as in gymnasium.
    timestamps : (T,) datetime64 array in UTC, optional
        None when the rows carry no time.
    prices : (T,) float array, optional
        The price at each row, which forward returns and pictures refer to, whatever the transform of the
        observations. None for trajectories.
    id : str
        Name of the episode, for messages.

    Raises
    ------
    ValueError
        When an array has another number of rows than `observations`.

    Examples
    --------
    >>> Episode(np.array([[1.0], [2.0], [3.0]]), actions=np.array([0, 1, 0])).to_context()
    array([[1., 0., 0.],
           [2., 0., 0.],
           [3., 1., 0.]])
    """

    observations: FloatArray
    actions: npt.NDArray[Any] | None = None
    rewards: FloatArray | None = None
    terminated: bool = False
    truncated: bool = False
    timestamps: TimeArray | None = None
    prices: FloatArray | None = None
    id: str = "0"

    def __post_init__(self) -> None:
        if self.observations.ndim != 2:
            raise ValueError(f"observations must be (T, obs_dim), got shape {self.observations.shape}")
        for name in ("actions", "rewards", "timestamps", "prices"):
            value = getattr(self, name)
            if value is not None and len(value) != len(self):
                raise ValueError(
                    f"{name} has {len(value)} rows, observations have {len(self)}; they must agree"
                )

    def __len__(self) -> int:
        return len(self.observations)

    def to_context(self) -> FloatArray:
        """Rows (obs_t, a_{t-1}, r_{t-1}), the first with zeros: what an agent knows when it acts.

        Returns
        -------
        (T, obs_dim + act_dim + 1) float array
            `act_dim` is 1 for scalar or missing actions.
        """
        n = len(self)
        actions = np.zeros((n, 1)) if self.actions is None else self.actions.reshape(n, -1).astype(float)
        rewards = np.zeros((n, 1)) if self.rewards is None else self.rewards.reshape(n, 1)
        past = np.hstack([actions, rewards])
        past = np.vstack([np.zeros((1, past.shape[1])), past[:-1]]) if n else past
        return np.hstack([self.observations, past])


@dataclass(frozen=True, eq=False)
class TrajectoryDataset:
    """Episodes that share their channels, and where they came from.

    Parameters
    ----------
    episodes : tuple of Episode
        No window ever crosses the end of one.
    channels : tuple of str
        Names of the observation columns.
    source : str
        File name, or "array" and the like for data given in Python.
    fingerprint : str
        sha256 of the mined values, in hex; results carry it, so that they are not applied to other data
        unawares.
    transform : {"level", "log", "return"}
        How the observations were made from the values that were read.
    adjusted : bool, optional
        Whether prices are adjusted for splits and dividends; None when the source does not say.
    repairs : tuple of str
        What was mended on reading, in words, for example "2 duplicate dates dropped".
    """

    episodes: tuple[Episode, ...]
    channels: tuple[str, ...]
    source: str = "array"
    fingerprint: str = ""
    transform: Transform = "level"
    adjusted: bool | None = None
    repairs: tuple[str, ...] = ()

    @property
    def n_steps(self) -> int:
        """Number of rows over all episodes."""
        return sum(len(e) for e in self.episodes)


class Occurrence(NamedTuple):
    """One place where a motif occurs: rows `start` to `end` (exclusive) of an episode.

    `distance` is the distance to the motif's prototype in the units of the miner. `start_time` and
    `end_time` are the timestamps of the first and the last row, None when the data carry none.
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
        Largest distance of an occurrence to the prototype.
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
    notes: tuple[str, ...] = field(default=())

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
            Columns `label, length, count, expected, p_value, q_value, distance, radius, score`, then `first`
            and `last`, when the first and the last occurrence begin (row numbers when the data carry no
            time), then `horizon, n_outcomes, mean_return, unconditional_return, lift, lift_low, lift_high,
            lift_p_value, lift_q_value`, missing where there is no outcome.
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
