"""The notebook's comparison of agents on MemoryTaskEnv, with baselines that get the same chance."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from motifkit.envs.memory_task import MemoryTaskEnv
from motifkit.errors import UsageError
from motifkit.evaluation.benchmark_config import BenchmarkConfig
from motifkit.evaluation.benchmark_table import BenchmarkRun, BenchmarkTable
from motifkit.evaluation.contestants import BASELINES, OURS, AgentFactory, train_contestant
from motifkit.evaluation.duration import DurationFit
from motifkit.evaluation.episodes import Predictor, evaluate_policy

Progress: TypeAlias = Callable[[str, int, int], None]

_LOG = logging.getLogger("motifkit.evaluation")


class AgentPerformanceBenchmark:
    """Evaluate trained agents on MemoryTaskEnv, and train agents and baselines for a fair comparison.

    Parameters
    ----------
    config : mapping
        Settings by name, all optional: `delay`, `n_train_episodes`, `total_timesteps`, `difficulty`,
        `mode_name`, `verbose`, `eval_base`, `n_eval_episodes`, `seeds`, `delays`, `seconds` and `stop_at`. What
        they mean stands at `BenchmarkConfig`.

    Attributes
    ----------
    config : BenchmarkConfig
        The settings, checked.
    results : list of dict
        One entry a call of `evaluate`: `agent`, `delay`, `mode`, `mean`, `std`, `n_episodes`, `solved`.
    runs : list of BenchmarkRun
        What `run` has finished so far, also when it was interrupted.

    Raises
    ------
    UsageError
        For an unknown name, which lists the known ones, or an unusable value.

    Examples
    --------
    >>> import numpy as np
    >>> class AlwaysZero:
    ...     def predict(self, observation, state=None, episode_start=None, deterministic=False):
    ...         return np.zeros(len(observation), dtype=int), None
    >>> benchmark = AgentPerformanceBenchmark(dict(delay=8, difficulty=0, mode_name="EASY", verbose=0))
    >>> benchmark.evaluate(AlwaysZero(), "always 0")
    (0.0, 1.0)
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = BenchmarkConfig.from_mapping(config)
        self.results: list[dict[str, Any]] = []
        self.runs: list[BenchmarkRun] = []

    def evaluate(self, agent: Predictor, name: str = "agent") -> tuple[float, float]:
        """Greedy episodes of a trained agent at `delay`; nothing is trained, its memory is not written.

        Parameters
        ----------
        agent : TraceRL, a model of stable-baselines3, or anything with `predict`
        name : str
            What `results` calls it.

        Returns
        -------
        mean_reward, std_reward : float
            Of the returns of `n_eval_episodes` fresh episodes, half of them with either target. The first seed
            of the settings chooses them, so that all agents play the same ones.
        """
        config = self.config
        env = MemoryTaskEnv(config.delay, config.difficulty)
        returns = evaluate_policy(agent, env, config.n_eval_episodes, seed=config.seeds[0])
        run = BenchmarkRun(name, config.delay, config.seeds[0], returns, 0, 0.0)
        self.results.append(
            {
                "agent": name,
                "delay": config.delay,
                "mode": config.mode,
                "mean": run.mean,
                "std": run.std,
                "n_episodes": len(returns),
                "solved": run.solved,
            }
        )
        self._say(f"{name} at delay {config.delay} ({config.mode}): {run.mean:.3f} +- {run.std:.3f}")
        return run.mean, run.std

    def run(
        self,
        agents: Sequence[str] | Mapping[str, AgentFactory] | None = None,
        *,
        progress: Progress | None = None,
    ) -> BenchmarkTable:
        """Train every agent from scratch at every delay with every seed, then evaluate it.

        Parameters
        ----------
        agents : sequence of {"TraceRL", "PPO", "RecurrentPPO"}, or mapping of names to functions, optional
            A function takes the environment and a seed and gives an agent to train, with
            `learn(total_timesteps, callback=...)`, `num_timesteps` and `predict`. With such a mapping the
            baselines take part too when `eval_base` is set. None means TraceRL, and the baselines likewise.
        progress : callable, optional
            Called as ``progress(stage, done, total)`` before every training and after the last.

        Returns
        -------
        BenchmarkTable
            Of this and earlier runs. All agents get the same budget of time or steps.

        Raises
        ------
        UsageError
            For an unknown name, or baselines without stable-baselines3.
        """
        contestants = self._contestants(agents)
        config = self.config
        plan = [
            (delay, seed, name)
            for delay in config.delays or (config.delay,)
            for seed in config.seeds
            for name in contestants
        ]
        for i, (delay, seed, name) in enumerate(plan):
            if progress is not None:
                progress(f"{name} at delay {delay}, seed {seed}", i, len(plan))
            self._run_one(name, contestants[name], delay, seed)
        if progress is not None:
            progress("done", len(plan), len(plan))
        return self.table()

    def table(self) -> BenchmarkTable:
        """What `run` has finished so far."""
        return BenchmarkTable(tuple(self.runs), {**self.config.as_dict(), "mode": self.config.mode})

    def predict_ep_duration(self, delay: float, agent: str = OURS) -> float:
        """Seconds a training episode of an agent takes at a delay, by the durations measured in `run`.

        Parameters
        ----------
        delay : float
            Steps of the episode.
        agent : str
            Name in the table.

        Raises
        ------
        DataError
            When the agent was not trained at two delays at least.
        """
        runs = [run for run in self.runs if run.agent == agent and run.num_timesteps]
        seconds = [run.seconds / run.n_episodes for run in runs]
        return DurationFit([run.delay for run in runs], seconds).predict(delay)

    def _contestants(
        self, agents: Sequence[str] | Mapping[str, AgentFactory] | None
    ) -> dict[str, AgentFactory | None]:
        bases = BASELINES if self.config.eval_base else ()
        if isinstance(agents, Mapping):
            return {**agents, **dict.fromkeys(bases)}
        names = (OURS, *bases) if agents is None else [agents] if isinstance(agents, str) else agents
        for name in names:
            if name not in (OURS, *BASELINES):
                known = ", ".join((OURS, *BASELINES))
                raise UsageError(f"no agent {name!r}; choose from {known}, or map a name to a function")
        return dict.fromkeys(names)

    def _run_one(self, name: str, make_agent: AgentFactory | None, delay: int, seed: int) -> None:
        env = MemoryTaskEnv(delay, self.config.difficulty)
        trained = train_contestant(name, make_agent, env, seed=seed, budget=self.config.budget(delay))
        env = MemoryTaskEnv(delay, self.config.difficulty)  # whatever the agent did to its own
        returns = evaluate_policy(trained.agent, env, self.config.n_eval_episodes, seed=seed)
        run = BenchmarkRun(name, delay, seed, returns, trained.num_timesteps, trained.seconds)
        self.runs.append(run)
        self._say(
            f"{name} at delay {delay}, seed {seed}: {run.mean:.3f} after {run.num_timesteps:,} steps "
            f"in {run.seconds:.1f} s"
        )

    def _say(self, text: str) -> None:
        if self.config.verbose:
            _LOG.info(text)
