"""What `learn(callback=...)` accepts, and three callbacks for common needs."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from motifkit.arguments import require_number, require_whole
from motifkit.errors import UsageError


class Learner(Protocol):
    """What callbacks may rely on: the agent after an update."""

    @property
    def history(self) -> Sequence[Mapping[str, Any]]:
        """One entry an update, the latest last; `return_mean` is the mean return of its episodes."""

    def evaluate(self, *, n_episodes: int) -> Any:
        """Play fresh greedy episodes; the answer has their `mean` return."""

    def save(self, path: str | os.PathLike[str]) -> Any:
        """Write a checkpoint, whole or not at all."""


Callback = Callable[[Any], bool]


def as_callback(callback: Any) -> Callback:
    """One function from what `learn` was given.

    Parameters
    ----------
    callback : callable, object with `on_update`, list or tuple of these, or None
        Called with the agent after every update; learning stops when it gives False. None never stops.

    Returns
    -------
    callable
        Takes the agent; True to go on. Of several callbacks all are called, even after one says stop.

    Raises
    ------
    UsageError
        It is none of these.

    Examples
    --------
    >>> as_callback(None)("agent"), as_callback([print, lambda agent: False])("agent")
    agent
    (True, False)
    """
    if callback is None:
        return lambda agent: True
    if isinstance(callback, list | tuple):
        every = [as_callback(one) for one in callback]
        return lambda agent: all([one(agent) for one in every])
    if isinstance(callback, type):
        raise UsageError(f"callback is the class {callback.__name__}: give an instance of it")
    function = getattr(callback, "on_update", callback)
    if not callable(function):
        raise UsageError(
            f"callback of type {type(callback).__name__} cannot be called: give a function that takes the "
            "agent, an object with on_update(agent), or a list of these"
        )
    return lambda agent: not _is_false(function(agent))


class StopAtReturn:
    """Stop once the mean training return of the last updates reaches a threshold.

    Parameters
    ----------
    threshold : float
        Undiscounted return, as the environment pays it.
    window : int
        Updates over which the mean is taken. They are counted anew after every stop, so that one
        instance serves several calls of `learn`.
    n_confirm : int
        Fresh greedy episodes that must reach the threshold too, since training returns are of the policy
        before its last update. 0 does without.

    Raises
    ------
    UsageError
        `threshold` is not finite, or `window` not a positive whole number.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> stop = StopAtReturn(0.95, window=1)
    >>> stop.on_update(SimpleNamespace(history=[{"return_mean": 0.5}]))
    True
    >>> stop.on_update(SimpleNamespace(history=[{"return_mean": 1.0}]))
    False
    """

    def __init__(self, threshold: float, window: int = 2, n_confirm: int = 0) -> None:
        self.threshold = require_number("threshold", threshold, of="StopAtReturn")
        self.window = require_whole("window", window, of="StopAtReturn")
        self.n_confirm = require_whole("n_confirm", n_confirm, least=0, of="StopAtReturn")
        self._recent: deque[float] = deque(maxlen=self.window)

    def on_update(self, agent: Learner) -> bool:
        """Note the latest mean return; False when the threshold is reached."""
        self._recent.append(float(agent.history[-1]["return_mean"]))
        if len(self._recent) < self.window or not sum(self._recent) / self.window >= self.threshold:
            return True
        if self.n_confirm and not agent.evaluate(n_episodes=self.n_confirm).mean >= self.threshold:
            return True
        self._recent.clear()
        return False


class Checkpoint:
    """Save the agent after an update, at most once in so many seconds.

    The first update is saved at once, so that a path that cannot be written to is found out early.

    Parameters
    ----------
    path : str or path
        Where `agent.save` writes, always the same place.
    every_seconds : float
        0 saves after every update.

    Raises
    ------
    UsageError
        `every_seconds` is negative or not a finite number.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> checkpoint = Checkpoint("run", every_seconds=3600)
    >>> agent = SimpleNamespace(save=lambda path: print("saved", path))
    >>> checkpoint.on_update(agent), checkpoint.on_update(agent)
    saved run
    (True, True)
    """

    def __init__(self, path: str | os.PathLike[str], every_seconds: float = 30.0) -> None:
        self.path = Path(path)
        self.every_seconds = require_number("every_seconds", every_seconds, least=0, of="Checkpoint")
        self._saved_at: float | None = None

    def on_update(self, agent: Learner) -> bool:
        """Save if it is time; never stops."""
        if self._saved_at is None or time.monotonic() - self._saved_at >= self.every_seconds:
            agent.save(self.path)
            # Taken after saving, so that slow disks do not make a run of nothing but saving.
            self._saved_at = time.monotonic()
        return True


class LinearLearningRate:
    """Let the learning rate fall in a straight line, so that the last updates settle what was learned.

    Parameters
    ----------
    total_timesteps : int
        Steps of the whole training, at which it arrives at `last_share`; beyond it stays there.
    last_share : float
        Share of the agent's `learning_rate` that is left at the end, 0 to 1.

    Raises
    ------
    UsageError
        For numbers out of range.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> agent = SimpleNamespace(num_timesteps=750, config=SimpleNamespace(learning_rate=0.1),
    ...     optimiser=SimpleNamespace(param_groups=[{"lr": 0.1}]))
    >>> LinearLearningRate(1000).on_update(agent), agent.optimiser.param_groups[0]["lr"]
    (True, 0.025)
    """

    def __init__(self, total_timesteps: int, last_share: float = 0.0) -> None:
        self.total_timesteps = require_whole("total_timesteps", total_timesteps, of="LinearLearningRate")
        self.last_share = require_number("last_share", last_share, least=0, most=1, of="LinearLearningRate")

    def on_update(self, agent: Any) -> bool:
        """Set the rate of the next update; never stops."""
        left = max(0.0, 1 - agent.num_timesteps / self.total_timesteps)
        for group in agent.optimiser.param_groups:
            group["lr"] = agent.config.learning_rate * max(left, self.last_share)
        return True


def _is_false(answer: object) -> bool:
    """Whether a callback said stop: None and other values go on."""
    return isinstance(answer, bool | np.bool_) and not answer
