"""Grids that values lie on, such as cents, so that surrogates repeat exactly where the data do.

A price that moves by a few ticks a bar takes exactly the same course again and again. Compared with surrogates off the
grid, which never repeat exactly, it would seem full of motifs.
"""

from __future__ import annotations

import numpy as np

from motifkit.mining.frame import Frame
from motifkit.types import Episode, FloatArray, TrajectoryDataset

_MOST_DECIMALS = 8
_OFF = 1e-3  # of a grid's spacing by which values may lie off it: what single precision does to prices
_FINEST = 1e-2  # spacing, in deviations of steps: on a finer grid nothing recurs exactly
_FEWEST = 8  # values, since fewer may lie on a grid by chance
_LARGEST = 2.0**52  # multiples of a spacing that are still told apart


class PriceGrid:
    """The grid that a dataset's values lie on, channel by channel, before logarithms or returns were taken.

    The grid of returns is known where they are one channel, those of the episodes' prices.

    Parameters
    ----------
    dataset : TrajectoryDataset
    frame : Frame, optional
        In which series are to be rounded. None means the units of the data.

    Attributes
    ----------
    spacing, origin : (c,) float array
        Of each channel; the spacing is 0 where there is no grid, or one too fine to matter.

    Examples
    --------
    >>> cents = np.random.default_rng(0).integers(-3, 4, (50, 1)).cumsum(axis=0) / 100 + 20
    >>> grid = PriceGrid(TrajectoryDataset((Episode(cents),), ("x",)))
    >>> grid.spacing, grid.rounded(np.array([[20.004], [20.017]]), 0).ravel()
    (array([0.01]), array([20.  , 20.02]))
    """

    def __init__(self, dataset: TrajectoryDataset, frame: Frame | None = None) -> None:
        n_channels = len(dataset.channels)
        self._transform = dataset.transform
        self._scale = 1.0 if frame is None else frame.scale
        self._shift = np.zeros(n_channels) if frame is None else frame.origin
        self._before = [_price_before(episode) for episode in dataset.episodes]
        prices = [
            self._prices(episode.observations, before)
            for episode, before in zip(dataset.episodes, self._before, strict=True)
        ]
        self.spacing, self.origin = np.zeros(n_channels), np.zeros(n_channels)
        for j in range(n_channels):
            parts = [x[np.isfinite(x[:, j]), j] for x in prices if x is not None]
            self.spacing[j] = _spacing(parts)
            self.origin[j] = np.concatenate(parts)[0] if self.spacing[j] else 0.0

    def __bool__(self) -> bool:
        return bool((self.spacing > 0).any())

    def rounded(self, x: FloatArray, episode: int) -> FloatArray:
        """Series (n, c) in place of an episode, in the frame, on the grid; prices that must be positive stay so."""
        if not self:
            return x
        prices = self._prices(x * self._scale + self._shift, self._before[episode])
        if prices is None:
            return x
        spacing = np.where(self.spacing > 0, self.spacing, 1)
        on_grid = np.round((prices - self.origin) / spacing) * spacing + self.origin
        on_grid = np.where(self.spacing > 0, on_grid, prices)
        if self._transform != "level":
            on_grid = np.maximum(on_grid, np.where(self.spacing > 0, self.spacing, 0))
            on_grid = np.log(on_grid) if self._transform == "log" else on_grid[1:] / on_grid[:-1] - 1
        return np.asarray((on_grid - self._shift) / self._scale)

    def _prices(self, x: FloatArray, before: float | None) -> FloatArray | None:
        """Prices (n, c) behind observations, of returns (n + 1, 1); None where they are not known."""
        if self._transform == "level":
            return x
        if self._transform == "log":
            return np.asarray(np.exp(x))
        if before is None or x.shape[1] != 1:
            return None
        return np.asarray(before * np.concatenate([np.ones((1, 1)), (1 + x).cumprod(axis=0)]))


def _price_before(episode: Episode) -> float | None:
    """Price from which the first return leads to the first price; None where returns are not those of the prices."""
    prices, x = episode.prices, episode.observations
    if prices is None or not len(x) or x.shape[1] != 1:
        return None
    if not np.allclose(prices[1:] / prices[:-1] - 1, x[1:, 0], rtol=0, atol=1e-9):
        return None
    return float(prices[0] / (1 + x[0, 0]))


def _spacing(parts: list[FloatArray]) -> float:
    """Spacing of the coarsest grid that all values of one channel lie on; 0 for none that matters."""
    values = np.concatenate([*parts, np.empty(0)])
    if len(values) < _FEWEST:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        step = float(np.concatenate([np.diff(x) for x in parts]).std())
        for decimals in range(_MOST_DECIMALS + 1):
            scaled = values * 10.0**decimals
            if not step > 0 or not np.abs(scaled).max() < _LARGEST:
                break
            whole = np.round(scaled)
            if np.abs(scaled - whole).max() <= _OFF:
                units = int(np.gcd.reduce(np.diff(np.sort(whole)).astype(np.int64)))
                spacing = units / 10.0**decimals
                return spacing if spacing >= _FINEST * step else 0.0
    return 0.0
