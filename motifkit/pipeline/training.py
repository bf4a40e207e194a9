"""What a unit of work does: mine the log, train one arm with one seed, compare what it learned with what was mined."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch

from motifkit.agents.trace_rl import TraceRL
from motifkit.compare.comparison import MotifComparison
from motifkit.envs.registration import make_env
from motifkit.errors import FileAccessError
from motifkit.io.atomic import atomic_write
from motifkit.io.samples import PlantedShape
from motifkit.io.series import fingerprint
from motifkit.pipeline.arms import make_bank
from motifkit.pipeline.manifest import write_json
from motifkit.pipeline.spec import Experiment
from motifkit.pipeline.units import CHECKPOINT, LOG, N_GREEDY, RESULT, Unit, training_directory
from motifkit.policies import StrategicCombinedMemoryPolicy
from motifkit.types import MiningResult, TrajectoryDataset

_GREEDY_SEED, _COMPARED_SEED = 1_000_003, 1_000_033  # of episodes that are the same for all arms and seeds
_SEEDING_SEED = 4  # apart from other uses of the same seed numbers


class Workshop:
    """Does units of one experiment, and keeps what several of them need.

    Parameters
    ----------
    experiment : Experiment
    directory : Path
        Of the run.
    """

    def __init__(self, experiment: Experiment, directory: Path) -> None:
        self.experiment, self.directory = experiment, directory
        self._results: dict[str, MiningResult] = {}

    @cached_property
    def env(self) -> Any:
        """The environment."""
        return make_env(self.experiment.env.name, **self.experiment.env.args)

    @cached_property
    def log(self) -> tuple[TrajectoryDataset, Sequence[PlantedShape]]:
        """What is mined, and where the shapes lie in it."""
        dataset, truth = self.env.log(self.experiment.data.steps, self.experiment.data.seed)
        return with_channels(dataset, self.experiment.mine.columns), truth

    def result(self, method: str) -> MiningResult:
        """What a miner found."""
        if method not in self._results:
            self._results[method] = MiningResult.load(self.directory / "mined" / f"{method}.npz")
        return self._results[method]

    def do(self, unit: Unit) -> None:
        """Do a unit: all its files appear, each whole.

        Raises
        ------
        MotifkitError
            As mining, seeding, training and comparing do.
        """
        for name in unit.files:
            try:
                (self.directory / name).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise FileAccessError(f"{self.directory / name} cannot be made: {error.strerror}") from None
        {"mine": self._mine, "train": self._train, "compare": self._compare}[unit.kind](unit)

    def _mine(self, unit: Unit) -> None:
        from motifkit.mining.mine import mine

        table = self.experiment.mine
        dataset, _ = self.log
        assert unit.method is not None
        found = mine(
            dataset,
            table.length,
            unit.method,  # type: ignore[arg-type]
            table.n_motifs,
            n_surrogates=table.n_surrogates,
            seed=table.seed,
        )
        self._results.pop(unit.method, None)
        found.save(self.directory / unit.files[0], overwrite=True)

    def _train(self, unit: Unit) -> None:
        began = perf_counter()
        agent, seeding = self._agent(unit)
        seeded = perf_counter()
        agent.learn(self.experiment.train.total_timesteps, log_interval=1_000_000)
        learned = perf_counter()
        greedy = agent.evaluate(n_episodes=N_GREEDY, seed=_GREEDY_SEED)
        directory = self.directory / training_directory(unit.arm, unit.seed)
        agent.save(directory / CHECKPOINT)
        with atomic_write(directory / LOG, overwrite=True) as temporary:
            temporary.write_text("".join(_line(record) for record in agent.history), encoding="utf-8")
        values = {
            "arm": unit.arm,
            "seed": unit.seed,
            "timesteps": agent.num_timesteps,
            "greedy_return": greedy.mean,
            "n_greedy": N_GREEDY,
            "seconds_seeding": round(seeded - began, 3),
            "seconds_training": round(learned - seeded, 3),
            "seeding": seeding,
        }
        write_json(directory / RESULT, values)

    def _agent(self, unit: Unit) -> tuple[TraceRL, dict[str, Any] | None]:
        """Agent that has learned nothing yet, and the report of seeding its bank."""
        table = self.experiment.train
        # Every arm begins with the same weights and plays the same episodes.
        state = np.random.SeedSequence([unit.seed, _SEEDING_SEED]).generate_state(2)
        bank_seed, agent_seed = (int(one) for one in state)
        bank, report = make_bank(
            unit.arm,
            bank_seed,
            env=self.env,
            dataset=self.log[0],
            result=None if unit.method is None else self.result(unit.method),
            table=self.experiment.seed,
            length=self.experiment.mine.length,
            mem_dim=table.mem_dim,
        )
        agent = TraceRL(
            StrategicCombinedMemoryPolicy,
            self.env,
            bank,
            gamma=table.gamma,
            ent_coef=table.ent_coef,
            learning_rate=table.learning_rate,
            n_envs=table.n_envs,
            n_epochs=table.n_epochs,
            n_minibatches=table.n_minibatches,
            policy_kwargs={"mem_dim": table.mem_dim} if bank is None else None,
            seed=agent_seed,
        )
        return agent, None if report is None else report.as_dict()

    def trained(self, arm: str, seed: int) -> TraceRL:
        """Agent at the end of its training."""
        return TraceRL.load(self.directory / training_directory(arm, seed) / CHECKPOINT, self.env)

    def compared(self, agent: TraceRL, method: str) -> MotifComparison:
        """What became of the motifs of an agent's bank."""
        from motifkit.compare.compare import compare_motifs

        dataset, truth = self.log
        return compare_motifs(
            self.result(method),
            agent,
            dataset,
            env=self.env,
            truth=truth,
            n_episodes=self.experiment.compare.n_episodes,
            seed=_COMPARED_SEED,
        )

    def _compare(self, unit: Unit) -> None:
        assert unit.method is not None
        comparison = self.compared(self.trained(unit.arm, unit.seed), unit.method)
        values = {**comparison.as_dict(), "arm": unit.arm, "seed": unit.seed}
        write_json(self.directory / unit.files[0], values)


def with_channels(dataset: TrajectoryDataset, columns: Sequence[str] | None) -> TrajectoryDataset:
    """Dataset of some channels of another, which is given back where these are all it has."""
    if columns is None or tuple(columns) == dataset.channels:
        return dataset
    chosen = [dataset.channels.index(name) for name in columns]
    episodes = tuple(replace(one, observations=one.observations[:, chosen]) for one in dataset.episodes)
    channels = tuple(columns)
    return replace(
        dataset, episodes=episodes, channels=channels, fingerprint=fingerprint(list(episodes), channels)
    )


def _line(record: Mapping[str, Any]) -> str:
    """JSON line of an update, as `TraceRL` logs it."""
    plain = {
        key: None if isinstance(one, float) and not math.isfinite(one) else one for key, one in record.items()
    }
    return json.dumps(plain, allow_nan=False, default=lambda one: np.asarray(one).tolist()) + "\n"


def one_thread() -> None:
    """Let this process compute on one thread, since others compute beside it."""
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1)
