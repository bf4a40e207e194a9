"""A task made harder stage by stage, each stage once the last is mastered."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from motifkit.arguments import require_number, require_whole
from motifkit.errors import CorruptFileError, UsageError


@dataclass
class _Progress:
    """What changes while a curriculum runs."""

    stage: int = 0
    finished: bool = False
    recent: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Curriculum:
    """Values of one attribute of the environment, taken in turn.

    The settings are fixed; the progress changes with `update` and starts at the first stage.

    Parameters
    ----------
    stages : sequence of int or float
        Positive values of the attribute, easiest first.
    attribute : str
        What to set on the environment.
    threshold : float
        Mean return of an update's episodes that masters a stage.
    window : int
        Updates over which that mean is taken, all of them in the stage.
    n_confirm : int
        Fresh greedy episodes that must reach the threshold as well before an update counts. 0 does without.

    Raises
    ------
    UsageError
        There are no stages, one is not positive, or another argument is unusable.

    Examples
    --------
    >>> curriculum = Curriculum(stages=(2, 4), window=1)
    >>> curriculum.update(0.5), curriculum.update(1.0), curriculum.value
    (False, True, 4)
    >>> curriculum.update(1.0), curriculum.finished
    (False, True)
    """

    stages: tuple[int | float, ...] = (2, 4, 8, 16, 32, 64, 128, 256)
    attribute: str = "delay"
    threshold: float = 0.95
    window: int = 2
    n_confirm: int = 64
    _progress: _Progress = field(default_factory=_Progress, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.stages, str) or not hasattr(self.stages, "__iter__"):
            raise UsageError(f"stages={self.stages!r} of Curriculum must be a sequence of positive numbers")
        # item() turns NumPy's numbers into Python's, which JSON can hold.
        stages = tuple(one.item() if hasattr(one, "item") else one for one in self.stages)
        if not stages:
            raise UsageError("stages of Curriculum is empty: give at least one value, such as (2, 4, 8)")
        for one in stages:
            if isinstance(one, bool) or not isinstance(one, int | float) or not 0 < one < math.inf:
                raise UsageError(f"stages of Curriculum holds {one!r}: every stage must be a positive number")
        object.__setattr__(self, "stages", stages)
        if not isinstance(self.attribute, str) or not self.attribute.isidentifier():
            raise UsageError(f"attribute={self.attribute!r} of Curriculum must be the name of an attribute")
        object.__setattr__(self, "threshold", require_number("threshold", self.threshold, of="Curriculum"))
        object.__setattr__(self, "window", require_whole("window", self.window, of="Curriculum"))
        object.__setattr__(
            self, "n_confirm", require_whole("n_confirm", self.n_confirm, least=0, of="Curriculum")
        )

    @property
    def stage(self) -> int:
        """Index of the present stage."""
        return self._progress.stage

    @property
    def value(self) -> int | float:
        """Value of the attribute in the present stage."""
        return self.stages[self._progress.stage]

    @property
    def finished(self) -> bool:
        """Whether the last stage has been mastered; stays True."""
        return self._progress.finished

    def update(self, mean_return: float) -> bool:
        """Note the mean return of an update's episodes; True when `value` moved on to the next stage."""
        progress = self._progress
        progress.recent = [*progress.recent, float(mean_return)][-self.window :]
        mean = sum(progress.recent) / self.window
        if len(progress.recent) < self.window or not mean >= self.threshold:
            return False
        progress.recent = []
        if progress.stage == len(self.stages) - 1:
            progress.finished = True
            return False
        progress.stage += 1
        return True

    def apply(self, env: Any) -> None:
        """Set the attribute on the unwrapped environment, or on each of a SyncVectorEnv's.

        Raises
        ------
        UsageError
            The environment has no such attribute.
        """
        base = getattr(env, "unwrapped", env)
        for one in getattr(base, "envs", [base]):
            target = getattr(one, "unwrapped", one)
            if not hasattr(target, self.attribute):
                raise UsageError(
                    f"{type(target).__name__} has no attribute {self.attribute!r} for the curriculum to set: "
                    "name one that it has with Curriculum(attribute=...)"
                )
            setattr(target, self.attribute, self.value)

    def config(self) -> dict[str, Any]:
        """Settings as JSON values; `Curriculum(**config)` makes the same."""
        return {
            "stages": list(self.stages),
            "attribute": self.attribute,
            "threshold": self.threshold,
            "window": self.window,
            "n_confirm": self.n_confirm,
        }

    def state(self) -> dict[str, Any]:
        """Progress as JSON values: `stage`, `finished`, and `recent` returns of the stage."""
        progress = self._progress
        return {"stage": progress.stage, "finished": progress.finished, "recent": list(progress.recent)}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave.

        Raises
        ------
        CorruptFileError
            That is not the progress of such a curriculum.
        """
        stage, finished, recent = (state.get(name) for name in ("stage", "finished", "recent"))
        if (
            type(stage) is not int
            or not 0 <= stage < len(self.stages)
            or type(finished) is not bool
            or not isinstance(recent, list)
            or not all(type(one) in (int, float) for one in recent)
        ):
            raise CorruptFileError(
                f"the progress {dict(state)!r} is not one of a curriculum of {len(self.stages)} stages: "
                "use another checkpoint"
            )
        progress = self._progress
        progress.stage, progress.finished = stage, finished
        progress.recent = [float(one) for one in recent][-self.window :]
