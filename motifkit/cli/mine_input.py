"""What `motifkit mine` reads: one price file, many of them, or a log of trajectories."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from motifkit.errors import UsageError
from motifkit.words import counted, plural

if TYPE_CHECKING:
    from motifkit.cli.voice import Voice
    from motifkit.types import MiningResult, TrajectoryDataset


class Reading(NamedTuple):
    """How the files are read, by the options of the command."""

    files: tuple[str, ...]
    column: str | None
    columns: Sequence[str] | None
    transform: Literal["level", "log", "return"]
    na: Literal["error", "drop", "fill"]
    skip_bad: bool
    with_actions: bool
    with_rewards: bool


class Input(NamedTuple):
    """A dataset, the line that describes it, and the files that were left out, a line each."""

    dataset: TrajectoryDataset
    read: str
    skipped: tuple[str, ...] = ()
    is_log: bool = False


def read_input(reading: Reading, voice: Voice) -> Input:
    """Read what the files hold.

    Raises
    ------
    MotifkitError
        For every file or option that is unusable.
    """
    if len(reading.files) > 1:
        return _many(reading, voice)
    from motifkit.io.trajectories import is_trajectory_log

    path = reading.files[0]
    if path != "-" and is_trajectory_log(path):
        return _log(reading)
    _refuse_log_options(reading, path)
    from motifkit.io.prices import describe, read_prices

    dataset = read_prices(
        path, column=reading.column, columns=reading.columns, transform=reading.transform, na=reading.na
    )
    return Input(dataset, describe(dataset))


def _many(reading: Reading, voice: Voice) -> Input:
    from motifkit.io.many import describe_many, read_many
    from motifkit.io.trajectories import is_trajectory_log

    _refuse_log_options(reading, reading.files[0])
    for path in reading.files:
        if os.path.isdir(path) and is_trajectory_log(path):
            raise UsageError(
                f"{path} is a log of trajectories, which is mined alone; name it as the only FILE"
            )
    with voice.stages() as progress:
        dataset, skipped = read_many(
            reading.files,
            column=reading.column,
            columns=reading.columns,
            transform=reading.transform,
            na=reading.na,
            skip_bad=reading.skip_bad,
            progress=progress,
        )
    for repair in dataset.repairs:
        voice.mutter(repair)
    return Input(dataset, describe_many(dataset), skipped)


def _log(reading: Reading) -> Input:
    from motifkit.io.trajectories import read_trajectories

    if reading.transform != "level":
        raise UsageError(
            f"--transform {reading.transform} is for prices, and {reading.files[0]} is a log of trajectories; leave "
            "it out"
        )
    channels = [reading.column] if reading.column is not None else reading.columns
    dataset = read_trajectories(
        reading.files[0],
        channels=channels,
        actions=reading.with_actions,
        rewards=reading.with_rewards,
        na=reading.na,
    )
    return Input(dataset, describe_log(dataset), is_log=True)


def _refuse_log_options(reading: Reading, path: str) -> None:
    for name, given in (("--with-actions", reading.with_actions), ("--with-rewards", reading.with_rewards)):
        if given:
            raise UsageError(f"{name} is for logs of trajectories, and {path} is none; leave it out")


def describe_log(dataset: TrajectoryDataset) -> str:
    """One line on a log: episodes, steps, channels, repairs.

    Examples
    --------
    >>> from motifkit.io.prices import as_dataset
    >>> describe_log(as_dataset([[1.0, 2.0], [3.0, 5.0, 4.0]]))
    'array: 2 episodes, 5 steps, channel value; no repairs'
    """
    n, n_channels = len(dataset.episodes), len(dataset.channels)
    shown = ", ".join(dataset.channels[:8]) + (", ..." if n_channels > 8 else "")
    return (
        f"{dataset.source}: {counted(n, 'episode')}, {dataset.n_steps:,} steps, "
        f"{plural('channel', n_channels)} {shown}; {'; '.join(dataset.repairs) or 'no repairs'}"
    )


def counts_answer(result: MiningResult, dataset: TrajectoryDataset) -> dict[str, Any]:
    """Counts of each motif by series, for JSON; series without an occurrence are left out.

    Examples
    --------
    >>> import numpy as np
    >>> from motifkit.io.prices import as_dataset
    >>> from motifkit.types import MiningResult, Motif, Occurrence
    >>> motif = Motif(np.zeros((3, 1)), (Occurrence(1, 0, 3, 0.1),), radius=0.2, score=2.0, label="A")
    >>> data = as_dataset([np.arange(9.0), np.arange(8.0)])
    >>> counts_answer(MiningResult((motif,), "sax", {}, ("value",)), data)
    {'A': {'1': 1}}
    """
    from motifkit.io.many import counts_by_series

    frame = counts_by_series(result, dataset)
    return {
        str(label): {str(name): int(n) for name, n in frame[label].items() if n} for label in frame.columns
    }
