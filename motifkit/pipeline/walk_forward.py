"""A walk forward from its file to its verdict: every fold learns from its past, then trades what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from motifkit.errors import CorruptFileError
from motifkit.evaluation.backtest import backtest
from motifkit.evaluation.backtest_report import BacktestReport
from motifkit.evaluation.performance import ArmReturns
from motifkit.io.atomic import atomic_write
from motifkit.pipeline.folds import FoldExperiment, fold_experiments, market_of, require_past, write_past
from motifkit.pipeline.manifest import Manifest, hash_of
from motifkit.pipeline.running import Progress, Report, run_experiment
from motifkit.pipeline.spec import Experiment
from motifkit.pipeline.units import Unit, units_of
from motifkit.types import FloatArray

if TYPE_CHECKING:
    from motifkit.agents.trace_rl import TraceRL

TRADES = "trades.npz"


@dataclass(frozen=True, eq=False)
class WalkForward:
    """A finished walk forward.

    Parameters
    ----------
    experiment : Experiment
    folds : tuple of FoldExperiment
    report : BacktestReport
    last : Manifest
        Of the last fold.
    source : str
        Of the prices.
    """

    experiment: Experiment
    folds: tuple[FoldExperiment, ...]
    report: BacktestReport
    last: Manifest
    source: str


def run_walk_forward(
    experiment: Experiment,
    directory: Path,
    *,
    n_processes: int = 1,
    force: bool = False,
    report: Report | None = None,
) -> WalkForward:
    """Do what of a walk forward is not done yet.

    Parameters
    ----------
    experiment : Experiment
        With a table [walk_forward].
    directory, n_processes, force, report
        As for `run_experiment`.

    Returns
    -------
    WalkForward

    Raises
    ------
    MotifkitError
        As `run_experiment`; when a fold was trained on what it is tested on.
    """
    assert experiment.walk_forward is not None
    parent = Manifest(directory)
    parent.begin(experiment.as_dict(), [])
    market = market_of(experiment)
    folds = fold_experiments(experiment, directory)
    for one in folds:
        write_past(directory, one.fold, market.bars)
    follow = _joined(folds, n_processes, report)
    traded = []
    for one in folds:
        manifest = run_experiment(
            one.experiment,
            directory / one.name,
            n_processes=n_processes,
            force=force,
            report=follow(one),
        )
        traded.append(_traded(experiment, one, manifest, force))
    tested = _environment(experiment, (folds[0].fold.test[0], len(market.bars)))
    arms = []
    for i, arm in enumerate(experiment.train.arms):
        # One account over all folds: what is held on from one to the next is not traded there, as in the baselines.
        positions = np.concatenate([of_fold[i] for of_fold in traded], axis=1)
        arms.append(ArmReturns(arm, tested.accounts(positions), positions))
    judged = backtest(
        arms,
        tested,
        starts=[one.fold.test[0] for one in folds],
        n_resamples=experiment.walk_forward.n_resamples,
        seed=experiment.walk_forward.seed,
    )
    return WalkForward(experiment, tuple(folds), judged, manifest, market.bars.source)


def _environment(experiment: Experiment, rows: tuple[int, int], features: Any = None) -> Any:
    """Environment that goes through some rows once."""
    from motifkit.envs.registration import make_env

    chosen = {} if features is None else {"features": features}
    args = {**experiment.env.args, **chosen, "rows": rows, "sequential": True}
    return make_env(experiment.env.name, **args).unwrapped


def _traded(experiment: Experiment, one: FoldExperiment, manifest: Manifest, force: bool) -> FloatArray:
    """(arms, seeds, bars) positions of a fold's agents in its test part."""
    units = [unit for unit in units_of(one.experiment) if unit.kind == "train"]
    wanted = hash_of("trades", {"test": one.fold.test}, [unit.hash for unit in units])
    path = manifest.directory / TRADES
    if force or not manifest.is_done("trades", wanted):
        began = perf_counter()
        _trade(experiment, one, manifest.directory, path)
        manifest.finish("trades", wanted, [TRADES], perf_counter() - began)
    try:
        with np.load(path, allow_pickle=False) as values:
            positions: FloatArray = values["positions"]
            return positions
    except (OSError, ValueError, KeyError):
        raise CorruptFileError(f"{path} is damaged; delete it, and it is made again") from None


def _trade(experiment: Experiment, one: FoldExperiment, directory: Path, path: Path) -> None:
    from motifkit.pipeline.training import Workshop, one_thread

    one_thread()
    workshop = Workshop(one.experiment, directory)
    learned_in = workshop.env.unwrapped
    whole = market_of(experiment)
    require_past(learned_in.bars, whole.bars, one.fold)
    start, stop = one.fold.test
    # What is decided in the last bars of a fold is paid in those of the next, which no agent of this one has seen.
    rows = (start, min(stop + whole.n_ahead, len(whole.bars)))
    env = _environment(experiment, rows, learned_in.features)
    played = [
        [play_through(workshop.trained(arm, seed), env) for seed in range(experiment.train.seeds)]
        for arm in experiment.train.arms
    ]
    both = np.array(played).transpose(2, 0, 1, 3)  # (arms, seeds, 2, T) -> (2, arms, seeds, T)
    with atomic_write(path, overwrite=True) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, rewards=both[0], positions=both[1])


def play_through(agent: TraceRL, env: Any) -> tuple[FloatArray, FloatArray]:
    """Rewards (T,) and positions (T,) of an agent that takes the likeliest action at every bar.

    Parameters
    ----------
    agent : TraceRL
    env : TradingEnv
        Sequential.
    """
    observation, _ = env.reset(seed=0)
    rewards, positions = np.zeros(env.n_steps), np.zeros(env.n_steps)
    state, reward = None, 0.0
    for t in range(env.n_steps):
        action, state = agent.predict(observation, state, deterministic=True, reward=reward)
        observation, reward, _, _, info = env.step(action)
        rewards[t], positions[t] = reward, info["position"]
    return rewards, positions


def _joined(
    folds: list[FoldExperiment], n_processes: int, report: Report | None
) -> Callable[[FoldExperiment], Report | None]:
    """Gives for each fold a report that tells the progress of all of them."""
    all_units: list[Unit] = [
        replace(unit, name=f"{one.name}/{unit.name}") for one in folds for unit in units_of(one.experiment)
    ]
    progress = Progress(all_units, n_processes)

    def follow(one: FoldExperiment) -> Report | None:
        if report is None:
            return None

        def tell(of_fold: Progress) -> None:
            progress.seconds.update(
                {f"{one.name}/{name}": seconds for name, seconds in of_fold.seconds.items()}
            )
            report(progress)

        return tell

    return follow
