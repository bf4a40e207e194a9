"""What an experiment mines: the log of its environment or a file, and how an agent would have seen it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from motifkit.errors import DataError, suggestion
from motifkit.io.channels import with_channels, with_observations
from motifkit.pipeline.spec import DataTable, Experiment, MineTable
from motifkit.types import Episode, FloatArray, TrajectoryDataset

if TYPE_CHECKING:
    from motifkit.io.samples import PlantedShape


class Log(NamedTuple):
    """What is mined.

    Parameters
    ----------
    dataset : TrajectoryDataset
        With the channels that are mined alone.
    truth : sequence of PlantedShape, optional
        Where shapes lie in it; None when that is not known.
    observe : callable, optional
        Gives what an agent in the environment observes in an episode of `dataset`; None where that is what was mined.
    """

    dataset: TrajectoryDataset
    truth: Sequence[PlantedShape] | None = None
    observe: Callable[[Episode], FloatArray] | None = None


def is_own_log(experiment: Experiment) -> bool:
    """Whether an experiment mines a log that its environment makes, with all or some of the channels of that."""
    from motifkit.envs.registration import make_env

    env: Any = make_env(experiment.env.name, **experiment.env.args)
    mine = experiment.mine
    return experiment.data.file is None and _keeps_log(env) and not (mine.actions or mine.rewards)


def _keeps_log(env: Any) -> bool:
    return callable(getattr(env.unwrapped, "log", None))


def log_of(experiment: Experiment) -> Log:
    """Log that an experiment mines: the same each time it is asked for.

    Parameters
    ----------
    experiment : Experiment

    Returns
    -------
    Log

    Raises
    ------
    MotifkitError
        When a file cannot be read, or lacks a channel that is to be mined.

    Examples
    --------
    >>> from motifkit.pipeline.spec import DataTable, EnvTable, MineTable, CompareTable, SeedTable, TrainTable
    >>> rest = SeedTable(), TrainTable(("random",)), CompareTable()
    >>> mine = MineTable(columns=("obs_0",), actions=True)
    >>> log = log_of(Experiment(DataTable(10), EnvTable("memory-task"), mine, *rest))
    >>> log.dataset.channels, log.dataset.n_steps, log.observe(log.dataset.episodes[0]).shape
    (('obs_0', 'last_action'), 12, (4, 3))
    """
    from motifkit.envs.registration import make_env

    data, table = experiment.data, experiment.mine
    env: Any = make_env(experiment.env.name, **experiment.env.args)
    own = getattr(env.unwrapped, "observations_of", None)
    market = getattr(env.unwrapped, "observed_market", None)
    if data.file is None and market is not None:
        return _market_log(market(), own, table)
    truth = None
    if data.file is not None:
        whole = _read(data, table)
    elif _keeps_log(env):
        whole, truth = env.unwrapped.log(data.steps, data.seed)
    else:
        from motifkit.envs.recording import record_episodes

        whole = record_episodes(env, n_steps=data.steps, seed=data.seed)
    whole = _named(whole)
    dataset = mined_channels(whole, table)
    if own is not None and not (table.actions or table.rewards):
        return Log(dataset, truth, own)
    if dataset is whole:
        return Log(dataset, truth)
    by_id = {one.id: one for one in (with_channels(whole, table.columns) if own else whole).episodes}
    return Log(
        dataset,
        truth,
        lambda episode: own(by_id[episode.id]) if own else by_id[episode.id].observations,
    )


def _market_log(
    whole: TrajectoryDataset, own: Callable[[Episode], FloatArray] | None, table: MineTable
) -> Log:
    """Log of prices that are given: whatever is mined of them, an agent sees all that it would see of the market."""
    assert own is not None
    by_id = {one.id: own(one) for one in whole.episodes}
    return Log(mined_channels(whole, table), None, lambda episode: by_id[episode.id])


def _read(data: DataTable, table: MineTable) -> TrajectoryDataset:
    assert data.file is not None
    if data.transform is None:
        from motifkit.io.trajectories import read_trajectories

        return read_trajectories(data.file)
    from motifkit.io.prices import read_prices

    columns = table.columns or ()
    return read_prices(
        data.file,
        column=columns[0] if len(columns) == 1 else None,
        columns=list(columns) if len(columns) > 1 else None,
        transform=data.transform,  # type: ignore[arg-type]
    )


def _named(dataset: TrajectoryDataset) -> TrajectoryDataset:
    """Dataset whose episodes can be told apart by name."""
    if len({one.id for one in dataset.episodes}) == len(dataset.episodes):
        return dataset
    return replace(dataset, episodes=tuple(replace(one, id=str(i)) for i, one in enumerate(dataset.episodes)))


def mined_channels(dataset: TrajectoryDataset, table: MineTable) -> TrajectoryDataset:
    """Dataset of what [mine] asks for: some channels, and the last action and reward where those are asked for.

    Raises
    ------
    DataError
        When it lacks one of them.
    """
    for name in table.columns or ():
        if name not in dataset.channels:
            near = suggestion(name, dataset.channels)
            raise DataError(
                f"mine.columns names {name!r}, but {dataset.source} has {', '.join(dataset.channels)}{near}"
            )
    chosen = with_channels(dataset, table.columns)
    if not (table.actions or table.rewards):
        return chosen
    for asked, name in ((table.actions, "actions"), (table.rewards, "rewards")):
        if asked and any(getattr(one, name) is None for one in dataset.episodes):
            raise DataError(f"mine.{name} is true, but {dataset.source} holds no {name}; leave it out")
    n = len(chosen.channels)
    contexts = [one.to_context() for one in chosen.episodes]  # (T, n + act_dim + 1)
    width = contexts[0].shape[1] - n - 1 if contexts else 1
    actions = ("last_action",) if width == 1 else tuple(f"last_action_{i}" for i in range(width))
    names = (*chosen.channels, *actions, "last_reward")
    kept = [i for i in range(len(names)) if i < n or (table.actions if i < n + width else table.rewards)]
    return with_observations(chosen, [one[:, kept] for one in contexts], tuple(names[i] for i in kept))
