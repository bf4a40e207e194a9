"""The data that motifs were mined in, once more: a file, or the log of an environment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import click

from motifkit.cli import options
from motifkit.cli.bundles import gathered
from motifkit.errors import DataError, UsageError

if TYPE_CHECKING:
    from motifkit.io.samples import PlantedShape
    from motifkit.types import MiningResult, TrajectoryDataset


class Source(NamedTuple):
    """What was asked for: a file and how to read it, or the seed and steps (None: as were mined) of a log."""

    data: str | None
    na: Literal["error", "drop", "fill"]
    log_steps: int | None
    log_seed: int

    @property
    def files(self) -> list[str]:
        """The file, when one was named."""
        return [] if self.data is None else [self.data]


class MinedData(NamedTuple):
    """The data, where shapes were planted in them (None when that is not known), and what was read, in words."""

    dataset: TrajectoryDataset
    truth: Sequence[PlantedShape] | None
    words: str


source_options = gathered(
    "source",
    Source,
    click.option("--data", metavar="FILE", help="File that was mined.  [default: the environment's own log]"),
    options.missing_values,
    click.option(
        "--log-steps",
        type=click.IntRange(min=2),
        help="Steps of the environment's log.  [default: as many as were mined]",
    ),
    click.option(
        "--log-seed",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="Seed of the environment's log.",
    ),
)


def training_words(env: str, env_args: Mapping[str, Any], bank: str) -> list[str]:
    """Command that trains an agent with a bank.

    Examples
    --------
    >>> " ".join(training_words("planted-motif", {"noise": 0.5}, "bank.safetensors"))
    'motifkit train planted-motif --env-arg noise=0.5 --bank bank.safetensors -o runs/seeded'
    """
    arguments = [word for name in env_args for word in ("--env-arg", f"{name}={json.dumps(env_args[name])}")]
    return ["motifkit", "train", env, *arguments, "--bank", bank, "-o", "runs/seeded"]


def mined_data(result: MiningResult, source: Source, env: Any, env_name: str) -> MinedData:
    """Data that a result was mined in.

    Parameters
    ----------
    result : MiningResult
    source : Source
    env : gymnasium.Env
        Gives its log, when no file is named.
    env_name : str
        For messages.

    Raises
    ------
    UsageError
        When no file is named, and the motifs were not mined in a log of the environment.
    DataError
        When the result holds no motifs, or these are not the data that were mined.
    FileAccessError, CorruptFileError
        When the file cannot be read, or is damaged.
    """
    if not result.motifs:
        raise DataError(f"the result of mining {result.source} holds no motifs; mine more or other data")
    if source.data is None:
        return _log(result, source, env, env_name)
    from motifkit.seeding.windows import require_mined_in

    dataset, words = described_as_mined(source.data, result, None, source.na)
    require_mined_in(result, dataset)
    return MinedData(dataset, None, words)


def described_as_mined(
    path: str, result: MiningResult, columns: Sequence[str] | None, na: Literal["error", "drop", "fill"]
) -> tuple[TrajectoryDataset, str]:
    """Columns of a price file or of a log of trajectories, transformed as those mined, and what was read.

    Parameters
    ----------
    path : str
    result : MiningResult
    columns : sequence of str, optional
        None reads those that were mined.
    na : {"error", "drop", "fill"}

    Raises
    ------
    MotifkitError
        When the file cannot be read, or has no such columns.
    """
    from motifkit.io.trajectories import is_trajectory_log

    if path != "-" and is_trajectory_log(path):
        return _log_as_mined(path, result, columns, na)
    from motifkit.io.as_mined import read_as_mined
    from motifkit.io.prices import describe

    dataset = read_as_mined(path, result, columns=columns, na=na)
    return dataset, describe(dataset)


def _log_as_mined(
    path: str,
    result: MiningResult,
    columns: Sequence[str] | None,
    na: Literal["error", "drop", "fill"],
) -> tuple[TrajectoryDataset, str]:
    from motifkit.cli.mine_input import describe_log
    from motifkit.io.as_mined import read_as_mined
    from motifkit.io.channels import with_channels
    from motifkit.io.trajectories import read_trajectories

    columns = result.channels if columns is None else columns
    acted = [name for name in columns if name == "action" or name.startswith("action_")]
    rest = [name for name in columns if name not in acted and name != "reward"]
    dataset = read_trajectories(
        path, channels=rest or None, actions=bool(acted), rewards="reward" in columns, na=na
    )
    dataset = read_as_mined(with_channels(dataset, columns), result)
    return dataset, describe_log(dataset)


def _log(result: MiningResult, source: Source, env: Any, env_name: str) -> MinedData:
    make_log = getattr(env, "log", None) or getattr(env.unwrapped, "log", None)
    if make_log is None:
        raise UsageError(
            f"environment {env_name} has no log of its own; the motifs were mined in {result.source}, "
            "name the file or log that was mined with --data"
        )
    n_steps = source.log_steps or result.n_steps
    dataset, truth = make_log(n_steps, source.log_seed)
    if dataset.source != result.source:
        raise UsageError(
            f"the motifs were mined in {result.source}, not in the log of {env_name}; name the file or log that was "
            f"mined with --data, or give motifs of {env_name}"
        )
    dataset = _with_channels(dataset, result.channels)
    if dataset.fingerprint != result.fingerprint:
        raise DataError(
            f"the motifs were not mined in this log of {env_name}, of {n_steps:,} steps with seed {source.log_seed}; "
            "give the --log-steps and --log-seed of the log that was mined, and the --env-arg of its environment"
        )
    seed = f"seed {source.log_seed}"
    words = f"{env_name}: a log of {n_steps:,} steps, {seed}, column {', '.join(dataset.channels)}"
    return MinedData(dataset, truth, words)


def _with_channels(dataset: TrajectoryDataset, channels: tuple[str, ...]) -> TrajectoryDataset:
    """Only the channels that were mined; all, when some of those are lacking."""
    from motifkit.io.channels import with_channels

    return with_channels(dataset, channels if set(channels) <= set(dataset.channels) else None)
