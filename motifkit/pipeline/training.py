"""What a unit of work does: mine the log, train one arm with one seed, compare what it learned with what was mined."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch

from motifkit.agents.curriculum import Curriculum
from motifkit.agents.trace_rl import TraceRL
from motifkit.compare.comparison import MotifComparison
from motifkit.envs.registration import make_env
from motifkit.io.atomic import atomic_write, make_directory, write_json
from motifkit.io.json_values import json_value
from motifkit.pipeline.arms import make_bank
from motifkit.pipeline.logs import Log, log_of
from motifkit.pipeline.spec import Experiment
from motifkit.pipeline.training_config import training_config
from motifkit.pipeline.units import Unit, training_directory
from motifkit.policies import StrategicCombinedMemoryPolicy
from motifkit.run_files import CHECKPOINT, CONFIG, LOG, RESULT
from motifkit.types import MiningResult

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
        """The environment as the file says it is; what learns gets one of its own."""
        return self._made()

    def _made(self) -> Any:
        return make_env(self.experiment.env.name, **self.experiment.env.args)

    @cached_property
    def log(self) -> Log:
        """What is mined, and how an agent would have seen it."""
        return log_of(self.experiment)

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
            make_directory((self.directory / name).parent)
        {"mine": self._mine, "train": self._train, "compare": self._compare}[unit.kind](unit)

    def _mine(self, unit: Unit) -> None:
        from motifkit.mining.mine import mine

        table = self.experiment.mine
        assert unit.method is not None
        found = mine(
            self.log.dataset,
            table.length,
            unit.method,  # type: ignore[arg-type]
            table.n_motifs,
            normalize=table.normalize,  # type: ignore[arg-type]
            n_surrogates=table.n_surrogates,
            seed=table.seed,
        )
        self._results.pop(unit.method, None)
        found.save(self.directory / unit.files[0], overwrite=True)

    def _train(self, unit: Unit) -> None:
        began = perf_counter()
        agent, seeding = self._agent(unit)
        seeded = perf_counter()
        mastered = _learn(agent, self.experiment.train.total_timesteps)
        learned = perf_counter()
        # In the environment of the file, whatever stage a curriculum has reached.
        greedy = agent.evaluate(self.env, n_episodes=self.experiment.train.n_greedy, seed=_GREEDY_SEED)
        directory = self.directory / training_directory(unit.arm, unit.seed)
        agent.save(directory / CHECKPOINT)
        with atomic_write(directory / LOG, overwrite=True) as temporary:
            lines = [_line({**one, **more}) for one, more in zip(agent.history, mastered, strict=True)]
            temporary.write_text("".join(lines), encoding="utf-8")
        write_json(directory / CONFIG, training_config(self.experiment, unit, agent.seed))
        values = {
            "arm": unit.arm,
            "seed": unit.seed,
            "timesteps": agent.num_timesteps,
            "greedy_return": greedy.mean,
            "n_greedy": self.experiment.train.n_greedy,
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
            log=self.log,
            result=None if unit.method is None else self.result(unit.method),
            table=self.experiment.seed,
            length=self.experiment.mine.length,
            mem_dim=table.mem_dim,
        )
        agent = TraceRL(
            StrategicCombinedMemoryPolicy,
            self._made(),
            bank,
            gamma=table.gamma,
            lam=table.lam,
            ent_coef=table.ent_coef,
            learning_rate=table.learning_rate,
            n_envs=table.n_envs,
            n_epochs=table.n_epochs,
            n_minibatches=table.n_minibatches,
            policy_kwargs={"mem_dim": table.mem_dim} if bank is None else None,
            curriculum=None
            if table.curriculum is None
            else Curriculum(table.curriculum, threshold=table.until),
            seed=agent_seed,
        )
        return agent, None if report is None else report.as_dict()

    def trained(self, arm: str, seed: int) -> TraceRL:
        """Agent at the end of its training."""
        return TraceRL.load(self.directory / training_directory(arm, seed) / CHECKPOINT, self.env)

    def compared(self, agent: TraceRL, method: str) -> MotifComparison:
        """What became of the motifs of an agent's bank."""
        from motifkit.compare.compare import compare_motifs

        log = self.log
        return compare_motifs(
            self.result(method),
            agent,
            log.dataset,
            env=self.env,
            observe=log.observe,
            truth=log.truth,
            n_episodes=self.experiment.compare.n_episodes,
            seed=_COMPARED_SEED,
        )

    def _compare(self, unit: Unit) -> None:
        assert unit.method is not None
        comparison = self.compared(self.trained(unit.arm, unit.seed), unit.method)
        values = {**comparison.as_dict(), "arm": unit.arm, "seed": unit.seed}
        write_json(self.directory / unit.files[0], values)


def _learn(agent: TraceRL, n_steps: int) -> list[dict[str, int]]:
    """Learn, to the end of the curriculum where there is one; gives what each update has to say of its stages."""
    told: list[dict[str, int]] = []

    def note(learner: TraceRL) -> bool:
        curriculum = learner.curriculum
        if curriculum is None:
            told.append({})
            return True
        told.append({"stages_mastered": curriculum.stage + curriculum.finished})
        return not curriculum.finished

    agent.learn(n_steps, log_interval=1_000_000, callback=note)
    return told


def _line(record: Mapping[str, Any]) -> str:
    """JSON line of an update, as `TraceRL` logs it."""
    return json.dumps(json_value(record), allow_nan=False) + "\n"


def one_thread() -> None:
    """Let this process compute on one thread, since others compute beside it."""
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1)
