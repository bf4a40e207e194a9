"""What each memory is good for: `python -m tests.benchmarks.bench_ablation [PART ...] [--seeds 0-9]`.

All parts unless some are named; everything but the memory is the same, and two trainings run at a time:

--memory-task  no memory, episodic, motif, both: episodes until delay 64, HARD, is solved
--cue-mapping  the same four: return in fresh worlds of `CueMappingEnv`
--eviction     the oldest goes first against the least useful: episodes until delay 64, HARD, is solved, and return
               while training on `CueMappingEnv` with room for an eighth of a world's episodes. Usefulness is learned
               in updates and forgotten with the world, so here an update covers half a world: what was learned of
               its first half decides what goes in the second.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from motifkit import (
    CombinedMemoryModule,
    CueMappingEnv,
    MotifMemoryBank,
    StrategicCombinedMemoryPolicy,
    StrategicMemoryBuffer,
    TraceRL,
)
from tests.benchmarks.aligned import numbers, write_table
from tests.benchmarks.bench_agent import Solved, solve
from tests.benchmarks.bench_cue_mapping import MAX_ENTRIES, SETTINGS, Run, played, summary, train
from tests.benchmarks.side_by_side import side_by_side

KINDS = ("no memory", "episodic only", "motif only", "both")
EVICTIONS = ("fifo", "usefulness")
DELAY, DIFFICULTY = 64, "hard"
MOST_SECONDS = 120.0  # of a training on the memory task
N_WORLDS = 400
FEW_ENTRIES, LONG_WORLD = 48, 12  # slots, and rounds of 32 episodes, for comparing evictions


def make_memory(kind: str, env: Any, action_dim: int, seed: int, **of_episodes: Any) -> Any:
    """Memory of one of the four kinds."""
    obs_dim = int(env.observation_space.shape[0])
    motifs = MotifMemoryBank(obs_dim, action_dim, seed=seed + 1)
    episodes = StrategicMemoryBuffer(obs_dim, action_dim, seed=seed, **of_episodes)
    memories = (None, episodes, motifs, CombinedMemoryModule(episodes, motifs))
    return dict(zip(KINDS, memories, strict=True))[kind]


def memory_task_agent(kind: str, env: Any, seed: int) -> TraceRL:
    """Agent for the memory task, as `default_agent` but for the memory."""
    memory = make_memory(kind, env, 1, seed, max_entries=32)
    return TraceRL(StrategicCombinedMemoryPolicy, env, memory, memory_learn_retention=True, seed=seed)


def on_memory_task(kind: str, seed: int, delay: int) -> Solved:
    """One training on the memory task."""
    return solve(delay, DIFFICULTY, seed, MOST_SECONDS, partial(memory_task_agent, kind))


def on_cue_mapping(kind: str, seed: int, n_worlds: int) -> Run:
    """One training on cue mapping, with room for all episodes of a world."""
    env = CueMappingEnv()
    memory = make_memory(kind, env, env.n_actions, seed, max_entries=MAX_ENTRIES)
    return train(TraceRL(StrategicCombinedMemoryPolicy, env, memory, seed=seed, **SETTINGS), n_worlds)


def with_few_entries(eviction: str, seed: int, n_worlds: int) -> float:
    """Mean return in the second half of worlds, over the last third of a training on cue mapping."""
    env = CueMappingEnv(rounds_per_world=LONG_WORLD)
    memory = make_memory(
        "episodic only", env, env.n_actions, seed, max_entries=FEW_ENTRIES, eviction=eviction
    )
    agent = TraceRL(
        StrategicCombinedMemoryPolicy,
        env,
        memory,
        memory_learn_retention=eviction == "usefulness",
        seed=seed,
        **{**SETTINGS, "n_rounds": LONG_WORLD // 2},
    )
    agent.learn(n_worlds * LONG_WORLD * agent.n_envs)
    return float(played(agent)[-(n_worlds // 3) :, LONG_WORLD // 2 :].mean())


def evicting_on_memory_task(eviction: str, seed: int, delay: int) -> Solved:
    """One training on the memory task with both memories."""
    return solve(delay, DIFFICULTY, seed, MOST_SECONDS, partial(evicting_agent, eviction))


def evicting_agent(eviction: str, env: Any, seed: int) -> TraceRL:
    """Agent for the memory task that evicts so."""
    memory = make_memory("both", env, 1, seed, max_entries=32, eviction=eviction)
    learned = eviction == "usefulness"
    return TraceRL(StrategicCombinedMemoryPolicy, env, memory, memory_learn_retention=learned, seed=seed)


def each(job: Any, names: Sequence[str], seeds: Sequence[int], extent: int) -> dict[str, list[Any]]:
    """Runs of a job with every name and seed, by name."""
    runs = iter(side_by_side(job, [(name, seed, extent) for name in names for seed in seeds]))
    return {name: [next(runs) for _ in seeds] for name in names}


def show_memory_task(runs_of: dict[str, list[Solved]], delay: int) -> None:
    """Table of what it took to solve the memory task."""
    lines = []
    for name, runs in runs_of.items():
        lines.append(
            (
                name,
                f"{sum(run.done for run in runs)} of {len(runs)}",
                summary([run.timesteps / delay / 1000 for run in runs]),
                summary([run.seconds for run in runs]),
            )
        )
    heads = (f"delay {delay}, {DIFFICULTY.upper()}", "solved", "1,000 episodes, IQM [95%]", "seconds")
    write_table(heads, lines)


def show_eviction(returns_of: dict[str, list[float]], title: str) -> None:
    """Table of returns while training."""
    heads = (title, f"rounds {LONG_WORLD // 2 + 1} to {LONG_WORLD}, last third, IQM [95%]")
    write_table(heads, [(name, summary(returns)) for name, returns in returns_of.items()])


def show_worlds(title: str, runs_of: dict[str, list[Run]]) -> None:
    """Table of returns in fresh worlds."""
    n_rounds = len(next(iter(runs_of.values()))[0].by_round)
    lines = []
    for name, runs in runs_of.items():
        rounds = np.array([run.by_round for run in runs]).T  # (rounds, seeds)
        lines.append(
            (name, *(summary(rounds[i]) for i in (0, 2, n_rounds - 1)), summary([r.late for r in runs]))
        )
    heads = (title, "round 1", "round 3", f"round {n_rounds}", "from round 3 on, IQM [95%]")
    write_table(heads, lines)


def main() -> None:
    """Write a table for each part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = ("memory_task", "cue_mapping", "eviction")
    for part in parts:
        parser.add_argument(f"--{part.replace('_', '-')}", action="store_true")
    parser.add_argument("--seeds", type=numbers, default=tuple(range(10)))
    parser.add_argument("--worlds", type=int, default=N_WORLDS)
    parser.add_argument("--delay", type=int, default=DELAY)
    given = parser.parse_args()
    wanted = {part for part in parts if getattr(given, part)} or set(parts)
    seeds, worlds, delay = given.seeds, given.worlds, given.delay
    if "memory_task" in wanted:
        show_memory_task(each(on_memory_task, KINDS, seeds, delay), delay)
    if "cue_mapping" in wanted:
        title = f"cue mapping, {len(seeds)} seeds, {worlds:,} worlds"
        show_worlds(title, each(on_cue_mapping, KINDS, seeds, worlds))
    if "eviction" in wanted:
        show_memory_task(each(evicting_on_memory_task, EVICTIONS, seeds, delay), delay)
        n_long = max(3, worlds // 4)
        title = f"cue mapping, {FEW_ENTRIES} entries, {len(seeds)} seeds, {n_long:,} worlds"
        show_eviction(each(with_few_entries, EVICTIONS, seeds, n_long), title)


if __name__ == "__main__":
    main()
