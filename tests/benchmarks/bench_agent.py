"""How fast TraceRL runs and learns: `python -m tests.benchmarks.bench_agent [PART ...]`.

All parts unless some are named; `--seeds 0,1,2` and `--delays 64,256` narrow down --solve and --baselines:

--throughput  steps a second at delay 256, learning included, beside the notebook's own loop
--solve       seconds from scratch, without a curriculum, until 100 fresh greedy episodes all succeed
--baselines   --solve, and PPO and RecurrentPPO with the time that TraceRL needed, 15 s at least
--long        delay 1,024: seconds, and the largest resident memory, in a process of its own

TraceRL has both memories of the notebook's sizes and default settings (`default_agent`).
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import torch

from motifkit import MemoryTaskEnv, StopAtReturn, TraceRL
from motifkit.evaluation.baselines import train_baseline
from motifkit.evaluation.contestants import AgentFactory, default_agent
from motifkit.evaluation.episodes import evaluate_policy
from tests.benchmarks.aligned import numbers, write_table
from tests.benchmarks.notebook_loop import NotebookLoop

DELAY = 256  # of the throughput
ASKED_RATIO = 300.0
ASKED_SECONDS = {(64, "easy"): 15.0, (64, "hard"): 30.0, (256, "easy"): 90.0, (256, "hard"): 180.0}
ASKED_LONG_SECONDS, ASKED_LONG_BYTES = 900.0, 2e9
LONG_DELAY = 1024
LEAST_BASELINE_SECONDS = 15.0

_THRESHOLD, _WINDOW = 0.95, 2  # mean training return, over updates, at which fresh episodes are tried
_N_FRESH = 100
_ENDLESS = 10**12

Row = dict[str, Any]


class Solved(NamedTuple):
    """What it took until all fresh episodes succeeded, or until the time was up."""

    seconds: float
    timesteps: int
    greedy: float  # mean return of the fresh episodes

    @property
    def done(self) -> bool:
        """Whether all of them succeeded."""
        return self.greedy == 1.0


def throughput(seconds: float = 20.0, delay: int = DELAY) -> Row:
    """Steps a second of both, in turn in this process, about `seconds` each after a warm-up."""
    ours = default_agent(MemoryTaskEnv(delay), seed=0)
    theirs = NotebookLoop(MemoryTaskEnv(delay), delay)
    ours.learn(1)
    theirs.episode()
    spent, done = [0.0, 0.0], [0, 0]
    while min(spent) < seconds:
        which = spent.index(min(spent))
        began, before = perf_counter(), ours.num_timesteps
        done[which] += theirs.episode()[1] if which else ours.learn(1).num_timesteps - before
        spent[which] += perf_counter() - began
    rates = [n / s for n, s in zip(done, spent, strict=True)]
    return {
        "what": f"delay {delay}",
        "threads": torch.get_num_threads(),
        "motifkit": rates[0],
        "notebook": rates[1],
        "ratio": rates[0] / rates[1],
        "steps": done,
    }


def solve(
    delay: int, difficulty: str, seed: int, most_seconds: float, make_agent: AgentFactory = default_agent
) -> Solved:
    """Train until fresh greedy episodes all succeed; building, training and failed trials are in the time."""
    began = perf_counter()
    env = MemoryTaskEnv(delay, difficulty)
    agent = make_agent(env, seed)
    while True:
        agent.learn(
            _ENDLESS, callback=[StopAtReturn(_THRESHOLD, _WINDOW), partial(_in_time, began, most_seconds)]
        )
        greedy = float(evaluate_policy(agent, env, _N_FRESH, seed=seed).mean())
        seconds = perf_counter() - began
        if greedy == 1.0 or seconds >= most_seconds:
            return Solved(seconds, agent.num_timesteps, greedy)


def _in_time(began: float, most_seconds: float, agent: TraceRL) -> bool:
    return perf_counter() - began < most_seconds


def baseline(name: Any, delay: int, difficulty: str, seed: int, seconds: float) -> Solved:
    """A baseline trained for as long, and its fresh episodes."""
    model = train_baseline(name, lambda: MemoryTaskEnv(delay, difficulty), seconds=seconds, seed=seed)
    returns = evaluate_policy(model, MemoryTaskEnv(delay, difficulty), _N_FRESH, seed=seed)
    return Solved(model.seconds, model.num_timesteps, float(returns.mean()))


def solving(delays: Sequence[int], seeds: Sequence[int], *, with_baselines: bool) -> Iterable[Row]:
    """A row a task and an agent, as they are finished."""
    for delay in delays:
        for difficulty in ("easy", "hard"):
            asked = ASKED_SECONDS.get((delay, difficulty))
            most = 4 * (asked or 60.0)
            ours = [solve(delay, difficulty, seed, most) for seed in seeds]
            yield _row(delay, difficulty, "TraceRL", ours, asked)
            for name in ("PPO", "RecurrentPPO") if with_baselines else ():
                theirs = [
                    baseline(name, delay, difficulty, seed, max(LEAST_BASELINE_SECONDS, one.seconds))
                    for seed, one in zip(seeds, ours, strict=True)
                ]
                yield _row(delay, difficulty, name, theirs, None)


def _row(delay: int, difficulty: str, agent: str, runs: Sequence[Solved], asked: float | None) -> Row:
    return {"what": f"delay {delay}, {difficulty.upper()}", "agent": agent, "runs": runs, "asked": asked}


def long_run(delay: int = LONG_DELAY, seed: int = 0) -> tuple[Solved, int]:
    """Delay 1,024 in a process of its own: what it took, and the peak of its resident memory in bytes."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_long_run, delay, seed).result()


