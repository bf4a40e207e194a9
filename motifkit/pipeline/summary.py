"""What an experiment measured: arms over seeds against the baseline, with bootstrap intervals."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from motifkit.errors import CorruptFileError
from motifkit.evaluation.statistics import iqm
from motifkit.io.json_values import json_value
from motifkit.pipeline.manifest import Manifest
from motifkit.pipeline.measures import (
    ArmSummary,
    ComparedSummary,
    Training,
    arm_summary,
    compared_summary,
    curve_of,
)
from motifkit.pipeline.spec import Experiment
from motifkit.pipeline.units import Unit, training_directory, units_of
from motifkit.report.curves import Arm, Curve
from motifkit.run_files import LOG, RESULT
from motifkit.version import __version__

SCHEMA = "motifkit.experiment/1"


@dataclass(frozen=True, eq=False)
class Summary:
    """A whole experiment.

    Parameters
    ----------
    experiment : Experiment
    arms : tuple of ArmSummary
    curves : tuple of Curve
    compared : tuple of ComparedSummary
    oracle : float
        Mean return of an episode for one who is told the truth; NaN where the environment does not say.
    seconds_mining, seconds_seeding : dict
        By miner; seeding is the mean over the trainings of "mined" with it.
    total_steps : float
        Of a training of the baseline, interquartile mean over its seeds.
    """

    experiment: Experiment
    arms: tuple[ArmSummary, ...]
    curves: tuple[Curve, ...]
    compared: tuple[ComparedSummary, ...]
    oracle: float
    seconds_mining: dict[str, float]
    seconds_seeding: dict[str, float]
    total_steps: float

    @property
    def headline(self) -> ArmSummary | None:
        """Arm that the sentence is about: the first that is compared, else the first that is not the baseline."""
        baseline = self.experiment.compare.baseline
        names = [*self.experiment.compared, *self.experiment.train.arms]
        wanted = next((name for name in names if name != baseline), None)
        return next((arm for arm in self.arms if arm.name == wanted), None)

    def sentence(self) -> str:
        """The experiment in plain sentences with numbers."""
        from motifkit.report.run_table import run_sentence

        return run_sentence(self)

    @property
    def measure(self) -> str:
        """What curves and final values of the arms are."""
        return "delays mastered" if self.experiment.train.curriculum else "mean return"

    def report_curves(self) -> list[Curve]:
        """The curves as reports show them: what is no return says so in its name."""
        if not self.experiment.train.curriculum:
            return list(self.curves)
        return [curve._replace(name=f"{curve.name}, {self.measure}") for curve in self.curves]

    def report_arms(self) -> list[Arm]:
        """The arms as reports show them: by the greedy return where the final value is no return."""
        staged = self.experiment.train.curriculum is not None
        return [
            Arm(
                arm.name,
                *(arm.greedy if staged else arm.final),
                None if arm.n_never * 2 > len(arm.finals) else arm.steps_share.estimate * self.total_steps,
                arm.oracle_share,
            )
            for arm in self.arms
        ]

    def as_dict(self) -> dict[str, Any]:
        """JSON values with the schema "motifkit.experiment/1"; NaN is None."""
        plain: dict[str, Any] = json_value(
            {
                "schema": SCHEMA,
                "version": __version__,
                "sentence": self.sentence(),
                "experiment": self.experiment.as_dict(),
                "oracle_return": self.oracle,
                "arms": [_values(arm) for arm in self.arms],
                "compared": [_values(one) for one in self.compared],
                "seconds": {"mining": self.seconds_mining, "seeding": self.seconds_seeding},
                "curves": [curve._asdict() for curve in self.curves],
            }
        )
        return plain


def summarise(experiment: Experiment, manifest: Manifest) -> Summary:
    """Sum up a finished experiment.

    Raises
    ------
    CorruptFileError
        When a file of it is damaged.
    """
    trainings = {
        arm: [
            _training(manifest.directory, arm, seed, staged=experiment.train.curriculum is not None)
            for seed in range(experiment.train.seeds)
        ]
        for arm in experiment.train.arms
    }
    units = units_of(experiment)
    baseline = trainings[experiment.compare.baseline]
    oracle = _oracle(experiment)
    comparisons: dict[str, list[dict[str, Any]]] = {}
    for unit in units:
        if unit.kind == "compare":
            comparisons.setdefault(unit.arm, []).append(_json(manifest.directory / unit.files[0]))
    return Summary(
        experiment=experiment,
        arms=tuple(arm_summary(arm, runs, baseline, oracle) for arm, runs in trainings.items()),
        curves=tuple(curve_of(arm, runs) for arm, runs in trainings.items()),
        compared=tuple(compared_summary(arm, values) for arm, values in comparisons.items()),
        oracle=oracle,
        seconds_mining={str(u.method): manifest.seconds(u.name) for u in units if u.kind == "mine"},
        seconds_seeding=_seeding(units, trainings),
        total_steps=iqm([float(run.timesteps[-1]) for run in baseline]),
    )


def _seeding(units: Sequence[Unit], trainings: Mapping[str, Sequence[Training]]) -> dict[str, float]:
    methods = {unit.arm: str(unit.method) for unit in units if unit.arm.partition(":")[0] == "mined"}
    return {
        method: round(float(np.mean([run.seconds_seeding for run in trainings[arm]])), 3)
        for arm, method in methods.items()
    }


def _oracle(experiment: Experiment) -> float:
    from motifkit.envs.registration import make_env

    env: Any = make_env(experiment.env.name, **experiment.env.args)
    oracle = getattr(env.unwrapped, "oracle_return", None)
    return float(oracle()) if callable(oracle) else math.nan


def _training(directory: Path, arm: str, seed: int, *, staged: bool) -> Training:
    measure = "stages_mastered" if staged else "return_mean"
    place = directory / training_directory(arm, seed)
    result = _json(place / RESULT)
    try:
        greedy, seconds = float(result["greedy_return"]), float(result["seconds_seeding"])
    except (ValueError, KeyError, TypeError):
        raise _damaged(place / RESULT) from None
    try:
        lines = [json.loads(line) for line in (place / LOG).read_text(encoding="utf-8").splitlines()]
        return Training(
            np.array([line["timesteps"] for line in lines], dtype=float),
            np.array([line[measure] for line in lines], dtype=float),
            greedy,
            seconds,
            staged,
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise _damaged(place / LOG) from None


def _json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        values = None
    if not isinstance(values, dict):
        raise _damaged(path)
    return values


def _damaged(path: Path) -> CorruptFileError:
    return CorruptFileError(f"{path} is damaged; delete it, and it is made again")


def _values(one: Any) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one)}
