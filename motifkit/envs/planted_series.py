"""Series of returns with planted shapes that move what follows them: how they are drawn, what can be known of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from motifkit.arguments import require_number, require_whole
from motifkit.types import FloatArray, IntArray

_SHARPEST = 1e-6  # deviation that stands for no noise at all; float32 rounds as coarsely


class PlantedSample(NamedTuple):
    """S series of n steps, and the truth about them.

    `returns` (S, n) float32. `shape` (S, n) int64: the shape whose last step this is, -1 for none. `drift`
    (S, n) float32: expected return of the step by the rule that shapes move what follows, 0 elsewhere.
    """

    returns: npt.NDArray[np.float32]
    shape: IntArray
    drift: npt.NDArray[np.float32]


class SeriesDraws(NamedTuple):
    """All that chance decides about S series of n steps; at most G shapes begin in them.

    `normals` (S, n) float: noise of each step. `gaps` (S, G) int64: free steps before each shape. `shapes`
    (S, G) int64: which shape it is.
    """

    normals: FloatArray
    gaps: IntArray
    shapes: IntArray


@dataclass(frozen=True)
class PlantedSeries:
    """Standard-normal returns in which shapes are planted at random; after a shape the returns drift for a while.

    A shape begins at a free step with probability `rate`, each of them equally often. Its `length` steps are
    the shape plus noise; the `hold` returns after it have mean `drift` or `-drift`; then steps are free again.
    A series begins with free steps, and its end may cut off a shape.

    Parameters
    ----------
    n_shapes : int
        Number of shapes, at least 1.
    length : int
        Steps of a shape, at least 4.
    noise : float
        Standard deviation of the noise on each occurrence, at least 0.
    drift : float
        Mean of the returns that follow a shape, up to its sign; at least 0.
    hold : int
        Returns that drift after a shape, at least 1.
    rate : float
        Probability that a shape begins at a free step, 0 (no shapes at all) to 1.
    seed : int
        Draws the shapes; the same seed gives the same shapes.

    Attributes
    ----------
    shapes : (n_shapes, length) float array
        Each of mean 0 and standard deviation 1.
    signs : (n_shapes,) float array
        Direction of the drift: 1, -1, 1, ...

    Raises
    ------
    UsageError
        For other values.

    Examples
    --------
    >>> series = PlantedSeries(length=4, rate=0.2)
    >>> returns, shape, drift = series.sample(2, 100, np.random.default_rng(0))
    >>> returns.shape, int((shape >= 0).sum())
    ((2, 100), 18)
    """

    n_shapes: int = 4
    length: int = 8
    noise: float = 0.25
    drift: float = 1.0
    hold: int = 3
    rate: float = 0.03
    seed: int = 7
    shapes: FloatArray = field(init=False, repr=False, compare=False)
    signs: FloatArray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, least in (("n_shapes", 1), ("length", 4), ("hold", 1), ("seed", 0)):
            object.__setattr__(self, name, require_whole(name, getattr(self, name), least))
        for name, most in (("noise", math.inf), ("drift", math.inf), ("rate", 1.0)):
            object.__setattr__(self, name, require_number(name, getattr(self, name), least=0, most=most))
        shapes = np.random.default_rng(self.seed).normal(size=(self.n_shapes, self.length))
        shapes -= shapes.mean(axis=1, keepdims=True)
        shapes /= shapes.std(axis=1, keepdims=True)
        signs = np.where(np.arange(self.n_shapes) % 2, -1.0, 1.0)
        for name, values in (("shapes", shapes), ("signs", signs)):
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    @property
    def bound(self) -> float:
        """Size that no return exceeds: NumPy's normal numbers end before 14 standard deviations."""
        return float(max(np.abs(self.shapes).max() + 14 * self.noise, self.drift + 14))

    def sample(self, n_series: int, n: int, rng: np.random.Generator) -> PlantedSample:
        """Draw series.

        Parameters
        ----------
        n_series : int
            S, how many.
        n : int
            Steps of each.
        rng : Generator

        Returns
        -------
        PlantedSample
            `returns`, `shape` and `drift`, (S, n) each.
        """
        return self.build(self.draw(n_series, n, rng))

    def draw(self, n_series: int, n: int, rng: np.random.Generator) -> SeriesDraws:
        """Random numbers of S series of n steps, for `build`; S times one series and S at once differ."""
        size = (n_series, -(-n // (self.length + self.hold)))  # as many shapes as fit without a gap
        normals = rng.standard_normal((n_series, n))
        # Trials up to the first success are geometric: one number stands for a run of free steps.
        gaps = rng.geometric(self.rate, size) - 1 if self.rate else np.full(size, n)
        return SeriesDraws(normals, np.minimum(gaps, n), rng.integers(self.n_shapes, size=size))

    def build(self, draws: SeriesDraws) -> PlantedSample:
        """Series that follow from random numbers.

        Parameters
        ----------
        draws : SeriesDraws
            From `draw`; rows of several may be put together.

        Returns
        -------
        PlantedSample
            `returns`, `shape` and `drift`, (S, n) each.
        """
        n_series, n = draws.normals.shape
        busy = self.length + self.hold
        starts = np.cumsum(draws.gaps + busy, axis=1) - busy  # (S, G)
        row, j = np.nonzero(starts < n)
        start, which = starts[row, j, None], draws.shapes[row, j]  # (P, 1) and (P,) for P plantings
        row = row[:, None]
        # Wider than the series, so that what is cut off at its end needs no special care.
        mean, drift, scale = (np.full((n_series, n + busy), value) for value in (0.0, 0.0, 1.0))
        label = np.full((n_series, n + busy), -1, np.int64)
        within = start + np.arange(self.length)  # (P, length)
        mean[row, within] = self.shapes[which]
        scale[row, within] = self.noise
        drift[row, start + np.arange(self.length, busy)] = self.drift * self.signs[which, None]
        label[row[:, 0], start[:, 0] + self.length - 1] = which
        returns = mean[:, :n] + drift[:, :n] + scale[:, :n] * draws.normals
        return PlantedSample(returns.astype(np.float32), label[:, :n].copy(), drift[:, :n].astype(np.float32))

    def forecast(self, returns: npt.ArrayLike) -> FloatArray:
        """Expected next return, for one who knows the shapes and rules but sees the returns alone.

        The exact posterior over where in which shape a series is, by the forward recursion of hidden Markov
        models. Within a shape it foresees the rest of the shape, not only the drift after it.

        Parameters
        ----------
        returns : (S, n) float array
            Series from their first step on.

        Returns
        -------
        (S, n) float array
            At `t` the expectation of the return at `t + 1`, given those up to `t`.

        References
        ----------
        Rabiner, "A tutorial on hidden Markov models", Proceedings of the IEEE 77(2), 1989.
        """
        seen = np.asarray(returns, dtype=float)
        n_series, n = seen.shape
        busy = self.length + self.hold
        follow = np.repeat(self.drift * self.signs[:, None], self.hold, axis=1)
        # States: a free step, then every step of every shape and of the drift after it.
        means = np.append(0.0, np.hstack([self.shapes, follow]))  # (1 + n_shapes * busy,)
        deviations = np.repeat([max(self.noise, _SHARPEST), 1.0], [self.length, self.hold])
        deviations = np.append(1.0, np.tile(deviations, self.n_shapes))
        belief = self._step_on(np.ones((n_series, 1)), np.zeros((n_series, self.n_shapes, busy)))
        expected = np.empty((n_series, n))
        for t in range(n):
            z = (seen[:, t, None] - means) / deviations
            with np.errstate(divide="ignore"):  # states that are impossible here stay so
                weight = np.log(belief) - 0.5 * z**2 - np.log(deviations)
            belief = np.exp(weight - weight.max(axis=1, keepdims=True))
            belief /= belief.sum(axis=1, keepdims=True)
            belief = self._step_on(belief[:, :1], belief[:, 1:].reshape(n_series, self.n_shapes, busy))
            expected[:, t] = belief @ means
        return expected

    def _step_on(self, free: FloatArray, planted: FloatArray) -> FloatArray:
        """Belief (S, 1 + n_shapes * busy) about the next step from that about this one."""
        free = free + planted[:, :, -1].sum(axis=1, keepdims=True)  # (S, 1)
        ahead = np.empty_like(planted)  # (S, n_shapes, busy)
        ahead[:, :, 1:] = planted[:, :, :-1]
        ahead[:, :, 0] = free * (self.rate / self.n_shapes)
        return np.hstack([free * (1 - self.rate), ahead.reshape(len(ahead), -1)])
