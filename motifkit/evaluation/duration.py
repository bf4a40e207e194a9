"""How long an episode takes, learned from measured ones."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from motifkit.errors import DataError, UsageError

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL
    from motifkit.types import FloatArray

_PROBE_DELAYS = (8, 32, 64)
_PROBE_UPDATES = 2


class DurationFit:
    """Straight line through the seconds that an episode takes at several delays.

    Unlike the notebook's fit it keeps its intercept: an episode has a cost that does not grow with its length.

    Parameters
    ----------
    delays : (n,) array
        Steps of an episode; at least two different ones.
    durations : (n,) array
        Seconds of wall-clock time an episode at each delay.

    Attributes
    ----------
    slope : float
        Seconds a step.
    intercept : float
        Seconds an episode of no steps would take.
    r2 : float
        Share of the variance that the line explains, at most 1; NaN when all durations are equal.

    Raises
    ------
    DataError
        When there are fewer than two different delays, or a value is not finite, or negative.

    Examples
    --------
    >>> fit = DurationFit([2, 4, 8], [0.02, 0.03, 0.05])
    >>> round(fit.predict(16), 3), round(fit.r2, 3)
    (0.09, 1.0)
    """

    def __init__(self, delays: npt.ArrayLike, durations: npt.ArrayLike) -> None:
        x, y = _pairs(delays, durations)
        slope, intercept = np.polyfit(x, y, 1)
        self.delays = x
        self.durations = y
        self.slope = float(slope)
        self.intercept = float(intercept)
        residual, spread = ((y - slope * x - intercept) ** 2).sum(), ((y - y.mean()) ** 2).sum()
        self.r2 = float(1 - residual / spread) if spread > 0 else math.nan

    def predict(self, delay: float) -> float:
        """Seconds that an episode of `delay` steps takes; never below zero.

        Parameters
        ----------
        delay : float
            At least 1. Far beyond the measured delays attention, whose cost grows faster than the line, makes
            the prediction too low.

        Raises
        ------
        UsageError
            When the delay is not a number from 1 on.
        """
        if not (math.isfinite(delay) and delay >= 1):
            raise UsageError(f"delay must be at least 1, got {delay}; give the steps of an episode")
        return max(0.0, self.slope * delay + self.intercept)

    def __repr__(self) -> str:
        return f"DurationFit({self.intercept:.2g} s + {self.slope:.2g} s a step, r2={self.r2:.3f})"


def predict_ep_duration(
    delay: float, delays: npt.ArrayLike | None = None, durations: npt.ArrayLike | None = None
) -> float:
    """Seconds that one training episode of MemoryTaskEnv takes at a delay.

    Parameters
    ----------
    delay : float
        Steps of the episode.
    delays, durations : (n,) array, optional
        Measured delays and seconds an episode. None means to measure now, once a process: TraceRL with
        both memories trains for a moment at delays 8, 32 and 64, learning included.

    Returns
    -------
    float
        Seconds. Episodes run side by side; this is wall-clock time divided by episodes.

    Raises
    ------
    UsageError
        When only one of `delays` and `durations` is given, or the delay is below 1.
    DataError
        When the measured values allow no fit.

    Examples
    --------
    >>> round(predict_ep_duration(54, [2, 4, 8, 16, 32, 64], [0.02, 0.03, 0.06, 0.12, 0.26, 0.61]), 2)
    0.5
    """
    if (delays is None) != (durations is None):
        missing = "durations" if durations is None else "delays"
        raise UsageError(f"{missing} is missing; give delays and durations together, or neither")
    if delays is None or durations is None:
        return _measured_fit().predict(delay)
    return DurationFit(delays, durations).predict(delay)


@cache
def _measured_fit() -> DurationFit:
    """Fit to a few updates at each of three delays on this machine."""
    from motifkit.envs.memory_task import MemoryTaskEnv
    from motifkit.evaluation.contestants import default_agent

    return DurationFit(
        _PROBE_DELAYS, [_probe(default_agent(MemoryTaskEnv(delay), seed=0)) for delay in _PROBE_DELAYS]
    )


def _probe(agent: TraceRL) -> float:
    """Seconds an episode in the fastest of the updates: what else the machine did slowed the others."""
    agent.learn(1)  # whole updates are made: this is one, in which buffers are allocated
    warm, n_steps = len(agent.history), agent.num_timesteps
    agent.learn(_PROBE_UPDATES * n_steps)
    n_episodes = int(agent.history[0]["episodes"])
    return min(float(record["seconds"]) for record in agent.history[warm:]) / n_episodes


def _pairs(delays: npt.ArrayLike, durations: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    x = np.atleast_1d(np.asarray(delays, dtype=np.float64))
    y = np.atleast_1d(np.asarray(durations, dtype=np.float64))
    if x.shape != y.shape or x.ndim != 1:
        raise DataError(f"delays {x.shape} and durations {y.shape} must be lists of one length; give pairs")
    if not (np.isfinite(x).all() and np.isfinite(y).all() and (x >= 0).all() and (y >= 0).all()):
        raise DataError("delays and durations must be finite and not negative; leave failed runs out")
    if len(np.unique(x)) < 2:
        found = ", ".join(f"{value:g}" for value in np.unique(x)) or "none"
        raise DataError(f"a fit needs at least two different delays, got {found}; measure one more")
    return x, y
