"""A common origin and scale for the values that are mined, so that no square overflows and none is rounded away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from motifkit.errors import DataError
from motifkit.mining.windows import Windows, collect_windows
from motifkit.types import FloatArray, Normalize, TrajectoryDataset


@dataclass(frozen=True, eq=False)
class Frame:
    """Origin and scale in which a dataset is mined.

    z-normalised windows have neither. Those that keep their scale, or their level as well, are mined as
    ``(x - origin) / scale``, and what is found is expressed in the units of the data again.

    Parameters
    ----------
    origin : (c,) float array
        Zero unless windows keep their level.
    scale : float
        A power of two, so that dividing by it loses nothing.
    normalize : {"zscore", "mean", "none"}

    Examples
    --------
    >>> from motifkit.types import Episode
    >>> data = TrajectoryDataset((Episode(np.array([[1e308], [-1e308], [0.0]])),), ("x",))
    >>> frame = Frame.of(data, "mean")
    >>> bool(np.abs(frame.apply(data).episodes[0].observations).max() <= 2)
    True
    """

    origin: FloatArray
    scale: float
    normalize: Normalize

    @classmethod
    def of(cls, dataset: TrajectoryDataset, normalize: Normalize) -> Frame:
        """Frame of a dataset: the mean of each channel and the largest deviation from it."""
        origin = np.zeros(len(dataset.channels))
        rows = [e.observations[np.isfinite(e.observations).all(axis=1)] for e in dataset.episodes]
        values = np.concatenate(rows) if rows else np.empty((0, len(dataset.channels)))
        if not len(values):
            return cls(origin, 1.0, normalize)
        if normalize == "none":
            coarse = _power_of_two(values)
            origin = (values / coarse).mean(axis=0) * coarse
        return cls(origin, _power_of_two(values / 2 - origin / 2) * 2, normalize)

    def apply(self, dataset: TrajectoryDataset) -> TrajectoryDataset:
        """The dataset with its observations in this frame."""
        episodes = tuple(
            replace(e, observations=e.observations / self.scale - self.origin / self.scale)
            for e in dataset.episodes
        )
        return replace(dataset, episodes=episodes)

    def enter(self, prototype: FloatArray) -> FloatArray:
        """Prototype (m, c) in this frame."""
        if self.normalize == "zscore":
            return prototype
        return prototype / self.scale - self._level() / self.scale

    def leave(self, prototype: FloatArray) -> FloatArray:
        """Prototype (m, c) of this frame in the units of the data."""
        if self.normalize == "zscore":
            return prototype
        return prototype * self.scale + self._level()

    @property
    def unit(self) -> float:
        """What a distance of 1 in this frame is in the units of the data."""
        return 1.0 if self.normalize == "zscore" else self.scale

    def _level(self) -> FloatArray:
        return self.origin if self.normalize == "none" else np.zeros_like(self.origin)


def _power_of_two(values: FloatArray) -> float:
    """Power of two that the largest absolute value comes close to; 1 for zeros."""
    largest = float(np.abs(values).max())
    return float(2.0 ** np.clip(np.frexp(largest)[1], -1022, 1022)) if largest > 0 else 1.0


def usable_windows(
    dataset: TrajectoryDataset,
    frame: Frame,
    length: int,
    *,
    joint: bool,
    least: int | None = None,
    advice: str = "pass a smaller length (--len)",
) -> Windows:
    """Windows of a dataset in a frame, or an error that says why it has none.

    Parameters
    ----------
    dataset, frame, length, joint
    least : int, optional
        Fewest rows. None means two windows, of which one can recur in the other.
    advice : str
        What to do about too few rows, for the message.

    Raises
    ------
    DataError
        Too few rows, nothing but constant windows, or missing values in every window.
    """
    least = 2 * length if least is None else least
    if dataset.n_steps < least:
        raise DataError(
            f"length {length} needs at least {least} rows, but {dataset.source} has {dataset.n_steps}; {advice}"
        )
    windows = collect_windows(frame.apply(dataset), length, frame.normalize, joint=joint)
    if not len(windows):
        raise DataError(_why_no_windows(dataset, length, advice))
    return windows


def _why_no_windows(dataset: TrajectoryDataset, length: int, advice: str) -> str:
    what = f"{dataset.source}: column {', '.join(dataset.channels)}"
    values = np.concatenate([e.observations for e in dataset.episodes])
    finite = values[np.isfinite(values).all(axis=1)]
    if len(finite) and (np.ptp(finite, axis=0) == 0).all():
        return f"{what} is constant ({finite[0, 0]:g} in every row), so it holds no pattern; choose another"
    return f"{what} has no {length} rows in a row that vary and miss no value; {advice}"
