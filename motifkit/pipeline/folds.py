"""The folds of a walk forward as experiments of their own, each of which is given its past and nothing else."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from motifkit.envs.registration import make_env
from motifkit.errors import DataError
from motifkit.evaluation.folds import Fold, walk_forward_folds
from motifkit.io.atomic import atomic_write
from motifkit.pipeline.spec import Experiment

_COLUMNS = {"open": "Open", "high": "High", "low": "Low", "volume": "Volume"}


@dataclass(frozen=True)
class FoldExperiment:
    """A fold, and how to run it.

    Parameters
    ----------
    fold : Fold
    experiment : Experiment
        On the prices of the fold's past, once `write_past` has written them.
    name : str
        Of its directory in that of the run.
    """

    fold: Fold
    experiment: Experiment
    name: str


def fold_experiments(experiment: Experiment, directory: Path = Path()) -> list[FoldExperiment]:
    """One experiment for each fold; only the last one's motifs are compared.

    Parameters
    ----------
    experiment : Experiment
        With a walk forward.
    directory : Path
        Of the run.

    Returns
    -------
    list of FoldExperiment

    Raises
    ------
    DataError
        When a fold is too short to train or to test in.
    """
    table = experiment.walk_forward
    assert table is not None
    env = market_of(experiment)
    folds = walk_forward_folds(
        len(env.bars),
        table.n_folds,
        first_train=table.first_train,
        purge=table.purge,
        embargo=table.embargo,
    )
    for fold in folds:
        _require_room(fold, env, experiment.mine.length)
    return [
        FoldExperiment(fold, _fold_experiment(experiment, fold, directory, len(folds)), f"fold-{fold.number}")
        for fold in folds
    ]


def market_of(experiment: Experiment) -> Any:
    """The trading environment over all prices."""
    return make_env(experiment.env.name, **experiment.env.args).unwrapped


def past_path(directory: Path, fold: Fold) -> Path:
    """Where the prices lie that a fold may see."""
    return directory / "past" / f"fold-{fold.number}.csv"


def write_past(directory: Path, fold: Fold, bars: Any) -> None:
    """Write the bars before the end of a fold's training part; nothing later can be learned from that file.

    Parameters
    ----------
    directory : Path
        Of the run.
    fold : Fold
    bars : Bars
        Of all rows.
    """
    stop = fold.train[1]
    times = [] if bars.times is None else [("Date", [str(one) for one in bars.times[:stop]])]
    others = [(_COLUMNS[name], values[:stop].tolist()) for name, values in bars.others.items()]
    columns = [*times, *others, ("Close", bars.close[:stop].tolist())]
    path = past_path(directory, fold)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path, overwrite=True) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([name for name, _ in columns])
        # repr of a float reads back as the very same number.
        writer.writerows(zip(*(values for _, values in columns), strict=True))


def require_past(trained_on: Any, whole: Any, fold: Fold) -> None:
    """Refuse to test an agent on what it has learned from.

    Parameters
    ----------
    trained_on, whole : Bars
        Of the environment that an agent was trained in, and of all rows.
    fold : Fold

    Raises
    ------
    DataError
        When the first are not the past of the fold.
    """
    stop = fold.train[1]
    if len(trained_on) > stop:
        raise DataError(
            f"fold {fold.number} was trained on {len(trained_on)} rows, but may know {stop}: its test begins at row "
            f"{fold.test[0]}; remove what was trained there and run again"
        )
    if not np.array_equal(trained_on.close, whole.close[: len(trained_on)]):
        raise DataError(
            f"fold {fold.number} was trained on other prices than those before its test; run again with --force"
        )


def _fold_experiment(experiment: Experiment, fold: Fold, directory: Path, n_folds: int) -> Experiment:
    args = {**experiment.env.args, "prices": str(past_path(directory, fold))}
    arms = experiment.compare.arms if fold.number == n_folds else ()
    return replace(
        experiment,
        env=replace(experiment.env, args=args),
        compare=replace(experiment.compare, arms=arms),
        walk_forward=None,
    )


def _require_room(fold: Fold, env: Any, length: int) -> None:
    for part, (start, stop), least, what in (
        ("trains on", fold.train, max(2 * length, env.episode_length + env.n_ahead), "an episode"),
        ("is tested on", fold.test, length + env.n_ahead, "a window"),
    ):
        if stop - start < least:
            raise DataError(
                f"fold {fold.number} {part} {stop - start} rows, fewer than the {least} that {what} needs; choose "
                "fewer folds, or another first_train"
            )
