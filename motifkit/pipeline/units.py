"""The units of work of an experiment, what each depends on, and where its files lie."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from motifkit.io.digest import file_digest
from motifkit.pipeline.manifest import hash_of
from motifkit.pipeline.spec import DEFAULT_METHOD, Experiment, method_of
from motifkit.run_files import CHECKPOINT, CONFIG, LOG, RESULT

Kind: TypeAlias = Literal["mine", "train", "compare"]


@dataclass(frozen=True)
class Unit:
    """One piece of work.

    Parameters
    ----------
    name : str
        In the manifest: "mine/sax", "train/random/0", "compare/mined-0".
    kind : {"mine", "train", "compare"}
    hash : str
        Over all that it depends on.
    files : tuple of str
        That it writes, relative to the run's directory.
    after : tuple of str
        Names of the units that it reads from.
    arm, seed : str, int
        Of a training and its comparison.
    method : str, optional
        Miner; None for a training that uses none.
    """

    name: str
    kind: Kind
    hash: str
    files: tuple[str, ...]
    after: tuple[str, ...] = ()
    arm: str = ""
    seed: int = 0
    method: str | None = None


def units_of(experiment: Experiment) -> list[Unit]:
    """All units of an experiment, each after those that it reads from."""
    mining = {method: _mining(experiment, method) for method in experiment.mine.methods}
    training = {
        (arm, seed): _training(experiment, arm, seed, mining)
        for seed in range(experiment.train.seeds)  # seeds outside: whoever looks early sees all arms
        for arm in experiment.train.arms
    }
    comparing = [
        _comparing(experiment, training[arm, seed], mining)
        for arm in experiment.compared
        for seed in range(experiment.train.seeds)
    ]
    return [*mining.values(), *training.values(), *comparing]


def training_directory(arm: str, seed: int) -> str:
    """Where a training lies.

    Examples
    --------
    >>> training_directory("mined:sax", 3)
    'train/mined-sax/3'
    """
    return f"train/{file_name(arm)}/{seed}"


def file_name(arm: str) -> str:
    """Name of an arm in paths, where not every system allows a colon."""
    return arm.replace(":", "-")


def compared_method(arm: str) -> str:
    """Miner that an arm's rows are compared with."""
    return method_of(arm) or DEFAULT_METHOD


def _log(experiment: Experiment) -> dict[str, Any]:
    """What the log depends on: a file is told by its content, wherever it lies."""
    data = asdict(experiment.data)
    if experiment.data.file is not None:
        data = {"file": file_digest(experiment.data.file), "transform": experiment.data.transform}
    return {"data": data, "env": _env(experiment)}


def _env(experiment: Experiment) -> dict[str, Any]:
    """What an environment depends on: prices in a file are told by its content too."""
    prices = experiment.env.args.get("prices")
    if not (isinstance(prices, str) and Path(prices).is_file()):
        return asdict(experiment.env)
    args = {**experiment.env.args, "prices": {"file": file_digest(prices)}}
    return {**asdict(experiment.env), "args": args}


def _mining(experiment: Experiment, method: str) -> Unit:
    how = {key: value for key, value in asdict(experiment.mine).items() if key != "methods"}
    parameters = {**_log(experiment), "mine": how, "method": method}
    return Unit(
        f"mine/{method}", "mine", hash_of("mine", parameters), (f"mined/{method}.npz",), method=method
    )


def _training(experiment: Experiment, arm: str, seed: int, mining: dict[str, Unit]) -> Unit:
    """A training depends on the tables that its arm looks at, and on no other."""
    method = method_of(arm)
    parameters: dict[str, Any] = {
        "env": _env(experiment),
        "train": experiment.train.settings(),
        "arm": arm,
        "seed": seed,
    }
    if arm != "none":
        parameters |= {"length": experiment.mine.length, "n_rows": experiment.seed.n_rows}
        if experiment.data.file is not None and experiment.data.transform is None:
            parameters |= _log(experiment)  # whose actions say how wide those of a bank are
    if arm == "kmeans":
        mine = experiment.mine
        channels = {"columns": mine.columns, "actions": mine.actions, "rewards": mine.rewards}
        parameters |= {**_log(experiment), **channels}
    inputs = []
    if method is not None:
        parameters["seeding"] = asdict(experiment.seed)
        inputs.append(mining[method])
    name = training_directory(arm, seed)
    return Unit(
        f"train/{arm}/{seed}",
        "train",
        hash_of("train", parameters, [one.hash for one in inputs]),
        tuple(f"{name}/{file}" for file in (CONFIG, CHECKPOINT, LOG, RESULT)),
        tuple(one.name for one in inputs),
        arm,
        seed,
        method,
    )


def _comparing(experiment: Experiment, training: Unit, mining: dict[str, Unit]) -> Unit:
    method = compared_method(training.arm)
    inputs = (training, mining[method])
    return Unit(
        f"compare/{training.arm}-{training.seed}",
        "compare",
        hash_of("compare", {"n_episodes": experiment.compare.n_episodes}, [one.hash for one in inputs]),
        (f"compare/{file_name(training.arm)}-{training.seed}.json",),
        tuple(one.name for one in inputs),
        training.arm,
        training.seed,
        method,
    )
