"""Whether the tables of a pipeline file fit together, and fit the environment that they name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from motifkit.errors import DataError, FileAccessError, UsageError, suggestion
from motifkit.pipeline.spec import Experiment, method_of


def require_consistent(experiment: Experiment, path: str) -> None:
    """Refuse values that do not fit together, before any work.

    Parameters
    ----------
    experiment : Experiment
    path : str
        Of the file, for messages.

    Raises
    ------
    UsageError
        Names the first that does not fit.
    FileAccessError
        When [data] names a file that is not there.
    """
    _require_arms(experiment, path)
    _require_data(experiment, path)
    _require_environment(experiment, path)
    _require_walk_forward(experiment, path)


def _require_arms(experiment: Experiment, path: str) -> None:
    train, compare, mine = experiment.train, experiment.compare, experiment.mine
    if compare.baseline not in train.arms:
        raise UsageError(
            f"{path}: compare.baseline {compare.baseline!r} is not among train.arms ({', '.join(train.arms)}); add it"
        )
    for arm in train.arms:
        method = method_of(arm)
        if method is not None and method not in mine.methods:
            raise UsageError(
                f"{path}: arm {arm!r} of train.arms needs {method!r}, which is not among mine.methods; add it"
            )
    if "none" in compare.arms:
        raise UsageError(f"{path}: compare.arms names 'none', which has no motifs to compare; take it out")
    if "sax" in mine.methods and mine.normalize != "zscore":
        raise UsageError(
            f"{path}: mine.methods has 'sax', which needs mine.normalize 'zscore', got {mine.normalize!r}"
        )


def _require_data(experiment: Experiment, path: str) -> None:
    data, mine = experiment.data, experiment.mine
    if data.file is None:
        if data.transform is not None:
            raise UsageError(
                f"{path}: data.transform is for prices; name their file in data.file, or leave it out"
            )
        return
    if not Path(data.file).exists():
        raise FileAccessError(f"{path}: data.file {data.file} does not exist; name a file or a directory")
    from motifkit.io.trajectories import is_trajectory_log

    if data.transform is None and not is_trajectory_log(data.file):
        raise UsageError(
            f"{path}: data.file {data.file} is no log of trajectories; give data.transform where it holds prices, "
            "such as 'return'"
        )
    if data.transform is not None and (mine.actions or mine.rewards):
        raise UsageError(
            f"{path}: prices hold no actions and no rewards; leave mine.actions and mine.rewards out"
        )


def _require_environment(experiment: Experiment, path: str) -> None:
    from motifkit.envs.recording import channels_of
    from motifkit.envs.registration import make_env

    name = experiment.env.name
    try:
        env: Any = make_env(name, **experiment.env.args)
    except UsageError as error:
        raise UsageError(f"{path}: [env] {error}") from None
    if experiment.train.curriculum is not None and not hasattr(env.unwrapped, "delay"):
        raise UsageError(
            f"{path}: train.curriculum goes through delays, but {name} has none; leave it out, or choose memory-task"
        )
    if experiment.data.file is not None:
        return  # its columns are known once it is read
    if hasattr(env.unwrapped, "observed_market"):
        return _require_columns(experiment, env.unwrapped.features.names, path)
    try:
        there = channels_of(env)
    except UsageError as error:
        raise UsageError(f"{path}: [env] {error}") from None
    _require_columns(experiment, there, path)


def _require_columns(experiment: Experiment, there: Sequence[str], path: str) -> None:
    for column in experiment.mine.columns or ():
        if column not in there:
            raise UsageError(
                f"{path}: mine.columns names {column!r}, but {experiment.env.name} has {', '.join(there)}"
                f"{suggestion(column, there)}"
            )


def _require_walk_forward(experiment: Experiment, path: str) -> None:
    from motifkit.envs.registration import make_env
    from motifkit.pipeline.folds import fold_experiments

    if experiment.walk_forward is None:
        return
    args, table = experiment.env.args, experiment.train
    if not hasattr(make_env(experiment.env.name, **args).unwrapped, "accounts"):
        raise UsageError(
            f"{path}: [walk_forward] needs an environment that trades prices, such as 'trading', got "
            f"{experiment.env.name!r}; leave the table out, or choose that"
        )
    for name in ("rows", "fit_rows", "sequential", "features"):
        if name in args:
            raise UsageError(f"{path}: env.args.{name} is for [walk_forward] to choose; leave it out")
    if experiment.data.file is not None:
        raise UsageError(f"{path}: [walk_forward] mines the prices that are traded; leave data.file out")
    if experiment.mine.actions or experiment.mine.rewards:
        raise UsageError(
            f"{path}: prices hold no actions and no rewards; leave mine.actions and mine.rewards out"
        )
    if "none" not in table.arms:
        raise UsageError(
            f"{path}: [walk_forward] compares with the agent that has no motif bank; add 'none' to train.arms"
        )
    try:
        fold_experiments(experiment)
    except (UsageError, DataError) as error:
        raise type(error)(f"{path}: [walk_forward] {error}") from None
