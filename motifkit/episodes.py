"""What is mined: episodes, datasets of them, and the kinds of array and choice that all of motifkit shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError

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
    DataError
        When `observations` is no array of numbers with two dimensions, or an array has another number of rows.

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
        for name in ("observations", "actions", "rewards", "timestamps", "prices"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, np.ndarray):
                object.__setattr__(self, name, _as_array(name, value))
        if self.observations.ndim != 2:
            raise DataError(
                f"observations must be (T, obs_dim), got shape {self.observations.shape}; give one row a step"
            )
        for name in ("actions", "rewards", "timestamps", "prices"):
            value = getattr(self, name)
            if value is not None and len(value) != len(self):
                raise DataError(
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


def _as_array(name: str, values: object) -> npt.NDArray[Any]:
    kinds: dict[str, Any] = {"actions": None, "timestamps": "datetime64"}
    try:
        return np.asarray(values, dtype=kinds.get(name, float))
    except (TypeError, ValueError):
        raise DataError(f"{name} cannot be read as an array; give one row a step, all of one size") from None


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
    price : str, optional
        Name of the column that the episodes' `prices` are of, which need not be a channel. None when they have none, or
        it has no name.

    Raises
    ------
    DataError
        When the observations of an episode have other than one column a channel.

    Examples
    --------
    >>> data = TrajectoryDataset((Episode(np.zeros((5, 2))), Episode(np.ones((3, 2)))), ("x", "y"))
    >>> data.n_steps, data.source
    (8, 'array')
    """

    episodes: tuple[Episode, ...]
    channels: tuple[str, ...]
    source: str = "array"
    fingerprint: str = ""
    transform: Transform = "level"
    adjusted: bool | None = None
    repairs: tuple[str, ...] = ()
    price: str | None = None

    def __post_init__(self) -> None:
        for i, episode in enumerate(self.episodes):
            width = episode.observations.shape[1]
            if width != len(self.channels):
                raise DataError(
                    f"episode {i} has observations of shape {episode.observations.shape}, but the names of the "
                    f"channels are ({', '.join(self.channels)}); name each column once"
                )

    @property
    def n_steps(self) -> int:
        """Number of rows over all episodes."""
        return sum(len(e) for e in self.episodes)
