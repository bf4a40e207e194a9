"""Whether the episodic memory is needed and used: `python -m tests.benchmarks.bench_cue_mapping [--seeds 0-9]`.

In `CueMappingEnv` a cue asks for an action by a map that every world draws anew. Episodes are one step long and those
of a world share the memory, so that an agent without one stays at chance, -0.5 with 4 actions, in every round.
Trained agents play fresh worlds with actions drawn from their policies. Two trainings run at a time.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from motifkit import CueMappingEnv, StrategicMemoryBuffer, StrategicMemoryTransformerPolicy, TraceRL
from motifkit.agents.callbacks import LinearLearningRate
from motifkit.evaluation.statistics import bootstrap_interval
from motifkit.types import FloatArray
from tests.benchmarks.aligned import interval_text, numbers, write_table
from tests.benchmarks.side_by_side import side_by_side

SETTINGS: dict[str, Any] = {
    "learning_rate": 3e-3,
    "n_envs": 32,
    "n_rounds": 24,  # four whole worlds an update
    "n_epochs": 6,
    "n_minibatches": 12,
    "ent_coef": 0.02,
}
MAX_ENTRIES = 192  # all episodes of a world
N_WORLDS = 2400  # to train in
N_FRESH_WORLDS = 100
FIRST_ROUND = 2  # the third, from which on the memory must do
CHANCE, ASKED = -0.5, 0.5

_N_PARTS = 8  # of a training, for its course


class Run(NamedTuple):
    """One training."""

    by_round: FloatArray  # (6,) mean return in fresh worlds
    course: FloatArray  # (8,) mean return from the third round on, in each eighth of the training
    seconds: float

    @property
    def late(self) -> float:
        """Mean return in fresh worlds from the third round on."""
        return float(self.by_round[FIRST_ROUND:].mean())


def played(agent: TraceRL) -> FloatArray:
    """(worlds, rounds) mean training return in every round of every world."""
    env: Any = agent.env
    rounds = [np.ravel(one.get("return_by_round", one["return_mean"])) for one in agent.history]
    return np.concatenate(rounds).reshape(-1, env.rounds_per_world)


def train(agent: TraceRL, n_worlds: int, n_fresh_worlds: int = N_FRESH_WORLDS) -> Run:
    """Train an agent in so many worlds, and see what it does in fresh ones."""
    env: Any = agent.env
    n_episodes = env.rounds_per_world * agent.n_envs  # of a world; each is one step
    began = perf_counter()
    total = n_worlds * n_episodes
    agent.learn(total, callback=LinearLearningRate(total))  # or a single seed may stand badly at the very end
    seconds = perf_counter() - began
    late = played(agent)[:, FIRST_ROUND:].mean(1)
    course = np.array([part.mean() for part in np.array_split(late, min(_N_PARTS, len(late)))])
    fresh = agent.evaluate(n_episodes=n_fresh_worlds * n_episodes, deterministic=False)
    return Run(fresh.by_round, course, seconds)


def run(with_memory: bool, seed: int, n_worlds: int) -> Run:
    """One training from scratch."""
    env = CueMappingEnv()
    memory = None
    if with_memory:
        memory = StrategicMemoryBuffer(env.n_cues, env.n_actions, max_entries=MAX_ENTRIES, seed=seed)
    return train(TraceRL(StrategicMemoryTransformerPolicy, env, memory, seed=seed, **SETTINGS), n_worlds)


def summary(values: Sequence[float] | FloatArray) -> str:
    """Interquartile mean over seeds with its interval."""
    return interval_text(*bootstrap_interval(np.asarray(values)))


def show(without: Sequence[Run], with_memory: Sequence[Run]) -> None:
    """Tables of the return by round, and of its course in training."""
    lines = []
    for number in range(len(with_memory[0].by_round)):
        blind, seeing = ([run.by_round[number] for run in runs] for runs in (without, with_memory))
        asked = f"{ASKED}" if number >= FIRST_ROUND else ""
        lines.append((f"round {number + 1}", summary(blind), summary(seeing), f"{min(seeing):.2f}", asked))
    lines.append(
        (
            "seconds a training",
            f"{np.mean([run.seconds for run in without]):.0f}",
            f"{np.mean([run.seconds for run in with_memory]):.0f}",
            "",
            "",
        )
    )
    heads = (
        f"{len(with_memory)} seeds, IQM [95%]",
        f"no memory (asked {CHANCE})",
        "episodic memory",
        "worst seed",
        "asked",
    )
    write_table(heads, lines, "Mean return in fresh worlds after training")
    courses = np.array([run.course for run in with_memory])  # (seeds, parts)
    parts = [
        (f"{i + 1} of {courses.shape[1]}", summary(part), f"{part.min():.2f}")
        for i, part in enumerate(courses.T)
    ]
    title = f"Mean return from round {FIRST_ROUND + 1} on while training, with the memory"
    write_table(("part of the training", "IQM [95%]", "worst seed"), parts, title)


def main() -> None:
    """Train with and without memory, and write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=numbers, default=tuple(range(10)))
    parser.add_argument("--worlds", type=int, default=N_WORLDS)
    given = parser.parse_args()
    jobs = [(with_memory, seed, given.worlds) for with_memory in (False, True) for seed in given.seeds]
    runs = side_by_side(run, jobs)
    n = len(given.seeds)
    show(runs[:n], runs[n:])


if __name__ == "__main__":
    main()
