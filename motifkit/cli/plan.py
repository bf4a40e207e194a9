"""How a training was asked for: what config.json holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields, replace
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from motifkit.cli.run_directory import RunDirectory
from motifkit.errors import CorruptFileError, UsageError
from motifkit.run_files import CONFIG_SCHEMA
from motifkit.version import __version__


@dataclass(frozen=True)
class TrainingPlan:
    """Everything that `motifkit train` was asked for; config.json holds it.

    Parameters
    ----------
    env : str
        Short name or gymnasium id.
    env_args : dict
        Arguments of the environment.
    steps : int
        Steps of the whole training at most.
    until : float, optional
        Mean return of two updates that ends it; in a curriculum, that ends a stage. None never does.
    curriculum : list of int, optional
        Delays to go through.
    policy, memory : str
        Choices of `motifkit train`.
    n_motifs, motif_len, max_entries, mem_dim : int
        Sizes of the memories.
    learn_retention, her, rnd, count_bonus, reward_norm, tensorboard : bool
    n_envs, n_epochs, n_minibatches : int
    learning_rate : float
    seed : int
    threads : int, optional
        None takes all cores.
    device : str
    bank : str, optional
        File of the motif bank that the agent began with; None began with a random one.
    gamma, ent_coef : float
        Discount, and weight of the entropy.
    max_episode_steps : int, optional
        Longer episodes are cut short there; None waits for their end.
    experiment : str, optional
        Its name in the experiment of `motifkit run` that it is a part of; None for a run of its own.
    """

    env: str
    env_args: dict[str, Any]
    steps: int
    until: float | None
    curriculum: list[Any] | None
    policy: str
    memory: str
    n_motifs: int
    motif_len: int
    max_entries: int
    mem_dim: int
    learn_retention: bool
    her: bool
    rnd: bool
    count_bonus: bool
    reward_norm: bool
    tensorboard: bool
    n_envs: int
    n_epochs: int
    n_minibatches: int
    learning_rate: float
    seed: int
    threads: int | None
    device: str
    bank: str | None = None  # what has a default was not there in the first config.json
    gamma: float = 0.99
    ent_coef: float = 0.01
    max_episode_steps: int | None = None
    experiment: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON values, with the schema and motifkit's version."""
        return {"schema": CONFIG_SCHEMA, "version": __version__, **asdict(self)}

    @classmethod
    def read(cls, directory: RunDirectory) -> TrainingPlan:
        """Plan of a run.

        Raises
        ------
        FileAccessError, CorruptFileError
            When there is none, or it is damaged.
        """
        defaults = {one.name: one.default for one in fields(cls) if one.default is not MISSING}
        values = {**defaults, **directory.read_config()}
        hints = get_type_hints(cls)
        for name, hint in hints.items():
            if name not in values:
                raise CorruptFileError(f"{directory.config} lacks {name!r}; use another copy of the run")
            if not _is_of(values[name], hint):
                raise CorruptFileError(
                    f"{directory.config} has {name}={values[name]!r}; use another copy of the run"
                )
        return cls(**{name: values[name] for name in hints})

    @property
    def title(self) -> str:
        """Environment with its arguments.

        Examples
        --------
        >>> from motifkit.cli.plan import titled
        >>> titled("memory-task", {"delay": 64, "difficulty": "hard"})
        'memory-task (delay 64, difficulty hard)'
        """
        return titled(self.env, self.env_args)


def titled(env: str, env_args: Mapping[str, Any]) -> str:
    """Environment with its arguments, for people."""
    given = ", ".join(f"{name} {value}" for name, value in env_args.items())
    return f"{env} ({given})" if given else env


def _is_of(value: Any, hint: Any) -> bool:
    """Whether a JSON value is of a field's type; a whole number also stands for a float."""
    kinds = [get_origin(one) or one for one in (get_args(hint) if isinstance(hint, UnionType) else (hint,))]
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, tuple(kinds)) or (isinstance(value, int) and float in kinds)


def changed(plan: TrainingPlan, given: Mapping[str, Any], directory: RunDirectory) -> TrainingPlan:
    """Plan of a run with what may be changed when it is resumed.

    Parameters
    ----------
    plan : TrainingPlan
    given : mapping
        What was asked for now, by field; must agree with the plan but for `steps`, `until`, `learning_rate`,
        `threads`, `device`, `tensorboard` and `max_episode_steps`.
    directory : RunDirectory

    Raises
    ------
    UsageError
        For anything else that differs.
    """
    free = {"steps", "until", "learning_rate", "threads", "device", "tensorboard", "max_episode_steps"}
    free -= {"until"} if plan.curriculum else set()  # the curriculum has it from the checkpoint
    changes = {name: value for name, value in given.items() if name in free}
    if changes.get("until") is not None and math.isinf(changes["until"]):
        changes["until"] = None
    for field in fields(plan):
        before = getattr(plan, field.name)
        if field.name in free or field.name not in given:
            continue
        now = given[field.name]
        if field.name == "env_args":
            before = {name: before.get(name, "unset") for name in now}
        if now != before:
            raise UsageError(
                f"{directory} was started with {_worded(field.name, before)}, not {_worded(field.name, now)}; leave it "
                "out to resume, or start another run in another directory"
            )
    return replace(plan, **changes)


def _worded(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}={v}" for k, v in value.items())
    return f"{name} {value}"


def fitted_in(plan: TrainingPlan, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by which an environment that is changed keeps what was fitted on the data of the training.

    Parameters
    ----------
    plan : TrainingPlan
        Of the training.
    changes : mapping
        Arguments of the environment that are to be others.
    """
    from motifkit.envs.registration import make_env
    from motifkit.envs.trading_features import TradingFeatures

    if not changes or "features" in changes or "fit_rows" in changes:
        return {}
    features = getattr(make_env(plan.env, **plan.env_args).unwrapped, "features", None)
    return {"features": features} if isinstance(features, TradingFeatures) else {}