def _long_run(delay: int, seed: int) -> tuple[Solved, int]:
    found = solve(delay, "easy", seed, 2 * ASKED_LONG_SECONDS)
    return found, _peak_bytes()


def _peak_bytes() -> int:
    """Largest resident memory of this process."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says begins with the peak of the process that started this one
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _each(values: Iterable[float], digits: int = 1) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in values)


def show_throughput() -> None:
    row = throughput()
    write_table(
        ("steps a second, learning included", "TraceRL", "notebook", "ratio", "asked", "steps measured"),
        [
            (
                f"{row['what']}, {row['threads']} threads",
                f"{row['motifkit']:,.0f}",
                f"{row['notebook']:,.1f}",
                f"{row['ratio']:.0f}",
                f"{ASKED_RATIO:.0f}",
                " / ".join(f"{n:,}" for n in row["steps"]),
            )
        ],
    )


def show_solving(delays: Sequence[int], seeds: Sequence[int], *, with_baselines: bool) -> None:
    lines = []
    for row in solving(delays, seeds, with_baselines=with_baselines):
        runs = row["runs"]
        lines.append(
            (
                f"{row['what']}, {row['agent']}",
                f"{sum(run.done for run in runs)} of {len(runs)}",
                _each(run.seconds for run in runs),
                "" if row["asked"] is None else f"{row['asked']:.0f}",
                _each((run.timesteps / 1000 for run in runs), 0),
                _each((run.greedy for run in runs), 2),
            )
        )
    heads = ("from scratch", "solved", "seconds, each seed", "asked", "1,000 steps", "greedy return")
    write_table(heads, lines)


def show_long(delay: int = LONG_DELAY) -> None:
    found, peak = long_run(delay)
    write_table(
        ("", "greedy return", "seconds", "asked", "1,000 steps", "peak GB", "asked"),
        [
            (
                f"delay {delay:,}, EASY",
                f"{found.greedy:.2f}",
                f"{found.seconds:.0f}",
                f"{ASKED_LONG_SECONDS:.0f}",
                f"{found.timesteps / 1000:,.0f}",
                f"{peak / 1e9:.2f}",
                f"{ASKED_LONG_BYTES / 1e9:g}",
            )
        ],
    )


def main() -> None:
    """Write a table for each part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = ("throughput", "solve", "baselines", "long")
    for part in parts:
        parser.add_argument(f"--{part}", action="store_true")
    parser.add_argument("--seeds", type=numbers, default=(0, 1, 2))
    parser.add_argument("--delays", type=numbers, default=(64, 256))
    given = vars(parser.parse_args())
    wanted = {part for part in parts if given[part]} or set(parts)
    if "throughput" in wanted:
        show_throughput()
    if wanted & {"solve", "baselines"}:
        show_solving(given["delays"], given["seeds"], with_baselines="baselines" in wanted)
    if "long" in wanted:
        show_long()


if __name__ == "__main__":
    main()
