"""The whole curriculum, delays 2 to 256: `python -m tests.benchmarks.bench_curriculum [--seeds 0,1,2]`.

A stage is mastered when the mean return of its training episodes says so (`Curriculum`). At that moment, and for all
stages at the end, 100 fresh greedy episodes are played; the time of playing them is not counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

from motifkit import Curriculum, MemoryTaskEnv, TraceRL
from motifkit.evaluation.contestants import default_agent
from motifkit.evaluation.episodes import evaluate_policy
from tests.benchmarks.aligned import numbers, write_table

STAGES = (2, 4, 8, 16, 32, 64, 128, 256)
THRESHOLD, WINDOW = 0.95, 2  # mean training return, over updates, that masters a stage
ASKED_SECONDS = 120.0
MOST_SECONDS = 600.0

_N_FRESH = 100
_ENDLESS = 10**12


class Stage(NamedTuple):
    """A stage of one training."""

    delay: int
    seconds: float  # spent in it
    timesteps: int
    greedy: float  # mean return of fresh episodes when it was mastered


class Watch:
    """Callback that notes when stages are mastered, and stops after the last."""

    def __init__(self, env_difficulty: str, seed: int) -> None:
        self.difficulty, self.seed = env_difficulty, seed
        self.stages: list[Stage] = []
        self.began = perf_counter()
        self.paused = self.last_seconds = 0.0
        self.last_timesteps = 0

    @property
    def seconds(self) -> float:
        """Time of learning so far."""
        return perf_counter() - self.began - self.paused

    def on_update(self, agent: TraceRL) -> bool:
        """Note a mastered stage; False when there is none left, or the time is up."""
        curriculum = agent.curriculum
        assert curriculum is not None
        n_mastered = curriculum.stage + curriculum.finished
        if n_mastered > len(self.stages):
            delay = int(curriculum.stages[len(self.stages)])
            seconds, timesteps = self.seconds, agent.num_timesteps
            greedy = self.fresh(agent, delay)
            self.stages.append(
                Stage(delay, seconds - self.last_seconds, timesteps - self.last_timesteps, greedy)
            )
            self.last_seconds, self.last_timesteps = seconds, timesteps
        return not curriculum.finished and self.seconds < MOST_SECONDS

    def fresh(self, agent: TraceRL, delay: int) -> float:
        """Mean return of fresh greedy episodes; its time is taken out."""
        began = perf_counter()
        greedy = float(
            evaluate_policy(agent, MemoryTaskEnv(delay, self.difficulty), _N_FRESH, seed=self.seed).mean()
        )
        self.paused += perf_counter() - began
        return greedy


def train(stages: Sequence[int], difficulty: str, seed: int) -> tuple[list[Stage], list[float]]:
    """Stages as they were mastered, and the greedy return of the agent at the end at each of them."""
    watch = Watch(difficulty, seed)
    agent = default_agent(MemoryTaskEnv(stages[0], difficulty), seed)
    agent.curriculum = Curriculum(tuple(stages), threshold=THRESHOLD, window=WINDOW)
    agent.learn(_ENDLESS, callback=watch)
    return watch.stages, [watch.fresh(agent, delay) for delay in stages]


def show(stages: Sequence[int], difficulty: str, seed: int) -> None:
    """A table of one training."""
    mastered, at_end = train(stages, difficulty, seed)
    lines = [
        (
            f"delay {one.delay}",
            f"{one.seconds:.1f}",
            f"{one.timesteps / 1000:,.0f}",
            f"{one.greedy:.2f}",
            f"{last:.2f}",
        )
        for one, last in zip(mastered, at_end, strict=False)
    ]
    total = sum(one.seconds for one in mastered)
    steps = sum(one.timesteps for one in mastered) / 1000
    worst = min((one.greedy for one in mastered), default=float("nan"))
    name = f"all {len(mastered)}" if len(mastered) == len(stages) else f"{len(mastered)} of {len(stages)}"
    lines.append(
        (
            f"{name} (asked {ASKED_SECONDS:.0f} s)",
            f"{total:.1f}",
            f"{steps:,.0f}",
            f"{worst:.2f}",
            f"{min(at_end):.2f}",
        )
    )
    heads = (
        f"{difficulty.upper()}, seed {seed}",
        "seconds",
        "1,000 steps",
        "greedy when mastered",
        "greedy at the end",
    )
    write_table(heads, lines)


def main() -> None:
    """Write a table for each seed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=numbers, default=(0, 1, 2))
    parser.add_argument("--stages", type=numbers, default=STAGES)
    parser.add_argument("--difficulty", choices=("easy", "hard"), default="easy")
    given = parser.parse_args()
    for seed in given.seeds:
        show(given.stages, given.difficulty, seed)


if __name__ == "__main__":
    main()
