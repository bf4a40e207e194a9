"""Settings of the benchmark, checked one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from motifkit.arguments import require_number, require_whole
from motifkit.envs.memory_task import HARD, MemoryTaskEnv
from motifkit.errors import UsageError, suggestion
from motifkit.evaluation.contestants import Budget

_OWNER = "AgentPerformanceBenchmark"
_DEFAULT_SECONDS = 60.0


@dataclass(frozen=True)
class BenchmarkConfig:
    """What `AgentPerformanceBenchmark` is asked to do.

    A training ends at the first of `n_train_episodes`, `total_timesteps` and `seconds` that is given; all agents
    get the same. When none is given it lasts 60 seconds.

    Parameters
    ----------
    delay : int
        Steps of an episode.
    n_train_episodes : int, optional
        Episodes a training lasts.
    total_timesteps : int, optional
        Environment steps a training lasts.
    difficulty : {0, 1, "easy", "hard"}
        Whether distractors follow the target, as for MemoryTaskEnv.
    mode_name : str, optional
        What tables call that difficulty; None means EASY or HARD.
    verbose : int
        From 1 on every training is logged to the logger `motifkit.evaluation` at level INFO.
    eval_base : bool
        Whether `run` also trains PPO and RecurrentPPO.
    n_eval_episodes : int
        Greedy episodes an agent is evaluated in, half of them with either target.
    seeds : sequence of int
        Of the trainings; a claim about learning needs ten.
    delays : sequence of int, optional
        What `run` goes through; None means `delay` alone.
    seconds : float, optional
        Wall-clock time a training lasts.
    stop_at : float, optional
        Mean return of about the last 100 training episodes that ends a training early. No episode has tried the
        update that follows them, and young policies are fragile: it may be a bad one. None never ends early.

    Examples
    --------
    >>> BenchmarkConfig.from_mapping({"dealy": 4})
    Traceback (most recent call last):
    motifkit.errors.UsageError: no benchmark setting 'dealy'; did you mean delay? The settings are: delay, \
n_train_episodes, total_timesteps, difficulty, mode_name, verbose, eval_base, n_eval_episodes, seeds, delays, \
seconds, stop_at
    """

    delay: int = 4
    n_train_episodes: int | None = None
    total_timesteps: int | None = None
    difficulty: int | str = 0
    mode_name: str | None = None
    verbose: int = 0
    eval_base: bool = True
    n_eval_episodes: int = 100
    seeds: tuple[int, ...] = (0, 1, 2)
    delays: tuple[int, ...] | None = None
    seconds: float | None = None
    stop_at: float | None = None

    @classmethod
    def from_mapping(cls, config: Mapping[str, Any]) -> BenchmarkConfig:
        """Checked settings.

        Parameters
        ----------
        config : mapping
            Names and values of the settings; those left out keep their defaults.

        Raises
        ------
        UsageError
            For a name that is none, which lists those that are, or an unusable value.
        """
        if not isinstance(config, Mapping):
            raise UsageError(f"the benchmark takes a dict of settings, got {type(config).__name__}")
        known = [field.name for field in fields(cls)]
        for name in config:
            if name not in known:
                near = suggestion(str(name), known) or ";"
                raise UsageError(f"no benchmark setting {name!r}{near} The settings are: {', '.join(known)}")
        given = {name: _CHECKS[name](name, config[name]) for name in known if name in config}
        return cls(**given)

    @property
    def mode(self) -> str:
        """Name of the difficulty in tables."""
        hard = MemoryTaskEnv(difficulty=self.difficulty).difficulty == HARD
        return self.mode_name or ("HARD" if hard else "EASY")

    def budget(self, delay: int) -> Budget:
        """End of one training at a delay."""
        bounds = [self.total_timesteps]
        bounds.append(self.n_train_episodes * delay if self.n_train_episodes is not None else None)
        steps = min((n for n in bounds if n is not None), default=None)
        seconds = _DEFAULT_SECONDS if steps is None and self.seconds is None else self.seconds
        return Budget(steps, seconds, self.stop_at)

    def as_dict(self) -> dict[str, Any]:
        """Settings as JSON values."""
        plain = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


def _count(name: str, value: Any) -> int:
    return require_whole(name, value, of=_OWNER)


def _count_or_none(name: str, value: Any) -> int | None:
    return None if value is None else _count(name, value)


def _seconds(name: str, value: Any) -> float | None:
    return None if value is None else require_number(name, value, above=0, of=_OWNER)


def _level(name: str, value: Any) -> float | None:
    return None if value is None else require_number(name, value, of=_OWNER)


def _many(name: str, values: Any, least: int) -> tuple[int, ...]:
    listed = list(values) if hasattr(values, "__iter__") and not isinstance(values, str) else [values]
    checked = tuple(require_whole(name, value, least=least, of=_OWNER) for value in listed)
    if not checked or len(set(checked)) != len(checked):
        raise UsageError(f"{name}={values!r} of {_OWNER} must be one or more different numbers")
    return checked


def _seeds(name: str, values: Any) -> tuple[int, ...]:
    return _many(name, values, 0)


def _delays(name: str, values: Any) -> tuple[int, ...] | None:
    return None if values is None else _many(name, values, 1)


def _difficulty(name: str, value: Any) -> int:
    return MemoryTaskEnv(difficulty=value).difficulty  # says itself what is wrong


def _text(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{name}={value!r} of {_OWNER} must be a text such as 'EASY'")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{name}={value!r} of {_OWNER} must be True or False")
    return value


def _verbosity(name: str, value: Any) -> int:
    return require_whole(name, int(value) if isinstance(value, bool) else value, least=0, of=_OWNER)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "delay": _count,
    "n_train_episodes": _count_or_none,
    "total_timesteps": _count_or_none,
    "difficulty": _difficulty,
    "mode_name": _text,
    "verbose": _verbosity,
    "eval_base": _flag,
    "n_eval_episodes": _count,
    "seeds": _seeds,
    "delays": _delays,
    "seconds": _seconds,
    "stop_at": _level,
}
