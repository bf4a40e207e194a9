"""What `motifkit mine` reads: one price file, many of them, or a log of trajectories."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from motifkit.errors import UsageError
from motifkit.words import counted, plural

if TYPE_CHECKING:
    from motifkit.cli.mine_request import Request
    from motifkit.cli.voice import Voice
    from motifkit.types import MiningResult, TrajectoryDataset


class Input(NamedTuple):
    """A dataset, the line that describes it, and the files that were left out, a line each."""

    dataset: TrajectoryDataset
    read: str
    skipped: tuple[str, ...] = ()
    is_log: bool = False


def read_input(request: Request, voice: Voice) -> Input:
    """Read what the files hold.

    Raises
    ------
    MotifkitError
        For every file or option that is unusable.
    """
    if len(request.files) > 1:
        return _many(request, voice)
    from motifkit.io.trajectories import is_trajectory_log

    path = request.files[0]
    if path != "-" and is_trajectory_log(path):
        return _log(request)
    _refuse_log_options(request, path)
    from motifkit.io.prices import describe, read_prices

    dataset = read_prices(
        path, column=request.column, columns=request.columns, transform=request.transform, na=request.na
    )
    return Input(dataset, describe(dataset))


def _many(request: Request, voice: Voice) -> Input:
    from motifkit.io.many import describe_many, read_many
    from motifkit.io.trajectories import is_trajectory_log

    _refuse_log_options(request, request.files[0])
    for path in request.files:
        if os.path.isdir(path) and is_trajectory_log(path):
            raise UsageError(
                f"{path} is a log of trajectories, which is mined alone; name it as the only FILE"
            )
    with voice.stages() as progress:
        dataset, skipped = read_many(
            request.files,
            column=request.column,
            columns=request.columns,
            transform=request.transform,
            na=request.na,
            skip_bad=request.skip_bad,
            progress=progress,
        )
    for repair in dataset.repairs:
        voice.mutter(repair)
    return Input(dataset, describe_many(dataset), skipped)


def _log(request: Request) -> Input:
    from motifkit.io.trajectories import read_trajectories

    if request.transform != "level":
        raise UsageError(
            f"--transform {request.transform} is for prices, and {request.files[0]} is a log of trajectories; leave "
            "it out"
        )
    channels = [request.column] if request.column is not None else request.columns
    dataset = read_trajectories(
        request.files[0],
        channels=channels,
        actions=request.with_actions,
        rewards=request.with_rewards,
        na=request.na,
    )
    return Input(dataset, describe_log(dataset), is_log=True)


def _refuse_log_options(request: Request, path: str) -> None:
    for name, given in (("--with-actions", request.with_actions), ("--with-rewards", request.with_rewards)):
        if given:
            raise UsageError(f"{name} is for logs of trajectories, and {path} is not one; leave it out")


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
